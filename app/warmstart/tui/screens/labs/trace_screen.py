"""A trace that another command has written, or that is still being written, on the stage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical

from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.labs.parts import Caption, LogTail
from warmstart.tui.screens.labs.player_screen import MOVES, PLAYING, SHAPES, PlayerScreen
from warmstart.tui.screens.labs.theatre import Theatre

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from warmstart.labs.stage import Stage
    from warmstart.labs.views import ViewName


class TraceScreen(PlayerScreen):
    """A trace without a lab around it: nothing was predicted, and there are no knobs."""

    PLACE = "Trace"
    ABOUT = f"{SHAPES}\n{MOVES}"
    BINDINGS: ClassVar[list[BindingType]] = [*PLAYING, *CLOSING]

    def __init__(
        self,
        stage: Stage,
        name: str,
        *,
        view: ViewName = "lanes",
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stage, view=view, ticks=ticks)
        self._name_of_trace = name

    def body(self) -> Iterable[Widget]:
        """Lay out picture and log."""
        yield self.tabs()
        with Vertical(id="stage"), Vertical(id="main"):
            yield Theatre(self._view)
            yield Caption(id="caption")
            yield LogTail(id="log")

    def _raise_curtain(self, *, play: bool = True) -> None:
        self.header.place = f"{self.PLACE} · {safe(self._name_of_trace)}"
        super()._raise_curtain(play=play)
