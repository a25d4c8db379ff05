"""The lab on cold starts, carried out for real: the same every time, and as its narrative says."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.labs.played import Played
from warm import repeated
from warmstart.errors import LabError, UsageError
from warmstart.labs.check import CHALLENGE, Checks
from warmstart.labs.figures import FIGURES, latencies
from warmstart.labs.run import LabRun, carry_out, plan
from warmstart.labs.stage import Stage
from warmstart.runtime.trace import (
    CpuCharged,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    ProvisionedConcurrencyChanged,
    RunEnded,
    Trace,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.labs.conftest import TraceMaker
    from warm import Warm
    from warmstart.labs.definition import Lab

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

S = 1_000_000
MS = 1_000


GIVEN = {"cold": 1.0, "pause": "cold", "slowest": 900.0, "import": "all"}
ORDER = {
    "number": "7",
    "items": [
        {"name": "Espresso", "quantity": 2, "cents": 240},
        {"name": "Crème (brûlée)", "quantity": 1, "cents": 1_050},
    ],
}
PLAYED = Played("cold-start")
_RUNS: dict[tuple[tuple[str, Any], ...], LabRun] = {}


def run(lab: Lab, **knobs: Any) -> LabRun:
    """One run of each setting, shared by the tests."""
    key = tuple(sorted(knobs.items()))
    if key not in _RUNS:
        _RUNS[key] = carry_out(plan(lab, knobs=knobs))
    return _RUNS[key]


class TestRun:
    def test_the_same_seed_and_knobs_give_the_same_trace(
        self, cold_start: Lab, warm_processes: Warm | None
    ) -> None:
        """Byte for byte, whatever the hash seed of the host."""
        traces = repeated(lambda: carry_out(plan(cold_start)).trace, 6, warm_processes)
        (text,) = traces
        assert Trace.from_jsonl(text).to_jsonl() == run(cold_start).trace.to_jsonl()

    def test_another_seed_gives_another_trace(self, cold_start: Lab) -> None:
        other = carry_out(plan(cold_start, seed=8))
        assert other.digest != run(cold_start).digest
        assert other.figures.cold == 6

    def test_all_checks_hold_as_it_comes(self, cold_start: Lab) -> None:
        assert [check.sentence for check in run(cold_start).checks] == [""] * 6

    def test_who_is_cold(self, cold_start: Lab) -> None:
        """The first call, four of five in the burst, the first one after the pause."""
        found = run(cold_start)
        started = [event for event in found.trace if isinstance(event, InvocationStarted)]
        assert [event.at // S for event in started if event.cold] == [0, 25, 25, 25, 25, 942]

    def test_progress_and_cancelling(self, cold_start: Lab) -> None:
        seen = []
        stopped = carry_out(
            plan(cold_start), on_event=seen.append, cancelled=lambda: len(seen) > 50
        )
        assert not stopped.complete
        assert (stopped.outcomes, stopped.checks) == ((), ())
        assert len(stopped.trace) < len(run(cold_start).trace)
        last = stopped.trace[-1]
        assert isinstance(last, RunEnded)
        assert last.status == "cancelled"
        Stage.of(stopped)  # half a run can be looked at, too

    def test_wrong_knobs(self, cold_start: Lab) -> None:
        with pytest.raises(UsageError, match="no knob 'memroy'"):
            plan(cold_start, knobs={"memroy": 128})
        with pytest.raises(UsageError, match="takes 1 to 30, not 31"):
            plan(cold_start, knobs={"burst": 31})

    def test_broken_checks_are_told_before_anything_runs(
        self, cold_start: Lab, tmp_path: Path
    ) -> None:
        (tmp_path / "checks.py").write_text("def\n", encoding="utf-8")
        with pytest.raises(LabError, match="This is not Python"):
            carry_out(plan(replace(cold_start, folder=tmp_path)), on_event=pytest.fail)


class TestImport:
    def charges(self, found: LabRun) -> list[CpuCharged]:
        return [
            event
            for event in found.trace
            if isinstance(event, CpuCharged) and event.name == "reportlib.charts"
        ]

    def test_outside_every_environment_pays_in_init(self, cold_start: Lab) -> None:
        charges = self.charges(run(cold_start))
        assert sorted(charge.environment for charge in charges) == [
            f"Receipts/{number}" for number in range(1, 7)
        ]
        assert {(charge.phase, charge.charged) for charge in charges} == {("init", 230 * MS)}

    def test_inside_only_who_is_asked_for_a_pdf_pays_and_at_the_price_of_its_memory(
        self, cold_start: Lab
    ) -> None:
        charges = self.charges(run(cold_start, **{"import": "inside"}))
        assert len(charges) == 3
        assert len({charge.environment for charge in charges}) == 3
        assert {charge.phase for charge in charges} == {"invoke"}
        assert {charge.charged for charge in charges} == {round(230 * MS * 1769 / 512)}

    def test_inside_the_slowest_call_is_a_warm_one(self, cold_start: Lab) -> None:
        found = run(cold_start, **{"import": "inside"})
        waited = latencies(found.trace)
        slowest = max(waited, key=lambda request: waited[request])
        (started,) = [
            event for event in found.trace.of(slowest) if isinstance(event, InvocationStarted)
        ]
        assert not started.cold

    def test_moving_the_import_moves_nothing_else_in_a_cold_start(self, cold_start: Lab) -> None:
        def first_init(found: LabRun) -> int:
            return next(event for event in found.trace if isinstance(event, InitEnded)).duration

        outside, inside = run(cold_start), run(cold_start, **{"import": "inside"})
        assert first_init(outside) - first_init(inside) == 400 * MS


class TestPredictions:
    def test_beside_what_happened(self, cold_start: Lab) -> None:
        found = carry_out(plan(cold_start), given=GIVEN)
        assert [(outcome.right, outcome.sentence) for outcome in found.outcomes] == [
            (False, "Cold starts: you predicted 1; it was 6."),
            (True, "After the pause: no environment, and a new one is made, as you predicted."),
            (True, "Slowest call: you predicted 900 ms; close enough, it was 1,018 ms."),
            (
                False,
                (
                    "The import: you predicted every call; "
                    "it was every call that meets a cold start."
                ),
            ),
        ]
        assert [outcome.at for outcome in found.outcomes] == [25 * S, 942 * S, 25 * S, 25 * S]

    def test_none_is_told_before_it_can_be_seen(self, cold_start: Lab) -> None:
        """What counts over the whole run only at its end; the slowest call's once it is answered."""
        told = [outcome.told for outcome in run(cold_start).outcomes]
        assert told == [None, 942 * S, None, 26_018_295]

    def test_the_truth_follows_the_knobs(self, cold_start: Lab) -> None:
        inside = run(cold_start, **{"import": "inside"})
        assert [outcome.truth for outcome in inside.outcomes][1:] == [
            "cold",
            1_669.031,
            "first-pdf",
        ]
        assert [outcome.right for outcome in inside.outcomes] == [None] * 4
        short = run(cold_start, pause=2)
        assert [outcome.truth for outcome in short.outcomes][:2] == [5, "warm"]


