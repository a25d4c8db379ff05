"""What a run says in words: its log, in order of time, so that a cursor finds its place.

Besides the lines of the functions' own log streams, the log carries what explains them: which
import or call cost how much CPU, and in whose time; which environment was shut down; which message
went to the dead-letter queue.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from warmstart.labs.definition import number
from warmstart.runtime import telling
from warmstart.runtime.trace import (
    ApiCalled,
    BatchEnded,
    ConditionFailed,
    ConnectionAbandoned,
    ConnectionRefused,
    CostNotFound,
    CpuCharged,
    EnvironmentReset,
    EnvironmentShutdown,
    EventDropped,
    EventFailed,
    EventRetried,
    InitEnded,
    InvocationEnded,
    InvocationRejected,
    InvocationThrottled,
    LogLine,
    MessageExpired,
    MessageMoved,
    MessageReturned,
    RepeatabilityLost,
    RestoreEnded,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.runtime.trace import FunctionError, TraceEvent

Tone = Literal["platform", "function", "cost", "event", "error"]

WORTH_SAYING = 5_000
"""Microseconds of CPU from which what INIT does, or an import, is worth a line in the log."""

WORTH_SAYING_OF_CALLS = 100_000
"""The same for what a handler does, which would otherwise fill the log with every call."""

_FIRST = ("REPORT", "Duration", "Init Duration", "Billed Duration")
"""Fields of a REPORT line in the order of the short form; those not named follow."""

_REPORT = re.compile(r'REPORT|\{"time":"[^"]+","type":"platform\.report"')
"""How the line that sums an invocation up begins, as text and as JSON."""

_TIME = re.compile(r'\{"time(stamp)?": ?"[^"]+", ?')
"""What an object in the log begins with; the line that shows it has the time already."""

_REQUEST_ID = re.compile(r"RequestId: [0-9a-f-]{36}")

_FRAME = re.compile(r'File "/var/task/([^"]+)",? [Ll]ine (\d+)')
"""A line of the function's own code in a stack trace; a syntax error's has no comma."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: where (an environment or a function), and in which tone."""

    at: int
    where: str
    text: str
    tone: Tone
    request: str | None = None
    """The invocation that it belongs to, if any."""

    @property
    def function(self) -> str:
        """The function, or whatever else it is about: an environment without its number."""
        return self.where.partition("/")[0]


def milliseconds(duration: int) -> str:
    """Return microseconds as a person reads them: ``0.4 ms``, ``21.9 ms``, ``1,382 ms``."""
    return f"{number(duration / 1_000)} ms"


def build_log(trace: Iterable[TraceEvent]) -> list[Entry]:
    """Return the log of a run, in order of time."""
    return [entry for event in trace if (entry := entry_of(event)) is not None]


def key_lines(trace: Iterable[TraceEvent]) -> list[Entry]:
    """Return what of the log tells the story: who was cold, what failed, what took the time.

    Of each cost (an import in INIT, say) only the first is told; the others are alike.
    """
    events = list(trace)
    cold = {
        event.request
        for event in events
        if isinstance(event, InvocationEnded) and event.init_duration is not None
    }
    told: set[tuple[str, str, str]] = set()
    lines = []
    for event in events:
        if isinstance(event, CpuCharged):
            cost = (event.cause, event.name, event.phase)
            if cost in told:
                continue
            told.add(cost)
        elif isinstance(event, LogLine):
            report = event.source == "platform" and _REPORT.match(event.text)
            if not (report and event.request in cold):
                continue
        if (entry := entry_of(event)) is not None:
            lines.append(entry)
    return lines


def entry_of(event: TraceEvent) -> Entry | None:
    """Return an event's line of the log, if it has one."""
    where = text = ""
    tone: Tone = "error"
    match event:
        case LogLine(environment=where, source=tone, text=raw):
            text = _compact(raw)
        case CpuCharged(environment=where) if _worth_saying(event):
            text, tone = _charge(event), "cost"
        case InvocationThrottled(function=where) | InvocationRejected(function=where):
            text = _refusal(event)
        case InvocationEnded(environment=where, error=error) if error is not None:
            text = _failure(error)
        case InitEnded(environment=where, error=error) if error is not None:
            text = f"INIT failed: {_failure(error)}"
        case RestoreEnded(environment=where, error=error) if error is not None:
            text = f"restoring failed: {_failure(error)}"
        case EnvironmentReset(environment=where, reason=reason):
            text = f"environment reset ({reason}): INIT runs again"
        case EnvironmentShutdown(environment=where, reason="idle"):
            text, tone = "shut down: idle for too long", "event"
        case RepeatabilityLost(environment=where) | CostNotFound(environment=where):
            text = warning(event)
        case _:
            return _of_services(event)
    return Entry(event.at, where, text, tone, getattr(event, "request", None))


