"""The time axis under every view of the stage, and the scenario's labels above it.

Drawn through the line API: while a run plays, a line is drawn again only when the cursor enters
another cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from warmstart.labs.lanes import State
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from warmstart.labs.stage import Label
    from warmstart.labs.timeline import Axis

LABEL_CELLS = 6
"""Cells below which a label is not worth cutting: its place is marked, and that is all."""


class Sought(Message):
    """A moment was clicked."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


class OnAxis(Widget):
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


class AxisLine(OnAxis):
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


class LabelsLine(OnAxis):
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
