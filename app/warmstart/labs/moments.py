"""The moments of a run that a learner would want to see, and what kind of thing happens there.

What happens at the same microsecond is one moment, and may be of several kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from warmstart.labs.timeline import clock
from warmstart.runtime.trace import (
    EnvironmentShutdown,
    EventDropped,
    EventFailed,
    EventRetried,
    ExecutionEvent,
    InitEnded,
    InitStarted,
    InvocationEnded,
    InvocationRejected,
    InvocationThrottled,
    MessageExpired,
    MessageMoved,
    RestoreStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.trace import TraceEvent

Kind = Literal["cold", "error", "throttle", "other"]

_FAILED: Final = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something worth stopping at."""

    at: int
    text: str
    kinds: frozenset[Kind] = frozenset()


def describe(moment: Moment) -> str:
    """Return a moment with its time: ``25s: cold start of Receipts/2 and 4 more``."""
    return f"{clock(moment.at, 1)}: {moment.text}"


def moments(trace: Iterable[TraceEvent]) -> list[Moment]:
    """Return what is worth stopping at: cold starts, refusals, failures, shutdowns."""
    finder = MomentFinder()
    for event in trace:
        finder.take(event)
    return finder.found


class MomentFinder:
    """Finds the moments of a trace while it is read."""

    def __init__(self) -> None:
        self.found: list[Moment] = []
        """In order of time."""
        self.of_kind: dict[Kind, list[int]] = {"cold": [], "error": [], "throttle": [], "other": []}
        """When something of a kind happens, in order of time."""
        self._texts: list[str] = []
        """Of the last moment."""

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        found = _interest(event)
        if found is None:
            return
        kind, text = found
        kinds = frozenset({kind})
        if self.found and self.found[-1].at == event.at:
            kinds |= self.found.pop().kinds
        else:
            self._texts = []
        self._texts.append(text)
        self.found.append(Moment(event.at, _together(self._texts), kinds))
        times = self.of_kind[kind]
        if not times or times[-1] != event.at:
            times.append(event.at)


def _interest(event: TraceEvent) -> tuple[Kind, str] | None:
    found: tuple[Kind, str] | None = None
    match event:
        case InitStarted(environment=name, phase="init"):
            found = "cold", f"cold start of {name}"
        case InitStarted(environment=name):
            found = "cold", f"INIT runs again in {name}"
        case RestoreStarted(environment=name):
            found = "cold", f"{name} is restored from its snapshot"
        case InitEnded(environment=name, status=status) if status != "success":
            found = "error", f"INIT of {name} failed ({status})"
        case InvocationThrottled(function=name):
            found = "throttle", f"{name} is throttled"
        case InvocationRejected(function=name):
            found = "error", f"a request to {name} is refused"
        case InvocationEnded(environment=name, status=status) if status != "success":
            found = "error", f"{name} ended with {status}"
        case EnvironmentShutdown(environment=name, reason="idle"):
            found = "other", f"{name} is shut down, idle"
        case _:
            found = _of_services(event)
    return found


def _of_services(event: TraceEvent) -> tuple[Kind, str] | None:
    found: tuple[Kind, str] | None = None
    match event:
        case MessageMoved(queue=name, to=to):
            found = "other", f"a message of {name} goes to {to}"
        case MessageExpired(queue=name):
            found = "error", f"a message of {name} is lost: too old"
        case EventRetried(function=name, attempts=attempts, reason="error"):
            found = "other", f"an event for {name} will be tried again after attempt {attempts}"
        case EventDropped(function=name, condition=condition) if condition != "Success":
            found = "error", f"an event for {name} is given up: {condition}"
        case EventFailed(by=name, retry_in=None, error_code=code):
            found = "error", f"{name} gives an event up: {code}"
        case ExecutionEvent(machine=name, type=kind) if kind in _FAILED:
            ended = kind.removeprefix("Execution")
            words = {"Failed": "failed", "TimedOut": "timed out", "Aborted": "was aborted"}
            found = "error", f"an execution of {name} {words[ended]}"
        case _:
            pass
    return found


def _together(texts: list[str]) -> str:
    first, *others = texts
    return f"{first} and {len(others)} more" if len(others) > 1 else " and ".join(texts)
