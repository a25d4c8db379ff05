"""Numbers that change over time, to be asked for at any moment."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Level:
    """A value that holds until the next change, 0 before the first: a depth, a count."""

    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def set(self, at: int, value: float) -> None:
        """Note the value from a moment on; moments come in order, the last of one moment wins."""
        if self.times and self.times[-1] == at:
            self.values[-1] = value
        elif not self.values or self.values[-1] != value:
            self.times.append(at)
            self.values.append(value)

    def add(self, at: int, change: float = 1) -> None:
        """Note that it grows by so much."""
        self.set(at, self.now + change)

    @property
    def now(self) -> float:
        """The value after the last change."""
        return self.values[-1] if self.values else 0

    @property
    def highest(self) -> float:
        """The most it ever was."""
        return max(self.values, default=0)

    def at(self, at: int) -> float:
        """Return the value at a moment."""
        place = bisect.bisect_right(self.times, at)
        return self.values[place - 1] if place else 0

    def highest_in(self, edges: Sequence[int]) -> list[float]:
        """Return the most it was in each cell between two edges."""
        places = [bisect.bisect_left(self.times, edge) for edge in edges]
        found = []
        for start, end in pairwise(places):
            before = self.values[start - 1] if start else 0
            # A value that is set within the cell counts, and so does the one it begins with.
            found.append(max(before, max(self.values[start:end], default=0)))
        return found


def stacked(whole: Level, parts: Sequence[Level], edges: Sequence[int]) -> list[tuple[float, ...]]:
    """Return, for each cell, the most there was of each part, and what of the whole is left.

    What goes from one part to another within a cell counts for the earlier part only: together
    they are never more than the whole was.
    """
    found = []
    highest = [level.highest_in(edges) for level in (whole, *parts)]
    for left, *most in zip(*highest, strict=True):
        column = []
        for value in most:
            column.append(min(value, left))
            left -= column[-1]  # noqa: PLW2901 what is left of it
        found.append((*column, left))
    return found


@dataclass(slots=True)
class Total:
    """A sum that only grows."""

    times: list[int] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])

    def add(self, at: int, value: float = 1) -> None:
        """Add a value at a moment; moments come in order."""
        self.times.append(at)
        self.sums.append(self.sums[-1] + value)

    def at(self, at: int) -> float:
        """Return the sum of all up to a moment."""
        return self.sums[bisect.bisect_right(self.times, at)]

    def count(self, at: int) -> int:
        """Return how many were added up to a moment."""
        return bisect.bisect_right(self.times, at)

    def in_cells(self, edges: Sequence[int]) -> list[float]:
        """Return what was added in each cell [edge, next edge)."""
        sums = [self.sums[bisect.bisect_left(self.times, edge)] for edge in edges]
        return [after - before for before, after in pairwise(sums)]
