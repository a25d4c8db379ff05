"""The lab on memory and money: its narrative's figures, its checks, its challenge."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.labs.check import CHALLENGE, Checks
from warmstart.labs.read import read_lab
from warmstart.labs.run import LabRun, carry_out, plan
from warmstart.runtime.trace import CpuCharged, InvocationEnded, Trace, TraceEvent

if TYPE_CHECKING:
    from warmstart.labs.definition import Lab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

FOLDER = Path(__file__).parents[2] / "labs" / "memory-and-money"
ROW = re.compile(r"^\| ([\d,]+) \| ([\d,]+) ms \| \$([\d.]+) \| ([\d,]+) ms \| \$([\d.]+) \| "
                 r"([\d,]+) ms \| \$([\d.]+) \|$", re.MULTILINE)  # fmt: skip
FUNCTIONS = ("Thumbs", "Prices", "Report")


@pytest.fixture(scope="module")
def lab() -> Lab:
    return read_lab(FOLDER)


@cache
def run(lab_seed: int = 7, **knobs: Any) -> LabRun:
    """One run of each setting, shared by the tests."""
    return carry_out(plan(read_lab(FOLDER), knobs=knobs, seed=lab_seed))


def measured(found: LabRun) -> list[tuple[str, str]]:
    """Return median milliseconds and dollars a million calls, as the narrative writes them."""
    checks: dict[str, Any] = {}
    exec(compile(found.lab.checks.read_text(encoding="utf-8"), "checks.py", "exec"), checks)
    trace = list(found.trace)
    return [
        (f"{checks['median_ms'](trace, name):,.0f}",
         f"{checks['dollars_a_million'](trace, name):.2f}")
        for name in FUNCTIONS
    ]  # fmt: skip


class TestNarrative:
    def test_the_table(self) -> None:
        rows = ROW.findall(FOLDER.joinpath("README.md").read_text(encoding="utf-8"))
        assert [row[0] for row in rows] == ["128", "256", "512", "1,024", "1,769", "3,008"]
        for memory, *cells in rows:
            pairs = list(zip(cells[::2], cells[1::2], strict=True))
            assert measured(run(all=int(memory.replace(",", "")))) == pairs

    def test_another_mix(self) -> None:
        assert measured(run(mix="computing"))[2] == ("2,260", "4.91")
        assert measured(run(mix="computing", report=1024))[2] == ("300", "5.21")

    def test_what_the_predictions_come_to(self) -> None:
        assert [outcome.truth for outcome in run().outcomes] == [
            2_101.904, pytest.approx(11.93, abs=0.01), "thumbs", ("prices", "report", "thumbs"),
        ]  # fmt: skip
        assert [outcome.truth for outcome in run(all=1769).outcomes][2:] == [
            "prices", ("thumbs", "report", "prices"),
        ]  # fmt: skip


class TestChallenge:
    def test_it_fails_slow_and_dear_and_holds_with_the_solution(self, lab: Lab) -> None:
        assert lab.challenge is not None
        slow, dear = run().challenge, run(all=1769).challenge
        assert [check.passed for check in slow] == [False, True]
        assert slow[0].sentence == "The median call of Thumbs takes 2,102 ms; 200 ms are wanted."
        assert [check.passed for check in dear] == [True, False]
        assert dear[1].sentence == "A million calls of Prices cost $8.93; $0.95 are enough."
        for seed in lab.challenge.seeds:
            solved = run(seed, **lab.challenge.solution)
            assert [check.passed for check in solved.challenge] == [True, True]


class TestChecksCanFail:
    def failing(self, lab: Lab, trace: Trace) -> list[str]:
        with Checks(lab.checks) as checks:
            found = (*checks.run(trace), *checks.run(trace, CHALLENGE))
        return [check.name for check in found if not check.passed]

    @pytest.mark.parametrize(
        ("check", "kind", "change"),
        [
            ("check_every_call_is_answered", InvocationEnded, {"status": "error"}),
            ("check_computing_takes_what_its_memory_allows", CpuCharged, {"charged": 9}),
            ("check_waiting_is_billed", InvocationEnded, {"billed": 200_000}),
        ],
    )
    def test_each(
        self, lab: Lab, check: str, kind: type[TraceEvent], change: dict[str, Any]
    ) -> None:
        trace = run().trace
        doctored = Trace(trace.header)
        for event in trace:
            doctored.append(replace(event, **change) if isinstance(event, kind) else event)
        assert check not in self.failing(lab, trace)
        assert check in self.failing(lab, doctored)
