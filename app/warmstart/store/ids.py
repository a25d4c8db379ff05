"""Many rows at a time: ids for what is inserted, and parts small enough for a statement.

SQLite gives a row's id only after its INSERT, one by one. Taking the next ids from its own sequence
lets thousands of rows, and those that refer to them, go in with one statement each. The write lock
is held, so nobody else takes the same.
"""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")
_CHUNK = 500  # keys in one IN (…): SQLite's oldest limit on parameters is 999

_TOGETHER = 32  # rows in one INSERT, which takes a card to 550 parameters

LISTED = "(SELECT value FROM json_each(?))"
"""Stands after IN for keys that are given as one value, ``as_list`` of them: for any number of keys
it is the same statement, which is made once."""

_LAST = "SELECT seq FROM sqlite_sequence WHERE name = ?"


def next_ids(connection: sqlite3.Connection, table: str, count: int) -> range:
    """Return the next ``count`` ids of an AUTOINCREMENT table; the caller inserts them all."""
    row = connection.execute(_LAST, (table,)).fetchone()
    last = row[0] if row else 0
    return range(last + 1, last + 1 + count)


def insertion(table: str, *columns: str) -> str:
    """Return the statement that inserts a row of these columns, for ``executemany``."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places(columns)}"  # noqa: S608


class Insertion:
    """Inserts rows of these columns, several with one statement.

    What a statement costs beside its rows is a quarter of inserting links, cards or concepts one by
    one. It is not so with a table without rowids that refers to others: there it takes longer.
    """

    def __init__(self, table: str, *columns: str) -> None:
        self._one = insertion(table, *columns)
        self._several = self._one + f", {places(columns)}" * (_TOGETHER - 1)

    def run(self, connection: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
        """Insert all rows, in their order."""
        rest = iter(rows)
        some: list[Sequence[object]] = []

        def together() -> Iterator[list[object]]:
            nonlocal some
            while len(some := [*islice(rest, _TOGETHER)]) == _TOGETHER:
                yield [*chain.from_iterable(some)]

        connection.executemany(self._several, together())
        connection.executemany(self._one, some)


def change(table: str, *columns: str, also: str = "") -> str:
    """Return the statement that sets these columns of the row whose id comes last."""
    set_to = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {table} SET {set_to}{also} WHERE id = ?"  # noqa: S608


def as_list(keys: Iterable[object]) -> str:
    """Return the value of ``LISTED`` for these keys, which are numbers or names."""
    return json.dumps([*keys])


def places(keys: Sequence[object]) -> str:
    """Return the list of parameters that stands for these values, after IN and VALUES."""
    return f"({', '.join('?' * len(keys))})"


def chunks(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the keys in parts small enough for one statement."""
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
