"""How long studying takes, from how long the learner's own answers took.

A new card takes longer than one that is known, and costs more than one answer on its day. Each
phase has its own mean; where too little was measured yet, the mean of all or a guess stands for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GUESS_MS = 10_000
"""How long an answer is taken to last before any was measured."""
ENOUGH = 10
"""Answers of a phase from which on its own mean is used."""
NEW_COSTS = 1
"""Further answers that a new card takes on its first day, in learning: the second of its steps."""
_NEW, _LEARNING, _REVIEW = (0,), (1, 3), (2,)  # phases by number: a shell prompt waits for imports


class Pace(NamedTuple):
    """Milliseconds an answer takes, by the phase the card was in."""

    new: float = GUESS_MS
    learning: float = GUESS_MS
    review: float = GUESS_MS

    @classmethod
    def measured(cls, answers: Mapping[int, tuple[int, float]]) -> Pace:
        """Return the pace from the number and mean time (ms) of the answers of each phase.

        Learning and relearning count as one. A phase of fewer than ``ENOUGH`` answers takes the
        mean over all; without any, ``GUESS_MS``.
        """
        every = _mean(answers.values(), GUESS_MS, enough=1)
        return cls(
            *(
                _mean([answers[phase] for phase in phases if phase in answers], every)
                for phases in (_NEW, _LEARNING, _REVIEW)
            )
        )

    def ms(self, *, new: int = 0, learning: int = 0, review: int = 0) -> float:
        """Return how long so many cards take; a new one with what it costs in learning."""
        per_new = self.new + NEW_COSTS * self.learning
        return new * per_new + learning * self.learning + review * self.review

    def minutes(self, *, new: int = 0, learning: int = 0, review: int = 0) -> int:
        """Return the same in minutes, at least 1; 0 where there is nothing to do."""
        if not new + learning + review:
            return 0
        return max(1, round(self.ms(new=new, learning=learning, review=review) / 60_000))


def _mean(answers: Iterable[tuple[int, float]], otherwise: float, *, enough: int = ENOUGH) -> float:
    found = list(answers)
    count = sum(n for n, _ in found)
    return sum(n * mean for n, mean in found) / count if count >= enough else otherwise
