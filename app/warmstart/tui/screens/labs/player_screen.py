"""What every screen over a trace shares: playing it, stepping through it, looking at it closely.

What is shown is worked out below (``labs.stage``, ``labs.player``); the screen turns keys into
moves of the player, and places its theatres, caption and log at its cursor.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from warmstart.labs.player import SPEEDS, Player
from warmstart.labs.timeline import Axis, stopwatch
from warmstart.labs.views import VIEWS
from warmstart.tui.keymap import Named
from warmstart.tui.screens.base import WarmScreen
from warmstart.tui.screens.labs.parts import Caption, LogTail
from warmstart.tui.screens.labs.theatre import Theatre
from warmstart.tui.screens.labs.views import WIDGETS
from warmstart.tui.screens.labs.views.environments import EnvironmentsView
from warmstart.tui.screens.labs.views.logs import LogsView
from warmstart.tui.screens.labs.views.waterfall import WaterfallView
from warmstart.tui.widgets.tab_line import TabLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult

    from warmstart.labs.moments import Kind
    from warmstart.labs.stage import Stage
    from warmstart.labs.views import ViewName
    from warmstart.tui.screens.labs.axis import Sought

_FRAME_S: Final = 1 / 30
_WATCHED_S: Final = 25.0
"""How long a run should take to watch: its first speed is the one that comes nearest."""
_LOG_SHARE: Final = {True: 0.15, False: 0.4}
"""What the log keeps of the lines, beside a view that wants them all and beside others."""
_ZOOMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TABS: Final = tuple(name for name in VIEWS if name in WIDGETS)

SHAPES: Final = (
    "░ is INIT, a cold start; ▒ a restore from a snapshot; █ a handler at work; ─ an environment "
    "that waits, warm; ┤ its end; × a throttled call, ✗ an error, T a time-out. ⋯ is a long "
    "stretch without work, folded; f unfolds it. What is ahead of the cursor ▲ is faint."
)
MOVES: Final = (
    "Space plays; , and . step from event to event; n and N go to the next and the last thing "
    "worth a stop, i and I to a cold start, x and X to an error, t and T to a throttle. ← and → "
    "move the cursor, + and - change the speed, z and Z the zoom. 1 to 8 open the views; ↑ and ↓ "
    "move within one; Enter looks closer, at a request's log lines or at the data of states."
)
PLAYING: Final[list[BindingType]] = [
    Binding("space", "play", "play", key_display="Space"),
    Binding("comma", "step(-1)", "step", key_display=",."),
    Binding("full_stop", "step(1)", "step on", show=False),
    Binding("left", "scrub(-1)", "move", key_display="←→"),
    Binding("right", "scrub(1)", "scrub on", show=False),
    Binding("shift+left", "scrub(-8)", "scrub far back", show=False),
    Binding("shift+right", "scrub(8)", "scrub far on", show=False),
    Binding("home", "seek_end(0)", "to the start", show=False),
    Binding("end", "seek_end(1)", "to the end", show=False),
    Binding("plus,equals_sign", "faster(1)", "speed", key_display="+-"),
    Binding("minus", "faster(-1)", "slower", show=False),
    Binding("n", "moment(1)", "next"),
    Binding("N", "moment(-1)", "event before", show=False),
    *(
        Binding(key, f"kind('{kind}', {by})", name, show=False)
        for kind, keys, names in (
            ("cold", "iI", ("next cold start", "cold start before")),
            ("error", "xX", ("next error", "error before")),
            ("throttle", "tT", ("next throttle", "throttle before")),
        )
        for key, by, name in zip(keys, (1, -1), names, strict=True)
    ),
    Binding("z", "zoom(1)", "zoom in", show=False),
    Binding("Z", "zoom(-1)", "zoom out", show=False),
    Binding("f", "fold", "fold", show=False),
    Binding("g", "group", "lanes, or a plot a function", show=False),
    Binding("s", "slowest", "slowest first", show=False),
    Binding("enter", "closer", "look closer", show=False),
    Binding("slash", "filter", "filter the log", show=False),
    Binding("up", "within(-1)", "up in the view", show=False),
    Binding("down", "within(1)", "down in the view", show=False),
    Binding("pageup", "within(-1, True)", "page up in the view", show=False),
    Binding("pagedown", "within(1, True)", "page down in the view", show=False),
    *(
        Binding(str(number), f"view('{name}')", name, show=False)
        for number, name in enumerate(_TABS, 1)
    ),
]
"""The keys of playing and of the views; each screen names them itself, in its own order."""


class FilterField(Named, Input):
    """What the log is filtered by."""

    DEFAULT_CSS = """
    FilterField { dock: bottom; height: 1; border: none; margin-bottom: 1; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.filtered(True)", "keep the filter", key_display="Enter"),
        Binding("escape", "screen.filtered(False)", "all lines", priority=True),
    ]


