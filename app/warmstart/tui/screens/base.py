"""What every screen shares: the first line, the keys at the foot, help, and how data arrives.

A screen draws what a use case gives it. The workspace opens in a thread behind the first frame, so
a screen may stand before it is there: ``show`` is called once it is, and again whenever the screen
comes back to the front. An error with a sentence appears in the screen, where it belongs; any
other exception ends the app, which passes it on to its caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui.keymap import Named
from warmstart.tui.screens.drawn_once import DrawnOnce
from warmstart.tui.widgets.header_line import HeaderLine
from warmstart.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widget import Widget
    from textual.worker import WorkType

    from warmstart.tui.app import WarmstartApp
    from warmstart.usecases.workspace import Workspace


def go(*places: str) -> list[BindingType]:
    """Return the bindings that lead to modes ("notes", "labs", …), then search."""
    keys = {"notes": "n", "labs": "l", "progress": "p", "inbox": "i", "cards": "c"}
    return [
        *(Binding(keys[place], f"app.go('{place}')", place) for place in places),
        Binding("slash", "app.find", "search"),
    ]


CLOSING: Final[list[BindingType]] = [
    Binding("question_mark", "app.explain", "help"),
    Binding("q,escape", "leave", "back", key_display="q"),
]
"""The bindings that stand last at the foot of every screen; each screen names them itself, because
inherited ones would come first."""

_TOLD: Final = 8.0
"""Seconds for which something told in passing stays."""


class WarmScreen(Named, DrawnOnce[None]):
    """The base of all screens that fill the terminal."""

    PLACE: ClassVar[str] = ""
    """What the first line says until the screen knows better."""
    ABOUT: ClassVar[str] = ""
    """What ``?`` says of the screen: a few sentences, each on what one sees or does here."""

    _told: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the first line, what ``body`` gives, the line for errors and the keys."""
        yield HeaderLine(self.PLACE, self.fact())
        yield from self.body()
        yield Static(id="problem", markup=False)
        yield KeyLine()

    def fact(self) -> Content:
        """Give what stands at the right end of the first line to begin with."""
        return Content("")

    def body(self) -> Iterable[Widget]:
        """Give the widgets between the first line and the keys."""
        raise NotImplementedError

    @property
    def warm(self) -> WarmstartApp:
        """The app, by its own type."""
        return cast("WarmstartApp", self.app)

    @property
    def header(self) -> HeaderLine:
        """The first line."""
        return self.query_one(HeaderLine)

    def action_leave(self) -> None:
        """Go back to where this screen was opened from."""
        self.warm.leave()

    def problem(self, error: WarmstartError | str | None) -> None:
        """Show the sentence of ``error`` above the keys, or take it away again."""
        line = self.query_one("#problem", Static)
        if error is None and line.has_class("quiet"):
            return  # what is told in passing goes by itself
        line.remove_class("quiet")
        line.update("" if error is None else str(error))
        line.display = error is not None

    def tell(self, sentence: str) -> None:
        """Say in passing what has happened, in a quiet line above the keys."""
        line = self.query_one("#problem", Static)
        line.add_class("quiet")
        line.update(safe(sentence))
        line.display = True
        if self._told is not None:
            self._told.stop()
        self._told = self.set_timer(_TOLD, self.hush)

    def hush(self) -> None:
        """Take away what was told in passing."""
        line = self.query_one("#problem", Static)
        if line.has_class("quiet"):
            line.display = False
            line.remove_class("quiet")


class DataScreen(WarmScreen):
    """A screen that draws what a use case reads from the store."""

    _has_read = False

    @property
    def is_ready(self) -> bool:
        """Whether what the keys act upon has been read once, or cannot be."""
        return self._has_read

    def on_mount(self) -> None:
        """Wait for the workspace; ``on_screen_resume`` covers the case that it is there."""
        self.warm.workspace_changed.subscribe(self, lambda _: self.reload())

    def on_screen_resume(self) -> None:
        """Draw afresh: a review or an import may have changed everything meanwhile."""
        self.reload()

    def reload(self) -> None:
        """Read and draw again, in a task of this screen; a newer call replaces an older one."""
        self.run_worker(cast("WorkType[None]", self._reload), group="reload", exclusive=True)

    async def _reload(self) -> None:
        if self.warm.workspace_error is not None:
            self.problem(self.warm.workspace_error)
        elif self.warm.workspace is not None:
            try:
                await self.show(self.warm.workspace)
            except WarmstartError as error:
                self.problem(error)
        else:
            await self.show_early()
            return
        self._has_read = True

    async def show_early(self) -> None:
        """Draw what there is to draw before the workspace is open; most screens wait for it."""

    async def show(self, workspace: Workspace) -> None:
        """Call the use case and draw its answer."""
        raise NotImplementedError
