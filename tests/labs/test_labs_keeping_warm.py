"""The lab on keeping warm: its narrative's figures, its checks, its challenge."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.labs.check import CHALLENGE, Checks
from warmstart.labs.read import read_lab
from warmstart.labs.run import LabRun, carry_out, plan
from warmstart.runtime.trace import (
    EnvironmentCreated,
    InvocationEnded,
    InvocationRequested,
    ProvisionedConcurrencyChanged,
    Trace,
    TraceEvent,
)

if TYPE_CHECKING:
    from warmstart.labs.definition import Lab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

FOLDER = Path(__file__).parents[2] / "labs" / "keeping-warm"
KEPT = ("nothing", "ping", "provisioned", "snapstart")
README = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
LOADS = ("steady", "morning", "bursts")


@cache
def checks() -> dict[str, Any]:
    found: dict[str, Any] = {}
    text = FOLDER.joinpath("checks.py").read_text(encoding="utf-8")
    exec(compile(text, "checks.py", "exec"), found)
    return found


@cache
def run(**knobs: Any) -> LabRun:
    """One run of each setting, shared by the tests."""
    return carry_out(plan(read_lab(FOLDER), knobs=knobs))


@pytest.fixture(scope="module")
def lab() -> Lab:
    return read_lab(FOLDER)


def told(found: LabRun) -> tuple[str, str]:
    """Return p99 and a month's bill as the narrative writes them."""
    return f"{found.figures.p99_ms:,.0f} ms", f"${checks()['month'](found.trace):.2f}"


class TestNarrative:
    def test_how_much_is_provisioned(self) -> None:
        rows = re.findall(r"^\| (\d+) \| (\d+) \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
        assert [row[0] for row in rows] == ["1", "5", "11", "12", "20"]
        for count, cold, *rest in rows:
            found = run(keep="provisioned", count=int(count))
            assert (int(cold), *rest) == (checks()["waited"](found.trace), *told(found))

    def test_four_ways_and_three_loads(self) -> None:
        shown = re.findall(r"^\|.*\| (?:p99|a month) \| (.*) \|$", README, re.MULTILINE)
        rows = [cells for line in shown if len(cells := line.split(" | ")) == len(KEPT)]
        for load, p99, month in zip(LOADS, rows[::2], rows[1::2], strict=True):
            for keep, *cells in zip(KEPT, p99, month, strict=True):
                count = {"count": 5} if keep == "provisioned" and load == "bursts" else {}
                knobs = {"keep": keep, **count, **({} if load == "bursts" else {"load": load})}
                found = run(**(knobs if keep != "nothing" or load != "bursts" else {}))
                assert tuple(cells) == told(found), knobs

    def test_who_waits(self) -> None:
        waited = checks()["waited"]
        assert waited(run().trace) == waited(run(keep="ping").trace) == 56
        assert waited(run(keep="nothing", load="morning").trace) == 8
        assert waited(run(keep="ping", load="morning").trace) == 0
        assert round(run().figures.p50_ms) == 52

    def test_a_month_is_720_such_hours(self) -> None:
        found = run(keep="provisioned", count=12)
        assert checks()["month"](found.trace) == pytest.approx(found.figures.usd * 720)
        assert found.trace.end == 3_600_000_000


class TestChallenge:
    def failing(self, found: LabRun) -> list[str]:
        return [check.name for check in found.challenge if not check.passed]

    def test_neither_knobs_nor_code_alone_and_the_solution_holds(
        self, lab: Lab, tmp_path: Path
    ) -> None:
        assert lab.challenge is not None
        assert self.failing(run()) == ["challenge_p99"]
        assert self.failing(run(keep="provisioned", count=12)) == ["challenge_bill"]
        assert self.failing(run(**lab.challenge.solution)) == ["challenge_p99"]
        shutil.copytree(FOLDER, tmp_path / "lab")
        shutil.copytree(lab.solution, tmp_path / "lab", dirs_exist_ok=True)
        solved = replace(lab, folder=tmp_path / "lab")
        for seed in lab.challenge.seeds:
            found = carry_out(plan(solved, knobs=lab.challenge.solution, seed=seed))
            assert self.failing(found) == []
            assert found.passed


class TestChecksCanFail:
    @pytest.mark.parametrize(
        ("check", "kind", "change"),
        [
            ("check_every_customer_is_answered", InvocationEnded, {"status": "timeout"}),
            ("check_every_customer_is_answered", InvocationEnded, {"response": "null"}),
            (
                "check_what_is_provisioned_is_paid_by_the_minute",
                ProvisionedConcurrencyChanged,
                {"requested": 0, "available": 0},
            ),
            ("challenge_p99", InvocationRequested, {"at": 0}),
        ],
    )
    def test_each(
        self, lab: Lab, check: str, kind: type[TraceEvent], change: dict[str, Any]
    ) -> None:
        trace = run(keep="provisioned", count=12).trace
        changed = [replace(e, **change) if isinstance(e, kind) else e for e in trace]
        with Checks(lab.checks) as judge:
            for events, wanted in ((list(trace), True), (changed, False)):
                given = Trace(trace.header, events)
                found = (*judge.run(given), *judge.run(given, CHALLENGE))
                assert {each.name: each.passed for each in found}[check] is wanted

    def test_one_more_environment_while_twelve_are_idle(self, lab: Lab) -> None:
        events = list(run(keep="provisioned", count=12).trace)
        made = next(event for event in events if isinstance(event, EnvironmentCreated))
        more = replace(made, environment="Checkout/99", initialization_type="on-demand")
        at = next(index for index, event in enumerate(events) if isinstance(event, InvocationEnded))
        events.insert(at + 1, replace(more, at=events[at].at))
        with Checks(lab.checks) as judge:
            found = judge.run(Trace(run(keep="provisioned", count=12).trace.header, events))
        assert [each.name for each in found if not each.passed] == [
            "check_nobody_waits_while_an_environment_is_idle"
        ]
