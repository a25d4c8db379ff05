"""An application while it is served: what others do to it shows on the stage as it happens.

The application runs in a process of its own; a thread hears of it and keeps what came until the
screen takes it over, ten times a second. The cursor follows; moving it back looks at what was, and
Space or End follows again.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from warmstart.errors import WarmstartError
from warmstart.labs.stage import Stage
from warmstart.labs.timeline import Axis, Timeline, stopwatch
from warmstart.runtime.launch import EPOCH
from warmstart.runtime.trace import Header, Trace
from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.labs.messages import RunFailed, Served
from warmstart.tui.screens.labs.parts import Caption, LogTail
from warmstart.tui.screens.labs.player_screen import MOVES, PLAYING, SHAPES, PlayerScreen
from warmstart.tui.screens.labs.theatre import Theatre

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.widget import Widget

    from warmstart.labs.player import Player
    from warmstart.labs.served import ServedStep
    from warmstart.labs.views import ViewName
    from warmstart.runtime.launch import Serving
    from warmstart.runtime.template import Application
    from warmstart.runtime.trace import TraceEvent

_TAKEN_S: Final = 0.1
_WINDOW_US: Final = 60_000_000
"""How much of the past is in view, unless one looks closer."""


class LiveScreen(PlayerScreen):
    """Serves an application, and shows what happens to it."""

    PLACE = "Live"
    ABOUT = (
        "The application is served on this machine, in real time. The lines on top let boto3 and "
        "the AWS CLI of another shell talk to it and to nothing else: y copies them, paste them "
        "there. APIs have addresses of their own, for curl. With the first call the lines "
        "make room for what happens; l shows them again. Of a lab, a sends a step of its "
        "scenario, and A chooses another. What happens shows here at once; "
        f"Space or End follows it again after you have looked back. {SHAPES}\n{MOVES}"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *PLAYING,
        Binding("a", "ask", "send"),
        Binding("A", "next_step", "choose another step", show=False),
        Binding("l", "lines", "lines"),
        Binding("y", "copy", "copy"),
        *CLOSING,
    ]

    def __init__(
        self,
        serve: Callable[..., None],
        name: str,
        *,
        application: Application | None = None,
        view: ViewName = "topology",
        steps: Sequence[ServedStep] = (),
        examples: Callable[[Serving], list[str]] = lambda _serving: [],
    ) -> None:
        """Show what is served.

        Args:
            serve: takes ``launch.serve``'s on_serving, on_event, cancelled and asked, and serves.
            name: what is served.
            application: what its template says.
            view: what is open to begin with.
            steps: what can be sent from here.
            examples: gives commands for another shell.
        """
        stage = Stage(Trace(Header(0, EPOCH)), application=application)
        super().__init__(stage, view=view)
        self._serve_it = serve
        self._name_of_app = name
        self._serving: Serving | None = None
        self._address_lines = 1
        self._lines_shown = True
        """Whether all is shown that another shell needs, or where it is served in a line."""
        self._stop = threading.Event()
        self._came: deque[TraceEvent] = deque()
        """What has happened and is not shown yet; the thread adds, the screen takes."""
        self._follows = True
        self._steps = steps
        self._step = 0
        """The one that is sent next."""
        self._sent: deque[str] = deque()
        """Those that the thread has still to pass on."""
        self._examples = examples
        self._heard = 0.0
        """When the last event came, by the clock of ticks."""

    def body(self) -> Iterable[Widget]:
        """Lay out how it is reached, picture and log."""
        yield self.tabs()
        with Vertical(id="stage"), Vertical(id="main"):
            yield Static("Starting …", id="address", markup=False)
            yield Theatre(self._view)
            yield Caption(id="caption")
            yield LogTail(id="log")

    def on_mount(self) -> None:
        """Begin to serve, and to look at what happens."""
        super().on_mount()
        self.header.place = f"{self.PLACE} · {safe(self._name_of_app)}"
        self._heard = self._ticks()
        self.set_interval(_TAKEN_S, self._take_over)
        self._serve()

    def on_unmount(self) -> None:
        """Serve no longer."""
        self._stop.set()

    @work(thread=True)
    def _serve(self) -> None:
        """Serve until told to stop; this is the thread, and it touches no widget."""
        try:
            self._serve_it(
                on_serving=lambda serving: self.post_message(Served(serving)),
                on_event=self._came.append,
                cancelled=self._stop.is_set,
                asked=lambda: self._sent.popleft() if self._sent else None,
            )
        except WarmstartError as error:
            self.post_message(RunFailed(error))

    def on_served(self, message: Served) -> None:
        """Say how it is reached."""
        self._serving = message.serving
        self._say_where()

    def _say_where(self) -> None:
        """Show how it is reached: in full until the first call, then in a line unless asked."""
        if self._serving is None:
            return
        apis = [
            Content.assemble((f"{safe(name)} ", "bold"), url)
            for name, url in self._serving.apis.items()
        ]
        lines = [Content("   ").join([Content(self._serving.endpoint), *apis])]
        if self._lines_shown:
            exports = [Content(line) for line in self._serving.exports()]
            examples = [self._wrapped(line) for line in self._examples(self._serving)]
            lines = [*exports, *apis, *(line for example in examples for line in example)]
        if not self.stage.sources:
            lines.append(Content.styled("Nothing has called it yet.", "$quiet"))
        if self._steps:
            lines.append(self._offer())
        self._address_lines = len(lines)
        self.query_one("#address", Static).update(Content("\n").join(lines))
        self._fit()

    def _wrapped(self, command: str) -> list[Content]:
        """Return a command as lines that fit; y copies it as one."""
        first, *more = Content.styled(safe(command), "$quiet").wrap(self.size.width - 6)
        return [first.rstrip(), *(Content.assemble("  ", line.rstrip()) for line in more)]

    def _offer(self) -> Content:
        step = self._steps[self._step]
        count = f"{len(step.calls)} {'call' if len(step.calls) == 1 else 'calls'}"
        parts: list[tuple[str, str]] = [
            ("a ", "bold $accent"), (f"sends {safe(step.label)}, {count}", ""),
        ]  # fmt: skip
        if len(self._steps) > 1:
            other = self._steps[(self._step + 1) % len(self._steps)]
            parts += [("   A ", "bold $accent"), (f"or {safe(other.label)}", "$quiet")]
        return Content.assemble(*parts).truncate(self.size.width - 4, ellipsis=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer steps only where there are any; what happens now is not played at a speed."""
        if action == "faster":
            return False
        if action in ("ask", "next_step"):
            return bool(self._steps)
        return super().check_action(action, parameters)

    def action_ask(self) -> None:
        """Send the step that is offered."""
        if self._serving is None:
            return
        self._sent.append(self._steps[self._step].name)
        self._follows = True
        self._step = (self._step + 1) % len(self._steps)
        self._say_where()

    def action_next_step(self) -> None:
        """Offer another step."""
        self._step = (self._step + 1) % len(self._steps)
        self._say_where()

    def action_lines(self) -> None:
        """Show the lines for another shell, or let them make room."""
        self._lines_shown = not self._lines_shown
        self._say_where()

    def on_run_failed(self, message: RunFailed) -> None:
        """Say why it is not served."""
        self.query_one("#address", Static).update("It is not served.")
        self.problem(message.error)

    def action_copy(self) -> None:
        """Copy the lines for another shell, the examples behind them."""
        if self._serving is not None:
            lines = [*self._serving.exports(), *(f"# {e}" for e in self._examples(self._serving))]
            self.app.copy_to_clipboard("\n".join(lines) + "\n")
            self.tell("Copied; paste the lines into the shell from which you call it.")

    def _lines_around(self) -> int:
        return super()._lines_around() + self._address_lines

    # What happens

    def _first_frame(self, play: bool) -> None:  # noqa: ARG002, FBT001 it always follows
        self._fit()

    def _take_over(self) -> None:
        """Show what has come; while nothing does, time goes on all the same."""
        came = [self._came.popleft() for _ in range(len(self._came))]
        now = self._ticks()
        if came:
            first = not self.stage.sources
            self._heard = now
            self.stage.extend(came)
            if first and self.stage.sources:
                self._lines_shown = False
                self._say_where()
            for theatre, stage in self.shown():
                theatre.grow(stage)
        end = self.stage.trace.end + round((now - self._heard) * 1_000_000)
        player = replace(self.player, timeline=Timeline(end))
        if self._follows:
            player = player.seek(end)
        if came:
            self._fit()
        super()._move(player)

    def _move(self, player: Player) -> None:
        """Follow no longer once the cursor is moved back."""
        self._follows = player.at_end
        super()._move(replace(player, playing=False))

    def action_play(self) -> None:
        """Follow what happens, or stand still."""
        self._follows = not self._follows

    def action_fold(self) -> None:
        """Fold nothing: what will come is not known."""

    def _window(self) -> Axis:
        """Return the last minute while it follows, else what lies round the cursor."""
        timeline = self.player.timeline
        length = min(timeline.length, _WINDOW_US / 2**self._zoom)
        if self._follows or self.player.cursor > self._start + length:
            self._start = timeline.shown(self.player.cursor) - length
        elif self.player.cursor < self._start:
            self._start = timeline.shown(self.player.cursor) - length / 10
        self._start = min(max(self._start, 0.0), timeline.length - length)
        width = min(theatre.cells for theatre, _ in self.shown())
        return Axis(timeline, self._start, self._start + length, width)

    def _clock(self) -> Content:
        return Content.assemble(
            ("▶ live  " if self._follows else "‖ ", "$accent"),
            (stopwatch(self.player.cursor)[:-4], "$foreground"),
        )
