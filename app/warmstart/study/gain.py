"""What would raise a mastery fastest: the gain of an answer now, by the minute it takes.

Answering a card now leaves it, if it is recalled, with the stability that Hard, Good or Easy give
in the shares of the learner's habits; if it is not, with what a lapse and its relearning give. Its
gain is what is then expected of it 30 days from now, less what is expected without an answer. The
time is what such answers take the learner. A concept below counts as its cards that gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from warmstart.study.cards import Rating
from warmstart.study.workload import learned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.study.formulas import Formulas
    from warmstart.study.trail import State
    from warmstart.study.workload import Habits, Pace

_MONTH = 30


class Gain(NamedTuple):
    """What an answer to a card is expected to bring, and to take."""

    kept: float
    """By how much the probability of recall in 30 days rises; 0–1."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Worth:
    """A card, or a concept below, as a way to raise a concept's mastery."""

    key: int
    points: float
    """Of the concept's mastery, 0–100."""
    minutes: float
    cards: int

    @property
    def rate(self) -> float:
        """Points a minute."""
        return self.points / self.minutes


def gain(formulas: Formulas, habits: Habits, pace: Pace, state: State | None, since: int) -> Gain:
    """Return the gain of answering a card ``since`` days after its last answer; None is new."""

    def kept(after: State) -> float:
        return formulas.recall(after[0], _MONTH)

    if state is None:
        expected = sum(
            share * kept(learned(formulas, formulas.first(rating), pace.learning_goods(rating)))
            for rating, share in zip(Rating, habits.first, strict=True)
        )
        return Gain(expected / sum(habits.first), habits.new_s)
    recall = formulas.recall(state[0], since)
    passed = sum(
        share * kept(formulas.after(*state, since, rating))
        for rating, share in zip((2, 3, 4), habits.recalled, strict=True)
    ) / sum(habits.recalled)
    lapsed = formulas.after(*state, since, Rating.AGAIN)
    failed = kept(learned(formulas, lapsed, pace.relearning_steps))
    return Gain(
        recall * passed + (1 - recall) * failed - formulas.recall(state[0], since + _MONTH),
        recall * habits.recalled_s + (1 - recall) * habits.forgotten_s,
    )


def fastest(
    groups: Mapping[int, Iterable[int]], gains: Mapping[int, Gain], cards: int
) -> list[Worth]:
    """Return these groups of cards (one card, or a concept's) by points a minute, the best first.

    ``cards`` is how many the mastery to raise is the mean of. Groups without a gain are left out.
    """
    found = []
    for key, group in groups.items():
        some = [gains[card] for card in group if card in gains and gains[card].kept > 0]
        if some:
            points = 100 * sum(g.kept for g in some) / cards
            found.append(Worth(key, points, sum(g.seconds for g in some) / 60, len(some)))
    return sorted(found, key=lambda worth: (-worth.rate, worth.key))
