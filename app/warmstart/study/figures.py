"""What the answers of a year say: pure figures over daily totals.

The log of a diligent year has some hundred thousand reviews; summed by study day, stage, interval
and rating there are a few thousand totals, and every figure here is told from those. Where Anki has
a figure of the same name its rule holds: cards are young while the interval they had been given is
below 21 days and mature from then on; true retention counts each review of a card in review, and
answers to learning steps where the interval was a day or more; what was crammed counts as work done
and says nothing about memory.

Days are ordinals (``date.toordinal``), times milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from warmstart.study.cards import Phase, Rating
from warmstart.study.day import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SPANS: Final = (1, 2, 4, 8, 21, 50, 100, 200)
"""Days at which the next span of intervals begins; span 0 is less than a day, or none."""
MATURE: Final = SPANS.index(21) + 1
"""The first span of mature cards."""
CRAMMED: Final = 4
"""The stage of an answer without effect on the schedule; the others are ``Phase``'s numbers."""
_REVIEW: Final = int(Phase.REVIEW)
YEAR: Final = 371
"""A year and the days that fill its first week: 53 weeks."""
LEVELS: Final = 8
"""Of a heat map: as many as the scale of colours has steps."""
PERIODS: Final = (("today", 1), ("7 days", 7), ("30 days", 30), ("a year", 365))
"""What true retention is told for, each period with today as its last day."""


class Total(NamedTuple):
    """The answers of one day to cards of one stage and span, with one rating."""

    day: int
    stage: int
    span: int
    rating: int
    reviews: int
    duration: int
    """Milliseconds spent on all of them."""


class HourTotal(NamedTuple):
    """The answers of one local hour of one day."""

    day: int
    hour: int
    reviews: int
    recalled: int
    """Those that were not Again."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """How many answers there were, and in how many the card was recalled."""

    reviews: int = 0
    passed: int = 0

    @property
    def share(self) -> float | None:
        """0–1; None without answers."""
        return self.passed / self.reviews if self.reviews else None

    def __add__(self, other: Recalled) -> Recalled:
        """Return both together."""
        return Recalled(self.reviews + other.reviews, self.passed + other.passed)


@dataclass(frozen=True, slots=True)
class Retention:
    """True retention over one period."""

    label: str
    young: Recalled
    mature: Recalled

    @property
    def all(self) -> Recalled:
        """Young and mature together."""
        return self.young + self.mature


@dataclass(frozen=True, slots=True)
class SpanRetention:
    """True retention of the cards that had been given an interval of this span."""

    label: str
    recalled: Recalled


@dataclass(frozen=True, slots=True)
class Buttons:
    """The answers to one group of cards, by rating."""

    label: str
    counts: tuple[int, int, int, int]
    """Again, Hard, Good, Easy."""

    @property
    def recalled(self) -> Recalled:
        """How many were not Again."""
        return Recalled(sum(self.counts), sum(self.counts[1:]))


def span_of(interval_ms: int | None) -> int:
    """Return the span of an interval; None is that of a card without one."""
    return 0 if interval_ms is None else bisect_right(SPANS, interval_ms // DAY_MS)


def span_labels() -> tuple[str, ...]:
    """Return what each span is called, the shortest first."""
    middle = (f"{a} d" if b == a + 1 else f"{a}–{b - 1} d" for a, b in pairwise(SPANS))
    return ("< 1 d", *middle, f"≥ {SPANS[-1]} d")


def heat(totals: Iterable[Total]) -> Mapping[date, int]:
    """Return the answers by study day, for the days that had any."""
    return _by_day([(day, reviews) for day, _, _, _, reviews, _ in totals])


def spent(totals: Iterable[Total]) -> Mapping[date, int]:
    """Return the milliseconds spent answering by study day, for the days that had any."""
    return _by_day([(day, duration) for day, _, _, _, _, duration in totals])


def levels(heat: Mapping[date, int]) -> Mapping[date, int]:
    """Return for each day with answers its level, 0 to ``LEVELS - 1``, as heat maps show it.

    A level is a rank: of the days with answers, the share that had fewer, and half of those that
    had as many. So each level has about as many days as the next, and a heavy beginning does not
    make all later days look pale. The busiest day has the last level, also where all are alike.
    """
    counts = sorted(heat.values())
    found = {}
    for day, count in heat.items():
        below, upto = bisect_left(counts, count), bisect_right(counts, count)
        share = 1.0 if upto == len(counts) else (below + upto) / (2 * len(counts))
        found[day] = min(LEVELS - 1, int(share * LEVELS))
    return found


def _by_day(values: Iterable[tuple[int, int]]) -> Mapping[date, int]:
    sums: dict[int, int] = {}
    for day, value in values:
        sums[day] = sums.get(day, 0) + value
    return {date.fromordinal(day): value for day, value in sorted(sums.items()) if value}


def tells_memory(stage: int, span: int) -> bool:
    """Tell whether such answers say something about memory: Anki's rule for true retention."""
    return stage == _REVIEW or (span > 0 and stage != CRAMMED)


