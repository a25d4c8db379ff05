"""A sitting: every answer kept, undo exact, the queue as promised."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from queued import queued
from warmstart.errors import StoreBusy, StoreError, StoreFull
from warmstart.paths import Home
from warmstart.study.cards import Memory, New, Phase, Rating, Reviewed, effective
from warmstart.study.presets import Schedulers
from warmstart.study.state import replay
from warmstart.usecases import manage, progress, today
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.workspace import Workspace

SECONDS = timedelta(seconds=7)


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], tmp_path: Path
) -> Workspace:
    """A workspace with 30 cards in one note."""
    note = tmp_path / "thirty.md"
    cards = "\n".join(f"Question {n}?\n?\nAnswer {n}.\n" for n in range(30))
    note.write_text(f"# Thirty\n\n## Part one\n\nProse.\n\n{cards}")
    workspace = open_workspace()
    import_notes(workspace, [note])
    return workspace


def answer(session: ReviewSession, rating: Rating = Rating.GOOD) -> int:
    assert session.current is not None
    card = session.current.id
    session.answer(rating, SECONDS)
    return card


class TestSitting:
    def test_twenty_new_cards_a_day(self, workspace: Workspace, clock: FrozenClock) -> None:
        session = ReviewSession(workspace)
        assert (session.done, session.total) == (0, 20)
        for _ in range(5):
            answer(session, Rating.EASY)
        assert (session.done, session.total) == (5, 20)
        assert ReviewSession(workspace).total == 15
        clock.forward(days=1)
        assert ReviewSession(workspace).total == 20

    def test_previews_keep_their_word(self, workspace: Workspace, clock: FrozenClock) -> None:
        session = ReviewSession(workspace)
        for rating in Rating:
            assert session.current is not None
            card, promised = session.current.id, session.previews()[rating]
            answer(session, rating)
            with workspace.store.read() as tx:
                memory = tx.cards.memory(card)
            assert isinstance(memory, Memory)
            assert memory.due - clock() == promised

    def test_a_learning_card_comes_back_within_the_sitting(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        session = ReviewSession(workspace)
        first = answer(session, Rating.AGAIN)
        assert (session.done, session.again, session.total) == (1, 1, 20)
        clock.forward(seconds=61)
        answer(session)
        assert session.current is not None
        assert session.current.id == first

    def test_what_is_left_may_have_to_wait(self, workspace: Workspace, clock: FrozenClock) -> None:
        session = ReviewSession(workspace)
        while session.current and session.current.phase is Phase.NEW:
            answer(session, Rating.EASY)
        assert (session.current, session.waiting, session.done) == (None, None, 20)
        assert session.resume() is None

    def test_a_concept_gets_warmer(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace)
        for _ in range(10):
            answer(session, Rating.EASY)
        summary = session.summary()
        assert (summary.answered, summary.new_learned, summary.correct_share) == (10, 10, 1.0)
        assert summary.duration == 10 * SECONDS
        assert [w.title for w in summary.warmed] == ["Part one", "Thirty"]
        assert all(w.before == 0 and w.after > 20 for w in summary.warmed)

    def test_a_locked_store_keeps_the_card(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace, busy_seconds=0.01)
        shown = session.current
        with workspace.store.write(), pytest.raises(StoreBusy):
            session.answer(Rating.GOOD, SECONDS)
        assert session.current == shown
        answer(session)
        assert session.current != shown

    def test_the_store_is_not_locked_while_the_scheduler_loads(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """py-fsrs takes a while to import, and nobody else who writes is to wait for that."""
        session = ReviewSession(workspace)
        locked: list[bool] = []
        found = Schedulers.scheduler

        def scheduler(self: Schedulers, preset: str) -> Scheduler:
            locked.append(session._store._connection.in_transaction)
            return found(self, preset)

        monkeypatch.setattr(Schedulers, "scheduler", scheduler)
        answer(session)
        assert locked[0] is False

    def test_a_full_disk_keeps_the_card(self, workspace: Workspace) -> None:
        """SQLite's page limit gives the same error as a disk without room."""
        session = ReviewSession(workspace)
        shown, ask = session.current, session._store._connection.execute
        pages = ask("PRAGMA page_count").fetchone()[0]
        ask(f"PRAGMA max_page_count = {pages}")
        given = 0
        with pytest.raises(StoreFull):
            for _ in range(2000):
                shown = session.current
                session.answer(Rating.AGAIN, SECONDS)
                given += 1
        assert (session.current, session.total) == (shown, 20)
        with workspace.store.read() as tx:
            assert tx.log.length() == given
        ask("PRAGMA max_page_count = 1000000")
        answer(session)
        assert session.current != shown

    def test_one_that_is_not_there_or_of_another_schema_is_not_begun(
        self, workspace: Workspace, home: Home
    ) -> None:
        with pytest.raises(StoreError):
            ReviewSession(replace(workspace, home=Home(home.root / "nowhere")))
        assert not (home.root / "nowhere").exists()
        with closing(sqlite3.connect(home.store)) as connection:
            connection.execute("PRAGMA user_version = 0")
        with pytest.raises(StoreError, match="schema 0"):
            ReviewSession(workspace)


