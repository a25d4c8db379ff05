"""Lanes: a line for each execution environment over the time axis.

Drawn through the line API: a lane's cells are worked out once for an axis, and a line becomes a
handful of segments, one for each run of equal cells. While a run plays, a line is drawn again only
when the cursor enters another cell. What lies ahead of the cursor is drawn faintly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from warmstart.labs.lanes import State, runs
from warmstart.text import fit, safe
from warmstart.tui.screens.labs.views.base import StageView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from warmstart.labs.lanes import Lane
    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis

NAME_CELLS = 20
"""Cells a lane's name takes at most."""

_CLASSES = {state: f"lanes--{state.name.lower()}" for state in State}


class LanesView(ScrollView, StageView):
    """A line for each execution environment."""

    TIMED = True
    DEFAULT_CSS = """
    LanesView {
        height: 1fr;
        scrollbar-size: 1 1;
        overflow-x: hidden;
        background: $background;
        .lanes--name { color: $foreground; }
        .lanes--cursor { background: $panel-lighten-1; }
        .lanes--init { color: $cold; }
        .lanes--restore { color: $restored; }
        .lanes--invoke { color: $running; }
        .lanes--idle { color: $idle; }
        .lanes--fold { color: $idle; }
        .lanes--reaped { color: $quiet; }
        .lanes--throttled { color: $throttled; text-style: bold; }
        .lanes--error, .lanes--timeout { color: $failed; text-style: bold; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lanes--name", "lanes--cursor", "lanes--ahead", *_CLASSES.values(),
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._lanes: Sequence[Lane] = ()
        self._cells: dict[int, list[State]] = {}
        self._styles: dict[tuple[State, bool, bool], Style] = {}

    def show(self, stage: Stage) -> None:
        """Show another trace, from its first lane."""
        self.show_lanes(stage.lanes)

    def grow(self, stage: Stage) -> None:
        """Show what was added to the lanes, and new ones below."""
        self._lanes = stage.lanes
        self._cells.clear()
        self.virtual_size = Size(0, len(stage.lanes))
        self.refresh()

    def show_lanes(self, lanes: Sequence[Lane]) -> None:
        """Show other lanes, from the first one."""
        self._lanes = lanes
        self._cells.clear()
        self.virtual_size = Size(0, len(lanes))
        self.scroll_home(animate=False)
        self.refresh()

    @property
    def indent(self) -> int:
        """Room for the longest name, or for most of it."""
        return min(max((len(lane.name) for lane in self._lanes), default=0), NAME_CELLS) + 2

    def wanted(self, width: int) -> int:  # noqa: ARG002 a lane is a line, however long
        """Ask for a line for each lane."""
        return len(self._lanes)

    def move(self, by: int) -> bool:
        """Scroll, where there are more lanes than fit."""
        self.scroll_relative(y=by, animate=False)
        return False

    def page(self, by: int) -> bool:
        """Scroll by what is in view."""
        return self.move(by * max(self.size.height - 1, 1))

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Forget what was worked out for another axis."""
        if axis is not self.axis:
            self._cells.clear()
        super().place(axis, cursor, names)

    def notify_style_update(self) -> None:
        """Forget the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Draw one lane: its name, and its cells up to and after the cursor."""
        row = y + self.scroll_offset.y
        width = self.size.width
        if not self._lanes and not y:
            text = "No function was called: there is no execution environment to see."
            style = self.get_component_rich_style("lanes--reaped")
            return Strip([Segment(text, style)]).adjust_cell_length(width, self.rich_style)
        if self.axis is None or row >= len(self._lanes):
            return Strip.blank(width, self.rich_style)
        cells = self._cells.get(row)
        if cells is None:
            cells = self._cells[row] = self._lanes[row].cells(self.axis)
        name = fit(safe(self._lanes[row].name), self.names - 1) + " "
        segments = [Segment(name, self.get_component_rich_style("lanes--name"))]
        cursor = self.cell
        cut = min(max(cursor, 0), len(cells))
        segments += self._segments(cells[:cut])
        if cut < len(cells):
            here = cursor == cut
            segments += self._segments(cells[cut : cut + here], cursor=True)
            segments += self._segments(cells[cut + here :], ahead=True)
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _segments(
        self, cells: list[State], *, cursor: bool = False, ahead: bool = False
    ) -> list[Segment]:
        return [
            Segment(state.shape * count, self._style(state, cursor=cursor, ahead=ahead))
            for state, count in runs(cells)
        ]

    def _style(self, state: State, *, cursor: bool, ahead: bool) -> Style:
        key = (state, cursor, ahead)
        style = self._styles.get(key)
        if style is None:
            style = self.get_component_rich_style(_CLASSES[state])
            if ahead:
                # Half-way to the ground: there, but not yet.
                ground = self.background_colors[1]
                colour = self.get_component_styles(_CLASSES[state]).color
                style += type(style).from_color(ground.blend(colour, 0.45).rich_color)
            if cursor:
                style += type(style)(
                    bgcolor=self.get_component_styles("lanes--cursor").background.rich_color
                )
            self._styles[key] = style
        return style
