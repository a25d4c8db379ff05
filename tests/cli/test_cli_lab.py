"""``warmstart lab``: labs without the screen."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from warmstart.cli import main
from warmstart.cli.lab_sweep import _as_json, _print
from warmstart.labs.figures import FIGURES
from warmstart.labs.new import SAMPLE
from warmstart.labs.read import read_lab
from warmstart.labs.sweep import Row, prepare
from warmstart.resources import bundled
from warmstart.runtime.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.paths import Home

    Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


@pytest.fixture
def run(home: Home, empty_course: None, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["lab", *arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


class TestList:
    def test_names_labs_knobs_and_how_to_run_them(self, run: Run) -> None:
        code, out, err = run("list")
        assert (code, err) == (0, "")
        assert "Cold starts, 15 min" in out
        assert "Not run yet: warmstart lab run cold-start" in out
        assert "--set memory=512" in out

    def test_json(self, run: Run) -> None:
        run("run", "cold-start")
        _, out, _ = run("list", "--json")
        (entry,) = [entry for entry in json.loads(out) if entry["name"] == "cold-start"]
        assert entry["knobs"]["import"] == {"default": "outside", "takes": "outside or inside"}
        assert (entry["last_run"]["checks"], entry["last_run"]["passed"]) == (6, 6)

    def test_a_broken_copy_is_listed_with_its_error(self, run: Run, home: Home) -> None:
        run("copy", "cold-start")
        (home.labs / "cold-start" / "lab.yaml").write_text("title: 3\n", encoding="utf-8")
        code, out, _ = run("list")
        assert code == 1
        assert "cannot be read" in out
        assert "lab.yaml:1: lab.yaml lacks summary." in out


class TestRun:
    def test_prints_picture_log_figures_and_checks(self, run: Run) -> None:
        code, out, err = run("run", "cold-start")
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert lines[0] == "Cold starts, seed 7"
        assert lines[1].startswith("  memory=512  import=outside")
        lanes = [line for line in lines if line.startswith("  Receipts/")]
        assert len(lanes) == 6
        assert all("░" in line for line in lanes)
        assert all(len(line) <= 80 for line in lines)
        assert "import reportlib.charts takes 230 ms of INIT" in out
        assert "cold starts                        6" in out
        checks, _, challenge = out[out.index("Checks") :].partition("\n\n")
        assert checks.count("✓") == 6
        assert challenge.startswith("Challenge: 2 of 3 conditions hold\n")
        assert challenge.endswith("  A hint: warmstart lab hint cold-start\n")
        assert "Against the run before" not in out

    def test_compares_with_the_run_before(self, run: Run) -> None:
        run("run", "cold-start")
        _, out, _ = run("run", "cold-start", "--set", "import=inside")
        tail = out[out.index("Against the run before") :]
        assert "(Import of reportlib: outside the handler → inside the handler)" in tail
        assert "p99 rose from 1,018 ms to 1,669 ms (1.6 times)." in tail
        _, out, _ = run("run", "cold-start", "--set", "import=inside")
        assert "(the same seed and knobs)\n  No figure changed." in out

    def test_json_and_trace(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "trace.jsonl"
        code, out, _ = run(
            "run", "cold-start", "--json", "--seed", "9", "--set", "memory=1769",
            "--set", "pause=2", "--trace", str(file),
        )  # fmt: skip
        assert code == 0
        report = json.loads(out)
        assert (report["lab"], report["seed"]) == ("cold-start", 9)
        assert report["knobs"] == {
            "memory": 1769, "import": "outside", "profile": "python", "package": 1, "vpc": "no",
            "burst": 5, "pause": 2,
        }  # fmt: skip
        assert report["figures"]["invocations"] == 40
        assert {check["passed"] for check in report["checks"]} == {True}
        trace = Trace.from_jsonl(file.read_text(encoding="utf-8"))
        assert trace.header.seed == 9
        assert report["errors"] == {}

    def test_why_calls_failed_is_told_whole(self, run: Run, home: Home) -> None:
        """The log cuts its lines; below it each reason stands once, with its file and line."""
        run("copy", "cold-start")
        source = home.labs / "cold-start" / "src" / "outside.py"
        source.write_text("def broken(:\n" + source.read_text("utf-8"), encoding="utf-8")
        code, out, _ = run("run", "cold-start")
        assert code == 1
        assert out.startswith("Cold starts (your copy), seed 7\n")
        assert all(len(line) <= 80 for line in out.splitlines())
        errors = out[out.index("\nErrors\n") : out.index("\nFigures\n")]
        assert " ".join(errors.split()) == (
            "Errors 40× Runtime.UserCodeSyntaxError: Syntax error in module 'outside': "
            "invalid syntax (outside.py, line 1)"
        )
        checks = " ".join(out[out.index("\nChecks\n") :].split())
        assert "in Receipts/1: Runtime.UserCodeSyntaxError: Syntax error in module" in checks

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                ("warm-start",),
                "There is no lab 'warm-start'. Did you mean cold-start? There are: cold",
            ),
            (("cold-start", "--set", "memory"), "--set takes knob=value, not 'memory'."),
            (
                ("cold-start", "--set", "memroy=128"),
                "has no knob 'memroy'. Did you mean memory? It has: memory, import, profile, package",
            ),
            (
                ("cold-start", "--set", "memory=100"),
                "The knob memory takes 128, 256, 512, 1024, 1769 or 3008, not '100'.",
            ),
            (("cold-start", "--set", "burst=0"), "The knob burst takes 1 to 30, not '0'."),
            (("cold-start", "--seed", "-1"), "-1 is not in the range"),
        ],
    )
    def test_a_wrong_name_or_value_is_one_sentence(
        self, run: Run, arguments: tuple[str, ...], sentence: str
    ) -> None:
        code, out, err = run("run", *arguments)
        assert (code, out) == (2, "")
        assert sentence in err

    def test_a_trace_that_cannot_be_written(self, run: Run, tmp_path: Path) -> None:
        code, _, err = run("run", "cold-start", "--trace", str(tmp_path / "no" / "trace"))
        assert code == 1
        assert "The trace cannot be written: No such file or directory." in err


class TestCopy:
    def test_the_copy_is_what_runs(self, run: Run, home: Home) -> None:
        code, out, _ = run("copy", "cold-start")
        assert code == 0
        assert str(home.labs / "cold-start") in out
        checks = home.labs / "cold-start" / "checks.py"
        text = checks.read_text(encoding="utf-8")
        checks.write_text(text + "\n\ndef check_mine(trace):\n    assert 0, 'Mine.'\n", "utf-8")
        code, out, _ = run("run", "cold-start")
        assert (code, "✗ mine\n      Mine." in out) == (1, True)

    def test_twice(self, run: Run) -> None:
        run("copy", "cold-start")
        code, _, err = run("copy", "cold-start")
        assert code == 2
        assert "copied already" in err


class TestAuthor:
    def test_a_new_lab_is_checked_by_its_path(self, run: Run, tmp_path: Path) -> None:
        """Its faults with file and line, for a person and for a program; none is exit code 0."""
        lab = tmp_path / "shop"
        code, out, _ = run("new", str(lab))
        assert (code, f"warmstart lab check {lab}" in out) == (0, True)
        (lab / "README.md").write_text("---\ntitle: Shop\n---\n## Predict\n## So\n", "utf-8")
        (lab / "lab.yaml").write_text("title: Shop\n", "utf-8")
        code, out, err = run("check", str(lab))
        assert (code, err) == (1, "")
        assert f"{lab}/lab.yaml:1: lab.yaml lacks summary.\n" in out
        assert out.endswith("shop: 2 faults in 0 runs.\n")
        code, out, _ = run("check", str(lab), "--json")
        (found,) = json.loads(out)
        assert (code, found["lab"], found["runs"]) == (1, "shop", 0)
        assert [fault["line"] for fault in found["faults"]] == [1, 1]

    def test_what_is_no_lab(self, run: Run) -> None:
        assert run("check", "cold-strat")[2].startswith("There is no lab 'cold-strat'. Did you")
        assert run("check", "./nowhere")[2] == "There is no folder ./nowhere.\n"
        assert run("new", "a lab")[0] == 2


class TestSweep:
    def test_a_bar_for_each_value(self, run: Run) -> None:
        code, out, err = run("sweep", "cold-start", "pause", "--set", "burst=1", "--json")
        assert (code, err) == (0, "")
        found = json.loads(out)
        assert (found["knob"], found["set"]) == ("pause", {"burst": 1})
        assert [row["value"] for row in found["rows"]] == [2, 9, 15]
        code, out, _ = run("sweep", "cold-start", "pause", "--set", "burst=1")
        lines = out.splitlines()
        assert lines[0] == "Cold starts: Pause, seed 7, burst=1"
        assert lines[2] == "  p50"
        assert [line.split()[:2] for line in lines[3:6]] == [
            ["2", "min"],
            ["9", "min"],
            ["15", "min"],
        ]
        assert all("█" in line for line in lines[3:6])

    def test_a_dash_where_no_call_ended(self, capsys: pytest.CaptureFixture[str]) -> None:
        lab = read_lab(bundled("labs") / "cold-start")
        sweep = replace(prepare(lab, "burst"), figures=FIGURES[3:4])
        swept = [Row(1, (None,)), Row(2, (24.0,))]
        _print(sweep, swept, sweep.lab.title)
        words = [line.split()[1:3] for line in capsys.readouterr().out.splitlines()[3:]]
        assert words == [["–"], ["24", "ms"]]
        rows = json.loads(json.dumps(_as_json(sweep, swept)))["rows"]
        assert rows == [{"value": 1, "p50_ms": None}, {"value": 2, "p50_ms": 24.0}]

    def test_a_wrong_knob_is_one_sentence(self, run: Run) -> None:
        code, out, err = run("sweep", "saga")
        assert (code, out) == (2, "")
        assert "does not say which knob to run through. Name one of its knobs: fault" in err


class TestHelp:
    def test_hints_the_solution_and_the_way_back(self, run: Run, home: Home) -> None:
        assert run("hint", "cold-start")[1].startswith("Hint 1 of 4: The p99 is a cold call.")
        assert run("solution", "cold-start")[1].startswith("Sure? Ask once more, and it is shown")
        _, out, _ = run("solution", "cold-start")
        assert out.startswith("warmstart lab run cold-start --set profile=go --set memory=1769\n")
        assert "+++ solution/src/reportlib/__init__.py\n" in out
        run("copy", "cold-start")
        _, out, _ = run("reset", "cold-start", "--yes")
        assert str(home.labs / "kept") in out
        code, _, err = run("reset", "cold-start", "--yes")
        assert (code, err) == (2, "cold-start is as it ships: there is nothing to reset.\n")

    def test_a_lab_elsewhere_wants_trust(self, run: Run, tmp_path: Path) -> None:
        """Without a terminal nobody is asked; the sentence says what to add."""
        shutil.copytree(SAMPLE, tmp_path / "shop")
        code, _, err = run("run", str(tmp_path / "shop"))
        assert (code, "the same command with --trust" in err) == (2, True)
        assert run("run", str(tmp_path / "shop"), "--trust")[0] == 0
        assert run("run", str(tmp_path / "shop"), "--json")[0] == 0
        assert run("forget", str(tmp_path / "shop"))[0] == 0
        assert run("run", str(tmp_path / "shop"))[0] == 2
        assert run("forget", str(tmp_path / "shop"))[2].endswith(
            "shop is not trusted: there is nothing to forget.\n"
        )
