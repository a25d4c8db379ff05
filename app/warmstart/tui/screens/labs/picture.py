"""The picture of a run: lanes of execution environments over a time axis, with a cursor.

Drawn through the line API: a lane's cells are worked out once for an axis, and a line becomes a
handful of segments, one for each run of equal cells. While a run plays, a line is drawn again only
when the cursor enters another cell. What lies ahead of the cursor is drawn faintly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from warmstart.labs.lanes import State, runs
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events
    from textual.app import ComposeResult

    from warmstart.labs.lanes import Lane
    from warmstart.labs.stage import Label
    from warmstart.labs.timeline import Axis

NAME_CELLS = 20
"""Cells a lane's name takes at most."""

LABEL_CELLS = 6
"""Cells below which a label is not worth cutting: its place is marked, and that is all."""

_CLASSES = {state: f"picture--{state.name.lower()}" for state in State}


class Sought(Message):
    """A moment was clicked."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


class _OnAxis(Widget):
    """A part of the picture that lies on the axis, with room for names at its left."""

    axis: Axis | None = None
    cursor: int = 0
    names: int = 0

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Take over axis, cursor (virtual µs) and cells for names; draw again if it matters."""
        moved = axis is not self.axis or names != self.names or self.cell_of(cursor) != self.cell
        self.axis, self.cursor, self.names = axis, cursor, names
        if moved:
            self.refresh()

    def cell_of(self, cursor: int) -> int:
        """Return the axis' cell of a moment, which may lie outside it."""
        return -1 if self.axis is None else self.axis.cell(cursor)

    @property
    def cell(self) -> int:
        """The cell the cursor stands in."""
        return self.cell_of(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Say which moment was clicked."""
        cell = event.x - self.names
        if self.axis is not None and 0 <= cell < self.axis.width:
            # The cell's end, so that what happens within the cell has happened.
            self.post_message(Sought(self.axis.edges[cell + 1]))


class LanesView(ScrollView, _OnAxis):
    """A line for each execution environment."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "picture--name", "picture--cursor", "picture--ahead", *_CLASSES.values(),
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._lanes: Sequence[Lane] = ()
        self._cells: dict[int, list[State]] = {}
        self._styles: dict[tuple[State, bool, bool], Style] = {}

    def show_lanes(self, lanes: Sequence[Lane]) -> None:
        """Show other lanes, from the first one."""
        self._lanes = lanes
        self._cells.clear()
        self.virtual_size = Size(0, len(lanes))
        self.scroll_home(animate=False)
        self.refresh()

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
        if self.axis is None or row >= len(self._lanes):
            return Strip.blank(width, self.rich_style)
        cells = self._cells.get(row)
        if cells is None:
            cells = self._cells[row] = self._lanes[row].cells(self.axis)
        name = fit(safe(self._lanes[row].name), self.names - 1) + " "
        segments = [Segment(name, self.get_component_rich_style("picture--name"))]
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
                    bgcolor=self.get_component_styles("picture--cursor").background.rich_color
                )
            self._styles[key] = style
        return style


