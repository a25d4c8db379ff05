"""Editing: in the file where there is one, in one's own words where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warmstart.errors import UsageError
from warmstart.study.cards import New
from warmstart.usecases import actions, editing, manage
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.inbox import Triage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.store.card_rows import StoredCard
    from warmstart.usecases.workspace import Workspace

NOTE = "# Queues\n\nWhat waits?\n?\nA message.\n\nWhat fails?\n?\nA handler.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "vault" / "aws"
    folder.mkdir(parents=True)
    (folder / "queues.md").write_text(NOTE)
    return folder


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], folder: Path
) -> Workspace:
    workspace = open_workspace()
    import_notes(workspace, [folder.parent])
    return workspace


def cards(workspace: Workspace) -> list[StoredCard]:
    with workspace.store.read() as tx:
        notes = [note.id for note in tx.notes.all()]
        return [card for card in tx.cards.of_notes(notes) if not card.retired]


class TestInFile:
    def test_the_line_is_that_of_the_file_as_it_is_now(
        self, workspace: Workspace, folder: Path
    ) -> None:
        key = cards(workspace)[1].id
        note = folder / "queues.md"
        assert editing.card_place(workspace, key) == editing.InFile(note, 7)
        note.write_text(NOTE.replace("# Queues\n", "# Queues\n\nMore.\n\nAnd more.\n"))
        assert editing.card_place(workspace, key) == editing.InFile(note, 11)
        note_id = cards(workspace)[0].note_id
        assert editing.note_place(workspace, note_id, "queues") == editing.InFile(note, 1)

    def test_read_again_alone_it_keeps_history_and_deck(
        self, workspace: Workspace, folder: Path
    ) -> None:
        before = cards(workspace)
        assert [card.source.deck for card in before] == ["aws", "aws"]
        note = folder / "queues.md"
        note.write_text(NOTE.replace("A message.", "A letter.") + "\nNew?\n?\nYes.\n")
        report = editing.reread(workspace, note)
        after = cards(workspace)
        assert (report.changed, report.added) == (1, 1)
        assert [card.id for card in after][:2] == [card.id for card in before]
        assert [card.source.deck for card in after] == ["aws"] * 3

    def test_a_file_that_is_gone_is_edited_in_words(
        self, workspace: Workspace, folder: Path
    ) -> None:
        (folder / "queues.md").unlink()
        place = editing.card_place(workspace, cards(workspace)[0].id)
        assert isinstance(place, editing.InWords)
        assert place.why.startswith("Its file is gone:")
        with pytest.raises(UsageError, match="The file of this note is gone"):
            editing.note_place(workspace, cards(workspace)[0].note_id)


class TestInWords:
    def test_they_outlive_the_next_import_and_so_does_the_history(
        self, workspace: Workspace, folder: Path
    ) -> None:
        first, second = cards(workspace)
        editing.reword(workspace, first.id, "What is waiting?", "One message.")
        note = folder / "queues.md"
        note.write_text("Above.\n\n" + NOTE)
        assert import_notes(workspace, [note]).unchanged == 2
        again = cards(workspace)[0]
        assert (again.id, again.source.front, again.source.back) == (
            first.id, "What is waiting?", "One message.",
        )  # fmt: skip
        assert again.source.line == first.source.line + 2
        note.write_text(NOTE.replace("A message.", "A letter."))
        assert import_notes(workspace, [note]).changed == 1
        assert cards(workspace)[0].source.back == "One message."
        editing.reword(workspace, first.id, "What waits?", "A letter.")
        with workspace.store.read() as tx:
            assert tx.words.all() == {}
        assert [card.id for card in cards(workspace)] == [first.id, second.id]

    def test_an_accepted_suggestion_is_the_learners(
        self, workspace: Workspace, folder: Path
    ) -> None:
        note = folder / "terms.md"
        note.write_text("# Terms\n\n- **DLQ** — where failed messages wait\n- **ESM** — a poller\n")
        import_notes(workspace, [folder.parent])
        triage = Triage(workspace)
        triage.accept()
        key = next(card.id for card in cards(workspace) if card.accepted)
        place = editing.card_place(workspace, key)
        assert isinstance(place, editing.InWords)
        assert "suggestion" in place.why
        editing.reword(workspace, key, "A DLQ?", "For what failed.")
        import_notes(workspace, [folder.parent], reread=True)
        (card,) = [card for card in cards(workspace) if card.accepted]
        assert (card.id, card.source.front) == (key, "A DLQ?")
        with workspace.store.read() as tx:
            assert tx.words.all() == {}

    def test_what_comes_with_warmstart(
        self, open_workspace: Callable[[], Workspace], clock: FrozenClock
    ) -> None:
        workspace = open_workspace()
        card = cards(workspace)[0]
        place = editing.card_place(workspace, card.id)
        assert isinstance(place, editing.InWords)
        assert "comes with Warmstart" in place.why
        with pytest.raises(UsageError, match="comes with Warmstart"):
            editing.note_place(workspace, card.note_id)


class TestReported:
    """A card that was reported is told as a problem, and comes back once it is put right."""

    def report(self, workspace: Workspace) -> int:
        key = cards(workspace)[0].id
        actions.report(workspace, key, "Messages do not wait")
        return key

    def test_it_is_told_with_file_and_line(self, workspace: Workspace, folder: Path) -> None:
        self.report(workspace)
        (problem,) = manage.problems(workspace)
        assert str(problem).startswith(
            f"{folder / 'queues.md'}:3: You reported “What waits?” as wrong: Messages do not wait."
        )

    def test_it_comes_back_when_its_text_changes(self, workspace: Workspace, folder: Path) -> None:
        key = self.report(workspace)
        note = folder / "queues.md"
        note.write_text(NOTE.replace("A handler.", "Another."))
        import_notes(workspace, [note])
        assert not cards(workspace)[0].in_study
        note.write_text(NOTE.replace("A message.", "Nothing does."))
        import_notes(workspace, [note])
        card = cards(workspace)[0]
        assert (card.id, card.in_study, card.reported) == (key, True, None)
        assert isinstance(card.memory, New)
        assert manage.problems(workspace) == []

    def test_it_comes_back_in_other_words(self, workspace: Workspace) -> None:
        key = self.report(workspace)
        editing.reword(workspace, key, "What waits?", "Nothing does.")
        assert cards(workspace)[0].in_study

    def test_it_comes_back_when_it_is_resumed(self, workspace: Workspace) -> None:
        actions.resume(workspace, [self.report(workspace)])
        assert manage.problems(workspace) == []
