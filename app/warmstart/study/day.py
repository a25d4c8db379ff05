"""Study days: they end in the small hours, local time, not at midnight.

Someone who studies until one o'clock has had one day, not two. All arithmetic is on local wall
time, so that days of 23 and 25 hours come out right. ``zone`` None means the system's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Days:
    """The learner's days: which one a moment falls in, and when it starts and ends."""

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
