"""What happens between those who connect to a relational database, and the database.

``database`` is the name of an RDS instance, or of a proxy (``rds-proxy/name``). A proxy is a
database to its clients, and a client of its instance: both sides of it are told in the same words.
``connection`` is a number that the database gives; ``open`` is how many it has after the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.runtime.trace.base import Event

CloseReason = Literal["closed", "process-ended", "timeout", "pool"]
"""The client closed it; its process ended, and the kernel closed it; it did nothing for
``wait_timeout`` (at a proxy ``IdleClientTimeout``); a proxy's pool keeps no more idle ones."""


@dataclass(frozen=True, slots=True)
class ConnectionOpened(Event):
    """A client got a connection: from here on it takes one of ``max_connections``."""

    kind: ClassVar[str] = "ConnectionOpened"

    database: str
    connection: int
    source: str
    request: str | None
    root: str
    open: int


@dataclass(frozen=True, slots=True)
class ConnectionRefused(Event):
    """A client got none."""

    kind: ClassVar[str] = "ConnectionRefused"

    database: str
    source: str
    request: str | None
    root: str
    code: int
    """MySQL's: 1040, too many connections."""
    open: int


@dataclass(frozen=True, slots=True)
class ConnectionAbandoned(Event):
    """The environment behind a connection is gone; the database was not told, and counts it."""

    kind: ClassVar[str] = "ConnectionAbandoned"

    database: str
    connection: int
    source: str


@dataclass(frozen=True, slots=True)
class ConnectionClosed(Event):
    """A connection is no more."""

    kind: ClassVar[str] = "ConnectionClosed"

    database: str
    connection: int
    source: str
    reason: CloseReason
    open: int


@dataclass(frozen=True, slots=True)
class StatementEnded(Event):
    """A statement was executed, or failed."""

    kind: ClassVar[str] = "StatementEnded"

    database: str
    connection: int
    source: str
    request: str | None
    root: str
    duration: int
    """Microseconds, ``waited`` included."""
    waited: int
    """How long a proxy's client waited for one of its pool's connections; else 0."""
    code: int | None
    """MySQL's error; None where it went well."""


DatabaseEvent = (
    ConnectionOpened | ConnectionRefused | ConnectionAbandoned | ConnectionClosed | StatementEnded
)