class TestSavedMeanwhile:
    """The notes may be saved, paused or removed while a sitting is open."""

    def test_the_card_stays_with_its_new_text(self, workspace: Workspace, tmp_path: Path) -> None:
        session = ReviewSession(workspace)
        answer(session)
        shown = session.current
        note = tmp_path / "thirty.md"
        note.write_text(note.read_text().replace("Answer 1.", "Another answer."))
        import_notes(workspace, [note])
        after = session.refresh()
        assert shown is not None
        assert after is not None
        assert (after.id, after.front, after.back) == (shown.id, "Question 1?", "Another answer.")

    def test_what_left_study_is_not_asked(self, workspace: Workspace, tmp_path: Path) -> None:
        session = ReviewSession(workspace)
        note = tmp_path / "thirty.md"
        for gone in ("Question 0?\n?\nAnswer 0.\n\n", "Question 1?\n?\nAnswer 1.\n\n"):
            note.write_text(note.read_text().replace(gone, ""))
        import_notes(workspace, [note])
        after = session.refresh()
        assert after is not None
        assert after.front == "Question 2?"
        assert session.total == 20  # the day has room for two others
        manage.pause(workspace, after.note_id)
        assert session.refresh() is None
        assert session.total == 0


class TestUndo:
    def test_is_an_exact_inverse(self, workspace: Workspace, clock: FrozenClock) -> None:
        session = ReviewSession(workspace)
        card = answer(session)
        clock.forward(minutes=10)
        with workspace.store.read() as tx:
            before = tx.cards.memory(card)
        session = ReviewSession(workspace)
        while session.current and session.current.id != card:
            answer(session, Rating.EASY)
        answer(session, Rating.AGAIN)
        assert session.undo()
        shown = session.current
        assert shown is not None
        assert shown.id == card
        with workspace.store.read() as tx:
            assert tx.cards.memory(card) == before

    def test_goes_back_over_the_whole_sitting(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace)
        cards = [answer(session, rating) for rating in (*Rating, *Rating)]
        for card in reversed(cards):
            assert session.undo()
            shown = session.current
            assert shown is not None
            assert shown.id == card
        assert not session.undo()
        assert (session.done, session.total, session.summary().answered) == (0, 20, 0)
        with workspace.store.read() as tx:
            assert [tx.cards.memory(card) for card in cards] == [New()] * 8

    def test_works_across_a_restart(
        self, workspace: Workspace, open_workspace: Callable[[], Workspace]
    ) -> None:
        card = answer(ReviewSession(workspace), Rating.EASY)
        session = ReviewSession(open_workspace())
        assert session.undo()
        shown = session.current
        assert shown is not None
        assert (shown.id, session.total) == (card, 20)

    def test_an_undone_new_card_does_not_use_up_the_day(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace)
        answer(session, Rating.EASY)
        session.undo()
        assert ReviewSession(workspace).total == 20

    def test_does_not_reach_what_was_answered_in_another_program(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        session = ReviewSession(workspace)
        card = answer(session)
        with workspace.store.write() as tx:
            other = queued(tx)[0]
            mine = tx.log.of_card(card)[0].entry
            assert isinstance(mine, Reviewed)
            tx.log.append(replace(mine, card=other, elsewhere=True))
        assert session.undo()
        shown = session.current
        assert shown is not None
        assert shown.id == card
        assert not session.undo()

    def test_the_log_keeps_both(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace)
        card = answer(session)
        session.undo()
        with workspace.store.read() as tx:
            entries = tx.log.of_card(card)
        assert [type(e.entry).__name__ for e in entries] == ["Reviewed", "Undone"]
        assert effective(entries) == []


class TestReplay:
    def test_every_stored_state_is_what_the_log_gives(
        self, workspace: Workspace, clock: FrozenClock
    ) -> None:
        """Twelve days of study with lapses and undoes."""
        for day in range(12):
            session = ReviewSession(workspace)
            for n in range(60):
                if session.current is None:
                    break
                answer(session, Rating(1 + (n * 7 + day) % 4))
                if n % 9 == 8:
                    session.undo()
                clock.forward(seconds=30)
            clock.forward(days=1)
        with workspace.store.read() as tx:
            note = tx.notes.all()[0].id
            stored = {c.id: c.memory for c in tx.cards.of_notes([note])}
            replayed = {
                key: replay(workspace.scheduler, effective(tx.log.of_card(key))).memory
                for key in stored
            }
        assert replayed == stored
        assert sum(isinstance(m, Memory) and m.lapses > 0 for m in stored.values()) > 5


class TestFigures:
    def test_today_follows_the_answers(self, workspace: Workspace, clock: FrozenClock) -> None:
        def look() -> today.Today:
            found = today.glance(workspace.home, workspace.settings, clock(), workspace.days)
            assert found is not None
            return found

        assert (look().due, look().new, look().cards, look().cold) == (0, 20, 30, ())
        session = ReviewSession(workspace)
        for _ in range(3):
            answer(session, Rating.EASY)
        answer(session, Rating.AGAIN)
        found = look()
        assert (found.due, found.new, found.studied, sum(found.week)) == (1, 16, 4, 1)
        clock.forward(days=6)
        found = look()
        assert (found.due, found.week[0], sum(found.week)) == (1, 1, 4)
        assert [c.title for c in found.cold] == ["Part one"]
        assert found.cold[0].last_seen_days == 6

    def test_progress_follows_the_answers(self, workspace: Workspace, clock: FrozenClock) -> None:
        session = ReviewSession(workspace)
        for _ in range(4):
            answer(session, Rating.EASY)
        clock.forward(days=12)
        session = ReviewSession(workspace)
        reviewed = [session.current.phase for _ in range(4) if session.current and answer(session)]
        assert len(reviewed) == 4
        found = progress.progress(workspace)
        first = found.overview
        assert sum(first.heat.values()) == 8
        assert first.heat[first.today - timedelta(days=12)] == 4
        assert first.states.young + first.states.learning >= 4
        assert first.states.total == 30
        month = first.retention[2].all
        assert month.reviews == month.passed <= 4
        assert found.concepts[0].mastery == first.mastery

    def test_no_store_no_glance(self, home: object, clock: FrozenClock) -> None:
        from warmstart.paths import Home
        from warmstart.settings import Settings

        assert isinstance(home, Home)
        assert today.glance(home, Settings(), clock()) is None
