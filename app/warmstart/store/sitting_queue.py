"""The queue as a sitting reads it: who waits, what came due meanwhile, how full the days are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.store.conditions import ACTIVE
from warmstart.store.times import to_ms
from warmstart.store.waits import AWAKE, FADED, Waits
from warmstart.study.cards import Phase
from warmstart.study.day import DAY_MS

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.store.among import Among

_WEAKEST = (
    f"SELECT id FROM card WHERE {AWAKE} AND {{}}"
    f" ORDER BY phase = 0, {FADED} DESC, rank, note_id, position LIMIT ?"
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


class SittingQueue(Waits):
    """Who may be asked, and what else bears on the queue, within one transaction."""

    def weakest(self, now: datetime, most: int, among: Among) -> list[int]:
        """Return up to ``most`` cards, due or not: the least recalled first, new ones last."""
        values = (to_ms(now), *among.values, to_ms(now), most)
        return [key for (key,) in self._sqlite.execute(_WEAKEST.format(among.condition), values)]

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
