"""A year of studying, a cell a day: the columns are weeks, the rows Monday to Sunday."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.tui.theme import step
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LABEL: Final = 4
_WEEKS: Final = 53
_SHAPES: Final = "░▒▓█"
_NONE: Final = "·"


class HeatMap(Drawing):
    """Draws ``heat``, answers by study day, up to ``today``.

    Shape and colour both tell how much: a quarter of the busiest day is ``░``, all of it ``█``.
    Where a year does not fit, the latest weeks that do are shown; where there is room, the weeks
    stand apart.
    """

    heat: Mapping[date, int] | None = None
    today: date | None = None

    def draw(self, width: int) -> Content:
        """Draw the months, the days, and what the shapes mean."""
        if self.heat is None or self.today is None:
            return Content("")
        cell = 2 if width >= _LABEL + 2 * _WEEKS else 1
        weeks = min(_WEEKS, max((width - _LABEL) // cell, 1))
        first = self.today - timedelta(days=self.today.weekday(), weeks=weeks - 1)
        top = max(self.heat.values(), default=0)
        lines = [Content.styled(" " * _LABEL + _months(first, weeks, cell), "$quiet")]
        for weekday, name in enumerate(_DAYS):
            days = [first + timedelta(weeks=week, days=weekday) for week in range(weeks)]
            cells = (
                _cell(self.heat.get(day, 0), top) if day <= self.today else (" ", "")
                for day in days
            )
            gap = " " * (cell - 1)
            row = Content.assemble(*((shape + gap, style) for shape, style in cells))
            lines.append(Content.styled(name.ljust(_LABEL), "$quiet") + row)
        legend = Content.assemble(
            (" " * _LABEL + "less ", "$quiet"),
            *(_cell(part, 4) for part in range(5)),
            (" more", "$quiet"),
        )
        return Content("\n").join([*lines, legend])


def _cell(count: int, top: int) -> tuple[str, str]:
    """Return shape and colour for ``count`` answers, ``top`` being the most in a day."""
    if not count:
        return _NONE, "$faint"
    share = count / top
    # The largest share is 1.0; a hair less keeps it in the last quarter.
    return _SHAPES[min(3, int(share * 4 - 1e-9))], f"$temperature-{step(share)}"


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
