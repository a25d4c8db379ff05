"""One request followed through everything it set going: a waterfall, computed from the trace.

A span is a stretch of time in which one thing was under way: a call of an API, a message's wait in
a queue, a delivery, an execution and its states, an invocation and the phases within it.
``parent`` is what it was under way for, as the trace says by ``request`` and ``cause``: what a
handler calls lies below the handler, what a topic delivers below the delivery, and that below
whoever published. Only an HTTP request and a client's call of an API adopt what has no cause and
is of their thread (``root``): the trace tells of them when they are answered.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SpanKind = Literal[
    "http", "api", "delivery", "execution", "state", "queue", "batch", "event", "invocation",
    "init", "handler",
]  # fmt: skip
"""``event``: an asynchronous invocation, from the 202 until Lambda is done with it."""


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
    reading = SpanReader()
    for event in trace:
        reading.take(event)
    return reading.all()


def nested(spans: Iterable[Span]) -> list[tuple[int, Span]]:
    """Return one request's spans as a waterfall: each with how deep it lies, parents first."""
    mine = list(spans)
    below: dict[str | None, list[Span]] = defaultdict(list)
    known = {span.id for span in mine}
    for span in mine:
        below[span.parent if span.parent in known else None].append(span)
    found: list[tuple[int, Span]] = []
    waiting = [(0, span) for span in reversed(below[None])]
    while waiting:
        depth, span = waiting.pop()
        found.append((depth, span))
        waiting += [(depth + 1, child) for child in reversed(below[span.id])]
    return found


def _said(status: str) -> str:
    """Return a span's status for one that the trace gives."""
    return "ok" if status == "success" else status


_RANK = {kind: place for place, kind in enumerate(SpanKind.__args__)}  # type: ignore[attr-defined]


