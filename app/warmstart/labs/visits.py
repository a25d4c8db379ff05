"""The visits of an execution: each state as it was entered, and what it was in from when on.

Events name the one before them in their own line of states (``previous``), and by that each finds
the visit it belongs to. What is inside a Map or Parallel has that one's visit as its parent.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from warmstart.runtime.asl import model
from warmstart.runtime.asl.graph import edges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warmstart.runtime.asl.drawing import Way
    from warmstart.runtime.asl.model import State
    from warmstart.runtime.trace import ExecutionEvent

_CHILD: Final = re.compile(r"(.+)-(\d+)-\d+", re.DOTALL)
"""The name of a distributed Map's child: its parent's, which map run, and which item."""


class Status(Enum):
    """What a visit to a state is in; the value is its sign, so that it reads without colour."""

    AHEAD = "·"
    RUNNING = "█"
    RETRYING = "↻"
    DONE = "✓"
    FAILED = "✗"
    ABORTED = "⊘"
    COMPENSATED = "↩"
    """It is done, and has undone what another did."""

    @property
    def sign(self) -> str:
        """The character that stands for it, one cell wide."""
        return self.value


OPEN: Final = (Status.RUNNING, Status.RETRYING)


@dataclass(slots=True, eq=False)
class Visit:
    """A state, entered once."""

    state: State
    parent: Visit | None
    """The Map or Parallel that it happens in."""
    phases: list[tuple[int, Status]] = field(default_factory=list)
    """From after how many events on it is in which status."""
    events: list[int] = field(default_factory=list)
    """The places of its own events."""
    attempts: list[int] = field(default_factory=list)
    """After how many events each attempt had begun."""
    length: int | None = None
    """Items of a Map; None where they are put into batches."""
    tally: list[tuple[int, int, int]] = field(default_factory=list)
    """Of a Map: after how many events how many iterations had ended, and how many failed."""
    broken: set[object] = field(default_factory=set)
    """Which iterations have failed, and not been redriven."""
    stopped: dict[object, Visit] = field(default_factory=dict)
    """By iteration, the visit at which it was broken off."""
    inner: list[Visit] = field(default_factory=list)
    undone: int | None = None
    """After how many events it had been undone."""
    left: bool = False
    """Whether it was exited."""

    @property
    def is_open(self) -> bool:
        """Whether it goes on, as far as the events were read."""
        return self.phases[-1][1] in OPEN

    def count_iteration(self, count: int, *, ended: int = 0, failed: int = 0) -> None:
        """Add to a Map's tally."""
        _, so_far, broken = self.tally[-1] if self.tally else (0, 0, 0)
        self.tally.append((count, so_far + ended, broken + failed))

    def iterations(self, count: int) -> tuple[int, int]:
        """Return how many of a Map's iterations have ended, and how many of them failed."""
        at = bisect.bisect_right(self.tally, count, key=lambda entry: entry[0])
        return self.tally[at - 1][1:] if at else (0, 0)

    def status(self, count: int) -> Status:
        """Return what it is in after so many events."""
        at = bisect.bisect_right(self.phases, count, key=lambda phase: phase[0])
        return self.phases[at - 1][1] if at else Status.AHEAD


