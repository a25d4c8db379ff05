"""The time axis of a stage: long stretches without work are folded, and a mark says so.

A run may hold ninety seconds of work around a pause of a quarter of an hour; drawn to scale, the
work would be one cell wide. A ``Timeline`` maps virtual time onto *shown* time, in which every gap
is short; an ``Axis`` cuts a window of shown time into the cells of a line. Virtual times are whole
microseconds; shown times are microseconds too, as floats, because a gap squeezes many into one.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from warmstart.runtime.trace import (
    InitEnded,
    InitStarted,
    InvocationEnded,
    InvocationRejected,
    InvocationRequested,
    InvocationThrottled,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.runtime.trace import TraceEvent

SECOND = 1_000_000
GAP_AT_LEAST = 30 * SECOND
"""A stretch without work is folded when it is longer than this."""
GAP_MARGIN = 2 * SECOND
"""How much of a folded stretch stays to scale on either side, so that idling can be seen."""
GAP_SHARE = 0.06
"""What a folded gap takes of the shown length of all work: four cells of a line of seventy."""

_TICKS_US = [
    step * scale * SECOND // 1_000 for scale in (1, 10, 100, 1_000, 10_000) for step in (1, 2, 5)
] + [60 * SECOND, 120 * SECOND, 300 * SECOND, 600 * SECOND, 1_800 * SECOND, 3_600 * SECOND]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch [start, end) of virtual time that is shown folded."""

    start: int
    end: int


def find_gaps(trace: Iterable[TraceEvent]) -> tuple[Gap, ...]:
    """Return the stretches in which no request waits or runs and no INIT runs, in order.

    The stretch after the last work counts too: environments only idle there until they are shut
    down.
    """
    finder = GapFinder()
    for event in trace:
        finder.take(event)
    return finder.gaps


def common(one: Sequence[Gap], other: Sequence[Gap]) -> tuple[Gap, ...]:
    """Return the stretches that lie in gaps of both, in order: what two runs fold alike."""
    found = []
    for gap in one:
        for second in other:
            start, end = max(gap.start, second.start), min(gap.end, second.end)
            if end - start > GAP_AT_LEAST:
                found.append(Gap(start, end))
    return tuple(found)


