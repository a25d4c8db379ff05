"""Key conditions: one partition, and at most one condition on the sort key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.runtime.services.dynamodb.conditions import (
    And,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Not,
    Or,
    meets,
)
from warmstart.runtime.services.dynamodb.syntax import Literal, Path
from warmstart.runtime.services.dynamodb.values import Item, Value, invalid, invalid_value, kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.dynamodb.table import Keys

_WHERE = "Invalid KeyConditionExpression: "


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """Which items of which partition."""

    partition: Value
    sort: Condition | None

    def meets(self, item: Item) -> bool:
        """Whether an item of the partition meets the condition on the sort key."""
        return self.sort is None or meets(self.sort, item)

    @classmethod
    def read(cls, condition: Condition, keys: Keys, types: Mapping[str, str]) -> KeyCondition:
        """Make one of a condition.

        Raises:
            ServiceError: it is none on these keys.
        """
        parts: dict[str, Condition] = {}
        for part in _flat(condition):
            name = _attribute(part)
            if name in parts:
                raise invalid(f"{_WHERE}KeyConditionExpressions must only contain one condition per"
                              " key")  # fmt: skip
            parts[name] = part
        first = parts.pop(keys.hash, None)
        if first is None:
            raise invalid(f"Query condition missed key schema element: {keys.hash}")
        second = None if keys.range is None else parts.pop(keys.range, None)
        if parts:
            if keys.range is not None and second is None:
                raise invalid(f"Query condition missed key schema element: {keys.range}")
            raise invalid("Query key condition not supported")
        if not isinstance(first, Compare) or first.sign != "=":
            raise invalid("Query key condition not supported")
        compared = [(keys.hash, literal) for literal in _literals(first)]
        if keys.range is not None and second is not None:
            compared += [(keys.range, literal) for literal in _literals(second)]
        if any(kind(literal.value) != types[name] for name, literal in compared):
            raise invalid_value("Condition parameter type does not match schema type")
        (only,) = _literals(first)
        if not only.value[kind(only.value)]:
            raise invalid("One or more parameter values are not valid. The AttributeValue for a key"
                          " attribute cannot contain an empty string value. Key: "
                          + keys.hash)  # fmt: skip
        return cls(only.value, second)


def _flat(condition: Condition) -> list[Condition]:
    if isinstance(condition, And):
        return [inner for part in condition.parts for inner in _flat(part)]
    return [condition]


def _attribute(part: Condition) -> str:
    """Return the attribute that a condition is on."""
    match part:
        case Or() | Not() | In():
            name = type(part).__name__.upper()
            raise invalid(f"{_WHERE}Invalid operator used in KeyConditionExpression: {name}")
        case Compare(sign="<>"):
            raise invalid(f"{_WHERE}Invalid operator used in KeyConditionExpression: <>")
        case Call(name, _) if name != "begins_with":
            raise invalid(f"{_WHERE}Invalid operator used in KeyConditionExpression: {name}")
        case Compare(_, left, _):
            where = left
        case Between(operand, _, _):
            where = operand
        case Call(_, operands):
            where = operands[0]
        case And():  # Flattened before.
            raise invalid("Query key condition not supported")
    if not isinstance(where, Path):
        raise invalid(f"{_WHERE}The first operand must be an attribute of the key.")
    if len(where.steps) > 1:
        raise invalid(f"{_WHERE}KeyConditionExpressions cannot have conditions on nested"
                      " attributes")  # fmt: skip
    _literals(part)
    return str(where.steps[0])


def _literals(part: Condition) -> list[Literal]:
    """Return the values that a condition compares with."""
    match part:
        case Compare(_, _, right):
            found: tuple[object, ...] = (right,)
        case Between(_, low, high):
            found = (low, high)
        case Call(_, operands):
            found = operands[1:]
        case _:
            found = ()
    values = [one for one in found if isinstance(one, Literal)]
    if len(values) < len(found):
        raise invalid(f"{_WHERE}A key is compared with values of the request only.")
    return values
