"""An execution's history: events as GetExecutionHistory gives them, as plain dicts.

``timestamp`` is the loop's time in seconds until ``shown`` turns it into a wall clock's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from warmstart.runtime.trace import ExecutionEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.asl.machine import Identity

LIMIT = 25_000
"""Events of a Standard execution (service-quotas)."""
WHOLE = {"truncated": False}

Event = dict[str, Any]


class HistoryFull(Exception):
    """There is room for one event more, which ends the execution."""


class History:
    """The events so far, numbered from 1; memory grows with them and nothing else."""

    __slots__ = ("_room", "_time", "_watch", "events")

    def __init__(
        self,
        time: Callable[[], float],
        limit: int = LIMIT,
        watch: Callable[[Event], None] | None = None,
    ) -> None:
        """Begin an empty history; ``watch`` is called with each event."""
        self.events: list[Event] = []
        self._watch = watch
        self._time = time
        self._room = limit - 1

    def add(self, kind: str, previous: int, key: str | None = None, details: Any = None) -> int:
        """Append an event and return its id.

        Raises:
            HistoryFull: only the last event still has room.
        """
        number = len(self.events) + 1
        if number > self._room:
            raise HistoryFull
        event = {"timestamp": self._time(), "type": kind, "id": number, "previousEventId": previous}
        if key is not None:
            event[key] = details
        self.events.append(event)
        if self._watch is not None:
            self._watch(event)
        return number

    def end(self, kind: str, previous: int, details: dict[str, Any]) -> None:
        """Append the event that ends the execution, for which there is always room."""
        key = kind[0].lower() + kind[1:] + "EventDetails"
        number = len(self.events) + 1
        event = {"timestamp": self._time(), "type": kind, "id": number, "previousEventId": previous}
        event[key] = details
        self.events.append(event)
        if self._watch is not None:
            self._watch(event)

    def shown(self, start: datetime) -> list[Event]:
        """Return the events with wall clock times; ``start`` is when the loop's time was 0."""
        return [
            {**event, "timestamp": start + timedelta(seconds=round(event["timestamp"], 6))}
            for event in self.events
        ]


def traced(
    event: Event, identity: Identity, root: str, *, cause: str | None = None
) -> ExecutionEvent:
    """Return an event of an execution as a run's trace has it."""
    return ExecutionEvent(
        round(event["timestamp"] * 1_000_000),
        machine=identity.machine,
        execution=identity.name,
        root=root,
        number=event["id"],
        previous=event["previousEventId"],
        type=event["type"],
        details=next((value for value in event.values() if isinstance(value, dict)), {}),
        workflow="EXPRESS" if identity.express else "STANDARD",
        cause=cause,
    )
