"""A state machine's graph with an execution in it: which state is in what, which ways were taken.

It stands on its own: ``show`` gives it an execution, ``place`` lets it stand after so many of its
events (``Play.count`` turns a moment into that number). It scrolls so that the state in question
stays in view: the one chosen, else the one that the last event is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.geometry import Region, Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from warmstart.labs.machine import Play, Shown, mark
from warmstart.labs.visits import Status
from warmstart.runtime.asl.drawing import Canvas, Mark
from warmstart.runtime.asl.layout import NAMES, NARROWEST, Layout, lay_out

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events


_STYLES: Final = (
    "wire", "caught", "taken", "fell", "bracket", "count", "chosen",
    *(status.name.lower() for status in Status),
)  # fmt: skip
_AROUND: Final = Spacing(2, 4, 2, 4)
"""What is kept in view round a state, so that one sees where it leads."""


class MachineGraph(ScrollView, can_focus=False):
    """Draws an execution's machine; as roomy as there is room. Its screen has the keys."""

    DEFAULT_CSS = """
    MachineGraph {
        width: 1fr;
        height: 1fr;
        scrollbar-size: 1 1;
        background: $background;
        .graph--wire, .graph--caught, .graph--bracket { color: $faint; }
        .graph--taken { color: $foreground; }
        .graph--fell { color: $failed; }
        .graph--count { color: $quiet; }
        .graph--ahead { color: $quiet; }
        .graph--running { color: $running; text-style: bold; }
        .graph--retrying { color: $retried; text-style: bold; }
        .graph--done { color: $success; }
        .graph--failed { color: $failed; text-style: bold; }
        .graph--aborted { color: $throttled; }
        .graph--compensated { color: $compensated; text-style: bold; }
        .graph--chosen { background: $panel-lighten-1; text-style: underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"graph--{name}" for name in _STYLES}

    class Chosen(Message):
        """Somebody has clicked a state."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name for it
        super().__init__(id=id)
        self.play: Play | None = None
        self.shown: Shown | None = None
        self.chosen: str | None = None
        """The state chosen; None follows the execution."""
        self._marks: dict[str, Mark] = {}
        self._canvas: Canvas | None = None
        self._lines: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}

    # --- what is shown -----------------------------------------------------------------------

    def show(self, play: Play) -> None:
        """Show another execution, before its first event."""
        self.play, self.chosen = play, None
        self.shown = None
        self._fit()
        self.place(0)

    def place(self, count: int) -> None:
        """Stand after so many events; draw again if anything differs there."""
        if self.play is None:
            return
        shown = self.play.at(count)
        if shown != self.shown:
            self.shown = shown
            self._marks = {name: mark(state) for name, state in shown.states.items()}
            self._redraw()

    def choose(self, name: str | None) -> None:
        """Choose a state to look at; None follows the execution again."""
        if name != self.chosen:
            self.chosen = name
            self._redraw()

    @property
    def looked_at(self) -> str | None:
        """The state that is chosen, else the one that the last event is about."""
        return self.chosen or (self.shown.current if self.shown else None)

    def neighbour(self, across: int, down: int) -> str | None:
        """Return the state next to the one looked at: across -1 or 1, or down -1 or 1."""
        if self._canvas is None:
            return None
        places = self._canvas.layout.places
        here = places.get(self.looked_at or "")
        if here is None:
            return min(places.values(), key=lambda place: (place.y, place.x)).state.name
        if across:
            others = [p for p in places.values() if (p.x - here.x) * across > 0]
        else:
            others = [p for p in places.values() if (p.y - here.y) * down > 0]
        # Up and down keep to the column where they can, left and right to the line.
        far = 4 if across else 1
        nearest = min(
            others,
            key=lambda p: abs(p.y - here.y) * far + abs(p.x - here.x) * (1 if across else 2),
            default=None,
        )
        return nearest.state.name if nearest else None

    # --- drawing -----------------------------------------------------------------------------

    def _fit(self) -> None:
        """Lay the machine out for the room there is."""
        if self.play is None or not self.size:
            return
        layout = fitting(self.play, self.size)
        self._canvas = Canvas(layout)
        self.virtual_size = Size(layout.width, layout.height)
        self._redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        self._fit()

    def notify_style_update(self) -> None:
        """Forget the colours of another theme."""
        super().notify_style_update()
        self._looks.clear()
        self._lines.clear()

    def _redraw(self) -> None:
        self._lines.clear()
        self.refresh()
        place = self._canvas and self._canvas.layout.places.get(self.looked_at or "")
        if place:
            region = Region(place.x, place.y, min(place.label + 2, self.size.width), 1)
            self.scroll_to_region(
                region, spacing=_AROUND, animate=False, force=True, immediate=True
            )

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        row = y + self.scroll_offset.y
        if self._canvas is None or self.shown is None or row >= self._canvas.layout.height:
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._lines.get(row)
        if strip is None:
            runs = self._canvas.line(row, self._marks, self.shown.taken, self.looked_at)
            strip = self._lines[row] = Strip(
                [Segment(text, self._look(style)) for text, style in runs]
            )
        left = self.scroll_offset.x
        return strip.crop_extend(left, left + self.size.width, self.rich_style)

    def _look(self, names: str) -> Style:
        """Return how a run of text with these styles looks."""
        look = self._looks.get(names)
        if look is None:
            look = self.rich_style
            for name in names.split():
                look += self.get_component_rich_style(f"graph--{name}", partial=True)
            self._looks[names] = look
        return look

    def on_click(self, event: events.Click) -> None:
        """Say which state was clicked."""
        if self._canvas is None:
            return
        x, y = event.x + self.scroll_offset.x, event.y + self.scroll_offset.y
        for place in self._canvas.layout.places.values():
            if place.y == y and place.x <= x < place.x + 2 + place.label:
                self.post_message(self.Chosen(place.state.name))


def fitting(play: Play, size: Size) -> Layout:
    """Lay a machine out as roomy as it fits; names are cut before anything has to be scrolled."""
    machine = play.machine
    if len(play.states) <= 2 * size.height:  # else it cannot be, and to find out takes long
        roomy = lay_out(machine, roomy=True)
        if roomy.height <= size.height and roomy.width <= size.width:
            return roomy
    layout = lay_out(machine)
    if layout.width > size.width:
        # Both columns give way, as far as a name can still be told.
        names = max(NAMES - (layout.width - size.width + 1) // 2, 2 * NARROWEST)
        layout = lay_out(machine, names=names)
    return layout
