"""The store: one SQLite file, opened safely, and its transactions.

WAL, foreign keys and ``synchronous=FULL``: an answer that was acknowledged is on the disk. A writer
takes the lock at BEGIN (IMMEDIATE), so that a transaction never fails half-way for a lock it could
have waited for. Every failure of SQLite becomes one of our errors, here and nowhere else.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError

from warmstart.errors import (
    StoreBusy,
    StoreError,
    StoreFull,
    StoreNotADatabase,
    StoreReadOnly,
    StoreTooNew,
)
from warmstart.store.migrate import backup, upgrade
from warmstart.store.repositories.cards import Cards
from warmstart.store.repositories.lab_runs import LabRuns
from warmstart.store.repositories.log import Log
from warmstart.store.repositories.notes import Notes
from warmstart.store.repositories.search import Search
from warmstart.store.repositories.suggestions import Suggestions
from warmstart.store.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

BUSY_SECONDS = 5.0
"""How long a writer waits for another process before it says so."""


CACHE_KIB = 32_000
"""How much of the store a connection keeps in memory, at most. SQLite's own 2 MB are less than what
a large import goes through, and it would write the same pages again and again."""


class Transaction:
    """The repositories, bound to one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.notes = Notes(connection)
        self.cards = Cards(connection)
        self.log = Log(connection)
        self.lab_runs = LabRuns(connection)
        self.search = Search(connection)
        self.suggestions = Suggestions(connection)


class Store:
    """An open store."""

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_seconds})
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)

    @classmethod
    def open(
        cls, path: Path, backups: Path, at: datetime, *, busy_seconds: float = BUSY_SECONDS
    ) -> Store:
        """Open the store at ``path``; create or migrate it where needed, after a backup.

        Raises:
            StoreError: one of its kinds; the file is left as it was.
        """
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            schema = _schema(path)
        store = cls(path, busy_seconds=busy_seconds)
        if schema == SCHEMA:
            return store
        if schema > SCHEMA:
            raise StoreTooNew(
                f"{path} was written by a later version of Warmstart (schema {schema}; this one"
                f" knows up to {SCHEMA}).",
                hint="Update Warmstart, or point WARMSTART_HOME at another folder.",
            )
        try:
            with _translated(path):
                if schema:
                    backup(path, backups, schema, at)
                with store._connection("IMMEDIATE") as connection:
                    # Another process may have done it while this one waited for the lock.
                    if connection.exec_driver_sql("PRAGMA user_version").scalar_one() != SCHEMA:
                        upgrade(connection)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read from one consistent state of the store."""
        with _translated(self.path), self._connection("DEFERRED") as connection:
            yield Transaction(connection)

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator[Transaction]:
        """Write: all of the block is committed, and on the disk, when it ends; or none of it.

        ``keep=False`` does the same work and takes it back: a rehearsal.
        """
        with _translated(self.path), self._connection("IMMEDIATE") as connection:
            yield Transaction(connection)
            if not keep:
                connection.rollback()

    def close(self) -> None:
        """Close all connections; WAL's side files go with the last one."""
        self._engine.dispose()

    @contextmanager
    def _connection(self, mode: str) -> Iterator[Connection]:
        with (
            self._engine.connect().execution_options(begin=mode) as connection,
            connection.begin(),
        ):
            yield connection


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours; Python's module would add its own
    for pragma in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
        "temp_store = MEMORY",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _schema(path: Path) -> int:
    """Return the schema's number; 0 for a store that is still to be made."""
    if not path.exists():
        return 0
    if not path.is_file():
        raise StoreNotADatabase(
            f"{path} cannot be a store: it is not a file.",
            hint="Move it away, or point WARMSTART_HOME at another folder.",
        )
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version == 0 and tables:
        raise StoreNotADatabase(
            f"{path} is a database, but not one of Warmstart's.",
            hint="Move it away, or point WARMSTART_HOME at another folder.",
        )
    return version


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise _error(error.orig, path) from error
        raise
    except sqlite3.Error as error:
        raise _error(error, path) from error
    except PermissionError as error:
        raise StoreReadOnly(
            f"{error.filename or path} cannot be written: permission denied.",
            hint="Make the folder writable, or point WARMSTART_HOME at another one.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"{error.filename or path} cannot be used: {error.strerror}.",
            hint="Point WARMSTART_HOME at a folder that can be written.",
        ) from error


def _error(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    elsewhere = "Make it writable, or point WARMSTART_HOME at another folder."
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy(
            f"Another process is writing to {path}.",
            hint="Nothing was changed: wait for it to end and try again.",
        )
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(
            f"There is no room left on the disk for {path}.",
            hint="The last change was undone whole: free some space and try again.",
        )
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return StoreNotADatabase(
            f"{path} is not a store, or it is damaged ({error}).",
            hint="Move it away to begin anew, or copy a backup over it if you have one.",
        )
    if code == sqlite3.SQLITE_READONLY:
        return StoreReadOnly(f"{path} is read-only.", hint=elsewhere)
    if code == sqlite3.SQLITE_CANTOPEN:
        readable = os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK)
        kind = StoreError if readable else StoreReadOnly
        return kind(f"{path} cannot be opened.", hint=elsewhere)
    return StoreError(f"{path}: SQLite says: {error}.")
