"""An execution, played: what each state of its machine is in after so many of its events.

``Play`` walks the events once and keeps, for each state, when how many of its visits were in which
status. ``Play.at`` then answers by bisection, in a time that depends on the number of states and
not on that of events. Where one stands is counted in events and not in time, because many of them
happen in the same microsecond; ``Play.count`` turns a moment into such a number.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from warmstart.labs.saga import compensations, forwards, standing
from warmstart.labs.visits import OPEN, Status, Visit, Walk, parent_of
from warmstart.runtime.asl.drawing import Mark
from warmstart.runtime.asl.parse import machines, parse
from warmstart.runtime.trace import ExecutionEvent, StateMachineCreated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.runtime.asl.drawing import Way
    from warmstart.runtime.asl.model import Machine, State

_ORDER: Final = (Status.RUNNING, Status.RETRYING, Status.FAILED, Status.ABORTED)
"""Of a state that several lines are in at once, what is shown first."""


@dataclass(frozen=True, slots=True)
class StateShown:
    """A state as it is shown at a moment."""

    status: Status
    visits: int = 0
    """How often it has been entered."""
    open: int = 0
    """How many lines are in it."""
    retries: int = 0
    """Of the last visit."""
    ended: int | None = None
    """Of a Map: iterations that have ended, in its last visit."""
    length: int | None = None
    failed: int = 0
    """How many of them have failed."""
    undone: bool = False
    """Whether another state has undone it since."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A machine as it is shown at a moment."""

    states: dict[str, StateShown]
    taken: frozenset[Way]
    """The edges that have been taken."""
    current: str | None
    """The state that the last event is about."""


@dataclass(frozen=True, slots=True)
class Data:
    """What went in and out of a state, as JSON text, in the order in which it does."""

    input: str
    arguments: str | None = None
    """What the last attempt was given."""
    result: str | None = None
    """What it gave."""
    output: str | None = None
    assigned: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event, as a line of the history."""

    at: int
    """In microseconds."""
    type: str
    state: str
    """Whom it is about; of a Map's iteration, with its number."""
    note: str
    """The error and its cause."""
    failed: bool


_NOWHERE: Final = StateShown(Status.AHEAD)


class _Track:
    """How many of a state's visits are in each status, after any number of events."""

    __slots__ = ("entered", "ins", "outs", "visits")

    def __init__(self, visits: list[Visit]) -> None:
        self.visits = visits
        self.entered = [visit.phases[0][0] for visit in visits]
        self.ins: dict[Status, list[int]] = {}
        self.outs: dict[Status, list[int]] = {}
        for visit in visits:
            for at, (since, status) in enumerate(visit.phases):
                self.ins.setdefault(status, []).append(since)
                if at + 1 < len(visit.phases):
                    self.outs.setdefault(status, []).append(visit.phases[at + 1][0])
        for places in (*self.ins.values(), *self.outs.values()):
            places.sort()

    def in_status(self, status: Status, count: int) -> int:
        came = bisect.bisect_right(self.ins.get(status, ()), count)
        return came - bisect.bisect_right(self.outs.get(status, ()), count)

    def last(self, count: int) -> Visit | None:
        at = bisect.bisect_right(self.entered, count)
        return self.visits[at - 1] if at else None

    def shown(self, count: int) -> StateShown:
        visits = bisect.bisect_right(self.entered, count)
        if not visits:
            return _NOWHERE
        last = self.visits[visits - 1]
        numbers = {status: self.in_status(status, count) for status in _ORDER}
        is_open = sum(numbers[status] for status in OPEN)
        status = last.status(count)
        if is_open:
            status = next(each for each in OPEN if numbers[each])
        elif last.parent is not None and last.parent.state.type == "Map":
            status = next((each for each in _ORDER if numbers[each]), status)
        ended, failed = last.iterations(count)
        return StateShown(
            status,
            visits,
            is_open,
            retries=max(bisect.bisect_right(last.attempts, count) - 1, 0),
            ended=ended if last.state.type == "Map" else None,
            length=last.length,
            failed=failed,
            undone=last.undone is not None and last.undone <= count,
        )