class TestChecksCanFail:
    """Each check fails for a run, or a doctored trace, in which what it says is not so."""

    def base(self, maker: TraceMaker) -> None:
        """A run all checks accept."""
        maker.call(0, 100 * MS, init=S)
        maker.call(5 * S, 100 * MS)
        maker.call(5 * S, 100 * MS, "Fn/2", init=S)
        maker.shutdown(400 * S)
        maker.shutdown(401 * S, "Fn/2")
        maker.call(900 * S, 100 * MS, "Fn/3", init=S)

    def test_none_fails_for_a_plain_run(self, maker: TraceMaker) -> None:
        self.base(maker)
        assert PLAYED.failing(maker.trace()) == {}

    def test_a_call_that_is_not_answered(self, maker: TraceMaker) -> None:
        self.base(maker)
        maker.call(910 * S, S, "Fn/3", status="error")
        assert PLAYED.failing(maker.trace()) == {
            "check_every_call_is_answered": (
                "A call ended with error at 911.000 s in Fn/3: Oops: it broke"
            )
        }

    def test_a_call_that_is_throttled(self, maker: TraceMaker) -> None:
        self.base(maker)
        maker.throttle(910 * S)
        assert list(PLAYED.failing(maker.trace())) == ["check_every_call_is_answered"]

    def test_two_calls_in_one_environment(self, maker: TraceMaker) -> None:
        self.base(maker)
        maker.call(910 * S, 2 * S, "Fn/3")
        maker.call(911 * S, 2 * S, "Fn/3")
        assert PLAYED.failing(maker.trace()) == {
            "check_one_call_at_a_time": ("Fn/3 took a second call at 911.000 s while it was busy.")
        }

    def test_a_cold_call_without_init(self, maker: TraceMaker) -> None:
        self.base(maker)
        maker.call(910 * S, S, "Fn/3")
        maker.events = [
            replace(event, cold=True)
            if isinstance(event, InvocationStarted) and event.at == 910 * S
            else event
            for event in maker.events
        ]
        assert list(PLAYED.failing(maker.trace())) == ["check_cold_calls_wait_for_init"]

    def test_a_burst_in_one_environment(self, maker: TraceMaker) -> None:
        self.base(maker)
        together = [maker.call(at * S, S, "Fn/3") for at in (910, 912, 914)]
        maker.events = [
            replace(event, at=910 * S)
            if getattr(event, "request", None) in together
            and type(event).__name__ == "InvocationRequested"
            else event
            for event in maker.events
        ]
        assert PLAYED.failing(maker.trace()) == {
            "check_calls_together_need_an_environment_each": (
                "3 calls arrived together, and 1 environments served them."
            )
        }

    def test_an_environment_kept_too_long(self, maker: TraceMaker) -> None:
        self.base(maker)
        maker.call(1_600 * S, S, "Fn/3")
        assert PLAYED.failing(maker.trace()) == {
            "check_idle_environments_go": "Fn/3 was kept for 12 min without a call."
        }

    def test_an_import_paid_twice(self, maker: TraceMaker) -> None:
        self.base(maker)
        maker.charge(0)
        maker.charge(5 * S, phase="invoke")
        assert PLAYED.failing(maker.trace()) == {
            "check_an_environment_imports_once": "Fn/1 paid for the import again at 5.000 s."
        }


