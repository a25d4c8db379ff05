"""Whether a weak prerequisite is behind the lapses of a concept.

Every review of the concept's cards is looked at in the moment it happened: was the prerequisite
*cold* then, its studied cards' mean retrievability (by their log up to that moment) below 0.8? A
card has its own forgetting curve, which predicts some lapses in either case; so what counts is how
many more there were than predicted. With lapses L and lapses predicted E (the sum of 1 − R over the
reviews), while cold and while warm:

    excess = (L_cold / E_cold) / (L_warm / E_warm)

"Failing here because X is cold" is said when there were at least 10 reviews of either kind and 4
lapses while cold, the excess is 1.5 or more, and chance does not explain it: were the lapses spread
as predicted, so many of them would fall into cold moments with a probability of at most 5 %
(binomial; divided by the number of prerequisites looked at).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, NamedTuple

from warmstart.study.curve import elapsed_days
from warmstart.study.trail import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.study.formulas import Formulas
    from warmstart.study.trail import Mark, State

COLD = 0.8
"""The mean retrievability below which a prerequisite is cold."""
LEAST_REVIEWS = 10
LEAST_LAPSES = 4
LEAST_EXCESS = 1.5
CHANCE = 0.05


class Moment(NamedTuple):
    """A review of one of the concept's cards, a day or more after the one before."""

    at: int
    """Epoch milliseconds."""
    lapsed: bool
    risk: float
    """The probability of a lapse that the card's own curve gave."""


@dataclass(frozen=True, slots=True)
class Side:
    """The reviews while a prerequisite was cold, or while it was warm."""

    reviews: int
    lapses: int
    predicted: float
    """Lapses that the cards' own forgetting curves predict."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What the log says of one prerequisite."""

    cold: Side
    warm: Side
    chance: float
    """The probability of so many lapses in cold moments if coldness had nothing to do with it."""

    @property
    def excess(self) -> float:
        """How many times as often as while warm the cards lapsed, beyond what was predicted."""
        cold = self.cold.lapses / self.cold.predicted if self.cold.predicted else 0.0
        warm = self.warm.lapses / self.warm.predicted if self.warm.predicted else 0.0
        return cold / warm if warm else float("inf") if cold else 0.0

    def explains(self, among: int = 1) -> bool:
        """Return whether it is said; ``among`` is how many prerequisites were looked at."""
        return (
            min(self.cold.reviews, self.warm.reviews) >= LEAST_REVIEWS
            and self.cold.lapses >= LEAST_LAPSES
            and self.excess >= LEAST_EXCESS
            and self.chance <= CHANCE / max(1, among)
        )


class Past:
    """What was remembered of some cards at any moment since they were first answered."""

    def __init__(self, formulas: Formulas, marks: Iterable[Mark]) -> None:
        self._formulas = formulas
        self._courses: dict[int, tuple[list[int], list[State | None]]] = {}
        for point in walk(formulas, marks):
            times, states = self._courses.setdefault(point.mark.card, ([], []))
            times.append(point.mark.at)
            states.append(point.after)

    def recall(self, at: int) -> float | None:
        """Return the mean retrievability of the cards that were studied by then; None of none."""
        found = []
        for times, states in self._courses.values():
            place = bisect_right(times, at) - 1
            state = states[place] if place >= 0 else None
            if state is not None:
                found.append(self._formulas.recall(state[0], elapsed_days(at - times[place])))
        return sum(found) / len(found) if found else None


def moments(formulas: Formulas, marks: Iterable[Mark]) -> list[Moment]:
    """Return the reviews of these cards that say something about forgetting."""
    found = []
    for mark, before, last, _ in walk(formulas, marks):
        days = elapsed_days(mark.at - last)
        if mark.rating > 0 and before is not None and days >= 1:
            found.append(Moment(mark.at, mark.rating == 1, 1 - formulas.recall(before[0], days)))
    return found


def cause(some: Sequence[Moment], prerequisite: Past) -> Cause:
    """Return how the lapses fall, by whether the prerequisite was cold.

    Moments before its first card was answered say nothing, and count on neither side.
    """
    sides: dict[bool, list[Moment]] = {True: [], False: []}
    for moment in some:
        recall = prerequisite.recall(moment.at)
        if recall is not None:
            sides[recall < COLD].append(moment)
    cold, warm = (_side(sides[key]) for key in (True, False))
    return Cause(cold, warm, _chance(cold, warm))


def _side(some: Sequence[Moment]) -> Side:
    return Side(len(some), sum(m.lapsed for m in some), sum(m.risk for m in some))


def _chance(cold: Side, warm: Side) -> float:
    """Return the probability of at least so many of the lapses falling into cold moments."""
    predicted = cold.predicted + warm.predicted
    if not predicted:
        return 1.0
    lapses, share = cold.lapses + warm.lapses, cold.predicted / predicted
    return sum(
        comb(lapses, n) * share**n * (1 - share) ** (lapses - n)
        for n in range(cold.lapses, lapses + 1)
    )
