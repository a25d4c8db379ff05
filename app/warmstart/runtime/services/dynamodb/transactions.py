"""TransactWriteItems and TransactGetItems: all or nothing, up to 100 items.

A transaction takes a while, by the model; meanwhile its items are its own, and whoever else wants
to write them is refused (transaction-apis, conflict handling).
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.dynamodb import writes
from warmstart.runtime.services.dynamodb.reads import get_one
from warmstart.runtime.services.dynamodb.tables import Tables, add_units, capacity, need
from warmstart.runtime.services.dynamodb.values import checked_item, invalid, item_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.services.dynamodb.table import Position, Units
    from warmstart.runtime.services.dynamodb.writes import Asked, Plan
    from warmstart.runtime.trace.dynamodb import Write

ITEMS: Final = 100
BYTES: Final = 4_194_304
TOKEN_S: Final = 600
"""How long a client's token is remembered (transaction-apis, idempotency)."""
_ACTIONS: Final[dict[str, Write | None]] = {
    "Put": "put",
    "Update": "update",
    "Delete": "delete",
    "ConditionCheck": None,
}
_REASONS: Final = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "TransactionConflictException": "TransactionConflict",
    "ValidationException": "ValidationError",
}


class Transactions:
    """The transactions of an account, and the tokens that they came with."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._tokens: dict[str, tuple[str, int | None]] = {}
        """By token: what was asked for, and until when it counts; None while it is under way."""

    async def write(self, _: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Carry out all writes, or none of them."""
        actions = _actions(parameters, frozenset(_ACTIONS))
        asked = [writes.read(self._tables, _ACTIONS[name], said) for name, said in actions]
        for name, said in actions:
            if name in {"ConditionCheck", "Update"}:
                need(said, f"{name.removesuffix('Check')}Expression")
        if len({(one.table.spec.name, one.position) for one in asked}) < len(asked):
            raise invalid("Transaction request cannot include multiple operations on one item")
        if sum(item_size(one.item or {}) for one in asked) > BYTES:
            raise invalid("Collection size of items in a transaction cannot exceed 4MB")
        token = parameters.get("ClientRequestToken")
        known = self._known(token, parameters)
        if known:
            return self._result(parameters, [(one, {"": 1.0}) for one in asked])
        return await self._carry_out(parameters, asked, caller, token)

    async def _carry_out(
        self, parameters: dict[str, Any], asked: list[Asked], caller: Caller, token: str | None
    ) -> dict[str, Any]:
        name = self._tables.account.new_id("transaction")
        plans = self._plan(asked, caller, name)
        said = _fingerprint(parameters)
        if token:
            self._tokens[token] = (said, None)
        for one in asked:
            one.table.locked.add(one.position)
        try:
            await asyncio.sleep(self._tables.account.model.transaction_ms / 1_000)
            units = [writes.carry_out(self._tables, one, caller, name) for one in plans]
        except BaseException:
            if token:
                del self._tokens[token]
            raise
        finally:
            for one in asked:
                one.table.locked.discard(one.position)
        if token:
            self._tokens[token] = (said, clock.now_us() + TOKEN_S * 1_000_000)
        self._ended(name, "TransactWriteItems", caller, [])
        return self._result(parameters, list(zip(asked, units, strict=True)))

    def _plan(self, asked: list[Asked], caller: Caller, name: str) -> list[Plan]:
        """Plan every write.

        Raises:
            ServiceError: TransactionCanceledException, with a reason for each.
        """
        plans: list[Plan] = []
        reasons: list[dict[str, Any]] = []
        for one in asked:
            try:
                plans.append(writes.plan(one))
            except ServiceError as error:
                if error.code == "ConditionalCheckFailedException":
                    writes.failed(self._tables, one, caller)
                reasons.append(_reason(error))
            else:
                reasons.append({"Code": "None"})
        if len(plans) < len(asked):
            raise self._cancelled(name, "TransactWriteItems", caller, reasons)
        return plans

    async def get(self, _: Tables, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Read all items as they were at one moment."""
        actions = [said for _, said in _actions(parameters, frozenset({"Get"}))]
        used: dict[str, Units] = {}
        places: set[tuple[str, Position]] = set()
        reasons, responses = [], []
        for said in actions:
            table = self._tables.find(said)
            key = checked_item(need(said, "Key"))
            table.check_key(key)
            places.add((table.spec.name, table.items.position(key)))
            conflict = table.items.position(key) in table.locked
            reasons.append(
                _reason(ServiceError("TransactionConflictException", writes.CONFLICT))
                if conflict
                else {"Code": "None"}
            )
            item, units = get_one(
                self._tables, {**said, "ConsistentRead": True}, "TransactGetItems", caller, factor=2
            )
            responses.append({} if item is None else {"Item": item})
            add_units(used.setdefault(table.spec.name, {}), {"": units})
        if len(places) < len(actions):
            raise invalid("Transaction request cannot include multiple operations on one item")
        name = self._tables.account.new_id("transaction")
        if any(reason["Code"] != "None" for reason in reasons):
            raise self._cancelled(name, "TransactGetItems", caller, reasons)
        self._ended(name, "TransactGetItems", caller, [])
        return {"Responses": responses, **self._consumed(parameters, used, "Read")}

    # -- tokens and ends --------------------------------------------------------------------------

    def _known(self, token: str | None, parameters: dict[str, Any]) -> bool:
        """Whether this very request was carried out before."""
        said, until = self._tokens.get(token or "", ("", 0))
        if until is not None and clock.now_us() >= until:
            return False
        if said != _fingerprint(parameters):
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "DynamoDB rejected the request because you retried a request with a different"
                " payload but with an idempotent token that was already used.",
            )
        if until is None:
            raise ServiceError(
                "TransactionInProgressException",
                "The transaction with the given request token is already in progress.",
            )
        return True

    def _cancelled(
        self, name: str, operation: str, caller: Caller, reasons: list[dict[str, Any]]
    ) -> ServiceError:
        codes = [reason["Code"] for reason in reasons]
        self._ended(name, operation, caller, codes)
        return ServiceError(
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons"
            f" [{', '.join(codes)}]",
            fields={"CancellationReasons": reasons},
        )

    def _ended(self, name: str, operation: str, caller: Caller, codes: list[str]) -> None:
        self._tables.account.emit(
            t.TransactionEnded(
                clock.now_us(), name, operation, caller.source, caller.request, caller.root, codes
            )
        )

    def _result(
        self, parameters: dict[str, Any], done: list[tuple[Asked, Units]]
    ) -> dict[str, Any]:
        used: dict[str, Units] = {}
        for one, units in done:
            add_units(used.setdefault(one.table.spec.name, {}), units, 2)
        return self._consumed(parameters, used, "Write")

    def _consumed(
        self, parameters: dict[str, Any], used: Mapping[str, Units], which: str
    ) -> dict[str, Any]:
        told = [
            {**one, f"{which}CapacityUnits": one["CapacityUnits"]}
            for name, units in used.items()
            if (one := capacity(parameters, self._tables.find({"TableName": name}), units))
        ]
        return {"ConsumedCapacity": told} if told else {}


def _actions(
    parameters: Mapping[str, Any], allowed: frozenset[str]
) -> list[tuple[str, dict[str, Any]]]:
    items = need(parameters, "TransactItems")
    if not 1 <= len(items) <= ITEMS:
        bound = f"less than or equal to {ITEMS}" if items else "greater than or equal to 1"
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint:"
            f" Member must have length {bound}"
        )
    found = []
    for item in items:
        if len(item) != 1 or not allowed.issuperset(item):
            raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
        found.append(cast("tuple[str, dict[str, Any]]", next(iter(item.items()))))
    return found


def _reason(error: ServiceError) -> dict[str, Any]:
    if error.code not in _REASONS:
        raise error
    return {"Code": _REASONS[error.code], "Message": error.message, **error.fields}


def _fingerprint(parameters: Mapping[str, Any]) -> str:
    asked = {k: v for k, v in parameters.items() if k != "ReturnConsumedCapacity"}
    return json.dumps(asked, sort_keys=True, default=lambda raw: raw.hex())
