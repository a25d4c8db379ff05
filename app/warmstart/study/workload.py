"""What studying will cost and bring: a simulated year, card by card.

Cards do not wait for one another here (no limit on reviews), so each is followed alone: due, asked,
recalled or not by chance, scheduled again. fsrs-rs has a simulation too; it starts from nothing,
and what a learner wants to know is what becomes of the cards there are.

The scheduler believes in one set of parameters and the memory may follow another. Where the two
differ (parameters in force against fitted ones), intervals come from the first and recall from the
second, which is the only way to say what wrong parameters cost.

The same seed draws the same chances for the n-th card whatever the parameters and the retention, so
that two simulations differ by what was changed and hardly by luck.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from warmstart.study.cards import Rating

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warmstart.study.formulas import Formulas
    from warmstart.study.trail import State

MOST = 400
"""Cards that are followed; of more, so many evenly picked stand for all."""
_MONTH = 30
_PRIOR = 50


class Studied(NamedTuple):
    """A card that was answered before, in days from today."""

    believed: State
    """By the parameters that schedule it."""
    actual: State
    """By those that its memory follows."""
    since: int
    """Days since the last answer."""
    due: int
    """Days until it is due; 0 where it is due or overdue."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How the learner answers, and how long it takes them."""

    first: tuple[float, float, float, float] = (0.24, 0.094, 0.495, 0.171)
    """Shares of Again, Hard, Good and Easy on meeting a card; fsrs-rs's defaults, which are those
    of Anki's users."""
    recalled: tuple[float, float, float] = (0.224, 0.631, 0.145)
    """Shares of Hard, Good and Easy among answers to cards that were recalled; likewise."""
    recalled_s: float = 10.0
    """Seconds of such an answer."""
    forgotten_s: float = 20.0
    """Seconds of an answer to a card that was not recalled, with its relearning."""
    new_s: float = 25.0
    """Seconds that a new card takes on its first day."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How study goes: the settings that a simulation depends on."""

    retention: float
    longest: int
    """Days."""
    new_per_day: int
    learning_steps: int
    """How many there are; what they last is within a day."""
    relearning_steps: int
    days: int = 365
    met_today: int = 0
    """New cards that were met today already: so many fewer come on the first day."""

    def learning_goods(self, rating: int) -> int:
        """Return how often a card met with this rating is passed again before the day is out.

        Good steps ahead, Again and Hard do not; then every step is passed. Easy passes all.
        """
        if rating == Rating.EASY:
            return 0
        return max(0, self.learning_steps - (rating == Rating.GOOD))


@dataclass(frozen=True, slots=True)
class Workload:
    """What came of a simulation."""

    minutes: tuple[float, ...]
    """Of each day."""
    answers: tuple[float, ...]
    """Reviews of each day: a card asked again within the day counts once."""
    introduced: tuple[float, ...]
    """New cards of each day."""
    recalled: float | None
    """The share of reviews in which the card was recalled; None without reviews."""
    known: float
    """Cards that would be recalled on the last day, in expectation."""
    kept: float
    """Cards that would still be recalled 30 days after the last: what mastery counts."""
    cards: int

    @property
    def daily_minutes(self) -> float:
        """The mean over the days."""
        return sum(self.minutes) / len(self.minutes)


def habits(answers: Mapping[tuple[int, int], tuple[int, int]]) -> Habits:
    """Return habits as the log shows them.

    ``answers`` gives for (phase before, rating) how many answers there were and the milliseconds
    they took. The defaults count as 50 answers more, so that a young log does not decide alone.
    """

    def count(phases: Sequence[int], ratings: Sequence[int]) -> int:
        return sum(answers.get((p, r), (0, 0))[0] for p in phases for r in ratings)

    def seconds(phases: Sequence[int], ratings: Sequence[int]) -> float:
        return sum(answers.get((p, r), (0, 0))[1] for p in phases for r in ratings) / 1000

    def mean(total: float, times: int, otherwise: float) -> float:
        return (total + otherwise * _PRIOR) / (times + _PRIOR)

    usual = Habits()
    every, passed = (1, 2, 3, 4), (2, 3, 4)
    first = [mean(count((0,), (r,)), count((0,), every), usual.first[r - 1]) for r in every]
    recalled = [mean(count((2,), (r,)), count((2,), passed), usual.recalled[r - 2]) for r in passed]
    # What relearning takes belongs to the lapse, what learning takes to the new card.
    forgot = seconds((2,), (1,)) + seconds((3,), every)
    met = seconds((0, 1), every)
    return Habits(
        first=(first[0], first[1], first[2], first[3]),
        recalled=(recalled[0], recalled[1], recalled[2]),
        recalled_s=mean(seconds((2,), passed), count((2,), passed), usual.recalled_s),
        forgotten_s=mean(forgot, count((2,), (1,)), usual.forgotten_s),
        new_s=mean(met, count((0,), every), usual.new_s),
    )


