"""Update expressions: SET, REMOVE, ADD and DELETE, and what they make of an item.

Every operand is looked up in the item as it was before the update; the actions then change a copy
of it. Elements are removed from lists last, the hindmost first, so that indexes mean what they
meant.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from typing import Literal as Name

from warmstart.runtime.services.dynamodb.syntax import Cursor, Literal, Path, check_overlap
from warmstart.runtime.services.dynamodb.values import (
    Item,
    Value,
    added,
    invalid,
    kind,
    made_set,
)

if TYPE_CHECKING:
    from warmstart.runtime.services.base import ServiceError
    from warmstart.runtime.services.dynamodb.syntax import Terms

DEPTH_LIMIT: Final = 50
"""Warmstart's own: how deep operands may be nested."""
_LONG: Final = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "NULL": "NULL", "M": "MAP",
    "L": "LIST", "SS": "STRING_SET", "NS": "NUMBER_SET", "BS": "BINARY_SET",
}  # fmt: skip
"""How errors of ADD and DELETE call the types."""


@dataclass(frozen=True, slots=True)
class IfNotExists:
    """``if_not_exists(path, operand)``."""

    path: Path
    otherwise: Operand


@dataclass(frozen=True, slots=True)
class ListAppend:
    """``list_append(list, list)``."""

    one: Operand
    other: Operand


@dataclass(frozen=True, slots=True)
class Sum:
    """``a + b`` or ``a - b``."""

    sign: Name["+", "-"]
    left: Operand
    right: Operand


Operand = Path | Literal | IfNotExists | ListAppend | Sum


@dataclass(frozen=True, slots=True)
class Action:
    """What is done at one path."""

    section: str
    """SET, REMOVE, ADD or DELETE."""
    path: Path
    operand: Operand | None = None
    """None for REMOVE."""


@dataclass(frozen=True, slots=True)
class Update:
    """A whole update expression."""

    actions: tuple[Action, ...]

    @property
    def paths(self) -> list[Path]:
        """What it changes."""
        return [action.path for action in self.actions]


def parse(text: str, terms: Terms) -> Update:
    """Read an update expression.

    Raises:
        ServiceError: ValidationException, as DynamoDB says it.
    """
    cursor = Cursor(text, "UpdateExpression", terms)
    actions: list[Action] = []
    seen: set[str] = set()
    while not cursor.ended():
        section = cursor.take("SET", "REMOVE", "ADD", "DELETE")
        if section is None:
            raise cursor.unexpected()
        if section in seen:
            raise cursor.error(
                f'The "{section}" section can only be used once in an update expression;'
            )
        seen.add(section)
        actions.append(_action(cursor, section))
        while cursor.take(","):
            actions.append(_action(cursor, section))
    check_overlap([action.path for action in actions], "UpdateExpression")
    return Update(tuple(actions))


def _action(cursor: Cursor, section: str) -> Action:
    path = cursor.path()
    if section == "REMOVE":
        return Action(section, path)
    if section == "SET":
        cursor.need("=")
        return Action(section, path, _sum(cursor, 0))
    literal = cursor.literal()
    if literal is None:
        raise cursor.unexpected()
    allowed = {"SS", "NS", "BS"} | ({"N"} if section == "ADD" else set())
    if kind(literal.value) not in allowed:
        raise cursor.error(
            f"Incorrect operand type for operator or function; operator: {section}, operand type:"
            f" {_LONG[kind(literal.value)]}, typeSet: ALLOWED_FOR_{section}_OPERAND"
        )
    return Action(section, path, literal)


def _sum(cursor: Cursor, depth: int) -> Operand:
    left = _operand(cursor, depth)
    sign = cursor.take("+", "-")
    if sign is None:
        return left
    right = _operand(cursor, depth)
    for one in (left, right):
        _need_type(cursor, sign, one, "N")
    return Sum("+" if sign == "+" else "-", left, right)


def _operand(cursor: Cursor, depth: int) -> Operand:
    if depth > DEPTH_LIMIT:
        raise cursor.error(f"The expression is nested deeper than {DEPTH_LIMIT} levels.")
    if cursor.take("("):
        inner = _sum(cursor, depth + 1)
        cursor.need(")")
        return inner
    literal = cursor.literal()
    if literal is not None:
        return literal
    name = cursor.function()
    if name is None:
        return cursor.path()
    operands: list[Operand] = []
    while not cursor.take(")"):
        if operands:
            cursor.need(",")
        operands.append(_operand(cursor, depth + 1))
    return _call(cursor, name, operands)


