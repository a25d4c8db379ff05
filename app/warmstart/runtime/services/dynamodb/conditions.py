"""Conditions, filters and key conditions: their grammar, and whether an item meets them.

OR binds weaker than AND, AND weaker than NOT. What is compared with something that is not there, or
of another type, is not met; only ``<>`` is.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.dynamodb.syntax import Cursor, Literal, Path
from warmstart.runtime.services.dynamodb.values import TYPES, Item, Value, kind, order

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.services.dynamodb.syntax import Terms

DEPTH_LIMIT: Final = 50
"""Warmstart's own: how deep conditions may be nested; DynamoDB counts 300 operators."""
_ORDERED: Final = frozenset({"S", "N", "B"})
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FUNCTIONS: Final = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
"""The functions that are conditions, with the number of their operands."""
_ELSEWHERE: Final = frozenset({"if_not_exists", "list_append"})


@dataclass(frozen=True, slots=True)
class Size:
    """``size(path)``."""

    path: Path

    def find(self, item: Item) -> Value | None:
        """Return the size of what stands at the path, a number; None where it has none."""
        found = self.path.find(item)
        if found is None or kind(found) in {"N", "BOOL", "NULL"}:
            return None
        return {"N": str(len(found[kind(found)]))}


Operand = Path | Literal | Size


@dataclass(frozen=True, slots=True)
class Compare:
    """``a = b`` and its kin."""

    sign: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """``a BETWEEN low AND high``, both included."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """``a IN (b, c)``."""

    operand: Operand
    among: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is a condition."""

    name: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    part: Condition


Condition = Compare | Between | In | Call | And | Or | Not


def parse(text: str, expression: str, terms: Terms) -> Condition:
    """Read a condition; ``expression`` is the parameter's name, for errors.

    Raises:
        ServiceError: ValidationException, as DynamoDB says it.
    """
    cursor = Cursor(text, expression, terms)
    found = _either(cursor, 0)
    cursor.end()
    return found


def _either(cursor: Cursor, depth: int) -> Condition:
    parts = [_both(cursor, depth)]
    while cursor.take("OR"):
        parts.append(_both(cursor, depth))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _both(cursor: Cursor, depth: int) -> Condition:
    parts = [_not(cursor, depth)]
    while cursor.take("AND"):
        parts.append(_not(cursor, depth))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _not(cursor: Cursor, depth: int) -> Condition:
    if depth > DEPTH_LIMIT:
        raise cursor.error(f"The expression is nested deeper than {DEPTH_LIMIT} levels.")
    if cursor.take("NOT"):
        return Not(_not(cursor, depth + 1))
    if cursor.take("("):
        doubled = cursor.token.text == "("
        found = _either(cursor, depth + 1)
        cursor.need(")")
        if doubled and cursor.ahead(-2).text == ")" and not isinstance(found, And | Or):
            raise cursor.error("The expression has redundant parentheses;")
        return found
    return _plain(cursor)


def _plain(cursor: Cursor) -> Condition:
    name = cursor.function()
    if name is not None and name != "size":
        return _call(cursor, name)
    left = _size(cursor) if name == "size" else _operand(cursor)
    if cursor.take("BETWEEN"):
        low = _operand(cursor)
        cursor.need("AND")
        return _between(cursor, Between(left, low, _operand(cursor)))
    if cursor.take("IN"):
        cursor.need("(")
        among = [_operand(cursor)]
        while cursor.take(","):
            among.append(_operand(cursor))
        cursor.need(")")
        _distinct(cursor, "IN", left, among)
        return In(left, tuple(among))
    sign = cursor.take("=", "<>", "<", "<=", ">", ">=")
    if sign is None:
        raise cursor.unexpected()
    right = _operand(cursor)
    _distinct(cursor, sign, left, [right])
    if sign in _COMPARE:
        for one in (left, right):
            _need_type(cursor, sign, one, _ORDERED)
    return Compare(sign, left, right)


def _operand(cursor: Cursor) -> Operand:
    literal = cursor.literal()
    if literal is not None:
        return literal
    name = cursor.function()
    if name is None:
        return cursor.path()
    if name == "size":
        return _size(cursor)
    if name in _FUNCTIONS or name in _ELSEWHERE:
        raise _misplaced(cursor, name)
    raise cursor.error(f"Invalid function name; function: {name}")


def _size(cursor: Cursor) -> Size:
    operands = _operands(cursor)
    _count(cursor, "size", operands, 1)
    if not isinstance(operands[0], Path):
        raise cursor.error(
            "Operator or function requires a document path; operator or function: size"
        )
    return Size(operands[0])


def _call(cursor: Cursor, name: str) -> Call:
    if name not in _FUNCTIONS:
        if name in _ELSEWHERE:
            raise _misplaced(cursor, name)
        raise cursor.error(f"Invalid function name; function: {name}")
    operands = _operands(cursor)
    _count(cursor, name, operands, _FUNCTIONS[name])
    if name not in {"begins_with", "contains"} and not isinstance(operands[0], Path):
        raise cursor.error(
            f"Operator or function requires a document path; operator or function: {name}"
        )
    _distinct(cursor, name, operands[0], operands[1:])
    if name == "begins_with":
        for one in operands:
            _need_type(cursor, name, one, frozenset("SB"))
    if name == "attribute_type":
        _need_type(cursor, name, operands[1], frozenset("S"))
        asked = operands[1].value["S"] if isinstance(operands[1], Literal) else "S"
        if asked not in TYPES:
            raise cursor.error(
                f"Invalid attribute type name found; type: {asked}, valid types:"
                " {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
            )
    return Call(name, tuple(operands))


