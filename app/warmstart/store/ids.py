"""Many rows at a time: ids for what is inserted, and parts small enough for a statement.

SQLite gives a row's id only after its INSERT, one by one. Taking the next ids from its own sequence
lets thousands of rows, and those that refer to them, go in with one statement each. The write lock
is held, so nobody else takes the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

T = TypeVar("T")
_CHUNK = 500  # keys in one IN (…): SQLite's oldest limit on parameters is 999

_LAST = text("SELECT seq FROM sqlite_sequence WHERE name = :name")


def next_ids(connection: Connection, table: str, count: int) -> range:
    """Return the next ``count`` ids of an AUTOINCREMENT table; the caller inserts them all."""
    last = connection.execute(_LAST, {"name": table}).scalar() or 0
    return range(last + 1, last + 1 + count)


def chunks(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the keys in parts small enough for one statement."""
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
