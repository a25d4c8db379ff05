"""Event patterns of EventBridge, and filter policies of SNS: which event goes to whom.

Both are one language (the EventBridge user guide, eb-create-pattern and
eb-create-pattern-operators; the SNS developer guide, sns-subscription-filter-policies). An event is
flattened to its leaves, each under the path of keys that leads to it, joined by dots; a pattern
names paths, and for each the values it takes. Keys that themselves hold dots are therefore the same
as nested ones, and only leaves can exist. What stands in an array of objects counts together only
where it stands in the same object.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import product
from typing import Any, Final, Literal

Scope = Literal["MessageAttributes", "MessageBody"]
Test = Callable[[Any], bool]
"""Whether a leaf of the event is one that the pattern takes."""

NUMERIC_LIMIT: Final = 5e9
"""Numbers lie between minus this and this (eb-create-pattern-operators, numeric matching)."""

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OR: Final = "$or"


class InvalidPattern(ValueError):
    """AWS would refuse this pattern; says why, and at which path."""


@dataclass(frozen=True, slots=True)
class _Field:
    """What a pattern asks of one path."""

    path: str
    tests: tuple[Test, ...]
    """Any of them is enough."""
    absent: bool
    """Or that nothing is there."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A value of an event, and its place in each array of objects that it lies in."""

    value: Any
    places: Mapping[str, int]


class Pattern:
    """An event pattern, read once and held against many events."""

    def __init__(self, pattern: Mapping[str, Any] | str) -> None:
        """Read a pattern, as JSON or as what JSON stands for.

        Raises:
            InvalidPattern: AWS refuses it.
        """
        self._ways = _ways(_parsed(pattern), (), _event_values)

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether the event is one that this pattern asks for."""
        leaves: dict[str, list[_Leaf]] = {}
        for path, leaf in _flattened(event, "", {}):
            leaves.setdefault(path, []).append(leaf)
        return any(_holds(fields, leaves) for fields in self._ways)


def matches(pattern: Mapping[str, Any] | str, event: Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern of EventBridge.

    Raises:
        InvalidPattern: AWS refuses the pattern.
    """
    return Pattern(pattern).matches(event)


def filter_policy_matches(
    policy: Mapping[str, Any] | str, values: Mapping[str, Any] | str, scope: Scope
) -> bool:
    """Whether SNS delivers a message to a subscription with this filter policy.

    Args:
        policy: the policy; an empty one takes everything.
        values: for "MessageAttributes" the attributes by name, each with ``Type`` or ``DataType``
            and ``Value`` or ``StringValue``; for "MessageBody" the body, as JSON or as what JSON
            stands for. A body that is no JSON object is delivered to nobody with such a policy.
        scope: which of the two the policy looks at.

    Raises:
        InvalidPattern: SNS refuses the policy.
    """
    said = _parsed(policy)
    if not said:
        return True
    ways = _ways(said, (), _policy_values)
    if scope == "MessageAttributes":
        if isinstance(values, str):
            raise TypeError("message attributes come by name")
        body: Any = {name: _attribute(value) for name, value in values.items()}
        leaves = {name: [_Leaf(v, {}) for v in found] for name, found in body.items()}
        return any(_holds(fields, leaves) for fields in ways)
    if isinstance(values, str):
        try:
            values = json.loads(values)
        except ValueError:
            return False
        if not isinstance(values, dict):
            return False
    found: dict[str, list[_Leaf]] = {}
    for path, leaf in _flattened(values, "", {}):
        found.setdefault(path, []).append(leaf)
    return any(_holds(fields, found) for fields in ways)


# -- an event, flattened ----------------------------------------------------------------------


