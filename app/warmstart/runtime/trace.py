"""What happened in a run: one typed, append-only list, and the only thing a picture reads.

Every lane, figure, check and bill is computed from a trace, so a run can be stored, compared and
replayed without running it again. The same seed and inputs give the same trace, byte for byte:
nothing measured is in it (that is the sidecar's, see ``launch.Sidecar``).

A trace is written as JSON lines. The first line is the header; each other line is one event, with
its ``kind`` first and its fields in the order they are declared here. Units: times and durations
are whole microseconds of virtual time, ``at`` counts from the run's start, memory is in MB, sizes
are in bytes. Adding a kind or a field is a new ``VERSION``; a reader refuses a later one.

An execution environment is named after its function and a count (``greet/1``); ``request`` is the
invocation's request id, and is the thread to follow: ``trace.of(request)``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from warmstart.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 2

Cause = Literal["runtime", "package", "vpc", "import", "call", "handler"]
InitializationType = Literal["on-demand"]
Phase = Literal["init", "invoke"]
InitStatus = Literal["success", "error", "timeout"]
InvocationStatus = Literal["success", "error", "timeout", "crash"]
ResetReason = Literal["timeout", "crash"]
RunStatus = Literal["completed", "until", "cancelled"]
ShutdownReason = Literal["idle", "run-ended"]
Source = Literal["platform", "function"]


@dataclass(frozen=True, slots=True)
class FunctionError:
    """An error as Lambda's caller sees it: ``errorType``, ``errorMessage``, ``stackTrace``."""

    error_type: str
    error_message: str
    stack_trace: tuple[str, ...] = ()
    request: str | None = None
    """``requestId``; None in the errors that Lambda itself puts together, which have no such key
    and no stack trace either."""

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that Lambda hands to the caller, its keys in Lambda's order."""
        if self.request is None:
            return {"errorType": self.error_type, "errorMessage": self.error_message}
        return {
            "errorMessage": self.error_message,
            "errorType": self.error_type,
            "requestId": self.request,
            "stackTrace": list(self.stack_trace),
        }

    def to_text(self) -> str:
        """Return that object as the JSON text that Lambda sends."""
        compact = (",", ":") if self.request is None else None
        return json.dumps(self.to_payload(), ensure_ascii=False, separators=compact)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> FunctionError:
        """Read back what ``to_payload`` gives."""
        return cls(
            error_type=payload["errorType"],
            error_message=payload["errorMessage"],
            stack_trace=tuple(payload.get("stackTrace", ())),
            request=payload.get("requestId"),
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened ``at`` so many microseconds after the run's start."""

    kind: ClassVar[str]

    at: int


@dataclass(frozen=True, slots=True)
class EnvironmentCreated(Event):
    """The fleet decided on a new execution environment; its INIT follows at once."""

    kind: ClassVar[str] = "EnvironmentCreated"

    environment: str
    function: str
    version: str
    initialization_type: InitializationType
    architecture: str
    """``x86_64`` or ``arm64``; it decides the price."""
    memory_size: int
    profile: str
    """The runtime profile of the cost model: python, node, java, …"""


@dataclass(frozen=True, slots=True)
class InitStarted(Event):
    """INIT began: in its own phase, or, after a failed or reset one, inside an invocation."""

    kind: ClassVar[str] = "InitStarted"

    environment: str
    phase: Phase
    request: str | None
    """The invocation it runs inside of, or for which the environment was made."""


@dataclass(frozen=True, slots=True)
class InitEnded(Event):
    """INIT ended, well or not."""

    kind: ClassVar[str] = "InitEnded"

    environment: str
    phase: Phase
    request: str | None
    status: InitStatus
    duration: int
    error: FunctionError | None


@dataclass(frozen=True, slots=True)
class InvocationRequested(Event):
    """A caller asked for an invocation."""

    kind: ClassVar[str] = "InvocationRequested"

    request: str
    function: str
    payload_bytes: int
    source: str
    """Who called, in the scenario's words."""


@dataclass(frozen=True, slots=True)
class InvocationThrottled(Event):
    """429 ``TooManyRequestsException``: no environment was to be had."""

    kind: ClassVar[str] = "InvocationThrottled"

    request: str
    function: str
    reason: str
    """Lambda's ``Reason``: ReservedFunctionConcurrentInvocationLimitExceeded, …"""


@dataclass(frozen=True, slots=True)
class InvocationRejected(Event):
    """The request itself was refused, before any environment: too large, no such function."""

    kind: ClassVar[str] = "InvocationRejected"

    request: str
    function: str
    status_code: int
    error_type: str
    error_message: str


@dataclass(frozen=True, slots=True)
class InvocationStarted(Event):
    """An environment took the request: the handler starts (or INIT runs again before it)."""

    kind: ClassVar[str] = "InvocationStarted"

    request: str
    environment: str
    function: str
    cold: bool
    """The request waited for a new environment's INIT."""


@dataclass(frozen=True, slots=True)
class InvocationEnded(Event):
    """The invocation ended; what its REPORT line and the caller say."""

    kind: ClassVar[str] = "InvocationEnded"

    request: str
    environment: str
    function: str
    status: InvocationStatus
    duration: int
    billed: int
    """``duration`` plus ``init_duration``, rounded up to whole milliseconds."""
    init_duration: int | None
    """Of the INIT phase this invocation waited for; None when warm, or when INIT failed."""
    memory_size: int
    max_memory_used: int
    """Modelled, so that it repeats; the measured peak is in the sidecar."""
    error: FunctionError | None
    response: str | None
    """The JSON text the handler returned, cut at ``RESPONSE_SHOWN`` characters."""
    response_bytes: int
    """The whole answer's size: what was returned, or the error's payload."""


@dataclass(frozen=True, slots=True)
class CpuCharged(Event):
    """The cost model charged CPU time, from ``at`` on: why an INIT or an invocation took long."""

    kind: ClassVar[str] = "CpuCharged"

    environment: str
    request: str | None
    phase: Phase
    cause: Cause
    name: str
    """The module imported, the function called, the runtime profile, …"""
    cost: int
    """What it costs at one vCPU."""
    charged: int
    """What it took with the CPU this phase has at the function's memory."""


@dataclass(frozen=True, slots=True)
class CostNotFound(Event):
    """A cost that the template declares is nobody's: it was not charged. Once per function."""

    kind: ClassVar[str] = "CostNotFound"

    environment: str
    request: str | None
    cause: Cause
    """``import`` or ``call``."""
    name: str
    """As the template has it."""
    reason: str
    """In a sentence: "app has no rendr."."""


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """One line of the function's log stream."""

    kind: ClassVar[str] = "LogLine"

    environment: str
    request: str | None
    source: Source
    """Lambda's own START, END, REPORT … or what the handler printed."""
    text: str


@dataclass(frozen=True, slots=True)
class EnvironmentFrozen(Event):
    """Nothing left to do: the environment stands still, kept warm, its memory intact.

    One that was reset has nothing in it to freeze, and nothing to thaw.
    """

    kind: ClassVar[str] = "EnvironmentFrozen"

    environment: str


@dataclass(frozen=True, slots=True)
class EnvironmentThawed(Event):
    """A frozen environment was chosen for a request (a warm start)."""

    kind: ClassVar[str] = "EnvironmentThawed"

    environment: str
    request: str


@dataclass(frozen=True, slots=True)
class EnvironmentReset(Event):
    """The process was killed; ``/tmp`` stays, and the next invocation runs INIT again."""

    kind: ClassVar[str] = "EnvironmentReset"

    environment: str
    reason: ResetReason


@dataclass(frozen=True, slots=True)
class EnvironmentShutdown(Event):
    """The environment is gone, its ``/tmp`` with it."""

    kind: ClassVar[str] = "EnvironmentShutdown"

    environment: str
    reason: ShutdownReason


@dataclass(frozen=True, slots=True)
class RepeatabilityLost(Event):
    """From here on, another run with the same seed may differ (a handler started a thread)."""

    kind: ClassVar[str] = "RepeatabilityLost"

    environment: str
    request: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Always the last event."""

    kind: ClassVar[str] = "RunEnded"

    status: RunStatus


TraceEvent = (
    EnvironmentCreated
    | InitStarted
    | InitEnded
    | InvocationRequested
    | InvocationThrottled
    | InvocationRejected
    | InvocationStarted
    | InvocationEnded
    | CpuCharged
    | CostNotFound
    | LogLine
    | EnvironmentFrozen
    | EnvironmentThawed
    | EnvironmentReset
    | EnvironmentShutdown
    | RepeatabilityLost
    | RunEnded
)
"""Every event there is; match on it with ``isinstance`` or ``match``."""

_KINDS: dict[str, type[TraceEvent]] = {kind.kind: kind for kind in get_args(TraceEvent)}

RESPONSE_SHOWN = 65_536
"""Characters of a response a trace keeps; the caller still gets all of it."""


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
        return _dump({name: getattr(self, name) for name in _HEADER_KEYS})


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


def size(text: str) -> int:
    """Return the bytes of a payload; a lone surrogate, which UTF-8 does not know, counts three."""
    return len(text.encode(errors="surrogatepass"))


def event_to_json(event: TraceEvent) -> str:
    """Return one event as a line of the trace, without the line feed."""
    record: dict[str, Any] = {"kind": event.kind}
    for item in fields(event):
        value = getattr(event, item.name)
        record[item.name] = value.to_payload() if isinstance(value, FunctionError) else value
    return _dump(record)


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


def _dump(record: dict[str, Any]) -> str:
    # ASCII only: a lone surrogate or U+2028 from a handler can then break neither the encoding nor
    # the lines.
    return json.dumps(record, separators=(",", ":"), ensure_ascii=True)


def _load(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InputError(f"A line of the trace is not JSON: {error}.") from error
    if not isinstance(record, dict):
        raise InputError("A line of the trace is not a JSON object.")
    return record
