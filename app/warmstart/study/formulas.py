"""The memory model of FSRS-6 alone: how stability and difficulty move with an answer.

py-fsrs decides phases, steps and due dates, and copies a card for each. Replaying a log needs none
of that (the log says where each answer led), and a simulation asks for the model a hundred thousand
times. So the formulas stand here once, in the order of operations that py-fsrs 6.3 has, which makes
them equal to the last bit; a property test holds the two together. This is no second scheduler.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_STABILITY_MIN = 0.001
_AGAIN, _HARD, _GOOD, _EASY = 1, 2, 3, 4


class Formulas:
    """FSRS-6's model of memory for one set of parameters.

    Ratings are 1–4, times whole days (``curve.elapsed_days`` says how they are counted).
    """

    def __init__(self, parameters: Sequence[float]) -> None:
        w = self._w = tuple(parameters)
        self._decay = -w[20]
        self._factor = 0.9 ** (1 / self._decay) - 1
        self._growth = math.e ** w[8]
        self._same_day_lapse = math.e ** (w[17] * w[18])
        self._easiest = w[4] - (math.e ** (w[5] * (_EASY - 1))) + 1

    def first(self, rating: int) -> tuple[float, float]:
        """Return stability and difficulty after the first answer of all."""
        w = self._w
        difficulty = w[4] - (math.e ** (w[5] * (rating - 1))) + 1
        return max(w[rating - 1], _STABILITY_MIN), min(max(difficulty, 1.0), 10.0)

    def after(
        self, stability: float, difficulty: float, days: int, rating: int
    ) -> tuple[float, float]:
        """Return stability and difficulty after an answer ``days`` after the one before."""
        w = self._w
        if days < 1:
            grown = (math.e ** (w[17] * (rating - 3 + w[18]))) * (stability ** -w[19])
            new = stability * (grown if rating == _AGAIN else max(grown, 1.0))
        else:
            recall = (1 + self._factor * days / stability) ** self._decay
            if rating == _AGAIN:
                new = min(
                    w[11]
                    * (difficulty ** -w[12])
                    * (((stability + 1) ** (w[13])) - 1)
                    * (math.e ** ((1 - recall) * w[14])),
                    stability / self._same_day_lapse,
                )
            else:
                new = stability * (
                    1
                    + self._growth
                    * (11 - difficulty)
                    * (stability ** -w[9])
                    * ((math.e ** ((1 - recall) * w[10])) - 1)
                    * (w[15] if rating == _HARD else 1)
                    * (w[16] if rating == _EASY else 1)
                )
        moved = difficulty + (10.0 - difficulty) * -(w[6] * (rating - 3)) / 9.0
        drawn = w[7] * self._easiest + (1 - w[7]) * moved
        return max(new, _STABILITY_MIN), min(max(drawn, 1.0), 10.0)

    def recall(self, stability: float, days: float) -> float:
        """Return the probability of recall ``days`` after the last answer."""
        return float((1 + self._factor * max(0, days) / stability) ** self._decay)

    def interval(self, stability: float, retention: float, longest: int) -> int:
        """Return the days, 1 to ``longest``, after which recall has fallen to ``retention``."""
        days: float = (stability / self._factor) * (retention ** (1 / self._decay) - 1)
        return min(max(round(days), 1), longest)
