"""Cursors: statements with their values, and the rows they give."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from . import err

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from . import Connection

    Values = Sequence[Any] | Mapping[str, Any] | Any

_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")


class Cursor:
    """Rows as tuples."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid = 0
        self.arraysize = 1
        self._rows: list[Any] = []
        self._at = 0

    def execute(self, query: str, args: Values = None) -> int:
        """Execute a statement; return how many rows it gives, or has changed."""
        statement, values = _bound(query, args)
        answer = self.connection.query(statement, values)
        columns = answer["columns"]
        self.description = (
            tuple((name, None, None, None, None, None, None) for name in columns) or None
        )
        self.rowcount, self.lastrowid = answer["affected"], answer["last_id"]
        self._rows = [self._row(columns, row) for row in answer["rows"]]
        self._at = 0
        return self.rowcount

    def executemany(self, query: str, args: Iterable[Values]) -> int:
        """Execute a statement once for each set of values."""
        self.rowcount = sum(self.execute(query, each) for each in args)
        return self.rowcount

    def fetchone(self) -> Any:
        """Return the next row; None after the last."""
        found = self.fetchmany(1)
        return found[0] if found else None

    def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """Return the next rows."""
        first = self._at
        self._at = min(len(self._rows), first + (size or self.arraysize))
        return self._rows[first : self._at]

    def fetchall(self) -> Sequence[Any]:
        """Return all that are left."""
        return self.fetchmany(len(self._rows) or 1)

    def close(self) -> None:
        """Let go of the rows."""
        self._rows, self._at = [], 0

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self, columns: list[str], row: list[Any]) -> Any:
        del columns
        return tuple(row)


class DictCursor(Cursor):
    """Rows as dicts, by column."""

    def _row(self, columns: list[str], row: list[Any]) -> Any:
        return dict(zip(columns, row, strict=True))


def _bound(query: str, args: Values) -> tuple[str, list[Any]]:
    """Return a statement with ``?`` in the place of each value, and the values in order."""
    if args is None:
        return query, []
    values: list[Any] = []
    named = args if isinstance(args, dict) else None
    given = iter(args if isinstance(args, list | tuple) else (args,))

    def put(place: re.Match[str]) -> str:
        if place[0] == "%%":
            return "%"
        try:
            values.append(_plain(named[place[1]] if named is not None else next(given)))
        except StopIteration:
            raise TypeError("not enough arguments for format string") from None
        return "?"

    statement = _PLACE.sub(put, query)
    if named is None and next(given, None) is not None:
        raise TypeError("not all arguments converted during string formatting")
    return statement, values


def _plain(value: Any) -> Any:
    """Return a value as the database takes it."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | time):  # A datetime is a date.
        return str(value)
    raise err.NotSupportedError(f"A value of type {type(value).__name__} is not supported here")
