"""A run as its caller sees it: repeatable, cancellable, and leaving nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND, events_of
from warm import repeated
from warmstart.errors import RunError, TemplateError, UsageError
from warmstart.runtime import launch
from warmstart.runtime.launch import Call
from warmstart.runtime.model import Model
from warmstart.runtime.trace import Trace

if TYPE_CHECKING:
    from runtime.conftest import Bench
    from warm import Warm
    from warmstart.runtime.trace import TraceEvent

MIXED = """
import os, random, time, uuid, tempfile, logging
from datetime import datetime
SEEN = set()
def render(): return random.random()
def handler(event, context):
    SEEN.add(uuid.uuid4().hex)
    logging.warning("%s %s %s", datetime.now(), object(), tempfile.mkstemp()[1])
    time.sleep(event["s"] + random.random() / 10)
    print({"a", "b", "c"}, os.urandom(3), render())
    if event.get("boom"): raise ValueError(list(SEEN))
    if event.get("die"): os._exit(1)
    return {"seen": sorted(SEEN), "at": time.time()}
"""


def mixed_calls() -> list[Call]:
    """Overlapping, failing, late: calls that find every chance to come in another order."""
    calls = [Call(0, "Mix", f'{{"s": {number / 8}}}') for number in range(3)]
    calls += [Call(250_000, "Mix", '{"s": 0, "boom": 1}'), Call(250_000, "Mix", '{"s": 0.5}')]
    calls += [Call(SECOND, "Mix", '{"s": 0, "die": 1}'), Call(SECOND, "Mix", '{"s": 9}')]
    return calls + [Call(number * SECOND, "Mix", '{"s": 0.1}') for number in (2, 700)]


@pytest.fixture
def mixed(bench: Bench) -> Bench:
    costs = {"calls": {"app.render": 30}, "imports": {"uuid": 20}}
    bench.function("Mix", MIXED, metadata=costs, MemorySize=512, Timeout=5)
    return bench


class TestRepeatability:
    def test_same_seed_same_trace_twenty_times(
        self, mixed: Bench, warm_processes: Warm | None
    ) -> None:
        """Half of them one at a time, so that workers and host meet in other ways."""
        texts = {mixed.run(mixed_calls(), seed=42).trace.to_jsonl() for _ in range(10)}
        texts |= repeated(lambda: mixed.run(mixed_calls(), seed=42).trace, 10, warm_processes)
        assert len(texts) == 1
        (text,) = texts
        assert Trace.from_jsonl(text).to_jsonl() == text

    def test_another_seed_another_trace(self, mixed: Bench) -> None:
        one, two = (mixed.run(mixed_calls()[:2], seed=seed).trace for seed in (1, 2))
        assert one.to_jsonl() != two.to_jsonl()

    def test_a_knob_shifts_nothing_but_what_it_turns(self, mixed: Bench) -> None:
        """More memory leaves every draw as it was: the same INIT, the same request ids."""
        small, large = (
            mixed.run(mixed_calls()[:3], overrides={"Mix.MemorySize": memory})
            for memory in (512, 1769)
        )
        for kind in ("InvocationRequested", "InitStarted"):
            assert events_of(small, kind) == events_of(large, kind)
        drawn = [
            [event.cost for event in events_of(result, "CpuCharged") if event.cause == "runtime"]
            for result in (small, large)
        ]
        assert drawn[0] == drawn[1]


class TestEnds:
    def test_a_run_ends_with_its_last_answer(self, mixed: Bench) -> None:
        result = mixed.run(mixed_calls()[:1])
        (ended,) = events_of(result, "InvocationEnded")
        assert (result.trace.end, events_of(result, "RunEnded")[0].status) == (
            ended.at, "completed",
        )  # fmt: skip

    def test_until_waits_for_it(self, mixed: Bench) -> None:
        """Then the loss of an idle environment can be seen."""
        result = mixed.run(mixed_calls()[:1], until=700 * SECOND)
        assert result.trace.end == 700 * SECOND
        assert events_of(result, "EnvironmentShutdown")[0].reason == "idle"
        assert events_of(result, "RunEnded")[0].status == "completed"

    def test_until_cuts_what_is_in_flight(self, mixed: Bench) -> None:
        result = mixed.run([Call(0, "Mix", '{"s": 4}')], until=3 * SECOND)
        assert (result.outcomes, result.trace.end) == ((), 3 * SECOND)
        assert events_of(result, "RunEnded")[0].status == "until"
        assert [event.reason for event in events_of(result, "EnvironmentShutdown")] == ["run-ended"]
        assert events_of(result, "InvocationEnded") == []

    def test_a_run_without_calls(self, mixed: Bench) -> None:
        assert [event.kind for event in mixed.run([]).trace] == ["RunEnded"]


class TestWatching:
    def test_events_come_as_they_happen_and_are_the_trace(self, mixed: Bench) -> None:
        seen: list[TraceEvent] = []
        result = mixed.run(mixed_calls()[:3], on_event=seen.append)
        assert seen == list(result.trace)

    def test_what_was_measured_stands_beside_the_trace(self, mixed: Bench) -> None:
        result = mixed.run(mixed_calls()[:1])
        assert result.sidecar.python == ".".join(map(str, sys.version_info[:3]))
        (measured,) = result.sidecar.invocations.values()
        assert measured["peak_mb"] > 5
        assert 0 < measured["seconds"] < result.sidecar.seconds

    def test_a_run_that_computes_on_and_on_can_be_cancelled(self, bench: Bench) -> None:
        bench.function("Busy", "def handler(event, context):\n    while True: pass\n")
        started = time.monotonic()
        result = bench.run(
            [Call(0, "Busy")],
            model=Model(compute_limit_s=60),
            cancelled=lambda: time.monotonic() - started > 0.4,
        )
        assert time.monotonic() - started < 5
        assert events_of(result, "RunEnded")[0].status == "cancelled"
        assert result.outcomes == ()

    def test_an_endless_scenario_can_be_cancelled(self, mixed: Bench) -> None:
        calls = [Call(number * 1_000, "Mix", '{"s": 0}') for number in range(5_000)]
        result = mixed.run(calls, cancelled=lambda: True)
        assert events_of(result, "RunEnded")[0].status == "cancelled"
        assert len(result.outcomes) < len(calls)


class TestErrors:
    def test_a_broken_template_is_told_with_its_line(self, mixed: Bench) -> None:
        with pytest.raises(TemplateError, match="Colour") as caught:
            mixed.run([], overrides={"Mix.Colour": "red"})
        lines = mixed.template.read_text().splitlines()
        assert caught.value.path == str(mixed.template)
        assert "Properties" in lines[(caught.value.line or 0) - 1]
        assert "Supported: FunctionName" in str(caught.value)

    def test_a_call_of_nobody(self, mixed: Bench) -> None:
        with pytest.raises(UsageError, match="'Nobody'"):
            mixed.run([Call(0, "Nobody")])

    @pytest.mark.parametrize("at", [-1, 91 * 86_400 * SECOND])
    def test_a_call_at_no_time(self, mixed: Bench, at: int) -> None:
        with pytest.raises(UsageError, match="90 days"):
            mixed.run([Call(at, "Mix")])

    def test_a_host_that_dies(self, mixed: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(launch, "HOST", "warmstart.runtime.no_such_module")
        with pytest.raises(RunError, match="died") as caught:
            mixed.run([])
        assert "no_such_module" in str(caught.value)

    def test_a_listener_that_fails_ends_the_run(self, mixed: Bench) -> None:
        def fail(event: TraceEvent) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            mixed.run(mixed_calls(), on_event=fail)

    def test_windows_is_told_about_wsl(self, mixed: Bench, monkeypatch: Any) -> None:
        monkeypatch.setattr(sys, "platform", "win32")
        with pytest.raises(RunError, match="WSL"):
            mixed.run([])


STRAY = """
import os, subprocess, sys, time
def handler(event, context):
    subprocess.Popen(["sleep", "98765"])
    subprocess.Popen(["sleep", "98765"], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "98765"])
        os._exit(0)
    if event.get("die"): os.kill(os.getpid(), 9)
    if event.get("hang"):
        while True: pass
