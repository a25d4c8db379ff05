"""What happens to messages in queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.runtime.trace.base import Event

ReturnReason = Literal["timeout", "changed"]
"""The visibility timeout passed, or a consumer set it to 0."""
MoveReason = Literal["max-receives", "redrive"]


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    """A queue took a message; a message that a FIFO queue knows already is not sent again."""

    kind: ClassVar[str] = "MessageSent"

    queue: str
    message: str
    root: str
    source: str
    request: str | None
    """The invocation that sent it."""
    group: str | None
    body_bytes: int
    delay: int
    """Microseconds until it can be received."""
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class MessageReceived(Event):
    """A consumer has it now; for everybody else it is invisible until it is deleted or returns."""

    kind: ClassVar[str] = "MessageReceived"

    queue: str
    message: str
    root: str
    consumer: str
    receive_count: int
    visible_at: int
    """When it returns unless it is deleted before."""


@dataclass(frozen=True, slots=True)
class MessageDeleted(Event):
    """Its consumer is done with it."""

    kind: ClassVar[str] = "MessageDeleted"

    queue: str
    message: str
    root: str


@dataclass(frozen=True, slots=True)
class MessageReturned(Event):
    """It can be received again."""

    kind: ClassVar[str] = "MessageReturned"

    queue: str
    message: str
    root: str
    reason: ReturnReason


@dataclass(frozen=True, slots=True)
class MessageMoved(Event):
    """It went to another queue: to the dead-letter queue, or back from it.

    Moved back it has a new id for its consumers, and keeps the one it has here.
    """

    kind: ClassVar[str] = "MessageMoved"

    queue: str
    message: str
    root: str
    to: str
    reason: MoveReason


@dataclass(frozen=True, slots=True)
class MessageExpired(Event):
    """It was in the queue longer than the queue keeps messages, and is lost."""

    kind: ClassVar[str] = "MessageExpired"

    queue: str
    message: str
    root: str


@dataclass(frozen=True, slots=True)
class BatchStarted(Event):
    """An event source mapping hands messages to its function; one invocation takes them all."""

    kind: ClassVar[str] = "BatchStarted"

    queue: str
    function: str
    batch: str
    root: str
    """The first message's; each of them has its own."""
    messages: list[str]


@dataclass(frozen=True, slots=True)
class BatchEnded(Event):
    """The function is done with them: these are deleted, those return."""

    kind: ClassVar[str] = "BatchEnded"

    queue: str
    function: str
    batch: str
    request: str
    """The invocation that took them."""
    root: str
    failed: list[str]
    """The messages that are not deleted."""
    reason: str | None
    """Why they failed; None where none did."""


QueueEvent = (
    MessageSent
    | MessageReceived
    | MessageDeleted
    | MessageReturned
    | MessageMoved
    | MessageExpired
    | BatchStarted
    | BatchEnded
)
