"""Two runs side by side: both pictures at the same moment, and how they differ in words.

Both are played on one time axis, which folds only what neither works in. The run after stands at
the right, and it is its events that are stepped through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from warmstart.labs.differences import differences
from warmstart.labs.player import Player
from warmstart.labs.stage import Stage
from warmstart.labs.timeline import Timeline, common
from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.labs.parts import Caption, LogTail, told_lines
from warmstart.tui.screens.labs.player_screen import MOVES, PLAYING, SHAPES, PlayerScreen
from warmstart.tui.screens.labs.theatre import Theatre
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from warmstart.labs.differences import Difference
    from warmstart.labs.run import LabRun
    from warmstart.labs.views import ViewName
    from warmstart.usecases.lab_run import RunReport

BOTH_WIDTH = 120
"""Columns below which two pictures have no room."""


class Words(Drawing):
    """How the runs differ."""

    def __init__(self, turned: Sequence[str], told: Sequence[Difference]) -> None:
        super().__init__()
        self._turned, self._told = turned, told
        self.chosen: Difference | None = None
        """The one whose moment was gone to last."""

    def draw(self, width: int) -> Content:
        """Draw which knobs were turned, and each difference with its cause."""
        turned = "; ".join(self._turned) or "The same seed and knobs."
        lines = Content.styled(safe(turned), "bold").wrap(width)
        told = told_lines(self._told, width, self.chosen) or [Content("Nothing differs.")]
        return Content("\n").join([*lines, *told])


class CompareScreen(PlayerScreen):
    """A run, and the one before it."""

    PLACE = "Compare"
    ABOUT = (
        f"The run before at the left, the run after at the right, at the same moment. {SHAPES} "
        "Below, how they differ, and why as far as the traces prove it; j goes to the call that "
        f"a percentile is, in the run after.\n{MOVES}"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *PLAYING,
        Binding("j", "jump", "to what differs"),
        *CLOSING,
    ]

    def __init__(self, before: RunReport, after: RunReport, view: ViewName, cursor: int) -> None:
        self._before = Stage.of(before.run)
        super().__init__(Stage.of(after.run), view=view)
        self._runs = before.run, after.run
        self._turned = after.turned
        self._differences = differences(before.run.trace, after.run.trace)
        self.player = self.player.seek(cursor)

    def _take(self, stage: Stage) -> None:
        """Play both on one axis, as long as the longer one."""
        super()._take(stage)
        before = self._before
        length = max(stage.trace.end, before.trace.end)
        gaps = common(stage.folded.gaps, before.folded.gaps)
        stage.folded, stage.plain = Timeline(length, gaps), Timeline(length)
        self.player = Player(stage.folded, speed=self.player.speed)

    def body(self) -> Iterable[Widget]:
        """Lay out the two pictures, and the words below them."""
        yield self.tabs()
        with Vertical(id="main"):
            with Horizontal(id="both"):
                for run, name in zip(self._runs, ("before", "after"), strict=True):
                    with Vertical():
                        yield Static(_title(run, name), classes="run", markup=False)
                        yield Theatre(self._view)
            yield Caption(id="caption")
            with VerticalScroll(id="words"):
                yield Words(self._turned, self._differences)
            yield LogTail(id="log")

    def shown(self) -> Iterable[tuple[Theatre, Stage]]:
        """Give both theatres."""
        return tuple(zip(self.query(Theatre), (self._before, self.stage), strict=True))

    def action_jump(self) -> None:
        """Go to the moment of the next difference that has one."""
        shown = [told for told in self._differences if told.at is not None]
        if not shown:
            self.tell("What differs between these runs has no one moment.")
            return
        words = self.query_one(Words)
        before = shown.index(words.chosen) if words.chosen in shown else -1
        words.chosen = shown[(before + 1) % len(shown)]
        words.refresh()
        player = self.player.toggle() if self.player.playing else self.player
        self._move(player.seek(words.chosen.at or 0))

    def _raise_curtain(self, *, play: bool = True) -> None:
        self.header.place = f"{self.PLACE} · {safe(self._runs[0].lab.title)}"
        super()._raise_curtain(play=play)

    def _lines_around(self) -> int:
        words = self.query_one("#words")
        words.styles.height = self.size.height // 3
        return super()._lines_around() + 1 + self.size.height // 3

    def _fit(self) -> None:
        super()._fit()
        # The runs are compared in words: the log of one of them would say less.
        self.query_one(LogTail).display = False


def _title(run: LabRun, name: str) -> Content:
    turned = ", ".join(
        f"{run.lab.knob(knob).label} {run.lab.knob(knob).show(value)}"
        for knob, value in run.turned.items()
    )
    return Content.assemble(
        (f"{name}  ", "bold $accent"), (safe(turned or "as it ships"), "$quiet")
    )
