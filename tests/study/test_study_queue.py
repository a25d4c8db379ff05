"""Which card comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from warmstart.study.admission import Room, Step, Waiting, admit, spread
from warmstart.study.queue import LEARN_AHEAD, Queue

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def minutes(n: float) -> datetime:
    return NOW + timedelta(minutes=n)


class TestQueue:
    def test_new_cards_are_spread_among_reviews(self) -> None:
        assert spread([1, 2, 3, 4, 5, 6], [91, 92]) == [1, 2, 91, 3, 4, 5, 92, 6]

    def test_it_tells_what_is_left_by_what_it_costs(self) -> None:
        queue = Queue([Step(minutes(5), 7)], [1, 2], [91, 92])
        assert queue.left == (1, 2, 2)
        queue.remove(91)
        queue.learn(91, minutes(1))
        queue.put_back(1)
        assert queue.left == (2, 2, 1)

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


FREE = Room(9999, 9999)


def wait(card: int, key: float = 0, preset: str = "", passage: int | None = None) -> Waiting:
    return Waiting((key,), card, preset, (1, card if passage is None else passage))


class TestAdmission:
    def test_by_key_and_within_the_room(self) -> None:
        found = admit([[wait(1, 3), wait(2, 1), wait(3, 2)]], [wait(7), wait(8)], {}, Room(2, 1))
        assert (found.reviews, found.new) == ([2, 3], [7])

    def test_a_preset_has_room_of_its_own_within_the_whole(self) -> None:
        due = [wait(n, n, "exam" if n % 2 else "") for n in range(10)]
        found = admit([due], [], {"exam": Room(2, 0)}, Room(6, 0))
        assert found.reviews == [0, 1, 2, 3, 4, 6]

    def test_orders_are_merged_in_proportion(self) -> None:
        found = admit([[wait(n, n) for n in (1, 2, 3, 4)], [wait(9, 99)]], [], {}, FREE)
        assert found.reviews == [1, 2, 9, 3, 4]

    def test_one_of_a_passage_a_day(self) -> None:
        due = [wait(1, 1, passage=5), wait(2, 2, passage=6), wait(3, 3, passage=6)]
        new = [wait(7, passage=6), wait(8, passage=7)]
        found = admit([due], new, {}, FREE, met=[(1, 5)])
        assert (found.reviews, found.new) == ([2], [8])

    def test_siblings_that_may_come_together_are_kept_apart(self) -> None:
        due = [wait(n, n, passage=n // 2) for n in range(6)]
        assert admit([due], [], {}, FREE, together={""}).reviews == [0, 2, 4, 1, 3, 5]

    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.booleans()), max_size=60),
        st.dictionaries(
            st.sampled_from("abc"), st.builds(Room, st.integers(0, 9), st.integers(0, 9))
        ),
        st.builds(Room, st.integers(0, 20), st.integers(0, 20)),
        st.sets(st.tuples(st.just(1), st.integers(0, 9))),
    )
    def test_never_more_than_there_is_room_for(
        self,
        cards: list[tuple[str, int, bool]],
        rooms: dict[str, Room],
        overall: Room,
        met: set[tuple[int, int]],
    ) -> None:
        waiting = [wait(n, n % 7, preset, p) for n, (preset, p, _) in enumerate(cards)]
        due = [w for w in waiting if cards[w.card][2]]
        new = [w for w in waiting if not cards[w.card][2]]
        found = admit([due], new, rooms, overall, met=met)
        assert len(found.reviews) <= overall.reviews
        assert len(found.new) <= overall.new
        for name, room in rooms.items():
            assert sum(cards[c][0] == name for c in found.reviews) <= room.reviews
            assert sum(cards[c][0] == name for c in found.new) <= room.new
        passages = [(1, cards[c][1]) for c in found.reviews + found.new]
        assert len(set(passages)) == len(passages)
        assert met.isdisjoint(passages)
        if not rooms and overall.reviews >= len(due) and overall.new >= len(new):
            assert {*passages, *met} == {*met, *(w.passage for w in waiting)}
