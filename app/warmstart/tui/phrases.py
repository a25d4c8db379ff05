"""Figures as a person says them: short, and the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONTH = 30.44 * DAY
YEAR = 365.25 * DAY
KILO = 1000


def interval(span: timedelta) -> str:
    """Return ``span`` in a unit that fits: ``1 min``, ``3 h``, ``45 d``, ``3.4 mo``, ``1.2 y``.

    Less than a minute is ``< 1 min``. A number is rounded to what one would say; months and years
    keep one decimal and days go up to three months, so that the intervals of two grades differ on
    the screen where they differ.
    """
    seconds = max(span.total_seconds(), 0.0)
    if seconds < MINUTE:
        return "< 1 min"
    # The bounds lie where rounding would reach the next unit: 59.6 minutes are an hour.
    if seconds < 59.5 * MINUTE:
        return f"{round(seconds / MINUTE)} min"
    if seconds < 23.5 * HOUR:
        return f"{round(seconds / HOUR)} h"
    if seconds < 90.5 * DAY:
        return f"{round(seconds / DAY)} d"
    if seconds < 11.5 * MONTH:
        return f"{seconds / MONTH:.1f}".removesuffix(".0") + " mo"
    return f"{seconds / YEAR:.1f}".removesuffix(".0") + " y"


def duration(span: timedelta) -> str:
    """Return how long something took: ``40 s``, ``9 min``, ``1 h 05 min``."""
    seconds = round(max(span.total_seconds(), 0.0))
    if seconds < MINUTE:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def ago(days: int | None) -> str:
    """Return when something was last seen: ``today``, ``12 d``, ``3.9 mo``, or ``never``."""
    if days is None:
        return "never"
    if days == 0:
        return "today"
    from datetime import timedelta

    return interval(timedelta(days=days))


def count(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 card`` or ``2 cards``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Return a number of bytes as one would say it: ``512 bytes``, ``48 kB``, ``1.4 MB``."""
    if number < KILO:
        return count(number, "byte")
    power = min(3, len(f"{number:,}".split(",")) - 1)
    amount = number / KILO**power
    unit = ("kB", "MB", "GB")[power - 1]
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"  # noqa: PLR2004


def day(moment: datetime) -> str:
    """Return the date as the first line shows it: ``Fri 20 Nov``."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def due(moment: datetime, now: datetime) -> str:
    """Return when something is due, local time: ``at 14:05``, ``tomorrow``, ``on Fri 20 Nov``."""
    then, today = moment.astimezone(), now.astimezone()
    days = (then.date() - today.date()).days
    if days <= 0:
        return f"at {then:%H:%M}"
    return "tomorrow" if days == 1 else f"on {day(then)}"
