"""Reviews summed by study day and by hour, so that Progress need not read the whole log.

The sums are kept in two tables and filled from the log's tail when someone looks, never within an
answer: ``meta`` names the last entry they hold. An undo in the tail takes its review out again, a
redo puts it back. What a day is depends on the learner's time zone and on the hour at which days
begin, so ``meta`` also holds when each day of the last year began; if one of them begins at another
moment now, the sums are made anew.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from warmstart.store.conditions import STANDS
from warmstart.store.driver import sqlite_of
from warmstart.store.times import from_ms, to_ms
from warmstart.study.day import DAY_MS
from warmstart.study.figures import CRAMMED, SPANS, YEAR, HourTotal, Total

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from warmstart.store.repositories.figures import Scope
    from warmstart.study.day import Days

QUARTER_MS: Final = 900_000
"""A quarter of an hour: every time zone's offset is a multiple of it."""
_KEY: Final = "review_total"
_TABLES: Final = ("review_total", "hour_total")
"""In both the first column is the day."""

_SPAN = " + ".join(f"(log.interval >= {days * DAY_MS})" for days in SPANS)
_GROUPS: Final = (
    f"SELECT log.at / {QUARTER_MS} AS quarter,"
    f" CASE log.kind WHEN 'crammed' THEN {CRAMMED} ELSE log.before END AS stage,"
    f" coalesce({_SPAN}, 0) AS span, log.rating AS rating, count(*), total(log.duration)"
    " FROM log {} WHERE log.kind IN ('reviewed', 'crammed') AND {} GROUP BY 1, 2, 3, 4"
)
"""Answers by quarter, stage, span and rating; to be filled in: a join and a condition."""


class _Known(NamedTuple):
    """What the sums hold: the last entry, and the days they were made by."""

    log: int
    zone: str
    first: int
    """The first day whose beginning is kept, as an ordinal."""
    starts: list[int]
    """When it and each after it begins, in quarters of an hour since the epoch."""


class _Sums(NamedTuple):
    """Answers to add (or, below zero, to take away)."""

    totals: Counter[tuple[int, int, int, int]]
    durations: Counter[tuple[int, int, int, int]]
    hours: Counter[tuple[int, int]]
    recalled: Counter[tuple[int, int]]


