"""Amazon RDS: MySQL instances and the proxies before them, as those see them who connect.

``instance`` counts connections, ``proxy`` shares few of them among many clients, ``tables``
executes statements. A database is part of the application and not of Lambda, so no operation calls
it: what a handler's driver asks for goes to the ``Client`` of its environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services.rds.instance import LOST, Instance, Session
from warmstart.runtime.services.rds.proxy import Proxy
from warmstart.runtime.services.rds.tables import SqlError
from warmstart.runtime.specs import DatabaseProxySpec, DatabaseSpec, host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warmstart.runtime.services.base import Account, Caller
    from warmstart.runtime.services.rds.tables import Rows

__all__ = ["Client", "Databases", "SqlError"]

_UNKNOWN_HOST = 2003


class Databases:
    """The databases of one run."""

    def __init__(
        self,
        account: Account,
        specs: Iterable[DatabaseSpec] = (),
        proxies: Iterable[DatabaseProxySpec] = (),
    ) -> None:
        self._account = account
        instances = {spec.name: Instance(account, spec) for spec in specs}
        self._by_host: dict[str, Instance | Proxy] = {
            host(DatabaseSpec, name, account.region): instance
            for name, instance in instances.items()
        }
        for spec in proxies:
            known = host(DatabaseProxySpec, spec.name, account.region)
            self._by_host[known] = Proxy(account, spec, instances[spec.database])

    def __bool__(self) -> bool:
        return bool(self._by_host)

    def client(self, caller: Callable[[], Caller]) -> Client:
        """Return what an execution environment connects with; ``caller`` is asked each time."""
        return Client(self, self._account, caller)

    def find(self, name: str) -> Instance | Proxy:
        """Return the database at a host.

        Raises:
            SqlError: there is none.
        """
        found = self._by_host.get(name.lower())
        if found is None:
            raise SqlError(
                _UNKNOWN_HOST,
                f"Can't connect to MySQL server on '{name}' "
                f"(the template's databases: {', '.join(self._by_host) or 'none'})",
            )
        return found


class Client:
    """The connections of one execution environment."""

    def __init__(
        self, databases: Databases, account: Account, caller: Callable[[], Caller]
    ) -> None:
        self._databases = databases
        self._account = account
        self._caller = caller
        self._sessions: dict[int, Session] = {}
        self._count = 0

    async def connect(self, name: str) -> int:
        """Open a connection to the database at a host; return its number.

        Raises:
            SqlError: there is no such host, or it has no connection left.
        """
        session = await self._databases.find(name).open(self._caller())
        self._count += 1
        self._sessions[self._count] = session
        return self._count

    async def execute(self, number: int, statement: str, values: list[Any]) -> Rows:
        """Execute a statement; ``?`` stands for each value.

        Raises:
            SqlError: it is wrong, or the connection is gone.
        """
        session = self._sessions.get(number)
        if session is None or session.closed:  # Of a snapshot, or closed by the other end.
            self._sessions.pop(number, None)
            raise SqlError(*LOST)
        return await session.database.execute(session, statement, values, self._caller())

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what a worker asks for, and return the answer; see ``worker.sql``."""
        try:
            match asked["done"]:
                case "connect":
                    return {"number": await self.connect(str(asked["host"]))}
                case "execute":
                    found = await self.execute(
                        asked["number"], str(asked["statement"]), asked["values"]
                    )
                    return {
                        "columns": found.columns, "rows": found.rows, "affected": found.affected,
                        "last_id": found.last_id,
                    }  # fmt: skip
                case _:
                    self.close(asked["number"])
                    return {}
        except SqlError as error:
            return {"error": [error.code, error.message]}

    def close(self, number: int) -> None:
        """Close a connection, if there is one."""
        session = self._sessions.pop(number, None)
        if session is not None:
            session.database.close(session, "closed")

    def end(self) -> None:
        """Close all: the process has ended, and the kernel says so to the other end."""
        for session in self._take():
            session.database.close(session, "process-ended")

    def abandon(self) -> None:
        """Leave all as they are: the environment is gone, and nobody says so to the other end."""
        now = clock.now_us()
        for session in self._take():
            if not session.closed:
                self._account.emit(
                    t.ConnectionAbandoned(
                        now, session.database.name, session.number, session.source
                    )
                )

    def forget(self) -> None:
        """Let go of all: the run is over."""
        self._sessions.clear()

    def _take(self) -> list[Session]:
        taken = list(self._sessions.values())
        self._sessions.clear()
        return taken
