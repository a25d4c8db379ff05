"""The log: what happened, in order. It is only ever appended to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, insert, not_, select

from warmstart.store.tables import log
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import Entry, LogEntry, Phase, Rating, Reviewed, Undone

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

_undo = log.alias("undo")
_COUNTS = and_(
    log.c.kind == "reviewed", not_(select(_undo.c.id).where(_undo.c.entry == log.c.id).exists())
)
"""The reviews that were not undone."""

_INSERT = insert(log)
_OF_CARD = select(log).where(log.c.card_id == bindparam("card")).order_by(log.c.id)
_LAST = select(log).where(_COUNTS).order_by(log.c.id.desc()).limit(1)
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
_RETENTION = select(
    func.count(), func.coalesce(func.sum(case((log.c.rating > Rating.AGAIN, 1), else_=0)), 0)
).where(_COUNTS, log.c.before == Phase.REVIEW, log.c.at >= bindparam("since"))


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
        """Return the newest review that was not undone: what undo would take back."""
        row = self._connection.execute(_LAST).mappings().first()
        return None if row is None else LogEntry(row["id"], _entry(row))

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
        rows = self._connection.execute(_PER_QUARTER, {"since": to_ms(since)})
        return [(from_ms(quarter * QUARTER_MS), count) for quarter, count in rows]

    def recalled(self, since: datetime) -> Recalled:
        """Return true retention since then: reviews of cards in review alone, learning left out."""
        row = self._connection.execute(_RETENTION, {"since": to_ms(since)}).one()
        return Recalled(reviews=int(row[0]), passed=int(row[1]))


def _row(entry: Entry) -> dict[str, Any]:
    # Every column in every row, so that SQLAlchemy compiles one INSERT for all kinds.
    row: dict[str, Any] = dict.fromkeys(
        ("rating", "duration", "before", "phase", "step", "due", "entry")
    )
    row |= {"at": to_ms(entry.at), "card_id": entry.card}
    if isinstance(entry, Undone):
        return row | {"kind": "undone", "entry": entry.entry}
    return row | {
        "kind": "reviewed",
        "rating": int(entry.rating),
        "duration": entry.duration // timedelta(milliseconds=1),
        "before": int(entry.before),
        "phase": int(entry.phase),
        "step": entry.step,
        "due": to_ms(entry.due),
    }


def _entry(row: RowMapping) -> Entry:
    at = from_ms(row["at"])
    if row["kind"] == "undone":
        return Undone(card=row["card_id"], at=at, entry=row["entry"])
    return Reviewed(
        card=row["card_id"],
        at=at,
        rating=Rating(row["rating"]),
        duration=timedelta(milliseconds=row["duration"]),
        before=Phase(row["before"]),
        phase=Phase(row["phase"]),
        step=row["step"],
        due=from_ms(row["due"]),
    )
