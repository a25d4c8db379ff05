"""What a database's statements do: SQLite executes them, in memory, each by itself.

There is no transaction around several statements, and the dialect is SQLite's, which knows what
MySQL's plain statements say. Statements come from handlers, so what reaches outside the database is
refused, and so is what does not end.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_STEPS: Final = 1_000_000
"""Of SQLite's virtual machine in one statement: a tenth of a second or so."""
_PAGES: Final = 16_384
"""Of 4 KB: all tables of a database."""
_TEXT: Final = 1_000_000
"""Characters of one value, or statement."""
_ANSWER: Final = 8_000_000
"""Characters of all that one statement gives."""
_OUTSIDE: Final = frozenset(
    (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA,
     sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT)
)  # fmt: skip
_UNREPEATABLE: Final = frozenset(
    ("random", "randomblob", "date", "time", "datetime", "julianday", "unixepoch", "strftime")
)
"""What draws or looks at the machine's clock; ``now()`` and ``current_timestamp`` are the run's."""
_SYNTAX: Final = 1064
_DUPLICATE: Final = 1062
_NO_TABLE: Final = 1146
_INTERRUPTED: Final = 3024
_NOT_SUPPORTED: Final = 1235
_FULL: Final = 1114
_TOO_LARGE: Final = 1153


@dataclass(slots=True, eq=False)
class SqlError(Exception):
    """What a database refuses, as MySQL numbers it (server-error-reference of its manual)."""

    code: int
    message: str

    def __str__(self) -> str:
        return f"({self.code}, {self.message!r})"


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement gives."""

    columns: tuple[str, ...]
    """Empty where it gives no rows."""
    rows: list[tuple[Any, ...]]
    affected: int
    """Rows it gives, or has changed."""
    last_id: int


class Tables:
    """The tables of one database."""

    def __init__(self, schema: str, now: Callable[[], datetime]) -> None:
        # Nothing is shared: the run is one thread, and the tables go with it.
        own = self._database = sqlite3.connect(":memory:", isolation_level=None)
        for name in ("now", "current_timestamp"):
            own.create_function(name, 0, lambda: f"{now():%Y-%m-%d %H:%M:%S}")
        own.executescript(schema)
        own.execute(f"PRAGMA max_page_count = {_PAGES}")
        own.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _TEXT)
        own.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _TEXT)
        own.set_authorizer(_allowed)
        self._left = 0
        own.set_progress_handler(self._count, 1_000)

    def execute(self, statement: str, values: list[Any]) -> Rows:
        """Execute a statement; ``?`` stands for each value.

        Raises:
            SqlError: it is wrong, too large, or does not end.
        """
        self._left = _STEPS
        try:
            found = self._database.execute(statement, values)
            rows = _fetched(found)
        except sqlite3.IntegrityError as error:
            raise SqlError(_DUPLICATE, str(error)) from error
        except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
            raise SqlError(_code(str(error)), str(error)) from error
        columns = tuple(column[0] for column in found.description or ())
        return Rows(
            columns, rows, len(rows) if columns else max(0, found.rowcount), found.lastrowid or 0
        )

    def _count(self) -> int:
        self._left -= 1_000
        return self._left < 0


def _fetched(found: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in found:
        for value in row:
            if isinstance(value, bytes):
                raise SqlError(_NOT_SUPPORTED, "Binary columns are not supported here")
            size += len(value) if isinstance(value, str) else 8
        if size > _ANSWER:
            raise SqlError(
                _TOO_LARGE, f"The rows of one statement have more than {_ANSWER:,} bytes"
            )
        rows.append(row)
    return rows


def _allowed(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
    """Answer SQLite's authorizer; of a function ``second`` is the name."""
    denied = action in _OUTSIDE or (action == sqlite3.SQLITE_FUNCTION and second in _UNREPEATABLE)
    return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK


def _code(message: str) -> int:
    for words, code in (
        ("no such table", _NO_TABLE), ("interrupted", _INTERRUPTED), ("is full", _FULL),
        ("too big", _TOO_LARGE), ("not authorized", _NOT_SUPPORTED),
    ):  # fmt: skip
        if words in message:
            return code
    return _SYNTAX
