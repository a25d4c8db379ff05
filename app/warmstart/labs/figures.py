"""The figures of a run, computed from its trace alone, and two runs compared in words.

Latency is what the caller sees: from asking to the answer, INIT and all waiting included.
Percentiles are *nearest-rank*: the smallest value that at least p percent of the invocations do
not exceed, so every percentile is a duration that really occurred (of 40 invocations, the p99 is
the slowest). Throttled and refused requests ran nowhere: they are counted, and have no latency.

``p50_ms`` names a figure of the whole run, ``Thumbs.p50_ms`` that of one function in it.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from warmstart.runtime.pricing import bill
from warmstart.runtime.trace import (
    EnvironmentCreated,
    EnvironmentShutdown,
    InvocationEnded,
    InvocationRejected,
    InvocationRequested,
    InvocationStarted,
    InvocationThrottled,
    RunEnded,
    Trace,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warmstart.runtime.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run comes to."""

    invocations: int
    """Requests that reached a handler and ended."""
    cold: int
    """How many of those waited for a new environment's INIT."""
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    environments: int
    """The most there were at the same time."""
    throttles: int
    errors: int
    """Invocations that ended with an error or a crash, and requests that were refused."""
    timeouts: int
    billed_ms: int
    usd: float

    @property
    def cold_percent(self) -> float:
        """The share of cold starts, in percent of the invocations."""
        return 100 * self.cold / self.invocations if self.invocations else 0.0

    def value(self, name: str) -> float:
        """Return the figure that ``FIGURES`` lists under ``name``."""
        return float(getattr(self, name))

    def has(self, name: str) -> bool:
        """Tell whether there is such a figure: where no call has ended, it has no latency."""
        return self.invocations > 0 or name not in _OF_CALLS

    def show(self, figure: Figure) -> str:
        """Return a figure as the screens write it, a dash where there is none."""
        return figure.show(self.value(figure.name) if self.has(figure.name) else None)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON data, the share of cold starts with them.

        None stands where there is no such figure.
        """
        values = asdict(self) | {"cold_percent": round(self.cold_percent, 2)}
        return {name: value if self.has(name) else None for name, value in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Figures:
        """Read what ``to_json`` gave.

        Raises:
            KeyError: a figure is missing: a later or an earlier version wrote it.
        """
        return cls(**{name: values[name] or 0 for name in cls.__slots__})


_OF_CALLS: Final = ("cold_percent", "p50_ms", "p90_ms", "p99_ms", "max_ms")

Unit = Literal["", "ms", "%", "USD"]


@dataclass(frozen=True, slots=True)
class Figure:
    """How a figure is called and written."""

    name: str
    label: str
    unit: Unit = ""

    @property
    def title(self) -> str:
        """Return the label as a sentence begins with it: ``Cold starts``, ``p50``."""
        if re.match(r"p\d", self.label):
            return self.label
        return self.label[:1].upper() + self.label[1:]

    def show(self, value: float | None) -> str:
        """Return a value of it as ``written`` gives it."""
        return written(value, self.unit)


FIGURES: Final = (
    Figure("invocations", "invocations"),
    Figure("cold", "cold starts"),
    Figure("cold_percent", "share of cold starts", "%"),
    Figure("p50_ms", "p50", "ms"),
    Figure("p90_ms", "p90", "ms"),
    Figure("p99_ms", "p99", "ms"),
    Figure("max_ms", "slowest call", "ms"),
    Figure("environments", "environments at once"),
    Figure("throttles", "throttled calls"),
    Figure("errors", "errors"),
    Figure("timeouts", "time-outs"),
    Figure("billed_ms", "billed duration", "ms"),
    Figure("usd", "bill", "USD"),
)
"""All figures, in the order they are shown."""


def figure_of(name: str) -> Figure | None:
    """Return how a figure of a run, or of one function, is called and written; None for none."""
    function, _, own = name.rpartition(".")
    for figure in FIGURES:
        if figure.name == own:
            return Figure(name, f"{function}: {figure.label}", figure.unit) if function else figure
    return None


def written(value: float | None, unit: Unit) -> str:
    """Return a figure as the screens write it; a dash where there is none: 0 ms would be one."""
    if value is None:
        return "–"
    match unit:
        case "ms":
            return f"{value:,.0f} ms"
        case "%":
            return f"{value:.0f} %"
        case "USD":
            return dollars(value)
        case "":
            return f"{value:,.0f}"


def dollars(value: float) -> str:
    """Return an amount with three significant digits, and cents at least: ``$0.000151``."""
    if value == 0:
        return "$0.00"
    places = max(2, 2 - math.floor(math.log10(abs(value))))
    return f"${value:,.{places}f}"


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of sorted values; 0 when there are none.

    The rank is ceil(percent / 100 × n), counted from 1.
    """
    if not ordered:
        return 0.0
    return ordered[max(math.ceil(percent / 100 * len(ordered)), 1) - 1]


