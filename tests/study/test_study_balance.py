"""On which day a card comes due."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from warmstart.settings import WEEKDAYS, StudySettings
from warmstart.study.balance import Load, shares
from warmstart.study.cards import Memory, Phase, Rating
from warmstart.study.schedule import Scheduler

FRIDAY = date(2026, 11, 20)
ENDS = datetime(2026, 11, 21, 4, tzinfo=UTC)
loads = st.dictionaries(st.integers(0, 120), st.integers(0, 200), max_size=60)
days = st.dictionaries(st.sampled_from(WEEKDAYS), st.floats(0, 1), max_size=6).map(
    lambda found: [f"{day}={share}" for day, share in found.items()]
)
seeds = st.text(max_size=4)


def load(due: dict[int, int] | None = None) -> Load:
    return Load(FRIDAY, ENDS, dict(due or {}))


def drawn(some: Load, low: int, high: int, *easy: str) -> Counter[int]:
    return Counter(some.draw(low, high, str(n), shares(easy)) for n in range(400))


class TestDraw:
    def test_a_crowded_day_is_avoided(self) -> None:
        assert drawn(load({9: 100, 10: 100, 12: 100}), 9, 12)[11] > 390

    def test_without_load_the_whole_range_is_used(self) -> None:
        found = drawn(load(), 9, 12)
        assert set(found) == {9, 10, 11, 12}
        assert max(found.values()) < 3 * min(found.values())

    def test_an_easy_day_gets_its_share_of_what_it_would_have_had(self) -> None:
        # Eight days on from a Friday is a Saturday.
        usual, easy = drawn(load(), 6, 12)[8], drawn(load(), 6, 12, "sat=0.5")[8]
        assert 0.3 < easy / usual < 0.8
        assert 8 not in drawn(load(), 6, 12, "sat=0")

    def test_a_range_of_days_without_a_share_is_used_all_the_same(self) -> None:
        assert load().draw(8, 9, "x", shares(["sat=0", "sun=0"])) in {8, 9}

    @given(loads, days, seeds, st.tuples(*[st.integers(0, 40)] * 3))
    def test_ranges_further_right_never_give_an_earlier_day(
        self, due: dict[int, int], easy: list[str], seed: str, steps: tuple[int, int, int]
    ) -> None:
        low, width, further = 2 + steps[0], steps[1] // 4, steps[2] // 4
        some = load(due)
        first = some.draw(low, low + width, seed, shares(easy))
        assert low <= first <= low + width
        assert first <= some.draw(low + further, low + width + further, seed, shares(easy))
        assert first <= some.draw(low, low + width + further, seed, shares(easy))


class TestFollowing:
    def test_what_is_overdue_counts_for_today(self) -> None:
        some = load()
        places = [some.place(ENDS + timedelta(hours=h)) for h in (-900, -1, 0, 23, 24, 240)]
        assert places == [0, 0, 1, 1, 2, 11]

    def test_an_answer_moves_a_card_from_day_to_day(self) -> None:
        some = load({0: 2})
        some.move(ENDS - timedelta(days=3), ENDS + timedelta(days=4))
        some.move(None, ENDS)
        assert some.due == {0: 1, 5: 1, 1: 1}


class TestScheduling:
    @given(loads, days, seeds, st.floats(1, 400), st.floats(1, 10))
    def test_grades_keep_their_order_and_a_preview_its_word(
        self, due: dict[int, int], easy: list[str], seed: str, stability: float, hard: float
    ) -> None:
        now = ENDS - timedelta(hours=12)
        last = now - timedelta(days=stability)
        memory = Memory(Phase.REVIEW, None, stability, hard, now, last, 5, 0)
        scheduler = Scheduler(StudySettings(easy_days=tuple(easy)))
        after = scheduler.preview(memory, now, seed=seed, load=load(due))
        dates = [after[rating].due for rating in (Rating.HARD, Rating.GOOD, Rating.EASY)]
        assert dates == sorted(dates)
        again = scheduler.review(memory, Rating.GOOD, now, seed=seed, load=load(due))
        assert again == after[Rating.GOOD]