class TestChallenge:
    """Neither a knob nor code alone is enough; both together are, at every seed."""

    def failing(self, found: LabRun) -> list[str]:
        return [check.name for check in found.challenge if not check.passed]

    def test_knobs_alone(self, cold_start: Lab) -> None:
        assert cold_start.challenge is not None
        for setting in ({}, cold_start.challenge.solution, {"profile": "go", "import": "inside"}):
            assert self.failing(run(cold_start, **setting)) == ["challenge_p99"]

    def test_the_solution(self, cold_start: Lab, tmp_path: Path) -> None:
        shutil.copytree(cold_start.folder, tmp_path / "lab")
        shutil.copytree(cold_start.solution, tmp_path / "lab", dirs_exist_ok=True)
        solved = replace(cold_start, folder=tmp_path / "lab")
        assert solved.challenge is not None
        assert self.failing(carry_out(plan(solved))) == ["challenge_p99"]
        for seed in solved.challenge.seeds:
            found = carry_out(plan(solved, knobs=solved.challenge.solution, seed=seed))
            assert self.failing(found) == []
            assert found.passed

    def test_what_else_it_wants(self, cold_start: Lab, maker: TraceMaker) -> None:
        """Receipts, and no provisioned concurrency."""
        maker.call(0, 100 * MS, init=S)
        maker.events.append(ProvisionedConcurrencyChanged(9 * S, "Fn", "1", "READY", 2, 2))
        with Checks(cold_start.checks) as checks:
            found = {c.name: c.sentence for c in checks.run(maker.trace(), CHALLENGE)}
        assert found == {
            "challenge_p99": "The p99 is 1,100 ms; less than 300 ms is wanted.",
            "challenge_nothing_is_kept_ready": "Fn has a provisioned concurrency of 2; 0 is wanted.",
            "challenge_receipts_are_made": "0 PDFs were made; 6 are wanted.",
        }


