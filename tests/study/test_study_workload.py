"""The simulated year: its books balance, and what it says of retention and of wrong parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.formulas import Formulas
from warmstart.study.parameters import DEFAULT
from warmstart.study.workload import Habits, Pace, Studied, Workload, habits, simulate

USUAL = Formulas(DEFAULT)
PACE = Pace(
    retention=0.9, longest=36500, new_per_day=5, learning_steps=2, relearning_steps=1, days=200
)
SECURE = Studied((50.0, 5.0), (50.0, 5.0), since=10, due=40)


def year(
    new: int = 300, believed: Formulas = USUAL, actual: Formulas = USUAL, **pace: float
) -> Workload:
    return simulate([], new, replace(PACE, **pace), Habits(), believed=believed, actual=actual)


class TestSimulation:
    def test_the_same_seed_gives_the_same_days(self) -> None:
        assert year() == year()

    def test_nothing_to_study_costs_nothing(self) -> None:
        found = year(0)
        assert (sum(found.minutes), found.recalled, found.known, found.cards) == (0, None, 0, 0)

    def test_new_cards_come_at_their_pace(self) -> None:
        found = year(23)
        assert found.introduced[:6] == (5, 5, 5, 5, 3, 0)
        assert found.minutes[4] > 0

    def test_a_card_is_asked_when_it_is_due_and_not_before(self) -> None:
        found = simulate([SECURE], 0, PACE, Habits(), believed=USUAL)
        assert found.answers[:41] == (*[0.0] * 40, 1.0)

    def test_retention_comes_out_as_desired(self) -> None:
        """Reviews are a little less sure than desired: intervals are whole days, some of them one."""
        for desired in (0.8, 0.9, 0.95):
            found = year(600, retention=desired, new_per_day=20)
            assert found.recalled == pytest.approx(desired, abs=0.03)

    def test_more_retention_costs_more_and_keeps_more(self) -> None:
        found = [year(retention=r) for r in (0.75, 0.85, 0.95)]
        assert sorted(found, key=lambda f: f.daily_minutes) == found
        assert sorted(found, key=lambda f: f.known) == found

    def test_parameters_that_promise_too_much_lose_what_they_save(self) -> None:
        """The memory forgets faster than the scheduler believes: fewer reviews, less recalled."""
        weak = Formulas((*DEFAULT[:8], 1.2, *DEFAULT[9:]))
        right, wrong = year(believed=weak, actual=weak), year(believed=USUAL, actual=weak)
        assert wrong.daily_minutes < right.daily_minutes
        assert wrong.recalled is not None
        assert right.recalled is not None
        assert wrong.recalled < right.recalled - 0.02

    def test_many_cards_are_stood_for_by_some(self) -> None:
        """A tenth of the cards costs a tenth, give or take the luck of other cards."""
        all_, some = year(4000, new_per_day=100), year(400, new_per_day=10)
        assert all_.daily_minutes == pytest.approx(10 * some.daily_minutes, rel=0.1)
        assert all_.known == pytest.approx(10 * some.known, rel=0.1)

    @given(st.integers(0, 30), st.integers(0, 9), st.integers(1, 120), st.floats(0.7, 0.97))
    def test_its_books_balance(self, new: int, a_day: int, days: int, retention: float) -> None:
        pace = replace(PACE, new_per_day=a_day, days=days, retention=retention)
        found = simulate([SECURE] * 3, new, pace, Habits(), believed=USUAL)
        assert sum(found.introduced) == min(new, a_day * days)
        assert len(found.minutes) == len(found.answers) == days
        assert 0 <= found.kept <= found.known <= 3 + sum(found.introduced)
        assert found.recalled is None or 0 <= found.recalled <= 1


class TestHabits:
    def test_an_empty_log_gives_the_usual(self) -> None:
        assert habits({}).first == Habits().first
        assert habits({}).recalled == pytest.approx(Habits().recalled)
        assert habits({}).forgotten_s == Habits().forgotten_s

    def test_a_long_log_gives_its_own(self) -> None:
        """1,000 cards met (Good, 20 s, then one more of 10 s), recalled in 5 s, each tenth lapsing."""
        found = habits(
            {
                (0, 3): (1000, 20_000_000),
                (1, 3): (1000, 10_000_000),
                (2, 3): (9000, 45_000_000),
                (2, 1): (1000, 8_000_000),
                (3, 3): (1000, 6_000_000),
            }
        )
        assert found.first == pytest.approx((0.011, 0.004, 0.976, 0.008), abs=0.001)
        assert found.recalled == pytest.approx((0.001, 0.998, 0.001), abs=0.001)
        assert (found.recalled_s, found.forgotten_s, found.new_s) == pytest.approx(
            (5.03, 14.29, 29.76), abs=0.01
        )


class TestPeer:
    def test_knows_as_much_after_a_year_as_the_simulation_of_fsrs_rs(self) -> None:
        """From nothing, which is where that one starts, with its habits."""
        peer = pytest.importorskip("fsrs_rs_python", reason="no wheel of fsrs-rs-python here")
        config = peer.default_simulator_config()
        config.deck_size, config.learn_span, config.learn_limit = 2000, 365, 20
        theirs = peer.simulate(list(DEFAULT), 0.9, config, 1).memorized_cnt_per_day[-1]
        pace = replace(PACE, new_per_day=20, days=365)
        ours = simulate([], 2000, pace, Habits(), believed=USUAL).known
        assert ours == pytest.approx(theirs, rel=0.01)
