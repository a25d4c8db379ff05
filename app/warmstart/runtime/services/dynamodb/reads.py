"""GetItem, BatchGetItem, Query and Scan: what is read, page by page.

A page holds at most 1 MB of what was looked at, filtered out or not (Query.Pagination); its last
key is the place to go on from. With ``Limit`` there is one even where nothing follows, as on AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.dynamodb import conditions, projections
from warmstart.runtime.services.dynamodb.key_conditions import KeyCondition
from warmstart.runtime.services.dynamodb.syntax import Terms
from warmstart.runtime.services.dynamodb.table import digest, read_units
from warmstart.runtime.services.dynamodb.tables import (
    Tables,
    add_units,
    capacity,
    need,
    refuse_legacy,
)
from warmstart.runtime.services.dynamodb.values import (
    Item,
    checked_item,
    invalid,
    invalid_value,
    item_size,
    kind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.services.dynamodb.conditions import Condition
    from warmstart.runtime.services.dynamodb.syntax import Path
    from warmstart.runtime.services.dynamodb.table import Table, Units, View

PAGE: Final = 1_048_576
BATCH_LIMIT: Final = 100
BATCH_BYTES: Final = 16_777_216


def get_one(
    tables: Tables, parameters: Mapping[str, Any], operation: str, caller: Caller, factor: int = 1
) -> tuple[Item | None, float]:
    """Return an item, or None, and the read capacity units."""
    refuse_legacy(parameters)
    terms = Terms(parameters, "ProjectionExpression")
    said = parameters.get("ProjectionExpression")
    paths = None if said is None else projections.parse(said, terms)
    terms.all_used()
    table = tables.find(parameters)
    key = checked_item(need(parameters, "Key"))
    table.check_key(key)
    item = table.items.get(key)
    consistent = bool(parameters.get("ConsistentRead"))
    units = read_units(item_size(item or {}), consistent=consistent) * factor
    _tell(
        tables, caller, table, None, operation,
        units=units, scanned=1, returned=int(item is not None),
    )  # fmt: skip
    if item is not None and paths is not None:
        item = projections.projected(item, paths)
    return item, units


async def get_item(tables: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Read one item by its key."""
    item, units = get_one(tables, parameters, "GetItem", caller)
    result: dict[str, Any] = {} if item is None else {"Item": item}
    consumed = capacity(parameters, tables.find(parameters), {"": units})
    return result if consumed is None else {**result, "ConsumedCapacity": consumed}


async def batch_get_item(
    tables: Tables, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Read up to 100 items by their keys, as many as make 16 MB; the rest is unprocessed."""
    requests = need(parameters, "RequestItems")
    count = sum(len(need(asked, "Keys")) for asked in requests.values())
    if count > BATCH_LIMIT:
        raise invalid("Too many items requested for the BatchGetItem call")
    if not count:
        raise invalid(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint:"
            " Member must have length greater than or equal to 1"
        )
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, Any] = {}
    consumed, total = [], 0
    for name, asked in requests.items():
        table = tables.find({"TableName": name})
        keys = [checked_item(key) for key in asked["Keys"]]
        for key in keys:
            table.check_key(key)
        if len({table.items.position(key) for key in keys}) < len(keys):
            raise invalid("Provided list of item keys contains duplicates")
        used: Units = {}
        found = responses.setdefault(table.spec.name, [])
        for at, key in enumerate(keys):
            total += item_size(table.items.get(key) or {})
            if total > BATCH_BYTES:
                unprocessed[name] = {**asked, "Keys": asked["Keys"][at:]}
                break
            one = {**asked, "TableName": name, "Key": key}
            item, units = get_one(tables, one, "BatchGetItem", caller)
            add_units(used, {"": units})
            if item is not None:
                found.append(item)
        consumed.append(capacity(parameters, table, used))
    result: dict[str, Any] = {"Responses": responses, "UnprocessedKeys": unprocessed}
    return {**result, "ConsumedCapacity": consumed} if any(consumed) else result


# -- going through a table or index ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Walk:
    """What Query and Scan ask for, read and checked."""

    table: Table
    view: View
    key: KeyCondition | None
    filter: Condition | None
    paths: list[Path] | None
    limit: int | None
    after: Item | None
    count_only: bool
    whole: bool
    """Whole items, also through a local index that holds only parts."""


async def query(tables: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Read items of one partition, in the order of their sort keys."""
    terms = Terms(parameters, "KeyConditionExpression", "FilterExpression", "ProjectionExpression")
    said = parameters.get("KeyConditionExpression")
    refuse_legacy(parameters)
    if said is None:
        raise invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the"
            " request."
        )
    condition = conditions.parse(said, "KeyConditionExpression", terms)
    table, view = _view(tables, parameters)
    key = KeyCondition.read(condition, view.keys, table.spec.attributes)
    walk = _walk(table, view, parameters, terms, key)
    banned = conditions.attributes(walk.filter) & set(view.keys.names) if walk.filter else set()
    if banned:
        raise invalid(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute:"
            f" {min(banned)}"
        )
    after = walk.after
    if after is not None and after[view.keys.hash] != key.partition:
        raise invalid("The provided starting key is outside query boundaries based on provided"
                      " conditions")  # fmt: skip
    backward = parameters.get("ScanIndexForward") is False
    items = (
        item for item in view.walk(key.partition, walk.after, backward=backward) if key.meets(item)
    )
    return _page(tables, caller, "Query", parameters, walk=walk, items=items)


