"""PutItem, UpdateItem, DeleteItem and BatchWriteItem.

A write is planned first: its condition is looked at and the new item made, and nothing changes. So
a transaction can plan all of its writes before it carries out any.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.dynamodb import conditions, updates
from warmstart.runtime.services.dynamodb.projections import projected
from warmstart.runtime.services.dynamodb.syntax import Path, Terms
from warmstart.runtime.services.dynamodb.table import Position, Table, shown, write_units
from warmstart.runtime.services.dynamodb.tables import (
    Tables,
    add_units,
    capacity,
    need,
    refuse_legacy,
)
from warmstart.runtime.services.dynamodb.values import (
    ITEM_LIMIT,
    Item,
    checked_item,
    invalid,
    invalid_value,
    item_size,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.services.dynamodb.conditions import Condition
    from warmstart.runtime.services.dynamodb.table import Units
    from warmstart.runtime.services.dynamodb.updates import Update
    from warmstart.runtime.trace.dynamodb import Write

BATCH_LIMIT: Final = 25
CONFLICT: Final = "Transaction is ongoing for the item"


@dataclass(frozen=True, slots=True)
class Asked:
    """A write as a request asks for it, its expressions read."""

    operation: Write | None
    """None checks a condition and writes nothing."""
    table: Table
    key: Item
    item: Item | None = None
    """What PutItem puts."""
    update: Update | None = None
    condition: Condition | None = None
    tell: bool = False
    """Whether a failed condition answers with the item."""

    @property
    def position(self) -> Position:
        """Where the item stands."""
        return self.table.items.position(self.key)


@dataclass(frozen=True, slots=True)
class Plan:
    """A write that may be carried out."""

    asked: Asked
    old: Item | None
    new: Item | None
    paths: list[Path] = field(default_factory=list)
    """What an update changes."""


def read(tables: Tables, operation: Write | None, parameters: Mapping[str, Any]) -> Asked:
    """Read a write's parameters.

    Raises:
        ServiceError: they are not well formed, or there is no such table.
    """
    refuse_legacy(parameters)
    names = ["ConditionExpression"]
    if operation == "update":
        names.insert(0, "UpdateExpression")
    terms = Terms(parameters, *names)
    update, condition = parameters.get("UpdateExpression"), parameters.get("ConditionExpression")
    parsed = None if update is None or operation != "update" else updates.parse(update, terms)
    met = None if condition is None else conditions.parse(condition, "ConditionExpression", terms)
    terms.all_used()
    table = tables.find(parameters)
    item = None
    if operation == "put":
        item = checked_item(need(parameters, "Item"))
        table.check_item(item)
        key = table.keys.of(item)
    else:
        key = checked_item(need(parameters, "Key"))
        table.check_key(key)
    for path in parsed.paths if parsed else ():
        if path.steps[0] in table.keys.names:
            raise invalid_value(
                f"Cannot update attribute {path.steps[0]}. This attribute is part of the key"
            )
    tell = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Asked(operation, table, key, item, parsed, met, tell)


def plan(asked: Asked) -> Plan:
    """Return what a write would do.

    Raises:
        ServiceError: its condition is not met, its update cannot be made, or another transaction
            has the item.
    """
    old = asked.table.items.get(asked.key)
    if asked.position in asked.table.locked:
        raise ServiceError("TransactionConflictException", CONFLICT)
    if asked.condition is not None and not conditions.meets(asked.condition, old or {}):
        raise ServiceError(
            "ConditionalCheckFailedException",
            "The conditional request failed",
            fields={"Item": old} if asked.tell and old is not None else {},
        )
    new = old
    if asked.operation == "put":
        new = asked.item
    elif asked.operation == "delete":
        new = None
    elif asked.operation == "update":
        new = old or asked.key
        if asked.update is not None:
            new = updates.applied(asked.update, new)
            asked.table.check_item(new)
    if new is not None and item_size(new) > ITEM_LIMIT:
        to_update = " to update" if asked.operation == "update" else ""
        raise invalid(f"Item size{to_update} has exceeded the maximum allowed size")
    return Plan(asked, old, new, asked.update.paths if asked.update else [])


def carry_out(tables: Tables, found: Plan, caller: Caller, transaction: str | None = None) -> Units:
    """Do what is planned, and return the write capacity units that it takes."""
    asked = found.asked
    if asked.operation is None:
        return {"": write_units(item_size(found.old or {}))}
    units = asked.table.store(asked.key, found.new)
    tables.account.emit(
        t.ItemWritten(
            clock.now_us(), asked.table.spec.name, shown(asked.key), asked.operation, transaction,
            caller.source, caller.request, caller.root,
            sum(units.values()) * (1 if transaction is None else 2),
            item_size(found.new or {}),
        )
    )  # fmt: skip
    return units


def failed(tables: Tables, asked: Asked, caller: Caller) -> None:
    """Record that a condition was not met: that costs a write all the same."""
    old = asked.table.items.get(asked.key)
    tables.account.emit(
        t.ConditionFailed(
            clock.now_us(), asked.table.spec.name, shown(asked.key), asked.operation or "check",
            caller.source, caller.request, caller.root, write_units(item_size(old or {})),
        )
    )  # fmt: skip


# -- the operations -------------------------------------------------------------------------------


async def put_item(tables: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Put a whole item in the place of its key."""
    return _write(tables, "put", parameters, caller)


