"""A plan for a goal: how many new cards a day, and what that takes, to know a concept by a day.

The concept's cards are followed through a simulated time (``workload.simulate``) at several rates
of new cards; the plan is the lowest one with which mastery reaches the goal on its day. Reviews
come as the schedule has them. Where no rate within the learner's limit does it, the plan is the
limit, and says what will be reached by the day, when the goal would be met at that rate, and
whether meeting more new cards a day would do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from warmstart.study.workload import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warmstart.study.formulas import Formulas
    from warmstart.study.workload import Habits, Pace, Studied, Workload

LATEST = 730
"""Days ahead that are looked at for when a goal would be met."""
_FOLLOWED = 240
"""Cards that are followed at least: of fewer, each several times, because chance weighs more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do from today on, and what comes of it."""

    new_per_day: int
    """New cards of the concept to meet a day, while there are any."""
    reviews_per_day: float
    """Reviews of its cards, the mean over the days left."""
    minutes_per_day: float
    reached: float
    """The mastery expected on the goal's day."""
    met: bool
    later: int | None = None
    """Of a goal that cannot be met: in how many days it would be; None not within two years."""
    needed: int | None = None
    """Of one that could be met beyond the limit: the new cards a day that it would take."""


def plan(
    cards: Sequence[Studied],
    new: int,
    mastery: float,
    *,
    pace: Pace,
    habits: Habits,
    formulas: Formulas,
) -> Plan:
    """Return the plan that brings these cards, ``new`` more unmet, to a mastery in ``pace.days``.

    ``pace.new_per_day`` is the most that may be met a day; ``pace.days`` is 1 for a goal of today.
    """
    total = len(cards) + new
    runs = max(1, _FOLLOWED // max(1, total))

    def run(rate: int, days: int = pace.days) -> Workload:
        with_rate = replace(pace, new_per_day=rate, days=days)
        return simulate(cards, new, with_rate, habits, believed=formulas, runs=runs)

    def reaches(rate: int, days: int = pace.days) -> bool:
        return _mastery(run(rate, days), total) >= mastery

    limit = min(pace.new_per_day, new)
    if reaches(limit):
        rate = _lowest(0, limit, reaches)
        return _plan(run(rate), rate, total, met=True)
    found = _plan(run(limit), limit, total, met=False)
    later = needed = None
    if reaches(limit, LATEST):
        later = _lowest(pace.days, LATEST, lambda days: reaches(limit, days))
    if new > limit and reaches(new):
        needed = _lowest(limit, new, reaches)
    return replace(found, later=later, needed=needed)


def _plan(found: Workload, rate: int, total: int, *, met: bool) -> Plan:
    days = len(found.minutes)
    return Plan(
        new_per_day=rate,
        reviews_per_day=sum(found.answers) / days,
        minutes_per_day=found.daily_minutes,
        reached=_mastery(found, total),
        met=met,
    )


def _mastery(found: Workload, total: int) -> float:
    return 100 * found.kept / total if total else 0.0


def _lowest(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the lowest number that holds, given that ``high`` does; more never undoes it."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def on_a_day(per_day: float) -> int:
    """Return a mean a day as what one plans for: at least 1 where there is anything at all."""
    return ceil(per_day - 0.05) if per_day >= 1 else int(per_day > 0)
