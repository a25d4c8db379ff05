"""Saving what can be read of a damaged store into a new one.

A damaged page takes the rows on it along, and a scan ends at the first; so a table is read in
ranges of its keys, which are halved around whatever cannot be read. The new store is made by the
migrations, and has the constraints of the old: what does not hold them any longer is left behind.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from warmstart.store.connection import read_only, translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEFT_OUT = ("sqlite_", "search_", "alembic_")
"""What SQLite and the migrations make by themselves, and the index, which is made again."""


def salvage(damaged: Path, fresh: Path) -> dict[str, tuple[int, int]]:
    """Copy every readable row into ``fresh``, a new store of the same schema.

    Returns for each table how many rows were saved, and how many keys could not be read: at most
    so many rows are lost, for some keys may have had none.

    Raises:
        StoreError: nothing of it can be read at all.
    """
    found: dict[str, tuple[int, int]] = {}
    with (
        translated(damaged),
        closing(read_only(damaged)) as source,
        closing(sqlite3.connect(fresh, isolation_level=None)) as target,
    ):
        source.text_factory = lambda text: text.decode("utf-8", "replace")
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN")
        # What was summed up of the notes by folder would hide those that are lost.
        others = [table for table in _tables(target) if table not in ("log", "folder")]
        for table in others:
            found[table] = _save(source, target, table)
        _drop_orphans(target, others)
        found["log"] = _save(source, target, "log")
        target.execute("COMMIT")
    return found


def drop_orphans(store: Path) -> int:
    """Delete rows that refer to what is not there, the log's apart; return how many there were."""
    with translated(store), closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        before = connection.total_changes
        _drop_orphans(connection, [t for t in _tables(connection) if t != "log"])
        connection.execute("COMMIT")
        return connection.total_changes - before


def _save(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> tuple[int, int]:
    info = target.execute(f"PRAGMA table_info({table})").fetchall()
    columns = ", ".join(f'"{row[1]}"' for row in info)
    marks = ", ".join(f"?{n}" for n in range(1, len(info) + 1))
    insert = f"INSERT OR IGNORE INTO {table} ({columns}) SELECT {marks}"
    if table == "log":
        # The log is append-only: what it says of a card that is lost cannot be taken out later.
        card = next(n for n, row in enumerate(info, 1) if row[1] == "card_id")
        insert += f" WHERE ?{card} IS NULL OR ?{card} IN (SELECT id FROM card)"
    lost = 0
    before = target.total_changes
    for rows in _rows(source, table, columns):
        if isinstance(rows, int):
            lost += rows
        else:
            target.executemany(insert, rows)
    return target.total_changes - before, lost


def _rows(
    source: sqlite3.Connection, table: str, columns: str
) -> Iterator[list[tuple[object, ...]] | int]:
    """Yield rows in parts, and for parts that cannot be read how many keys they have."""
    try:
        low, high = (_end(source, table, order) for order in ("ASC", "DESC"))
    except sqlite3.DatabaseError:
        yield from _scanned(source, table, columns)
        return
    waiting = [(low, high)] if low is not None and high is not None else []
    query = f"SELECT {columns} FROM {table} WHERE rowid BETWEEN ? AND ?"
    while waiting:
        first, last = waiting.pop()
        try:
            yield source.execute(query, (first, last)).fetchall()
        except sqlite3.DatabaseError:
            if first == last:
                yield 1
                continue
            middle = (first + last) // 2
            waiting += [(middle + 1, last), (first, middle)]


def _end(source: sqlite3.Connection, table: str, order: str) -> int | None:
    row = source.execute(f"SELECT rowid FROM {table} ORDER BY rowid {order} LIMIT 1").fetchone()
    return None if row is None else int(row[0])


def _scanned(
    source: sqlite3.Connection, table: str, columns: str
) -> Iterator[list[tuple[object, ...]] | int]:
    """Yield what a scan gives from either end, where there are no row ids to go by."""
    for order in ("ASC", "DESC"):
        rows = []
        try:
            for row in source.execute(f"SELECT {columns} FROM {table} ORDER BY 1 {order}"):
                rows.append(row)  # noqa: PERF402 what came before the damage is kept
        except sqlite3.DatabaseError:
            yield rows
            yield 1 if order == "ASC" else 0
        else:
            yield rows
            return


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Return the tables that hold what a learner has, in the order they were made in."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    return [name for (name,) in rows if not name.startswith(_LEFT_OUT)]


def _drop_orphans(connection: sqlite3.Connection, tables: list[str]) -> None:
    changed = True
    while changed:  # what is deleted may have been referred to itself
        before = connection.total_changes
        for table in tables:
            for _, _, parent, own, key, *_ in connection.execute(
                f"PRAGMA foreign_key_list({table})"
            ).fetchall():
                connection.execute(
                    f'DELETE FROM {table} WHERE "{own}" IS NOT NULL'
                    f' AND "{own}" NOT IN (SELECT "{key or "id"}" FROM {parent})'
                )
        changed = connection.total_changes > before
