"""Plots made of characters: columns, lines and bars with axes, readable without colour.

Functions rather than a widget: each gives the lines of a picture for the cells there are, and a
``Drawing`` puts them where it wants them. Columns are drawn in eighths of a cell, lines in braille
dots (two by four a cell); the axis stands at the left with round numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_BRAILLE: Final = 0x2800
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of a braille dot, by row and column."""
_AXIS: Final = "$rule"
_TEXT: Final = "$quiet"
_WIDEST: Final = 6
"""A column is never wider, however much room there is."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line through points with rising x."""

    points: Sequence[tuple[float, float]]
    style: str = "$accent"


@dataclass(frozen=True, slots=True)
class Scale:
    """What one side of a plot runs through, and where it is labelled."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """Return where ``value`` lies, 0.0 at the low end and 1.0 at the high one."""
        return (value - self.low) / ((self.high - self.low) or 1)


def scale(high: float, *, low: float = 0, most: int = 4, unit: str = "") -> Scale:
    """Return a scale from ``low`` to ``high`` with about ``most`` ticks at round numbers.

    It ends where the highest value does, so that the picture fills its room.
    """
    step = _round_up(max(high - low, 1e-9) / max(most, 1))
    if step < 1 and float(high).is_integer():
        step = 1.0
    high = max(high, low + step)
    values = [n * step for n in range(ceil(low / step), floor(round(high / step, 9)) + 1)]
    return Scale(low, high, tuple((value, f"{value:,.10g}{unit}") for value in values))


def _round_up(step: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten."""
    power = float(10 ** floor(log10(step)))
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= step * (1 - 1e-9))


def columns(
    values: Sequence[float],
    *,
    width: int,
    height: int,
    labels: Sequence[str] = (),
    y: Scale | None = None,
    style: str | Callable[[int], str] = "$accent",
    level: float | None = None,
) -> list[Content]:
    """Draw a column for each value, ``height`` lines high, with an axis and a line of labels.

    ``labels`` stand under their columns, those that would run into the one before left out.
    ``style`` may depend on the column. ``level`` is marked all across: a goal. Where there are
    more values than cells, the last ones that fit are drawn.
    """
    y = y or scale(max(values, default=0), most=max(height // 2, 1))
    gutter = max(len(text) for _, text in y.ticks)
    room = max(width - gutter - 1, 1)
    first = max(len(values) - room, 0)
    shown, names = values[first:], labels[first:]
    pitch = max(min(room // max(len(shown), 1), _WIDEST + 1), 1)
    wide = pitch - (pitch > 1)
    eighths = [
        max(1, round(y.share(value) * height * 8)) if value > y.low else 0 for value in shown
    ]
    goal = None if level is None else height - 1 - min(int(y.share(level) * height), height - 1)
    *margins, foot = _margins(y, height, gutter)
    lines = []
    for row, margin in enumerate(margins):
        base = (height - 1 - row) * 8
        empty = "┄" if row == goal else " "
        cells: list[tuple[str, str]] = []
        for at, eighth in enumerate(eighths):
            filled = min(8, max(0, eighth - base))
            colour = style if isinstance(style, str) else style(first + at)
            cells.append((_EIGHTHS[filled] * wide, colour) if filled else (empty * wide, _TEXT))
            cells.append((empty * (pitch - wide), _TEXT))
        lines.append(margin + Content.assemble(*cells))
    lines.append(foot + Content.styled("─" * (pitch * len(shown)), _AXIS))
    if any(names):
        # A label may stick out at the right end, into the room that is left there.
        places = [(at * pitch + (wide - 1) // 2, name) for at, name in enumerate(names)]
        lines.append(Content.styled(" " * (gutter + 1) + _under(places, room), _TEXT))
    return lines


def lines(
    series: Sequence[Series], *, width: int, height: int, x: Scale, y: Scale
) -> list[Content]:
    """Draw lines in one frame, with both axes; where two meet, the later one's colour shows."""
    gutter = max(len(text) for _, text in y.ticks)
    room = max(width - gutter - 1, 2)
    dots: dict[tuple[int, int], int] = {}
    styles: dict[tuple[int, int], str] = {}
    for one in series:
        for column, row in _trace(one.points, x, y, room * 2, height * 4):
            cell = (row // 4, column // 2)
            dots[cell] = dots.get(cell, 0) | _DOTS[row % 4][column % 2]
            styles[cell] = one.style
    *margins, foot = _margins(y, height, gutter)
    picture = [
        margin
        + Content.assemble(
            *(
                (chr(_BRAILLE + dots[row, at]), styles[row, at]) if (row, at) in dots else (" ", "")
                for at in range(room)
            )
        )
        for row, margin in enumerate(margins)
    ]
    picture.append(foot + Content.styled("─" * room, _AXIS))
    places = [(min(round(x.share(at) * room), room - 1), text) for at, text in x.ticks]
    picture.append(Content.styled(" " * (gutter + 1) + _under(places, room), _TEXT))
    return picture


def bar(share: float, width: int, *, style: str = "$accent", mark: float | None = None) -> Content:
    """Return a bar that is filled to ``share`` (0–1); ``mark`` is a line across it: a goal."""
    filled = min(max(share, 0.0), 1.0) * width
    at = None if mark is None else min(int(mark * width), width - 1)
    whole = int(filled)
    cells = []
    for cell in range(width):
        if cell == at:
            cells.append(("│", "$foreground"))
        elif cell < whole:
            cells.append(("█", style))
        elif cell == whole and (eighth := int((filled - whole) * 8)):
            cells.append((" ▏▎▍▌▋▊▉"[eighth], style))
        else:
            cells.append(("·", _AXIS))
    return Content.assemble(*cells)


def _margins(y: Scale, height: int, gutter: int) -> Iterator[Content]:
    """Give the axis with its numbers, from the top line down, and the corner below it."""
    labels: dict[int, str] = {}
    for value, text in y.ticks:
        labels.setdefault(min(height, max(0, height - round(y.share(value) * height))), text)
    for row in range(height + 1):
        text = labels.get(row, "")
        corner = "└" if row == height else "┤" if text else "│"
        yield Content.assemble((text.rjust(gutter), _TEXT), (corner, _AXIS))


def _trace(
    points: Sequence[tuple[float, float]], x: Scale, y: Scale, width: int, height: int
) -> Iterator[tuple[int, int]]:
    """Give the dots of the line, every column of dots between two points once."""
    placed = [
        (
            round(min(max(x.share(px), 0), 1) * (width - 1)),
            round((1 - min(max(y.share(py), 0), 1)) * (height - 1)),
        )
        for px, py in points
    ]
    if len(placed) == 1:
        yield placed[0]
    for (x1, y1), (x2, y2) in pairwise(placed):
        steps = max(abs(x2 - x1), abs(y2 - y1), 1)
        for n in range(steps + 1):
            yield round(x1 + (x2 - x1) * n / steps), round(y1 + (y2 - y1) * n / steps)


def _under(places: Sequence[tuple[int, str]], room: int) -> str:
    """Return a line with each text under its place, as long as none touches the one before."""
    line = [" "] * room
    free = 0
    for at, text in places:
        start = min(at, max(room - len(text), 0))
        if text and start >= free and start + len(text) <= room:
            line[start : start + len(text)] = text
            free = start + len(text) + 1
    return "".join(line).rstrip()
