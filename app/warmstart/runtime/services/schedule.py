"""``rate(…)`` and ``cron(…)``: when a rule's schedule comes next.

(EventBridge user guide, eb-scheduled-rule-pattern.) A cron expression has six fields, in UTC:
minutes, hours, day of month, month, day of week (1 is Sunday), year; ``?`` stands in one of the two
days. Neither is finer than a minute.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

_RATE: Final = re.compile(r"rate\(\s*([1-9]\d*)\s+(minute|hour|day)(s?)\s*\)")
_CRON: Final = re.compile(r"cron\(\s*(.+?)\s*\)")
_MONTHS: Final = {name.upper(): n for n, name in enumerate(calendar.month_abbr) if name}
_WEEK: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAYS: Final = {name: n for n, name in enumerate(_WEEK, 1)}
_FIELDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_SEARCHED: Final = 366 * 8 + 2
"""Days to look ahead: the 29th of February may be eight years away."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so often, counted from when the rule was made."""

    every: timedelta

    def after(self, moment: datetime) -> datetime | None:
        """Return when it comes next after ``moment``, the last time."""
        return moment + self.every


@dataclass(frozen=True, slots=True)
class Cron:
    """At certain minutes of certain days."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int]

    def after(self, moment: datetime) -> datetime | None:
        """Return when it comes next after ``moment``; None where it never does."""
        day = moment.date()
        for ahead in range(_SEARCHED):
            today = day + timedelta(days=ahead)
            if today.month not in self.months or today.year not in self.years:
                continue
            if not self._falls_on(today):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    at = datetime(
                        today.year, today.month, today.day, hour, minute, tzinfo=moment.tzinfo
                    )
                    if at > moment:
                        return at
        return None

    def _falls_on(self, day: date) -> bool:
        if self.weekdays == "?":
            return any(_day_of_month(part, day) for part in self.days.split(","))
        return any(_day_of_week(part, day) for part in self.weekdays.split(","))


Schedule = Rate | Cron


def parse(expression: str) -> Schedule:
    """Read a schedule.

    Raises:
        ValueError: it is neither a rate nor a cron expression, or one that AWS refuses; says why.
    """
    if match := _RATE.fullmatch(expression.strip()):
        count, unit, plural = int(match[1]), match[2], match[3]
        if (count == 1) is bool(plural):
            raise ValueError(f"write {count} {unit}{'' if count == 1 else 's'}")
        return Rate(timedelta(**{f"{unit}s": count}))
    match = _CRON.fullmatch(expression.strip())
    fields = match[1].upper().split() if match else []
    if len(fields) != len(_FIELDS):
        raise ValueError("a schedule is rate(value unit) or cron(with six fields)")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") is (weekdays == "?"):
        raise ValueError("one of day of month and day of week, and only one, must be ?")
    if days != "?":
        for part in days.split(","):
            _day_of_month(part, date(2024, 1, 31))
    else:
        for part in weekdays.split(","):
            _day_of_week(part, date(2024, 1, 31))
    return Cron(
        tuple(sorted(_numbers(minutes, *_FIELDS[0]))),
        tuple(sorted(_numbers(hours, *_FIELDS[1]))),
        days,
        frozenset(_numbers(months, *_FIELDS[3], _MONTHS)),
        weekdays,
        frozenset(_numbers(years, *_FIELDS[5])),
    )


def _numbers(text: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    """Return the numbers that a field stands for: ``*``, ``1,2``, ``1-5``, ``0/15``."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, names)
            last = _number(end, names) if dash else high if slash else first
        stride = _number(step, None) if slash else 1
        if not low <= first <= last <= high or stride < 1:
            raise ValueError(f"{part!r} is outside {low}–{high}")
        found |= set(range(first, last + 1, stride))
    return found


def _number(text: str, names: dict[str, int] | None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdigit():
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _day_of_month(part: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return day.day == last
    if part.endswith("W"):
        wanted = day.replace(day=min(_number(part[:-1], None), last))
        return day == _nearest_weekday(wanted, last)
    return day.day in _numbers(part, *_FIELDS[2])


def _nearest_weekday(day: date, last: int) -> date:
    """Return the weekday next to a day, within its month."""
    if day.weekday() == calendar.SATURDAY:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.weekday() == calendar.SUNDAY:
        return day + timedelta(days=1) if day.day < last else day - timedelta(days=2)
    return day


def _day_of_week(part: str, day: date) -> bool:
    own = day.isoweekday() % 7 + 1  # 1 is Sunday.
    last = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return own == 7  # noqa: PLR2004 — Saturday
    if part.endswith("L"):
        return own == _number(part[:-1], _DAYS) and day.day > last - 7
    if "#" in part:
        weekday, _, nth = part.partition("#")
        return own == _number(weekday, _DAYS) and (day.day - 1) // 7 + 1 == _number(nth, None)
    return own in _numbers(part, *_FIELDS[4], _DAYS)