class TestNarrative:
    """The README's figures are those of the lab's own seed."""

    def rows(self, lab: Lab) -> list[list[str]]:
        text = lab.narrative.read_text(encoding="utf-8")
        found = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines()
            if line.startswith("| `")
        ]
        assert len(found) >= 8
        return found

    def knobs(self, lab: Lab, cell: str) -> dict[str, Any]:
        setting = cell.strip("`")
        if setting == "as it comes":
            return {}
        name, _, value = setting.partition("=")
        return {name: lab.knob(name).parse(value)}

    def test_the_table(self, cold_start: Lab) -> None:
        shown = {figure.name: figure for figure in FIGURES}
        names = ("cold", "p50_ms", "p90_ms", "p99_ms", "billed_ms", "usd")
        for setting, *cells in self.rows(cold_start):
            figures = run(cold_start, **self.knobs(cold_start, setting)).figures
            assert cells == [shown[name].show(figures.value(name)) for name in names], setting

    def test_every_duration_in_the_text_occurs_in_one_of_the_runs(self, cold_start: Lab) -> None:
        known = {
            "12",
            "60",
            "400",
            "1,400",
            "1,382",
            "100",
            "300",
        }  # declared, or the cards' examples
        for setting, *cells in self.rows(cold_start):
            known |= {cell.removesuffix(" ms") for cell in cells}
            trace = run(cold_start, **self.knobs(cold_start, setting)).trace
            times = [*latencies(trace).values()]
            times += [event.charged for event in trace if isinstance(event, CpuCharged)]
            known |= {f"{time / MS:,.0f}" for time in times}
        text = cold_start.narrative.read_text(encoding="utf-8")
        mentioned = set(re.findall(r"([\d,.]+) ms", text))
        assert len(mentioned) > 15
        assert mentioned <= known

    def test_what_the_text_counts(self, cold_start: Lab) -> None:
        text = " ".join(cold_start.narrative.read_text(encoding="utf-8").split())
        found = run(cold_start)
        assert f"{found.figures.cold} cold starts among {found.figures.invocations} calls" in text
        assert f"{found.figures.cold_percent:.0f} %" in text
        inside = run(cold_start, **{"import": "inside"})
        second = [
            event.at // S
            for event in inside.trace
            if isinstance(event, InvocationStarted) and event.cold
        ][1]
        assert f"a second environment is started at {second} s" in text


class TestHandlers:
    """The handlers are plain code: they run anywhere, and really make receipts."""

    @pytest.fixture
    def handlers(self, cold_start: Lab, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        import importlib

        monkeypatch.syspath_prepend(str(cold_start.folder / "src"))
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        names = ("inside", "outside", "receipts", "reportlib", "reportlib.charts", "reportlib.fonts",
                 "reportlib.pdf")  # fmt: skip
        for name in names:
            monkeypatch.delitem(sys.modules, name, raising=False)
        handlers = {name: importlib.import_module(name).handler for name in names[:2]}
        yield handlers
        for name in names:
            sys.modules.pop(name, None)

    @pytest.mark.parametrize("where", ["inside", "outside"])
    def test_text(self, handlers: dict[str, Any], where: str) -> None:
        answer = handlers[where]({"order": ORDER}, None)
        assert answer["type"] == "text/plain"
        lines = answer["body"].splitlines()
        assert lines[2].split() == ["2", "x", "Espresso", "4.80"]
        assert lines[-1].split() == ["Total", "15.30"]
        assert {len(line) for line in lines} == {40}

    @pytest.mark.parametrize("where", ["inside", "outside"])
    def test_pdf(self, handlers: dict[str, Any], where: str) -> None:
        answer = handlers[where]({"order": ORDER, "format": "pdf"}, None)
        document = base64.b64decode(answer["body"])
        assert document.startswith(b"%PDF-1.4\n")
        assert "(1 x Crème \\(brûlée\\)".encode("cp1252") in document
        (table,) = map(int, re.findall(rb"startxref\n(\d+)\n", document))
        assert document[table:].startswith(b"xref\n")
        offsets = [int(entry) for entry in re.findall(rb"(\d{10}) 00000 n", document)]
        for number, offset in enumerate(offsets, start=1):
            assert document[offset:].startswith(b"%d 0 obj" % number)

    def test_a_long_receipt_takes_two_pages(self, handlers: dict[str, Any]) -> None:
        items = [{"name": "Tea", "quantity": 1, "cents": 100}] * 70
        answer = handlers["inside"]({"order": {"number": "1", "items": items}, "format": "pdf"}, 0)
        assert b"/Count 2" in base64.b64decode(answer["body"])

    def test_the_run_really_runs_them(self, cold_start: Lab) -> None:
        answers = [
            json.loads(event.response or "null")
            for event in run(cold_start).trace
            if isinstance(event, InvocationEnded)
        ]
        assert sum(answer["type"] == "application/pdf" for answer in answers) == 6
        assert answers[0]["body"].startswith("Receipt 1 ")