def _flattened(value: Any, path: str, places: dict[str, int]) -> Iterator[tuple[str, _Leaf]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flattened(inner, f"{path}.{key}" if path else str(key), places)
    elif isinstance(value, list):
        here = f"{path}[]"
        while here in places:  # an array in an array
            here += "[]"
        for place, inner in enumerate(value):
            nested = isinstance(inner, (Mapping, list))
            yield from _flattened(inner, path, {**places, here: place} if nested else places)
    else:
        yield path, _Leaf(value, places)


def _attribute(said: Mapping[str, Any]) -> list[Any]:
    """Return the values of a message attribute; none where its value is not of its type."""
    kind = said.get("Type", said.get("DataType", "String"))
    value = said.get("Value", said.get("StringValue"))
    try:
        if kind == "String.Array":
            found = json.loads(value) if isinstance(value, str) else value
            return found if isinstance(found, list) else [found]
        if kind == "Number" or str(kind).startswith("Number."):
            return [float(str(value))]
    except ValueError:
        return []
    return [value]


# -- holding a pattern against it -------------------------------------------------------------


def _holds(fields: tuple[_Field, ...], leaves: Mapping[str, list[_Leaf]]) -> bool:
    """Whether each field finds a leaf, all of them in the same objects of arrays."""
    wanted: list[list[_Leaf]] = []
    for field in fields:
        found = leaves.get(field.path, [])
        if not found and field.absent:
            continue
        taken = [leaf for leaf in found if any(test(leaf.value) for test in field.tests)]
        if not taken:
            return False
        wanted.append(taken)
    # Outside of arrays there is nothing that has to agree.
    bound = sorted((w for w in wanted if all(leaf.places for leaf in w)), key=len)
    return _agree(bound, {})


def _agree(wanted: list[list[_Leaf]], places: Mapping[str, int]) -> bool:
    if not wanted:
        return True
    seen: list[Mapping[str, int]] = []
    for leaf in wanted[0]:
        if leaf.places in seen or any(places.get(p, n) != n for p, n in leaf.places.items()):
            continue
        seen.append(leaf.places)
        if _agree(wanted[1:], {**places, **leaf.places}):
            return True
    return False


# -- reading a pattern ------------------------------------------------------------------------


def _parsed(pattern: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError as error:
            raise InvalidPattern(f"The pattern is not JSON: {error}.") from error
    if not isinstance(pattern, Mapping):
        raise InvalidPattern("A pattern is a JSON object.")
    return pattern


Values = Callable[[Any, str], tuple[tuple[Test, ...], bool]]
"""What reads the values asked of one path: the tests, and whether absence is one of them."""


def _ways(
    pattern: Mapping[str, Any], above: tuple[str, ...], values: Values
) -> list[tuple[_Field, ...]]:
    """Return the ways in which a pattern can be met: each ``$or`` multiplies them."""
    if not pattern:
        where = f" at {'.'.join(above)}" if above else ""
        raise InvalidPattern(f"An empty object is no pattern{where}.")
    parts: list[list[tuple[_Field, ...]]] = []
    for key, said in pattern.items():
        path = (*above, str(key))
        if key == _OR and _is_or(said):
            parts.append([way for branch in said for way in _ways(branch, above, values)])
        elif isinstance(said, Mapping):
            parts.append(_ways(said, path, values))
        else:
            name = ".".join(path)
            tests, absent = values(said, name)
            parts.append([(_Field(name, tests, absent),)])
    return [tuple(field for way in ways for field in way) for ways in product(*parts)]


def _is_or(said: Any) -> bool:
    """Whether this is the relation, and no field that happens to be called ``$or``."""
    return (
        isinstance(said, list)
        and len(said) > 1
        and all(
            isinstance(branch, Mapping) and not _OPERATORS.keys() & branch.keys() for branch in said
        )
    )


def _event_values(said: Any, path: str) -> tuple[tuple[Test, ...], bool]:
    if not isinstance(said, list):
        raise InvalidPattern(f"{path} must be an object or an array.")
    if not said:
        raise InvalidPattern(f"Empty arrays are not allowed: {path}.")
    tests: list[Test] = []
    absent = False
    for value in said:
        if isinstance(value, Mapping):
            name, argument = _operator(value, path)
            if name == "exists" and argument is False:
                absent = True
            else:
                tests.append(_OPERATORS[name](argument, path))
        else:
            tests.append(_equals(value, path))
    return tuple(tests), absent


def _policy_values(said: Any, path: str) -> tuple[tuple[Test, ...], bool]:
    """Read the same in a filter policy, where a value may also stand alone."""
    return _event_values(said if isinstance(said, list) else [said], path)


def _operator(value: Mapping[str, Any], path: str) -> tuple[str, Any]:
    if len(value) != 1:
        raise InvalidPattern(f"Only one key is allowed in a match expression: {path}.")
    name, argument = next(iter(value.items()))
    if name not in _OPERATORS:
        raise InvalidPattern(f"Unrecognized match type {name}: {path}.")
    if name == "exists" and not isinstance(argument, bool):
        raise InvalidPattern(f"exists must be true or false: {path}.")
    return name, argument


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equals(wanted: Any, path: str) -> Test:
    if isinstance(wanted, list):
        raise InvalidPattern(f"An array within an array is no value: {path}.")
    if _is_number(wanted):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: type(value) is type(wanted) and value == wanted


def _text(argument: Any, name: str, path: str) -> str:
    if not isinstance(argument, str):
        raise InvalidPattern(f"{name} match pattern must be a string: {path}.")
    return argument


def _prefix(argument: Any, path: str) -> Test:
    return _edge(argument, "prefix", path, str.startswith)


def _suffix(argument: Any, path: str) -> Test:
    return _edge(argument, "suffix", path, str.endswith)


def _edge(argument: Any, name: str, path: str, at: Callable[[str, str], bool]) -> Test:
    if isinstance(argument, Mapping):
        if set(argument) != {"equals-ignore-case"}:
            raise InvalidPattern(f"{name} takes a string, or equals-ignore-case: {path}.")
        folded = _text(argument["equals-ignore-case"], name, path).lower()
        return lambda value: isinstance(value, str) and at(value.lower(), folded)
    wanted = _text(argument, name, path)
    return lambda value: isinstance(value, str) and at(value, wanted)


def _ignore_case(argument: Any, path: str) -> Test:
    wanted = _text(argument, "equals-ignore-case", path).lower()
    return lambda value: isinstance(value, str) and value.lower() == wanted


def _wildcard(argument: Any, path: str) -> Test:
    expression = _wildcard_expression(_text(argument, "wildcard", path), path)
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _wildcard_expression(wanted: str, path: str) -> re.Pattern[str]:
    """Return a pattern with ``*`` as an expression; a backslash makes ``*`` and itself plain."""
    parts: list[str] = []
    rest = iter(wanted)
    for character in rest:
        if character == "\\":
            escaped = next(rest, "")
            if escaped not in {"*", "\\"}:
                raise InvalidPattern(f"Invalid escape character in a wildcard: {path}.")
            parts.append(re.escape(escaped))
        elif character == "*":
            if parts and parts[-1] == _ANY:
                raise InvalidPattern(f"Consecutive wildcard characters: {path}.")
            parts.append(_ANY)
        else:
            parts.append(re.escape(character))
    # Each star takes as little as it can and is never tried again: what follows it, up to the next
    # star, is found at its first place, so that a match takes no longer than the text is long.
    pieces = "".join(parts).split(_ANY)
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL)
    head, *middle, tail = pieces
    inner = "".join(f"(?>.*?{piece})" for piece in middle)
    return re.compile(f"{head}{inner}.*{tail}", re.DOTALL)


_ANY: Final = "(?s:.*)"


def _numeric(argument: Any, path: str) -> Test:
    if not isinstance(argument, list) or len(argument) not in {2, 4}:
        raise InvalidPattern(f"numeric takes [comparison, number] or a range: {path}.")
    pairs = list(zip(argument[::2], argument[1::2], strict=True))
    for sign, number in pairs:
        if sign not in _COMPARISONS or not _is_number(number):
            raise InvalidPattern(f"numeric takes comparisons and numbers by turns: {path}.")
        if abs(number) > NUMERIC_LIMIT:
            raise InvalidPattern(f"A number must lie between -5.0e9 and 5.0e9: {path}.")
    if len(pairs) == 2:  # noqa: PLR2004 — both ends of a range
        (low, bottom), (high, top) = pairs
        if low not in {">", ">="} or high not in {"<", "<="} or bottom >= top:
            raise InvalidPattern(f"A range goes from > or >= a number to < or <= a larger: {path}.")
    return lambda value: (
        _is_number(value) and all(_COMPARISONS[sign](value, number) for sign, number in pairs)
    )


def _cidr(argument: Any, path: str) -> Test:
    network: IPv4Network | IPv6Network
    try:
        network = ip_network(_text(argument, "cidr", path), strict=False)
    except ValueError as error:
        raise InvalidPattern(f"Malformed CIDR, {argument!r}: {path}.") from error
    if "/" not in argument:
        raise InvalidPattern(f"A CIDR has a slash and a mask: {path}.")

    def test(value: Any) -> bool:
        try:
            address = ip_address(value) if isinstance(value, str) else None
        except ValueError:
            return False
        return address is not None and address.version == network.version and address in network

    return test


def _anything_but(argument: Any, path: str) -> Test:
    if isinstance(argument, Mapping):
        if len(argument) != 1 or (name := next(iter(argument))) not in _NEGATED:
            raise InvalidPattern(f"anything-but takes values or one operator of strings: {path}.")
        inner = argument[name]
        wanted = inner if isinstance(inner, list) else [inner]
        if not wanted:
            raise InvalidPattern(f"anything-but needs a value: {path}.")
        tests = [_NEGATED[name](_text(one, name, path), path) for one in wanted]
    else:
        wanted = argument if isinstance(argument, list) else [argument]
        kinds = {_is_number(one) for one in wanted if isinstance(one, str) or _is_number(one)}
        if len(kinds) != 1 or not all(isinstance(one, str) or _is_number(one) for one in wanted):
            raise InvalidPattern(f"anything-but takes strings, or numbers, and no mix: {path}.")
        tests = [_equals(one, path) for one in wanted]
    return lambda value: not any(test(value) for test in tests)


_NEGATED: Final[dict[str, Callable[[Any, str], Test]]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
}
_OPERATORS: Final[dict[str, Callable[[Any, str], Test]]] = {
    **_NEGATED,
    "exists": lambda _argument, _path: lambda _value: True,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
