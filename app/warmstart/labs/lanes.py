"""A trace as lanes: one per execution environment, with what it did when.

``build_lanes`` walks a trace once. ``Lane.cells`` then answers, for the cells of a time axis, what
to draw in each, in a time that depends on the number of cells and not on the number of events: a
lane keeps, for each kind of span, sorted starts and ends to bisect. A renderer only colours them.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

from warmstart.runtime.trace import (
    EnvironmentCreated,
    EnvironmentReset,
    EnvironmentShutdown,
    InitEnded,
    InitStarted,
    InvocationEnded,
    InvocationRejected,
    InvocationStarted,
    InvocationThrottled,
    RestoreEnded,
    RestoreStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warmstart.labs.timeline import Axis
    from warmstart.runtime.trace import TraceEvent


class State(Enum):
    """What a cell shows; the value is its shape, so that a picture reads without colour."""

    BLANK = " "
    INIT = "░"
    INVOKE = "█"
    IDLE = "─"
    RESTORE = "▒"
    THROTTLED = "×"
    ERROR = "✗"
    TIMEOUT = "T"
    REAPED = "┤"
    FOLD = "⋯"

    @property
    def shape(self) -> str:
        """The character that stands for the state, one cell wide."""
        return self.value


_MARKS = (State.TIMEOUT, State.ERROR, State.THROTTLED)
_PRIORITY = (State.INIT, State.RESTORE, *_MARKS, State.INVOKE, State.REAPED)
"""What wins when several fall into one cell; a fold comes next, then idling."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) in one state."""

    state: State
    start: int
    end: int
    request: str | None = None


@dataclass(slots=True)
class _Track:
    """The spans of one state, which never overlap within a lane, in order of time."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, start: int, end: int) -> None:
        self.starts.append(start)
        self.ends.append(end)

    def touches(self, start: int, end: int) -> bool:
        """Tell whether any span lies in [start, end), be it shorter than the cell."""
        index = bisect.bisect_right(self.ends, start)
        # A span without length (a mark) that stands on the cell's first moment counts as well.
        if index and self.ends[index - 1] == self.starts[index - 1] == start:
            return True
        return index < len(self.starts) and self.starts[index] < end


@dataclass(slots=True)
class Lane:
    """What one execution environment did; or, without environment, a function's throttles."""

    name: str
    function: str
    spans: list[Span] = field(default_factory=list)
    born: int | None = None
    ended: int | None = None
    """When it was shut down; None when the run ended first."""
    open: Span | None = None
    """What it is in the middle of, in a trace that is still growing; its end is not known."""
    _tracks: dict[State, _Track] = field(default_factory=dict)

    def add(self, state: State, start: int, end: int, request: str | None = None) -> None:
        """Append a span; a mark has no length. Spans of one state come in order of time."""
        self.spans.append(Span(state, start, end, request))
        self._tracks.setdefault(state, _Track()).add(start, end)

    def state_at(self, at: int) -> State:
        """Return what the lane is in at a moment; marks count for their moment only."""
        return self._cell(at, at + 1, folded=False)

    def cells(self, axis: Axis) -> list[State]:
        """Return what each of the axis' cells shows.

        A span shorter than a cell still shows; of several in one cell the first of INIT, restore,
        error, INVOKE, shut down, fold, idle wins.
        """
        edges, folded = axis.edges, axis.folded
        ends = edges[1:]
        if ends[-1] == axis.timeline.duration:
            ends[-1] += 1  # what happens at the very end belongs to the last cell
        return [
            self._cell(start, end, folded=fold)
            for start, end, fold in zip(edges, ends, folded, strict=False)
        ]

    def _cell(self, start: int, end: int, *, folded: bool) -> State:
        state = self._covering(start, max(end, start + 1))
        if state is not None:
            return state
        if self.born is None or self.born >= end or (self.ended is not None and self.ended < start):
            return State.BLANK
        return State.FOLD if folded else State.IDLE

    def _covering(self, start: int, end: int) -> State | None:
        for state in _PRIORITY:
            track = self._tracks.get(state)
            if track is not None and track.touches(start, end):
                return state
            if self.open is not None and self.open.state is state and self.open.start < end:
                return state
        return None


def runs(cells: list[State]) -> list[tuple[State, int]]:
    """Return a line's cells as (state, how many in a row)."""
    return [(state, len(list(group))) for state, group in groupby(cells)]


def build_lanes(trace: Iterable[TraceEvent]) -> list[Lane]:
    """Return the lanes in the order the environments appeared.

    Throttled and rejected requests reach no environment: they stand, as marks, in a lane of their
    own after the function's environments, which is there only when there are any.
    """
    builder = LaneBuilder()
    for event in trace:
        builder.take(event)
    return builder.finish()


