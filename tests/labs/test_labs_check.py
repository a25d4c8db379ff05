"""A lab's checks.py: loaded as it stands, and told with its line when it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warmstart.errors import LabError
from warmstart.labs.check import CHALLENGE, CheckResult, Checks, names

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
        with Checks(write(tmp_path, CHECKS)) as checks:
            results = checks.run(maker.trace())
        assert results[0] == CheckResult("check_passes", "It holds.")
        assert results[0].passed
        assert results[1] == CheckResult("check_fails", "It does not.", "There is something.")
        assert results[2].title == "without words"
        assert results[2].sentence == "It does not hold (checks.py:22)."
        assert results[3].sentence.startswith(
            "The check itself failed at checks.py:27: JSONDecodeError: "
        )
        assert [result.passed for result in results] == [True, False, False, False]

    def test_what_judges_a_challenge_is_no_check(self, tmp_path: Path, maker: TraceMaker) -> None:
        text = "def challenge_fast(trace):\n    assert not trace, 'Slow.'\n"
        with Checks(write(tmp_path, text)) as checks:
            assert checks.run(maker.trace()) == ()
            (result,) = checks.run(maker.trace(), CHALLENGE)
        assert result == CheckResult("challenge_fast", "fast", "Slow.")

    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        """The bundled folder may be read-only, and must not fill with caches."""
        with Checks(write(tmp_path, CHECKS)):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["checks.py"]

    def test_an_edit_is_seen_at_once(self, tmp_path: Path, maker: TraceMaker) -> None:
        template = 'def check_x(trace):\n    assert {}, "no"\n'
        for word, passed in (("True", True), ("None", False), ("True", True)):
            with Checks(write(tmp_path, template.format(word))) as checks:
                (result,) = checks.run(maker.trace())
            assert result.passed is passed

    def test_only_its_own_functions_are_checks(self, tmp_path: Path, maker: TraceMaker) -> None:
        text = "from tempfile import mkdtemp as check_not_mine\n"
        with Checks(write(tmp_path, text)) as checks:
            assert checks.run(maker.trace()) == ()


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
            Checks(path)
        assert sentence in str(caught.value)
        assert (caught.value.path, caught.value.line) == (path, line)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(LabError, match=r"There is no checks\.py here"):
            Checks(tmp_path / "checks.py")


class TestAnswer:
    TEXT = (
        "def number(trace):\n    return 3\n\n"
        "def word(trace):\n    return 'cold'\n\n"
        "def nothing(trace):\n    pass\n\n"
        "def truth(trace):\n    return True\n\n"
        "def broken(trace):\n    return trace.nothing\n\n"
        "def endless(trace):\n    return float('inf')\n\n"
        "def order(trace):\n    return ['b', 'a']\n"
    )

    def test_numbers_and_words(self, tmp_path: Path, maker: TraceMaker) -> None:
        with Checks(write(tmp_path, self.TEXT)) as checks:
            assert checks.answer("number", maker.trace()) == 3
            assert checks.answer("word", maker.trace(), ("warm", "cold")) == "cold"
            assert checks.answer("order", maker.trace(), ("a", "b"), ordered=True) == ("b", "a")
            with pytest.raises(
                LabError, match=r"a, b, c in some order, each once, not \['b', 'a'\]"
            ):
                checks.answer("order", maker.trace(), {"a": "", "b": "", "c": ""}, ordered=True)
            with pytest.raises(LabError, match=r"one of a, b, not \['b', 'a'\]"):
                checks.answer("order", maker.trace(), ("a", "b"))

    @pytest.mark.parametrize(
        ("name", "choices", "line", "sentence"),
        [
            ("numbr", (), None, "There is no function numbr. Known: number."),
            ("nothing", (), 7, "nothing should return a number, not None."),
            ("truth", (), 10, "truth should return a number, not True."),
            ("truth", ("a", "b"), 10, "truth should return one of a, b, not True."),
            ("word", (), 4, "word should return a number, not 'cold'."),
            ("word", ("hot", "warm"), 4, "word should return one of hot, warm, not 'cold'."),
            ("endless", (), 16, "endless should return a number, not inf."),
            ("broken", (), 14, "broken failed with AttributeError"),
        ],
    )
    def test_anything_else_is_an_error(
        self,
        tmp_path: Path,
        maker: TraceMaker,
        *,
        name: str,
        choices: tuple[str, ...],
        line: int | None,
        sentence: str,
    ) -> None:
        with Checks(write(tmp_path, self.TEXT)) as checks, pytest.raises(LabError) as caught:
            checks.answer(name, maker.trace(), choices)
        assert sentence in str(caught.value)
        assert caught.value.line == line


class TestMoment:
    TEXT = (
        "def end(trace):\n    return trace.end\n\n"
        "def never(trace):\n    return None\n\n"
        "def half(trace):\n    return 0.5\n\n"
        "def true(trace):\n    return True\n\n"
        "def after(trace):\n    return trace.end + 1\n\n"
        "def event(trace):\n    return trace[0]\n\n"
        "def broken(trace):\n    return trace.nothing\n"
    )

    def test_a_moment_of_the_run_or_none(self, tmp_path: Path, maker: TraceMaker) -> None:
        maker.call(5, 2)
        with Checks(write(tmp_path, self.TEXT)) as checks:
            trace = maker.trace()
            assert checks.moment("end", trace) == 7
            assert checks.moment("never", trace) is None
            for name, line, sentence in (
                ("half", 7, "(whole microseconds from 0 to 7) or None, not 0.5."),
                ("true", 10, "or None, not True."),
                ("after", 13, "after should return a moment of the run"),
                ("event", 16, "or None, not InvocationRequested("),
                ("broken", 20, "broken failed with AttributeError"),
                ("ends", None, "There is no function ends. Known: end"),
            ):
                with pytest.raises(LabError) as caught:
                    checks.moment(name, trace)
                assert sentence in str(caught.value)
                assert caught.value.line == line


class TestBounds:
    """What a slip in the learner's file can do to the app: nothing."""

    TEXT = (
        "import os, sys\n\n"
        "def check_loops(trace):\n    while True: pass\n\n"
        "def check_holds(trace):\n    assert len(trace) == 1\n\n"
        "def check_catches_all(trace):\n"
        "    while True:\n"
        "        try: sum(range(10 ** 4))\n"
        "        except BaseException: pass\n\n"
        "def check_stays_in_c(trace):\n    sum(range(10 ** 12))\n\n"
        "def check_leaves(trace):\n    sys.exit(3)\n\n"
        "def check_dies(trace):\n    os._exit(3)\n\n"
        "def check_talks(trace):\n    print('x' * 100_000, flush=True); input()\n\n"
        "def check_still_holds(trace):\n    assert len(trace) == 1\n\n"
        "def loops(trace):\n    while True: pass\n"
    )

    def test_each_is_told_and_the_others_are_judged(
        self, tmp_path: Path, maker: TraceMaker
    ) -> None:
        with Checks(write(tmp_path, self.TEXT), limit_s=0.2) as checks:
            said = {result.name: result.sentence for result in checks.run(maker.trace())}
            with pytest.raises(LabError, match=r"py:30: loops did not end within 0\.2 s\."):
                checks.answer("loops", maker.trace())
        assert said == {
            "check_loops": "check_loops did not end within 0.2 s (checks.py:4).",
            "check_holds": "",
            "check_catches_all": "check_catches_all did not end within 0.2 s (checks.py).",
            "check_stays_in_c": "check_stays_in_c did not end within 0.2 s (checks.py).",
            "check_leaves": "The check itself failed at checks.py:18: SystemExit: 3.",
            "check_dies": "The check itself failed at checks.py: "
            "SystemExit: it ended its process (exit status 3).",
            "check_talks": "The check itself failed at checks.py:24: "
            "EOFError: EOF when reading a line.",
            "check_still_holds": "",
        }

    def test_a_file_that_never_loads(self, tmp_path: Path) -> None:
        path = write(tmp_path, "x = 1\nwhile True:\n    x += 1\n")
        with pytest.raises(LabError, match=r"checks\.py did not end within 0\.2 s\.") as caught:
            Checks(path, limit_s=0.2)
        assert caught.value.line in (2, 3)


class TestNames:
    def test_what_a_file_defines_without_running_it(self, tmp_path: Path) -> None:
        text = "import os\ndef one(trace): 1 / 0\nif os:\n    def two(trace): pass\nthree = one\n"
        assert names(write(tmp_path, text)) == {"one": 2, "two": 4, "three": 5}

    def test_a_file_that_is_not_python(self, tmp_path: Path) -> None:
        with pytest.raises(LabError, match="This is not Python") as caught:
            names(write(tmp_path, "x = 1\ndef (\n"))
        assert caught.value.line == 2
