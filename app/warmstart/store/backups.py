"""Copies of the store: how one is made, which are kept, and whether one can be trusted.

sqlite3 alone, so that all of it works on a store that cannot be opened in full.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Final

from warmstart.errors import StoreNotADatabase, StoreTooNew
from warmstart.store.connection import SCHEMA, read_only, schema_of, translated

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DAILY, WEEKLY, MONTHLY = 7, 4, 12
"""How many of the copies made once a day are kept: the newest, and the newest of each of so many
weeks and months that have any. All in all at most 23, and a year back."""

_DAILY: Final = re.compile(r"daily-(\d{4}-\d\d-\d\d)\.db")
_TABLES: Final = frozenset(("note", "card", "log"))


def daily_name(day: date) -> str:
    """Return the name of the copy of a study day."""
    return f"daily-{day:%Y-%m-%d}.db"


def kept(days: Iterable[date]) -> set[date]:
    """Return the days whose copies are kept.

    The newest seven; of each of the four newest weeks (Monday to Sunday) and twelve newest months
    that have any, the newest.
    """
    newest = sorted(set(days), reverse=True)
    found = set(newest[:DAILY])
    for most, key in ((WEEKLY, "%G-%V"), (MONTHLY, "%Y-%m")):
        last: dict[str, date] = {}
        for day in newest:
            last.setdefault(day.strftime(key), day)
        found.update(list(last.values())[:most])
    return found


def daily(folder: Path) -> dict[date, Path]:
    """Return the copies made once a day, by their days."""
    found = {}
    for path in folder.glob("daily-*.db"):
        if (match := _DAILY.fullmatch(path.name)) is not None:
            found[date.fromisoformat(match[1])] = path
    return found


def rotate(folder: Path) -> None:
    """Delete the daily copies that are not kept; whatever else lies there stays."""
    copies = daily(folder)
    for day in copies.keys() - kept(copies):
        copies[day].unlink(missing_ok=True)


def copy(store: Path, target: Path) -> None:
    """Copy a store as it is at one moment, also while it is written to; all of it or nothing.

    Raises:
        StoreError: it cannot be read, or the copy cannot be written.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
        with (
            translated(store),
            closing(read_only(store)) as source,
            closing(sqlite3.connect(partial)) as made,
        ):
            source.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        with translated(target):
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def damage(path: Path, *, quick: bool = False) -> list[str]:
    """Return what SQLite finds wrong with the file itself, in its own words; empty if it is sound.

    ``quick`` leaves out whether the indexes agree with their tables.
    """
    check = "quick_check" if quick else "integrity_check"
    try:
        with closing(read_only(path)) as connection:
            rows = connection.execute(f"PRAGMA {check}(20)").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    found = [line for (text,) in rows for line in str(text).splitlines()]
    return [] if found == ["ok"] else found


def check_is_store(path: Path) -> int:
    """Return the schema of a sound store.

    Raises:
        StoreNotADatabase: it is no store of Warmstart's, or damaged.
        StoreTooNew: it was written by a later version.
    """
    if not path.is_file():
        raise StoreNotADatabase(f"There is no file {path}.")
    if wrong := damage(path):
        raise StoreNotADatabase(
            f"{path} is not a store, or it is damaged ({wrong[0]}).",
            hint="`warmstart backup --list` lists the backups there are.",
        )
    with translated(path), closing(read_only(path)) as connection:
        schema = schema_of(connection)
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not schema or not names >= _TABLES:
        raise StoreNotADatabase(f"{path} is a database, but not one of Warmstart's.")
    if schema > SCHEMA:
        raise StoreTooNew(
            f"{path} was written by a later version of Warmstart (schema {schema}; this one knows"
            f" up to {SCHEMA}).",
            hint="Update Warmstart first.",
        )
    return schema


def in_use(path: Path) -> bool:
    """Whether another connection has the store open, as far as locks can tell.

    In WAL every open connection holds a shared lock on the file, used or not.
    """
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        except sqlite3.DatabaseError:
            return False  # too damaged to tell
    return False
