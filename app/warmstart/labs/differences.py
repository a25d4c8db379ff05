"""Two runs compared in words: which figures differ, and why, as far as the traces prove it.

A percentile here is a call that really occurred (nearest rank), so that why it differs is what
that call was made of in each run. Other figures are put down to what the trace counts beside them:
environments shut down, calls at once, which function, which resource. Where nothing in the traces
explains a figure, the sentence says only how it differs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from warmstart.labs.anatomy import calls
from warmstart.labs.figures import changed, differing, dollars, figures_of
from warmstart.labs.log import milliseconds
from warmstart.runtime import trace as t
from warmstart.runtime.pricing import bill
from warmstart.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.labs.anatomy import Call
    from warmstart.labs.figures import Figure
    from warmstart.runtime.trace import Trace

_PERCENTS: Final = {"p50_ms": 50, "p90_ms": 90, "p99_ms": 99, "max_ms": 100}
_TELLING: Final = 0.25
"""A part explains a latency when it is at least so much of the difference."""
_SMALL: Final = 0.05
"""A difference of less than that part of a latency needs no cause."""
_SAME: Final = frozenset(("cold_percent", "billed_ms"))
"""Figures that only say again what others do: the cold starts, the bill."""


_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, in words."""

    what: str
    """``p99 fell from 1,018 ms to 570 ms``."""
    because: str = ""
    """Why, as a clause without its first word; empty where the traces do not say."""
    at: int | None = None
    """The moment in the later run that shows it, in microseconds, if there is one."""

    @property
    def sentence(self) -> str:
        """Both together."""
        return f"{self.what}, because {self.because}." if self.because else f"{self.what}."


def differences(before: Trace, after: Trace) -> list[Difference]:
    """Return how a run differs from the one before: its figures, then what happened besides."""
    old, new = _Facts(before), _Facts(after)
    found = []
    told: set[tuple[str, str]] = set()
    for figure in differing(old.figures, new.figures):
        if figure.name in _SAME:
            continue
        if figure.name in _PERCENTS and old.ordered and new.ordered:
            # Of few calls the p99 is the slowest one: once is enough.
            pair = (old.at_rank(figure).request, new.at_rank(figure).request)
            if pair in told:
                continue
            told.add(pair)
        what = changed(figure, old.figures, new.figures)
        at = None
        if figure.name in _PERCENTS and new.ordered:
            at = new.at_rank(figure).start
        found.append(Difference(what, _CAUSES[figure.name](old, new, figure), at))
    return [*found, *_besides(old, new)]