def retention(totals: Iterable[Total], today: date) -> tuple[Retention, ...]:
    """Return true retention for each of ``PERIODS``."""
    last = today.toordinal()
    days: dict[tuple[bool, int], list[int]] = {}
    for day, stage, span, rating, reviews, _ in totals:
        if day <= last and tells_memory(stage, span):
            sums = days.setdefault((span >= MATURE, day), [0, 0])
            sums[0] += reviews
            sums[1] += reviews * (rating > 1)

    def over(length: int, *, mature: bool) -> Recalled:
        some = [s for (m, day), s in days.items() if m == mature and day > last - length]
        return Recalled(sum(s[0] for s in some), sum(s[1] for s in some))

    return tuple(
        Retention(label, over(length, mature=False), over(length, mature=True))
        for label, length in PERIODS
    )


def by_span(totals: Iterable[Total]) -> tuple[SpanRetention, ...]:
    """Return true retention by the interval given: every span, the shortest first."""
    reviews, passed = Counter[int](), Counter[int]()
    for total in totals:
        if tells_memory(total.stage, total.span):
            reviews[total.span] += total.reviews
            passed[total.span] += total.reviews * (total.rating > Rating.AGAIN)
    return tuple(
        SpanRetention(label, Recalled(reviews[span], passed[span]))
        for span, label in enumerate(span_labels())
    )


def buttons(totals: Iterable[Total]) -> tuple[Buttons, ...]:
    """Return the answer buttons for cards in learning (crammed ones too), young and mature."""
    counts = {name: [0, 0, 0, 0] for name in ("learning", "young", "mature")}
    for total in totals:
        group = "mature" if total.span >= MATURE else "young"
        counts[group if total.stage == Phase.REVIEW else "learning"][total.rating - 1] += (
            total.reviews
        )
    return tuple(Buttons(name, (c[0], c[1], c[2], c[3])) for name, c in counts.items())


def hours(totals: Iterable[HourTotal]) -> tuple[Recalled, ...]:
    """Return the answers of each of the day's 24 local hours, from midnight."""
    sums = [[0, 0] for _ in range(24)]
    for total in totals:
        sums[total.hour][0] += total.reviews
        sums[total.hour][1] += total.recalled
    return tuple(Recalled(reviews, passed) for reviews, passed in sums)


@dataclass(frozen=True, slots=True)
class Streaks:
    """Days studied one after another."""

    current: int
    """Up to today; today may still come."""
    longest: int
    studied: int
    """Days with an answer, of all that were looked at."""


def streaks(days: Iterable[date], today: date) -> Streaks:
    """Return the streaks over the days that had answers."""
    ordinals = sorted({day.toordinal() for day in days})
    runs: list[list[int]] = []
    for day in ordinals:
        if runs and runs[-1][1] == day - 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    lengths = [last - first + 1 for first, last in runs]
    alive = bool(runs) and runs[-1][1] >= today.toordinal() - 1
    return Streaks(lengths[-1] if alive else 0, max(lengths, default=0), len(ordinals))


@dataclass(frozen=True, slots=True)
class Bins:
    """Cards counted by the size of something: how many lie between each edge and the next."""

    edges: tuple[float, ...]
    """One more than there are counts."""
    counts: tuple[int, ...]

    @property
    def cards(self) -> int:
        """How many there are in all."""
        return sum(self.counts)


RECALL_EDGES: Final = tuple(n / 20 for n in range(21))
DIFFICULTY_EDGES: Final = tuple(1 + n / 2 for n in range(19))
STABILITY_EDGES: Final = (0.0, 1.0, 2.0, 4.0, 7.0, 14.0, 21.0, 30.0, 60.0, 90.0, 180.0, 365.0,
                          730.0, float("inf"))  # fmt: skip
"""Days; the steps widen, as forgetting does."""


def bins(edges: Sequence[float], counts: Mapping[int, int]) -> Bins:
    """Return the bins between ``edges``; ``counts`` are by the bin's place.

    What lies on or past the last edge is counted in the last bin: a recall of 1.0, a difficulty
    of 10.
    """
    last = len(edges) - 2
    found = [0] * (last + 1)
    for place, count in counts.items():
        found[min(max(place, 0), last)] += count
    return Bins(tuple(edges), tuple(found))