def _operands(cursor: Cursor) -> list[Operand]:
    found: list[Operand] = []
    while not cursor.take(")"):
        if found:
            cursor.need(",")
        found.append(_operand(cursor))
    return found


# -- what is refused before any item is looked at -------------------------------------------------


def _misplaced(cursor: Cursor, name: str) -> Exception:
    return cursor.error(
        f"The function is not allowed to be used this way in an expression; function: {name}"
        if name in _FUNCTIONS
        else f"The function is not allowed in a {_SAID[cursor.expression]}; function: {name}"
    )


_SAID: Final = {
    "ConditionExpression": "condition expression",
    "FilterExpression": "filter expression",
    "KeyConditionExpression": "key condition expression",
}


def _count(cursor: Cursor, name: str, operands: list[Operand], wanted: int) -> None:
    if len(operands) != wanted:
        raise cursor.error(
            "Incorrect number of operands for operator or function; operator or function:"
            f" {name}, number of operands: {len(operands)}"
        )


def _distinct(cursor: Cursor, name: str, first: Operand, others: list[Operand]) -> None:
    if isinstance(first, Path) and first in others:
        raise cursor.error(
            "The first operand must be distinct from the remaining operands for this operator or"
            f" function; operator: {name}, first operand: {first}"
        )


def _need_type(cursor: Cursor, name: str, operand: Operand, types: frozenset[str]) -> None:
    if isinstance(operand, Literal) and kind(operand.value) not in types:
        raise cursor.error(
            "Incorrect operand type for operator or function; operator or function:"
            f" {name}, operand type: {kind(operand.value)}"
        )


def _between(cursor: Cursor, found: Between) -> Between:
    low, high = found.low, found.high
    for one in (found.operand, low, high):
        _need_type(cursor, "BETWEEN", one, _ORDERED)
    if isinstance(low, Literal) and isinstance(high, Literal):
        shown = ", ".join(
            f"{which} bound operand: AttributeValue: {{{kind(one)}:{one[kind(one)]}}}"
            for which, one in (("lower", low.value), ("upper", high.value))
        )
        if kind(low.value) != kind(high.value):
            raise cursor.error(
                f"The BETWEEN operator requires same data type for lower and upper bounds; {shown}"
            )
        if order(low.value) > order(high.value):
            raise cursor.error(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower"
                f" bound; {shown}"
            )
    return found


# -- whether an item meets it ---------------------------------------------------------------------


def meets(condition: Condition, item: Item) -> bool:  # noqa: PLR0911 — one a kind
    """Whether an item, empty where there is none, meets a condition."""
    match condition:
        case And(parts):
            return all(meets(part, item) for part in parts)
        case Or(parts):
            return any(meets(part, item) for part in parts)
        case Not(part):
            return not meets(part, item)
        case Compare(sign, left, right):
            return _compared(sign, _found(left, item), _found(right, item))
        case Between(operand, low, high):
            value = _found(operand, item)
            return _compared(">=", value, _found(low, item)) and (
                _compared("<=", value, _found(high, item))
            )
        case In(operand, among):
            value = _found(operand, item)
            return any(_compared("=", value, _found(one, item)) for one in among)
        case Call(name, operands):
            return _called(name, [_found(one, item) for one in operands])


def attributes(condition: Condition) -> set[str]:
    """Return the names of the attributes that a condition looks at."""
    match condition:
        case And(parts) | Or(parts):
            return {name for part in parts for name in attributes(part)}
        case Not(part):
            return attributes(part)
        case Compare(_, left, right):
            operands: tuple[Operand, ...] = (left, right)
        case Between(operand, low, high):
            operands = (operand, low, high)
        case In(operand, among):
            operands = (operand, *among)
        case Call(_, operands):
            pass
    paths = (one.path if isinstance(one, Size) else one for one in operands)
    return {str(one.steps[0]) for one in paths if isinstance(one, Path)}


def _found(operand: Operand, item: Item) -> Value | None:
    return operand.value if isinstance(operand, Literal) else operand.find(item)


def _compared(sign: str, left: Value | None, right: Value | None) -> bool:
    if sign == "<>":
        return left != right
    if left is None or right is None:
        return False
    if sign == "=":
        return left == right
    if kind(left) != kind(right) or kind(left) not in _ORDERED:
        return False
    return _COMPARE[sign](order(left), order(right))


def _called(name: str, values: list[Value | None]) -> bool:
    first = values[0]
    if name == "attribute_exists":
        return first is not None
    if name == "attribute_not_exists":
        return first is None
    second = values[1]
    if first is None or second is None:
        return False
    if name == "attribute_type":
        return bool(kind(first) == second["S"])
    one, other = first[kind(first)], second[kind(second)]
    if name == "begins_with":
        return kind(first) == kind(second) in {"S", "B"} and bool(one.startswith(other))
    return _contains(kind(first), one, second)


def _contains(where: str, content: Any, value: Value) -> bool:
    if where in {"S", "B"}:
        return where in value and value[where] in content
    if where in {"SS", "NS", "BS"}:
        return where[0] in value and value[where[0]] in content
    return where == "L" and value in content
