"""One request followed through everything it set going: a waterfall, computed from the trace.

A span is a stretch of time in which one thing was under way: a call of an API, a message's wait in
a queue, a delivery, an invocation and the phases within it. ``parent`` is what it was under way
for. Spans are linked by what the trace says: an invocation names its request, an API call the
request in which it was made, a message and an event the thread (``root``) that they belong to, a
batch the invocation that took it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from collections.abc import Iterable

SpanKind = Literal["http", "api", "queue", "batch", "delivery", "invocation", "init", "handler"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; microseconds from the run's start."""

    id: str
    kind: SpanKind
    name: str
    """What a person would call it: ``sqs:SendMessage``, ``orders``, ``greet``, …"""
    start: int
    end: int | None
    """None while it was still under way when the run ended."""
    root: str
    parent: str | None = None
    where: str = ""
    """The environment, queue, topic or rule."""
    status: str = "ok"
    """``ok``, or what went wrong: error, timeout, crash, throttled, a code."""


def spans(trace: Iterable[t.TraceEvent]) -> list[Span]:
    """Return every span of a run, by start; those of one moment with the outer one first."""
    reading = _Reading()
    for event in trace:
        reading.take(event)
    return reading.all()


def follow(trace: Iterable[t.TraceEvent], root: str) -> list[tuple[int, Span]]:
    """Return one request's spans as a waterfall: each with how deep it lies, parents first."""
    mine = [span for span in spans(trace) if span.root == root]
    below: dict[str | None, list[Span]] = defaultdict(list)
    known = {span.id for span in mine}
    for span in mine:
        below[span.parent if span.parent in known else None].append(span)
    found: list[tuple[int, Span]] = []

    def descend(parent: str | None, depth: int) -> None:
        for span in below[parent]:
            found.append((depth, span))
            descend(span.id, depth + 1)

    descend(None, 0)
    return found


_RANK = {kind: place for place, kind in enumerate(SpanKind.__args__)}  # type: ignore[attr-defined]


