"""A MySQL server, as far as its connections go.

Rules are those of MySQL's reference manual: a client beyond ``max_connections`` is refused with
error 1040 (too-many-connections; the one more that an administrator gets is not modelled), and a
connection that does nothing for ``wait_timeout`` seconds is closed by the server
(server-system-variables). A client that ends, or is killed, has its sockets closed by its kernel,
and the server notices at once. Nothing is noticed of one that vanishes together with its kernel.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.rds.tables import SqlError, Tables

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from warmstart.runtime.services.base import Account, Caller
    from warmstart.runtime.services.rds.tables import Rows
    from warmstart.runtime.specs import DatabaseSpec

TOO_MANY: Final = (1040, "Too many connections")
LOST: Final = (2013, "Lost connection to MySQL server during query")


class Database(Protocol):
    """What one can connect to."""

    name: str

    async def open(self, caller: Caller) -> Session:
        """Open a connection, or raise SqlError."""

    async def execute(
        self, session: Session, statement: str, values: list[Any], caller: Caller
    ) -> Rows:
        """Execute a statement, or raise SqlError."""

    def close(self, session: Session, reason: t.CloseReason) -> None:
        """Close a connection, if it is open."""


@dataclass(slots=True, eq=False)
class Session:
    """One connection, from the server's side."""

    database: Database
    number: int
    source: str
    """Who opened it."""
    closed: bool = False
    idle: asyncio.TimerHandle | None = None
    """Closes it in time, while it does nothing."""


@dataclass(slots=True)
class Statement:
    """What is to be told of a statement under way."""

    waited: int = 0
    """Microseconds, for a connection to execute it over."""


class Sessions:
    """The open connections of a server or proxy: numbered, counted, closed when they do nothing."""

    def __init__(self, account: Account, database: Database, idle_s: int) -> None:
        self._account = account
        self._database = database
        self._idle_s = idle_s
        self._numbers = 0
        self.open = 0

    async def connect(self, caller: Caller, handshake: Awaitable[None]) -> Session:
        """Give a client a connection; it counts before the handshake is over."""
        self._numbers += 1
        self.open += 1
        session = Session(self._database, self._numbers, caller.source)
        self._account.emit(
            t.ConnectionOpened(
                clock.now_us(), self._database.name, session.number, caller.source,
                caller.request, caller.root, self.open,
            )
        )  # fmt: skip
        try:
            await handshake
        except asyncio.CancelledError:
            self.remove(session, "process-ended")
            raise
        self._rest(session)
        return session

    @contextlib.contextmanager
    def statement(self, session: Session, caller: Caller) -> Iterator[Statement]:
        """Let a connection do something as long as the block lasts, and tell of it."""
        self._stir(session)
        started = clock.now_us()
        statement = Statement()
        code: int | None = None
        try:
            yield statement
        except SqlError as error:
            code = error.code
            raise
        except asyncio.CancelledError:
            code = LOST[0]
            raise
        finally:
            self._rest(session)
            now = clock.now_us()
            self._account.emit(
                t.StatementEnded(
                    now, self._database.name, session.number, caller.source, caller.request,
                    caller.root, now - started, statement.waited, code,
                )
            )  # fmt: skip

    def refuse(self, caller: Caller, code: int) -> None:
        """Say that a client gets none."""
        self._account.emit(
            t.ConnectionRefused(
                clock.now_us(), self._database.name, caller.source, caller.request, caller.root,
                code, self.open,
            )
        )  # fmt: skip

    def remove(self, session: Session, reason: t.CloseReason) -> None:
        """Close a connection, if it is open."""
        if session.closed:
            return
        self._stir(session)
        session.closed = True
        self.open -= 1
        self._account.emit(
            t.ConnectionClosed(
                clock.now_us(), self._database.name, session.number, session.source, reason,
                self.open,
            )
        )  # fmt: skip

    def _stir(self, session: Session) -> None:
        """Take note that a connection does something."""
        if session.idle is not None:
            session.idle.cancel()
            session.idle = None

    def _rest(self, session: Session) -> None:
        """Take note that a connection does nothing from now on."""
        if not session.closed:
            session.idle = asyncio.get_running_loop().call_later(
                self._idle_s, self.remove, session, "timeout"
            )


class Instance:
    """One server."""

    def __init__(self, account: Account, spec: DatabaseSpec) -> None:
        self.name = spec.name
        self.max_connections = spec.max_connections
        self._account = account
        self._spec = spec
        self._sessions = Sessions(account, self, spec.wait_timeout)
        self._tables = Tables(spec.schema, account.now)
        self._draws = 0

    async def open(self, caller: Caller) -> Session:
        """Open a connection: it counts from when it is asked for.

        Raises:
            SqlError: there are ``max_connections`` already.
        """
        model = self._account.model
        if self._sessions.open >= self.max_connections:
            self._sessions.refuse(caller, TOO_MANY[0])
            await self.spend(model.refuse_ms)
            raise SqlError(*TOO_MANY)
        own = self._spec.connect_ms
        handshake = self.spend(model.connect_ms if own is None else own)
        return await self._sessions.connect(caller, handshake)

    async def execute(
        self, session: Session, statement: str, values: list[Any], caller: Caller
    ) -> Rows:
        """Execute a statement.

        Raises:
            SqlError: it is wrong.
        """
        with self._sessions.statement(session, caller):
            own = self._spec.query_ms
            await self.spend(self._account.model.query_ms if own is None else own)
            return self._tables.execute(statement, values)

    def close(self, session: Session, reason: t.CloseReason) -> None:
        """Close a connection, if it is open."""
        self._sessions.remove(session, reason)

    async def spend(self, ms: float) -> None:
        """Let about so many milliseconds pass."""
        self._draws += 1
        jitter = self._account.model.api_jitter
        share = 1 + self._account.draw("rds", self.name, self._draws).uniform(-jitter, jitter)
        await clock.sleep_us(round(1_000 * ms * share))
