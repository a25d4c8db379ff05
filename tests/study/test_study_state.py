"""What a card's log makes of it: every kind of entry, undo, redo, and the rows they are kept in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.settings import StudySettings
from warmstart.store.entries import COLUMNS, entry_of, row_of
from warmstart.study.cards import (
    Buried,
    Crammed,
    Entry,
    Flagged,
    Imported,
    Leech,
    LogEntry,
    Memory,
    Moved,
    New,
    ParametersChanged,
    Phase,
    Rating,
    Remarked,
    Reported,
    Rescheduled,
    Reset,
    Resumed,
    Reviewed,
    Suspended,
    Tagged,
    Unburied,
    Undone,
    Untagged,
    effective,
)
from warmstart.study.schedule import Scheduler
from warmstart.study.state import CardState, after, replay

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = T0 + timedelta(days=9)
SCHEDULER = Scheduler(StudySettings())
KEPT = Imported(1, T0, 12.0, 5.0, LATER, T0)
ANSWER = Reviewed(
    1,
    LATER,
    Rating.GOOD,
    timedelta(seconds=3),
    Phase.REVIEW,
    Phase.REVIEW,
    None,
    LATER + timedelta(days=30),
    timedelta(days=9),
)
EVERY_KIND: list[Entry] = [
    ANSWER,
    Crammed(1, T0, Rating.HARD, timedelta(seconds=2)),
    Undone(1, T0, 7),
    Undone(None, T0, 7),
    KEPT,
    Reset(1, T0),
    Rescheduled(1, T0, LATER),
    Suspended(1, T0),
    Suspended(1, T0, elsewhere=True),
    Resumed(1, T0),
    Buried(1, T0, LATER),
    Unburied(1, T0),
    Flagged(1, T0, 3),
    Remarked(1, T0, "vgl. Übung"),
    Reported(1, T0, ""),
    Leech(1, T0),
    Tagged(1, T0, "экзамен"),
    Untagged(1, T0, "экзамен"),
    Moved(1, T0, "a/b"),
    ParametersChanged(T0, (0.1, 0.25)),
]


class TestRows:
    @pytest.mark.parametrize("entry", EVERY_KIND, ids=lambda entry: type(entry).__name__)
    def test_an_entry_comes_back_as_it_went_in(self, entry: Entry) -> None:
        row = row_of(entry, batch=5)
        assert tuple(row) == COLUMNS
        assert entry_of(row | {"id": 8}) == LogEntry(8, entry, 5)


class TestAfter:
    def test_a_learners_actions_one_after_another(self) -> None:
        entries: list[Entry] = [
            KEPT,
            Suspended(1, T0),
            Resumed(1, T0),
            Buried(1, T0, LATER),
            Flagged(1, T0, 2),
            Remarked(1, T0, "mine"),
            Tagged(1, T0, "a"),
            Tagged(1, T0, "b"),
            Untagged(1, T0, "a"),
            Moved(1, T0, "exam"),
            Leech(1, T0),
            Crammed(1, T0, Rating.AGAIN, timedelta(seconds=1)),
        ]
        state = replay(SCHEDULER, entries)
        assert state == CardState(
            memory=Memory(Phase.REVIEW, None, 12.0, 5.0, LATER, T0, 1, 0),
            buried_until=LATER,
            flag=2,
            remark="mine",
            leech=True,
            tags=frozenset({"b"}),
            deck="exam",
        )
        assert after(after(state, Moved(1, T0, "")), Unburied(1, T0)).deck is None

    def test_a_reported_card_is_out_of_study_until_it_is_resumed(self) -> None:
        state = after(CardState(), Reported(1, T0, "wrong limit"))
        assert (state.suspended_at, state.reported) == (T0, "wrong limit")
        assert after(state, Resumed(1, T0)) == CardState()

    def test_a_due_date_that_was_moved_keeps_what_is_remembered(self) -> None:
        before = replay(SCHEDULER, [KEPT]).memory
        moved = replay(SCHEDULER, [KEPT, Rescheduled(1, T0, T0)]).memory
        assert isinstance(before, Memory)
        assert isinstance(moved, Memory)
        assert (moved.due, moved.stability) == (T0, before.stability)
        assert replay(SCHEDULER, [Rescheduled(1, T0, T0)]).memory == New()

    def test_a_reset_begins_anew_and_ends_a_leech(self) -> None:
        state = replay(SCHEDULER, [KEPT, Leech(1, T0), Flagged(1, T0, 1), Reset(1, T0)])
        assert state == CardState(flag=1)

    def test_a_review_needs_the_scheduler(self) -> None:
        with pytest.raises(TypeError):
            after(CardState(), ANSWER)


class TestEffective:
    @given(st.lists(st.sampled_from("aur"), max_size=40))
    def test_undo_and_redo_are_a_stack(self, keys: list[str]) -> None:
        """Act, undo, redo in any order, as the store offers them, against two plain lists."""
        log: list[LogEntry] = []
        done: list[int] = []
        undone: list[tuple[int, int]] = []
        for key in keys:
            ident = len(log) + 1
            if key == "a":
                log.append(LogEntry(ident, Flagged(1, T0, ident)))
                done.append(ident)
                undone.clear()
            elif key == "u" and done:
                undone.append((done.pop(), ident))
                log.append(LogEntry(ident, Undone(1, T0, undone[-1][0])))
            elif key == "r" and undone:
                action, undo = undone.pop()
                done.append(action)
                log.append(LogEntry(ident, Undone(1, T0, undo)))
        assert [entry.flag for entry in effective(log) if isinstance(entry, Flagged)] == sorted(
            done
        )
