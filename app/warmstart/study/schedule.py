"""Scheduling: py-fsrs behind values of our own.

py-fsrs's cards are mutable, read the clock when made without a due date, and take their fuzz from
the global generator. Here a transition takes a memory and gives a memory; its fuzz stays off and
ours, seeded by the caller, is applied to the interval. The range of the fuzz is py-fsrs's (and
Anki's): ±15 % of the days from 2.5 to 7, ±10 % to 20, ±5 % beyond, and one day more.
"""

from __future__ import annotations

import math
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import fsrs
from fsrs.scheduler import FUZZ_RANGES

from warmstart.study.balance import shares
from warmstart.study.cards import Memory, MemoryState, New, Phase, Rating
from warmstart.study.curve import elapsed_days
from warmstart.study.formulas import Formulas
from warmstart.study.parameters import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warmstart.settings import StudySettings
    from warmstart.study.balance import Load

_MS = timedelta(milliseconds=1)
_SHORTEST_FUZZED = 2.5  # days; shorter intervals are kept as they are


class Scheduler:
    """FSRS-6 for one learner: their parameters and settings."""

    def __init__(self, settings: StudySettings, parameters: Sequence[float] = DEFAULT) -> None:
        self.parameters = tuple(parameters)
        self.formulas = Formulas(self.parameters)
        self._settings = settings
        self._shares = shares(settings.easy_days)
        self._fsrs = fsrs.Scheduler(
            parameters=self.parameters,
            desired_retention=settings.desired_retention,
            learning_steps=[timedelta(minutes=m) for m in settings.learning_steps],
            relearning_steps=[timedelta(minutes=m) for m in settings.relearning_steps],
            maximum_interval=settings.maximum_interval,
            enable_fuzzing=False,
        )

    def review(
        self,
        memory: MemoryState,
        rating: Rating,
        at: datetime,
        *,
        seed: str | None = None,
        load: Load | None = None,
    ) -> Memory:
        """Return the memory after an answer.

        ``seed`` decides the fuzz, within it ``load`` prefers days with less to do; the same of both
        give the same interval, so that a preview keeps its word. Without a seed there is no fuzz.
        """
        card = _card(memory, at)
        if card.last_review is not None:  # py-fsrs cuts off hours where the nearest day is meant
            card.last_review = at - timedelta(days=elapsed_days((at - card.last_review) // _MS))
        card, _ = self._fsrs.review_card(card, fsrs.Rating(rating), at)
        due = card.due
        if seed is not None and self._settings.fuzz and card.state is fsrs.State.Review:
            due = at + timedelta(days=self._fuzzed((card.due - at).days, seed, load))
        reviews, lapses = (0, 0) if isinstance(memory, New) else (memory.reviews, memory.lapses)
        assert card.stability is not None
        assert card.difficulty is not None
        return Memory(
            phase=Phase(card.state),
            step=card.step,
            stability=card.stability,
            difficulty=card.difficulty,
            due=due,
            last_review=at,
            reviews=reviews + 1,
            lapses=lapses + (memory.phase is Phase.REVIEW and rating is Rating.AGAIN),
        )

    def preview(
        self,
        memory: MemoryState,
        at: datetime,
        *,
        seed: str | None = None,
        load: Load | None = None,
    ) -> dict[Rating, Memory]:
        """Return what each rating would lead to; one seed for all four keeps them in order."""
        return {rating: self.review(memory, rating, at, seed=seed, load=load) for rating in Rating}

    def recall(self, memory: MemoryState, at: datetime) -> float:
        """Return the probability that the card would be recalled at ``at``; 0 for a new card."""
        if isinstance(memory, New):
            return 0.0
        return float(self._fsrs.get_card_retrievability(_card(memory, at), at))

    def from_sm2(self, interval: int, ease: float) -> tuple[float, float]:
        """Return the stability and difficulty that stand for an SM-2 interval (days) and ease.

        The interval is taken for the stability, which is exact at a desired retention of 0.9. The
        difficulty is the one at which Good, on the due date, would lengthen the interval by the
        ease (2.5 for 250 %): FSRS's growth formula, solved for D, as fsrs-rs does it
        (``memory_state_from_sm2``).
        """
        w = self.parameters
        stability = max(1.0, float(interval))
        growth = math.exp(w[8]) * stability ** -w[9] * (math.exp(0.1 * w[10]) - 1)
        return stability, min(10.0, max(1.0, 11 - (ease - 1) / growth))

    def _fuzzed(self, days: int, seed: str, load: Load | None) -> int:
        if days < _SHORTEST_FUZZED:
            return days
        delta = 1.0 + sum(
            band["factor"] * max(min(days, band["end"]) - band["start"], 0.0)
            for band in FUZZ_RANGES
        )
        high = min(round(days + delta), self._settings.maximum_interval)
        low = min(max(2, round(days - delta)), high)
        if load is None:
            return low + int(random.Random(seed).random() * (high - low + 1))
        return load.draw(low, high, seed, self._shares, balanced=self._settings.load_balance)


def _card(memory: MemoryState, at: datetime) -> fsrs.Card:
    # An explicit id and due date keep py-fsrs from reading the clock (and sleeping 1 ms).
    if isinstance(memory, New):
        return fsrs.Card(card_id=0, due=at)
    return fsrs.Card(
        card_id=0,
        state=fsrs.State(memory.phase),
        step=memory.step,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=memory.last_review,
    )