class _Facts:
    """What is counted of one run."""

    def __init__(self, trace: Trace) -> None:
        self.figures = figures_of(trace)
        self.calls = calls(trace)
        self.ordered = sorted(self.calls.values(), key=lambda call: call.latency)
        self.cold = [call for call in self.ordered if call.cold]
        self.failures: Counter[str] = Counter()
        self.invoked: Counter[str] = Counter()
        self.bill = {(row.resource, row.item): float(row.amount) for row in bill(trace).charges}
        self.peak = 0
        self.idle = 0
        self.memory: dict[str, int] = {}
        self.throttled: Counter[str] = Counter()
        self.timeouts: Counter[str] = Counter()
        self.ready: Counter[str] = Counter()
        """Invocations by how their environment came to be."""
        self.besides: Counter[str] = Counter()
        """Things that are no figures, in words."""
        self.oldest: dict[str, int] = {}
        """By queue, the longest that a message waited to be received first."""
        self._how: dict[str, str] = {}
        self._sent: dict[str, int] = {}
        self._running: set[str] = set()
        for event in trace:
            self._function(event)
            self._service(event)

    def _function(self, event: t.TraceEvent) -> None:
        match event:
            case t.EnvironmentCreated(environment=name, function=function, memory_size=memory):
                self.memory[function] = memory
                self._how[name] = event.initialization_type
            case t.EnvironmentShutdown(reason="idle"):
                self.idle += 1
            case t.InvocationStarted(request=request, environment=name):
                self._running.add(request)
                self.peak = max(self.peak, len(self._running))
                self.ready[self._how.get(name, "on-demand")] += 1
            case t.InvocationThrottled(function=function, reason=reason):
                self.throttled[f"{function} ({reason})"] += 1
            case t.InvocationRejected(function=function, error_type=kind):
                self.failures[f"{kind} of {function}"] += 1
            case t.InvocationEnded(request=request, function=function, status=status):
                self._running.discard(request)
                self.invoked[function] += 1
                self.timeouts[function] += status == "timeout"
                if status in ("error", "crash"):
                    kind = event.error.error_type if event.error else status
                    self.failures[f"{kind} of {function}"] += 1
            case _:
                pass

    def _service(self, event: t.TraceEvent) -> None:
        match event:
            case t.EventRetried(function=name):
                self.besides[f"retries of events for {name}"] += 1
            case t.EventDropped(function=name, condition=condition) if condition != "Success":
                self.besides[f"events for {name} given up"] += 1
            case t.MessageSent(at=at, message=message):
                self._sent[message] = at
            case t.MessageReceived(queue=name, message=message, receive_count=count):
                if count == 1 and message in self._sent:
                    waited = event.at - self._sent[message]
                    self.oldest[name] = max(self.oldest.get(name, 0), waited)
                elif count > 1:
                    self.besides[f"messages of {name} received again"] += 1
            case t.MessageMoved(queue=name, to=to, reason="max-receives"):
                self.besides[f"messages moved from {name} to {to}"] += 1
            case t.ConditionFailed(table=name):
                self.besides[f"writes to {name} whose condition was not met"] += 1
            case t.ExecutionEvent(machine=name, type=kind) if kind.startswith("Execution"):
                ended = kind.removeprefix("Execution").lower()
                if ended in ("succeeded", "failed", "timedout", "aborted"):
                    self.besides[f"executions of {name} that {_ended(ended)}"] += 1
            case _:
                pass

    def at_rank(self, figure: Figure) -> Call:
        """Return the call that a percentile is."""
        rank = math.ceil(_PERCENTS[figure.name] / 100 * len(self.ordered))
        return self.ordered[max(rank, 1) - 1]

    def having(self, part: str) -> int:
        """Return how many calls a part is in."""
        return sum(part in call.parts for call in self.ordered)


def _ended(how: str) -> str:
    return {"timedout": "timed out", "aborted": "were aborted"}.get(how, how)


def _of_latency(old: _Facts, new: _Facts, figure: Figure) -> str:
    """Name the part that makes most of the difference between the two calls at this rank."""
    if not (old.ordered and new.ordered):
        return ""
    before, after = old.at_rank(figure), new.at_rank(figure)
    change = after.latency - before.latency
    parts = dict.fromkeys([*before.parts, *after.parts])
    by_part = {part: after.parts.get(part, 0) - before.parts.get(part, 0) for part in parts}
    part, most = max(by_part.items(), key=lambda item: item[1] if change > 0 else -item[1])
    small = abs(change) < _SMALL * before.latency
    if small or most * change <= 0 or abs(most) < _TELLING * abs(change):
        return ""
    had, has = before.parts.get(part, 0), after.parts.get(part, 0)
    if not has:
        said = f"the call there no longer spends {milliseconds(had)} on {part}"
    elif not had:
        said = f"the call there spends {milliseconds(has)} on {part}, and spent none before"
    else:
        said = f"{part} takes {milliseconds(has)} of the call there, not {milliseconds(had)}"
    then, now = old.having(part), new.having(part)
    if then != now:
        said += (
            f" (it is in {now:,} of {counted(len(new.ordered), 'call')},"
            f" before in {then:,} of {len(old.ordered):,})"
        )
    return said


def _change(old: _Facts, new: _Facts, figure: Figure) -> float:
    return new.figures.value(figure.name) - old.figures.value(figure.name)


