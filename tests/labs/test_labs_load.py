"""Finding labs, and copying one to edit it."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmstart.errors import LabError, UsageError
from warmstart.labs.load import BrokenLab, Shelf
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

    def test_an_unknown_name_lists_the_near_ones(self, shelf: Shelf) -> None:
        with pytest.raises(UsageError, match=r"no lab 'cold-strat'. Did you mean cold-start\?"):
            shelf.find("cold-strat")

    @pytest.mark.parametrize("name", ["", ".", "..", "../labs/cold-start", "/etc"])
    def test_a_name_is_no_path(self, shelf: Shelf, name: str) -> None:
        with pytest.raises(UsageError):
            shelf.find(name)

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
