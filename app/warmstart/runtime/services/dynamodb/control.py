"""CreateTable, DescribeTable, ListTables, DeleteTable and the time to live.

A table is there at once; on AWS it is CREATING for some seconds, and a program waits for it.
"""

from __future__ import annotations

import dataclasses
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.dynamodb.table import Table
from warmstart.runtime.services.dynamodb.tables import Tables, need
from warmstart.runtime.services.dynamodb.values import invalid, invalid_value
from warmstart.runtime.specs import IndexSpec, TableSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Caller

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}")
LIST_LIMIT: Final = 100
WARM: Final = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}
"""What a new on-demand table can take at once (warm-throughput); nothing is throttled here."""


async def create_table(tables: Tables, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Make a table."""
    name = str(need(parameters, "TableName"))
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy"
            " constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        )
    if name in tables.all:
        raise ServiceError("ResourceInUseException", f"Table already exists: {name}")
    if (parameters.get("StreamSpecification") or {}).get("StreamEnabled"):
        raise ServiceError("NotImplemented", "DynamoDB streams are not supported here.", status=501)
    types = {
        one["AttributeName"]: one["AttributeType"]
        for one in need(parameters, "AttributeDefinitions")
    }
    keys = _keys(need(parameters, "KeySchema"), types)
    indexes = [
        IndexSpec(
            one["IndexName"], *_keys(one["KeySchema"], types),
            cast("Any", one["Projection"].get("ProjectionType", "ALL")),
            tuple(one["Projection"].get("NonKeyAttributes") or ()), local, _throughput(one),
        )
        for which, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False))
        for one in parameters.get(which) or ()
    ]  # fmt: skip
    used = {*keys, *(k for index in indexes for k in (index.hash_key, index.range_key))} - {None}
    if used != set(types):
        raise invalid_value(
            "Some AttributeDefinitions are not used. AttributeDefinitions:"
            f" [{', '.join(types)}], keys used: [{', '.join(sorted(map(str, used)))}]"
        )
    billing = parameters.get("BillingMode", "PROVISIONED")
    if billing == "PROVISIONED" and not parameters.get("ProvisionedThroughput"):
        raise invalid_value(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is"
            " PROVISIONED"
        )
    if billing != "PROVISIONED" and parameters.get("ProvisionedThroughput"):
        raise invalid_value(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
            " PAY_PER_REQUEST"
        )
    spec = TableSpec(
        "", name, MappingProxyType(types), *keys, tuple(indexes), None, cast("Any", billing),
        _throughput(parameters),
    )  # fmt: skip
    table = tables.all[name] = Table(tables.account, spec)
    return {"TableDescription": described(table)}


def _throughput(said: Mapping[str, Any]) -> tuple[int, int]:
    units = said.get("ProvisionedThroughput") or {}
    return units.get("ReadCapacityUnits", 0), units.get("WriteCapacityUnits", 0)


def _keys(schema: list[Mapping[str, str]], types: Mapping[str, str]) -> tuple[str, str | None]:
    kinds = [one["KeyType"] for one in schema]
    if kinds not in (["HASH"], ["HASH", "RANGE"]):
        which, type_ = ("first", "HASH") if kinds[:1] != ["HASH"] else ("second", "RANGE")
        raise invalid(f"Invalid KeySchema: The {which} KeySchemaElement is not a {type_} key type")
    names = [one["AttributeName"] for one in schema]
    lacking = [name for name in names if name not in types]
    if lacking:
        raise invalid_value(
            "Some index key attributes are not defined in AttributeDefinitions. Keys:"
            f" [{', '.join(lacking)}], AttributeDefinitions: [{', '.join(types)}]"
        )
    return names[0], names[1] if len(names) > 1 else None


async def describe_table(tables: Tables, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Say what a table is."""
    return {"Table": described(_named(tables, parameters))}


async def list_tables(tables: Tables, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Name the tables, in alphabetical order, a page at a time."""
    limit = parameters.get("Limit") or LIST_LIMIT
    after = parameters.get("ExclusiveStartTableName") or ""
    names = sorted(name for name in tables.all if name > after)
    result: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        result["LastEvaluatedTableName"] = names[limit - 1]
    return result


async def delete_table(tables: Tables, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Delete a table with its items."""
    table = _named(tables, parameters)
    table.close()
    del tables.all[table.spec.name]
    return {"TableDescription": {**described(table), "TableStatus": "DELETING"}}


async def update_ttl(tables: Tables, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Let items expire by an attribute, or no longer."""
    table = tables.find(parameters)
    said = need(parameters, "TimeToLiveSpecification")
    enabled, name = bool(said.get("Enabled")), said.get("AttributeName")
    if enabled is (table.ttl is not None):
        raise invalid(f"TimeToLive is already {'enabled' if enabled else 'disabled'}")
    table.set_ttl(name if enabled else None)
    return {"TimeToLiveSpecification": {"AttributeName": name, "Enabled": enabled}}


async def describe_ttl(tables: Tables, parameters: dict[str, Any], _: Caller) -> dict[str, Any]:
    """Say by which attribute items expire."""
    table = tables.find(parameters)
    if table.ttl is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl}}


def _named(tables: Tables, parameters: Mapping[str, Any]) -> Table:
    try:
        return tables.find(parameters)
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise
        message = f"Requested resource not found: Table: {parameters['TableName']} not found"
        raise dataclasses.replace(error, message=message) from error


def described(table: Table) -> dict[str, Any]:
    """Return a table's description."""
    spec = table.spec
    demand = spec.billing == "PAY_PER_REQUEST"
    found: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": type_}
            for name, type_ in spec.attributes.items()
        ],
        "TableName": spec.name,
        "KeySchema": _schema(spec.hash_key, spec.range_key),
        "TableStatus": "ACTIVE",
        "CreationDateTime": table.created,
        "ProvisionedThroughput": _told(spec.throughput),
        "TableSizeBytes": table.bytes,
        "ItemCount": len(table.items),
        "TableArn": table.arn,
        "TableId": table.id,
        "DeletionProtectionEnabled": False,
    }
    if demand:
        found["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    found["WarmThroughput"] = WARM if demand else _warm(spec.throughput)
    for local, key in ((False, "GlobalSecondaryIndexes"), (True, "LocalSecondaryIndexes")):
        some = [_described_index(table, i) for i in spec.indexes if i.local is local]
        if some:
            found[key] = some
    return found


def _told(throughput: tuple[int, int]) -> dict[str, int]:
    reads, writes = throughput
    return {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": reads,
        "WriteCapacityUnits": writes,
    }


def _warm(throughput: tuple[int, int]) -> dict[str, Any]:
    reads, writes = throughput
    return {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes, "Status": "ACTIVE"}


def _described_index(table: Table, index: IndexSpec) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    found = {
        "IndexName": index.name,
        "KeySchema": _schema(index.hash_key, index.range_key),
        "Projection": projection,
        "ItemCount": len(table.indexes[index.name]),
        "IndexArn": f"{table.arn}/index/{index.name}",
    }
    if not index.local:
        found |= {"IndexStatus": "ACTIVE", "ProvisionedThroughput": _told(index.throughput)}
        demand = table.spec.billing == "PAY_PER_REQUEST"
        found["WarmThroughput"] = WARM if demand else _warm(index.throughput)
    return found


def _schema(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    found = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return found if range_key is None else [
        *found, {"AttributeName": range_key, "KeyType": "RANGE"}
    ]  # fmt: skip
