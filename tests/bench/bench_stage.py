"""What a frame of the stage takes to compute, in each view, with 200 lanes and 100,000 events.

The trace is made up: an API, four functions with 200 environments, a topic, a queue with its
dead-letter queue, a table, a state machine, for five minutes. The app runs in this process at
140×40; a frame is what follows from one tick of the clock that plays, at the speed at which the
stage opens, the bytes for the terminal included. It is computing time, so that waiting for the next
of sixty frames a second does not count. The frames are compared with those of a minimal Textual app
that changes one line, in the same run.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench_keys import Floor, Warmstart

from warmstart.labs.stage import Stage
from warmstart.labs.views import VIEWS
from warmstart.paths import Home
from warmstart.runtime import trace as t
from warmstart.settings import DisplaySettings, Settings
from warmstart.tui.screens.labs.trace_screen import TraceScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench_keys import Timed

GOAL_MS = 16
LANES = 200
EVENTS = 100_000
LENGTH = 300_000_000
FRAMES = 40
ZOOMS = 12
_LANES = "lanes, one by one"
_LONGEST = 5.0
_QUIET = 0.06
"""Seconds within which a frame that shows anything has been drawn."""
_ARN = "arn:aws:{}:us-east-1:123456789012:{}"
_MACHINE = """{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource":
    "arn:aws:lambda:us-east-1:123456789012:function:Pay", "Next": "Done"},
    "Done": {"Type": "Succeed"}}}"""


def made_up() -> t.Trace:
    """Return the trace."""
    draw = random.Random(1)
    events: list[t.TraceEvent] = [t.StateMachineCreated(0, "Saga", "STANDARD", _MACHINE)]
    functions = ("Order", "Pick", "Mail", "Pay")
    for number in range(LANES):
        function, at = functions[number % 4], number * 40_000
        name = f"{function}/{number // 4 + 1}"
        events += [
            t.EnvironmentCreated(
                at, name, function, "$LATEST", "on-demand", "x86_64", 512, "python"
            ),
            t.InitStarted(at, name, "init", None),
            t.InitEnded(at + 400_000, name, "init", None, "success", 400_000, None),
        ]
    number = 0
    while len(events) < EVENTS:
        number += 1
        at = draw.randrange(10_000_000, LENGTH)
        events += _request(number, at, draw)
    trace = t.Trace(t.Header(1, "2026-01-05T09:00:00Z"))
    for event in sorted(events, key=lambda event: event.at):
        trace.append(event)
    trace.append(t.RunEnded(trace.end, "completed"))
    return trace


def _request(number: int, at: int, draw: random.Random) -> list[t.TraceEvent]:
    """Return what one request leads to: 21 events, or 27 with an execution."""
    root, message = f"r{number}", f"m{number}"
    first, second = (f"{name}/{draw.randrange(50) + 1}" for name in ("Order", "Pick"))
    found: list[t.TraceEvent] = [
        *_invocation(root, root, first, at, ("http-api", root)),
        t.ApiCalled(at + 20_000, first, root, root, "dynamodb", "PutItem", 5_000, 200, None),
        t.ItemWritten(at + 20_000, "Orders", "{}", "put", None, first, root, root, 1.0, 90),
        t.TopicPublished(at + 30_000, "Placed", message, root, first, root, 90),
        t.HttpAnswered(at + 60_000, "Shop", root, root, "POST", "/", "POST /", 200, 60_000),
        t.EventDelivered(at + 70_000, "Placed", message, root, _ARN.format("sqs", "Stock"), 1),
        t.MessageSent(at + 70_000, "Stock", message, root, "sns", None, None, 90, 0),
        t.MessageReceived(at + 90_000, "Stock", message, root, "Pick", 1, at + 30_000_000),
        t.BatchStarted(at + 90_000, "Stock", "Pick", f"b{number}", root, [message]),
        *_invocation(f"p{number}", root, second, at + 90_000, ("sqs", f"b{number}")),
        t.BatchEnded(at + 150_000, "Stock", "Pick", f"b{number}", f"p{number}", root, [], None),
        t.MessageDeleted(at + 150_000, "Stock", message, root),
    ]
    if number % 10 == 0:
        found.append(t.InvocationThrottled(at + 60_000, f"x{number}", "Mail", "Reserved"))
        found += [
            t.ExecutionEvent(
                at + 1_000 * step, "Saga", f"e{number}", root, step, step - 1, kind, of
            )
            for step, (kind, of) in enumerate(
                (
                    ("ExecutionStarted", {"input": "{}"}),
                    ("TaskStateEntered", {"name": "Work", "input": "{}"}),
                    ("TaskStateExited", {"name": "Work", "output": "{}"}),
                    ("SucceedStateEntered", {"name": "Done", "input": "{}"}),
                    ("SucceedStateExited", {"name": "Done", "output": "{}"}),
                    ("ExecutionSucceeded", {"output": "{}"}),
                ),
                1,
            )
        ]
    return found


def _invocation(
    request: str, root: str, environment: str, at: int, why: tuple[str, str]
) -> list[t.TraceEvent]:
    function, end = environment.partition("/")[0], at + 60_000
    return [
        t.InvocationRequested(at, request, function, 2, why[0], root, cause=why[1]),
        t.InvocationStarted(at, request, environment, function, cold=False),
        t.LogLine(at, environment, request, "platform", f"START RequestId: {request}"),
        t.LogLine(end, environment, request, "platform", "REPORT\tDuration: 60.00 ms"),
        t.InvocationEnded(
            end, request, environment, function, "success", 60_000, 60_000, None, 512, 40, None,
            '"ok"', 4,
        ),
    ]  # fmt: skip


async def _frame(on: Timed, change: Callable[[], None]) -> float:
    """Return the milliseconds that a change takes to compute, and to draw if it shows."""
    start = time.process_time()
    since = time.perf_counter()
    change()
    computed = time.process_time()
    # A widget that is to be drawn says so only when its messages are handled; some frames show
    # nothing new, and then there is no update to wait for.
    while time.perf_counter() - since < _QUIET:
        await asyncio.sleep(0.002)
        if on.updated > since:
            computed = on.computed
    return 1_000 * (computed - start)


async def _stage(trace: t.Trace) -> dict[str, list[float]]:
    """Return the milliseconds of frames by view; the 200 lanes come as plots first."""
    with tempfile.TemporaryDirectory() as folder:
        still = replace(Settings(), display=DisplaySettings(reduced_motion=True))
        on = Warmstart(Home(Path(folder)), still)
        times: dict[str, list[float]] = {}
        async with on.run_test(size=(140, 40)):
            async with asyncio.timeout(_LONGEST * 4):
                while on.workspace is None:  # noqa: ASYNC110 the app knows no event for it
                    await asyncio.sleep(0.02)
            start = time.process_time()
            stage = Stage(trace)
            print(f"  reading the trace: {time.process_time() - start:.2f} s")
            now = 0.0
            screen = TraceScreen(stage, "made up", ticks=lambda: now)
            await on.push_screen(screen)
            await asyncio.sleep(0.5)
            gc.freeze()
            screen.action_play()
            screen._timer.pause()
            for name in (*VIEWS, _LANES):
                start = time.process_time()
                if name == _LANES:
                    await screen.action_view("lanes")
                    screen.action_group()
                else:
                    await screen.action_view(name)
                await asyncio.sleep(0.3)
                print(f"  opening {name}: {1_000 * (time.process_time() - start):.0f} ms")
                screen.player = screen.player.seek(LENGTH // 3)
                times[name] = []
                for _ in range(FRAMES):
                    now += 1 / 30
                    times[name].append(await _frame(on, screen._tick))
                for number in range(ZOOMS):
                    by = 1 if number < ZOOMS // 2 else -1
                    zoomed = await _frame(on, lambda by=by: screen.action_zoom(by))
                    times.setdefault(f"{name}, another zoom", []).append(zoomed)
        return times


async def _floor() -> list[float]:
    on = Floor()
    found = []
    async with on.run_test(size=(140, 40)):
        line = on.query_one("Static")
        for number in range(FRAMES):
            await asyncio.sleep(0.01)
            found.append(await _frame(on, lambda n=number: line.update(str(n))))
    return found


def main() -> None:
    """Print the median and the highest frame of each view."""
    trace = made_up()
    print(f"  {len(trace):,} events, {LANES} lanes, {LENGTH // 60_000_000} minutes, 140×40")
    floor = asyncio.run(_floor())
    for name, times in asyncio.run(_stage(trace)).items():
        print(
            f"  a frame of {name}: median {statistics.median(times):.1f} ms,"
            f" 95th percentile {sorted(times)[int(0.95 * len(times))]:.1f} ms"
            f" (goal ≤ {GOAL_MS} ms)"
        )
    print(f"  a minimal Textual app, in the same run: {statistics.median(floor):.1f} ms")


if __name__ == "__main__":
    main()
