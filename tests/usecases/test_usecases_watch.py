"""Watching: what is saved is imported at the next look, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from queued import queued
from warmstart.errors import StoreBusy
from warmstart.usecases import library, manage
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.usecases.workspace import Workspace

CARD = "# One\n\nWhat is one?\n?\n{}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "one.md").write_text(CARD.format("A number."))
    return folder


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], folder: Path
) -> Workspace:
    workspace = open_workspace()
    import_notes(workspace, [folder / "one.md"])
    return workspace


class TestKnownNotes:
    def test_a_saved_note_is_imported_once(self, workspace: Workspace, folder: Path) -> None:
        watch = Watch(workspace)
        assert watch.changed() is None
        (folder / "one.md").write_text(CARD.format("The first number."))
        report = watch.changed()
        assert report is not None
        assert report.changed == 1
        assert watch.saved == (folder / "one.md",)
        assert watch.changed() is None

    def test_what_was_saved_while_nobody_watched_is_seen_at_the_first_look(
        self, workspace: Workspace, folder: Path
    ) -> None:
        (folder / "one.md").write_text(CARD.format("The first number."))
        report = Watch(workspace).changed()
        assert report is not None
        assert report.changed == 1

    def test_what_could_not_be_imported_is_tried_again(
        self, workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*_: object) -> None:
            raise StoreBusy("Another process is writing.")

        watch = Watch(workspace)
        (folder / "one.md").write_text(CARD.format("The first number."))
        with monkeypatch.context() as patch, pytest.raises(StoreBusy):
            patch.setattr("warmstart.usecases.watch.import_notes", busy)
            watch.changed()
        assert watch.changed() is not None

    def test_a_note_that_is_not_known_is_left_alone(
        self, workspace: Workspace, folder: Path
    ) -> None:
        watch = Watch(workspace)
        (folder / "two.md").write_text(CARD.format("Another."))
        assert watch.changed() is None

    def test_a_note_that_was_removed_stays_so(self, workspace: Workspace, folder: Path) -> None:
        watch = Watch(workspace)
        assert watch.changed() is None
        manage.remove(workspace, library.notes(workspace)[0].id)
        (folder / "one.md").write_text(CARD.format("The first number."))
        assert watch.changed() is None
        assert library.notes(workspace) == ()

    def test_a_note_imported_elsewhere_is_watched_soon(
        self, workspace: Workspace, folder: Path
    ) -> None:
        watch = Watch(workspace)
        assert watch.changed() is None
        (folder / "two.md").write_text(CARD.format("Another."))
        import_notes(workspace, [folder / "two.md"])
        (folder / "two.md").write_text(CARD.format("Yet another."))
        looks = [watch.changed() for _ in range(11)]
        assert [report.changed for report in looks if report is not None] == [1]

    def test_a_note_that_is_gone_retires_nothing(self, workspace: Workspace, folder: Path) -> None:
        watch = Watch(workspace)
        (folder / "one.md").unlink()
        assert watch.changed() is None
        with workspace.store.read() as tx:
            assert len(queued(tx)) == 1


class TestFolder:
    def test_what_appears_and_what_goes_is_seen(self, workspace: Workspace, folder: Path) -> None:
        watch = Watch(workspace, folder)
        (folder / "two.md").write_text("# Two\n\nWhat is two?\n?\nOne more.\n")
        first = watch.changed()
        (folder / "one.md").unlink()
        second = watch.changed()
        assert first is not None
        assert second is not None
        assert (first.added, second.retired) == (1, 1)