async def scan(tables: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Read every item, or those of one segment, in the order of their partitions."""
    refuse_legacy(parameters)
    terms = Terms(parameters, "FilterExpression", "ProjectionExpression")
    table, view = _view(tables, parameters)
    walk = _walk(table, view, parameters, terms, None)
    segment, total = parameters.get("Segment"), parameters.get("TotalSegments")
    if (segment is None) is not (total is None):
        given, lacking = ("Segment", "TotalSegments") if total is None else (
            "TotalSegments", "Segment")  # fmt: skip
        raise invalid(
            f"The {lacking} parameter is required but was not present in the request when {given}"
            " parameter is present"
        )
    items: Iterable[Item] = view.walk(None, walk.after)
    if segment is not None and total is not None:
        if not 0 <= segment < total:
            raise invalid(
                f"The Segment parameter is zero-based and must be less than parameter"
                f" TotalSegments: Segment: {segment} is not less than TotalSegments: {total}"
            )
        items = (i for i in items if _segment(i[view.keys.hash], total) == segment)
    return _page(tables, caller, "Scan", parameters, walk=walk, items=items)


def _segment(value: Any, total: int) -> int:
    return int.from_bytes(digest(value)[:4], "big") * total >> 32


def _view(tables: Tables, parameters: Mapping[str, Any]) -> tuple[Table, View]:
    table, name = tables.find(parameters), parameters.get("IndexName")
    if name is None:
        return table, table.items
    view = table.indexes.get(name)
    if view is None:
        raise invalid(f"The table does not have the specified index: {name}")
    if parameters.get("ConsistentRead") and view.index is not None and not view.index.local:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return table, view


def _walk(
    table: Table,
    view: View,
    parameters: Mapping[str, Any],
    terms: Terms,
    key: KeyCondition | None,
) -> Walk:
    """Read what Query and Scan have in common."""
    limit, select = parameters.get("Limit"), parameters.get("Select")
    if limit is not None and limit < 1:
        raise invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint:"
            " Member must have value greater than or equal to 1"
        )
    said, wanted = parameters.get("FilterExpression"), parameters.get("ProjectionExpression")
    filter_ = None if said is None else conditions.parse(said, "FilterExpression", terms)
    paths = None if wanted is None else projections.parse(wanted, terms)
    terms.all_used()
    if paths is not None and select not in {None, "SPECIFIC_ATTRIBUTES"}:
        raise invalid(f"Cannot specify the ProjectionExpression when choosing to get {select}")
    if paths is None and select == "SPECIFIC_ATTRIBUTES":
        raise invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to"
                      " get SPECIFIC_ATTRIBUTES")  # fmt: skip
    whole = _whole(view, select, paths)
    after = parameters.get("ExclusiveStartKey")
    return Walk(
        table, view, key, filter_, paths, limit,
        None if after is None else _start(table, view, checked_item(after)),
        select == "COUNT", whole,
    )  # fmt: skip


def _whole(view: View, select: str | None, paths: list[Path] | None) -> bool:
    """Whether whole items are read where an index holds only parts of them."""
    index = view.index
    if index is None:
        if select == "ALL_PROJECTED_ATTRIBUTES":
            raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an"
                          " IndexName")  # fmt: skip
        return True
    if index.projection == "ALL":
        return True
    if index.local:
        return select == "ALL_ATTRIBUTES" or paths is not None
    if select == "ALL_ATTRIBUTES":
        raise invalid_value(
            f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name}"
            " because its projection type is not ALL"
        )
    held = {*view.keys.names, *view.primary.names, *index.included}
    lacking = [str(path.steps[0]) for path in paths or () if path.steps[0] not in held]
    if lacking:
        raise invalid_value(
            f"Global secondary index {index.name} does not project [{', '.join(lacking)}]"
        )
    return False


def _start(table: Table, view: View, key: Item) -> Item:
    names = {*view.keys.names, *table.keys.names}
    if set(key) != names or any(kind(key[n]) != table.spec.attributes[n] for n in names):
        raise invalid(
            "The provided starting key is invalid: The provided key element does not match the"
            " schema"
        )
    return key


def _page(
    tables: Tables,
    caller: Caller,
    operation: str,
    parameters: Mapping[str, Any],
    *,
    walk: Walk,
    items: Iterable[Item],
) -> dict[str, Any]:
    found: list[Item] = []
    size = scanned = 0
    last: Item | None = None
    more = False
    for item in items:
        seen = item if walk.whole else walk.table.seen(walk.view, item)
        if scanned and size + item_size(seen) > PAGE:
            more = True
            break
        size += item_size(seen)
        scanned += 1
        last = item
        if walk.filter is None or conditions.meets(walk.filter, seen):
            found.append(seen)
        if scanned == walk.limit:
            more = True
            break
    index = walk.view.index
    name = "" if index is None else index.name
    units = read_units(size, consistent=bool(parameters.get("ConsistentRead")))
    _tell(
        tables, caller, walk.table, name or None, operation,
        units=units, scanned=scanned, returned=len(found),
    )  # fmt: skip
    result: dict[str, Any] = {"Count": len(found), "ScannedCount": scanned}
    if not walk.count_only:
        paths = walk.paths
        result["Items"] = found if paths is None else [
            projections.projected(item, paths) for item in found
        ]  # fmt: skip
    if more and last is not None:
        names = {*walk.view.keys.names, *walk.table.keys.names}
        result["LastEvaluatedKey"] = {n: v for n, v in last.items() if n in names}
    consumed = capacity(parameters, walk.table, {name: units})
    return result if consumed is None else {**result, "ConsumedCapacity": consumed}


def _tell(
    tables: Tables,
    caller: Caller,
    table: Table,
    index: str | None,
    operation: str,
    *,
    units: float,
    scanned: int,
    returned: int,
) -> None:
    tables.account.emit(
        t.ItemsRead(
            clock.now_us(), table.spec.name, index, operation, caller.source, caller.request,
            caller.root, units, scanned, returned,
        )
    )  # fmt: skip