def _call(cursor: Cursor, name: str, operands: list[Operand]) -> Operand:
    if name not in {"if_not_exists", "list_append"}:
        known = {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with",
                 "contains", "size"}  # fmt: skip
        raise cursor.error(
            f"The function is not allowed in an update expression; function: {name}"
            if name in known
            else f"Invalid function name; function: {name}"
        )
    if len(operands) != 2:  # noqa: PLR2004 — both take two
        raise cursor.error(
            "Incorrect number of operands for operator or function; operator or function:"
            f" {name}, number of operands: {len(operands)}"
        )
    one, other = operands
    if name == "list_append":
        for operand in operands:
            _need_type(cursor, name, operand, "L")
        return ListAppend(one, other)
    if not isinstance(one, Path):
        raise cursor.error(
            "Operator or function requires a document path; operator or function: if_not_exists"
        )
    return IfNotExists(one, other)


def _need_type(cursor: Cursor, name: str, operand: Operand, wanted: str) -> None:
    if isinstance(operand, Literal) and kind(operand.value) != wanted:
        raise cursor.error(
            "Incorrect operand type for operator or function; operator or function:"
            f" {name}, operand type: {kind(operand.value)}"
        )


# -- what it makes of an item ---------------------------------------------------------------------


def applied(update: Update, item: Item) -> Item:
    """Return the item after the update; the one given is left as it is.

    Raises:
        ServiceError: a path that leads nowhere, an operand that is not there or of a wrong type.
    """
    values = [
        _value(action.operand, item) if action.section == "SET" and action.operand else None
        for action in update.actions
    ]
    changed = copy.deepcopy(item)
    # By their indexes, so that two elements past the end of a list keep their order.
    for action, value in sorted(
        zip(update.actions, values, strict=True), key=lambda pair: _indexes(pair[0].path)
    ):
        if value is not None:
            _put(changed, action.path, value)
        elif isinstance(action.operand, Literal):
            _combine(changed, action, action.operand.value)
    removals = [action.path for action in update.actions if action.section == "REMOVE"]
    for path in sorted(removals, key=_indexes, reverse=True):
        _remove(changed, path)
    return changed


def _indexes(path: Path) -> list[int]:
    return [step for step in path.steps if isinstance(step, int)]


def _value(operand: Operand, item: Item) -> Value:
    match operand:
        case Literal():
            return copy.deepcopy(operand.value)
        case Path():
            found = operand.find(item)
            if found is None:
                raise invalid(
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            return copy.deepcopy(found)
        case IfNotExists(path, otherwise):
            found = path.find(item)
            return _value(otherwise, item) if found is None else copy.deepcopy(found)
        case ListAppend(one, other):
            lists = _value(one, item), _value(other, item)
            if any("L" not in part for part in lists):
                raise _wrong_type()
            return {"L": lists[0]["L"] + lists[1]["L"]}
        case Sum(sign, left, right):
            parts = _value(left, item), _value(right, item)
            if any("N" not in part for part in parts):
                raise _wrong_type()
            return {"N": added(parts[0]["N"], parts[1]["N"], 1 if sign == "+" else -1)}


def _wrong_type() -> ServiceError:
    return invalid("An operand in the update expression has an incorrect data type")


def _holder(item: Item, path: Path) -> Any:
    """Return the dict or list that the last step of a path is looked up in."""
    parent = Path(path.steps[:-1]).find(item)
    wanted = "L" if isinstance(path.steps[-1], int) else "M"
    if parent is None or wanted not in parent:
        raise invalid("The document path provided in the update expression is invalid for update")
    return parent[wanted]


def _put(item: Item, path: Path, value: Value) -> None:
    holder, last = _holder(item, path), path.steps[-1]
    if isinstance(last, int) and last >= len(holder):
        holder.append(value)
    else:
        holder[last] = value


def _remove(item: Item, path: Path) -> None:
    holder, last = _holder(item, path), path.steps[-1]
    if isinstance(last, int):
        del holder[last : last + 1]
    else:
        holder.pop(last, None)


def _combine(item: Item, action: Action, value: Value) -> None:
    """Do ADD or DELETE: sums of numbers, unions and differences of sets."""
    found, name = action.path.find(item), kind(value)
    if found is None:
        if action.section == "ADD":
            _put(item, action.path, value)
        return
    if kind(found) != name:
        raise _wrong_type()
    if name == "N":
        _put(item, action.path, {"N": added(found["N"], value["N"])})
        return
    have, said = set(found[name]), set(value[name])
    left = have | said if action.section == "ADD" else have - said
    if left:
        _put(item, action.path, made_set(name, left))
    else:
        _remove(item, action.path)
