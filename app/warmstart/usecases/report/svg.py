"""Plots as SVG, for a page of figures: no script, no font, no colour of its own.

Each function gives the text of one ``<svg>`` element. Colours are classes that the page's style
sheet fills from its variables, so that the same picture is right in light and dark and on paper.
Every mark carries a ``<title>``, which browsers show when pointed at and readers read out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH: Final = 360
_HEIGHT: Final = 170
_LEFT: Final = 38
_RIGHT: Final = 6
_TOP: Final = 12
_BOTTOM: Final = 22
_CELL: Final = 13
"""Side of a day in the heat map, its gap included."""
_CHARACTER: Final = 6.2
"""About how wide a character of a label is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One column or bar."""

    value: float
    label: str
    """What stands under it; may be empty."""
    said: str
    """What it says when pointed at."""
    style: str = "mark"
    """Its class."""


def columns(
    title: str, marks: Sequence[Mark], *, unit: str = "", top: float = 0, level: float | None = None
) -> str:
    """Draw a column for each mark over an axis; ``level`` is a dashed line across: a goal.

    The axis ends at ``top`` where no mark is higher.
    """
    high = max([top, *(mark.value for mark in marks)]) or 1
    plot_width, plot_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    pitch = plot_width / max(len(marks), 1)
    wide = min(pitch * 0.8, 34)

    def y(value: float) -> float:
        return _TOP + plot_height * (1 - value / high)

    parts = []
    for tick in _ticks(high):
        parts.append(f'<path class="grid" d="M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(
            f'<text class="tick" x="{_LEFT - 5}" y="{y(tick) + 3.5:.1f}">'
            f"{_short(tick)}{unit}</text>"
        )
    free = 0.0
    for at, mark in enumerate(marks):
        middle = _LEFT + pitch * (at + 0.5)
        if mark.value > 0:
            height = max(plot_height * mark.value / high, 1.5)
            parts.append(
                f'<rect class="{mark.style}" x="{middle - wide / 2:.1f}"'
                f' y="{_TOP + plot_height - height:.1f}" width="{wide:.1f}" height="{height:.1f}"'
                f' rx="{min(2.5, wide / 3):.1f}"><title>{escape(mark.said)}</title></rect>'
            )
        half = len(mark.label) * _CHARACTER / 2
        if mark.label and middle - half >= free:
            anchor = min(middle, _WIDTH - half)
            parts.append(
                f'<text class="name" x="{anchor:.1f}" y="{_HEIGHT - 6}">{escape(mark.label)}</text>'
            )
            free = middle + half + 4
    if level is not None:
        parts.append(f'<path class="goal" d="M{_LEFT} {y(level):.1f}H{_WIDTH - _RIGHT}"/>')
    return _svg(title, _WIDTH, _HEIGHT, parts)


def stacks(title: str, rows: Sequence[tuple[str, Sequence[Mark]]]) -> str:
    """Draw a bar for each row, filled by its marks side by side; empty where there are none."""
    line = 34
    parts = []
    for n, (name, marks) in enumerate(rows):
        y = n * line
        total = sum(mark.value for mark in marks)
        parts.append(f'<text class="row" x="0" y="{y + 11}">{escape(name)}</text>')
        parts.append(
            f'<rect class="empty" x="0" y="{y + 16}" width="{_WIDTH}" height="12" rx="3"/>'
        )
        x = 0.0
        for mark in marks:
            wide = _WIDTH * mark.value / total if total else 0
            if wide:
                parts.append(
                    f'<rect class="{mark.style}" x="{x:.1f}" y="{y + 16}"'
                    f' width="{max(wide - 1, 0.5):.1f}" height="12" rx="2">'
                    f"<title>{escape(mark.said)}</title></rect>"
                )
            x += wide
        said = " · ".join(mark.label for mark in marks if mark.label)
        parts.append(f'<text class="end" x="{_WIDTH}" y="{y + 11}">{escape(said)}</text>')
    return _svg(title, _WIDTH, len(rows) * line, parts)


def heat_map(
    title: str, heat: Mapping[date, int], levels: Mapping[date, int], today: date, weeks: int
) -> str:
    """Draw a square a day, a column a week from Monday down, this week last.

    ``heat`` is what each day says when pointed at, ``levels`` how warm it looks, 0–7.
    """
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    left, above = 30, 16
    parts = []
    for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun")):
        parts.append(f'<text class="side" x="0" y="{above + row * _CELL + 9}">{name}</text>')
    free = 0
    for week in range(weeks):
        monday = first + timedelta(weeks=week)
        month = next((d for n in range(7) if (d := monday + timedelta(days=n)).day == 1), None)
        x = left + week * _CELL
        if month is not None and x >= free and week < weeks - 1:
            parts.append(f'<text class="side" x="{x}" y="10">{month:%b}</text>')
            free = x + 28
        for weekday in range(7):
            day = monday + timedelta(days=weekday)
            if day > today:
                break
            count = heat.get(day, 0)
            style = f"t{levels[day]}" if count else "none"
            parts.append(
                f'<rect class="{style}" x="{x}" y="{above + weekday * _CELL}" width="{_CELL - 2}"'
                f' height="{_CELL - 2}" rx="2"><title>{day:%a} {day.day} {day:%b %Y}: {count:,}'
                "</title></rect>"
            )
    return _svg(title, left + weeks * _CELL, above + 7 * _CELL, parts)


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _ticks(high: float) -> list[float]:
    """Return zero and up to four round numbers to ``high``."""
    step = high / 4
    power = 10.0 ** floor(log10(step))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= step * 0.999)
    if step < 1 and high >= 1:
        step = float(ceil(step))
    return [n * step for n in range(floor(high / step + 1e-9) + 1)]


def _short(value: float) -> str:
    """Return a number as a tick shows it: 1500 as 1.5k."""
    if value >= 10_000:  # noqa: PLR2004 from here on thousands are short enough
        return f"{value / 1000:,.10g}k"
    return f"{value:,.10g}"
