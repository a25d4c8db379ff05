"""The requests of a run, each with the spans of all that it led to."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.runtime.spans import SpanReader, nested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.runtime.spans import Span
    from warmstart.runtime.trace import TraceEvent


@dataclass(frozen=True, slots=True)
class Request:
    """One thread of a trace: what a caller asked for, and all that it led to."""

    root: str
    name: str
    """Of its first span, as a person would call it."""
    start: int
    answered: int | None
    """When the caller had its answer; None while it waits."""
    end: int
    """When the last of what it led to was over; of what is still under way, when it began."""
    status: str
    """``ok``, or what the caller was told."""
    failed: int
    """How many of its spans went wrong."""
    spans: tuple[Span, ...]

    @property
    def duration(self) -> int:
        """How long all of it took, in microseconds."""
        return self.end - self.start

    def rows(self) -> list[tuple[int, Span]]:
        """Return its spans as a waterfall: each with how deep it lies, parents first."""
        return nested(self.spans)


class Requests:
    """The requests of a trace, in order of time; one that grows is read anew when asked."""

    def __init__(self) -> None:
        self._reader = SpanReader()
        self._found: list[Request] | None = None
        self._slowest: list[Request] | None = None

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        self._reader.take(event)
        self._found = self._slowest = None

    def by_time(self) -> Sequence[Request]:
        """Return them as they began."""
        if self._found is None:
            threads: dict[str, list[Span]] = {}
            for span in self._reader.all():
                threads.setdefault(span.root, []).append(span)
            self._found = [_request(root, spans) for root, spans in threads.items()]
        return self._found

    def by_duration(self) -> Sequence[Request]:
        """Return them with those first that took longest, all they led to included."""
        if self._slowest is None:
            self._slowest = sorted(self.by_time(), key=lambda one: -one.duration)
        return self._slowest

    def at(self, at: int) -> int:
        """Return the place, by time, of the request that began last; 0 before the first."""
        found = bisect.bisect_right(self.by_time(), at, key=lambda one: one.start)
        return max(found - 1, 0)


def _request(root: str, spans: list[Span]) -> Request:
    """Return a thread's request; ``spans`` begin with the outermost of the first moment."""
    first = spans[0]
    return Request(
        root,
        first.name,
        first.start,
        first.end,
        max(span.start if span.end is None else span.end for span in spans),
        first.status,
        sum(span.status != "ok" for span in spans),
        tuple(spans),
    )
