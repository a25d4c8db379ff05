"""Rules about concepts: status, what raises mastery fastest, causes of lapses, plans for goals."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.study.cause import Cause, Moment, Past, Side, cause, moments
from warmstart.study.day import DAY_MS
from warmstart.study.formulas import Formulas
from warmstart.study.gain import Gain, fastest, gain
from warmstart.study.parameters import DEFAULT
from warmstart.study.plan import plan
from warmstart.study.status import status
from warmstart.study.trail import RESET, Mark
from warmstart.study.workload import Habits, Pace, Studied

USUAL = Formulas(DEFAULT)
PACE = Pace(
    retention=0.9, longest=36500, new_per_day=10, learning_steps=2, relearning_steps=1, days=30
)


class TestStatus:
    @pytest.mark.parametrize(
        ("cards", "studied", "mastery", "before", "expected"),
        [
            (0, 0, 0, None, None),
            (10, 0, 0, None, "not_started"),
            (10, 1, 5, None, "learning"),
            (10, 7, 70, "mastered", "learning"),
            (10, 8, 60, None, "reviewing"),
            (10, 9, 85, None, "reviewing"),
            (10, 10, 79.9, None, "reviewing"),
            (10, 10, 80, None, "mastered"),
            (10, 10, 70, "mastered", "mastered"),
            (10, 9, 75, "mastered", "mastered"),
            (10, 10, 69.9, "mastered", "reviewing"),
        ],
    )
    def test_moves_by_its_rules(self, cards, studied, mastery, before, expected) -> None:
        assert status(cards, studied, mastery, before) == expected


class TestGain:
    def test_a_hand_worked_review(self) -> None:
        """Stability 10, difficulty 5, ten days on; every recalled answer is Good.

        R = 0.9. Kept without an answer: recall after 40 days. With: 0.9 of what Good leads to after
        30 days, and 0.1 of what Again, then Good within the day, leads to.
        """
        habits = Habits(recalled=(0, 1, 0), recalled_s=6, forgotten_s=20)
        found = gain(USUAL, habits, PACE, (10.0, 5.0), 10)
        good = USUAL.recall(USUAL.after(10.0, 5.0, 10, 3)[0], 30)
        again = USUAL.recall(USUAL.after(*USUAL.after(10.0, 5.0, 10, 1), 0, 3)[0], 30)
        assert found.kept == pytest.approx(0.9 * good + 0.1 * again - USUAL.recall(10.0, 40))
        assert found.seconds == pytest.approx(0.9 * 6 + 0.1 * 20)

    def test_a_new_card_gains_the_most(self) -> None:
        new = gain(USUAL, Habits(), PACE, None, 0)
        known = gain(USUAL, Habits(), PACE, (10.0, 5.0), 10)
        secure = gain(USUAL, Habits(), PACE, (900.0, 5.0), 5)
        assert new.kept > known.kept > secure.kept

    def test_the_best_by_the_minute_comes_first(self) -> None:
        gains = {1: Gain(0.5, 60), 2: Gain(0.2, 6), 3: Gain(-0.1, 6), 4: Gain(0.1, 6)}
        found = fastest({card: [card] for card in gains}, gains, 4)
        assert [(w.key, round(w.points, 2), w.minutes) for w in found] == [
            (2, 5.0, 0.1), (4, 2.5, 0.1), (1, 12.5, 1.0),
        ]  # fmt: skip
        (concept,) = fastest({9: [1, 2, 3, 8]}, gains, 4)
        assert (concept.points, concept.minutes, concept.cards) == (17.5, 1.1, 2)


def lived(chance: random.Random, *, cold_hurts: float) -> tuple[list[Mark], list[Mark]]:
    """Return the marks of 12 cards, reviewed every 10 days, and of a prerequisite's card.

    The prerequisite is kept warm for 900 days, forgotten once, and left alone. While it is cold,
    the cards lapse with ``cold_hurts`` added to the risk that their own curve gives.
    """
    prerequisite = [Mark(100, day * DAY_MS, 2 if day else 4) for day in range(0, 900, 10)]
    prerequisite.append(Mark(100, 900 * DAY_MS, 1))
    past = Past(USUAL, prerequisite)
    marks = []
    for card in range(1, 13):
        state, last = USUAL.first(3), 0
        marks.append(Mark(card, 0, 3))
        for day in range(10, 2200, 90):
            at = day * DAY_MS
            risk = 1 - USUAL.recall(state[0], day - last)
            recall = past.recall(at)
            assert recall is not None
            rating = 1 if chance.random() < risk + cold_hurts * (recall < 0.8) else 3
            state = USUAL.after(*state, day - last, rating)
            last = day
            marks.append(Mark(card, at, rating))
    return marks, prerequisite


class TestCause:
    def test_lapses_beyond_the_curve_while_it_is_cold_are_explained(self) -> None:
        marks, prerequisite = lived(random.Random(1), cold_hurts=0.4)
        found = cause(moments(USUAL, marks), Past(USUAL, prerequisite))
        assert found.explains()
        assert found.excess > 1.5
        assert min(found.cold.reviews, found.warm.reviews) > 100

    def test_lapses_that_the_cards_own_curves_predict_are_not(self) -> None:
        """Twenty learners whose lapses have no cause but time: hardly one is told otherwise."""
        told = 0
        for seed in range(20):
            marks, prerequisite = lived(random.Random(seed), cold_hurts=0)
            told += cause(moments(USUAL, marks), Past(USUAL, prerequisite)).explains()
        assert told <= 1

    def test_a_hand_worked_chance(self) -> None:
        """Four lapses, all cold, where half were predicted so: one in sixteen."""
        some = [Moment(at, lapsed, 0.2) for at, lapsed in [(1, True)] * 4 + [(0, False)] * 4]

        class Then(Past):
            def recall(self, at: int) -> float | None:
                return 0.5 if at else 0.9

        found = cause(some, Then(USUAL, []))
        assert (found.cold, found.warm) == (Side(4, 4, 0.8), Side(4, 0, 0.8))
        assert found.chance == pytest.approx(1 / 16)
        assert found.excess == float("inf")

    def test_little_evidence_says_nothing(self) -> None:
        few = Cause(Side(9, 5, 1.0), Side(50, 1, 4.0), 0.0001)
        enough = replace(few, cold=Side(10, 5, 1.0))
        assert (few.explains(), enough.explains()) == (False, True)
        assert not replace(enough, chance=0.02).explains(among=3)

    def test_moments_before_the_prerequisite_was_met_do_not_count(self) -> None:
        past = Past(USUAL, [Mark(9, 5 * DAY_MS, 3), Mark(9, 7 * DAY_MS, RESET)])
        assert [past.recall(day * DAY_MS) for day in (4, 5, 7)] == [None, 1.0, None]

    def test_a_concept_never_studied_has_no_moments(self) -> None:
        assert moments(USUAL, []) == []
        assert cause([], Past(USUAL, [])).explains() is False


KNOWN = Studied((40.0, 5.0), (40.0, 5.0), since=5, due=35)


class TestPlan:
    def make(self, cards=(), new=20, mastery=50.0, **pace):
        return plan(
            list(cards), new, mastery, pace=replace(PACE, **pace), habits=Habits(), formulas=USUAL
        )

    def test_a_goal_within_reach_takes_no_more_than_it_needs(self) -> None:
        found = self.make()
        assert found.met
        assert 0 < found.new_per_day < 10
        assert found.reached >= 50
        assert not self.make(new_per_day=found.new_per_day - 1).met

    def test_what_is_reached_already_takes_no_new_cards(self) -> None:
        found = self.make([KNOWN] * 10, new=2, mastery=60)
        assert (found.met, found.new_per_day) == (True, 0)

    def test_a_goal_that_comes_too_soon_says_what_and_when(self) -> None:
        found = self.make(new=200, mastery=70, new_per_day=2, days=10)
        assert not found.met
        assert found.new_per_day == 2
        assert found.reached < 15
        assert found.later is not None
        assert 60 < found.later < 120

    def test_a_limit_that_is_in_the_way_is_named(self) -> None:
        found = self.make(new=100, mastery=50, new_per_day=2, days=14)
        assert not found.met
        assert found.needed is not None
        assert self.make(new=100, mastery=50, new_per_day=found.needed, days=14).met

    def test_a_goal_that_is_never_met_says_so(self) -> None:
        found = self.make(new=5, mastery=100)
        assert (found.met, found.later, found.needed) == (False, None, None)

    def test_what_was_met_today_is_not_asked_again(self) -> None:
        assert simulate_first_day(met_today=0) == 4
        assert simulate_first_day(met_today=3) == 1

    @settings(max_examples=12, deadline=None)
    @given(st.integers(0, 3), st.integers(0, 12), st.integers(0, 100), st.integers(1, 20))
    def test_it_never_asks_for_more_than_the_limit(
        self, known: int, new: int, mastery: int, days: int
    ) -> None:
        found = self.make([KNOWN] * known, new=new, mastery=mastery, new_per_day=3, days=days)
        assert 0 <= found.new_per_day <= 3
        assert 0 <= found.reached <= 100
        assert found.met == (found.reached >= mastery)


def simulate_first_day(*, met_today: int) -> float:
    from warmstart.study.workload import simulate

    pace = replace(PACE, new_per_day=4, met_today=met_today)
    return simulate([], 20, pace, Habits(), believed=USUAL).introduced[0]
