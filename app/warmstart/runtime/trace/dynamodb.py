"""What happens in DynamoDB's tables.

``key`` is the item's key as JSON text; ``units`` are capacity units, what AWS bills on demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.runtime.trace.base import Event

Write = Literal["put", "update", "delete"]


@dataclass(frozen=True, slots=True)
class ItemWritten(Event):
    """An item was put, updated or deleted (also: there was none to delete)."""

    kind: ClassVar[str] = "ItemWritten"

    table: str
    key: str
    operation: Write
    transaction: str | None
    """The id of the transaction that wrote it."""
    source: str
    request: str | None
    root: str
    units: float
    size: int
    """Bytes of the item as it is now; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class ItemsRead(Event):
    """Items were read, by key or by going through a table or index."""

    kind: ClassVar[str] = "ItemsRead"

    table: str
    index: str | None
    operation: str
    """GetItem, Query, …"""
    source: str
    request: str | None
    root: str
    units: float
    scanned: int
    """Items that were looked at, and are paid for."""
    returned: int


@dataclass(frozen=True, slots=True)
class ConditionFailed(Event):
    """An item was not written because it does not meet the condition."""

    kind: ClassVar[str] = "ConditionFailed"

    table: str
    key: str
    operation: Write | Literal["check"]
    source: str
    request: str | None
    root: str
    units: float


@dataclass(frozen=True, slots=True)
class TransactionEnded(Event):
    """A transaction was carried out, or cancelled."""

    kind: ClassVar[str] = "TransactionEnded"

    transaction: str
    operation: str
    """TransactWriteItems or TransactGetItems."""
    source: str
    request: str | None
    root: str
    reasons: list[str]
    """For each of its actions why it was cancelled; empty where it went well."""


@dataclass(frozen=True, slots=True)
class ItemExpired(Event):
    """An item was deleted because its time had come."""

    kind: ClassVar[str] = "ItemExpired"

    table: str
    key: str
    expiry: int
    """The second of the epoch that it named; the rest is the delay of deletion."""


TableEvent = ItemWritten | ItemsRead | ConditionFailed | TransactionEnded | ItemExpired
