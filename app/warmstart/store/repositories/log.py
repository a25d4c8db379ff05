"""The log: what happened, in order. It is only ever appended to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, func, insert, select, text

from warmstart.store.entries import entry_of, row_of
from warmstart.store.ids import chunks, next_ids
from warmstart.store.tables import log
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import Entry, LogEntry, Phase, Rating

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

_undo, _redo = log.alias("undo"), log.alias("redo")
# An undo that was itself undone does not count; what undoes an undo is never undone itself, because
# undoing once more appends an undo of the entry. Sets made once, not a look for every row: undone
# entries are few, reviews are many. The condition is written out for the partial index.
_UNDONE = select(_undo.c.entry).where(
    text("undo.entry IS NOT NULL"),
    _undo.c.id.not_in(select(_redo.c.entry).where(text("redo.entry IS NOT NULL"))),
)
_STANDS = log.c.id.not_in(_UNDONE)
_COUNTS = and_(log.c.kind == "reviewed", _STANDS)
"""The reviews that were not undone."""

# What undo takes back: everything a learner does to a card, in a sitting or outside one.
_ACTION = and_(
    log.c.kind.not_in(("undone", "imported", "parameters")), log.c.elsewhere.is_not(True)
)
_LAST = select(log).where(_ACTION, _STANDS).order_by(log.c.id.desc()).limit(1)
_LAST_UNDO = (
    select(log)
    .where(
        log.c.kind == "undone",
        log.c.card_id.is_not(None),
        _STANDS,
        log.c.entry.in_(select(_undo.c.id).where(_undo.c.kind != "undone")),
    )
    .order_by(log.c.id.desc())
    .limit(1)
)
_NEWEST_ACTION = select(func.max(log.c.id)).where(_ACTION)

_INSERT = insert(log)
_OF_CARD = select(log).where(log.c.card_id == bindparam("card")).order_by(log.c.id)
_INTRODUCED = select(func.count()).where(
    _COUNTS, log.c.at >= bindparam("since"), log.c.before == Phase.NEW
)
_ANSWERED = select(func.count()).where(_COUNTS, log.c.at >= bindparam("since"))

QUARTER_MS = 900_000
"""A quarter of an hour: every time zone's offset is a multiple of it."""
_PER_QUARTER = (
    select((log.c.at.op("/")(QUARTER_MS)).label("quarter"), func.count())
    .where(_COUNTS, log.c.at >= bindparam("since"))
    .group_by("quarter")
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """How many reviews of cards in review there were, and in how many the card was recalled."""

    reviews: int
    passed: int


class Log:
    """The log, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entry: Entry) -> int:
        """Append an entry and return its id."""
        result = self._connection.execute(_INSERT, row_of(entry))
        key = result.inserted_primary_key
        assert key is not None
        return int(key[0])

    def append_all(self, entries: Sequence[Entry]) -> range:
        """Append entries that belong together, so that one undo takes them all; return the ids."""
        ids = next_ids(self._connection, "log", len(entries))
        batch = ids[0] if len(ids) > 1 else None
        rows = [row_of(entry, batch) | {"id": key} for key, entry in zip(ids, entries, strict=True)]
        if rows:
            self._connection.execute(insert(log), rows)
        return ids

    def entry(self, key: int) -> LogEntry:
        """Return one entry."""
        query = select(log).where(log.c.id == key)
        return entry_of(self._connection.execute(query).mappings().one())

    def of_card(self, card: int) -> list[LogEntry]:
        """Return the entries of a card, oldest first, undone ones and undoes included."""
        rows = self._connection.execute(_OF_CARD, {"card": card}).mappings()
        return [entry_of(row) for row in rows]

    def of_cards(self, cards: Iterable[int]) -> dict[int, list[LogEntry]]:
        """Return the same for many cards at once; a card without entries has an empty list."""
        found: dict[int, list[LogEntry]] = defaultdict(list)
        for some in chunks(sorted(set(cards))):
            query = select(log).where(log.c.card_id.in_(some)).order_by(log.c.id)
            for row in self._connection.execute(query).mappings():
                found[row["card_id"]].append(entry_of(row))
        return found

    def last_action(self) -> list[LogEntry]:
        """Return what undo would take back: the newest action that stands, with its batch."""
        return self._with_batch(_LAST)

    def last_undo(self) -> list[LogEntry]:
        """Return what redo would take back: the newest undo that stands, with its batch.

        Empty where something was done since: it would be overtaken.
        """
        found = self._with_batch(_LAST_UNDO)
        newest = self._connection.execute(_NEWEST_ACTION).scalar()
        return [] if found and newest is not None and newest > found[0].id else found

    def _with_batch(self, query: Select[tuple[int]]) -> list[LogEntry]:
        row = self._connection.execute(query).mappings().first()
        if row is None or row["batch"] is None:
            return [] if row is None else [entry_of(row)]
        batch = select(log).where(log.c.batch == row["batch"]).order_by(log.c.id)
        return [entry_of(each) for each in self._connection.execute(batch).mappings()]

    def length(self) -> int:
        """Return how many entries there are."""
        return int(self._connection.execute(select(func.count()).select_from(log)).scalar_one())

    def introduced(self, since: datetime) -> int:
        """Return how many new cards had their first answer since then."""
        return int(self._connection.execute(_INTRODUCED, {"since": to_ms(since)}).scalar_one())

    def answered(self, since: datetime) -> int:
        """Return how many answers were given since then."""
        return int(self._connection.execute(_ANSWERED, {"since": to_ms(since)}).scalar_one())

    def per_quarter(self, since: datetime) -> list[tuple[datetime, int]]:
        """Return the reviews since then by quarter of an hour, in no order.

        Quarters rather than days, because a day depends on the learner's time zone.
        """
        rows = self._connection.execute(_PER_QUARTER, {"since": to_ms(since)}).all()
        return [(from_ms(quarter * QUARTER_MS), count) for quarter, count in rows]

    def recalled(self, since: Sequence[datetime]) -> list[Recalled]:
        """Return true retention since each of these moments, in one look at the log.

        Of reviews of cards in review alone: what is still being learned is left out.
        """
        columns = []
        for moment in map(to_ms, since):
            within = log.c.at >= moment
            columns += [
                func.coalesce(func.sum(case((within, 1), else_=0)), 0),
                func.coalesce(
                    func.sum(case((and_(within, log.c.rating > Rating.AGAIN), 1), else_=0)), 0
                ),
            ]
        query = select(*columns).where(
            _COUNTS, log.c.before == Phase.REVIEW, log.c.at >= min(map(to_ms, since))
        )
        row = [int(count) for count in self._connection.execute(query).one()]
        return [Recalled(row[n], row[n + 1]) for n in range(0, len(row), 2)]