def latencies(trace: Iterable[TraceEvent]) -> dict[str, int]:
    """Return, by request, how long its caller waited for the answer, in microseconds."""
    asked: dict[str, int] = {}
    waited: dict[str, int] = {}
    for event in trace:
        if isinstance(event, InvocationRequested):
            asked[event.request] = event.at
        elif isinstance(event, InvocationEnded) and event.request in asked:
            waited[event.request] = event.at - asked[event.request]
    return waited


def figures_of(trace: Trace, function: str | None = None) -> Figures:
    """Return the figures of a run, or of one function in it, by its name."""
    if function is not None:
        trace = Trace(trace.header, [event for event in trace if _is_of(event, function)])
    waited = sorted(duration / 1_000 for duration in latencies(trace).values())
    ended = [event for event in trace if isinstance(event, InvocationEnded)]
    answered = {event.request for event in ended}
    cold = {event.request for event in trace if isinstance(event, InvocationStarted) and event.cold}
    refused = sum(isinstance(event, InvocationRejected) for event in trace)
    return Figures(
        invocations=len(ended),
        cold=len(cold & answered),
        p50_ms=percentile(waited, 50),
        p90_ms=percentile(waited, 90),
        p99_ms=percentile(waited, 99),
        max_ms=percentile(waited, 100),
        environments=_most_at_once(trace),
        throttles=sum(isinstance(event, InvocationThrottled) for event in trace),
        errors=refused + sum(event.status in ("error", "crash") for event in ended),
        timeouts=sum(event.status == "timeout" for event in ended),
        billed_ms=sum(event.billed for event in ended) // 1_000,
        usd=float(bill(trace).amount),
    )


def value_of(trace: Trace, figures: Figures, name: str) -> float | None:
    """Return a figure by its name: one of ``figures``, the run's, or one of a function's.

    None where there is no such figure, because no call ended.
    """
    function, _, own = name.rpartition(".")
    found = figures_of(trace, function) if function else figures
    return found.value(own) if found.has(own) else None


def _is_of(event: TraceEvent, function: str) -> bool:
    if isinstance(event, RunEnded):  # Until then is what was kept ready paid for.
        return True
    own = getattr(event, "function", None)
    if own is None:
        own = (getattr(event, "environment", None) or "").rpartition("/")[0]
    return own == function


def _most_at_once(trace: Iterable[TraceEvent]) -> int:
    now = most = 0
    for event in trace:
        if isinstance(event, EnvironmentCreated):
            now += 1
            most = max(most, now)
        elif isinstance(event, EnvironmentShutdown):
            now -= 1
    return most


def compare(before: Figures, after: Figures) -> list[str]:
    """Say in words what changed from one run to another; figures that stayed are left out."""
    return [f"{changed(figure, before, after)}." for figure in differing(before, after)]


def differing(before: Figures, after: Figures) -> list[Figure]:
    """Return the figures that are not written alike in two runs."""
    return [figure for figure in FIGURES if before.show(figure) != after.show(figure)]


def changed(figure: Figure, before: Figures, after: Figures) -> str:
    """Return, say, ``p99 rose from 512 ms to 1,420 ms (2.8 times)``."""
    if not before.has(figure.name):
        return f"{figure.title} is {after.show(figure)}; before, no call ended"
    if not after.has(figure.name):
        return f"{figure.title} was {before.show(figure)}; now no call ends"
    old, new = before.value(figure.name), after.value(figure.name)
    verb = "rose" if new > old else "fell"
    times = ""
    if old > 0 and new > 0 and figure.unit in ("ms", "USD") and not 2 / 3 < new / old < 3 / 2:
        times = f" ({new / old:.1f} times)" if new > old else f" (by {1 - new / old:.0%})"
    return f"{figure.title} {verb} from {figure.show(old)} to {figure.show(new)}{times}"