class Play:
    """An execution and its machine, ready to be looked at after any number of events."""

    def __init__(
        self, machine: Machine, execution: str, events: Sequence[ExecutionEvent], name: str = ""
    ) -> None:
        """Take an execution's events, those of its distributed Maps' children among them.

        They are walked when somebody first looks: a run may have thousands of executions.
        """
        self.machine = machine
        self.name = name
        """The machine's."""
        self.execution = execution
        self.events = events

    @cached_property
    def states(self) -> dict[str, State]:
        """All states, those inside others too, by their names."""
        return {
            state.name: state for each in machines(self.machine) for state in each.states.values()
        }

    @cached_property
    def undo(self) -> dict[str, str]:
        """The states that compensate, each with what it undoes."""
        return compensations(self.machine)

    @cached_property
    def failures(self) -> list[int]:
        """After how many events something had just failed."""
        return self._walk.failures

    @cached_property
    def _walk(self) -> Walk:
        return Walk(self.states, self.undo, self.events)

    @cached_property
    def _tracks(self) -> dict[str, _Track]:
        visits: dict[str, list[Visit]] = {name: [] for name in self.states}
        for visit in self._walk.visits:
            visits[visit.state.name].append(visit)
        return {name: _Track(found) for name, found in visits.items()}

    @cached_property
    def _taken(self) -> tuple[list[int], list[Way]]:
        """After how many events each edge was first taken, sorted, and the edges."""
        firsts = sorted(self._walk.taken.items(), key=lambda item: item[1])
        return [since for _, since in firsts], [way for way, _ in firsts]

    def __len__(self) -> int:
        return len(self.events)

    def count(self, at: int) -> int:
        """Return how many events have happened at a moment, in microseconds of virtual time."""
        return bisect.bisect_right(self.events, at, key=lambda event: event.at)

    def at(self, count: int) -> Shown:
        """Return how the machine is shown after so many events."""
        states = {name: track.shown(count) for name, track in self._tracks.items()}
        since, ways = self._taken
        taken = frozenset(ways[: bisect.bisect_right(since, count)])
        return Shown(states, taken, self.state_of(count))

    def state_of(self, count: int) -> str | None:
        """Return the state that the last of so many events is about, or the one before it."""
        visit = self._visit_of(count)
        return visit.state.name if visit else None

    def _visit_of(self, count: int) -> Visit | None:
        for place in range(min(count, len(self.events)) - 1, -1, -1):
            visit = self._walk.of[place]
            if visit is not None:
                return visit
        return None

    def data(self, name: str, count: int) -> Data | None:
        """Return what went in and out of a state; None where it was not entered.

        Of its visits that is the one that the last event is about, else the one that began last.
        """
        visit = self._visit_of(count)
        if visit is None or visit.state.name != name:
            visit = self._tracks[name].last(count)
        if visit is None:
            return None
        found: dict[str, Any] = {"input": ""}
        for place in visit.events:
            if place >= count:
                break
            found |= _data(self.events[place])
        return Data(**found)

    def told(self, count: int) -> Told:
        """Return what the last of so many events says, for a line of the history."""
        event = self.events[count - 1]
        details = event.details
        visit = self._walk.of[count - 1]
        state = details.get("name") or (visit.state.name if visit else "")
        if "index" in details:
            state = f"{state} [{details['index']}]"
        failed = event.type.endswith(("Failed", "TimedOut", "Aborted"))
        words = (details.get("error"), details.get("cause")) if failed else ()
        note = ": ".join(str(word) for word in words if word)
        return Told(event.at, event.type, state, note, failed=failed)

    def entries(self, name: str | None = None) -> list[int]:
        """Return after how many events a state, or the one named, had just been entered."""
        if name is not None:
            return self._tracks[name].entered
        return [
            count
            for count, event in enumerate(self.events, start=1)
            if event.type.endswith("StateEntered")
        ]

    def sentence(self, count: int) -> str:
        """Return in words how a saga stands; empty where nothing has been undone."""
        shown = {name: track.shown(count) for name, track in self._tracks.items()}
        good = (Status.DONE, Status.COMPENSATED)
        return standing(
            forwards(self.machine),
            self.undo,
            {name for name, state in shown.items() if state.status in good},
            {name for name, state in shown.items() if state.undone},
            ended=count >= len(self.events),
        )


def mark(shown: StateShown) -> Mark:
    """Return how a state is drawn: the style's name is the status's."""
    behind: list[tuple[str, str]] = []
    if shown.length is not None:
        behind.append((f"{shown.ended}/{shown.length}", "count"))
    elif shown.ended:
        behind.append((f"{shown.ended}", "count"))
    if shown.failed:
        behind.append((f"✗{shown.failed}", "failed"))
    if shown.retries:
        behind.append((f"↻{shown.retries}", "retrying"))
    if shown.visits > 1:
        behind.append((f"×{shown.visits}", "count"))
    if shown.undone:
        behind.append(("↩", "compensated"))
    spaced = [part for each in behind for part in ((" ", ""), each)][1:]
    return Mark(shown.status.sign, shown.status.name.lower(), tuple(spaced))


def plays(trace: Iterable[Any]) -> list[Play]:
    """Return the executions of a trace, as they began; a distributed Map's children with it."""
    definitions: dict[str, Machine] = {}
    found: dict[tuple[str, str], tuple[Machine, list[ExecutionEvent]]] = {}
    """By machine and execution, with the definition that held when it began."""
    runs: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    """The map runs of a machine's executions, so that their children are known by their names."""
    for event in trace:
        if isinstance(event, StateMachineCreated):
            definitions[event.machine] = parse(event.definition)
        elif isinstance(event, ExecutionEvent) and event.machine in definitions:
            name = event.execution
            while (parent := parent_of(name)) and parent in runs[event.machine]:
                name = parent[0]
            begun = found.setdefault((event.machine, name), (definitions[event.machine], []))
            begun[1].append(event)
            if event.type == "MapRunStarted":
                earlier = runs[event.machine]
                number = 1 + sum(execution == event.execution for execution, _ in earlier)
                earlier.add((event.execution, number))
    return [Play(machine, name, events, of) for (of, name), (machine, events) in found.items()]


def _data(event: ExecutionEvent) -> dict[str, Any]:
    """Return what an event says of a state's data, under the names of ``Data``."""
    kind, details = event.type, event.details
    if kind.startswith(("Execution", "MapIteration")):
        return {}  # They are about a Map's iterations, not about itself.
    found: dict[str, Any] = {}
    if kind.endswith("StateEntered"):
        found = {"input": details["input"]}
    elif kind.endswith("StateExited"):
        assigned = tuple(details.get("assignedVariables", {}).items())
        found = {"output": details["output"], "assigned": assigned}
    elif kind.endswith("Scheduled"):
        given = details.get("parameters", details.get("input"))
        found = {"arguments": given, "result": None, "error": None, "cause": None}
    elif kind.endswith(("Failed", "TimedOut")) and details:
        found = {"error": details.get("error"), "cause": details.get("cause")}
    elif kind.endswith("Succeeded") and "output" in details:
        found = {"result": details["output"]}
    return found