class GapFinder:
    """Finds the gaps of a trace while it is read; see ``find_gaps``."""

    def __init__(self) -> None:
        self._found: list[Gap] = []
        self._open_work: set[str] = set()
        self._idle_since: int | None = 0
        self._at = 0

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Those up to the event taken last."""
        last = self._gap(self._at, 0)
        return (*self._found, last) if last is not None else tuple(self._found)

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        self._at = event.at
        match event:
            case InvocationRequested(request=name) | InitStarted(environment=name):
                if not self._open_work:
                    gap = self._gap(event.at, GAP_MARGIN)
                    if gap is not None:
                        self._found.append(gap)
                    self._idle_since = None
                self._open_work.add(name)
            case (
                InvocationEnded(request=name)
                | InvocationThrottled(request=name)
                | InvocationRejected(request=name)
                | InitEnded(environment=name)
            ):
                self._open_work.discard(name)
                if not self._open_work:
                    self._idle_since = event.at
            case _:
                pass

    def _gap(self, end: int, margin: int) -> Gap | None:
        since = self._idle_since
        if since is None or end - since <= GAP_AT_LEAST:
            return None
        return Gap(since + (GAP_MARGIN if since else 0), end - margin)


class Timeline:
    """Virtual time mapped onto shown time and back; monotone, and the identity without gaps."""

    def __init__(self, duration: int, gaps: tuple[Gap, ...] = ()) -> None:
        duration = max(duration, 1)  # a run of no time at all still has an axis
        self.duration = duration
        self.gaps = gaps
        work = duration - sum(gap.end - gap.start for gap in gaps)
        self.gap_length = max(work * GAP_SHARE, SECOND / 10) if gaps else 0.0
        # Break points (virtual, shown): between two of them the mapping is a straight line.
        virtual, shown = [0], [0.0]
        for gap in gaps:
            shown.append(shown[-1] + gap.start - virtual[-1])
            virtual.append(gap.start)
            shown.append(shown[-1] + self.gap_length)
            virtual.append(gap.end)
        shown.append(shown[-1] + duration - virtual[-1])
        virtual.append(duration)
        self._virtual = virtual
        self._shown = shown

    @property
    def length(self) -> float:
        """The shown length of the whole run."""
        return self._shown[-1]

    def shown(self, at: int) -> float:
        """Return where a moment is shown."""
        at = min(max(at, 0), self.duration)
        index = max(bisect.bisect_right(self._virtual, at) - 1, 0)
        return self._between(index, at, self._virtual, self._shown)

    def moment(self, shown: float) -> int:
        """Return the virtual moment that is shown there."""
        shown = min(max(shown, 0.0), self.length)
        index = max(bisect.bisect_right(self._shown, shown) - 1, 0)
        return round(self._between(index, shown, self._shown, self._virtual))

    def in_gap(self, at: int) -> Gap | None:
        """Return the folded gap a moment lies in."""
        index = bisect.bisect_right(self.gaps, at, key=lambda gap: gap.start) - 1
        if index >= 0 and at < self.gaps[index].end:
            return self.gaps[index]
        return None

    @staticmethod
    def _between(
        index: int, value: float, source: list[int] | list[float], target: list[int] | list[float]
    ) -> float:
        if index >= len(source) - 1:
            return float(target[-1])
        span = source[index + 1] - source[index]
        if span == 0:
            return float(target[index])
        return target[index] + (value - source[index]) / span * (target[index + 1] - target[index])


@dataclass(frozen=True)
class Axis:
    """The window [start, end) of shown time, cut into ``width`` cells."""

    timeline: Timeline
    start: float
    end: float
    width: int

    @cached_property
    def edges(self) -> list[int]:
        """The virtual moments at the cells' borders: ``width + 1`` of them, never falling."""
        step = (self.end - self.start) / self.width
        return [self.timeline.moment(self.start + cell * step) for cell in range(self.width + 1)]

    @cached_property
    def folded(self) -> list[bool]:
        """For each cell whether any of it lies in a folded gap."""
        gaps = self.timeline.gaps
        return [
            any(gap.start < self.edges[cell + 1] and self.edges[cell] < gap.end for gap in gaps)
            for cell in range(self.width)
        ]

    def cell(self, at: int) -> int:
        """Return the cell a moment falls into; below 0 or from ``width`` on when outside."""
        step = (self.end - self.start) / self.width
        # The nudge keeps a border's own moment, which was rounded, in the cell it begins.
        nudge = min(0.5, step / 2)
        cell = int((self.timeline.shown(at) - self.start + nudge) // step)
        return self.width - 1 if cell == self.width and at == self.timeline.duration else cell

    @cached_property
    def ticks(self) -> list[tuple[int, str]]:
        """Labels with their cells, as many as stand apart; a folded gap's end gets one too."""
        apart = 8
        per_cell = (self.end - self.start) / self.width
        step = next((tick for tick in _TICKS_US if tick / per_cell >= apart), _TICKS_US[-1])
        marks: list[tuple[int, str]] = []
        first = self.edges[0] // step
        stop = self.edges[-1]
        at = first * step
        while at <= stop:
            gap = self.timeline.in_gap(at)
            if gap is not None:
                # The next tick after the gap, on the same grid.
                at = -(-gap.end // step) * step
                continue
            cell, label = self.cell(at), clock(at, step)
            fits = 0 <= cell <= self.width - len(label)
            if fits and (not marks or cell >= marks[-1][0] + apart - 1):
                marks.append((cell, label))
            at += step
        return marks


def clock(at: int, resolution: int = SECOND) -> str:
    """Return a moment as people write it: ``250ms``, ``12.5s``, ``45s``, ``1:30``, ``1:02:05``.

    ``resolution`` (microseconds) says how fine it has to be. Milliseconds are cut, as a stopwatch
    cuts them, so that one moment is not called by two times.
    """
    if 0 < at < SECOND and resolution < SECOND:
        return f"{at // 1000}ms" if at % 1000 == 0 else f"{at / 1000:.1f}ms"
    seconds, rest = divmod(at, SECOND)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{rest // 1000:03}".rstrip("0").rstrip(".") if resolution < SECOND else ""
    if minutes == 0:
        return f"{seconds}{fraction}s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}{fraction}"
    return f"{minutes}:{seconds:02}{fraction}"


def stopwatch(at: int) -> str:
    """Return a moment with milliseconds, always as wide: ``00:12.480``, ``1:02:05.000``."""
    seconds, rest = divmod(at, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:" if hours else ""
    return f"{head}{minutes:02}:{seconds:02}.{rest // 1000:03}"
