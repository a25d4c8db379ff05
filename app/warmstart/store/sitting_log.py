"""The log as studying needs it: appended to, replayed, taken back.

Prepared statements on whichever sqlite3 connection they are given: a sitting's own, or the one
below a transaction of SQLAlchemy's. The repository ``Log`` is this and more.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import TYPE_CHECKING

from warmstart.store.conditions import IN_FORCE, STANDS
from warmstart.store.entries import COLUMNS, entry_of, row_of
from warmstart.store.ids import chunks, next_ids, places
from warmstart.store.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from warmstart.study.cards import Entry, LogEntry

_APPEND = (
    f"INSERT INTO log ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"
)
_APPEND_AS = (
    f"INSERT INTO log (id, {', '.join(COLUMNS)})"
    f" VALUES (:id, {', '.join(f':{name}' for name in COLUMNS)})"
)
_ENTRY = "SELECT * FROM log WHERE id = ?"
_OF_BATCH = "SELECT * FROM log WHERE batch = ? ORDER BY id"
_OF_CARD = "SELECT * FROM log WHERE card_id = ? ORDER BY id"
_OF_CARDS = "SELECT * FROM log WHERE card_id IN {} ORDER BY id"
# What undo takes back: everything a learner does to a card, in a sitting or outside one.
_ACTION = "kind NOT IN ('undone', 'imported', 'parameters') AND elsewhere IS NOT 1"
_LAST = f"SELECT * FROM log WHERE {_ACTION} AND {STANDS} ORDER BY id DESC LIMIT 1"
_LAST_UNDO = (
    f"SELECT * FROM log WHERE kind = 'undone' AND card_id IS NOT NULL AND {STANDS}"
    " AND entry IN (SELECT id FROM log AS undo WHERE kind <> 'undone') ORDER BY id DESC LIMIT 1"
)
_NEWEST_ACTION = f"SELECT max(id) FROM log WHERE {_ACTION}"
_STANDS = f"SELECT 1 FROM log WHERE id = ? AND {STANDS}"
# Where a card was answered, or its dates were set anew, what was done before is no longer in force.
_UNTOUCHED = (
    f"SELECT * FROM log WHERE (batch = ? OR id = ?) AND {STANDS}"
    " AND card_id NOT IN (SELECT card_id FROM log WHERE id > ? AND batch IS NOT ?"
    " AND card_id IS NOT NULL AND kind IN ('reviewed', 'reset', 'rescheduled', 'imported')"
    f" AND {STANDS})"
)
_LATEST = "SELECT max(at) FROM log"
_LAST_ANSWER = (
    f"SELECT at FROM log WHERE kind IN ('reviewed', 'crammed') AND {STANDS}"
    " ORDER BY id DESC LIMIT 1"
)


class SittingLog:
    """The log, as studying needs it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sqlite = connection

    def append(self, entry: Entry) -> int:
        """Append an entry and return its id."""
        key = self._sqlite.execute(_APPEND, row_of(entry)).lastrowid
        assert key is not None
        return key

    def append_all(self, entries: Sequence[Entry]) -> range:
        """Append entries that belong together, so that one undo takes them all; return the ids."""
        ids = next_ids(self._sqlite, "log", len(entries))
        batch = ids[0] if len(ids) > 1 else None
        rows = [row_of(entry, batch) | {"id": key} for key, entry in zip(ids, entries, strict=True)]
        self._sqlite.executemany(_APPEND_AS, rows)
        return ids

    def entry(self, key: int) -> LogEntry:
        """Return one entry."""
        return next(self._entries(_ENTRY, [key]))

    def of_card(self, card: int) -> list[LogEntry]:
        """Return the entries of a card, oldest first, undone ones and undoes included."""
        return list(self._entries(_OF_CARD, [card]))

    def of_cards(self, cards: Iterable[int]) -> dict[int, list[LogEntry]]:
        """Return the same for many cards at once; a card without entries has an empty list."""
        found: dict[int, list[LogEntry]] = defaultdict(list)
        for some in chunks(sorted(set(cards))):
            for each in self._entries(_OF_CARDS.format(places(some)), some):
                if each.entry.card is not None:
                    found[each.entry.card].append(each)
        return found

    def parameters(self) -> LogEntry | None:
        """Return the entry that says which parameters are in force; None for the defaults."""
        return next(self._entries(IN_FORCE), None)

    def last_action(self) -> list[LogEntry]:
        """Return what undo would take back: the newest action that stands, with its batch."""
        return self._with_batch(_LAST)

    def last_undo(self) -> list[LogEntry]:
        """Return what redo would take back: the newest undo that stands, with its batch.

        Empty where something was done since: it would be overtaken.
        """
        found = self._with_batch(_LAST_UNDO)
        (newest,) = self._sqlite.execute(_NEWEST_ACTION).fetchone()
        return [] if found and newest is not None and newest > found[0].id else found

    def stands(self, entry: int) -> bool:
        """Whether an entry still counts."""
        return self._sqlite.execute(_STANDS, (entry,)).fetchone() is not None

    def untouched(self, batch: int) -> list[LogEntry]:
        """Return the entries of a batch that stand, of cards whose dates nothing has set since.

        The batch is known by its first entry.
        """
        return list(self._entries(_UNTOUCHED, [batch] * 4))

    def last_answer(self) -> datetime | None:
        """Return when the last answer that counts was given; None without any."""
        row = self._sqlite.execute(_LAST_ANSWER).fetchone()
        return None if row is None else from_ms(row[0])

    def latest(self) -> datetime | None:
        """Return when the latest entry was made, by the clock of then; None without any."""
        (at,) = self._sqlite.execute(_LATEST).fetchone()
        return None if at is None else from_ms(at)

    def _with_batch(self, query: str) -> list[LogEntry]:
        found = list(self._entries(query))
        if found and found[0].batch is not None:
            return list(self._entries(_OF_BATCH, [found[0].batch]))
        return found

    def _entries(self, query: str, values: Sequence[int] = ()) -> Iterator[LogEntry]:
        cursor = self._sqlite.cursor()
        cursor.row_factory = sqlite3.Row
        return map(entry_of, cursor.execute(query, values))
