"""What a stage shows of a trace, worked out below the screen.

A ``Stage`` is made from a run, or from any trace, and may grow with it; a screen then asks it for
what stands at the cursor. The figures beside the picture are those up to the cursor, so that
playing a run tells its story and does not give away its end; a prediction's outcome is revealed
when its moment has been reached. The model of a view is made when the view is opened first.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from warmstart.errors import WarmstartError
from warmstart.labs.figures import percentile
from warmstart.labs.lanes import LaneBuilder
from warmstart.labs.log import entry_of
from warmstart.labs.machine import plays
from warmstart.labs.moments import MomentFinder
from warmstart.labs.scenario import arrivals
from warmstart.labs.timeline import GapFinder, Timeline
from warmstart.labs.views.bill import BillSoFar
from warmstart.labs.views.fleets import Fleets
from warmstart.labs.views.metrics import Readings
from warmstart.labs.views.queues import Queues
from warmstart.labs.views.series import Total
from warmstart.labs.views.topology import SERVICES, Topology
from warmstart.labs.views.waterfall import Requests
from warmstart.runtime.template import load
from warmstart.runtime.trace import (
    ApiCalled,
    EnvironmentCreated,
    EnvironmentShutdown,
    HttpAnswered,
    InvocationEnded,
    InvocationRequested,
    InvocationStarted,
    RunEnded,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.labs.lanes import Lane
    from warmstart.labs.log import Entry
    from warmstart.labs.machine import Play
    from warmstart.labs.moments import Kind, Moment
    from warmstart.labs.run import LabRun, Outcome
    from warmstart.runtime.template import Application
    from warmstart.runtime.trace import Trace, TraceEvent

FEW = 64
"""From so many new values on, sorting anew beats inserting one by one."""


class Model(Protocol):
    """Whatever is worked out from the events of a trace, one after another."""

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""


_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class SoFar:
    """The figures up to a moment."""

    invocations: int
    cold: int
    p50_ms: float | None
    """None until a call has ended: there is no latency yet; of the p99 the same."""
    p99_ms: float | None
    usd: float


class Tally:
    """The figures up to the cursor, cheap while it moves forward a little at a time.

    Latency is what the caller of a function saw: from asking to the answer.
    """

    def __init__(self, bill: BillSoFar) -> None:
        self._bill = bill
        self._asked: dict[str, int] = {}
        self._cold_ones: set[str] = set()
        self._waits: list[float] = []
        """Milliseconds, in the order in which the invocations ended."""
        self._cold = Total()
        self._sorted: list[float] = []

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        match event:
            case InvocationRequested(at=at, request=request):
                self._asked[request] = at
            case InvocationStarted(request=request, cold=True):
                self._cold_ones.add(request)
            case InvocationEnded(at=at, request=request):
                self._waits.append((at - self._asked.get(request, at - event.duration)) / 1_000)
                self._cold.add(at, request in self._cold_ones)
            case _:
                pass

    def at(self, cursor: int) -> SoFar:
        """Return the figures of all invocations that ended at or before the cursor."""
        count = self._cold.count(cursor)
        known = len(self._sorted)
        if known <= count <= known + FEW:
            for wait in self._waits[known:count]:
                bisect.insort(self._sorted, wait)
        elif count != known:
            self._sorted = sorted(self._waits[:count])
        return SoFar(
            invocations=count,
            cold=int(self._cold.at(cursor)),
            p50_ms=percentile(self._sorted, 50) if count else None,
            p99_ms=percentile(self._sorted, 99) if count else None,
            usd=self._bill.usd(cursor),
        )


@dataclass(frozen=True, slots=True)
class Label:
    """What the scenario calls a stretch that begins at ``at``."""

    at: int
    text: str


class Stage:
    """A trace, ready to be looked at.

    ``extend`` shows more of a trace that is still growing: hand it the new events, then place the
    views again. Whatever was read before is not read again.
    """

    def __init__(
        self,
        trace: Trace,
        *,
        labels: Sequence[Label] = (),
        outcomes: Sequence[Outcome] = (),
        application: Application | None = None,
    ) -> None:
        """``application`` is what the template says, where it is known: what did not happen."""
        self.trace = trace
        self.labels = tuple(labels)
        self.outcomes = tuple(outcomes)
        self.application = application
        self.log: list[Entry] = []
        self.times: list[int] = []
        """Every moment at which anything happens, for stepping."""
        self.bill = BillSoFar()
        self.tally = Tally(self.bill)
        self.sources: dict[str, None] = {}
        """Who called anything, in order of appearance: the scenario's callers, and services."""
        self.functions: dict[str, None] = {}
        self._lanes = LaneBuilder()
        self._moments = MomentFinder()
        self._gaps = GapFinder()
        self._executions: tuple[int, list[Play]] | None = None
        """After how many events they were read, and what they were."""
        self._born: list[int] = []
        self._gone: list[int] = []
        self._models: list[Model] = [
            self._lanes, self._moments, self._gaps, self.bill, self.tally,
        ]  # fmt: skip
        self._read(trace)

    @classmethod
    def of(cls, run: LabRun) -> Stage:
        """Return the stage of a lab's run, with the scenario's labels and what was predicted."""
        labels = [
            Label(start, step.label)
            for step in run.scenario.steps
            if (start := next(arrivals(step, run.seed), None)) is not None
        ]
        try:
            overrides, _ = run.lab.settings(run.knobs)
            application = load(run.lab.template, overrides)
        except WarmstartError:
            # Its files are the learner's to edit, or to delete, while the run is looked at.
            application = None
        return cls(run.trace, labels=labels, outcomes=run.outcomes, application=application)

    def extend(self, events: Iterable[TraceEvent]) -> None:
        """Take events that were added to the trace since; appends them to it, too."""
        new = list(events)
        for event in new:
            self.trace.append(event)
        self._read(new)

    def _read(self, events: Iterable[TraceEvent]) -> None:
        for event in events:
            if not self.times or self.times[-1] != event.at:
                self.times.append(event.at)
            if (entry := entry_of(event)) is not None:
                self.log.append(entry)
            match event:
                case InvocationRequested(source=source, function=function):
                    self.sources[source] = self.functions[function] = None
                case ApiCalled(source=source):
                    self.sources[source] = None
                case HttpAnswered():
                    self.sources["client"] = None
                case EnvironmentCreated(at=at):
                    self._born.append(at)
                case EnvironmentShutdown(at=at, reason=reason) if reason != "run-ended":
                    self._gone.append(at)
                case _:
                    pass
            for model in self._models:
                model.take(event)
        last = self.trace[-1] if len(self.trace) else None
        over = isinstance(last, RunEnded)
        self.lanes: list[Lane] = self._lanes.finish() if over else self._lanes.so_far()
        self.folded = Timeline(self.trace.end, self._gaps.gaps)
        self.plain = Timeline(self.trace.end)

    def _model(self, model: _M) -> _M:
        """Let a model read what there is, and whatever comes."""
        for event in self.trace:
            model.take(event)
        self._models.append(model)
        return model

    @cached_property
    def topology(self) -> Topology:
        """Who calls whom."""
        return self._model(Topology(self.application))

    @cached_property
    def fleets(self) -> Fleets:
        """How many environments each function has, and what they do."""
        return self._model(Fleets())

    @cached_property
    def queues(self) -> Queues:
        """What is in the queues."""
        return self._model(Queues(self.application))

    @cached_property
    def requests(self) -> Requests:
        """What each request led to."""
        return self._model(Requests())

    @cached_property
    def metrics(self) -> Readings:
        """What CloudWatch would have counted."""
        return self._model(Readings())

    @property
    def executions(self) -> list[Play]:
        """The executions of state machines, as they began; of a trace that grows, those so far."""
        if self._executions is None or self._executions[0] != len(self.trace):
            self._executions = len(self.trace), plays(self.trace)
        return self._executions[1]

    @property
    def moments(self) -> list[Moment]:
        """What is worth stopping at, in order of time."""
        return self._moments.found

    def times_of(self, kind: Kind) -> list[int]:
        """Return when something of a kind happens, in order of time."""
        return self._moments.of_kind[kind]

    @property
    def road(self) -> list[str]:
        """The way of a request: who calls, and the functions called, in order of appearance."""
        if not self.functions:
            return []
        outside = [name for name in self.sources if name not in SERVICES and "/" not in name]
        return [", ".join(outside) or "client", ", ".join(self.functions)]

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
            for outcome in self.outcomes
            if cursor >= min(end if outcome.told is None else outcome.told, end)
        ]
