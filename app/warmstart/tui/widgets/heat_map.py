"""A year of studying, a cell a day: the columns are weeks, the rows Monday to Sunday."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.study.figures import LEVELS
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LABEL: Final = 4
_WEEKS: Final = 53
_SHAPES: Final = "░▒▓█"
_NONE: Final = "·"
_LEGEND: Final = (None, 1, 3, 5, 7)


class HeatMap(Drawing):
    """Draws ``levels``, how busy each study day with answers was (0–7), up to ``today``.

    Shape and colour both tell it: ``░`` for the two lowest levels, ``█`` for the two highest.
    Where a year does not fit, the latest weeks that do are shown; where there is room, the weeks
    stand apart.
    """

    levels: Mapping[date, int] | None = None
    today: date | None = None

    def draw(self, width: int) -> Content:
        """Draw the months, the days, and what the shapes mean."""
        if self.levels is None or self.today is None:
            return Content("")
        cell = 2 if width >= _LABEL + 2 * _WEEKS else 1
        weeks = min(_WEEKS, max((width - _LABEL) // cell, 1))
        first = self.today - timedelta(days=self.today.weekday(), weeks=weeks - 1)
        lines = [Content.styled(" " * _LABEL + _months(first, weeks, cell), "$quiet")]
        for weekday, name in enumerate(_DAYS):
            days = [first + timedelta(weeks=week, days=weekday) for week in range(weeks)]
            cells = (
                _cell(self.levels.get(day)) if day <= self.today else (" ", "") for day in days
            )
            gap = " " * (cell - 1)
            row = Content.assemble(*((shape + gap, style) for shape, style in cells))
            lines.append(Content.styled(name.ljust(_LABEL), "$quiet") + row)
        legend = Content.assemble(
            (" " * _LABEL + "less ", "$quiet"),
            *(_cell(level) for level in _LEGEND),
            (" more", "$quiet"),
        )
        return Content("\n").join([*lines, legend])


def _cell(level: int | None) -> tuple[str, str]:
    """Return shape and colour for a day's level; None is that of a day without answers."""
    if level is None:
        return _NONE, "$faint"
    return _SHAPES[level * len(_SHAPES) // LEVELS], f"$temperature-{level}"


def _months(first: date, weeks: int, cell: int) -> str:
    """Return a line with each month's name over the week in which it begins."""
    line = [" "] * (weeks * cell + 3)
    free = 0
    for week in range(weeks):
        monday = first + timedelta(weeks=week)
        begins = next((d for n in range(7) if (d := monday + timedelta(days=n)).day == 1), None)
        at = week * cell
        if begins is not None and at >= free:
            line[at : at + 3] = f"{begins:%b}"
            free = at + 4
    return "".join(line).rstrip()
