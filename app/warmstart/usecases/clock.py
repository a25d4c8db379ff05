"""The clock: the one place that reads the time; everything below takes it as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time as an aware datetime in UTC with whole milliseconds, as the store keeps it."""


def utc_now() -> datetime:
    """Return the time of the system's clock."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
