"""What the runtime costs in real time, against the goals that are set for it.

=============================================================== ==================================
new environment: zygote, trivial handler answering 1 KB         5 ms median; 2.5 × a bare fork
warm invocation through the worker's pipe                       15,000 a second; 3 × awslambdaric
10,000 modelled invocations over 1,000 environments, full trace 1.0 s; 1 KB an event
timers on the virtual loop                                      200,000 a second, to 100,000 pending
first answer of ``warmstart lambda invoke``                     500 ms
=============================================================== ==================================

A bare fork is what no runtime can do without: a process that has imported the same modules forks,
and the child answers 1 KB over a socket; the two take turns. A new environment finds its process
forked ahead, unless many are wanted at once. ``first, ms`` waits for the zygote, too. awslambdaric
speaks the Runtime API with the same server.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.runtime import clock
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.environments import World
from warmstart.runtime.forks import Zygote
from warmstart.runtime.launch import Call, run
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account
from warmstart.runtime.services.functions import LambdaService
from warmstart.runtime.services.rds import Databases
from warmstart.runtime.specs import FunctionSpec, Modelled
from warmstart.runtime.worker.zygote import STOCK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

    from warmstart.runtime.environments import Environment
    from warmstart.runtime.trace import TraceEvent

TIMERS = 200_000
PENDING = (100, 1_000, 10_000, 100_000)
ENVIRONMENTS = 100
INVOCATIONS = 5_000
MODELLED = (10_000, 1_000)

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.13, CodeUri: .}
"""
ECHO = "def handler(event, context):\n    return event\n"
CALLING = """
import boto3

queues = boto3.client("sqs")

def handler(event, context):
    return queues.list_queues().get("QueueUrls")
"""
KILOBYTE = "def handler(event, context):\n    return 'x' * 1024\n"


@contextlib.asynccontextmanager
async def service(
    specs: Iterable[FunctionSpec],
    scratch: Path,
    note: Callable[[TraceEvent], None],
    model: Model | None = None,
) -> AsyncIterator[LambdaService]:
    """Give the service of an account that has these functions."""
    account = Account(
        seed=1,
        start=datetime(2026, 1, 5, 9, tzinfo=UTC),
        region="us-east-1",
        model=model or Model().measured(),
        emit=note,
    )
    endpoint = AwsEndpoint(account)
    await endpoint.server.start()
    world = World(
        account, Zygote(), scratch, endpoint, Databases(account), stopwatch=time.perf_counter
    )
    made = LambdaService(world, specs)
    try:
        yield made
    finally:
        made.fleet.shut_down()
        await account.close()
        await endpoint.server.close()
        world.zygote.close()


def virtual(work: Callable[[], Awaitable[Any]]) -> Any:
    """Do some work on the virtual loop."""

    async def begin() -> Any:
        return await work()

    with asyncio.Runner(loop_factory=clock.VirtualTimeLoop) as runner:
        return runner.run(begin())


def function(folder: Path, code: str, runtime: str = "python3.13") -> FunctionSpec:
    """Write a function's code, and describe it."""
    (folder / "app.py").write_text(code)
    return FunctionSpec("Fn", "fn", "app.handler", runtime, folder, timeout=60)


def timers() -> dict[str, float]:
    """Return timers a second: a chain of callbacks, tasks that sleep, and with others pending."""
    found = {"chained": TIMERS / _chain(), "sleeping tasks": TIMERS / _sleeping_tasks()}
    return found | {f"with {count:,} pending": TIMERS / _chain(count) for count in PENDING}