def _of_services(event: TraceEvent) -> Entry | None:
    """Return the line of what went otherwise than hoped between functions and services."""
    match event:
        case MessageMoved() | MessageExpired() | EventRetried() | EventDropped() | EventFailed():
            pass
        case ConditionFailed() | MessageReturned(reason="timeout"):
            pass
        case ConnectionRefused() | ConnectionAbandoned():
            pass
        case BatchEnded(failed=failed) if failed:
            pass
        case ApiCalled(error_code=code) if code is not None:
            pass
        case _:
            return None
    line = telling.told(event)
    if line is None:
        return None
    tone: Tone = "error" if line.tone == "bad" else "event"
    return Entry(event.at, line.where, line.text, tone, getattr(event, "request", None))


def _failure(error: FunctionError) -> str:
    message = " ".join(_REQUEST_ID.sub("", error.error_message).split()).removeprefix("Error: ")
    place = _place(error)
    if place and place not in message:
        message = f"{message} ({place})"
    return f"{error.error_type}: {message}" if error.error_type else message


def _place(error: FunctionError) -> str:
    """Return where in the function's own code it happened: ``outside.py, line 12``."""
    frames = _FRAME.findall("\n".join(error.stack_trace))
    return "{}, line {}".format(*frames[-1]) if frames else ""


def failures(trace: Iterable[TraceEvent]) -> dict[str, int]:
    """Return why calls failed, in whole sentences, and how many did so; the first one first.

    An INIT that failed is told only where no call failed for the same reason.
    """
    calls: Counter[str] = Counter()
    inits: Counter[str] = Counter()
    for event in trace:
        match event:
            case InvocationEnded(error=error) if error is not None:
                calls[_failure(error)] += 1
            case InvocationThrottled() | InvocationRejected():
                calls[_refusal(event)] += 1
            case InitEnded(error=error) if error is not None:
                inits[_failure(error)] += 1
            case _:
                pass
    alone = {f"INIT failed: {why}": count for why, count in inits.items() if why not in calls}
    return {**calls, **alone}


def warnings(trace: Iterable[TraceEvent]) -> list[str]:
    """Return what makes a run say less than it seems to, each once, in whole sentences."""
    found = [warning(e) for e in trace if isinstance(e, RepeatabilityLost | CostNotFound)]
    return list(dict.fromkeys(found))


def warning(event: RepeatabilityLost | CostNotFound) -> str:
    """Say what makes a run say less than it seems to."""
    if isinstance(event, RepeatabilityLost):
        return f"not repeatable from here on: {event.reason}"
    return f"the template's {event.cause}s name {event.name}, which costs nothing: {event.reason}"


def _refusal(event: InvocationThrottled | InvocationRejected) -> str:
    if isinstance(event, InvocationThrottled):
        return f"429 TooManyRequestsException: {event.reason}"
    return f"{event.status_code} {event.error_type}: {event.error_message}"


def _worth_saying(event: CpuCharged) -> bool:
    of_calls = event.cause in ("call", "handler")
    return event.charged >= (WORTH_SAYING_OF_CALLS if of_calls else WORTH_SAYING)


def _charge(event: CpuCharged) -> str:
    """Say what took CPU time, in which phase, and what it would take at one vCPU."""
    phase = event.phase.upper()
    took = f"{charged_for(event)} takes {milliseconds(event.charged)} of {phase}"
    if event.charged == event.cost:
        return took
    return f"{took} ({milliseconds(event.cost)} at one vCPU)"


def charged_for(event: CpuCharged) -> str:
    """Return in words what took CPU time: ``import reportlib``."""
    return {
        "runtime": f"starting the {event.name} runtime",
        "package": "loading the package",
        "vpc": "joining the VPC",
        "restore": "bringing the snapshot back",
        "import": f"import {event.name}",
        "call": f"{event.name}()",
        "handler": "the handler",
    }[event.cause]


def _compact(text: str) -> str:
    """REPORT lines are separated by tabs, which have no width of their own in a terminal."""
    return text.rstrip("\n").replace("\t", "  ")


def brief(text: str) -> str:
    """Return a log line as it fits a terminal: without request id, what tells most first."""
    text = _REQUEST_ID.sub("…", untimed(text))
    if not text.startswith("REPORT"):
        return text
    fields = text.split("  ")
    return "  ".join(sorted(fields, key=_rank))


def untimed(text: str) -> str:
    """Return a line without its time, if it is an object that begins with it."""
    timed = _TIME.match(text)
    return text if timed is None else "{" + text[timed.end() :]


def _rank(field: str) -> int:
    name = field.partition(":")[0].split(" …")[0]
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def tail(entries: Sequence[Entry], at: int, lines: int) -> Sequence[Entry]:
    """Return the last entries at or before a moment, the latest last."""
    end = bisect.bisect_right(entries, at, key=lambda entry: entry.at)
    return entries[max(0, end - lines) : end]
