"""On which day a card comes due: within the range of its fuzz, where there is least to do.

FSRS's interval is a middle, not a point: a few per cent more or less change next to nothing about
recall. So the day is drawn from the range around it, each day with a weight: fewer cards due there
weigh more, an easy day weighs its share, and a nearer day a little more than a farther one, because
the load falls off with distance and would otherwise draw every card out to the end of its range.
The exponents are those of Anki's load balancer.

The weights depend on the day alone and not on the card, and the draw is one point of the cumulated
weights. Moving a range to the right can then only move the day to the right: under one seed, Hard,
Good and Easy keep their order.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from warmstart.settings import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

_CROWDED, _FAR = 2.15, 3.0
_HARDLY = 1e-9  # an easy day of share 0: only where the whole range is made of such days
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Load:
    """How many cards are due on each study day; it follows the answers of a sitting."""

    today: date
    ends: datetime
    """When today ends."""
    due: dict[int, int]
    """Cards by the days from today on which they are due; what is overdue is due today, 0."""

    def place(self, due: datetime) -> int:
        """Return how many days from today that is; days are taken to have 24 hours."""
        return 0 if due < self.ends else 1 + (due - self.ends) // _DAY

    def move(self, before: datetime | None, after: datetime) -> None:
        """Follow a card from one due date to another; None for a card that had none."""
        if before is not None:
            self._count(before, -1)
        self._count(after, 1)

    def draw(
        self, low: int, high: int, seed: str, easy: Sequence[float] = (), *, balanced: bool = True
    ) -> int:
        """Return how many days from today, ``low`` to ``high``, a card comes due.

        ``easy`` are the shares of the weekdays, Monday first (see ``shares``). The same seed, load
        and range give the same day.
        """
        weights = [self._weight(days, easy, balanced=balanced) for days in range(low, high + 1)]
        left = random.Random(seed).random() * sum(weights)
        for days, weight in enumerate(weights, start=low):
            left -= weight
            if left < 0:
                return days
        return high

    def _weight(self, days: int, easy: Sequence[float], *, balanced: bool) -> float:
        weight = 1.0
        if easy:
            weight = max(easy[(self.today.weekday() + days) % 7], _HARDLY)
        if balanced:
            weight /= (1 + self.due.get(days, 0)) ** _CROWDED * max(1, days) ** _FAR
        return weight

    def _count(self, due: datetime, by: int) -> None:
        place = self.place(due)
        self.due[place] = max(0, self.due.get(place, 0) + by)


def shares(easy_days: Sequence[str]) -> tuple[float, ...]:
    """Return the share of each weekday, Monday first; nothing where every day has all of its load.

    >>> shares(["sat=0.5", "sun=0"])
    (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0)
    """
    said = {day: float(share) for day, _, share in (text.partition("=") for text in easy_days)}
    return tuple(said.get(day, 1.0) for day in WEEKDAYS) if said else ()
