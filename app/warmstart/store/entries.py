"""Entries of the log as rows of its table, and back; without SQLAlchemy, for whoever reads it."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import (
    Buried,
    Crammed,
    Entry,
    Flagged,
    Imported,
    Leech,
    LogEntry,
    Moved,
    ParametersChanged,
    Phase,
    Rating,
    Remarked,
    Reported,
    Rescheduled,
    Reset,
    Resumed,
    Reviewed,
    Suspended,
    Tagged,
    Unburied,
    Undone,
    Untagged,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    class Row(Protocol):
        """A row by the names of its columns: sqlite3's, SQLAlchemy's, or a dict."""

        def __getitem__(self, column: str, /) -> Any: ...


_KINDS: Final[dict[type[Entry], str]] = {
    Reviewed: "reviewed",
    Crammed: "crammed",
    Undone: "undone",
    Imported: "imported",
    Reset: "reset",
    Rescheduled: "rescheduled",
    Suspended: "suspended",
    Resumed: "resumed",
    Buried: "buried",
    Unburied: "unburied",
    Flagged: "flagged",
    Remarked: "remarked",
    Reported: "reported",
    Leech: "leech",
    Tagged: "tagged",
    Untagged: "untagged",
    Moved: "moved",
    ParametersChanged: "parameters",
}
KINDS: Final = tuple(_KINDS.values())
"""Every kind of entry, as the table names it."""
_TYPES: Final = {kind: type_ for type_, kind in _KINDS.items()}


def _ms(interval: timedelta) -> int:
    return interval // timedelta(milliseconds=1)


def _interval(ms: int) -> timedelta:
    return timedelta(milliseconds=ms)


_FIELDS: Final[dict[str, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "rating": ("rating", int, Rating),
    "duration": ("duration", _ms, _interval),
    "before": ("before", int, Phase),
    "phase": ("phase", int, Phase),
    "step": ("step", int, int),
    "due": ("due", to_ms, from_ms),
    "until": ("due", to_ms, from_ms),
    "interval": ("interval", _ms, _interval),
    "entry": ("entry", int, int),
    "stability": ("stability", float, float),
    "difficulty": ("difficulty", float, float),
    "last_review": ("last_review", to_ms, from_ms),
    "elsewhere": ("elsewhere", bool, bool),
    "flag": ("value", int, int),
    "text": ("text", str, str),
    "parameters": ("text", json.dumps, lambda text: tuple(json.loads(text))),
}
"""The fields that only some kinds have: the column, how a value goes in, and how it comes out."""
COLUMNS: Final = (
    "at",
    "kind",
    "card_id",
    "batch",
    *dict.fromkeys(column for column, _, _ in _FIELDS.values()),
)
"""The columns of an entry's row, its id apart."""


def row_of(entry: Entry, batch: int | None = None) -> dict[str, Any]:
    """Return an entry as a row: every column, so that one INSERT serves all kinds."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "at": to_ms(entry.at),
        "kind": _KINDS[type(entry)],
        "card_id": entry.card,
        "batch": batch,
    }
    for name, (column, stored, _) in _FIELDS.items():
        value = getattr(entry, name, None)
        if value is not None:
            row[column] = stored(value)
    return row


def entry_of(row: Row) -> LogEntry:
    """Return a row of the log, with its id, as what it says."""
    type_ = _TYPES[row["kind"]]
    values: dict[str, Any] = {"at": from_ms(row["at"])}
    for field in fields(type_):
        if field.name == "card":
            values["card"] = row["card_id"]
        elif field.name in _FIELDS:
            column, _, read = _FIELDS[field.name]
            value = row[column]
            if value is not None:
                values[field.name] = read(value)
            elif field.default is MISSING:
                values[field.name] = None
    return LogEntry(row["id"], type_(**values), row["batch"])
