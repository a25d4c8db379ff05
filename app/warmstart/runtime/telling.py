"""A trace's events as lines for a person who watches, or reads it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from warmstart.runtime.trace import TraceEvent

Tone = Literal["plain", "quiet", "good", "bad"]

_UNTOLD = (
    t.CpuCharged, t.EnvironmentFrozen, t.EnvironmentThawed, t.InitStarted, t.InvocationStarted,
    t.MessageReceived, t.BatchStarted,
)  # fmt: skip
"""What the lines around them say as well."""


_WHY = {
    "timeout": "not deleted in time",
    "changed": "its visibility was set to 0",
    "max-receives": "received too often",
    "redrive": "redrive",
}
"""Why a message came back, or went to another queue."""


_WHOLE = (
    "ExecutionStarted", "ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut",
    "ExecutionAborted", "ExecutionRedriven",
)  # fmt: skip
"""What happens to an execution, and not in one of its states."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is about, and what happened."""

    where: str
    text: str
    tone: Tone = "plain"


def told(event: TraceEvent) -> Line | None:
    """Return an event's line; None for what other lines say as well."""
    if isinstance(event, _UNTOLD):
        return None
    if isinstance(event, t.ExecutionEvent):
        return _execution(event)
    tellers = (_function, _async, _queue, _data, _database, _service)
    return next(filter(None, (tell(event) for tell in tellers)), None) or _other(event)


def _function(event: TraceEvent) -> Line | None:  # noqa: PLR0911 — a table of words
    match event:
        case t.LogLine(environment=where, text=text, source=source):
            return Line(where, text, "quiet" if source == "platform" else "plain")
        case t.InvocationRequested(function=where, source=source, payload_bytes=size):
            return Line(where, f"invoked by {source}, {size:,} bytes", "quiet")
        case t.InvocationThrottled(function=where, reason=reason):
            return Line(where, f"throttled: {reason}", "bad")
        case t.InvocationRejected(function=where, error_type=kind, error_message=message):
            return Line(where, f"refused: {kind}: {message}", "bad")
        case t.InvocationEnded(environment=where, status=status, duration=duration):
            return Line(where, f"{status} in {_ms(duration)}", _tone(status == "success"))
        case t.EnvironmentCreated(environment=where, memory_size=size):
            return Line(where, f"new environment, {size:,} MB", "quiet")
        case t.InitEnded(environment=where, status=status, duration=duration):
            return Line(where, f"INIT: {status} in {_ms(duration)}", _tone(status == "success"))
        case t.EnvironmentReset(environment=where, reason=reason):
            return Line(where, f"reset after {reason}", "bad")
        case t.EnvironmentShutdown(environment=where, reason=reason):
            return Line(where, f"shut down: {reason}", "quiet")
    return None


def _async(event: TraceEvent) -> Line | None:
    match event:
        case t.EventQueued(function=where, source=source, payload_bytes=size):
            return Line(where, f"event from {source}, {size:,} bytes", "quiet")
        case t.EventRetried(function=where, reason=reason, delay=delay):
            return Line(where, f"event again in {_ms(delay)}: {reason}", "bad")
        case t.EventDropped(function=where, condition=condition):
            return Line(where, f"event given up: {condition}", "bad")
        case t.EventSent(function=where, to=to, sent_as=sent_as, error_code=code):
            text = f"{sent_as} to {_short(to)}"
            return Line(where, f"{text}: {code}" if code else text, "bad" if code else "plain")
        case t.RestoreEnded(environment=where, status=status, duration=duration):
            return Line(where, f"restore: {status} in {_ms(duration)}", _tone(status == "success"))
    return None


def _queue(event: TraceEvent) -> Line | None:  # noqa: PLR0911 — a table of words
    match event:
        case t.MessageSent(queue=where, message=id_, source=source, body_bytes=size):
            return Line(where, f"message {id_[:8]} from {source}, {size:,} bytes")
        case t.MessageDeleted(queue=where, message=id_):
            return Line(where, f"message {id_[:8]} deleted", "good")
        case t.MessageReturned(queue=where, message=id_, reason=reason):
            return Line(where, f"message {id_[:8]} visible again: {_WHY[reason]}", "bad")
        case t.MessageMoved(queue=where, message=id_, to=to, reason=reason):
            return Line(where, f"message {id_[:8]} moved to {to}: {_WHY[reason]}", "bad")
        case t.MessageExpired(queue=where, message=id_):
            return Line(where, f"message {id_[:8]} expired", "bad")
        case t.BatchEnded(queue=where, function=function, failed=failed, reason=reason):
            text = f"{len(failed)} failed ({reason})" if failed else "done"
            return Line(where, f"batch of {function}: {text}", _tone(not failed))
    return None


