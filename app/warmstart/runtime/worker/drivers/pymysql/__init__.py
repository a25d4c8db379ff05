"""A stand-in for PyMySQL, as far as a handler commonly uses it.

Connections go to the databases of the run's template. Each statement takes effect at once, so there
is nothing to commit, and nothing can be rolled back. Who may log in is not checked, and settings of
the connection (``charset``, ``connect_timeout``, ``ssl``, …) are taken and do nothing.
"""

from __future__ import annotations

from typing import Any, Self

from warmstart.runtime.worker import sql

from . import cursors, err
from .err import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    MySQLError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,  # noqa: A004 — its name in PEP 249
)

__all__ = [
    "Connection",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "MySQLError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
    "connect",
    "cursors",
    "err",
]

apilevel = "2.0"
threadsafety = 1
paramstyle = "pyformat"


class Connection:
    """A connection to a database."""

    def __init__(
        self,
        *,
        host: str | None = None,
        user: str | None = None,
        password: str = "",
        database: str | None = None,
        port: int = 0,
        cursorclass: type[cursors.Cursor] = cursors.Cursor,
        defer_connect: bool = False,
        **settings: Any,
    ) -> None:
        del password, port, settings
        self.host = host or "localhost"
        self.user = user
        self.db = database
        self.cursorclass = cursorclass
        self._number: int | None = None
        if not defer_connect:
            self.connect()

    @property
    def open(self) -> bool:
        """Whether it is, as far as this end knows."""
        return self._number is not None

    def connect(self) -> None:
        """Open it."""
        self._number = _answer("connect", host=self.host)["number"]

    def close(self) -> None:
        """Close it."""
        if self._number is None:
            raise err.Error("Already closed")
        number, self._number = self._number, None
        _answer("close", number=number)

    def ping(self, reconnect: bool = True) -> None:  # noqa: FBT001, FBT002 — as there
        """Look whether the other end is there; if not, connect again."""
        try:
            self.query("SELECT 1", [])
        except (err.InterfaceError, err.OperationalError):
            if not reconnect:
                raise
            self.connect()

    def query(self, statement: str, values: list[Any]) -> dict[str, Any]:
        """Execute a statement with ``?`` for each value."""
        if self._number is None:
            raise err.InterfaceError(0, "")
        try:
            return _answer("execute", number=self._number, statement=statement, values=values)
        except err.OperationalError as error:
            if error.args[0] == err.LOST:
                self._number = None
            raise

    def cursor(self, cursor: type[cursors.Cursor] | None = None) -> cursors.Cursor:
        """Return a cursor."""
        return (cursor or self.cursorclass)(self)

    def commit(self) -> None:
        """Do nothing: each statement has taken effect."""

    def rollback(self) -> None:
        """Say that it cannot be done."""
        raise err.NotSupportedError(
            "Statements take effect at once here: there are no transactions to roll back"
        )

    begin = rollback

    def autocommit(self, value: bool) -> None:  # noqa: FBT001 — as there
        """Do nothing: there is nothing else."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.open:
            self.close()


Connect = connect = Connection


def _answer(done: str, **what: Any) -> dict[str, Any]:
    if not sql.reachable():
        raise err.NotSupportedError("Databases answer a handler's main thread alone here")
    answer = sql.ask(done, **what)
    if "error" in answer:
        raise err.of(*answer["error"])
    return answer
