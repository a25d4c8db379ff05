"""Study days: they end in the small hours, local time, not at midnight.

Someone who studies until one o'clock has had one day, not two. All arithmetic is on local wall
time, so that days of 23 and 25 hours come out right. ``zone`` None means the system's time zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

DAY_MS = 86_400_000
"""A day of 24 hours, in milliseconds: what FSRS counts in."""


class Days(NamedTuple):
    """The learner's days: which one a moment falls in, and when it starts and ends.

    A named tuple, as all that ``warmstart due`` imports: dataclasses cost a prompt 6 ms.
    """

    starts_at: int = 4
    """The local hour at which a day begins."""
    zone: tzinfo | None = None

    def day_of(self, at: datetime) -> date:
        """Return the study day that ``at`` falls in."""
        local = at.astimezone(self.zone)
        day = local.date()
        return day if local.hour >= self.starts_at else day - timedelta(days=1)

    def start(self, day: date) -> datetime:
        """Return the moment at which ``day`` begins, in UTC."""
        naive = datetime.combine(day, time(self.starts_at))
        local = naive.replace(tzinfo=self.zone) if self.zone else naive
        return local.astimezone(UTC)

    def end(self, day: date) -> datetime:
        """Return the moment at which ``day`` ends, which is when the next begins."""
        return self.start(day + timedelta(days=1))


HELD = timedelta(days=1)
"""How far a clock may be set back and still be waited for."""


class Moment(NamedTuple):
    """When something happens: what is written down, and how far behind that the clock shows."""

    at: datetime
    back: timedelta = timedelta()
    """More than nothing where the clock was set back since the last answer."""


def moment(clock: datetime, latest: datetime | None) -> Moment:
    """Return the moment for what happens now, when ``latest`` is that of the last answer so far.

    Time never runs backwards in the log. After a clock was set back by up to ``HELD``, time stands
    still at the last answer until the clock has caught up: answers stay in order, and the day's
    limits hold. A last answer further ahead was given under a clock that was wrong, and would stop
    time for as long; it is left alone, and the clock counts.
    """
    if latest is None or clock >= latest:
        return Moment(clock)
    back = latest - clock
    return Moment(latest if back <= HELD else clock, back)
