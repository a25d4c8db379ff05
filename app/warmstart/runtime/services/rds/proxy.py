"""RDS Proxy: many clients, few connections (RDS user guide, rds-proxy.howitworks).

A client's connection to the proxy costs the database nothing. Each statement borrows a connection
from the proxy's pool and gives it back when it is done (multiplexing; every statement is a
transaction of its own here, and nothing pins a session). Where none is free and the pool may not
grow, the statement waits, for ``ConnectionBorrowTimeout`` at most (rds-proxy-connections).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime.services.base import Caller
from warmstart.runtime.services.rds.instance import Session, Sessions
from warmstart.runtime.services.rds.tables import SqlError

if TYPE_CHECKING:
    from warmstart.runtime import trace as t
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.rds.instance import Instance
    from warmstart.runtime.services.rds.tables import Rows
    from warmstart.runtime.specs import DatabaseProxySpec

NO_CONNECTION: Final = (9501, "Timed-out waiting to acquire database connection")
_IDLE_S: Final = 300
"""After so long a connection that nobody borrows counts as idle (rds-proxy-connections)."""


class Proxy:
    """One proxy, before one instance."""

    def __init__(self, account: Account, spec: DatabaseProxySpec, instance: Instance) -> None:
        self.name = f"rds-proxy/{spec.name}"
        self._account = account
        self._instance = instance
        self._borrow_timeout = spec.borrow_timeout
        # A share of one connection is one: a proxy that may open none would be of no use.
        self._limit = max(1, instance.max_connections * spec.max_connections_percent // 100)
        self._keeps = instance.max_connections * spec.max_idle_percent // 100
        self._clients = Sessions(account, self, spec.idle_client_timeout)
        self._pool: list[Session] = []
        """Connections that nobody has borrowed; the one used last stands last."""
        self._opened = 0
        self._waiting: deque[asyncio.Future[Session | None]] = deque()
        """Who waits for a connection, or (None) for the right to open one."""
        self._idle: dict[Session, asyncio.TimerHandle] = {}

    async def open(self, caller: Caller) -> Session:
        """Open a client's connection; there is always one to be had."""
        handshake = self._instance.spend(self._account.model.connect_ms)
        return await self._clients.connect(caller, handshake)

    async def execute(
        self, session: Session, statement: str, values: list[Any], caller: Caller
    ) -> Rows:
        """Borrow a connection, and execute a statement there.

        Raises:
            SqlError: it is wrong, or no connection became free in time.
        """
        own = Caller(self.name, caller.root, caller.request, caller.cause)
        with self._clients.statement(session, caller) as told:
            started = clock.now_us()
            try:
                backend = await self._borrow(own)
            finally:
                told.waited = clock.now_us() - started
            try:
                await self._instance.spend(self._account.model.proxy_ms)
                return await self._instance.execute(backend, statement, values, own)
            finally:
                self._give_back(backend)

    def close(self, session: Session, reason: t.CloseReason) -> None:
        """Close a client's connection, if it is open; those of the pool stay."""
        self._clients.remove(session, reason)

    # -- the pool ---------------------------------------------------------------------------------

    async def _borrow(self, caller: Caller) -> Session:
        while self._pool:
            session = self._pool.pop()
            self._idle.pop(session).cancel()
            if not session.closed:
                return session
            self._opened -= 1  # The server closed it: its wait_timeout was over.
        if self._opened < self._limit:
            self._opened += 1
        elif (given := await self._wait()) is not None:
            return given
        try:
            return await self._instance.open(caller)
        except BaseException:
            self._hand_on(None)
            raise

    async def _wait(self) -> Session | None:
        """Wait for a connection, or for the right to open one in the place of another."""
        waiting: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(self._borrow_timeout):
                return await waiting
        except TimeoutError:
            raise SqlError(*NO_CONNECTION) from None
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():  # It was given one too late.
                self._hand_on(waiting.result())
            raise

    def _hand_on(self, given: Session | None) -> None:
        if given is not None:
            self._give_back(given)
        elif not self._next(None):
            self._opened -= 1

    def _give_back(self, session: Session) -> None:
        if not self._next(session):
            self._pool.append(session)
            loop = asyncio.get_running_loop()
            self._idle[session] = loop.call_later(_IDLE_S, self._thin_out, session)

    def _next(self, session: Session | None) -> bool:
        """Hand on what has become free; return whether somebody waited for it."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(session)
                return True
        return False

    def _thin_out(self, session: Session) -> None:
        """Close a connection that is idle, if there are more than the pool keeps."""
        if len(self._pool) > self._keeps:
            self._pool.remove(session)
            del self._idle[session]
            self._opened -= 1
            self._instance.close(session, "pool")
