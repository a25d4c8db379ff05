"""What happens to events on their way: through topics, over buses, to targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from warmstart.runtime.trace.base import Event


@dataclass(frozen=True, slots=True)
class TopicPublished(Event):
    """A topic took a message."""

    kind: ClassVar[str] = "TopicPublished"

    topic: str
    message: str
    root: str
    source: str
    request: str | None
    """The invocation that published it."""
    message_bytes: int
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class EventPut(Event):
    """A bus took an event."""

    kind: ClassVar[str] = "EventPut"

    bus: str
    event: str
    root: str
    source: str
    request: str | None
    event_source: str
    detail_type: str
    event_bytes: int
    replay: str | None
    """The replay that put it, out of an archive."""
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class EventDelivered(Event):
    """A subscriber or target took it: ``by`` is the topic or rule, ``to`` the target's ARN."""

    kind: ClassVar[str] = "EventDelivered"

    by: str
    event: str
    root: str
    to: str
    attempt: int


@dataclass(frozen=True, slots=True)
class EventFiltered(Event):
    """A subscription's filter policy did not want it."""

    kind: ClassVar[str] = "EventFiltered"

    by: str
    event: str
    root: str
    to: str


@dataclass(frozen=True, slots=True)
class EventFailed(Event):
    """A target did not take it: it will be tried again, or is given up."""

    kind: ClassVar[str] = "EventFailed"

    by: str
    event: str
    root: str
    to: str
    attempt: int
    error_code: str
    retry_in: int | None
    """Microseconds until the next attempt; None when it is given up."""
    dead_letter: str | None
    """The queue that gets it now."""


RoutedEvent = TopicPublished | EventPut | EventDelivered | EventFiltered | EventFailed
