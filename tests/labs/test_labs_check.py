"""A lab's checks.py: loaded as it stands, and told with its line when it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warmstart.errors import LabError
from warmstart.labs.check import CheckResult, Checks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.labs.conftest import TraceMaker


def write(folder: Path, text: str) -> Path:
    path = folder / "checks.py"
    path.write_text(text, encoding="utf-8")
    return path


CHECKS = '''\
import json


def helper(trace):
    return len(trace)


def check_passes(trace):
    """It holds.

    With more to say.
    """
    assert helper(trace)


def check_fails(trace):
    """It does not."""
    assert not trace, "There is something."


def check_without_words(trace):
    assert not trace


def check_is_broken(trace):
    """It breaks."""
    return json.loads("{")
'''


class TestRun:
    def test_each_check_says_whether_it_holds_and_why_not(
        self, tmp_path: Path, maker: TraceMaker
    ) -> None:
        results = Checks.load(write(tmp_path, CHECKS)).run(maker.trace())
        assert results[0] == CheckResult("check_passes", "It holds.")
        assert results[0].passed
        assert results[1] == CheckResult("check_fails", "It does not.", "There is something.")
        assert results[2].title == "without words"
        assert results[2].sentence == "It does not hold (checks.py:22)."
        assert results[3].sentence.startswith(
            "The check itself failed at checks.py:27: JSONDecodeError: "
        )
        assert [result.passed for result in results] == [True, False, False, False]

    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        """The bundled folder may be read-only, and must not fill with caches."""
        Checks.load(write(tmp_path, CHECKS))
        assert [path.name for path in tmp_path.iterdir()] == ["checks.py"]

    def test_an_edit_is_seen_at_once(self, tmp_path: Path, maker: TraceMaker) -> None:
        template = 'def check_x(trace):\n    assert {}, "no"\n'
        for word, passed in (("True", True), ("None", False), ("True", True)):
            (result,) = Checks.load(write(tmp_path, template.format(word))).run(maker.trace())
            assert result.passed is passed

    def test_only_its_own_functions_are_checks(self, tmp_path: Path, maker: TraceMaker) -> None:
        text = "from tempfile import mkdtemp as check_not_mine\n"
        assert Checks.load(write(tmp_path, text)).run(maker.trace()) == ()


class TestBroken:
    @pytest.mark.parametrize(
        ("text", "line", "sentence"),
        [
            ("def check_x(trace)\n    pass\n", 1, "This is not Python: expected ':'."),
            ("x = 1\ny = x / 0\n", 2, "ZeroDivisionError: division by zero."),
            ("import no_such_module\n", 1, "ModuleNotFoundError: No module named"),
        ],
    )
    def test_a_broken_file(self, tmp_path: Path, text: str, line: int, sentence: str) -> None:
        path = write(tmp_path, text)
        with pytest.raises(LabError) as caught:
            Checks.load(path)
        assert sentence in str(caught.value)
        assert (caught.value.path, caught.value.line) == (path, line)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(LabError, match=r"There is no checks\.py here"):
            Checks.load(tmp_path / "checks.py")


class TestAnswer:
    TEXT = (
        "def number(trace):\n    return 3\n\n"
        "def word(trace):\n    return 'cold'\n\n"
        "def nothing(trace):\n    pass\n\n"
        "def truth(trace):\n    return True\n\n"
        "def broken(trace):\n    return trace.nothing\n"
    )

    def test_numbers_and_words(self, tmp_path: Path, maker: TraceMaker) -> None:
        checks = Checks.load(write(tmp_path, self.TEXT))
        assert checks.answer("number", maker.trace()) == 3
        assert checks.answer("word", maker.trace()) == "cold"

    @pytest.mark.parametrize(
        ("name", "line", "sentence"),
        [
            ("numbr", None, "There is no function numbr. Known: number."),
            ("nothing", 7, "nothing should return a number or the name of a choice, not None."),
            ("truth", 10, "not True."),
            ("broken", 14, "broken failed with AttributeError"),
        ],
    )
    def test_anything_else_is_an_error(
        self, tmp_path: Path, maker: TraceMaker, *, name: str, line: int | None, sentence: str
    ) -> None:
        with pytest.raises(LabError) as caught:
            Checks.load(write(tmp_path, self.TEXT)).answer(name, maker.trace())
        assert sentence in str(caught.value)
        assert caught.value.line == line
