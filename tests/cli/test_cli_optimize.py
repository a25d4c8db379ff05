"""``warmstart optimize``: what it says, what it changes, and what it refuses."""

from __future__ import annotations

import json

import pytest

from learner import KNOWN
from warmstart.cli import main


@pytest.fixture
def run(home, empty_course, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["optimize", *arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


class TestOptimize:
    def test_too_few_reviews_change_nothing(self, run) -> None:
        code, out, _ = run("--apply")
        assert code == 0
        assert "Too few reviews to fit to: 0 of 400. The defaults stay in force." in out
        assert "Nothing was changed." in out

    def test_parameters_from_a_file_are_put_in_force_and_taken_back(self, run, tmp_path) -> None:
        file = tmp_path / "anki.txt"
        file.write_text(", ".join(map(str, KNOWN)))
        code, out, _ = run("--from", str(file), "--apply", "--json")
        assert (code, json.loads(out)["applied"]) == (0, True)
        assert json.loads(run("--json")[1])["in_force"] == list(KNOWN)
        assert "Back to the parameters before" in run("--back")[1]
        assert "there is nothing to go back to" in run("--back")[1]

    def test_what_is_no_parameters_file_is_refused_with_a_sentence(self, run, tmp_path) -> None:
        file = tmp_path / "odd.txt"
        file.write_text("1 2 three")
        code, _, err = run("--from", str(file))
        assert (code, err.count("\n")) == (1, 1)
        assert f"{file}: A parameter must be a number, not 'three'." in err
        file.write_bytes(b"\xff\xfe\xff")
        assert "no text" in run("--from", str(file))[2]
        assert "cannot be read" in run("--from", str(tmp_path / "missing"))[2]
        code, _, err = run("--back", "--apply")
        assert (code, "--back goes with neither" in err) == (2, True)
