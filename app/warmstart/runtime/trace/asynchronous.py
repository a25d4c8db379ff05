"""What happens to the events of asynchronous invocations, between those who send and the function.

``request`` is the event's id, and the request id of every attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.runtime.trace.base import Event

RetryReason = Literal["error", "throttled"]
Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]
"""Why an event is done with, as a destination's record has it."""
SentAs = Literal["dead-letter", "on-failure", "on-success"]


@dataclass(frozen=True, slots=True)
class EventQueued(Event):
    """Lambda took an event (202); it invokes the function by itself."""

    kind: ClassVar[str] = "EventQueued"

    request: str
    function: str
    payload_bytes: int
    source: str
    root: str
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class EventRetried(Event):
    """An attempt did not go well, and there will be another."""

    kind: ClassVar[str] = "EventRetried"

    request: str
    function: str
    root: str
    reason: RetryReason
    attempts: int
    """How many there have been; throttled ones do not count."""
    delay: int
    """Microseconds until the next."""


@dataclass(frozen=True, slots=True)
class EventDropped(Event):
    """Lambda gives the event up; where it is sent, if anywhere, an ``EventSent`` says."""

    kind: ClassVar[str] = "EventDropped"

    request: str
    function: str
    root: str
    condition: Condition
    attempts: int


@dataclass(frozen=True, slots=True)
class EventSent(Event):
    """The event, or the record of what became of it, was sent on."""

    kind: ClassVar[str] = "EventSent"

    request: str
    function: str
    root: str
    to: str
    """The ARN of a queue, topic, function or event bus."""
    sent_as: SentAs
    error_code: str | None
    """Why it was not taken; None where it was."""


AsyncEvent = EventQueued | EventRetried | EventDropped | EventSent