class PlayerScreen(WarmScreen):
    """A trace, played; subclasses lay out theatres, a ``Caption`` and a ``LogTail``."""

    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = ""

    def __init__(
        self,
        stage: Stage,
        *,
        view: ViewName = "lanes",
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._ticks = ticks
        self._last_tick = 0.0
        self._zoom = 0
        self._start = 0.0
        """Where the window begins, in shown time."""
        self._view = view
        self._take(stage)

    def compose(self) -> ComposeResult:
        """Lay out the screen, and the line for the log's filter."""
        yield from super().compose()
        yield FilterField(placeholder="words   fn:Function   req:id   level:error", compact=True)

    def _take(self, stage: Stage) -> None:
        """Take over a trace, and stand at its start."""
        self.stage = stage
        timeline = stage.folded
        seconds = timeline.length / 1_000_000
        speed = min(SPEEDS, key=lambda speed: abs(seconds / speed - _WATCHED_S))
        self.player = Player(timeline, speed=speed)
        self._axis: Axis | None = None
        self._seen_all = False

    def shown(self) -> Iterable[tuple[Theatre, Stage]]:
        """Give the theatres with what is played in each."""
        return ((self.query_one(Theatre), self.stage),)

    def on_mount(self) -> None:
        """Put the trace on the stage, and let it play where motion is welcome."""
        self._timer = self.set_interval(_FRAME_S, self._tick, pause=True)
        self._raise_curtain()

    def _raise_curtain(self, *, play: bool = True) -> None:
        """Put a trace on the stage; it plays where motion is welcome."""
        for theatre, stage in self.shown():
            theatre.show(stage)
        self._zoom, self._start = 0, 0.0
        self.call_after_refresh(self._first_frame, play and not self._still)

    @property
    def _still(self) -> bool:
        return self.warm.settings.display.reduced_motion

    def _first_frame(self, play: bool) -> None:  # noqa: FBT001 - a callback's arguments have no names
        self._fit()
        self._move(self.player.toggle() if play else self.player)

    def on_resize(self) -> None:
        """Fit the picture to the new size."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Share the lines between the views and the log."""
        if not self.is_mounted:
            return
        log = self.query_one(LogTail)
        room = self.size.height - self._lines_around()
        theatres = [theatre for theatre, _ in self.shown()]
        view = theatres[0].view
        log.display = self._view != "logs"
        kept = max(round(room * _LOG_SHARE[view.tall]), 1) if log.display else 0
        # Two pictures are as high as each other, so that their axes lie on one line.
        lines = min(max(theatre.wanted() for theatre in theatres), room - kept)
        for theatre in theatres:
            theatre.fit(lines)
        self.call_after_refresh(self._place)

    def _lines_around(self) -> int:
        """Return how many lines are neither a view's nor the log's: first, tabs, caption, keys."""
        return 4 + self.query_one(FilterField).display

    # Moving

    def _tick(self) -> None:
        now = self._ticks()
        elapsed, self._last_tick = now - self._last_tick, now
        self._move(self.player.advance(elapsed))

    def _move(self, player: Player) -> None:
        """Take over where the player stands, and draw it."""
        if player.playing and not self.player.playing:
            self._last_tick = self._ticks()
            self._timer.resume()
        elif not player.playing:
            self._timer.pause()
        self.player = player
        self._place()

    def action_play(self) -> None:
        """Play or pause."""
        self._move(self.player.toggle())

    def action_step(self, direction: int) -> None:
        """Go to the next or the previous event."""
        self._move(self.player.step(self.stage.times, direction))

    def action_scrub(self, cells: int) -> None:
        """Move the cursor by cells of the axis."""
        axis = self._window()
        self._move(self.player.scrub(cells * (axis.end - axis.start) / axis.width))

    def action_seek_end(self, end: int) -> None:
        """Go to the start or the end."""
        self._move(self.player.seek(self.player.timeline.duration * end))

    def action_faster(self, direction: int) -> None:
        """Play faster or slower."""
        self._move(self.player.faster(direction))

    def action_moment(self, direction: int) -> None:
        """Go to the next thing worth a stop, or the one before."""
        times = [moment.at for moment in self.stage.moments]
        self._move(self.player.step(times, direction))

    def action_kind(self, kind: Kind, direction: int) -> None:
        """Go to the next thing of a kind, or the one before."""
        times = self.stage.times_of(kind)
        moved = self.player.step(times, direction)
        if moved.cursor == self.player.cursor:
            name = {"cold": "cold start", "error": "error", "throttle": "throttled call"}[kind]
            self.tell(f"There is no {name} {'after' if direction > 0 else 'before'} this moment.")
        self._move(moved)

    def on_sought(self, message: Sought) -> None:
        """Go to the moment that was clicked."""
        self._move(self.player.seek(message.at))

    def action_zoom(self, direction: int) -> None:
        """Look closer, or see more, round the cursor."""
        self._zoom = min(max(self._zoom + direction, 0), len(_ZOOMS) - 1)
        length = self.player.timeline.length / _ZOOMS[self._zoom]
        self._start = self.player.timeline.shown(self.player.cursor) - length / 2
        self._place()

    def action_fold(self) -> None:
        """Fold long stretches without work, or show them to scale."""
        folded = self.player.timeline is self.stage.folded
        self._move(self.player.on(self.stage.plain if folded else self.stage.folded))

    # Views

    async def action_view(self, name: ViewName) -> None:
        """Open a view."""
        self._view = name
        self.query_one(TabLine).current = name
        for theatre, _ in self.shown():
            await theatre.open(name)
        self.refresh_bindings()
        self._fit()

    async def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Open the view that was clicked."""
        await self.action_view(cast("ViewName", message.tab))

    def action_within(self, by: int, page: bool = False) -> None:  # noqa: FBT001, FBT002 an action's
        """Scroll the view, or choose within it."""
        for theatre, _ in self.shown():
            view = theatre.view
            if view.page(by) if page else view.move(by):
                at = theatre.view.seek()
                player = self.player.toggle() if self.player.playing else self.player
                self._move(player if at is None else player.seek(at))

    def action_group(self) -> None:
        """Show environments as lanes, or by function as plots."""
        for theatre, _ in self.shown():
            if isinstance(theatre.view, EnvironmentsView):
                theatre.view.turn()
        self._fit()

    def action_slowest(self) -> None:
        """Go through requests by how long they took, or again as they began."""
        for theatre, _ in self.shown():
            view = theatre.view
            if isinstance(view, WaterfallView):
                at = view.seek() if view.turn() else None
                self._move(self.player if at is None else self.player.seek(at))

    async def action_closer(self) -> None:
        """From a waterfall, go to the log lines of its request; from a machine, to its data."""
        view = self.query_one(Theatre).view
        if (screen := view.closer()) is not None:
            if self.player.playing:
                self._move(self.player.toggle())
            self.app.push_screen(screen)
        elif isinstance(view, WaterfallView) and view.request is not None:
            name, invocations = view.request.name, view.invocations()
            await self.action_view("logs")
            for theatre, _ in self.shown():
                if isinstance(theatre.view, LogsView):
                    theatre.view.only(invocations, name)

    async def action_filter(self) -> None:
        """Open the log, and the line in which to type what it is filtered by."""
        await self.action_view("logs")
        field = self.query_one(FilterField)
        field.display = True
        field.focus()
        self._fit()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        self._ask(event.value)

    def action_filtered(self, keep: bool) -> None:  # noqa: FBT001 an action's arguments have no names
        """Leave the filter's line: with what was typed, or with all lines again."""
        field = self.query_one(FilterField)
        field.display = False
        self.set_focus(None)
        if not keep:
            field.value = ""
        self._fit()

    def _ask(self, query: str) -> None:
        for theatre, _ in self.shown():
            if isinstance(theatre.view, LogsView):
                theatre.view.ask(query)

    def action_leave(self) -> None:
        """Show all of a log that is filtered; else go back to where this was opened from."""
        logs = [
            theatre.view
            for theatre, _ in self.shown()
            if isinstance(theatre.view, LogsView) and theatre.view.filtered
        ]
        if not logs:
            super().action_leave()
        self.query_one(FilterField).value = ""
        for view in logs:
            view.only(None)
            view.ask("")

    # Drawing

    def _window(self) -> Axis:
        """Return the axis in view, which follows the cursor when zoomed in."""
        timeline = self.player.timeline
        length = timeline.length / _ZOOMS[self._zoom]
        at = timeline.shown(self.player.cursor)
        if not self._start <= at <= self._start + length:
            self._start = at - length / 10
        self._start = min(max(self._start, 0.0), timeline.length - length)
        width = min(theatre.cells for theatre, _ in self.shown())
        axis = Axis(timeline, self._start, self._start + length, width)
        if axis != self._axis:
            self._axis = axis
        return self._axis

    def _place(self) -> None:
        """Draw everything at the cursor; each part only where it changes."""
        if not self.is_mounted:
            return
        cursor = self.player.cursor
        self._seen_all = self._seen_all or self.player.at_end
        axis = self._window()
        for theatre, _ in self.shown():
            theatre.place(axis, cursor)
        self.header.fact = self._clock()
        caption = self.query_one(Caption)
        moment = self.stage.moment_at(cursor)
        if moment != caption.moment:
            caption.moment = moment
            caption.refresh()
        self.query_one(LogTail).place(self.stage, cursor)

    def _clock(self) -> Content:
        player = self.player
        return Content.assemble(
            f"seed {self.stage.trace.header.seed}   {player.speed:g}×   ",
            ("▶ " if player.playing else "‖ ", "$accent"),
            (stopwatch(player.cursor), "$foreground"),
            f" / {stopwatch(player.timeline.duration)[:-4]}",
        )

    def tabs(self) -> TabLine:
        """Return the line of views, with the one that is open."""
        line = TabLine(_TABS)
        line.set_reactive(TabLine.current, self._view)
        return line
