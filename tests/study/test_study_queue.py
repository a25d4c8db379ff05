"""Which card comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warmstart.study.queue import LEARN_AHEAD, Queue, Step, spread

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def minutes(n: float) -> datetime:
    return NOW + timedelta(minutes=n)


class TestQueue:
    def test_new_cards_are_spread_among_reviews(self) -> None:
        assert spread([1, 2, 3, 4, 5, 6], [91, 92]) == [1, 2, 91, 3, 4, 5, 92, 6]

    def test_a_learning_card_comes_when_its_step_has_passed(self) -> None:
        queue = Queue([Step(minutes(5), 7)], [1, 2], [])
        assert queue.next(NOW) == 1
        assert queue.next(minutes(5)) == 7

    def test_a_learning_card_comes_early_only_when_nothing_else_is_left(self) -> None:
        queue = Queue([Step(minutes(5), 7)], [1], [])
        queue.remove(1)
        assert queue.next(NOW) == 7

    def test_but_not_earlier_than_the_bound(self) -> None:
        due = NOW + LEARN_AHEAD + timedelta(minutes=1)
        queue = Queue([Step(due, 7)], [], [])
        assert queue.next(NOW) is None
        assert queue.waiting_until == due
        assert queue.next(minutes(1)) == 7

    def test_a_card_put_back_comes_before_all(self) -> None:
        queue = Queue([Step(minutes(-5), 7)], [1, 2], [])
        queue.remove(1)
        queue.learn(1, minutes(10))
        queue.put_back(1)
        assert (queue.next(NOW), len(queue)) == (1, 3)
        queue.remove(1)
        assert (queue.next(NOW), len(queue)) == (7, 2)