def new_environments() -> dict[str, float]:
    """Return milliseconds from a request to its answer in a new environment, and a bare fork's."""
    model = replace(Model().measured(), idle_min_s=0.01, idle_max_s=0.01)

    async def work() -> tuple[list[float], list[float], float]:
        ours, bare = [], []
        with tempfile.TemporaryDirectory() as folder, _bare_forks() as bare_fork:
            spec = function(Path(folder), KILOBYTE)
            async with service([spec], Path(folder), lambda _: None, model) as functions:

                async def one() -> None:
                    await functions.invoker.invoke("fn", "{}", source="bench")

                for _ in range(ENVIRONMENTS):
                    ours.append(await _milliseconds(one()))
                    await asyncio.sleep(0.03)  # It is shut down by then, and buried:
                    if clock.is_virtual():
                        time.sleep(0.02)  # noqa: ASYNC251 - there that took no time.
                    bare.append(bare_fork())
                burst = asyncio.gather(*(one() for _ in range(ENVIRONMENTS)))
                at_once = await _milliseconds(burst) / ENVIRONMENTS
        return ours, bare, at_once

    found = {}
    with asyncio.Runner(loop_factory=clock.RealTimeLoop) as runner:
        played = {"virtual": virtual(work), "real": runner.run(work())}
    for name, ((first, *ours), (_, *bare), at_once) in played.items():
        found |= {
            f"{name} time: first, ms": first,
            f"{name} time, ms": statistics.median(ours),
            f"{name} time: bare fork, ms": statistics.median(bare),
            f"{name} time, times a bare fork": statistics.median(ours) / statistics.median(bare),
            f"{name} time: each of {ENVIRONMENTS} at once, ms": at_once,
        }
    return found


def warm_invocations() -> dict[str, float]:
    """Return warm invocations a second: the pipe alone, all of one, and awslambdaric."""

    async def work() -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            spec = function(Path(folder), ECHO)
            async with service([spec], Path(folder), lambda _: None) as functions:
                whole = await _rate(lambda: functions.invoker.invoke("fn", "{}", source="bench"))
                (environment,) = functions.fleet.environments()
                pipe = await _rate(_pipe(environment))
        with tempfile.TemporaryDirectory() as folder:
            spec = function(Path(folder), ECHO, "provided.al2023")
            bootstrap = Path(folder) / "bootstrap"
            bootstrap.write_text(f"#!/bin/sh\nexec {sys.executable} -m awslambdaric app.handler\n")
            bootstrap.chmod(0o755)
            async with service([spec], Path(folder), lambda _: None) as functions:
                theirs = await _rate(lambda: functions.invoker.invoke("fn", "{}", source="bench"))
        return {
            "pipe, a second": pipe, "whole, a second": whole, "awslambdaric, a second": theirs,
            "times awslambdaric": whole / theirs,
        }  # fmt: skip

    found: dict[str, float] = virtual(work)
    return found


def _pipe(environment: Environment) -> Callable[[], Awaitable[Any]]:
    """Return what asks an environment's worker, and nothing around it."""
    runner, scribe = environment._runner, environment._scribe
    assert runner is not None
    message = {
        "request": "r", "event": "{}", "deadline": 10**12, "arn": "a", "client_context": None,
        "trace": "t",
    }  # fmt: skip
    return lambda: runner.invoke(message, scribe)


async def _rate(work: Callable[[], Awaitable[Any]]) -> float:
    await work()
    started = time.perf_counter()
    for _ in range(INVOCATIONS):
        await work()
    return INVOCATIONS / (time.perf_counter() - started)


def modelled() -> dict[str, float]:
    """Return seconds for many modelled invocations at once, and bytes an event of the trace."""
    calls, at_once = MODELLED
    events: list[TraceEvent] = []

    async def work() -> float:
        spec = FunctionSpec(
            "Fn", "fn", "", "", Path(), timeout=30, modelled=Modelled((1_000, 3_000))
        )
        async with service([spec], Path(), events.append) as functions:

            async def one(number: int) -> None:
                await asyncio.sleep(number // at_once * 60)
                await functions.invoker.invoke("fn", "{}", source="bench")

            started = time.perf_counter()
            await asyncio.gather(*(one(number) for number in range(calls)))
            return time.perf_counter() - started

    took = min(virtual(work) for _ in range(3) if not events.clear())
    events.clear()
    tracemalloc.start()
    virtual(work)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"seconds": took, "events": len(events), "bytes an event": held / len(events)}