def simulate(
    cards: Sequence[Studied],
    new: int,
    pace: Pace,
    habits: Habits,
    *,
    believed: Formulas,
    actual: Formulas | None = None,
    seed: int = 0,
    runs: int = 1,
) -> Workload:
    """Return what becomes of these cards and ``new`` more, met ``pace.new_per_day`` a day.

    ``believed`` schedules; memory follows ``actual``, or the same where none is given. ``runs``
    follows every card so many times and gives the mean: for a handful of cards.
    """
    today = min(pace.met_today, pace.new_per_day)
    met = min(new, pace.new_per_day * pace.days - today)
    run = _Run(believed, actual or believed, pace, habits)
    for round_ in range(runs):
        for n, weight in _sample(len(cards)):
            run.follow(cards[n], random.Random(f"{seed}/{round_}/{n}"), weight / runs)
        for n, weight in _sample(met):
            chance = random.Random(f"{seed}/{round_}/new/{n}")
            run.meet((n + today) // max(1, pace.new_per_day), chance, weight / runs)
    return Workload(
        minutes=tuple(s / 60 for s in run.seconds),
        answers=tuple(run.answers),
        introduced=tuple(run.introduced),
        recalled=run.passed / total if (total := sum(run.answers)) else None,
        known=run.known,
        kept=run.kept,
        cards=len(cards) + new,
    )


def _sample(count: int) -> list[tuple[int, float]]:
    """Return which of so many cards are followed, and how many each of them stands for."""
    if count <= MOST:
        return [(n, 1.0) for n in range(count)]
    return [(n * count // MOST, count / MOST) for n in range(MOST)]


class _Run:
    """A simulation under way: what it has counted."""

    def __init__(self, believed: Formulas, actual: Formulas, pace: Pace, habits: Habits) -> None:
        self._believed, self._actual = believed, actual
        self._pace, self._habits = pace, habits
        self.seconds, self.answers, self.introduced = ([0.0] * pace.days for _ in range(3))
        self.passed = self.known = self.kept = 0.0

    def meet(self, day: int, chance: random.Random, weight: float) -> None:
        """Learn a new card, and follow it on."""
        rating = chance.choices((1, 2, 3, 4), self._habits.first)[0]
        again = self._pace.learning_goods(rating)
        self.seconds[day] += weight * self._habits.new_s
        self.introduced[day] += weight
        believed = learned(self._believed, self._believed.first(rating), again)
        actual = believed
        if self._actual is not self._believed:
            actual = learned(self._actual, self._actual.first(rating), again)
        self._go_on(believed, actual, day, chance, weight=weight)

    def follow(self, card: Studied, chance: random.Random, weight: float) -> None:
        """Follow a card that was answered before."""
        self._go_on(card.believed, card.actual, -card.since, chance, weight=weight, due=card.due)

    def _go_on(
        self,
        believed: State,
        actual: State,
        last: int,
        chance: random.Random,
        *,
        weight: float,
        due: int | None = None,
    ) -> None:
        pace, one = self._pace, self._actual is self._believed
        if due is None:
            due = last + self._believed.interval(believed[0], pace.retention, pace.longest)
        while due < pace.days:
            days = due - last
            if chance.random() < self._actual.recall(actual[0], days):
                rating = chance.choices((2, 3, 4), self._habits.recalled)[0]
                self.passed += weight
                self.seconds[due] += weight * self._habits.recalled_s
                again = 0
            else:
                rating, again = int(Rating.AGAIN), pace.relearning_steps
                self.seconds[due] += weight * self._habits.forgotten_s
            self.answers[due] += weight
            believed = learned(self._believed, self._believed.after(*believed, days, rating), again)
            actual = (
                believed
                if one
                else learned(self._actual, self._actual.after(*actual, days, rating), again)
            )
            last = due
            due += self._believed.interval(believed[0], pace.retention, pace.longest)
        self.known += weight * self._actual.recall(actual[0], pace.days - 1 - last)
        self.kept += weight * self._actual.recall(actual[0], pace.days - 1 - last + _MONTH)


def learned(formulas: Formulas, state: State, goods: int) -> State:
    """Return the state after so many answers of Good within the day."""
    for _ in range(goods):
        state = formulas.after(*state, 0, Rating.GOOD)
    return state
