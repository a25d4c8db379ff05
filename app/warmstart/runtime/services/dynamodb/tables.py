"""The account's tables: how operations find them, and what all of them answer alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.dynamodb.table import Table
from warmstart.runtime.services.dynamodb.values import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.dynamodb.table import Units
    from warmstart.runtime.specs import TableSpec

_LEGACY: Final = {
    "AttributesToGet": "ProjectionExpression",
    "AttributeUpdates": "UpdateExpression",
    "Expected": "ConditionExpression",
    "ConditionalOperator": "ConditionExpression",
    "KeyConditions": "KeyConditionExpression",
    "QueryFilter": "FilterExpression",
    "ScanFilter": "FilterExpression",
}
"""Parameters from before there were expressions, and what has taken their place."""


class Tables:
    """Every table there is, by name."""

    def __init__(self, account: Account, specs: Iterable[TableSpec]) -> None:
        self.account = account
        self.all: dict[str, Table] = {spec.name: Table(account, spec) for spec in specs}

    def find(self, parameters: Mapping[str, Any]) -> Table:
        """Return the table that a request names, by its name or ARN.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        name = str(need(parameters, "TableName")).rpartition("table/")[2]
        if name not in self.all:
            raise ServiceError("ResourceNotFoundException", "Requested resource not found")
        return self.all[name]


def need(parameters: Mapping[str, Any], name: str) -> Any:
    """Return a parameter that must be there."""
    found = parameters.get(name)
    if found is None:
        at = name[0].lower() + name[1:]
        raise invalid(
            f"1 validation error detected: Value null at '{at}' failed to satisfy constraint:"
            " Member must not be null"
        )
    return found


def refuse_legacy(parameters: Mapping[str, Any]) -> None:
    """Refuse what AWS keeps for old programs only."""
    for name, instead in _LEGACY.items():
        if parameters.get(name) is not None:
            raise ServiceError(
                "NotImplemented",
                f"The legacy parameter {name} is not supported here; write a {instead}.",
                status=501,
            )


def capacity(parameters: Mapping[str, Any], table: Table, units: Units) -> dict[str, Any] | None:
    """Return the ConsumedCapacity that a request wants to be told, if it does."""
    wanted = parameters.get("ReturnConsumedCapacity", "NONE")
    if wanted == "NONE":
        return None
    found: dict[str, Any] = {
        "TableName": table.spec.name,
        "CapacityUnits": sum(units.values()),
    }
    if wanted == "INDEXES":
        found["Table"] = {"CapacityUnits": units.get("", 0.0)}
        for local, key in ((False, "GlobalSecondaryIndexes"), (True, "LocalSecondaryIndexes")):
            some = {
                index.name: {"CapacityUnits": units[index.name]}
                for index in table.spec.indexes
                if index.local is local and units.get(index.name)
            }
            if some:
                found[key] = some
    return found


def add_units(into: Units, units: Units, factor: float = 1.0) -> None:
    """Add units up."""
    for name, count in units.items():
        into[name] = into.get(name, 0.0) + count * factor
