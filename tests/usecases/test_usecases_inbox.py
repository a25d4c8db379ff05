"""The inbox: nothing is scheduled unasked, and a decision holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest

from queued import queued
from warmstart.usecases import inbox, library
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.inbox import Triage, waiting_count

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.store.engine import Transaction
    from warmstart.usecases.workspace import Workspace

NOTE = """# Serverless

## Words

- **Cold start** — the wait for a new execution environment
- **Fan-out** — one event handled by several consumers at once
- **Saga** — a transaction made of steps that can be compensated
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "serverless.md"
    path.write_text(NOTE)
    return path


@pytest.fixture
def workspace(empty_course: None, open_workspace: Callable[[], Workspace], note: Path) -> Workspace:
    workspace = open_workspace()
    import_notes(workspace, [note])
    return workspace


def fronts(workspace: Workspace) -> list[str]:
    """Return what is in study."""
    with workspace.store.read() as tx:
        return [tx.cards.shown(card).card.source.front for card in queued(tx)]


class TestThreads:
    def test_what_was_read_before_a_decision_does_not_bring_it_back(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A dialog closes: the screen reads again while the answer is still being written."""
        triage = Triage(workspace)
        read, decided = Event(), Event()
        views = inbox._views

        def slow(tx: Transaction) -> list[inbox.Waiting]:
            found = views(tx)
            read.set()
            decided.wait(0.1)  # ends early where a decision does not wait for its turn
            return found

        def decide() -> None:
            read.wait()
            triage.accept()
            decided.set()

        monkeypatch.setattr(inbox, "_views", slow)
        with ThreadPoolExecutor(2) as both:
            for work in (both.submit(decide), both.submit(triage.refresh)):
                work.result()
        assert [waiting.front for waiting in triage.waiting] == [
            "Words · **Fan-out** — what does it mean?",
            "Words · **Saga** — what does it mean?",
        ]
        assert triage.accepted == 1


class TestInbox:
    def test_suggestions_wait_and_nothing_is_scheduled(self, workspace: Workspace) -> None:
        assert (waiting_count(workspace), fronts(workspace)) == (3, [])
        triage = Triage(workspace)
        assert triage.current is not None
        assert triage.current.note == "Serverless"
        assert triage.current.passage.startswith("- **Cold start**")
        line, start, end = triage.current.marks[0]
        assert "Cold start" in triage.current.passage.split("\n")[line][start:end]
        assert triage.current.above[-2:] == ("## Words", "")
        assert triage.current.below[0].startswith("- **Fan-out**")

    def test_notes_saved_meanwhile_keep_the_place(self, workspace: Workspace, note: Path) -> None:
        triage = Triage(workspace)
        triage.move(2)
        note.write_text("# Serverless\n\n## Words\n\n" + NOTE[NOTE.index("- **Fan") :])
        import_notes(workspace, [note])
        triage.refresh()
        assert len(triage.waiting) == 2
        assert triage.current is not None
        assert "Saga" in triage.current.passage

    def test_what_was_decided_is_counted_until_it_is_undone(self, workspace: Workspace) -> None:
        triage = Triage(workspace)
        triage.accept()
        triage.dismiss()
        assert (triage.decided, triage.accepted) == (2, 1)
        triage.undo()
        triage.undo()
        assert (triage.decided, triage.accepted) == (0, 0)

    def test_accepting_makes_a_card_of_its_section(self, workspace: Workspace) -> None:
        triage = Triage(workspace)
        triage.accept()
        assert (len(triage.waiting), triage.decided, waiting_count(workspace)) == (2, 1, 2)
        assert len(fronts(workspace)) == 1
        node = library.tree(workspace)[0]
        assert (node.cards, node.children[0].title, node.children[0].cards) == (1, "Words", 1)

    def test_editing_keeps_the_learners_words(self, workspace: Workspace) -> None:
        Triage(workspace).accept_edited("What is cold?", "A start.")
        assert fronts(workspace) == ["What is cold?"]

    def test_accepting_all_of_a_rule_and_undoing_it_is_one_step(self, workspace: Workspace) -> None:
        triage = Triage(workspace)
        triage.move(1)
        second = triage.current
        assert triage.accept_rule() == 3
        assert (triage.current, len(fronts(workspace))) == (None, 3)
        triage.undo()
        assert (len(triage.waiting), fronts(workspace), triage.decided) == (3, [], 0)
        assert second in triage.waiting

    def test_undo_goes_back_over_the_sitting(self, workspace: Workspace) -> None:
        triage = Triage(workspace)
        first = triage.current
        triage.accept()
        triage.dismiss()
        triage.undo()
        assert triage.undo() == first
        assert triage.undo() is None

    @pytest.mark.parametrize("is_read_again", [False, True])
    def test_undo_puts_each_back_where_it_stood(
        self, workspace: Workspace, *, is_read_again: bool
    ) -> None:
        """Whether or not notes were saved meanwhile, which reads again what waits."""
        triage = Triage(workspace)
        before = triage.waiting
        triage.move(1)
        triage.accept_edited("In my words?", "So.")
        triage.dismiss()
        if is_read_again:
            triage.refresh()
        triage.accept()
        while triage.undo():
            pass
        assert triage.waiting == before == Triage(workspace).waiting


class TestAgain:
    def test_a_decision_holds_over_imports(self, workspace: Workspace, note: Path) -> None:
        triage = Triage(workspace)
        triage.dismiss()
        triage.accept()
        accepted = fronts(workspace)
        note.write_text(NOTE.replace("new execution", "fresh execution") + "\nMore prose.\n")
        report = import_notes(workspace, [note])
        assert (report.retired, waiting_count(workspace)) == (0, 1)
        assert fronts(workspace) == accepted

    def test_an_accepted_card_outlives_its_passage(self, workspace: Workspace, note: Path) -> None:
        Triage(workspace).accept_rule()
        note.write_text("# Serverless\n\nNothing left.\n")
        assert import_notes(workspace, [note]).retired == 0
        assert len(fronts(workspace)) == 3
        assert library.tree(workspace)[0].cards == 3

    def test_what_was_undecided_goes_with_its_passage(
        self, workspace: Workspace, note: Path
    ) -> None:
        note.write_text("# Serverless\n\nNothing left.\n")
        import_notes(workspace, [note])
        assert waiting_count(workspace) == 0

    def test_a_note_that_goes_and_comes_back_has_its_accepted_cards(
        self, workspace: Workspace, note: Path
    ) -> None:
        Triage(workspace).accept()
        note.unlink()
        (note.parent / "other.md").write_text("# Other\n")
        assert import_notes(workspace, [note.parent]).retired == 1
        assert (fronts(workspace), waiting_count(workspace)) == ([], 0)
        note.write_text(NOTE)
        assert import_notes(workspace, [note.parent]).returned == 1
        assert (len(fronts(workspace)), waiting_count(workspace)) == (1, 2)


class TestRealNotes:
    @pytest.mark.parametrize(
        ("number", "most"), [("001", 40), ("002", 40), ("003", 15), ("004", 30)]
    )
    def test_the_users_notes_fill_the_inbox(
        self,
        empty_course: None,
        open_workspace: Callable[[], Workspace],
        cases: Path,
        number: str,
        most: int,
    ) -> None:
        workspace = open_workspace()
        import_notes(workspace, (cases / "notes").glob(f"{number}*.txt"))
        assert waiting_count(workspace) >= most
        keys = [(w.front, w.back) for w in Triage(workspace).waiting]
        assert len(set(keys)) == len(keys)