class SpanReader:
    """Reads spans out of a trace, one event after the other."""

    def __init__(self) -> None:
        self._spans: dict[str, Span] = {}
        self._received: dict[str, int] = {}
        self._published: dict[str, tuple[int, str | None]] = {}
        """When a topic or bus took something, and what stands behind that."""
        self._attempts: dict[str, str] = {}
        """The span of an invocation's last attempt, by request; asynchronous ones have several."""
        self._states = _States(self._open, self._close)
        self._orphans: dict[str, list[str]] = defaultdict(list)
        """By thread, the spans that nothing stands behind."""
        self._passed_on: dict[tuple[str, str | None], str] = {}
        """Statements by the proxy, and the invocation, that they were executed for."""
        self._fronts: dict[str, Span] = {}
        """By thread, the HTTP request or API call with which a caller began it."""

    def all(self) -> list[Span]:
        """Return the spans found."""
        return sorted(self._spans.values(), key=lambda s: (s.start, _RANK[s.kind], s.id))

    def _open(self, span: Span) -> None:
        if span.parent is None:
            front = self._fronts.get(span.root)
            if front is not None and front.start <= span.start:
                span = replace(span, parent=front.id)
            else:
                self._orphans[span.root].append(span.id)
        self._spans[span.id] = span

    def _close(self, key: str, end: int, status: str = "ok") -> None:
        if key in self._spans:
            self._spans[key] = replace(self._spans[key], end=end, status=status)

    def _behind(self, cause: str | None) -> str | None:
        """Return the span of what stands behind something: within an invocation, its handler."""
        if cause in self._attempts:
            return f"{self._attempts[cause]}/handler"
        return cause if cause is None else self._states.holder(cause) or cause

    def _adopt(self, front: Span) -> None:
        """Put below what a caller asked for all of its thread that nothing else stands behind."""
        self._fronts[front.root] = front
        for key in self._orphans.pop(front.root, ()):
            if key != front.id:
                self._spans[key] = replace(self._spans[key], parent=front.id)

    def take(self, event: t.TraceEvent) -> None:
        """Take one event."""
        match event:
            case t.ExecutionEvent():
                self._states.take(event, self._behind(event.cause))
            case t.ApiCalled() | t.HttpAnswered():
                self._calls(event)
            case t.StatementEnded():
                self._statement(event)
            case _:
                self._functions(event)
                self._queues(event)
                self._routes(event)

    # -- functions and calls ----------------------------------------------------------------------

    def _functions(self, event: t.TraceEvent) -> None:
        match event:
            case t.EventQueued(at=at, request=request, function=name, root=root, cause=cause):
                key = f"{request}/event"
                self._open(Span(key, "event", name, at, None, root, self._behind(cause), name))
            case t.EventDropped(at=at, request=request, condition=condition):
                self._close(f"{request}/event", at, condition)
            case t.InvocationRequested():
                self._invocation(event)
            case t.InvocationThrottled(at=at, request=request):
                self._close(self._attempts.get(request, request), at, "throttled")
            case t.InvocationRejected(at=at, request=request, error_type=error):
                self._close(self._attempts.get(request, request), at, error)
            case t.InvocationEnded(at=at, request=request, status=status):
                self._end_phase(event, "handler", status)
                self._close(self._attempts.get(request, request), at, _said(status))
                if status == "success":
                    self._close(f"{request}/event", at)
            case _:
                self._phases(event)

    def _phases(self, event: t.TraceEvent) -> None:
        match event:
            case t.InitStarted(phase=phase):
                self._phase(event, "init", "INIT" if phase == "init" else "INIT again")
            case t.InitEnded(status=status):
                self._end_phase(event, "init", status)
            case t.RestoreStarted():
                self._phase(event, "restore", "RESTORE")
            case t.RestoreEnded(status=status):
                self._end_phase(event, "restore", status)
            case t.InvocationStarted():
                self._phase(event, "handler", "handler")

    def _phase(
        self, event: t.InitStarted | t.RestoreStarted | t.InvocationStarted, part: str, name: str
    ) -> None:
        """Open a part of an invocation; INIT for no invocation belongs to none."""
        own = self._attempts.get(event.request or "")
        if own is not None:
            kind: SpanKind = "handler" if part == "handler" else "init"
            root = self._spans[own].root
            self._open(
                Span(f"{own}/{part}", kind, name, event.at, None, root, own, event.environment)
            )

    def _end_phase(
        self, event: t.InitEnded | t.RestoreEnded | t.InvocationEnded, part: str, status: str
    ) -> None:
        own = self._attempts.get(event.request or "")
        self._close(f"{own}/{part}", event.at, _said(status))

    def _invocation(self, event: t.InvocationRequested) -> None:
        """Open an invocation; a further attempt has the request id of the first."""
        key, count = event.request, 1
        while key in self._spans:
            count += 1
            key = f"{event.request}#{count}"
        queued = f"{event.request}/event"
        parent = queued if queued in self._spans else self._behind(event.cause)
        self._attempts[event.request] = key
        self._open(Span(key, "invocation", event.function, event.at, None, event.root, parent))

    def _calls(self, event: t.ApiCalled | t.HttpAnswered) -> None:
        start = event.at - event.duration
        match event:
            case t.ApiCalled(at=at, root=root, request=request, source=source):
                key, name = f"api/{len(self._spans)}", f"{event.service}:{event.operation}"
                parent, code = self._behind(request), event.error_code or "ok"
                span = Span(key, "api", name, start, at, root, parent, source, code)
            case t.HttpAnswered(at=at, id=key, root=root, status=answered):
                code = "ok" if answered < 400 else str(answered)  # noqa: PLR2004 — HTTP's errors
                name = f"{event.method} {event.path}"
                span = Span(key, "http", name, start, at, root, None, event.api, code)
        self._open(span)
        if span.parent is None:
            self._adopt(span)

    def _statement(self, event: t.StatementEnded) -> None:
        """Open a statement; one that a proxy passes on is told before the proxy's own."""
        key, start = f"statement/{len(self._spans)}", event.at - event.duration
        passed_on = self._passed_on.pop((event.database, event.request), None)
        if passed_on is not None:
            self._spans[passed_on] = replace(self._spans[passed_on], parent=key)
        if event.source.startswith("rds-proxy/"):
            self._passed_on[event.source, event.request] = key
        parent, code = self._behind(event.request), str(event.code or "ok")
        self._open(
            Span(
                key, "api", f"{event.database}: statement", start, event.at, event.root, parent,
                event.source, code,
            )
        )  # fmt: skip

    # -- queues -----------------------------------------------------------------------------------

    def _queues(self, event: t.TraceEvent) -> None:
        match event:
            case t.MessageSent(at=at, queue=queue, message=message, root=root, request=request):
                parent = self._behind(request or event.cause)
                self._open(Span(message, "queue", queue, at, None, root, parent, queue))
            case t.MessageReceived(at=at, message=message, receive_count=count):
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
            case t.BatchEnded(at=at, batch=batch, reason=reason):
                self._close(batch, at, reason or "ok")

    def _wait(self, message: str) -> str:
        """Return the id of the span in which a message waits now."""
        count = self._received.get(message, 0)
        return f"{message}#{count + 1}" if count else message

    # -- topics and buses -------------------------------------------------------------------------

    def _routes(self, event: t.TraceEvent) -> None:
        match event:
            case t.TopicPublished(at=at, message=key) | t.EventPut(at=at, event=key):
                self._published[key] = at, self._behind(event.request or event.cause)
            case t.EventDelivered(event=key, to=to):
                self._delivered(event, t.delivery(key, to), "ok")
            case t.EventFailed(event=key, to=to, error_code=code) if event.retry_in is None:
                self._delivered(event, t.delivery(key, to), code)

    def _delivered(self, event: t.EventDelivered | t.EventFailed, key: str, status: str) -> None:
        start, parent = self._published.get(event.event, (event.at, None))
        name = f"{event.by} → {event.to.rpartition(':')[2]}"
        self._open(
            Span(key, "delivery", name, start, event.at, event.root, parent, event.by, status)
        )


