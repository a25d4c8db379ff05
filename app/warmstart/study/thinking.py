"""How long an answer was thought about: the time in front of the card, without the pauses.

Two clocks tell it. The wall's goes on while the machine sleeps and may be set; the monotonic one
stands still in sleep (on Linux and macOS) and is never set. Where they differ by more than
``SLEPT``, the lid was closed or the clock was set, and the monotonic one is right; below that the
difference is one clock being slowly corrected.

A screen that is left, or a terminal that loses its focus, pauses the watch.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SLEPT = timedelta(seconds=30)
LONGEST = timedelta(minutes=1)
"""What a longer answer counts as: the learner was away. Anki's default."""


class Thinking:
    """A watch over one card; ``wall`` and ``ticks`` (monotonic, in seconds) say when it is now."""

    def __init__(self, wall: datetime, ticks: float) -> None:
        self._spent = timedelta()
        self._since: tuple[datetime, float] | None = (wall, ticks)

    def pause(self, wall: datetime, ticks: float) -> None:
        """Stop the watch; a second pause changes nothing."""
        self._spent, self._since = self._total(wall, ticks), None

    def go_on(self, wall: datetime, ticks: float) -> None:
        """Let the watch run again; one that runs is left alone."""
        if self._since is None:
            self._since = (wall, ticks)

    def spent(self, wall: datetime, ticks: float) -> timedelta:
        """Return the time so far, ``LONGEST`` at most."""
        return min(self._total(wall, ticks), LONGEST)

    def _total(self, wall: datetime, ticks: float) -> timedelta:
        if self._since is None:
            return self._spent
        began, from_ticks = self._since
        by_wall, by_ticks = wall - began, timedelta(seconds=max(0.0, ticks - from_ticks))
        agreed = abs(by_wall - by_ticks) <= SLEPT and by_wall >= timedelta()
        return self._spent + (by_wall if agreed else by_ticks)
