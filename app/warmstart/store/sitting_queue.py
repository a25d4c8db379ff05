"""The queue as a sitting reads it: who waits, what today has seen, how full the days are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from warmstart.store.among import ALL, Among
from warmstart.store.conditions import ACTIVE, ANSWER_TIMES, COUNTS, IN_LEARNING
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import Phase
from warmstart.study.curve import DAY_MS
from warmstart.study.pace import Pace
from warmstart.study.queue import Step, Waiting

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_NOT_BURIED = "(buried_until IS NULL OR buried_until <= ?)"
_AWAKE = f"{ACTIVE} AND {_NOT_BURIED}"
_STUDIED = f"phase > 0 AND {_AWAKE}"
_LEARNING = (
    f"SELECT due, id, note_id, passage FROM card WHERE {IN_LEARNING} AND {_NOT_BURIED}"
    " AND due < ? AND "
)
# Whole days since the last answer over the stability: what recall falls with, for any parameters.
_FADED = f"(max(0, ? - last_review) / {DAY_MS}) / stability"
_ORDERS: Final = {
    "due": "due, id, 0",
    "retrievability": f"{_FADED}, id, 0",
    "path": "rank, note_id, position",
}
_NEW = (
    "SELECT rank, note_id, position, id, passage FROM card"
    f" WHERE phase = 0 AND {_AWAKE} AND {{}} ORDER BY rank, note_id, position LIMIT ?"
)
_WEAKEST = (
    f"SELECT id FROM card WHERE {_AWAKE} AND {{}}"
    f" ORDER BY phase = 0, {_FADED} DESC, rank, note_id, position LIMIT ?"
)
_ANSWERED = (
    "SELECT at, before, preset, note_id, passage FROM log JOIN card ON card.id = card_id"
    f" WHERE {COUNTS} AND at >= ? AND at < ?"
)
_LOAD = (
    f"SELECT CASE WHEN due < ? THEN 0 ELSE 1 + (due - ?) / {DAY_MS} END AS day, count(*)"
    f" FROM card WHERE phase > 0 AND {ACTIVE} GROUP BY day"
)


_BACKLOG = (
    f"SELECT id, stability, last_review FROM card WHERE phase > 0 AND {ACTIVE}"
    f" AND phase = {Phase.REVIEW:d} AND due < ?"
)
_BY_NOTE = (
    "SELECT note_id, sum(phase = 0), sum(phase > 0 AND due < ?) FROM card"
    f" WHERE {ACTIVE} GROUP BY note_id"
)
_REMEMBER = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


class Answered(NamedTuple):
    """An answer, as far as the queue asks."""

    at: datetime
    before: Phase
    """The phase the card was in."""
    preset: str
    passage: tuple[int, int]


class Learning(NamedTuple):
    """A card in learning, and its passage."""

    step: Step
    passage: tuple[int, int]


class SittingQueue:
    """Who may be asked, within one transaction; ``now`` tells who is still buried."""

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
            f" AND phase = {Phase.REVIEW:d} AND {among.condition} ORDER BY 1, 2, 3 LIMIT ?"
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

    def weakest(self, now: datetime, most: int, among: Among) -> list[int]:
        """Return up to ``most`` cards, due or not: the least recalled first, new ones last."""
        values = (to_ms(now), *among.values, to_ms(now), most)
        return [key for (key,) in self._sqlite.execute(_WEAKEST.format(among.condition), values)]

    def answered(self, since: datetime, before: datetime) -> list[Answered]:
        """Return the answers given between two moments."""
        rows = self._sqlite.execute(_ANSWERED, (to_ms(since), to_ms(before)))
        return [
            Answered(from_ms(at), Phase(phase), preset, (note, passage))
            for at, phase, preset, note, passage in rows
        ]

    def load(self, ends: datetime) -> dict[int, int]:
        """Return how many cards are due so many days after the day that ends then.

        0 is that day itself, with what is overdue.
        """
        return dict(self._sqlite.execute(_LOAD, (to_ms(ends), to_ms(ends))).fetchall())

    def backlog(self, before: datetime) -> list[tuple[int, float, int]]:
        """Return the cards in review due before then: id, stability, last review (ms)."""
        return self._sqlite.execute(_BACKLOG, (to_ms(before),)).fetchall()

    def remembered(self, key: str) -> str | None:
        """Return what was last remembered under a name; None where nothing was."""
        row = self._sqlite.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def remember(self, key: str, value: str) -> None:
        """Remember something of the queue as a whole."""
        self._sqlite.execute(_REMEMBER, (key, value))

    def by_note(self, before: datetime) -> dict[int, tuple[int, int]]:
        """Return how many new cards each note has, and how many that are due before then."""
        rows = self._sqlite.execute(_BY_NOTE, (to_ms(before),))
        return {note: (new, due) for note, new, due in rows}

    def pace(self) -> Pace:
        """Return how long the last answers took."""
        rows = self._sqlite.execute(ANSWER_TIMES)
        return Pace.measured({phase: (count, mean) for phase, count, mean in rows})
