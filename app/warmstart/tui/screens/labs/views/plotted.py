"""Plots over the time axis, one under another: for each thing, of what it has how much, stacked.

A column stands for all there is in its cell; its parts lie on one another in the order of
``PARTS``, from below. Where only the top of a column fits in a cell, the cell takes what is
uppermost. What lies ahead of the cursor is not drawn: a plot would tell it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

from textual.content import Content

from warmstart.text import fit, safe
from warmstart.tui.screens.labs.views.base import DrawnView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis

NAMES: Final = (12, 18)
"""Cells left of the axis for names, at least and at most."""
HEIGHTS: Final = (3, 5)
"""Lines of a plot, on a low and on a high screen; fewer where there is no room."""
HIGH: Final = 32
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_SHADES: Final = {"▒": 50, "░": 30, "─": 20}
"""How much of a cell a texture covers, in percent."""

_T = TypeVar("_T")


class PlottedView(DrawnView, Generic[_T]):
    """A plot for each of the things that a subclass finds on a stage."""

    TIMED: ClassVar[bool] = True
    PARTS: ClassVar[Sequence[tuple[str, str]]]
    """The shape and the style of each part, from below."""

    def __init__(self) -> None:
        super().__init__()
        self._things: list[_T] = []
        self._plots: dict[tuple[int, int], list[list[tuple[str, str]]]] = {}
        """The cells of each plot, by thing and height, for the axis in view."""

    # -- what a subclass says ---------------------------------------------------------------------

    def find(self, stage: Stage) -> list[_T]:
        """Return what is plotted."""
        raise NotImplementedError

    def name_of(self, thing: _T) -> str:
        """Return its name."""
        raise NotImplementedError

    def columns_of(self, thing: _T, edges: Sequence[int]) -> list[tuple[float, ...]]:
        """Return the parts of each cell [edge, next edge), in the order of ``PARTS``."""
        raise NotImplementedError

    def highest_of(self, thing: _T) -> int:
        """Return what the plot is as high as."""
        raise NotImplementedError

    def marks_of(self, thing: _T, edges: Sequence[int]) -> list[bool]:  # noqa: ARG002
        """Return which cells carry a mark on top; none unless a subclass says so."""
        return [False] * (len(edges) - 1)

    def gutter_of(self, thing: _T) -> tuple[str, str]:
        """Return what stands under its name, and the style of the name."""
        raise NotImplementedError

    def said_of(self, thing: _T) -> list[tuple[str, str]]:
        """Return the line under the plot: what there is at the cursor."""
        raise NotImplementedError

    def nothing(self) -> str:
        """Return what is said where there is nothing to plot."""
        raise NotImplementedError

    # -- what is shown ----------------------------------------------------------------------------

    def show(self, stage: Stage) -> None:
        """Show another trace."""
        self._things = self.find(stage)
        self._plots.clear()
        super().show(stage)

    def grow(self, stage: Stage) -> None:
        """Draw the plots again, and those of what is new."""
        self._things = self.find(stage)
        self._plots.clear()
        super().grow(stage)

    @property
    def indent(self) -> int:
        """Room for the names, or for most of them."""
        longest = max((len(self.name_of(thing)) for thing in self._things), default=0)
        return min(max(longest, NAMES[0]), NAMES[1]) + 2

    def wanted(self, width: int) -> int:  # noqa: ARG002 the axis is cut, not wrapped
        """Ask for a plot and a line for each."""
        return len(self._things) * (HEIGHTS[self.app.size.height >= HIGH] + 1) or 1

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Forget what was worked out for another axis."""
        if axis is not self.axis:
            self._plots.clear()
        super().place(axis, cursor, names)

    def see(self) -> object:
        """Return the axis, the cell of the cursor and what there is."""
        return self.axis, self.cell, [self.said_of(thing) for thing in self._things]

    # -- drawing ----------------------------------------------------------------------------------

    def lines(self, width: int) -> list[Content]:
        """Draw the plots one under another."""
        if not self._things:
            return [Content.styled(self.nothing(), "$quiet")]
        if self.axis is None:
            return []
        each, over = divmod(self.size.height, len(self._things))
        highest = HEIGHTS[self.app.size.height >= HIGH]
        lines = []
        for number, thing in enumerate(self._things):
            # Lines that are over go to the first ones.
            height = min(max(each - 1 + (number < over), 1), highest)
            plot = self._plot(number, thing, height)
            lines += [self._gutter(thing, row) + self._row(plot[row]) for row in range(height)]
            foot = ("".ljust(self.names - 2) + "└ ", "$rule")
            said = Content.assemble(foot, *self.said_of(thing))
            lines.append(said.truncate(width, ellipsis=True))
        return lines

    def _gutter(self, thing: _T, row: int) -> Content:
        room = self.names - 2
        below, style = self.gutter_of(thing)
        text = fit(safe((self.name_of(thing), below)[row]), room) if row < 2 else " " * room  # noqa: PLR2004
        return Content.assemble((text, "$quiet" if row else style), ("│ ", "$rule"))

    def _row(self, cells: list[tuple[str, str]]) -> Content:
        cut = min(max(self.cell + 1, 0), len(cells))
        parts: list[tuple[str, str]] = []
        for character, style in cells[:cut]:
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + character, style)
            else:
                parts.append((character, style))
        return Content.assemble(*parts)

    def _plot(self, number: int, thing: _T, height: int) -> list[list[tuple[str, str]]]:
        """Return the cells of a plot, by line from the top."""
        if (number, height) in self._plots:
            return self._plots[number, height]
        lines: list[list[tuple[str, str]]] = [[] for _ in range(height)]
        if self.axis is None:
            return lines
        edges = [*self.axis.edges[:-1], self.axis.edges[-1] + 1]
        columns, marks = self.columns_of(thing, edges), self.marks_of(thing, edges)
        top = max(self.highest_of(thing), 1)
        for column, mark in zip(columns, marks, strict=True):
            ends = _stacked(column, top, height)
            for row in range(height):
                cell = self._cell(ends, (height - 1 - row) * 8)
                lines[row].append(("×", "bold $throttled") if mark and row == 0 else cell)
        self._plots[number, height] = lines
        return lines

    def _cell(self, ends: list[int], base: int) -> tuple[str, str]:
        """Return the character of a cell whose foot is at ``base`` eighths, and its style."""
        filled = min(max(ends[-1] - base, 0), 8)
        if not filled:
            return " ", ""
        middle = base + filled / 2
        part = next(place for place, end in enumerate(ends) if end >= middle)
        shape, style = self.PARTS[part]
        if filled == 8:  # noqa: PLR2004 — a whole cell
            return shape, style
        # A part of a cell has no texture; as dark as that of the others is, it looks the same.
        return _EIGHTHS[filled], f"{style} {_SHADES.get(shape, 100)}%"


def _stacked(column: Sequence[float], top: int, height: int) -> list[int]:
    """Return where each part of a column ends, in eighths of a line; anything at all shows."""
    ends, total = [], 0.0
    for value in column:
        total += value
        ends.append(max(round(min(total / top, 1) * height * 8), 1) if total else 0)
    return ends