"""


def processes_of_a_run() -> list[str]:
    """Return what runs on this machine and can only come from a run of these tests."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    marks = ("sleep 98765", f"{os.getpid()}-run")
    return [line for line in listed.splitlines() if any(mark in line for mark in marks)]


def wait_for(condition: Any, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


needs_proc = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lets the zygote find what left its group"
)


class TestNothingStays:
    @pytest.fixture(autouse=True)
    def _marked(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Mark this test's processes in their arguments, and its files by their folder."""
        monkeypatch.setattr(launch, "HOST_ARGUMENTS", (f"{os.getpid()}-run",))
        (tmp_path / "scratch").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))

    def leftovers(self, tmp_path: Path) -> list[str]:
        return [path.name for path in (tmp_path / "scratch").iterdir()]

    @needs_proc
    def test_after_a_run(self, bench: Bench, tmp_path: Path) -> None:
        """Children of handlers included, also those that left the group, or lost their parent."""
        bench.function("Stray", STRAY)
        bench.run([Call(0, "Stray"), Call(0, "Stray", '{"die": 1}'), Call(0, "Stray")])
        assert processes_of_a_run() == []
        assert self.leftovers(tmp_path) == []

    @needs_proc
    def test_after_a_host_that_was_killed(self, bench: Bench, tmp_path: Path) -> None:
        bench.function("Stray", STRAY)

        def kill_host(event: TraceEvent) -> None:
            if event.kind == "InvocationStarted":
                (host, *_) = [line for line in processes_of_a_run() if "runtime.host" in line]
                os.kill(int(host.split()[0]), signal.SIGKILL)

        with pytest.raises(RunError, match="died"):
            bench.run(
                [Call(0, "Stray", '{"hang": 1}')],
                model=replace(Model(), compute_limit_s=60),
                on_event=kill_host,
            )
        assert processes_of_a_run() == []
        assert self.leftovers(tmp_path) == []

    @needs_proc
    def test_after_an_app_that_was_killed(self, bench: Bench, tmp_path: Path) -> None:
        """The host sees its standard input close, and goes, with all that is its own."""
        bench.function("Stray", STRAY)
        program = (
            "import tempfile, sys; from pathlib import Path\n"
            "from warmstart.runtime import launch; from warmstart.runtime.model import Model\n"
            "launch.HOST_ARGUMENTS = (sys.argv[2],); tempfile.tempdir = sys.argv[3]\n"
            "calls = [launch.Call(0, 'Stray', '{\"hang\": 1}')]\n"
            "launch.run(Path(sys.argv[1]), calls, seed=1, model=Model(compute_limit_s=60))\n"
        )
        arguments = [str(bench.template), f"{os.getpid()}-run", str(tmp_path / "scratch")]
        with subprocess.Popen([sys.executable, "-c", program, *arguments]) as app:
            assert wait_for(lambda: "sleep 98765" in "".join(processes_of_a_run()))
            app.kill()
        assert wait_for(lambda: processes_of_a_run() == []), processes_of_a_run()
        assert wait_for(lambda: self.leftovers(tmp_path) == [])

    def test_the_code_folder_is_left_as_it_was(self, mixed: Bench) -> None:
        before = sorted(mixed.root.rglob("*"))
        mixed.run(mixed_calls()[:2])
        assert sorted(mixed.root.rglob("*")) == before
