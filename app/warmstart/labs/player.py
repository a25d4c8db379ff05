"""The player over a trace: where it stands, whether it runs and how fast, as a value.

It plays shown time: at 1× a second of the picture takes a second, and a folded gap, however long
it lasted, is passed in a moment. Nothing here knows of a screen or a clock; whoever plays calls
``advance`` with the time that went by.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.labs.timeline import Timeline

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0)


@dataclass(frozen=True, slots=True)
class Player:
    """Where a run is looked at. Each move gives a new player."""

    timeline: Timeline
    cursor: int = 0
    """The moment looked at, in microseconds of virtual time, within [0, duration]."""
    speed: float = 1.0
    playing: bool = False

    @property
    def at_end(self) -> bool:
        """Tell whether the run has been played to its end."""
        return self.cursor >= self.timeline.duration

    def advance(self, seconds: float) -> Player:
        """Return the player after that many seconds of real time; it stops at the end."""
        if not self.playing:
            return self
        shown = self.timeline.shown(self.cursor) + seconds * self.speed * 1_000_000
        moved = replace(self, cursor=max(self.cursor, self.timeline.moment(shown)))
        return replace(moved, playing=not moved.at_end)

    def toggle(self) -> Player:
        """Return the player paused if it played; else playing, from the start if at the end."""
        if self.playing:
            return replace(self, playing=False)
        return replace(self, playing=True, cursor=0 if self.at_end else self.cursor)

    def seek(self, at: int) -> Player:
        """Return the player at a moment, kept within the run."""
        return replace(self, cursor=min(max(at, 0), self.timeline.duration))

    def scrub(self, shown: float) -> Player:
        """Return the player moved by so many microseconds of shown time, back if negative."""
        return self.seek(self.timeline.moment(self.timeline.shown(self.cursor) + shown))

    def step(self, moments: Sequence[int], direction: int) -> Player:
        """Return the player, paused, at the next (1) or the previous (-1) of sorted moments."""
        if direction > 0:
            index = bisect.bisect_right(moments, self.cursor)
        else:
            index = bisect.bisect_left(moments, self.cursor) - 1
        target = moments[index] if 0 <= index < len(moments) else self.cursor
        return replace(self, cursor=target, playing=False)

    def faster(self, direction: int) -> Player:
        """Return the player one speed up (1) or down (-1)."""
        index = min(range(len(SPEEDS)), key=lambda item: abs(SPEEDS[item] - self.speed))
        return replace(self, speed=SPEEDS[min(max(index + direction, 0), len(SPEEDS) - 1)])

    def on(self, timeline: Timeline) -> Player:
        """Return the player over the same run with another folding, at the same moment."""
        return replace(self, timeline=timeline)
