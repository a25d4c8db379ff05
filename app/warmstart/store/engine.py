"""The store: one SQLite file, opened safely, and its transactions.

A writer takes the lock at BEGIN (IMMEDIATE), so that a transaction never fails half-way for a lock
it could have waited for.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event

from warmstart.errors import StoreNotADatabase, StoreTooNew
from warmstart.store.connection import (
    BUSY_SECONDS,
    SCHEMA,
    prepare,
    read_only,
    schema_of,
    translated,
)
from warmstart.store.driver import sqlite_of
from warmstart.store.filing import Filing
from warmstart.store.folders import Folders
from warmstart.store.migrate import backup, upgrade
from warmstart.store.repositories.browse import Browse
from warmstart.store.repositories.cards import Cards
from warmstart.store.repositories.figures import Figures
from warmstart.store.repositories.goals import Goals
from warmstart.store.repositories.lab_runs import LabRuns
from warmstart.store.repositories.lab_work import LabWork
from warmstart.store.repositories.log import Log
from warmstart.store.repositories.notes import Notes
from warmstart.store.repositories.search import Search
from warmstart.store.repositories.suggestions import Suggestions
from warmstart.store.repositories.totals import Totals
from warmstart.store.repositories.words import OwnWords
from warmstart.store.sitting_queue import SittingQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection


class Transaction:
    """The repositories, bound to one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.notes = Notes(connection)
        self.cards = Cards(connection)
        self.log = Log(connection)
        self.queue = SittingQueue(sqlite_of(connection))
        self.filing = Filing(sqlite_of(connection))
        self.folders = Folders(sqlite_of(connection))
        self.goals = Goals(connection)
        self.lab_runs = LabRuns(connection)
        self.lab_work = LabWork(connection)
        self.search = Search(connection)
        self.browse = Browse(connection)
        self.suggestions = Suggestions(connection)
        self.words = OwnWords(connection)
        self.figures = Figures(connection)
        self.totals = Totals(connection)


class Store:
    """An open store."""

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_seconds})
        event.listen(self._engine, "connect", lambda connection, _: prepare(connection))
        event.listen(self._engine, "begin", _begin)

    @classmethod
    def open(
        cls, path: Path, backups: Path, at: datetime, *, busy_seconds: float = BUSY_SECONDS
    ) -> Store:
        """Open the store at ``path``; create or migrate it where needed, after a backup.

        Raises:
            StoreError: one of its kinds; the file is left as it was.
        """
        with translated(path):
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
            with translated(path):
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
        with translated(self.path), self._connection("DEFERRED") as connection:
            yield Transaction(connection)

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator[Transaction]:
        """Write: all of the block is committed, and on the disk, when it ends; or none of it.

        ``keep=False`` does the same work and takes it back: a rehearsal.
        """
        with translated(self.path), self._connection("IMMEDIATE") as connection:
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
    with closing(read_only(path)) as connection:
        version = schema_of(connection)
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version == 0 and tables:
        raise StoreNotADatabase(
            f"{path} is a database, but not one of Warmstart's.",
            hint="Move it away, or point WARMSTART_HOME at another folder.",
        )
    return version
