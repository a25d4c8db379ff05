"""The small rules of studying: leeches, pauses, coming back, how long it takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.backlog import MOST_DAYS, Overdue, is_back, spread, usual
from warmstart.study.cards import Memory, New, Phase
from warmstart.study.leech import becomes_leech
from warmstart.study.pace import GUESS_MS, Pace
from warmstart.study.thinking import LONGEST, Thinking

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def lapsed(lapses: int) -> Memory:
    return Memory(Phase.RELEARNING, 0, 1.0, 9.0, NOW, NOW, 30, lapses)


class TestLeech:
    def test_at_the_threshold_and_at_every_half_of_it_after(self) -> None:
        def at(threshold: int) -> list[int]:
            return [n for n in range(1, 20) if becomes_leech(lapsed(n - 1), lapsed(n), threshold)]

        assert at(8) == [8, 12, 16]
        assert at(3) == [3, 5, 7, 9, 11, 13, 15, 17, 19]
        assert at(1) == list(range(1, 20))
        assert at(0) == []

    def test_only_a_lapse_makes_one(self) -> None:
        assert not becomes_leech(lapsed(8), lapsed(8), 8)
        assert not becomes_leech(New(), lapsed(0), 8)


class TestThinking:
    """A pause does not count as thinking time."""

    def test_both_clocks_agree(self) -> None:
        assert Thinking(NOW, 100).spent(NOW + seconds(7), 107.0) == seconds(7)

    def test_a_screen_that_was_left(self) -> None:
        watch = Thinking(NOW, 0)
        watch.pause(NOW + seconds(5), 5)
        watch.pause(NOW + seconds(6), 6)
        assert watch.spent(NOW + seconds(500), 500) == seconds(5)
        watch.go_on(NOW + seconds(600), 600)
        watch.go_on(NOW + seconds(601), 601)
        assert watch.spent(NOW + seconds(602), 602) == seconds(7)

    def test_a_closed_lid(self) -> None:
        """The wall's clock went on for an hour, the monotonic one for the seconds awake."""
        assert Thinking(NOW, 0).spent(NOW + seconds(3608), 8) == seconds(8)

    def test_a_clock_that_was_set(self) -> None:
        assert Thinking(NOW, 0).spent(NOW - seconds(3600), 8) == seconds(8)
        assert Thinking(NOW, 0).spent(NOW - seconds(5), 8) == seconds(8)

    def test_away_without_a_sign_of_it(self) -> None:
        assert Thinking(NOW, 0).spent(NOW + seconds(900), 900) == LONGEST


class TestComingBack:
    def test_after_a_fortnight(self) -> None:
        assert is_back(NOW, NOW - timedelta(days=14))
        assert not is_back(NOW, NOW - timedelta(days=13, hours=23))
        assert not is_back(NOW, None)

    def test_a_usual_day_is_the_median_of_those_with_reviews(self) -> None:
        day = date(2026, 10, 1)
        counts = [30, 0, 50, 400, 40]
        found = {day + timedelta(days=n): count for n, count in enumerate(counts)}
        assert usual(found, 9999) == 45
        assert usual(found, 25) == 25
        assert usual({}, 9999) == usual({day: 3}, 9999) == 20

    def test_the_likeliest_come_first_and_days_leave_room_for_their_own(self) -> None:
        backlog = [Overdue(n, n / 100) for n in range(1, 61)]
        days = spread(backlog, 20, {1: 5, 2: 50})
        assert days[0] == list(range(60, 40, -1))
        assert [len(day) for day in days] == [20, 15, 10, 15]

    @given(
        st.integers(0, 3000),
        st.integers(1, 100),
        st.dictionaries(st.integers(1, 90), st.integers(0, 300)),
    )
    def test_every_card_once_and_within_bounds(
        self, cards: int, usual: int, due: dict[int, int]
    ) -> None:
        days = spread([Overdue(n, (n * 7919 % 1000) / 1000) for n in range(cards)], usual, due)
        assert sorted(card for day in days for card in day) == list(range(cards))
        assert len(days) <= MOST_DAYS
        assert all(days)


class TestPace:
    def test_each_phase_has_its_own_mean(self) -> None:
        pace = Pace.measured({0: (20, 30_000), 1: (10, 8000), 3: (30, 12_000), 2: (100, 6000)})
        assert pace == Pace(30_000, 11_000, 6000)
        assert pace.minutes(new=6, review=30) == round((6 * 41 + 30 * 6) / 60)

    def test_few_answers_take_the_mean_of_all(self) -> None:
        assert Pace.measured({2: (30, 6000), 0: (9, 19_000)}) == Pace(9000, 9000, 6000)

    def test_without_answers_it_is_a_guess(self) -> None:
        pace = Pace.measured({})
        assert pace == Pace(GUESS_MS, GUESS_MS, GUESS_MS)
        assert (pace.minutes(), pace.minutes(review=1)) == (0, 1)
