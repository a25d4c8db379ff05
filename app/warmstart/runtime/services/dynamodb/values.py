"""DynamoDB's attribute values: what they may be, how large they are, how they are ordered.

A value keeps boto3's low-level form, a dict with one entry (``{"S": "x"}``, ``{"N": "1"}``), in one
canonical spelling: numbers without zeros that say nothing, sets in order. Two values are equal,
then, when their dicts are. Rules and sizes: DynamoDB developer guide, CapacityUnitCalculations,
HowItWorks.NamingRulesDataTypes and ServiceQuotas.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from typing import Any, Final

from warmstart.runtime.services.base import ServiceError

Value = dict[str, Any]
"""One attribute value."""
Item = dict[str, Value]
"""An item, or its key: attribute values by name."""

ITEM_LIMIT: Final = 409_600
"""Bytes of an item, names included."""
DIGITS: Final = 38
LARGEST: Final = Decimal("9.9999999999999999999999999999999999999E+125")
SMALLEST: Final = Decimal("1E-130")
NESTING: Final = 32
_SETS: Final = {"SS": "string", "NS": "number", "BS": "binary"}
_SCALARS: Final = {"S": str, "N": str, "B": bytes, "BOOL": bool, "NULL": bool}
TYPES: Final = frozenset({*_SCALARS, *_SETS, "L", "M"})


def invalid(message: str) -> ServiceError:
    """Return the error that DynamoDB answers nearly every mistake with."""
    return ServiceError("ValidationException", message)


def invalid_value(message: str) -> ServiceError:
    """Return the error for a parameter's value."""
    return invalid(f"One or more parameter values were invalid: {message}")


def number(text: str) -> Decimal:
    """Read a number of at most 38 significant digits between 1E-130 and 1E126, or 0.

    Raises:
        ServiceError: it is none.
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or "_" in text or text != text.strip():
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    return _in_range(found)


def _in_range(found: Decimal) -> Decimal:
    if found == 0:
        return Decimal(0)
    size = found.copy_abs()  # abs() rounds to 28 digits, and fails on what is far too large.
    if size > LARGEST:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than supported"
            " range"
        )
    if size < SMALLEST:
        raise invalid(
            "Number underflow. Attempting to store a number with magnitude smaller than supported"
            " range"
        )
    digits = "".join(map(str, found.as_tuple().digits)).strip("0")
    if len(digits) > DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return found


def written(found: Decimal) -> str:
    """Write a number as DynamoDB does: no exponent, and no zeros that say nothing."""
    text = format(found, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def added(one: str, other: str, sign: int = 1) -> str:
    """Return a sum or (``sign`` -1) a difference; exact, or refused."""
    with localcontext(prec=300):
        return written(_in_range(Decimal(one) + sign * Decimal(other)))


def kind(value: Value) -> str:
    """Return a value's type: S, N, B, BOOL, NULL, SS, NS, BS, L or M."""
    return next(iter(value))


def checked(said: Any, depth: int = 1) -> Value:
    """Return a value in its canonical form.

    Raises:
        ServiceError: it is no attribute value.
    """
    if not isinstance(said, dict) or not said or not TYPES.issuperset(said):
        raise invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    if len(said) > 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of"
            " the supported datatypes"
        )
    if depth > NESTING:
        raise invalid(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested"
            " levels beyond supported limit"
        )
    ((name, content),) = said.items()
    if name in _SCALARS:
        return _scalar(name, content)
    if name == "M" and isinstance(content, dict):
        return {"M": {key: checked(one, depth + 1) for key, one in content.items()}}
    if name == "M" or not isinstance(content, list):
        raise _unreadable(name)
    if name == "L":
        return {"L": [checked(one, depth + 1) for one in content]}
    return _set(name, content)


def _scalar(name: str, content: Any) -> Value:
    wanted: type = _SCALARS[name]
    if not isinstance(content, wanted):
        raise _unreadable(name)
    if name == "N":
        return {"N": written(number(str(content)))}
    if name == "NULL" and not content:
        raise invalid_value("Null attribute value types must have the value of true")
    return {name: content}


def _set(name: str, content: list[Any]) -> Value:
    if not content:
        said = _SETS[name]
        raise invalid_value(
            "Binary sets should not be empty"
            if name == "BS"
            else f"An {said} set  may not be empty"
        )
    members = [_scalar(name[0], one)[name[0]] for one in content]
    if name == "SS" and not all(members):
        raise invalid_value("An string set may not have a empty string as a member")
    if len(set(members)) < len(members):
        shown = ", ".join(str(one) for one in content)
        raise invalid_value(f"Input collection [{shown}] contains duplicates.")
    return made_set(name, set(members))


def made_set(name: str, members: set[Any]) -> Value:
    """Return a set in its canonical form; it must have members."""
    return {name: sorted(members, key=Decimal if name == "NS" else None)}


def checked_item(said: Any) -> Item:
    """Return an item with every value in its canonical form."""
    if not isinstance(said, dict):
        raise _unreadable("M")
    return {name: checked(value) for name, value in said.items()}


def _unreadable(name: str) -> ServiceError:
    return ServiceError("SerializationException", f"The value of type {name} cannot be read.")


def size(value: Value) -> int:  # noqa: PLR0911 — one a type
    """Return the bytes that a value counts for."""
    ((name, content),) = value.items()
    match name:
        case "S":
            return len(content.encode(errors="surrogatepass"))
        case "B":
            return len(content)
        case "N":
            digits = len(content.lstrip("-").replace(".", "").strip("0"))
            return (digits + 1) // 2 + 1 + int(content.startswith("-"))
        case "SS" | "NS" | "BS":
            return sum(size({name[0]: one}) for one in content)
        case "L":
            return 3 + sum(1 + size(one) for one in content)
        case "M":
            return 3 + sum(1 + len(key.encode()) + size(one) for key, one in content.items())
    return 1


def item_size(item: Item) -> int:
    """Return the bytes of an item: names and values."""
    return sum(len(name.encode()) + size(value) for name, value in item.items())


def order(value: Value) -> Any:
    """Return what orders a value among those of its type: UTF-8 or bytes, and numbers for N."""
    ((name, content),) = value.items()
    if name == "S":
        return content.encode(errors="surrogatepass")
    return Decimal(content) if name == "N" else bytes(content)
