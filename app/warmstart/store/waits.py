"""Who waits to be asked, read through sqlite3: for a sitting, for Today, and for ``warmstart due``.

It imports next to nothing, because a shell prompt waits for it; phases stand here by number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from warmstart.store.among import ALL, Among
from warmstart.store.conditions import ACTIVE, ANSWER_TIMES, COUNTS, IN_LEARNING
from warmstart.store.times import from_ms, to_ms
from warmstart.study.admission import Step, Waiting
from warmstart.study.day import DAY_MS
from warmstart.study.pace import Pace

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

NOT_BURIED = "(buried_until IS NULL OR buried_until <= ?)"
AWAKE = f"{ACTIVE} AND {NOT_BURIED}"
_STUDIED = f"phase > 0 AND {AWAKE}"
_LEARNING = (
    f"SELECT due, id, note_id, passage FROM card WHERE {IN_LEARNING} AND {NOT_BURIED}"
    " AND due < ? AND "
)
# Whole days since the last answer over the stability: what recall falls with, for any parameters.
FADED = f"(max(0, ? - last_review) / {DAY_MS}) / stability"
_ORDERS: Final = {
    "due": "due, id, 0",
    "retrievability": f"{FADED}, id, 0",
    "path": "rank, note_id, position",
}
_NEW = (
    "SELECT rank, note_id, position, id, passage FROM card"
    f" WHERE phase = 0 AND {AWAKE} AND {{}} ORDER BY rank, note_id, position LIMIT ?"
)
_ANSWERED = (
    "SELECT at, before, preset, note_id, passage FROM log JOIN card ON card.id = card_id"
    f" WHERE {COUNTS} AND at >= ? AND at < ?"
)


class Answered(NamedTuple):
    """An answer, as far as the queue asks."""

    at: datetime
    before: int
    """The phase the card was in, by its number."""
    preset: str
    passage: tuple[int, int]


class Learning(NamedTuple):
    """A card in learning, and its passage."""

    step: Step
    passage: tuple[int, int]


class Waits:
    """Who waits, within one transaction; ``now`` tells who is still buried."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sqlite = connection

    def learning(self, before: datetime, now: datetime, among: Among = ALL) -> list[Learning]:
        """Return the cards in learning whose next step is due before then."""
        values = (to_ms(now), to_ms(before), *among.values)
        return [
            Learning(Step(from_ms(due), key), (note, passage))
            for due, key, note, passage in self._sqlite.execute(_LEARNING + among.condition, values)
        ]

    def reviews(
        self,
        order: str,
        before: datetime,
        now: datetime,
        most: int,
        among: Among = ALL,
        *,
        preset: str = "",
    ) -> list[Waiting]:
        """Return up to ``most`` cards in review that are due before then, in an order of settings.

        ``preset`` is what they are taken to be studied by.
        """
        columns = _ORDERS[order]
        faded = (to_ms(now),) if order == "retrievability" else ()
        query = (
            f"SELECT {columns}, id, note_id, passage FROM card WHERE {_STUDIED} AND due < ?"
            f" AND phase = 2 AND {among.condition} ORDER BY 1, 2, 3 LIMIT ?"
        )
        values = (*faded, to_ms(now), to_ms(before), *among.values, most)
        return [
            Waiting((a, b, c), key, preset, (note, passage))
            for a, b, c, key, note, passage in self._sqlite.execute(query, values)
        ]

    def new(
        self, now: datetime, most: int, among: Among = ALL, *, preset: str = ""
    ) -> list[Waiting]:
        """Return up to ``most`` new cards in the order in which they are to be met."""
        values = (to_ms(now), *among.values, most)
        return [
            Waiting((rank, note, position), key, preset, (note, passage))
            for rank, note, position, key, passage in self._sqlite.execute(
                _NEW.format(among.condition), values
            )
        ]

    def answered(self, since: datetime, before: datetime) -> list[Answered]:
        """Return the answers given between two moments."""
        rows = self._sqlite.execute(_ANSWERED, (to_ms(since), to_ms(before)))
        return [
            Answered(from_ms(at), phase, preset, (note, passage))
            for at, phase, preset, note, passage in rows
        ]

    def overdue(self, before: datetime, now: datetime) -> int:
        """Return how many cards in review are due before then."""
        query = f"SELECT count(*) FROM card WHERE {_STUDIED} AND phase = 2 AND due < ?"
        return int(self._sqlite.execute(query, (to_ms(now), to_ms(before))).fetchone()[0])

    def pace(self) -> Pace:
        """Return how long the last answers took."""
        rows = self._sqlite.execute(ANSWER_TIMES)
        return Pace.measured({phase: (count, mean) for phase, count, mean in rows})
