"""The Map state: which items, how many at a time, and what becomes of their results.

Inline, an iteration is a line of states in the same history. Distributed, each item or batch is an
execution of its own, and the parent's history knows only of the map run.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from warmstart.runtime.asl import data as flow
from warmstart.runtime.asl import settings
from warmstart.runtime.asl.branches import Lines, side_by_side
from warmstart.runtime.asl.env import Item
from warmstart.runtime.asl.jsonata import expect
from warmstart.runtime.asl.readers import read_items, write_results
from warmstart.runtime.asl.values import (
    QUERY_FAILED,
    RUNTIME,
    Json,
    StatesError,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.asl.env import Env
    from warmstart.runtime.asl.machine import Execution, Frame
    from warmstart.runtime.asl.model import Map

INLINE_AT_ONCE = 40
"""Iterations of an inline Map that run side by side (service-quotas)."""
DISTRIBUTED_AT_ONCE = 10_000
"""Child executions of a distributed Map that run side by side (service-quotas)."""


async def perform_map(run: Execution, state: Map, env: Env, frame: Frame) -> Json:
    """Run the processor over all items and return its results in order."""
    given = flow.effective(state, env)
    lines = frame.lines
    if lines is None:
        items = [] if state.reader is not None else _items(state, env, given)
    most = settings.count(state.max_concurrency, env) or (
        DISTRIBUTED_AT_ONCE if state.distributed else INLINE_AT_ONCE
    )
    if lines is None:
        if state.reader is not None:
            items = [Item(at, item) for at, item in enumerate(await read_items(run, state, env))]
        frame.previous = run.history.add(
            "MapStateStarted", frame.previous, "mapStateStartedEventDetails", {"length": len(items)}
        )
        lines = frame.lines = Lines(items=items)
    tolerated = _tolerated(state, env, len(lines.items))
    if state.distributed:
        result = await _Distributed(run, state, env, frame, lines).perform(most, tolerated)
    else:
        result = await _Inline(run, state, env, frame, lines).perform(most)
    frame.lines = None
    frame.previous = run.history.add("MapStateSucceeded", frame.previous)
    return result


def _items(state: Map, env: Env, given: Json) -> list[Item]:
    setting = state.items
    value = given if setting is None else setting.evaluate(env)
    if isinstance(value, list):
        return [Item(at, item) for at, item in enumerate(value)]
    if state.distributed and isinstance(value, dict):
        return [Item(at, value[key], key) for at, key in enumerate(value)]
    if state.language == "JSONPath":
        path = "$" if setting is None else setting.text
        raise StatesError(RUNTIME, f'Reference path "{path}" must point to array.')
    if setting is None:
        raise StatesError(
            QUERY_FAILED,
            f"Map state input must be an array but was: {to_text(value)}",
            location="Items",
        )
    expect(value, "array", setting.text, "Items")
    raise AssertionError(value)


def _tolerated(state: Map, env: Env, count: int) -> float:
    """Return how many iterations may fail; both fields given, the smaller of the two."""
    counts = [
        settings.count(state.tolerated_count, env),
        settings.percentage(state.tolerated_percentage, env),
    ]
    limits: list[float] = [] if counts[0] is None else [counts[0]]
    if counts[1] is not None:
        limits.append(counts[1] / 100 * count)
    return min(limits, default=0)


def _selected(state: Map, env: Env, item: Item) -> Json:
    env.item = item
    if state.item_selector is not None:
        return state.item_selector(env)
    return item.value if item.key is None else {"Key": item.key, "Value": item.value}


@dataclass(slots=True)
class _Inline:
    run: Execution
    state: Map
    env: Env
    frame: Frame
    lines: Lines
    latest: int = 0
    """The last event of the iteration that has ended last."""

    async def perform(self, most: int) -> list[Json]:
        started = self.latest = self.frame.previous
        outer = self.env.item
        items, results = self.lines.items, self.lines.results

        async def iteration(at: int) -> Json:
            if at not in results:
                previous = self.latest if most == 1 else started
                results[at] = await self._iteration(items[at], previous)
            return results[at]

        try:
            return await side_by_side(
                iteration, len(items), most, instant=self.state.processor.instant
            )
        finally:
            self.env.item = outer
            self.frame.previous = self.latest

    async def _iteration(self, item: Item, previous: int) -> Json:
        run = self.run
        named = {"name": self.state.name, "index": item.index}
        child = self.lines.frames.get(item.index)
        if child is not None:
            previous = child.previous
        first = run.history.add(
            "MapIterationStarted", previous, "mapIterationStartedEventDetails", named
        )
        if child is None:
            child = self.lines.frames[item.index] = run.branch(self.frame, first, None, item)
        child.previous = first
        try:
            given = _selected(self.state, self.env, item)
            child.text = to_text(given)
            result = await run.line(self.state.processor, given, child)
        except StatesError:
            self._ended("MapIterationFailed", child, named)
            raise
        except asyncio.CancelledError:
            self._ended("MapIterationAborted", child, named)
            raise
        self._ended("MapIterationSucceeded", child, named)
        del self.lines.frames[item.index]
        return result

    def _ended(self, kind: str, child: Frame, named: dict[str, Json]) -> None:
        key = f"m{kind[1:]}EventDetails"
        self.latest = child.previous = self.run.history.add(kind, child.previous, key, named)


@dataclass(slots=True)
class _Distributed:
    run: Execution
    state: Map
    env: Env
    frame: Frame
    lines: Lines
    failed: int = 0

    async def perform(self, most: int, tolerated: float) -> Json:
        run, state, lines, outer = self.run, self.state, self.lines, self.env.item
        inputs = _inputs(state, self.env, lines.items)
        self.env.item = outer
        self._start()

        async def child(at: int) -> Json:
            if at in lines.results:
                return lines.results[at]
            execution = await self._child(at, f"{lines.number}-{at}", inputs[at])
            if execution.status == "SUCCEEDED":
                lines.results[at] = execution.result
                if state.writer is None:
                    del lines.children[at]
                return execution.result
            self.failed += 1
            if self.failed > tolerated:
                raise StatesError(_EXCEEDED, _EXCEEDED_CAUSE, placed=True)
            return _FAILED

        try:
            results = await side_by_side(child, len(inputs), most, instant=state.processor.instant)
        except StatesError as error:
            self._note("Failed", error.details())
            raise
        except asyncio.CancelledError:
            self._note("Aborted")
            raise
        if state.writer is not None:
            children = [lines.children[at] for at in sorted(lines.children)]
            result = await write_results(run, state, self.env, lines.map_run, children)
        else:
            result = [each for each in results if each is not _FAILED]
        self._note("Succeeded")
        return result

    def _start(self) -> None:
        """Record that the map run starts or, after a redrive, goes on."""
        run, lines = self.run, self.lines
        if lines.map_run:
            lines.redrives += 1
            self._note("Redriven", {"mapRunArn": lines.map_run, "redriveCount": lines.redrives})
        else:
            lines.number, lines.map_run = run.next_map_run(self.state.label or self.state.name)
            self._note("Started", {"mapRunArn": lines.map_run})

    def _note(self, what: str, details: dict[str, Json] | None = None) -> None:
        key = None if details is None else f"mapRun{what}EventDetails"
        self.frame.previous = self.run.history.add(
            f"MapRun{what}", self.frame.previous, key, details
        )

    async def _child(self, at: int, suffix: str, given: Json) -> Execution:
        """Run a child; one that has failed before is redriven, or as an Express one run again."""
        child = self.lines.children.get(at)
        if child is None or self.state.express:
            name = f"{self.run.identity.name}-{suffix}"
            identity = replace(self.run.identity, name=name, express=self.state.express)
            child = type(self.run)(self.state.processor, to_text(given), identity, self.run.world)
            self.lines.children[at] = child
            work = child.run()
        elif child.redrivable:
            work = child.redrive()
        else:
            return child
        try:
            await work
        except asyncio.CancelledError:
            child.cut_off()
            raise
        return child


_FAILED = object()
_EXCEEDED = "States.ExceedToleratedFailureThreshold"
_EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"


def _inputs(state: Map, env: Env, items: list[Item]) -> list[Json]:
    """Return the input of each child: an item each, or a batch."""
    selected = [_selected(state, env, item) for item in items]
    batcher = state.batcher
    if batcher is None:
        return selected
    most_items = settings.count(batcher.most_items, env) or len(selected) or 1
    most_bytes = settings.count(batcher.most_bytes, env)
    shared: Mapping[str, Json] = (
        {} if batcher.batch_input is None else {"BatchInput": batcher.batch_input(env)}
    )
    batches: list[list[Json]] = []
    room = 0
    for item in selected:
        length = len(to_text(item).encode(errors="surrogatepass")) + 1
        if (
            not batches
            or len(batches[-1]) >= most_items
            or (most_bytes is not None and length > room)
        ):
            batches.append([])
            room = (most_bytes or 0) - len(to_text({**shared, "Items": []}).encode())
        batches[-1].append(item)
        room -= length
    return [{**shared, "Items": batch} for batch in batches]
