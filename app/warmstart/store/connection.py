"""How SQLite is opened and how it fails, for everything in the store that talks to it.

WAL, foreign keys and ``synchronous=FULL``: an answer that was acknowledged is on the disk. Every
failure of SQLite becomes one of our errors, here and nowhere else. SQLAlchemy is not imported: what
stands before the first card must not wait for it.
"""

from __future__ import annotations

import math
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from warmstart.errors import (
    StoreBusy,
    StoreError,
    StoreFull,
    StoreNotADatabase,
    StoreReadOnly,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = 10
"""The number of the newest schema, which is SQLite's ``user_version`` of the store."""

BUSY_SECONDS = 5.0
"""How long a writer waits for another process before it says so."""

CACHE_KIB = 32_000
"""How much of the store a connection keeps in memory, at most. SQLite's own 2 MB are less than what
a large import goes through, and it would write the same pages again and again."""


def prepare(connection: sqlite3.Connection) -> None:
    """Set what holds for every connection that may write."""
    connection.isolation_level = None  # BEGIN is ours; Python's module would add its own
    for pragma in (
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
        "temp_store = MEMORY",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    try:
        connection.execute("SELECT pow(2, 3)")
    except sqlite3.OperationalError:  # a SQLite that was built without mathematics
        connection.create_function("pow", 2, power, deterministic=True)


def power(base: float | None, exponent: float) -> float | None:
    """Return what SQLite's own ``pow`` does, where it has none."""
    return None if base is None else math.pow(base, exponent)


def read_only(path: Path, *, wait_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open an existing database for reading; it is neither made nor changed."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=wait_seconds)


def schema_of(connection: sqlite3.Connection) -> int:
    """Return the number of the database's schema; 0 for one that is not made yet, or not ours."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Let what fails in the block fail as a ``StoreError`` that names the store at ``path``."""
    try:
        yield
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
    except Exception as error:
        cause = getattr(error, "orig", error)  # SQLAlchemy's errors hold SQLite's own
        if isinstance(cause, sqlite3.Error):
            raise _error(cause, path) from error
        raise


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
            hint="`warmstart doctor` says more; `warmstart restore` brings a backup back.",
        )
    if code == sqlite3.SQLITE_READONLY:
        return StoreReadOnly(f"{path} is read-only.", hint=elsewhere)
    if code == sqlite3.SQLITE_CANTOPEN:
        readable = os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK)
        kind = StoreError if readable else StoreReadOnly
        return kind(f"{path} cannot be opened.", hint=elsewhere)
    return StoreError(f"{path}: SQLite says: {error}.")
