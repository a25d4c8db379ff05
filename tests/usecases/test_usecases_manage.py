"""Pausing, resetting and removing notes: nothing learned is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from queued import queued
from warmstart.errors import UsageError
from warmstart.study.cards import New, Rating, effective
from warmstart.study.state import replay
from warmstart.usecases import library, manage
from warmstart.usecases.import_notes import import_bundled, import_notes
from warmstart.usecases.review import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.usecases.workspace import Workspace

CARD = "# {0}\n\nWhat is {0}?\n?\nThe answer to {0}.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.md").write_text(CARD.format(name))
    return folder


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], folder: Path
) -> Workspace:
    workspace = open_workspace()
    import_notes(workspace, [folder])
    return workspace


def in_study(workspace: Workspace) -> list[str]:
    with workspace.store.read() as tx:
        return [tx.cards.shown(card).note_name for card in queued(tx)]


class TestPause:
    def test_a_paused_note_is_read_but_not_studied(
        self, workspace: Workspace, folder: Path
    ) -> None:
        one = manage.named(workspace, "one").id
        assert manage.pause(workspace, one) == 1
        assert in_study(workspace) == ["two"]
        assert len(library.notes(workspace)) == 2
        (folder / "one.md").write_text(CARD.format("one") + "\nAnd what else?\n?\nThis.\n")
        assert import_notes(workspace, [folder]).added == 1
        assert in_study(workspace) == ["two"]
        assert manage.resume(workspace, one) == 2
        assert in_study(workspace) == ["one", "one", "two"]


class TestReset:
    def test_the_cards_are_new_again_and_the_log_says_so(self, workspace: Workspace) -> None:
        session = ReviewSession(workspace)
        assert session.current is not None
        card, note = session.current.id, session.current.note_id
        session.answer(Rating.EASY, timedelta(seconds=1))
        assert manage.reset(workspace, note) == 1
        with workspace.store.read() as tx:
            entries = tx.log.of_card(card)
            assert tx.cards.memory(card) == New()
        assert [type(e.entry).__name__ for e in entries] == ["Reviewed", "Reset"]
        assert replay(workspace.scheduler, effective(entries)).memory == New()


class TestRemove:
    def test_a_removed_note_stays_away_until_it_is_named(
        self, workspace: Workspace, folder: Path
    ) -> None:
        assert manage.remove(workspace, manage.named(workspace, "one").id) == 1
        assert in_study(workspace) == ["two"]
        assert import_notes(workspace, [folder]).added == 0
        assert [note.name for note in library.notes(workspace)] == ["two"]
        assert import_notes(workspace, [folder / "one.md"]).returned == 1
        assert in_study(workspace) == ["one", "two"]

    def test_the_course_can_be_removed_and_restored(
        self, open_workspace: Callable[[], Workspace]
    ) -> None:
        workspace = open_workspace()
        notes = manage.remove_course(workspace)
        assert notes >= 6
        assert import_bundled(workspace).added == 0
        assert {note.origin for note in library.notes(open_workspace())} <= {"lab"}
        assert manage.restore_course(workspace) >= 60
        assert len([n for n in library.notes(workspace) if n.origin == "course"]) == notes


class TestNames:
    def test_by_name_path_and_title(self, workspace: Workspace, folder: Path) -> None:
        found = {manage.named(workspace, name).id for name in ("one", str(folder / "one.md"))}
        assert len(found) == 1

    def test_an_unknown_name_says_what_comes_close(self, workspace: Workspace) -> None:
        with pytest.raises(UsageError, match="Did you mean one"):
            manage.named(workspace, "onee")


def test_info_says_where_and_how_large(workspace: Workspace) -> None:
    found = manage.info(workspace)
    assert (found.path, found.notes, found.cards) == (workspace.home.store, 2, 2)
    assert found.size > 4096
