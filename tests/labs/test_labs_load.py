"""Finding labs, and copying one to edit it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warmstart.errors import LabError, UsageError
from warmstart.labs.load import BrokenLab, Shelf, changed_files, code_files
from warmstart.resources import bundled


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(bundled("labs"), tmp_path / "home" / "labs")


class TestShelf:
    def test_the_bundled_labs_are_there_and_read(self, shelf: Shelf) -> None:
        assert "cold-start" in shelf.names()
        labs = shelf.all()
        assert not [lab for lab in labs if isinstance(lab, BrokenLab)]
        assert not any(shelf.whose(lab) for lab in labs)

    def test_they_belong_to_notes_of_the_course(self, shelf: Shelf) -> None:
        notes = {note.stem for note in bundled("content").rglob("*.md")}
        for lab in shelf.all():
            assert not isinstance(lab, BrokenLab)
            assert lab.concepts
            assert set(lab.concepts) <= notes

    def test_an_unknown_name_lists_the_near_ones(self, shelf: Shelf) -> None:
        with pytest.raises(UsageError, match=r"no lab 'cold-strat'. Did you mean cold-start\?"):
            shelf.find("cold-strat")

    @pytest.mark.parametrize("name", ["", ".", "..", "../labs/cold-start", "/etc"])
    def test_a_name_is_no_path(self, shelf: Shelf, name: str) -> None:
        with pytest.raises(UsageError):
            shelf.folder(name)

    def test_no_labs_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="There are no labs at all"):
            Shelf(tmp_path, tmp_path / "own").find("cold-start")

    def test_a_broken_lab_hides_no_other(self, shelf: Shelf) -> None:
        broken = shelf.own / "broken"
        broken.mkdir(parents=True)
        (broken / "lab.yaml").write_text("title: [", encoding="utf-8")
        labs = {lab.name: lab for lab in shelf.all()}
        found = labs["broken"]
        assert isinstance(found, BrokenLab)
        assert found.error.line is not None
        assert (shelf.is_own(found), shelf.whose(found)) == (True, "your own")
        with pytest.raises(UsageError, match=r"broken is your own\. Edit it in"):
            shelf.copy("broken")
        assert not isinstance(labs["cold-start"], BrokenLab)


class TestCopy:
    def test_a_copy_is_whole_and_comes_first(self, shelf: Shelf) -> None:
        before = shelf.names()
        target = shelf.copy("cold-start")
        assert target == shelf.own / "cold-start"
        lab = shelf.find("cold-start")
        assert lab.folder == target
        assert shelf.whose(lab) == "your copy"
        assert lab.template.is_file()
        assert lab.checks.is_file()
        assert lab.narrative.is_file()
        assert not list(target.rglob("__pycache__"))
        assert shelf.names() == before
        assert [path.name for path in shelf.own.iterdir()] == ["cold-start"]

    def test_a_second_copy_is_refused_and_the_first_is_kept(self, shelf: Shelf) -> None:
        target = shelf.copy("cold-start")
        (target / "lab.yaml").write_text("mine", encoding="utf-8")
        with pytest.raises(UsageError, match=r"copied already\. Edit it in"):
            shelf.copy("cold-start")
        assert (target / "lab.yaml").read_text(encoding="utf-8") == "mine"

    def test_where_nothing_can_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(LabError, match="The copy cannot be written: "):
            Shelf(bundled("labs"), tmp_path / "file").copy("cold-start")

    def test_reset_puts_the_copy_away_whole(self, shelf: Shelf) -> None:
        at = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
        copy = shelf.copy("cold-start")
        assert changed_files(shelf.find("cold-start"), shelf.bundled) == []
        (copy / "src" / "mine.py").write_text("x = 1\n", encoding="utf-8")
        (copy / "template.yaml").write_text("Resources: {}\n", encoding="utf-8")
        changed = changed_files(shelf.find("cold-start"), shelf.bundled)
        assert [str(file) for file in changed] == ["template.yaml", "src/mine.py"]
        kept = shelf.reset("cold-start", at)
        assert kept == shelf.own / "kept" / "cold-start-2026-11-26-093000"
        assert (kept / "src" / "mine.py").is_file()
        assert shelf.whose(shelf.find("cold-start")) == ""
        assert "kept" not in shelf.names()
        with pytest.raises(UsageError, match=r"cold-start is as it ships: there is nothing"):
            shelf.reset("cold-start", at)

    def test_a_path_is_known_by_its_folder(self, shelf: Shelf, tmp_path: Path) -> None:
        lab = tmp_path / "cold-start"
        shutil.copytree(shelf.bundled / "cold-start", lab)
        found = shelf.find(str(lab))
        assert (shelf.key(found.folder), shelf.whose(found)) == (str(lab), "elsewhere on the disk")
        assert shelf.key(shelf.find("cold-start").folder) == "cold-start"

    def test_the_code_is_what_may_be_edited(self, shelf: Shelf) -> None:
        files = [str(file) for file in code_files(shelf.find("cold-start"))]
        assert files[:2] == ["template.yaml", "src/inside.py"]
        assert not {"lab.yaml", "checks.py", "README.md"} & set(files)