class Walk:
    """Walks the events once: whose each is, and what it does to whom."""

    def __init__(
        self,
        states: Mapping[str, State],
        undo: Mapping[str, str],
        events: Sequence[ExecutionEvent],
    ) -> None:
        self.states, self.undo = states, undo
        self._ways: dict[tuple[str, str], set[bool]] = {}
        """The edges, by whether they are a Catch's."""
        for state in states.values():
            for edge in edges(state):
                self._ways.setdefault((state.name, edge.target), set()).add(edge.caught)
        self.visits: list[Visit] = []
        self.of: list[Visit | None] = []
        self.taken: dict[Way, int] = {}
        self.failures: list[int] = []
        self._known: dict[tuple[str, int], tuple[ExecutionEvent, Visit | None]] = {}
        self._runs: dict[str, list[Visit]] = {}
        """An execution's map runs, as the Map that each belongs to."""
        self._open: dict[str, list[Visit]] = {}
        """An execution's visits, of which some may still be open."""
        self._latest: dict[str, Visit] = {}
        self._line: dict[str, Visit] = {}
        """The last visit of an execution's own line."""
        self._resumed: dict[tuple[str, int], Visit] = {}
        """With which visit a line goes on after an event that lets it do so."""
        for count, event in enumerate(events, start=1):
            before = self._known.get((event.execution, event.previous))
            visit = self._take(event, count, before)
            if visit is not None:
                visit.events.append(count - 1)
            self.of.append(visit)
            self._known[event.execution, event.number] = (event, visit)

    def _take(
        self, event: ExecutionEvent, count: int, before: tuple[ExecutionEvent, Visit | None] | None
    ) -> Visit | None:
        """Let an event do what it does, and return the visit it belongs to."""
        kind = event.type
        last = before[1] if before else None
        if kind.startswith("Execution"):
            return self._execution(event, count)
        if kind.endswith("StateEntered"):
            return self._enter(event, count, before)
        last = self._resumed.get((event.execution, event.previous), last)
        if kind.endswith("StateExited"):
            visit = _up(last, event.details["name"])
            if visit is not None:
                visit.left = True
                self._leave(visit, count)
            return visit
        if kind.startswith("MapIteration"):
            return self._iteration(event, count, last)
        if kind.startswith(("Map", "Parallel")):
            last = _up_to(last, "Map" if kind.startswith("Map") else "Parallel")
        if last is not None:
            self._work(last, event, count)
        return last

    def _enter(
        self, event: ExecutionEvent, count: int, before: tuple[ExecutionEvent, Visit | None] | None
    ) -> Visit:
        name = event.details["name"]
        earlier, source = before or (None, None)
        parent = source
        resumed = self._resumed.get((event.execution, event.previous))
        if resumed is not None:
            self._again(resumed, count)
        elif earlier is not None and source is not None and not earlier.type.endswith("Started"):
            parent = source.parent
            if earlier.type.endswith("StateExited"):
                caught = self._caught(source, name)
                self.taken.setdefault((source.state.name, name, caught), count)
                if caught:
                    self._fail_late(source)
            else:
                self._again(source, count)
        visit = Visit(self.states[name], parent, [(count, Status.RUNNING)])
        if parent is not None:
            parent.inner.append(visit)
        if parent is self._map_of(event.execution):
            self._line[event.execution] = visit
        self.visits.append(visit)
        self._open.setdefault(event.execution, []).append(visit)
        self._latest[name] = visit
        return visit

    def _fail_late(self, visit: Visit) -> None:
        """Correct what a Catch has shown: a visit's work went well, and its result did not."""
        since, status = visit.phases[-1]
        visit.phases[-1] = (since, Status.FAILED)
        undone = self._latest.get(self.undo.get(visit.state.name, ""))
        if status is Status.COMPENSATED and undone is not None and undone.undone == since:
            undone.undone = None

    def _caught(self, source: Visit, target: str) -> bool:
        """Tell whether a Catch led from a visit to a state: where both do, if it had failed."""
        ways = self._ways[source.state.name, target]
        return source.phases[-1][1] is Status.FAILED if len(ways) > 1 else True in ways

    def _leave(self, visit: Visit, count: int) -> None:
        if visit.phases[-1][1] is not Status.RUNNING:
            return  # It has failed, and that was caught.
        name = visit.state.name
        if name not in self.undo:
            visit.phases.append((count, Status.DONE))
            return
        visit.phases.append((count, Status.COMPENSATED))
        undone = self._latest.get(self.undo[name])
        if undone is not None and undone.undone is None:
            undone.undone = count

    def _work(self, visit: Visit, event: ExecutionEvent, count: int) -> None:
        """Let an event between a state's entry and exit change what it is in."""
        kind = event.type
        if kind.endswith(("Failed", "TimedOut")) and kind != "MapRunFailed":
            self.failures.append(count)
            self._close(visit, count, Status.FAILED)
        elif kind.endswith("Aborted"):
            self._close(visit, count, Status.ABORTED)
        elif kind.endswith(("Scheduled", "StateStarted")):
            since, status = visit.phases[-1]
            if status is Status.FAILED:  # and so it was to be tried again
                visit.phases[-1] = (since, Status.RETRYING)
                visit.phases.append((count, Status.RUNNING))
            for inner in visit.inner:
                if inner.is_open:
                    self._close(inner, count, Status.FAILED)
            visit.inner = []
            visit.attempts.append(count)
            visit.tally.append((count, 0, 0))
            visit.broken, visit.stopped = set(), {}
            batched = isinstance(visit.state, model.Map) and visit.state.batcher is not None
            visit.length = None if batched else event.details.get("length")
        elif kind == "MapRunStarted":
            self._runs.setdefault(event.execution, []).append(visit)

    def _close(self, visit: Visit, count: int, status: Status) -> None:
        """End a visit, and with it what is still open inside it."""
        for inner in visit.inner:
            if inner.is_open:
                self._close(inner, count, status)
        if visit.phases[-1] != (count, status):
            visit.phases.append((count, status))

    def _iteration(self, event: ExecutionEvent, count: int, last: Visit | None) -> Visit | None:
        visit = _up(last, event.details["name"])
        index = event.details["index"]
        if visit is None:
            return None
        if event.type == "MapIterationStarted":
            self._reopen_iteration(visit, index, count)
            if index in visit.stopped:
                self._resumed[event.execution, event.number] = visit.stopped.pop(index)
            return visit
        if last is not None and last is not visit and event.type != "MapIterationSucceeded":
            visit.stopped[index] = _below(last, visit)
        if event.type == "MapIterationAborted":
            self._end_line(last, visit, count, Status.ABORTED)
            return visit
        visit.count_iteration(count, ended=1, failed=event.type == "MapIterationFailed")
        if event.type == "MapIterationFailed":
            visit.broken.add(index)
            self.failures.append(count)
            self._end_line(last, visit, count, Status.FAILED)
        return visit

    def _end_line(self, inner: Visit | None, outer: Visit, count: int, status: Status) -> None:
        """End what is still open in one line of an iteration, up to the Map around it."""
        while inner is not None and inner is not outer:
            if inner.is_open:
                self._close(inner, count, status)
            inner = inner.parent

    def _map_of(self, execution: str) -> Visit | None:
        """Return the distributed Map that an execution is a child of."""
        parent = parent_of(execution)
        runs = self._runs.get(parent[0], []) if parent else []
        return runs[parent[1] - 1] if parent and parent[1] <= len(runs) else None

    def _execution(self, event: ExecutionEvent, count: int) -> Visit | None:
        """Let an execution begin or end: what is still open has failed with it."""
        around = self._map_of(event.execution)
        kind = event.type
        if kind in ("ExecutionStarted", "ExecutionRedriven"):
            if kind == "ExecutionRedriven" and (line := self._line.get(event.execution)):
                self._resumed[event.execution, event.number] = line
                self._reopen(line, count)
            if around is not None:
                self._reopen_iteration(around, event.execution, count)
            return around
        if kind != "ExecutionSucceeded":
            status = Status.FAILED if kind == "ExecutionFailed" else Status.ABORTED
            self.failures.append(count)
            if around is not None and kind != "ExecutionAborted":
                around.broken.add(event.execution)
            for visit in self._open.get(event.execution, []):
                if visit.is_open:
                    self._close(visit, count, status)
        if around is not None and kind != "ExecutionAborted":
            around.count_iteration(count, ended=1, failed=kind != "ExecutionSucceeded")
        return around

    def _again(self, visit: Visit | None, count: int) -> None:
        """End a visit that a redrive does not go on with: its state is entered anew."""
        if visit is not None and visit.is_open:
            self._close(visit, count, Status.FAILED)

    def _reopen(self, visit: Visit, count: int) -> None:
        """Let what was broken off go on: a visit, and what had not succeeded inside it."""
        if visit.left or visit.is_open:
            return
        visit.phases.append((count, Status.RUNNING))
        for inner in visit.inner:
            if inner.phases[-1][1] in (Status.FAILED, Status.ABORTED):
                self._reopen(inner, count)

    @staticmethod
    def _reopen_iteration(visit: Visit, iteration: object, count: int) -> None:
        if iteration in visit.broken:
            visit.broken.remove(iteration)
            visit.count_iteration(count, ended=-1, failed=-1)


def _up(visit: Visit | None, name: str) -> Visit | None:
    """Return the nearest visit, from this one outwards, to a state of that name."""
    while visit is not None and visit.state.name != name:
        visit = visit.parent
    return visit


def _below(inner: Visit, outer: Visit) -> Visit:
    """Return what of a visit's ancestors, or itself, happens in a Map's own iteration."""
    while inner.parent is not None and inner.parent is not outer:
        inner = inner.parent
    return inner


def _up_to(visit: Visit | None, kind: str) -> Visit | None:
    """Return the nearest visit, from this one outwards, to a state of that type still open."""
    while visit is not None and not (visit.state.type == kind and visit.is_open):
        visit = visit.parent
    return visit


def parent_of(name: str) -> tuple[str, int] | None:
    """Return the execution whose distributed Map's child a name may be, and its map run."""
    match = _CHILD.fullmatch(name)
    return (match[1], int(match[2])) if match else None
