"""A first import: its notes are written while the next are read, and nothing else is different."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warmstart.paths import Home
from warmstart.usecases import import_notes as module
from warmstart.usecases import merge
from warmstart.usecases.import_notes import ImportReport, import_notes
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.conftest import FrozenClock

NOTE = """---
title: Note {n}
tags: [all, "odd/{odd}"]
prerequisites: ["[[{next:03}]]"]
---
# Note {n}

See [[{next:03}#Cards|the next]]. A ==cloze {n}== in a paragraph.

## Cards

What is {n}?
?
A number. <!--SR:!2024-08-16,51,230-->

What do all say?
?
The same.

| Term | Meaning |
| --- | --- |
| Word {n} | What it means. |
"""
NOTES = 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Notes with everything that is stored of one, and two files that cannot be read."""
    folder = tmp_path / "notes"
    (folder / "b").mkdir(parents=True)
    for n in range(NOTES):
        place = folder / ("b" if n >= NOTES // 2 else ".")
        text = NOTE.format(n=n, next=(n * 7 + 3) % NOTES, odd=n % 2)
        (place / f"{n:03}.md").write_text(text)
    (folder / "100.md").write_bytes(b"\xcf\xf0\xe8\xe2\xe5\xf2")
    (folder / "b" / "101.md").write_text("---\ntitle: [unclosed\n---\n# Broken\n\nQ\n?\nA\n")
    (folder / "cards.csv").write_text("#separator:Comma\n#tags column:3\nfront,back,tag\n")
    return folder


@pytest.fixture
def imported(
    empty_course: None, tmp_path: Path, clock: FrozenClock
) -> Callable[..., tuple[Home, list[ImportReport]]]:
    """Imports things, one after the other, into a store of their own."""

    def imported(*paths: Sequence[Path]) -> tuple[Home, list[ImportReport]]:
        home = Home(tmp_path / f"home-{len([*tmp_path.glob('home-*')])}")
        workspace = Workspace.open(home, clock=clock)
        try:
            return home, [import_notes(workspace, some) for some in paths]
        finally:
            workspace.close()

    return imported


def contents(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the store."""
    with closing(sqlite3.connect(home.store)) as store:
        names = store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%'"
        ).fetchall()
        return {name: store.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}


class TestFirstImport:
    def test_it_is_what_an_import_is_that_reads_everything_first(
        self,
        folder: Path,
        imported: Callable[..., tuple[Home, list[ImportReport]]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """So it is in one go, in two halves, and where another process writes in between."""
        everything = [folder, folder / "cards.csv"]
        monkeypatch.setattr(merge, "_PART", 5)
        monkeypatch.setattr(module, "_MANY", 1)
        asked: list[bool] = []
        real = module.stand_apart

        def apart(*given: object) -> bool:
            asked.append(real(*given))  # type: ignore[arg-type]
            return asked[-1]

        monkeypatch.setattr(module, "stand_apart", apart)
        first, [report] = imported(everything)
        assert asked == [True, True]
        assert (report.notes, report.added) == (NOTES + 2, 4 * NOTES + 2)
        assert len(report.problems) == 2

        asked.clear()
        halves, reports = imported(sorted(folder.glob("*.md")), [folder / "b"], everything[1:])
        assert asked == [True] * 6
        assert sum(each.added for each in reports) == report.added

        monkeypatch.setattr(module, "stand_apart", lambda *_: False)
        whole, same = imported(everything)
        answers = iter((True, False))
        monkeypatch.setattr(module, "stand_apart", lambda *_: next(answers))
        raced, same_again = imported(everything)

        found = contents(first)
        assert len(found["card"]) == report.added
        assert {"note_text", "concept", "link", "note_tag", "card_tag", "log"} <= found.keys()
        assert found == contents(whole) == contents(raced)
        assert [report] == same == same_again
        apart_from_decks = ("card", "folder")  # a file that is named lies in no folder
        for name in found.keys() - {*apart_from_decks}:
            assert found[name] == contents(halves)[name], name

    def test_what_ends_it_half_way_leaves_nothing(
        self,
        empty_course: None,
        open_workspace: Callable[[], Workspace],
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Ctrl-C, when the first notes are written; and a rehearsal."""
        monkeypatch.setattr(merge, "_PART", 5)
        monkeypatch.setattr(module, "_MANY", 1)
        workspace = open_workspace()
        before = contents(workspace.home)
        told: list[int] = []

        def interrupt(done: int, total: int, path: str) -> None:
            told.append(done)
            if done >= NOTES // 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_notes(workspace, [folder], progress=interrupt)
        assert told[0] == 0 < told[-1] < NOTES
        rehearsal = import_notes(workspace, [folder], dry_run=True)
        assert contents(workspace.home) == before
        assert import_notes(workspace, [folder]) == rehearsal


NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PLACES = ("a/1.md", "a/2.md", "a/.hidden/3.md", "b/1.md", "b/4.md", "d.csv#5.md")
TEXTS = [f"# {n}\n\nWhat is {n % 3}?\n?\nIt is {n // 2}.\n" for n in range(4)]
DECK = "#separator:Comma\n#deck column:1\n{},front,back\n"
FROM = ("a", "b", "b/4.md", "a/.hidden/3.md", "d.csv#5.md")
STEPS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PLACES), st.sampled_from(TEXTS)),
    st.tuples(st.just("move"), st.sampled_from(PLACES), st.sampled_from(PLACES)),
    st.tuples(st.just("delete"), st.sampled_from(PLACES), st.just("")),
    st.tuples(st.just("import"), st.sampled_from(FROM), st.just("")),
)
BEGUN = [("write", "a/1.md", TEXTS[0]), ("import", "a", "")]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with nothing in its store: to make one takes longer than to copy it."""
    root = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warmstart.usecases.sources.bundled", lambda name: root / name)
        home = Home(root / "home")
        Workspace.open(home, clock=lambda: NOW).close()
    return home


class TestApart:
    @settings(max_examples=3, deadline=None, derandomize=True)
    @given(steps=st.lists(STEPS, min_size=8, max_size=12))
    @example([*BEGUN, ("write", "a/1.md", TEXTS[1]), ("import", "a/1.md", "")])
    @example([*BEGUN, ("move", "a/1.md", "b/1.md"), ("import", "b", "")])
    @example([*BEGUN, ("delete", "a/1.md", ""), ("import", "a", ""), ("write", "b/1.md", TEXTS[0])])
    @example(
        [*BEGUN, ("write", "a/1.md", "# Empty"), ("import", "a", ""), ("delete", "a/1.md", "")]
    )
    @example([("write", "a/.hidden/3.md", TEXTS[0]), ("import", "a/.hidden/3.md", "")])
    @example([("write", "d.csv#5.md", TEXTS[0]), ("import", "d.csv#5.md", ""),
              ("write", "d.csv#5.md", TEXTS[1]), ("import", "d.csv#5.md", "")])  # fmt: skip
    @example([("write", "d.csv", DECK.format(1)), ("import", "d.csv", ""),
              ("write", "d.csv", DECK.format(2)), ("import", "d.csv", "")])  # fmt: skip
    def test_asking_who_is_who_makes_no_difference_where_it_is_left_out(
        self, empty: Home, steps: list[tuple[str, str, str]]
    ) -> None:
        """Files come, move and go between imports of folders and files."""
        with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
            root = Path(place)
            for name in ("content", "labs", "a/.hidden", "b"):
                (root / name).mkdir(parents=True)
            patch.setattr("warmstart.usecases.sources.bundled", lambda name: root / name)
            patch.setattr(module, "_MANY", 1)
            for name in ("one", "two"):
                copytree(empty.root, root / name)
            ours, other = (
                Workspace.open(Home(root / name), clock=lambda: NOW) for name in ("one", "two")
            )
            for n, (what, name, more) in enumerate(
                [*steps, ("import", "a", ""), ("import", "b", "")]
            ):
                path = root / name
                if what == "write":
                    path.write_text(more)
                    os.utime(path, ns=(n, n))
                elif what == "move" and path.exists():
                    path.rename(root / more)
                elif what == "delete":
                    path.unlink(missing_ok=True)
                elif what == "import":
                    said = import_notes(ours, [path])
                    with patch.context() as never:
                        never.setattr(module, "stand_apart", lambda *_: False)
                        assert import_notes(other, [path]) == said
                    assert contents(ours.home) == contents(other.home)
            ours.close()
            other.close()
