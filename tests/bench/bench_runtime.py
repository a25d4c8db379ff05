"""What the runtime costs in real time: timers, new environments, warm invocations.

The figures are this machine's; there is no peer to hold them against. The runtime's own bounds:
200,000 timers a second on the virtual loop, and a new environment in a few milliseconds.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from warmstart.runtime import clock
from warmstart.runtime.launch import Call, run
from warmstart.runtime.process import Zygote

TIMERS = 200_000
ENVIRONMENTS = 50
INVOCATIONS = 2_000

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.13, CodeUri: .}
"""


def timers() -> dict[str, float]:
    """Return timers a second: one callback that schedules the next, and 100 tasks that sleep."""
    return {"chained": TIMERS / _chain(), "sleeping tasks": TIMERS / _sleeping_tasks()}


def new_environments() -> dict[str, float]:
    """Return milliseconds from asking for a worker to having one, and for the first in a run."""

    async def work() -> list[float]:
        zygote = Zygote(10)
        took = []
        for _ in range(ENVIRONMENTS):
            started = time.perf_counter()
            worker = await zygote.fork()
            took.append(1_000 * (time.perf_counter() - started))
            worker.kill()
        await zygote.close()
        return took

    with asyncio.Runner(loop_factory=clock.VirtualTimeLoop) as runner:
        first, *others = runner.run(work())
    return {"first, ms": first, "median, ms": statistics.median(others)}


def invocations() -> dict[str, float]:
    """Return warm invocations a second, and milliseconds a cold one and a whole run take."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.yaml"
        template.write_text(TEMPLATE)
        (Path(folder) / "app.py").write_text("def handler(event, context):\n    return event\n")
        warm = run(template, [Call(at * 1_000_000, "Echo") for at in range(INVOCATIONS)], seed=1)
        cold = run(template, [Call(0, "Echo") for _ in range(ENVIRONMENTS)], seed=1)
        one = time.perf_counter()
        run(template, [Call(0, "Echo")], seed=1)
        one = time.perf_counter() - one
    return {
        "warm, a second": INVOCATIONS / warm.sidecar.seconds,
        "cold, ms each": 1_000 * cold.sidecar.seconds / ENVIRONMENTS,
        "a run of one call, ms": 1_000 * one,
    }


def _chain() -> float:
    loop = clock.VirtualTimeLoop()
    left = TIMERS

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
    for measure in (timers, new_environments, invocations):
        for name, value in measure().items():
            print(f"  {measure.__name__.replace('_', ' ')}: {name}: {value:,.1f}")


if __name__ == "__main__":
    main()