class LaneBuilder:
    """Walks a trace once, with what is still open: an INIT or an invocation per environment."""

    def __init__(self) -> None:
        self.lanes: dict[str, Lane] = {}
        self.refused: dict[str, Lane] = {}
        self.init_since: dict[str, int] = {}
        self.restore_since: dict[str, int] = {}
        self.invoked: dict[str, InvocationStarted] = {}
        self.last = 0

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        self.last = event.at
        match event:
            case InvocationStarted(environment=name):
                self.invoked[name] = event
            case InvocationEnded():
                self._end_invocation(event)
            case InvocationThrottled(at=at, function=function, request=request):
                self._refuse(function, State.THROTTLED, at, request)
            case InvocationRejected(at=at, function=function, request=request):
                self._refuse(function, State.ERROR, at, request)
            case _:
                self._environment(event)

    def _environment(self, event: TraceEvent) -> None:
        match event:
            case EnvironmentCreated(at=at, environment=name, function=function):
                self.lanes[name] = Lane(name, function, born=at)
            case InitStarted(at=at, environment=name):
                self._pause_invocation(name, at)
                self.init_since[name] = at
            case InitEnded(at=at, environment=name):
                self._ready(event, State.INIT, self.init_since.pop(name, at))
                self._resume_invocation(name, at)
            case RestoreStarted(at=at, environment=name):
                self.restore_since[name] = at
            case RestoreEnded(at=at, environment=name):
                self._ready(event, State.RESTORE, self.restore_since.pop(name, at))
            case EnvironmentReset(at=at, environment=name):
                self._close_init(name, at)
            case EnvironmentShutdown(at=at, environment=name, reason="idle"):
                # When the run ends, so does the picture: only an environment that was taken down
                # for idling is shown as gone.
                lane = self.lanes[name]
                lane.ended = at
                lane.add(State.REAPED, at, at)
            case _:
                pass

    def _ready(self, event: InitEnded | RestoreEnded, state: State, since: int) -> None:
        lane = self.lanes[event.environment]
        lane.add(state, since, event.at, event.request)
        if event.status != "success":
            mark = State.TIMEOUT if event.status == "timeout" else State.ERROR
            lane.add(mark, event.at, event.at, event.request)

    def finish(self) -> list[Lane]:
        """Close what was cut off by the end of the run, and return the lanes."""
        for span, lane in self._open():
            lane.add(span.state, span.start, self.last, span.request)
        return self._ordered()

    def so_far(self) -> list[Lane]:
        """Return the lanes of a trace that may grow: what is under way is left open."""
        for lane in self.lanes.values():
            lane.open = None
        for span, lane in self._open():
            lane.open = span
        return self._ordered()

    def _open(self) -> Iterator[tuple[Span, Lane]]:
        """Yield what is under way, with its lane; INIT within an invocation hides that."""
        for state, since in (
            (State.INIT, self.init_since),
            (State.RESTORE, self.restore_since),
        ):
            for name, start in since.items():
                yield Span(state, start, self.last), self.lanes[name]
        for name, started in self.invoked.items():
            if name not in self.init_since:
                span = Span(State.INVOKE, started.at, self.last, started.request)
                yield span, self.lanes[name]

    def _ordered(self) -> list[Lane]:
        groups: dict[str, list[Lane]] = {}
        for lane in self.lanes.values():
            groups.setdefault(lane.function, []).append(lane)
        for function, lane in self.refused.items():
            groups.setdefault(function, []).append(lane)
        return [lane for group in groups.values() for lane in group]

    def _pause_invocation(self, name: str, at: int) -> None:
        """Draw what ran of an invocation before INIT runs again inside it."""
        started = self.invoked.get(name)
        if started is not None and started.at < at:
            self.lanes[name].add(State.INVOKE, started.at, at, started.request)

    def _resume_invocation(self, name: str, at: int) -> None:
        started = self.invoked.get(name)
        if started is not None:
            self.invoked[name] = InvocationStarted(
                at, started.request, name, started.function, started.cold
            )

    def _end_invocation(self, event: InvocationEnded) -> None:
        lane = self.lanes[event.environment]
        self._close_init(event.environment, event.at)
        started = self.invoked.pop(event.environment, None)
        if started is not None:
            lane.add(State.INVOKE, started.at, event.at, event.request)
        if event.status != "success":
            mark = State.TIMEOUT if event.status == "timeout" else State.ERROR
            lane.add(mark, event.at, event.at, event.request)

    def _close_init(self, name: str, at: int) -> None:
        """End an INIT where a time-out or a crash cut it off."""
        since = self.init_since.pop(name, None)
        if since is not None:
            self.lanes[name].add(State.INIT, since, at)
            self._resume_invocation(name, at)

    def _refuse(self, function: str, state: State, at: int, request: str) -> None:
        lane = self.refused.setdefault(function, Lane(f"{function} ×", function))
        lane.add(state, at, at, request)