class Totals:
    """The sums of the log, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _db(self) -> sqlite3.Connection:
        return sqlite_of(self._connection)

    def current(self, days: Days) -> bool:
        """Tell whether the sums hold all of the log, by the days as they are now."""
        known = self._known()
        return known is not None and known.log == self._last() and _agree(known, days)

    def catch_up(self, days: Days, today: date) -> None:
        """Bring the sums up to the log's last entry; ``today`` is the study day it is."""
        known = self._known()
        if known is None or not _agree(known, days):
            self.rebuild(days, today)
        else:
            self._follow(known.log, days, today)

    def rebuild(self, days: Days, today: date) -> None:
        """Make the sums anew from the whole log."""
        for table in _TABLES:
            self._db.execute(f"DELETE FROM {table}")
        self._follow(0, days, today)

    def out_of_line(self, days: Days, today: date) -> int:
        """Bring the sums up to date, make them anew, and return on how many days both differ.

        For a transaction that is not kept.
        """
        self.catch_up(days, today)
        kept = self._rows()
        self.rebuild(days, today)
        anew = self._rows()
        return len({row[0] for table in _TABLES for row in kept[table] ^ anew[table]})

    def _rows(self) -> dict[str, set[tuple[int, ...]]]:
        return {table: set(self._db.execute(f"SELECT * FROM {table}")) for table in _TABLES}

    def _follow(self, seen: int, days: Days, today: date) -> None:
        """Add what the log holds after the entry ``seen``."""
        last = self._last()
        if seen < last:
            self._add(self._tail(seen, days))
        value = json.dumps(_calendar(last, days, today))
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, value))

    def since(self, day: date) -> list[Total]:
        """Return the totals of that day and those after."""
        rows = self._db.execute(
            "SELECT day, stage, span, rating, reviews, duration FROM review_total WHERE day >= ?",
            (day.toordinal(),),
        )
        return list(map(Total._make, rows))

    def hours_since(self, day: date) -> list[HourTotal]:
        """Return the same by local hours."""
        rows = self._db.execute(
            "SELECT day, hour, reviews, recalled FROM hour_total WHERE day >= ?",
            (day.toordinal(),),
        )
        return list(map(HourTotal._make, rows))

    def of_cards(
        self, scope: Scope, days: Days, since: date
    ) -> tuple[list[Total], list[HourTotal]]:
        """Return both from the log itself, of the cards in ``scope``."""
        condition = f"+log.at >= :since AND {STANDS}"  # + because the cards are the shorter way
        rows = self._db.execute(
            _GROUPS.format(scope.join, condition),
            {**dict(scope.values), "since": to_ms(days.start(since))},
        )
        sums = _summed(rows, days)
        return (
            [Total(*key, n, sums.durations[key]) for key, n in sums.totals.items()],
            [HourTotal(*key, n, sums.recalled[key]) for key, n in sums.hours.items()],
        )

    def _known(self) -> _Known | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
        return None if row is None else _Known(*json.loads(row[0]))

    def _last(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM log").fetchone()[0])

    def _tail(self, seen: int, days: Days) -> _Sums:
        """Return what the entries after ``seen`` change."""
        groups = self._db.execute(_GROUPS.format("", "log.id > ?"), (seen,))
        sums = _summed(groups, days)
        undos: dict[int, list[int]] = {}
        target: dict[int, int] = {}
        for key, entry in self._db.execute("SELECT id, entry FROM log WHERE entry IS NOT NULL"):
            undos.setdefault(entry, []).append(key)
            target[key] = entry
        touched = {_root(target, key) for key in target if key > seen}
        for key in sorted(touched):
            stood = key > seen or _stands(undos, key, seen)
            change = _stands(undos, key, None) - stood
            if change:
                row = self._db.execute(_GROUPS.format("", "log.id = ?"), (key,)).fetchone()
                if row is not None:  # what is undone need not be an answer
                    _sum(sums, row, days, change)
        return sums

    def _add(self, sums: _Sums) -> None:
        self._db.executemany(
            "INSERT INTO review_total VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET reviews = reviews + excluded.reviews, duration = duration + excluded.duration",
            ((*key, n, sums.durations[key]) for key, n in sorted(sums.totals.items())),
        )
        self._db.executemany(
            "INSERT INTO hour_total VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET reviews = reviews + excluded.reviews, recalled = recalled + excluded.recalled",
            ((*key, n, sums.recalled[key]) for key, n in sorted(sums.hours.items())),
        )
        self._db.execute("DELETE FROM review_total WHERE reviews = 0")
        self._db.execute("DELETE FROM hour_total WHERE reviews = 0")


def _summed(groups: Iterable[tuple[int, int, int, int, int, float]], days: Days) -> _Sums:
    sums = _Sums(Counter(), Counter(), Counter(), Counter())
    places: dict[int, tuple[int, int]] = {}
    for row in groups:
        _sum(sums, row, days, 1, places)
    return sums


def _sum(
    sums: _Sums,
    row: tuple[int, int, int, int, int, float],
    days: Days,
    sign: int,
    places: dict[int, tuple[int, int]] | None = None,
) -> None:
    """Add a group of answers; ``places`` remembers the day and hour of quarters already met."""
    quarter, stage, span, rating, reviews, duration = row
    place = None if places is None else places.get(quarter)
    if place is None:
        at = from_ms(quarter * QUARTER_MS)
        place = days.day_of(at).toordinal(), at.astimezone(days.zone).hour
        if places is not None:
            places[quarter] = place
    key = (place[0], stage, span, rating)
    sums.totals[key] += sign * reviews
    sums.durations[key] += sign * int(duration)
    sums.hours[place] += sign * reviews
    sums.recalled[place] += sign * reviews * (rating > 1)


def _root(target: Mapping[int, int], key: int) -> int:
    """Return what an undo, or the undo of an undo, is about in the end."""
    while key in target:
        key = target[key]
    return key


def _stands(undos: Mapping[int, list[int]], key: int, seen: int | None) -> bool:
    """Tell whether an entry counts, by all of the log or by its entries up to ``seen``."""
    return not any(
        _stands(undos, undo, seen) for undo in undos.get(key, ()) if seen is None or undo <= seen
    )


def _calendar(last: int, days: Days, today: date) -> _Known:
    """Return what holds from now on: the days of the last year, and the one after today."""
    first = today - timedelta(days=YEAR)
    starts = [_quarter(days, first + timedelta(days=n)) for n in range(YEAR + 2)]
    return _Known(last, str(days.zone), first.toordinal(), starts)


def _agree(known: _Known, days: Days) -> bool:
    return known.zone == str(days.zone) and all(
        _quarter(days, date.fromordinal(known.first + n)) == start
        for n, start in enumerate(known.starts)
    )


def _quarter(days: Days, day: date) -> int:
    return to_ms(days.start(day)) // QUARTER_MS
