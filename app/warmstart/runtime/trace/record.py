"""A trace as a whole: its header, its events in order, and both as JSON Lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

from warmstart.errors import InputError
from warmstart.runtime.trace.asynchronous import AsyncEvent
from warmstart.runtime.trace.base import FunctionError, RunEnded
from warmstart.runtime.trace.database import DatabaseEvent
from warmstart.runtime.trace.dynamodb import TableEvent
from warmstart.runtime.trace.events import RoutedEvent
from warmstart.runtime.trace.functions import FunctionEvent
from warmstart.runtime.trace.s3 import BucketEvent
from warmstart.runtime.trace.services import ServiceEvent
from warmstart.runtime.trace.sqs import QueueEvent
from warmstart.runtime.trace.states import MachineEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 7

TraceEvent = (
    FunctionEvent
    | AsyncEvent
    | ServiceEvent
    | QueueEvent
    | RoutedEvent
    | TableEvent
    | BucketEvent
    | MachineEvent
    | DatabaseEvent
    | RunEnded
)
"""Every event there is; match on it with ``isinstance`` or ``match``."""

_KINDS: dict[str, type[TraceEvent]] = {kind.kind: kind for kind in get_args(TraceEvent)}
_FIELDS = {
    name: [(item.name, item.name == "error") for item in fields(kind)]
    for name, kind in _KINDS.items()
}
# ASCII only: a lone surrogate or U+2028 from a handler can then break neither the encoding nor the
# lines. Made once: a run writes a hundred thousand of them. Events are trees by construction.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Header:
    """What a run was made from, on the trace's first line."""

    seed: int
    epoch: str
    """The virtual wall clock at the run's start, ISO 8601 in UTC: ``2026-01-05T09:00:00Z``."""
    region: str = "us-east-1"
    version: int = VERSION

    def wall_clock(self, at: int) -> datetime:
        """Return the virtual date and time of an event, aware, in UTC."""
        return datetime.fromisoformat(self.epoch) + timedelta(microseconds=at)

    def to_json(self) -> str:
        """Return the trace's first line, without the line feed."""
        return _encode({name: getattr(self, name) for name in _HEADER_KEYS})


_HEADER_KEYS = ("version", "seed", "epoch", "region")


@dataclass(slots=True)
class Trace:
    """A header, and the events in the order (at, sequence): appended, never changed."""

    header: Header
    _events: list[TraceEvent] = field(default_factory=list)

    def append(self, event: TraceEvent) -> None:
        """Add what happened last.

        Raises:
            ValueError: the event lies before the one added last.
        """
        if self._events and event.at < self._events[-1].at:
            raise ValueError(f"{event} comes before {self._events[-1]}")
        self._events.append(event)

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, index: int) -> TraceEvent:
        return self._events[index]

    @property
    def end(self) -> int:
        """The virtual time of the last event; 0 for an empty trace."""
        return self._events[-1].at if self._events else 0

    def of(self, request: str) -> list[TraceEvent]:
        """Return the events that belong to one invocation."""
        return [event for event in self._events if getattr(event, "request", None) == request]

    def to_jsonl(self) -> str:
        """Return the whole trace as text: header line, event lines, each ended by a line feed."""
        lines = [self.header.to_json(), *map(event_to_json, self._events), ""]
        return "\n".join(lines)

    @classmethod
    def from_jsonl(cls, text: str) -> Trace:
        """Read what ``to_jsonl`` wrote.

        Raises:
            InputError: not a trace, damaged (with the line), or written by a later version.
        """
        return cls.from_lines(text.split("\n"))

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> Trace:
        """Read a trace line by line; see ``from_jsonl``."""
        trace: Trace | None = None
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                if trace is None:
                    trace = cls(header_from_json(line))
                else:
                    trace.append(event_from_json(line))
            except InputError as error:
                error.line = number
                raise
            except ValueError as error:
                raise InputError(f"Not in order of time: {error}.", line=number) from error
        if trace is None:
            raise InputError("An empty file is no trace: the first line should be its header.")
        return trace


def event_to_json(event: TraceEvent) -> str:
    """Return one event as a line of the trace, without the line feed."""
    record: dict[str, Any] = {"kind": event.kind}
    for name, may_be_error in _FIELDS[event.kind]:
        value = getattr(event, name)
        if may_be_error and value is not None:
            value = value.to_payload()
        record[name] = value
    return _encode(record)


def event_from_json(line: str) -> TraceEvent:
    """Read one event line.

    Raises:
        InputError: not JSON, an unknown kind, or fields that are not that kind's.
    """
    record = _load(line)
    kind = record.pop("kind", None)
    event_type = _KINDS.get(kind) if isinstance(kind, str) else None
    if event_type is None:
        raise InputError(f"A trace has no events of the kind {kind!r}.")
    try:
        if record.get("error") is not None:
            record["error"] = FunctionError.from_payload(record["error"])
        return event_type(**record)
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError(f"A broken {kind} event: {error}.") from error


def header_from_json(line: str) -> Header:
    """Read a trace's first line.

    Raises:
        InputError: not a trace's header, or one of a later version.
    """
    record = _load(line)
    if set(record) != set(_HEADER_KEYS):
        raise InputError("This is no trace: its first line should be the header.")
    if record["version"] > VERSION:
        raise InputError(
            f"The trace has version {record['version']}, and this Warmstart reads up to {VERSION}.",
            hint="Update Warmstart to open it.",
        )
    return Header(**record)


def _load(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(f"A line of the trace is not JSON: {error}.") from error
    if not isinstance(record, dict):
        raise InputError("A line of the trace is not a JSON object.")
    return record