def runs() -> dict[str, float]:
    """Return milliseconds a whole run takes, from the call of ``launch.run`` to its result."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.yaml"
        template.write_text(TEMPLATE)
        (Path(folder) / "app.py").write_text(ECHO)
        one = time.perf_counter()
        run(template, [Call(0, "Echo")], seed=1)
        one = time.perf_counter() - one
        warm = run(template, [Call(at * 1_000_000, "Echo") for at in range(INVOCATIONS)], seed=1)
    return {
        "of one call, ms": 1_000 * one, "warm calls a second": INVOCATIONS / warm.sidecar.seconds,
    }  # fmt: skip


def first_answers() -> dict[str, float]:
    """Return milliseconds from a shell's command to an answer, the command's own start included."""
    found = {}
    for name, code in (("plain, ms", ECHO), ("with boto3, ms", CALLING)):
        with tempfile.TemporaryDirectory() as folder:
            template, event = Path(folder) / "template.yaml", Path(folder) / "event.json"
            template.write_text(TEMPLATE)
            event.write_text("{}")
            (Path(folder) / "app.py").write_text(code)
            command = [sys.executable, "-m", "warmstart", "lambda", "invoke", str(template), "Echo"]
            took = []
            for _ in range(7):
                started = time.perf_counter()
                subprocess.run([*command, "--event", str(event)], capture_output=True, check=True)
                took.append(1_000 * (time.perf_counter() - started))
            found[name] = statistics.median(took)
    return found


@contextlib.contextmanager
def _bare_forks() -> Iterator[Callable[[], float]]:
    """Give what returns the milliseconds of a fork that answers 1 KB, in a process like the zygote."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()  # Else it would never see the end of it.
        import importlib

        for name in STOCK:
            importlib.import_module(name)
        gc.collect()
        gc.freeze()
        while theirs.recv(1):
            if os.fork() == 0:
                theirs.sendall(b"x" * 1_024)
                os._exit(0)
            os.wait()
        os._exit(0)

    def one() -> float:
        started = time.perf_counter()
        ours.sendall(b"F")
        got = 0
        while got < 1_024:
            got += len(ours.recv(1_024))
        return 1_000 * (time.perf_counter() - started)

    with ours, theirs:
        yield one


async def _milliseconds(work: Awaitable[Any]) -> float:
    started = time.perf_counter()
    await work
    return 1_000 * (time.perf_counter() - started)


def _chain(pending: int = 0) -> float:
    loop = clock.VirtualTimeLoop()
    left = TIMERS
    for number in range(pending):
        loop.call_later(1_000_000 + number, loop.stop)

    def tick() -> None:
        nonlocal left
        left -= 1
        if left:
            loop.call_later(0.001, tick)
        else:
            loop.stop()

    loop.call_later(0.001, tick)
    started = time.perf_counter()
    loop.run_forever()
    took = time.perf_counter() - started
    loop.close()
    return took


def _sleeping_tasks() -> float:
    async def sleeper(number: int) -> None:
        for _ in range(TIMERS // 100):
            await asyncio.sleep(0.001 * (number % 7 + 1))

    async def work() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(sleeper(number) for number in range(100)))
        return time.perf_counter() - started

    with asyncio.Runner(loop_factory=clock.VirtualTimeLoop) as runner:
        return runner.run(work())


def main() -> None:
    """Print all figures."""
    gc.set_threshold(100_000, 50, 50)  # As the host does.
    for measure in (timers, new_environments, warm_invocations, modelled, runs, first_answers):
        for name, value in measure().items():
            print(f"  {measure.__name__.replace('_', ' ')}: {name}: {value:,.2f}")


if __name__ == "__main__":
    main()
