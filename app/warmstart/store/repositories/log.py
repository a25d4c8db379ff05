"""The log: what happened, in order. It is only ever appended to."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, insert, select

from warmstart.store.tables import log
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import (
    Entry,
    Imported,
    LogEntry,
    Phase,
    Rating,
    Reset,
    Resumed,
    Reviewed,
    Suspended,
    Undone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, RowMapping

_undo = log.alias("undo")
_UNDONE = select(_undo.c.entry).where(_undo.c.entry.is_not(None))
# A set made once, not a look for every row: undone entries are few, reviews are many.
_COUNTS = and_(log.c.kind == "reviewed", log.c.id.not_in(_UNDONE))
"""The reviews that were not undone."""

_INSERT = insert(log)
_OF_CARD = select(log).where(log.c.card_id == bindparam("card")).order_by(log.c.id)
_LAST = select(log).where(_COUNTS, log.c.elsewhere.is_not(True)).order_by(log.c.id.desc()).limit(1)
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
        result = self._connection.execute(_INSERT, _row(entry))
        key = result.inserted_primary_key
        assert key is not None
        return int(key[0])

    def of_card(self, card: int) -> list[LogEntry]:
        """Return the entries of a card, oldest first, undone ones and undoes included."""
        rows = self._connection.execute(_OF_CARD, {"card": card}).mappings()
        return [LogEntry(row["id"], _entry(row)) for row in rows]

    def last_review(self) -> LogEntry | None:
        """Return the newest review given here and not undone: what undo would take back."""
        row = self._connection.execute(_LAST).mappings().first()
        return None if row is None else LogEntry(row["id"], _entry(row))

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


_KINDS: dict[type[Entry], str] = {
    Reviewed: "reviewed",
    Undone: "undone",
    Imported: "imported",
    Reset: "reset",
    Suspended: "suspended",
    Resumed: "resumed",
}
_TYPES = {kind: type_ for type_, kind in _KINDS.items()}
_COLUMNS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "rating": (int, Rating),
    "duration": (lambda d: d // timedelta(milliseconds=1), lambda ms: timedelta(milliseconds=ms)),
    "before": (int, Phase),
    "phase": (int, Phase),
    "step": (int, int),
    "due": (to_ms, from_ms),
    "entry": (int, int),
    "stability": (float, float),
    "difficulty": (float, float),
    "last_review": (to_ms, from_ms),
    "elsewhere": (bool, bool),
}
"""The columns that only some kinds of entry use: how a value goes in, and how it comes out."""


def _row(entry: Entry) -> dict[str, Any]:
    # Every column in every row, so that SQLAlchemy compiles one INSERT for all kinds.
    row: dict[str, Any] = {
        "at": to_ms(entry.at),
        "card_id": entry.card,
        "kind": _KINDS[type(entry)],
    }
    for name, (stored, _) in _COLUMNS.items():
        value = getattr(entry, name, None)
        row[name] = None if value is None else stored(value)
    return row


def _entry(row: RowMapping) -> Entry:
    type_ = _TYPES[row["kind"]]
    values: dict[str, Any] = {"card": row["card_id"], "at": from_ms(row["at"])}
    for field in fields(type_):
        if field.name in _COLUMNS:
            value = row[field.name]
            if value is not None:
                values[field.name] = _COLUMNS[field.name][1](value)
            elif field.default is MISSING:
                values[field.name] = None
    return type_(**values)
