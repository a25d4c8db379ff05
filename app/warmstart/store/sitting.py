"""What a sitting asks of the store: one connection, prepared statements, and no SQLAlchemy.

Importing SQLAlchemy costs as much as the first frame of the app, and its share of an answer is more
than that of the disk. So what stands between the learner and the next card is written out for
sqlite3, once: ``SittingCards`` and ``SittingLog`` are also what the repositories ``Cards`` and
``Log`` begin with.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from warmstart.errors import StoreError
from warmstart.store.connection import BUSY_SECONDS, SCHEMA, prepare, schema_of, translated
from warmstart.store.filing import Filing
from warmstart.store.sitting_cards import SittingCards
from warmstart.store.sitting_log import SittingLog
from warmstart.store.sitting_queue import SittingQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Studying(Protocol):
    """A transaction that one can study in: a sitting's, or one with all the repositories."""

    @property
    def cards(self) -> SittingCards:
        """The cards."""

    @property
    def log(self) -> SittingLog:
        """The log."""

    @property
    def queue(self) -> SittingQueue:
        """Who may be asked."""

    @property
    def filing(self) -> Filing:
        """Decks, tags, concepts, presets."""


class SittingTransaction:
    """What a sitting reads and writes within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.cards = SittingCards(connection)
        self._connection = connection
        self.log = SittingLog(connection)
        self.queue = SittingQueue(connection)
        self.filing = Filing(connection)

    def version(self) -> int:
        """Return a number that changes whenever another connection has written."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


class SittingStore:
    """The store, open for one sitting.

    One connection from the first card to the last, which any thread may use, one at a time. It is
    closed with ``close``, or goes with the last reference to the sitting.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the store at ``path``; it must be there, and of this version's schema.

        Raises:
            StoreError: it is not, or cannot be used. ``Store.open`` makes it so, or says why not.
        """
        self._path = path
        self._lock = threading.Lock()
        with translated(path):
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=busy_seconds,
                check_same_thread=False,
            )
            self._close = weakref.finalize(self, self._connection.close)
            schema = schema_of(self._connection)
            if schema != SCHEMA:
                self.close()
                raise StoreError(f"{path} has schema {schema}; this version studies {SCHEMA}.")
            prepare(self._connection)
        self._transaction = SittingTransaction(self._connection)

    @contextmanager
    def read(self) -> Iterator[SittingTransaction]:
        """Read from one consistent state of the store."""
        with self._within("BEGIN"):
            yield self._transaction

    @contextmanager
    def write(self) -> Iterator[SittingTransaction]:
        """Write: all of the block is committed, and on the disk, when it ends; or none of it."""
        with self._within("BEGIN IMMEDIATE"):
            yield self._transaction

    def close(self) -> None:
        """Close the connection once nobody uses it any more; closing twice does nothing.

        A thread that still reads would take the process with it: SQLite frees what it reads from.
        """
        with self._lock:
            self._close()

    @contextmanager
    def _within(self, begin: str) -> Iterator[None]:
        connection = self._connection
        with self._lock, translated(self._path):
            connection.execute(begin)
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite may have rolled back by itself
                    connection.execute("ROLLBACK")
                raise
