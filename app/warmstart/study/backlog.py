"""Coming back: a backlog is spread over the days to come, so that no day is lost to it.

Who was away for a fortnight or more finds all that came due meanwhile at once. If that is more than
a day usually holds, it is dealt out: a day's usual number today, as many tomorrow, and so on, where
what is due on such a day anyway is counted first. The cards most likely still recalled come first:
they are kept at the price of one answer, while those that are nearly forgotten lose little more by
waiting, because the curve is flat there. (Simulations by FSRS's authors find this order to keep
the most in the least time.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

AWAY = timedelta(days=14)
"""From this long without an answer on, a learner comes back."""
LOOKED_AT = 90
"""Days before the last answer from which the usual day is taken."""
LEAST = 20
"""What a day holds at least, however little was studied before."""
MOST_DAYS = 60
"""Over more days nothing is spread: the days take more instead."""
_HALF = 2  # a day that is full of its own still takes half of the usual number


@dataclass(frozen=True, slots=True)
class Overdue:
    """A card of the backlog."""

    card: int
    recall: float
    """The probability that it would be recalled now."""


def is_back(now: datetime, last_answer: datetime | None) -> bool:
    """Whether a learner who answered last at that time has been away."""
    return last_answer is not None and now - last_answer >= AWAY


def usual(reviews: Mapping[date, int], limit: int) -> int:
    """Return how many reviews a day usually holds: the median of the days on which there were any.

    ``reviews`` are those of the ``LOOKED_AT`` days up to the last answer, ``limit`` is the
    learner's own for a day.
    """
    studied = [count for count in reviews.values() if count > 0]
    return max(1, min(limit, max(LEAST, round(median(studied)) if studied else 0)))


def spread(backlog: Sequence[Overdue], usual: int, due: Mapping[int, int]) -> list[list[int]]:
    """Deal the cards of a backlog out over days, today first; one list means that all fit today.

    ``due`` tells how many cards come due by themselves in so many days, 1 for tomorrow.
    """
    waiting = [o.card for o in sorted(backlog, key=lambda o: (-o.recall, o.card))]
    usual = max(usual, ceil(len(waiting) * _HALF / MOST_DAYS))
    days: list[list[int]] = []
    while waiting:
        taken = due.get(len(days), 0) if days else 0
        room = max(usual - taken, ceil(usual / _HALF))
        days.append(waiting[:room])
        waiting = waiting[room:]
    return days
