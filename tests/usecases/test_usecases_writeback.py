"""Write-back: four fields in the learner's own files, or nothing."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from warmstart.study.cards import Rating
from warmstart.usecases import library
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.writeback import write_back_notes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FrozenClock
    from warmstart.usecases.workspace import Workspace

NOTE = (
    "---\r\ntitle: Queues  # mine\r\nmastery: 0\r\n---\r\n# Queues\r\n\r\nWhat?\r\n?\r\nThis.\r\n"
)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "queues.md"
    path.write_bytes(NOTE.encode())
    path.chmod(0o640)
    return path


@pytest.fixture
def workspace(empty_course: None, open_workspace: Callable[[], Workspace], note: Path) -> Workspace:
    workspace = open_workspace()
    import_notes(workspace, [note])
    return workspace


def ids(workspace: Workspace) -> list[int]:
    return [note.id for note in library.notes(workspace)]


class TestWriteBack:
    def test_what_was_measured_is_written_and_the_history_stays(
        self, workspace: Workspace, note: Path, clock: FrozenClock
    ) -> None:
        session = ReviewSession(workspace)
        session.answer(Rating.EASY, timedelta(seconds=2))
        written = write_back_notes(workspace, ids(workspace))
        assert written.changed == (str(note),)
        text = note.read_bytes().decode()
        assert text.startswith("---\r\ntitle: Queues  # mine\r\nmastery: ")
        assert "study_status: reviewing\r\nlast_reviewed: 2026-11-20\r\n" in text
        assert text.endswith("---\r\n# Queues\r\n\r\nWhat?\r\n?\r\nThis.\r\n")
        assert note.stat().st_mode & 0o777 == 0o640
        again = import_notes(workspace, [note])
        assert (again.unchanged, again.added, again.retired) == (1, 0, 0)
        assert write_back_notes(workspace, ids(workspace)).same == (str(note),)

    def test_a_file_that_has_changed_is_refused(self, workspace: Workspace, note: Path) -> None:
        note.write_bytes(NOTE.encode() + b"More.\r\n")
        written = write_back_notes(workspace, ids(workspace))
        assert [str(e) for e in written.refused] == [
            f"{note}: This file has changed since it was imported. Import it first, then write back."
        ]
        assert note.read_bytes() == NOTE.encode() + b"More.\r\n"

    def test_a_failure_leaves_the_old_file_and_nothing_else(
        self, workspace: Workspace, note: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        written = write_back_notes(workspace, ids(workspace))
        assert "No space left" in str(written.refused[0])
        assert note.read_bytes() == NOTE.encode()
        assert [path.name for path in note.parent.iterdir() if "queues" in path.name] == [note.name]

    def test_a_note_without_cards_is_left_alone(self, workspace: Workspace, note: Path) -> None:
        bare = note.parent / "bare.md"
        bare.write_text("# Bare\n")
        import_notes(workspace, [bare])
        assert str(bare) not in write_back_notes(workspace, ids(workspace)).changed
        assert bare.read_text() == "# Bare\n"