class _Reading:
    """Spans as a trace tells them, one event after the other."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._received: dict[str, int] = {}
        self._batch_of: dict[str, str] = {}
        """The batch in which a message was received last."""
        self._published: dict[str, int] = {}

    def all(self) -> list[Span]:
        """Return the spans found."""
        return sorted(self._spans.values(), key=lambda s: (s.start, _RANK[s.kind], s.id))

    def _open(self, span: Span) -> None:
        self._spans[span.id] = span

    def _close(self, key: str, end: int, status: str = "ok") -> None:
        if key in self._spans:
            self._spans[key] = replace(self._spans[key], end=end, status=status)

    def take(self, event: t.TraceEvent) -> None:
        """Take one event."""
        self._functions(event)
        self._queues(event)
        self._routes(event)

    # -- functions and calls ----------------------------------------------------------------------

    def _functions(self, event: t.TraceEvent) -> None:
        match event:
            case t.InvocationRequested(at=at, request=request, function=name, root=root):
                parent = root if root in self._spans and root != request else None
                self._open(Span(request, "invocation", name, at, None, root, parent))
            case t.InvocationThrottled(at=at, request=request):
                self._close(request, at, "throttled")
            case t.InvocationRejected(at=at, request=request, error_type=error):
                self._close(request, at, error)
            case t.InitStarted(at=at, environment=where, request=request, phase=phase):
                if request is not None and request in self._spans:
                    key = f"{request}/init"
                    name = "INIT" if phase == "init" else "INIT again"
                    root = self._spans[request].root
                    self._open(Span(key, "init", name, at, None, root, request, where))
            case t.InitEnded(at=at, request=request, status=status):
                self._close(f"{request}/init", at, "ok" if status == "success" else status)
            case t.InvocationStarted(at=at, request=request, environment=where):
                if request in self._spans:
                    root = self._spans[request].root
                    key = f"{request}/handler"
                    self._open(Span(key, "handler", "handler", at, None, root, request, where))
            case t.InvocationEnded(at=at, request=request, status=status):
                said = "ok" if status == "success" else status
                self._close(f"{request}/handler", at, said)
                self._close(request, at, said)
            case t.ApiCalled(at=at, service=service, operation=operation, request=request):
                key = f"api/{len(self._spans)}"
                name = f"{service}:{operation}"
                start = at - event.duration
                parent = f"{request}/handler" if request else None
                code = event.error_code or "ok"
                span = Span(key, "api", name, start, at, event.root, parent, event.source, code)
                self._open(span)
            case t.HttpAnswered(at=at, id=key, method=method, path=path, status=answered):
                name, start = f"{method} {path}", at - event.duration
                code = "ok" if answered < 400 else str(answered)  # noqa: PLR2004 — HTTP's errors
                self._open(Span(key, "http", name, start, at, event.root, None, event.api, code))
                self._adopt(key)

    def _adopt(self, http: str) -> None:
        """Put what an HTTP request invoked below it: the trace tells of it before its answer."""
        for key, span in self._spans.items():
            if span.root == http and span.parent is None and key != http:
                self._spans[key] = replace(span, parent=http)

    # -- queues -----------------------------------------------------------------------------------

    def _queues(self, event: t.TraceEvent) -> None:
        match event:
            case t.MessageSent(at=at, queue=queue, message=message, root=root, request=request):
                parent = f"{request}/handler" if request else None
                self._open(Span(message, "queue", queue, at, None, root, parent, queue))
            case t.MessageReceived(at=at, queue=queue, message=message, receive_count=count):
                self._close(self._wait(message), at)
                self._received[message] = count
            case t.MessageReturned(at=at, queue=queue, message=message, root=root):
                count = self._received.get(message, 0)
                parent = self._spans[message].parent if message in self._spans else None
                key = f"{message}#{count + 1}"
                self._open(Span(key, "queue", f"{queue} again", at, None, root, parent, queue))
            case t.MessageMoved(at=at, message=message, root=root, to=to):
                self._close(self._wait(message), at, "moved")
                self._received[message] = self._received.get(message, 0) + 1
                key = self._wait(message)
                self._open(Span(key, "queue", to, at, None, root, message, to))
            case t.MessageDeleted(at=at, message=message):
                self._close(self._wait(message), at)
            case t.BatchStarted(at=at, function=function, batch=batch, root=root):
                first = event.messages[0]
                self._open(Span(batch, "batch", function, at, None, root, first, event.queue))
                self._batch_of |= dict.fromkeys(event.messages, batch)
            case t.BatchEnded(at=at, batch=batch, request=request, reason=reason):
                self._close(batch, at, reason or "ok")
                if request in self._spans:
                    self._spans[request] = replace(self._spans[request], parent=batch)

    def _wait(self, message: str) -> str:
        """Return the id of the span in which a message waits now."""
        count = self._received.get(message, 0)
        return f"{message}#{count + 1}" if count else message

    # -- topics and buses -------------------------------------------------------------------------

    def _routes(self, event: t.TraceEvent) -> None:
        match event:
            case t.TopicPublished(at=at, message=key) | t.EventPut(at=at, event=key):
                self._published[key] = at
            case t.EventDelivered(at=at, by=by, event=key, root=root, to=to):
                start = self._published.get(key, at)
                name = f"{by} → {to.rpartition(':')[2]}"
                ident = f"{key}→{to}"
                self._open(Span(ident, "delivery", name, start, at, root, None, by))
            case t.EventFailed(at=at, by=by, event=key, root=root, to=to) if event.retry_in is None:
                start = self._published.get(key, at)
                name = f"{by} → {to.rpartition(':')[2]}"
                ident = f"{key}→{to}"
                self._open(
                    Span(ident, "delivery", name, start, at, root, None, by, event.error_code)
                )
