"""The log: what happened, in order. It is only ever appended to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, func, select, text

from warmstart.store.conditions import COUNTS
from warmstart.store.driver import sqlite_of
from warmstart.store.sitting_log import SittingLog
from warmstart.store.tables import log
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import Phase, Rating

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_COUNTS = text(COUNTS)
_ANSWERED = select(func.count()).select_from(log).where(_COUNTS, log.c.at >= bindparam("since"))

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


class Log(SittingLog):
    """The log, within one transaction: what studying needs of it, and the figures."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(sqlite_of(connection))
        self._connection = connection

    def length(self) -> int:
        """Return how many entries there are."""
        return int(self._connection.execute(select(func.count()).select_from(log)).scalar_one())

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
