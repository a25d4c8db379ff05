"""The lab on keeping warm: its narrative's figures, its checks, its challenge."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.labs.played import Played
from warmstart.labs.figures import figures_of
from warmstart.labs.run import carry_out, plan
from warmstart.runtime import launch
from warmstart.runtime.trace import (
    EnvironmentCreated,
    InvocationEnded,
    InvocationRequested,
    ProvisionedConcurrencyChanged,
    Trace,
    TraceEvent,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

FOLDER = Path(__file__).parents[2] / "labs" / "keeping-warm"
KEPT = ("nothing", "ping", "provisioned", "snapstart")
README = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
LOADS = ("steady", "morning", "bursts")


PLAYED = Played("keeping-warm")


@cache
def ran(**knobs: Any) -> Trace:
    """One run of each setting, and nothing judged: that takes as long again as a small run."""
    asked = plan(PLAYED.lab, knobs=knobs)
    return launch.run(
        PLAYED.lab.template, asked.calls, seed=asked.seed, overrides=asked.overrides,
        until=asked.scenario.until,
    ).trace  # fmt: skip


def told(trace: Trace) -> tuple[str, str]:
    """Return p99 and a month's bill as the narrative writes them."""
    return f"{figures_of(trace).p99_ms:,.0f} ms", f"${PLAYED.functions['month'](trace):.2f}"


class TestNarrative:
    def test_how_much_is_provisioned(self) -> None:
        rows = re.findall(r"^\| (\d+) \| (\d+) \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
        assert [row[0] for row in rows] == ["1", "5", "11", "12", "20"]
        for count, cold, *rest in rows:
            trace = ran(keep="provisioned", count=int(count))
            assert (int(cold), *rest) == (PLAYED.functions["waited"](trace), *told(trace))

    def test_four_ways_and_three_loads(self) -> None:
        shown = re.findall(r"^\|.*\| (?:p99|a month) \| (.*) \|$", README, re.MULTILINE)
        rows = [cells for line in shown if len(cells := line.split(" | ")) == len(KEPT)]
        for load, p99, month in zip(LOADS, rows[::2], rows[1::2], strict=True):
            for keep, *cells in zip(KEPT, p99, month, strict=True):
                count = {"count": 5} if keep == "provisioned" and load == "bursts" else {}
                knobs = {"keep": keep, **count, **({} if load == "bursts" else {"load": load})}
                assert tuple(cells) == told(ran(**knobs)), knobs

    def test_who_waits(self) -> None:
        waited = PLAYED.functions["waited"]
        assert waited(ran(keep="nothing")) == waited(ran(keep="ping")) == 56
        assert waited(ran(keep="nothing", load="morning")) == 8
        assert waited(ran(keep="ping", load="morning")) == 0
        assert round(figures_of(ran(keep="nothing")).p50_ms) == 52

    def test_a_month_is_720_such_hours(self) -> None:
        trace = ran(keep="provisioned", count=12)
        assert PLAYED.functions["month"](trace) == pytest.approx(figures_of(trace).usd * 720)
        assert trace.end == 3_600_000_000


class TestChallenge:
    def test_neither_knobs_nor_code_alone_and_the_solution_holds(self, tmp_path: Path) -> None:
        lab, challenge = PLAYED.lab, PLAYED.lab.challenge
        assert challenge is not None
        for trace, missed in (
            (ran(keep="nothing"), "challenge_p99"),
            (ran(keep="provisioned", count=12), "challenge_bill"),
            (ran(**challenge.solution), "challenge_p99"),
        ):
            assert list(PLAYED.unmet(trace)) == [missed]
        shutil.copytree(FOLDER, tmp_path / "lab")
        shutil.copytree(lab.solution, tmp_path / "lab", dirs_exist_ok=True)
        solved = replace(lab, folder=tmp_path / "lab")
        for seed in challenge.seeds:
            found = carry_out(plan(solved, knobs=challenge.solution, seed=seed))
            assert [check.name for check in found.challenge if not check.passed] == []
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
    def test_each(self, check: str, kind: type[TraceEvent], change: dict[str, Any]) -> None:
        trace = ran(keep="provisioned", count=12)
        events = [replace(e, **change) if isinstance(e, kind) else e for e in trace]
        changed = Trace(trace.header, events)
        assert check not in PLAYED.failing(trace) | PLAYED.unmet(trace)
        assert check in PLAYED.failing(changed) | PLAYED.unmet(changed)

    def test_one_more_environment_while_twelve_are_idle(self) -> None:
        trace = ran(keep="provisioned", count=12)
        events = list(trace)
        made = next(event for event in events if isinstance(event, EnvironmentCreated))
        more = replace(made, environment="Checkout/99", initialization_type="on-demand")
        at = next(index for index, event in enumerate(events) if isinstance(event, InvocationEnded))
        events.insert(at + 1, replace(more, at=events[at].at))
        failing = PLAYED.failing(Trace(trace.header, events))
        assert list(failing) == ["check_nobody_waits_while_an_environment_is_idle"]
