"""Queues over time: what can be received, what is being worked on, what waits for its delay.

A message is *visible*, *in flight* (received, and neither deleted nor back) or *delayed*. How often
the messages of a queue have been received tells a poison message from a busy queue.
"""

from __future__ import annotations

import bisect
import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from warmstart.labs.views.series import Level, stacked
from warmstart.runtime import trace as t
from warmstart.runtime.specs import QueueSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.runtime.template import Application
    from warmstart.runtime.trace import TraceEvent

Where = Literal["visible", "flight", "delayed"]


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue at a moment."""

    visible: int
    in_flight: int
    delayed: int
    received: tuple[tuple[int, int], ...]
    """Of the messages in it, how often each was received, and how many are like that."""
    oldest: int | None
    """When the message came that is in it the longest; None where it is empty."""
    sent: int
    """How many ever came, moved ones among them."""
    deleted: int


@dataclass(slots=True)
class _Message:
    came: int
    where: Where
    received: int


@dataclass(slots=True)
class Queue:
    """One queue, at any moment."""

    name: str
    dead_letter: str | None = None
    """The queue that takes what could not be processed."""
    is_dead_letter: bool = False
    depth: Level = field(default_factory=Level)
    """All messages in it."""
    visible: Level = field(default_factory=Level)
    in_flight: Level = field(default_factory=Level)
    delayed: Level = field(default_factory=Level)
    _counts: dict[int, Level] = field(default_factory=dict)
    """By how often a message was received, how many such there are."""
    _oldest: Level = field(default_factory=Level)
    """When the oldest message came; -1 where there is none."""
    _sent: list[int] = field(default_factory=list)
    _deleted: list[int] = field(default_factory=list)
    _inside: dict[str, _Message] = field(default_factory=dict)
    _by_age: list[tuple[int, str]] = field(default_factory=list)
    _due: list[tuple[int, str]] = field(default_factory=list)
    """Delayed messages by when they can be received."""

    @property
    def highest(self) -> int:
        """The most messages there ever were in it."""
        return int(self.depth.highest)

    def columns(self, edges: Sequence[int]) -> list[tuple[float, ...]]:
        """Return, for each cell, how many were in flight at most, delayed, and the others."""
        return stacked(self.depth, (self.in_flight, self.delayed), edges)

    def at(self, at: int) -> QueueNow:
        """Return what the queue is like at a moment."""
        oldest = int(self._oldest.at(at)) if self._oldest.times else -1
        inside = ((count, int(level.at(at))) for count, level in sorted(self._counts.items()))
        return QueueNow(
            int(self.visible.at(at)),
            int(self.in_flight.at(at)),
            int(self.delayed.at(at)),
            tuple((count, messages) for count, messages in inside if messages),
            None if oldest < 0 or not self._sent or at < self._sent[0] else oldest,
            bisect.bisect_right(self._sent, at),
            bisect.bisect_right(self._deleted, at),
        )

    # -- what happens to it -----------------------------------------------------------------------

    def enter(self, at: int, message: str, *, delay: int = 0) -> None:
        """Take a message that came."""
        self._advance(at)
        where: Where = "delayed" if delay else "visible"
        self._inside[message] = _Message(at, where, 0)
        self.depth.add(at)
        self._level(where).add(at)
        self._count(0, at, 1)
        self._sent.append(at)
        heapq.heappush(self._by_age, (at, message))
        if delay:
            heapq.heappush(self._due, (at + delay, message))
        self._age(at)

    def receive(self, at: int, message: str, count: int) -> None:
        """Take note that a consumer has it now."""
        self._advance(at)
        found = self._inside.get(message)
        if found is not None:
            self._to(found, "flight", at)
            self._count(found.received, at, -1)
            found.received = count
            self._count(count, at, 1)

    def give_back(self, at: int, message: str) -> None:
        """Take note that it can be received again."""
        self._advance(at)
        found = self._inside.get(message)
        if found is not None:
            self._to(found, "visible", at)

    def leave(self, at: int, message: str, *, done: bool) -> None:
        """Take note that it is gone: deleted (``done``), moved or expired."""
        self._advance(at)
        found = self._inside.pop(message, None)
        if found is not None:
            self.depth.add(at, -1)
            self._level(found.where).add(at, -1)
            self._count(found.received, at, -1)
            self._age(at)
            if done:
                self._deleted.append(at)

    def _advance(self, at: int) -> None:
        """Let delayed messages become visible that are due by now."""
        while self._due and self._due[0][0] <= at:
            due, message = heapq.heappop(self._due)
            found = self._inside.get(message)
            if found is not None and found.where == "delayed":
                self._to(found, "visible", due)

    def _to(self, message: _Message, where: Where, at: int) -> None:
        if message.where != where:
            self._level(message.where).add(at, -1)
            self._level(where).add(at)
            message.where = where

    def _level(self, where: Where) -> Level:
        levels: dict[Where, Level] = {
            "visible": self.visible, "flight": self.in_flight, "delayed": self.delayed,
        }  # fmt: skip
        return levels[where]

    def _count(self, received: int, at: int, change: int) -> None:
        self._counts.setdefault(received, Level()).add(at, change)

    def _age(self, at: int) -> None:
        while self._by_age and self._by_age[0][1] not in self._inside:
            heapq.heappop(self._by_age)
        self._oldest.set(at, self._by_age[0][0] if self._by_age else -1)


class Queues:
    """The queues of a trace: each with its dead-letter queue behind it."""

    def __init__(self, application: Application | None = None) -> None:
        self._queues: dict[str, Queue] = {}
        for spec in application.all(QueueSpec) if application is not None else ():
            queue = self._of(spec.name)
            if spec.dead_letter is not None:
                self._join(queue, spec.dead_letter.rpartition(":")[2])

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        match event:
            case t.MessageSent(at=at, queue=name, message=message, delay=delay):
                self._of(name).enter(at, message, delay=delay)
            case t.MessageReceived(at=at, queue=name, message=message, receive_count=count):
                self._of(name).receive(at, message, count)
            case t.MessageReturned(at=at, queue=name, message=message):
                self._of(name).give_back(at, message)
            case t.MessageDeleted(at=at, queue=name, message=message):
                self._of(name).leave(at, message, done=True)
            case t.MessageExpired(at=at, queue=name, message=message):
                self._of(name).leave(at, message, done=False)
            case t.MessageMoved(at=at, queue=name, message=message, to=to, reason=reason):
                self._of(name).leave(at, message, done=False)
                self._of(to).enter(at, message)
                if reason == "max-receives":
                    self._join(self._of(name), to)
            case _:
                pass

    def all(self) -> list[Queue]:
        """Return the queues: in the order of the template, then of the trace."""
        found: dict[str, None] = {}
        for name, queue in self._queues.items():
            if not queue.is_dead_letter:
                found[name] = None
                if queue.dead_letter is not None:
                    found[queue.dead_letter] = None
        return [self._queues[name] for name in dict.fromkeys([*found, *self._queues])]

    def _of(self, name: str) -> Queue:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = Queue(name)
        return queue

    def _join(self, queue: Queue, dead_letter: str) -> None:
        queue.dead_letter = dead_letter
        self._of(dead_letter).is_dead_letter = True
