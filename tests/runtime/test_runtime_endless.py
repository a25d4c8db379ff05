"""Handlers that never return and yet never stand still: each ends at its virtual deadline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND, Bench, events_of, log_of
from warmstart.runtime.launch import Call
from warmstart.runtime.model import Model

if TYPE_CHECKING:
    from warmstart.runtime.launch import RunResult

LOOP = (
    "import asyncio, logging, threading, time, uuid\n"
    "def tick(): pass\n"
    "async def turn():\n    while True: await asyncio.sleep(0)\n"
    "def handler(event, context):\n    while True: "
)
CASES: dict[str, str] = {
    "sleeps": "time.sleep(0)",
    "naps": "time.sleep(1e-7)",
    "reads": "time.monotonic()",
    "draws": "uuid.uuid4()",
    "prints": "print('x')",
    "printsandnaps": "print('x'); time.sleep(0)",
    "logs": "logging.warning('x')",
    "charges": "tick()",
    "turns": "asyncio.run(turn())",
    "computes": "sum(range(1_000_000)); time.sleep(0)",
}
MODEL = Model(compute_limit_s=0.4, pause_limit=200, log_lines=5)


def run(bench: Bench, cases: dict[str, str], **properties: Any) -> RunResult:
    for name, code in cases.items():
        metadata = {"handler_ms": 0, "calls": {"app.tick": 0.001}}
        bench.function(name, LOOP + code, metadata=metadata, **properties)
    return bench.run([Call(0, name) for name in cases], model=MODEL)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return run(Bench(tmp_path_factory.mktemp("endless")), CASES, Timeout=900)


class TestEndless:
    @pytest.mark.parametrize("name", CASES)
    def test_is_recorded_at_its_virtual_deadline(self, result: RunResult, name: str) -> None:
        (ended,) = [e for e in events_of(result, "InvocationEnded") if e.function == name]
        assert (ended.status, ended.duration) == ("timeout", 900 * SECOND)
        outcome = result.outcomes[list(CASES).index(name)]
        assert "Task timed out after 900.00 seconds" in json.loads(outcome.payload)["errorMessage"]

    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("naps", "[warmstart] Killed: it paused more than 200 times in one go."),
            ("draws", "[warmstart] Killed: it computed for more than 0.4 s of real time."),
            ("computes", "[warmstart] Killed: it computed for more than 0.4 s of real time."),
        ],
    )
    def test_the_log_says_what_killed_it(self, result: RunResult, name: str, line: str) -> None:
        log = log_of(result, f"{name}/1")
        assert log[log.index(line) + 1].endswith("Task timed out after 900.00 seconds")

    def test_the_same_twice(self, bench: Bench) -> None:
        """What it was killed for in real time leaves no mark that differs from run to run."""
        cases = {name: CASES[name] for name in ("printsandnaps", "charges", "computes")}
        one, two = (run(bench, cases).trace.to_jsonl() for _ in range(2))
        assert one == two

    def test_a_flood_of_messages_does_not_hold_the_limit_up(self, bench: Bench) -> None:
        result = run(bench, {"threads": "threading.Thread(target=print).start()"})
        (ended,) = events_of(result, "InvocationEnded")
        assert (ended.status, ended.duration) == ("timeout", 3 * SECOND)

    def test_short_sleeps_take_as_long_as_a_look_at_the_clock(self, bench: Bench) -> None:
        code = (
            "import time\n"
            "def handler(event, context):\n"
            "    started = time.time_ns()\n"
            "    for _ in range(100): time.sleep(0)\n"
            "    return (time.time_ns() - started) // 1_000\n"
        )
        bench.function("Naps", code)
        assert bench.run([Call(0, "Naps")]).outcomes[0].payload == "100"
