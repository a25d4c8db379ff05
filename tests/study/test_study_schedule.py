"""Scheduling: whole trajectories, and that ours agrees with what FSRS is known to give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.settings import StudySettings
from warmstart.study.cards import (
    LogEntry,
    Memory,
    MemoryState,
    New,
    Phase,
    Rating,
    Reviewed,
    Undone,
    effective,
)
from warmstart.study.curve import Curve
from warmstart.study.schedule import Scheduler
from warmstart.study.state import CardState, replay

T0 = datetime(2022, 11, 29, 12, 30, tzinfo=UTC)
PLAIN = Scheduler(StudySettings(fuzz=False))
FUZZY = Scheduler(StudySettings())


def walk(ratings: list[int], gaps: list[int]) -> Memory:
    memory: MemoryState = New()
    at = T0
    for rating, gap in zip(ratings, gaps, strict=True):
        at += timedelta(days=gap)
        memory = PLAIN.review(memory, Rating(rating), at)
    assert isinstance(memory, Memory)
    return memory


class TestTrajectories:
    def test_intervals_of_thirteen_reviews_on_their_due_dates(self) -> None:
        """The known intervals of FSRS-6 with default parameters and no fuzz."""
        memory: MemoryState = New()
        at, intervals = T0, []
        for rating in (3, 3, 3, 3, 3, 3, 1, 1, 3, 3, 3, 3, 3):
            memory = PLAIN.review(memory, Rating(rating), at)
            intervals.append((memory.due - at).days)
            at = memory.due
        assert intervals == [0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]

    def test_stability_and_difficulty_after_six_reviews(self) -> None:
        """py-fsrs and fsrs-rs agree on these."""
        memory = walk([1, 3, 3, 3, 3, 3], [0, 0, 1, 3, 8, 21])
        assert memory.stability == pytest.approx(53.62691, abs=1e-4)
        assert memory.difficulty == pytest.approx(6.3574867, abs=1e-6)

    def test_phases_of_a_card_that_is_learned_forgotten_and_learned_again(self) -> None:
        memory: MemoryState = New()
        at, seen = T0, []
        for rating in (3, 3, 1, 3):
            memory = PLAIN.review(memory, Rating(rating), at)
            at = memory.due
            seen.append((memory.phase, memory.step, memory.reviews, memory.lapses))
        assert seen == [
            (Phase.LEARNING, 1, 1, 0),
            (Phase.REVIEW, None, 2, 0),
            (Phase.RELEARNING, 0, 3, 1),
            (Phase.REVIEW, None, 4, 1),
        ]

    def test_a_new_card_previews_its_steps(self) -> None:
        minutes = {
            rating.name: (memory.due - T0) / timedelta(minutes=1)
            for rating, memory in PLAIN.preview(New(), T0).items()
        }
        assert minutes == {"AGAIN": 1, "HARD": 5.5, "GOOD": 10, "EASY": 8 * 24 * 60}

    def test_hours_before_and_after_do_not_change_the_day(self) -> None:
        """Asked every morning, a card with an interval of one day is a day old each time."""
        memory = walk([1, 3, 3], [0, 0, 0])
        day = timedelta(days=1)
        after = {
            hours: PLAIN.review(
                memory, Rating.GOOD, memory.last_review + day + timedelta(hours=hours)
            )
            for hours in (-11, -1, 0, 11)
        }
        assert len({(m.stability, m.difficulty) for m in after.values()}) == 1
        within = PLAIN.review(memory, Rating.GOOD, memory.last_review + timedelta(hours=11))
        assert within.stability < after[0].stability


class TestFuzz:
    def test_the_same_seed_gives_the_same_interval(self) -> None:
        memory = walk([3, 3, 3, 3], [0, 0, 2, 11])
        first = FUZZY.review(memory, Rating.GOOD, memory.due, seed="7/4")
        assert first == FUZZY.review(memory, Rating.GOOD, memory.due, seed="7/4")

    def test_seeds_spread_the_interval_around_the_plain_one(self) -> None:
        memory = walk([3, 3, 3], [0, 0, 2])
        plain = (PLAIN.review(memory, Rating.GOOD, memory.due).due - memory.due).days
        fuzzed = {
            (FUZZY.review(memory, Rating.GOOD, memory.due, seed=str(n)).due - memory.due).days
            for n in range(300)
        }
        # 46 days: 1 + 0.15·4.5 + 0.1·13 + 0.05·26 = 4.275 either way.
        assert plain == 46
        assert fuzzed == set(range(42, 51))

    def test_ratings_keep_their_order_under_one_seed(self) -> None:
        memory = walk([3, 3, 3], [0, 0, 2])
        for n in range(200):
            after = FUZZY.preview(memory, memory.due, seed=str(n))
            assert after[Rating.HARD].due <= after[Rating.GOOD].due <= after[Rating.EASY].due

    def test_short_intervals_are_kept(self) -> None:
        memory = walk([3], [0])
        due = {FUZZY.review(memory, Rating.GOOD, memory.due, seed=str(n)).due for n in range(50)}
        assert due == {memory.due + timedelta(days=2)}


answers = st.lists(
    st.tuples(st.sampled_from(Rating), st.integers(0, 200 * 86400)), min_size=1, max_size=25
)


class TestReplay:
    @given(answers, st.data())
    def test_replaying_the_log_gives_the_stored_state_exactly(
        self, history: list[tuple[Rating, int]], data: st.DataObject
    ) -> None:
        """Also with undone answers among them, and steps that have changed since."""
        memory: MemoryState = New()
        at, log = T0, []
        for rating, gap in history:
            at += timedelta(seconds=gap)
            after = FUZZY.review(memory, rating, at, seed=str(len(log)))
            log.append(
                LogEntry(
                    len(log) + 1,
                    Reviewed(
                        1,
                        at,
                        rating,
                        timedelta(seconds=3),
                        memory.phase,
                        after.phase,
                        after.step,
                        after.due,
                    ),
                )
            )
            if data.draw(st.booleans()):
                log.append(LogEntry(len(log) + 1, Undone(1, at, log[-1].id)))
            else:
                memory = after
        other_steps = Scheduler(StudySettings(learning_steps=(), relearning_steps=(1.0, 2.0)))
        assert replay(FUZZY, effective(log)).memory == memory
        assert replay(other_steps, effective(log)).memory == memory

    def test_an_empty_log_is_a_new_card(self) -> None:
        assert replay(PLAIN, []) == CardState()


class TestCurve:
    @given(st.floats(0.01, 5000), st.integers(0, 4000 * 86400))
    def test_agrees_with_py_fsrs(self, stability: float, seconds: int) -> None:
        at = T0 + timedelta(seconds=seconds)
        card = fsrs.Card(1, fsrs.State.Review, None, stability, 5.0, T0, T0)
        expected = fsrs.Scheduler().get_card_retrievability(card, at)
        ms = (round(T0.timestamp() * 1000), round(at.timestamp() * 1000))
        assert Curve().recall(stability, *ms) == pytest.approx(expected, rel=1e-12)

    def test_recall_is_nine_in_ten_after_the_stability(self) -> None:
        assert Curve().recall(10, 0, 10 * 86_400_000) == pytest.approx(0.9)
