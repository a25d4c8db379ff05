"""Lines of states that run side by side: a Parallel's branches, a Map's iterations."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from warmstart.runtime.asl.machine import Execution, Frame
    from warmstart.runtime.asl.model import Machine
    from warmstart.runtime.asl.values import Json


@dataclass(frozen=True, slots=True)
class Branch:
    """A machine with its input, in a frame of its own."""

    machine: Machine
    data: Json
    frame: Frame


async def run_all(run: Execution, branches: list[Branch], most: int) -> list[Json]:
    """Run branches side by side and return their results in order; the first error ends all."""

    async def one(at: int) -> Json:
        branch = branches[at]
        return await run.states(branch.machine, branch.data, branch.frame)

    instant = all(branch.machine.instant for branch in branches)
    return await side_by_side(one, len(branches), most, instant=instant)


async def side_by_side(
    job: Callable[[int], Awaitable[Json]], count: int, most: int, *, instant: bool
) -> list[Json]:
    """Do jobs 0 to ``count``, at most so many at a time, and return their results in order.

    Jobs that cannot wait are done one after the other, without tasks. The first error, in the order
    of time and then of jobs, cancels the others and is raised.
    """
    if instant or most == 1:
        return [await job(at) for at in range(count)]
    results: list[Json] = [None] * count
    numbers = iter(range(count))

    async def worker(mine: Iterator[int]) -> None:
        for at in mine:
            results[at] = await job(at)

    workers = [asyncio.create_task(worker(numbers)) for _ in range(min(most, count))]
    if not workers:
        return results
    try:
        await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        failed = next((task for task in workers if task.done() and task.exception()), None)
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    if failed is not None:
        failed.result()
    return results
