"""The stage: a run, played, stepped through and looked at closely.

What is shown is worked out below (``labs.stage``, ``labs.player``); the screen turns keys into
moves of the player, and draws what stands at its cursor.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from warmstart.labs.player import SPEEDS, Player
from warmstart.labs.stage import Stage
from warmstart.labs.timeline import Axis, stopwatch
from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING, WarmScreen
from warmstart.tui.screens.labs.figures_screen import FiguresScreen
from warmstart.tui.screens.labs.parts import Caption, LogTail, OutcomeBar, Pane, Road
from warmstart.tui.screens.labs.picture import Picture, Sought

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from warmstart.tui.screens.labs.session import LabSession
    from warmstart.usecases.lab_run import RunReport

_FRAME_S: Final = 1 / 30
_WATCHED_S: Final = 25.0
"""How long a run should take to watch: its first speed is the one that comes nearest."""
_PICTURE_SHARE: Final = 0.55
"""Of the screen's height, what the picture takes at most; the log has the rest."""
_ZOOMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class StageScreen(WarmScreen):
    """A run on the stage."""

    PLACE = "Lab"
    ABOUT = (
        "A line for each execution environment, time from left to right. ░ is INIT, a cold start; "
        "█ a handler at work; ─ an environment that waits, warm; ┤ its end; × a throttled call, ✗ "
        "an error, T a time-out. ⋯ is a long stretch without work, folded; f unfolds it. What is "
        "ahead of the cursor ▲ is faint. The figures above count what has ended so far.\n"
        "Space plays; , and . step from event to event, n and N to what is worth a stop; ← and → "
        "move the cursor, + and - change the speed, z and Z the zoom. A prediction shows when its "
        "moment has come; j jumps there, Tab shows the next. c compares with the run before; k "
        "turns the knobs and runs again; b shows the run that stood here before, and back."
    )
    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
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
        Binding("z", "zoom(1)", "zoom in", show=False),
        Binding("Z", "zoom(-1)", "zoom out", show=False),
        Binding("f", "fold", "fold", show=False),
        Binding("up", "lanes(-1)", "lanes above", show=False),
        Binding("down", "lanes(1)", "lanes below", show=False),
        Binding("j", "jump", "jump to what was predicted", show=False),
        Binding("tab", "outcome", "next prediction", show=False),
        Binding("k", "knobs", "knobs"),
        Binding("c", "compare", "compare"),
        Binding("b", "swap", "the run before, and back", show=False),
        *CLOSING,
    ]

    def __init__(
        self,
        session: LabSession,
        report: RunReport,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._session = session
        self._other: RunReport | None = None
        """The run that stood on this stage before, to look at again."""
        self._ticks = ticks
        self._last_tick = 0.0
        self._zoom = 0
        self._start = 0.0
        """Where the window begins, in shown time."""
        self._chosen = 0
        """The outcome chosen with Tab, else the one revealed last."""
        self._set_up(report)

    def _set_up(self, report: RunReport) -> None:
        self._report = report
        self.stage = Stage(report.run)
        timeline = self.stage.folded
        seconds = timeline.length / 1_000_000
        speed = min(SPEEDS, key=lambda speed: abs(seconds / speed - _WATCHED_S))
        self.player = Player(timeline, speed=speed)
        self._axis: Axis | None = None
        self._seen_all = False

    def body(self) -> Iterable[Widget]:
        """Lay out road, picture, log and outcome; a wide screen has a pane beside them."""
        with Horizontal(id="stage"):
            with Vertical(id="main"):
                yield Road(id="road")
                yield Picture()
                yield Caption(id="caption")
                yield LogTail(id="log")
                yield OutcomeBar(id="outcome")
            yield Pane(id="pane")

    def on_mount(self) -> None:
        """Put the run on the stage, and let it play where motion is welcome."""
        self._timer = self.set_interval(_FRAME_S, self._tick, pause=True)
        self._raise_curtain()

    def _raise_curtain(self, *, play: bool = True) -> None:
        """Put a run on the stage; it plays where motion is welcome."""
        run = self._report.run
        turned = [f"{name}={run.lab.knob(name).write(value)}" for name, value in run.turned.items()]
        self.header.place = safe(" · ".join(["Lab", run.lab.title, *turned]))
        self.query_one(Picture).show(self.stage.lanes, self.stage.labels)
        self._zoom, self._start, self._chosen = 0, 0.0, 0
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
        if self.is_mounted:
            self.query_one(Picture).fit(round(self.size.height * _PICTURE_SHARE))
            self.call_after_refresh(self._place)

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

    def on_sought(self, message: Sought) -> None:
        """Go to the moment that was clicked."""
        self._move(self.player.seek(message.at))

    def action_jump(self) -> None:
        """Go to the moment of the prediction that is shown, or of the first one."""
        outcome = self.query_one(OutcomeBar).shown or next(iter(self._report.run.outcomes), None)
        if outcome is not None and outcome.at is not None:
            player = self.player.toggle() if self.player.playing else self.player
            self._move(player.seek(outcome.at))

    def action_outcome(self) -> None:
        """Show the next prediction of those revealed."""
        self._chosen += 1
        self._place()

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

    def action_lanes(self, lines: int) -> None:
        """Scroll the lanes."""
        self.query_one(Picture).scroll_lanes(lines)

    # Drawing

    def _window(self) -> Axis:
        """Return the axis in view, which follows the cursor when zoomed in."""
        timeline = self.player.timeline
        length = timeline.length / _ZOOMS[self._zoom]
        at = timeline.shown(self.player.cursor)
        if not self._start <= at <= self._start + length:
            self._start = at - length / 10
        self._start = min(max(self._start, 0.0), timeline.length - length)
        width = self.query_one(Picture).cells
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
        self.query_one(Picture).place(self._window(), cursor)
        self.header.fact = self._clock()
        self.query_one(Road).place(self.stage, cursor)
        caption = self.query_one(Caption)
        moment = self.stage.moment_at(cursor)
        if moment != caption.moment:
            caption.moment = moment
            caption.refresh()
        self.query_one(LogTail).place(self.stage, cursor)
        self._place_outcome(cursor)
        self.query_one(Pane).place(self._report, complete=self._seen_all)

    def _place_outcome(self, cursor: int) -> None:
        run = self._report.run
        bar = self.query_one(OutcomeBar)
        revealed = run.outcomes if self._seen_all else self.stage.revealed(cursor)
        if new := [place for place, found in enumerate(revealed) if found not in bar.outcomes]:
            # What has just been revealed is what the learner wants to read now.
            self._chosen = new[0]
        elif len(revealed) < len(bar.outcomes):
            self._chosen = 0
        bar.place(run, revealed, self._chosen)

    def _clock(self) -> Content:
        player = self.player
        return Content.assemble(
            f"seed {self._report.run.seed}   {player.speed:g}×   ",
            ("▶ " if player.playing else "‖ ", "$accent"),
            (stopwatch(player.cursor), "$foreground"),
            f" / {stopwatch(player.timeline.duration)[:-4]}",
        )

    # Further runs

    def action_compare(self) -> None:
        """Show figures and checks beside those of the run before."""
        self.app.push_screen(FiguresScreen(self._report))

    def action_knobs(self) -> None:
        """Turn the knobs, predict, and run again."""
        if self.player.playing:
            self._move(self.player.toggle())
        self._session.turn(self.warm, self._again, run=True)

    def _again(self) -> None:
        self._session.predict_and_run(self.warm, self._replace)

    def _replace(self, report: RunReport) -> None:
        self._other = self._report
        self._set_up(report)
        self._raise_curtain()

    def action_swap(self) -> None:
        """Show the run before this one, or again the one after it, at the same moment."""
        before = self._report.before
        if self._other is not None:
            self._swap(self._other)
        elif before is not None:
            if self.player.playing:
                self._move(self.player.toggle())
            self._session.bring_back(self.warm, before, self._swap)
        else:
            self.tell("This is the lab's first run: k turns the knobs and runs it again.")

    def _swap(self, other: RunReport) -> None:
        kept = self._report.before
        if self._other is None and kept and kept.figures not in (None, other.run.figures):
            self.tell("The lab has changed since that run; this is how it runs today.")
        cursor, seen = self.player.cursor, self._seen_all
        self._other = self._report
        self._set_up(other)
        self._raise_curtain(play=False)
        self._seen_all = seen
        self.player = self.player.seek(cursor)
