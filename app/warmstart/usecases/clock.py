"""The clock: the one place that reads the time; everything below takes it as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time as an aware datetime in UTC with whole milliseconds, as the store keeps it."""

Ticks = Callable[[], float]
"""Gives seconds that only ever go forwards, whatever is done to the clock: for how long something
took, not when it was."""


def ticks() -> float:
    """Return the seconds of the system's monotonic clock."""
    return time.monotonic()


def utc_now() -> datetime:
    """Return the time of the system's clock."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
