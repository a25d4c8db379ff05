"""CloudWatch's metrics of a trace as they are read off over time, each by the statistic that tells.

What counts is summed; what is a level or an age has its maximum; what takes time, both its average
and its maximum (CloudWatch's Sum, Maximum, Average).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from warmstart.runtime.metrics import Gauge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.runtime.metrics import Key
    from warmstart.runtime.trace import TraceEvent

Statistic = Literal["sum", "maximum", "average"]

_LEVELS: Final = frozenset(
    (
        "ConcurrentExecutions",
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
        "ClientConnections",
        "DatabaseConnections",
    )
)
_TIMES: Final = frozenset(("Milliseconds", "Bytes"))


@dataclass(slots=True)
class Reading:
    """One metric of one resource, at any moment."""

    namespace: str
    resource: str
    name: str
    unit: str
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])
    highs: list[float] = field(default_factory=list)
    """The highest value up to each."""

    @property
    def statistic(self) -> Statistic:
        """Which statistic tells most of it."""
        if self.name in _LEVELS:
            return "maximum"
        return "average" if self.unit in _TIMES else "sum"

    def add(self, at: int, value: float) -> None:
        """Take a value; moments come in order."""
        self.times.append(at)
        self.values.append(value)
        self.sums.append(self.sums[-1] + value)
        self.highs.append(max(value, self.highs[-1]) if self.highs else value)

    def count(self, at: int) -> int:
        """Return how many values there were up to a moment."""
        return bisect.bisect_right(self.times, at)

    def sum(self, at: int) -> float:
        """Return the sum of all values up to a moment."""
        return self.sums[self.count(at)]

    def average(self, at: int) -> float:
        """Return their mean; 0 where there are none."""
        count = self.count(at)
        return self.sums[count] / count if count else 0.0

    def maximum(self, at: int) -> float:
        """Return the highest of them; 0 where there are none."""
        count = self.count(at)
        return self.highs[count - 1] if count else 0.0

    def cells(self, edges: Sequence[int]) -> list[float]:
        """Return what each cell [edge, next edge) saw: the sum of what counts, else the maximum."""
        places = [bisect.bisect_left(self.times, edge) for edge in edges]
        if self.statistic == "sum":
            return [self.sums[end] - self.sums[start] for start, end in pairwise(places)]
        return [max(self.values[start:end], default=0.0) for start, end in pairwise(places)]


class Readings:
    """The metrics of a trace."""

    def __init__(self) -> None:
        self._found: dict[Key, Reading] = {}
        self._gauge = Gauge(self._note)
        self._sorted: list[Reading] = []

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        self._gauge.take(event)

    def _note(self, at: int, key: Key, value: float) -> None:
        reading = self._found.get(key)
        if reading is None:
            reading = self._found[key] = Reading(*key)
        reading.add(at, value)

    def all(self) -> Sequence[Reading]:
        """Return them by namespace, resource and name."""
        if len(self._sorted) != len(self._found):
            self._sorted = [self._found[key] for key in sorted(self._found)]
        return self._sorted
