"""Lines of states that run side by side: a Parallel's branches, a Map's iterations."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from warmstart.runtime.asl.env import Item
    from warmstart.runtime.asl.machine import Execution, Frame
    from warmstart.runtime.asl.model import Machine
    from warmstart.runtime.asl.values import Json


@dataclass(slots=True)
class Lines:
    """How far the lines of a Map or Parallel have come, so that a redrive goes on from there."""

    results: dict[int, Json] = field(default_factory=dict)
    """Of those that have succeeded."""
    frames: dict[int, Frame] = field(default_factory=dict)
    """Of branches and inline iterations that have begun."""
    children: dict[int, Execution] = field(default_factory=dict)
    """Of a distributed Map; those that have succeeded only where its ResultWriter wants them."""
    items: list[Item] = field(default_factory=list)
    """A Map's, as they were read first."""
    map_run: str = ""
    """The ARN; empty where none has started."""
    number: int = 0
    """Which of the execution's map runs it is."""
    redrives: int = 0
    """How often that has been redriven."""


async def run_all(
    run: Execution, machines: tuple[Machine, ...], data: Json, lines: Lines
) -> list[Json]:
    """Run branches side by side and return their results in order; the first error ends all."""

    async def one(at: int) -> Json:
        if at not in lines.results:
            lines.results[at] = await run.line(machines[at], data, lines.frames[at])
        return lines.results[at]

    instant = all(machine.instant for machine in machines)
    return await side_by_side(one, len(machines), len(machines), instant=instant)


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