def _of_cold(old: _Facts, new: _Facts, figure: Figure) -> str:
    change, kept = _change(old, new, figure), "provisioned-concurrency"
    if said := _of_environments(old, new, figure):
        return said
    if (old.ready[kept] - new.ready[kept]) * change > 0:
        found = counted(new.ready[kept], "call")
        return f"{found} found an environment that was kept ready, {old.ready[kept]:,} before"
    if (new.idle - old.idle) * change > 0:
        return f"{counted(new.idle, 'environment')} went for idling, {old.idle:,} before"
    return ""


def _of_environments(old: _Facts, new: _Facts, figure: Figure) -> str:
    if (new.peak - old.peak) * _change(old, new, figure) <= 0:
        return ""
    return f"up to {counted(new.peak, 'call')} ran at the same time, {old.peak:,} before"


def _counting(
    what: Callable[[_Facts], Mapping[str, float]], verb: str, unit: str
) -> Callable[[_Facts, _Facts, Figure], str]:
    """Return a cause: of all that is counted, what changed most in the figure's own direction."""

    def cause(old: _Facts, new: _Facts, figure: Figure) -> str:
        then, now = what(old), what(new)
        name = _most_changed(then, now, _change(old, new, figure))
        if name is None:
            return ""
        return (
            f"{name} {verb} {counted(int(now.get(name, 0)), unit)}, {then.get(name, 0):,.0f} before"
        )

    return cause


def _most_changed(then: Mapping[_K, float], now: Mapping[_K, float], direction: float) -> _K | None:
    """Return what changed most up (a direction above 0) or down; None where nothing did."""
    sign = 1 if direction > 0 else -1
    changes = {name: sign * (now.get(name, 0) - then.get(name, 0)) for name in {**then, **now}}
    name = max(changes, key=lambda name: changes[name], default=None)
    return name if name is not None and changes[name] > 0 else None


def _of_bill(old: _Facts, new: _Facts, figure: Figure) -> str:
    """Name the line of the bill that differs most, and the memory where that is behind it."""
    line = _most_changed(old.bill, new.bill, _change(old, new, figure))
    if line is None:
        return ""
    resource, item = line
    then, now = old.bill.get(line, 0), new.bill.get(line, 0)
    said = f"{item} ({resource}) costs {dollars(now)}, not {dollars(then)}"
    memory, was = new.memory.get(resource), old.memory.get(resource)
    if memory != was and memory and was and "duration" in item:
        said += f", with {memory:,} MB, not {was:,}"
    return said


_CAUSES: Final[dict[str, Callable[[_Facts, _Facts, Figure], str]]] = {
    "invocations": _counting(lambda facts: facts.invoked, "ran", "time"),
    "cold": _of_cold,
    **dict.fromkeys(_PERCENTS, _of_latency),
    "environments": _of_environments,
    "throttles": _counting(lambda facts: facts.throttled, "refused", "call"),
    "errors": _counting(lambda facts: facts.failures, "came", "time"),
    "timeouts": _counting(lambda facts: facts.timeouts, "timed out", "time"),
    "usd": _of_bill,
}


_WAIT_WORTH_SAYING = 100_000
"""Microseconds that the oldest message of a queue waited; less is the services' own time."""


def _besides(old: _Facts, new: _Facts) -> list[Difference]:
    """Return what differs of retries, queues and executions."""
    found = []
    for name in sorted({*old.besides, *new.besides}):
        then, now = old.besides[name], new.besides[name]
        if then != now:
            word = name[:1].upper() + name[1:]
            found.append(Difference(f"{word}: {now:,}, before {then:,}"))
    for name in sorted({*old.oldest, *new.oldest}):
        then, now = old.oldest.get(name, 0), new.oldest.get(name, 0)
        if max(then, now) >= 2 * min(then, now) and max(then, now) > _WAIT_WORTH_SAYING:
            found.append(
                Difference(
                    f"A message of {name} waited up to {milliseconds(now)} to be received,"
                    f" before {milliseconds(then)}"
                )
            )
    return found