class AxisLine(_OnAxis):
    """The time axis: labels at round times, and the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--tick", "picture--needle", "picture--fold"}

    def render_line(self, y: int) -> Strip:
        """Draw the axis; the widget is one line high.

        A label the cursor stands in gives way to it: half a time would be another time.
        """
        width = self.size.width
        if self.axis is None or y:
            return Strip.blank(width, self.rich_style)
        characters = [State.FOLD.shape if fold else " " for fold in self.axis.folded]
        cursor = self.cell
        for cell, label in self.axis.ticks:
            if not cell <= cursor < cell + len(label):
                characters[cell : cell + len(label)] = label
        line = "".join(characters)
        tick = self.get_component_rich_style("picture--tick")
        segments = [Segment(" " * self.names, tick)]
        if 0 <= cursor < len(line):
            needle = self.get_component_rich_style("picture--needle")
            segments += [Segment(line[:cursor], tick), Segment("▲", needle)]
            line = line[cursor + 1 :]
        segments.append(Segment(line, tick))
        return Strip(segments).adjust_cell_length(width, self.rich_style)


class LabelsLine(_OnAxis):
    """What the scenario calls each stretch, where it begins; the present one stands out."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--label", "picture--now"}

    labels: Sequence[Label] = ()

    def render_line(self, y: int) -> Strip:
        """Draw the labels that have room; a label that has none gives way to the one before it."""
        width = self.size.width
        if self.axis is None or y:
            return Strip.blank(width, self.rich_style)
        quiet = self.get_component_rich_style("picture--label")
        now = self.get_component_rich_style("picture--now")
        segments = [Segment(" " * self.names, quiet)]
        filled = 0
        shown = [(self.axis.cell(label.at), label) for label in self.labels]
        for index, (cell, label) in enumerate(shown):
            if not filled <= cell < self.axis.width:
                continue
            following = [other for other, _ in shown[index + 1 :] if other > cell]
            room = min([*following, self.axis.width]) - cell
            text = f"╷{safe(label.text)}"
            if len(text) > room:
                text = fit(text, room - 1).rstrip() if room > LABEL_CELLS else "╷"
            present = label.at <= self.cursor and not any(
                label.at < other.at <= self.cursor for other in self.labels
            )
            segments += [
                Segment(" " * (cell - filled), quiet),
                Segment(text, now if present else quiet),
            ]
            filled = cell + len(text)
        return Strip(segments).adjust_cell_length(width, self.rich_style)


class Picture(Vertical):
    """Labels, lanes and axis, all at the same moment."""

    DEFAULT_CSS = """
    Picture {
        height: auto;
        & > LabelsLine, & > AxisLine { height: 1; }
        & > LanesView {
            scrollbar-size: 1 1;
            overflow-x: hidden;
            background: $background;
        }
        .picture--name { color: $foreground; }
        .picture--label, .picture--tick { color: $quiet; }
        .picture--now { color: $foreground; text-style: bold; }
        .picture--needle { color: $accent; text-style: bold; }
        .picture--cursor { background: $panel-lighten-1; }
        .picture--init { color: $cold; }
        .picture--invoke { color: $running; }
        .picture--idle { color: $idle; }
        .picture--fold { color: $idle; }
        .picture--reaped { color: $quiet; }
        .picture--throttled { color: $throttled; text-style: bold; }
        .picture--error, .picture--timeout { color: $failed; text-style: bold; }
    }
    """

    names: int = 2
    """Cells left of the axis."""

    def __init__(self) -> None:
        super().__init__()
        self._labels, self._lanes, self._axis = LabelsLine(), LanesView(), AxisLine()

    def compose(self) -> ComposeResult:
        """Lay out the three parts."""
        yield self._labels
        yield self._lanes
        yield self._axis

    def show(self, lanes: Sequence[Lane], labels: Sequence[Label]) -> None:
        """Show another run."""
        self._lanes.show_lanes(lanes)
        self._labels.labels = labels
        self._labels.refresh()
        self.names = min(max((len(lane.name) for lane in lanes), default=0), NAME_CELLS) + 2

    @property
    def cells(self) -> int:
        """How many cells the axis may have: the width without names and scroll bar."""
        return max(self.size.width - self.names - 1, 1)

    def place(self, axis: Axis, cursor: int) -> None:
        """Stand at a moment of an axis."""
        for part in (self._labels, self._lanes, self._axis):
            part.place(axis, cursor, self.names)

    def fit(self, room: int) -> None:
        """Take as many lines as the lanes need, with labels and axis at most ``room``."""
        self._lanes.styles.height = max(min(self._lanes.virtual_size.height, room - 2), 1)

    def scroll_lanes(self, lines: int) -> None:
        """Scroll the lanes, where there are more than fit."""
        self._lanes.scroll_relative(y=lines, animate=False)