def _data(event: TraceEvent) -> Line | None:  # noqa: PLR0911 — a table of words
    match event:
        case t.ItemWritten(table=where, key=key, operation=name, source=source):
            return Line(where, f"{name} {key} by {source}, {event.units:g} WCU")
        case t.ItemsRead(table=where, operation=name, source=source, returned=found):
            of = where if event.index is None else f"{where}/{event.index}"
            text = f"{name} by {source}: {found:,} of {event.scanned:,}, {event.units:g} RCU"
            return Line(of, text, "quiet")
        case t.ConditionFailed(table=where, key=key, operation=name, source=source):
            return Line(where, f"{name} {key} by {source}: condition not met", "bad")
        case t.TransactionEnded(operation=where, source=source, reasons=reasons):
            text = f"cancelled ({', '.join(reasons)})" if reasons else "carried out"
            return Line(where, f"by {source}: {text}", _tone(not reasons))
        case t.ItemExpired(table=where, key=key):
            return Line(where, f"{key} expired", "quiet")
        case t.ObjectCreated(bucket=where, key=key, operation=name, size=size, source=source):
            return Line(where, f"{name} {key} by {source}, {size:,} bytes")
        case t.ObjectRead(bucket=where, key=key, size=size, source=source):
            return Line(where, f"read {key} by {source}, {size:,} bytes", "quiet")
        case t.ObjectRemoved(bucket=where, key=key, source=source):
            return Line(where, f"removed {key} by {source}")
    return None


def _database(event: TraceEvent) -> Line | None:
    match event:
        case t.ConnectionOpened(database=where, source=source, open=count):
            return Line(where, f"connection for {source}: {count:,} open", "quiet")
        case t.ConnectionRefused(database=where, source=source, code=code, open=count):
            return Line(where, f"{source} refused ({code}): {count:,} open", "bad")
        case t.ConnectionAbandoned(database=where, source=source):
            return Line(where, f"connection of {source} left behind")
        case t.ConnectionClosed(database=where, source=source, reason=reason, open=count):
            return Line(where, f"connection of {source} closed, {reason}: {count:,} open", "quiet")
        case t.StatementEnded(database=where, source=source, duration=duration, code=code):
            answer = f" {code}" if code else ""
            text = f"statement of {source}{answer} in {_ms(duration)}"
            return Line(where, text, "bad" if code else "quiet")
    return None


def _service(event: TraceEvent) -> Line | None:  # noqa: PLR0911 — a table of words
    match event:
        case t.ApiCalled(source=where, service=service, operation=name, duration=duration):
            answer = event.error_code or str(event.status)
            text = f"{service}:{name} {answer} in {_ms(duration)}"
            return Line(where, text, _tone(event.error_code is None))
        case t.HttpAnswered(api=where, method=method, path=path, status=status):
            text = f"{method} {path} {status} in {_ms(event.duration)}"
            return Line(where, text, _tone(status < 400))  # noqa: PLR2004 — HTTP's errors
        case t.TopicPublished(topic=where, source=source):
            return Line(where, f"published by {source}")
        case t.EventPut(bus=where, event_source=source, detail_type=kind):
            return Line(where, f"event {kind} of {source}")
        case t.EventDelivered(by=where, to=to, attempt=attempt):
            again = f", attempt {attempt}" if attempt > 1 else ""
            return Line(where, f"to {_short(to)}{again}", "good")
        case t.EventFiltered(by=where, to=to):
            return Line(where, f"filtered out for {_short(to)}", "quiet")
        case t.EventFailed(by=where, to=to, error_code=code, retry_in=retry):
            then = "given up" if retry is None else f"again in {_ms(retry)}"
            return Line(where, f"to {_short(to)}: {code}, {then}", "bad")
        case t.StateMachineCreated(machine=where, type=kind):
            return Line(where, f"state machine, {kind}", "quiet")
        case t.RunEnded(status=status):
            return Line("run", status, "quiet")
    return None


def _execution(event: t.ExecutionEvent) -> Line | None:
    """Return which state an execution enters, what failed there, and how it ends."""
    where, name, kind = event.machine, event.execution, event.type
    error = event.details.get("error")
    if kind.endswith("StateEntered"):
        return Line(where, f"{name} enters {event.details['name']}")
    what = kind.removeprefix("Execution").lower() if kind in _WHOLE else f"has {kind}"
    if kind.endswith(("Failed", "TimedOut", "Aborted")):
        return Line(where, f"{name} {what}: {error}" if error else f"{name} {what}", "bad")
    if kind in _WHOLE:
        return Line(where, f"{name} {what}", "good" if kind == "ExecutionSucceeded" else "plain")
    return None


def _other(event: TraceEvent) -> Line:
    """Return a line for a kind that has no words of its own: its fields, as they are."""
    said = [f"{item.name}={getattr(event, item.name)}" for item in fields(event)[1:]]
    return Line(event.kind, " ".join(said), "quiet")


def _short(arn: str) -> str:
    return arn.rpartition(":")[2]


def _ms(duration: int) -> str:
    return f"{duration / 1_000:,.1f} ms"


def _tone(well: bool) -> Tone:  # noqa: FBT001 — one question, one answer
    return "good" if well else "bad"