class _States:
    """Executions and the visits to their states, as histories tell them.

    Each event of a history names the one before it (``previousEventId``), and so the visit that it
    belongs to, also where branches run beside one another.
    """

    def __init__(
        self, open_: Callable[[Span], None], close: Callable[[str, int, str], None]
    ) -> None:
        self._open = open_
        self._close = close
        self._holders: dict[str, _Visit] = {}
        """By event, the visit (or the execution) in which it happened."""

    def holder(self, key: str) -> str | None:
        """Return the span of the visit in which an event (``trace.task``) happened."""
        found = self._holders.get(key)
        return None if found is None else found.span

    def take(self, event: t.ExecutionEvent, behind: str | None) -> None:
        """Take one event; ``behind`` is the span of what started the execution."""
        key, kind = t.task(event.execution, event.number), event.type
        if event.number == 1:
            self._open(
                Span(
                    event.execution, "execution", event.machine, event.at, None, event.root,
                    behind, event.machine,
                )
            )  # fmt: skip
            self._holders[key] = _Visit(event.execution, event.machine)
            return
        inside = self._holders.get(t.task(event.execution, event.previous))
        if inside is None:
            return
        if kind.endswith("StateEntered"):
            name, where = event.details["name"], event.machine
            span = f"{event.execution}/{name}/{event.number}"
            self._open(Span(span, "state", name, event.at, None, event.root, inside.span, where))
            visit = _Visit(span, name, kind.removesuffix("StateEntered"), inside)
            inside.open.append(visit)
            inside = visit
        elif kind.endswith("StateExited"):
            while inside.outer is not None and inside.name != event.details["name"]:
                inside = self._leave(inside, event.at)
            inside = self._leave(inside, event.at)
        elif kind in _ENDS:
            said = _ENDS[kind] or str(event.details.get("error") or "error")
            while inside.outer is not None:
                inside.status = inside.status if inside.status != "ok" else said
                inside = self._leave(inside, event.at)
            inside.status = said
            self._leave(inside, event.at)
        else:
            inside = self._work(inside, event)
        self._holders[key] = inside

    def _leave(self, inside: _Visit, at: int) -> _Visit:
        """Close a visit and those within it that nothing ended; return the one around it."""
        while inside.open:
            self._leave(inside.open[-1], at)
        self._close(inside.span, at, inside.status)
        if inside.outer is None:
            return inside
        if inside in inside.outer.open:
            inside.outer.open.remove(inside)
            if inside.status not in ("ok", "aborted"):
                inside.outer.reason = inside.status
        return inside.outer

    def _work(self, inside: _Visit, event: t.ExecutionEvent) -> _Visit:
        """Note how a visit's work goes; what a Parallel or Map says of itself is its own."""
        kind = event.type
        whose = next((name for name in ("Parallel", "Map") if kind.startswith(name)), None)
        while whose and inside.outer is not None and (inside.type != whose or inside.over):
            inside = self._leave(inside, event.at)
        if whose and "Iteration" not in kind:
            inside.over = kind.endswith(("Failed", "Succeeded"))
            while inside.over and inside.open:
                self._leave(inside.open[-1], event.at)
        if kind.endswith(("Failed", "TimedOut")):
            inside.status = str(event.details.get("error") or inside.reason or "error")
        elif kind.endswith("Succeeded"):
            inside.status = "ok"
        elif kind.endswith("Aborted"):
            inside.status = "aborted"
        return inside


_ENDS = {
    "ExecutionSucceeded": "ok",
    "ExecutionAborted": "aborted",
    "ExecutionTimedOut": "",
    "ExecutionFailed": "",
}
"""What ends an execution; empty where its error says how."""


@dataclass(slots=True, eq=False)
class _Visit:
    """A visit to a state, or the execution itself, which lies in nothing."""

    span: str
    name: str
    type: str = ""
    outer: _Visit | None = None
    status: str = "ok"
    """How its work went last."""
    open: list[_Visit] = field(default_factory=list)
    """The visits within it that have not ended."""
    reason: str = ""
    """What went wrong last within it."""
    over: bool = False
    """The branches or iterations of this attempt have ended."""
