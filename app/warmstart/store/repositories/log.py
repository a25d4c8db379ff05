"""The log: what happened, in order. It is only ever appended to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text

from warmstart.store.conditions import COUNTS, STANDS
from warmstart.store.driver import sqlite_of
from warmstart.store.ids import chunks, places
from warmstart.store.sitting_log import SittingLog
from warmstart.store.tables import log
from warmstart.store.times import to_ms
from warmstart.study.cards import Phase
from warmstart.study.trail import IMPORTED, RESET, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

_COUNTS = text(COUNTS)
_ANSWERED = select(func.count()).select_from(log).where(_COUNTS, log.c.at >= bindparam("since"))

LATELY = 20_000
"""The latest reviews that tell how the learner answers."""
_ANSWER_TIMES = (
    "SELECT before, rating, count(*), sum(duration) FROM (SELECT before, rating, duration FROM log"
    f" WHERE {COUNTS} ORDER BY id DESC LIMIT {LATELY}) GROUP BY 1, 2"
)
_MARKS = (
    "SELECT card_id, coalesce(last_review, at),"
    f" coalesce(rating, CASE kind WHEN 'reset' THEN {RESET} ELSE {IMPORTED} END),"
    f" stability, difficulty FROM log WHERE kind IN ('reviewed', 'reset', 'imported') AND {STANDS}"
)
_MET = f"SELECT card_id FROM log WHERE {COUNTS} AND at >= ? AND before = {Phase.NEW:d}"
_IN_ORDER = " ORDER BY card_id, id"


class Log(SittingLog):
    """The log, within one transaction: what studying needs of it, and the figures."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(sqlite_of(connection))
        self._connection = connection

    def marks(self, cards: Iterable[int] | None = None) -> list[Mark]:
        """Return what moves the memory of these cards, or of all, card by card.

        In tuples, without entries between: of 50,000 reviews this takes a tenth of the time.
        """
        run = self._sqlite.execute
        if cards is None:
            return list(map(Mark._make, run(_MARKS + _IN_ORDER)))
        found: list[Mark] = []
        for some in chunks(sorted(set(cards))):
            query = f"{_MARKS} AND card_id IN {places(some)}{_IN_ORDER}"
            found += map(Mark._make, run(query, some))
        return found

    def answer_times(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Return by (phase before, rating) how many answers there were lately, and their time.

        In milliseconds, of the latest ``LATELY`` reviews.
        """
        rows = self._sqlite.execute(_ANSWER_TIMES)
        return {(before, rating): (count, ms) for before, rating, count, ms in rows}

    def met_since(self, since: datetime) -> set[int]:
        """Return the cards that had their first answer since then."""
        return {card for (card,) in self._sqlite.execute(_MET, (to_ms(since),))}

    def length(self) -> int:
        """Return how many entries there are."""
        return int(self._connection.execute(select(func.count()).select_from(log)).scalar_one())

    def answered(self, since: datetime) -> int:
        """Return how many answers were given since then."""
        return int(self._connection.execute(_ANSWERED, {"since": to_ms(since)}).scalar_one())
