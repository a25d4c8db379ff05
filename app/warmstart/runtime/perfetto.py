"""A trace in Chrome's trace-event format, which Perfetto (ui.perfetto.dev) opens.

(The "Trace Event Format" document: complete events ``X``, instants ``i``, counters ``C``, metadata
``M``; times in microseconds.) Each function and each service is a process, each execution
environment, queue or rule a thread of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from warmstart.runtime import trace as t
from warmstart.runtime.spans import Span, spans

if TYPE_CHECKING:
    from warmstart.runtime.trace import Trace

_INSTANTS = {
    t.InvocationThrottled: "throttled",
    t.EnvironmentReset: "reset",
    t.EnvironmentShutdown: "shut down",
    t.MessageMoved: "moved",
    t.EventFiltered: "filtered",
}


def to_chrome(trace: Trace) -> str:
    """Return the trace as JSON text in Chrome's trace-event format."""
    places = _Places()
    events: list[dict[str, Any]] = []
    for span in spans(trace):
        process, thread = places.of(*_place(span))
        events.append(
            {
                "ph": "X",
                "name": span.name,
                "cat": span.kind,
                "ts": span.start,
                "dur": (trace.end if span.end is None else span.end) - span.start,
                "pid": process,
                "tid": thread,
                "args": {"root": span.root, "status": span.status, "id": span.id},
            }
        )
    for event in trace:
        name = _INSTANTS.get(type(event))
        if name is not None:
            where = getattr(event, "environment", None) or getattr(event, "queue", None)
            where = where or getattr(event, "function", None) or getattr(event, "by", "run")
            process, thread = places.of(str(where).partition("/")[0], str(where))
            events.append(
                {"ph": "i", "s": "t", "name": name, "ts": event.at, "pid": process, "tid": thread}
            )
    header = {"seed": trace.header.seed, "epoch": trace.header.epoch}
    found = {"traceEvents": places.named() + events, "otherData": header}
    return json.dumps(found, separators=(",", ":"))


def _place(span: Span) -> tuple[str, str]:
    """Return the process and the thread that a span is shown in."""
    match span.kind:
        case "init" | "handler":
            return span.where.partition("/")[0], span.where
        case "invocation":
            return span.name, "requests"
        case "api":
            return span.name.partition(":")[0], span.where
        case "http":
            return span.where, "requests"
        case "execution" | "state":
            return span.where, span.id.partition("/")[0]
    return span.where, span.kind


class _Places:
    """Numbers for processes and threads, and the events that name them."""

    def __init__(self) -> None:
        self._processes: dict[str, int] = {}
        self._threads: dict[tuple[str, str], int] = {}

    def of(self, process: str, thread: str) -> tuple[int, int]:
        number = self._processes.setdefault(process, len(self._processes) + 1)
        key = (process, thread)
        return number, self._threads.setdefault(key, len(self._threads) + 1)

    def named(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [
            {"ph": "M", "name": "process_name", "pid": number, "tid": 0, "args": {"name": name}}
            for name, number in self._processes.items()
        ]
        found += [
            {
                "ph": "M",
                "name": "thread_name",
                "pid": self._processes[process],
                "tid": number,
                "args": {"name": name},
            }
            for (process, name), number in self._threads.items()
        ]
        return found
