"""What a stage shows of a run, worked out below the screen.

A ``Stage`` is made once from a run; a screen then asks it for what stands at the cursor. The
figures beside the picture are those up to the cursor, so that playing a run tells its story and
does not give away its end; a prediction's outcome is revealed when its moment has been reached.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.labs.figures import costs, latencies, percentile
from warmstart.labs.lanes import Lane, build_lanes
from warmstart.labs.log import Entry, Moment, build_log, moments
from warmstart.labs.scenario import arrivals
from warmstart.labs.timeline import Timeline, find_gaps
from warmstart.runtime.trace import InvocationEnded, InvocationRequested, InvocationStarted

if TYPE_CHECKING:
    from warmstart.labs.run import LabRun, Outcome

FEW = 64
"""From so many new values on, sorting anew beats inserting one by one."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """The figures up to a moment."""

    invocations: int
    cold: int
    p50_ms: float
    p99_ms: float
    usd: float


class Tally:
    """The figures up to the cursor, cheap while it moves forward a little at a time."""

    def __init__(self, run: LabRun) -> None:
        waited = latencies(run.trace)
        cold = {
            event.request
            for event in run.trace
            if isinstance(event, InvocationStarted) and event.cold
        }
        ended = [event for event in run.trace if isinstance(event, InvocationEnded)]
        self._ends = [event.at for event in ended]
        self._waits = [waited.get(event.request, event.duration) / 1_000 for event in ended]
        self._cold = _sums([float(event.request in cold) for event in ended])
        self._usd = _sums(costs(run.trace))
        self._sorted: list[float] = []

    def at(self, cursor: int) -> SoFar:
        """Return the figures of all invocations that ended at or before the cursor."""
        count = bisect.bisect_right(self._ends, cursor)
        known = len(self._sorted)
        if known <= count <= known + FEW:
            for wait in self._waits[known:count]:
                bisect.insort(self._sorted, wait)
        elif count != known:
            self._sorted = sorted(self._waits[:count])
        return SoFar(
            invocations=count,
            cold=int(self._cold[count]),
            p50_ms=percentile(self._sorted, 50),
            p99_ms=percentile(self._sorted, 99),
            usd=self._usd[count],
        )


def _sums(values: list[float]) -> list[float]:
    """Return the sums of the first 0, 1, … values."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    return sums


@dataclass(frozen=True, slots=True)
class Label:
    """What the scenario calls a stretch that begins at ``at``."""

    at: int
    text: str


class Stage:
    """A run, ready to be looked at."""

    def __init__(self, run: LabRun) -> None:
        self.run = run
        self.lanes: list[Lane] = build_lanes(run.trace)
        self.log: list[Entry] = build_log(run.trace)
        self.moments: list[Moment] = moments(run.trace)
        self.times: list[int] = sorted({event.at for event in run.trace})
        """Every moment at which anything happens, for stepping."""
        self.folded = Timeline(run.trace.end, find_gaps(run.trace))
        self.plain = Timeline(run.trace.end)
        self.tally = Tally(run)
        self.labels = [
            Label(start, step.label)
            for step in run.scenario.steps
            if (start := next(arrivals(step, run.seed), None)) is not None
        ]
        self.road = _road(run)
        """The way of a request: who calls, and the functions called, in order of appearance."""
        self._born = sorted(lane.born for lane in self.lanes if lane.born is not None)
        self._gone = sorted(lane.ended for lane in self.lanes if lane.ended is not None)

    def environments(self, cursor: int) -> int:
        """Return how many environments there are at a moment."""
        return bisect.bisect_right(self._born, cursor) - bisect.bisect_right(self._gone, cursor)

    def moment_at(self, cursor: int) -> Moment | None:
        """Return what is worth stopping at exactly here."""
        index = bisect.bisect_left(self.moments, cursor, key=lambda moment: moment.at)
        if index < len(self.moments) and self.moments[index].at == cursor:
            return self.moments[index]
        return None

    def revealed(self, cursor: int) -> list[Outcome]:
        """Return the outcomes that may be told by now; all of them at the end."""
        end = self.folded.duration
        return [
            outcome
            for outcome in self.run.outcomes
            if cursor >= min(end if outcome.told is None else outcome.told, end)
        ]


def _road(run: LabRun) -> list[str]:
    asked = [event for event in run.trace if isinstance(event, InvocationRequested)]
    sources = dict.fromkeys(event.source for event in asked)
    functions = dict.fromkeys(event.function for event in asked)
    return [", ".join(sources), ", ".join(functions)] if asked else []