async def delete_item(tables: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Delete an item, if it is there."""
    return _write(tables, "delete", parameters, caller)


async def update_item(tables: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Change an item, or make it."""
    return _write(tables, "update", parameters, caller)


def _write(
    tables: Tables, operation: Write, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    wanted = parameters.get("ReturnValues", "NONE")
    if operation != "update" and wanted not in {"NONE", "ALL_OLD"}:
        raise invalid("ReturnValues can only be ALL_OLD or NONE")
    asked = read(tables, operation, parameters)
    try:
        found = plan(asked)
    except ServiceError as error:
        if error.code == "ConditionalCheckFailedException":
            failed(tables, asked, caller)
        raise
    units = carry_out(tables, found, caller)
    shown_item = {
        "ALL_OLD": found.old,
        "ALL_NEW": found.new,
        "UPDATED_OLD": projected(found.old or {}, found.paths) if found.paths else None,
        "UPDATED_NEW": projected(found.new or {}, found.paths) if found.paths else None,
    }.get(wanted)
    result: dict[str, Any] = {}
    if shown_item:
        result["Attributes"] = shown_item
    consumed = capacity(parameters, asked.table, units)
    if consumed is not None:
        result["ConsumedCapacity"] = consumed
    return result


async def batch_write_item(
    tables: Tables, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Put and delete up to 25 items, each for itself: no conditions, and no order.

    An item that a transaction has is given back as unprocessed.
    """
    requests = need(parameters, "RequestItems")
    asked = _batch(tables, requests)
    unprocessed: dict[str, Any] = {}
    used: dict[str, Units] = {name: {} for name in requests}
    for name, one, said in asked:
        try:
            found = plan(said)
        except ServiceError:  # Only a transaction can be in its way.
            unprocessed.setdefault(name, []).append(one)
        else:
            add_units(used[name], carry_out(tables, found, caller))
    result: dict[str, Any] = {"UnprocessedItems": unprocessed}
    told = [
        capacity(parameters, tables.find({"TableName": name}), units)
        for name, units in used.items()
    ]
    if any(told):
        result["ConsumedCapacity"] = told
    return result


def _batch(
    tables: Tables, requests: Mapping[str, list[dict[str, Any]]]
) -> list[tuple[str, dict[str, Any], Asked]]:
    """Return each write of a batch: its table's name, as it was asked for, and read."""
    count = sum(len(some) for some in requests.values())
    if not count:
        raise invalid("The batch write request list for a table cannot be null or empty")
    if count > BATCH_LIMIT:
        raise invalid("Too many items requested for the BatchWriteItem call")
    found = []
    for name, some in requests.items():
        places = set()
        for one in some:
            put, delete = one.get("PutRequest"), one.get("DeleteRequest")
            if (put is None) is (delete is None):
                raise invalid("A write request must contain a PutRequest or a DeleteRequest")
            said = read(
                tables,
                "delete" if put is None else "put",
                {**(put or delete or {}), "TableName": name},
            )
            if item_size(said.item or {}) > ITEM_LIMIT:
                raise invalid("Item size has exceeded the maximum allowed size")
            places.add(said.position)
            found.append((name, one, said))
        if len(places) < len(some):
            raise invalid("Provided list of item keys contains duplicates")
    return found
