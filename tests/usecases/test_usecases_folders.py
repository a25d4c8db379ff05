"""Folders summed up: an import that finds nothing changed is short, and never wrong."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmstart.paths import Home
from warmstart.store.engine import Store
from warmstart.store.folders import Folders, folder_digest
from warmstart.usecases import manage
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.watch import Watch
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
_INSERT = (
    "INSERT INTO note (id, path, name, origin, title, size, mtime_ns, digest, front_matter, kinds,"
    " imported_at) VALUES (99, '/x.md', 'x', 'user', 'x', 1, 1, '', '{}', '{}', 1)"
)
PLACES = ("a.md", "b.md", "deep/a.md", "deep/b.md", "deep/er/c.md", "other/d.md")


def write(path: Path, text: str, mtime: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# {text}\n\nWhat is {text}?\n?\nIt is {text}.\n")
    os.utime(path, ns=(mtime, mtime))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    for place in PLACES:
        write(folder / place, place, 1)
    return folder


@pytest.fixture
def workspace(
    empty_course: None, open_workspace: Callable[[], Workspace], notes: Path
) -> Workspace:
    workspace = open_workspace()
    import_notes(workspace, [notes])
    return workspace


def summed(workspace: Workspace) -> int:
    with workspace.store.read() as tx:
        return len(tx.folders.all())


def test_each_note_is_counted_once(workspace: Workspace, notes: Path) -> None:
    """Where one folder changed and another did not, and where a link makes one be looked at."""
    import_notes(workspace, [notes])  # sums the folders up
    write(notes / "a.md", "other words", 2)
    report = import_notes(workspace, [notes])
    assert (report.notes, report.cards, report.unchanged) == (6, {"flashcard": 6}, 5)
    (notes / "link.md").symlink_to(notes / "nowhere.md")
    report = import_notes(workspace, [notes])
    assert (report.notes, report.cards, report.unchanged) == (6, {"flashcard": 6}, 6)


def test_where_nothing_has_changed_no_note_is_asked_for(
    workspace: Workspace, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stamps(_: object) -> None:
        raise AssertionError("a note was looked at by itself")

    monkeypatch.setattr(Folders, "stamps", stamps)
    report = import_notes(workspace, [notes, notes / "deep"])
    assert (report.notes, report.read, report.cards) == (6, 0, {"flashcard": 6})


def test_a_change_behind_the_stores_back_is_seen_too(workspace: Workspace) -> None:
    """Whoever changes a note takes the sums away with it."""
    for statement in (
        "UPDATE note SET size = 9 WHERE id = 1",
        "UPDATE note SET retired_at = 9 WHERE id = 1",
        _INSERT,
        "DELETE FROM note WHERE id = 99",
    ):
        with workspace.store.write() as tx:
            tx.folders.sum_up()
        assert summed(workspace) > 0
        with workspace.store.write() as tx:
            tx.folders._sqlite.execute(statement)
        assert summed(workspace) == 0


def test_what_a_watch_imported_is_summed_up_by_the_next_import(
    workspace: Workspace, notes: Path
) -> None:
    watch = Watch(workspace)
    write(notes / "a.md", "another", 2)
    assert watch.changed() is not None
    assert summed(workspace) == 0
    assert import_notes(workspace, [notes], dry_run=True).read == 0
    assert summed(workspace) == 0
    assert import_notes(workspace, [notes]).read == 0
    assert summed(workspace) == 4


def test_a_removed_note_stays_away(workspace: Workspace, notes: Path) -> None:
    with workspace.store.read() as tx:
        (key,) = [n.id for n in tx.notes.all() if n.path == str(notes / "deep" / "a.md")]
    manage.remove(workspace, key)
    assert import_notes(workspace, [notes]).notes == 5
    assert import_notes(workspace, [notes]).notes == 5


def test_the_digest_does_not_depend_on_the_order() -> None:
    assert folder_digest(["b/1/2", "a/1/2"]) == folder_digest(["a/1/2", "b/1/2"])
    assert folder_digest(["a/1/2"]) != folder_digest(["a/1/3"])
    assert folder_digest(["\udcff/1/2"]) != folder_digest([])


_PLACE = st.sampled_from(PLACES)
_STEP = st.one_of(
    st.tuples(st.just("write"), _PLACE, st.sampled_from(["one", "two"])),
    st.tuples(st.just("delete"), _PLACE, st.just("")),
    st.tuples(st.just("move"), _PLACE, _PLACE),
    st.tuples(st.just("link"), _PLACE, _PLACE),
    st.tuples(st.just("clear"), st.sampled_from(["deep", "other"]), st.just("")),
    st.tuples(st.just("nothing"), st.just(""), st.just("")),
)


def take(step: tuple[str, str, str], notes: Path, time: int) -> None:
    what, place, more = step
    path = notes / place
    if what == "write":
        path.unlink(missing_ok=True)
        write(path, more, time)
    elif what == "delete":
        path.unlink(missing_ok=True)
    elif what == "clear":
        shutil.rmtree(path, ignore_errors=True)
    elif what in ("move", "link") and path.is_file() and place != more:
        (notes / more).parent.mkdir(parents=True, exist_ok=True)
        (notes / more).unlink(missing_ok=True)
        if what == "move":
            path.rename(notes / more)
        else:
            (notes / more).symlink_to(path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a note: to make one takes longer than all that the test does with it."""
    path = tmp_path_factory.mktemp("empty") / "warmstart.db"
    Store.open(path, path.parent, NOW).close()
    return path


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.lists(_STEP, min_size=1, max_size=3), min_size=1, max_size=5))
def test_an_import_finds_what_one_finds_that_looks_at_every_note(
    empty: Path, steps: list[list[tuple[str, str, str]]]
) -> None:
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        root = Path(place).resolve()
        patch.setattr("warmstart.usecases.import_notes.import_bundled", lambda _: None)
        shutil.copy(empty, root / "warmstart.db")
        workspace = Workspace.open(Home(root), clock=lambda: NOW)
        for some in [[("nothing", "", "")], *steps]:
            (root / "notes").mkdir(exist_ok=True)
            for n, step in enumerate(some):
                take(step, root / "notes", n + 1)
            quick = import_notes(workspace, [root / "notes"], dry_run=True)
            with workspace.store.write() as tx:
                tx.folders._sqlite.execute("DELETE FROM folder")
            assert import_notes(workspace, [root / "notes"]) == quick
        workspace.close()
