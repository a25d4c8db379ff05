"""Environments over the time axis: a lane for each of them, or a plot for each function.

Of many environments nobody reads the lanes, so that the plots come first; g goes from one to the
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical

from warmstart.labs.views.fleets import Fleet
from warmstart.tui.screens.labs.views.base import StageView
from warmstart.tui.screens.labs.views.lanes import LanesView
from warmstart.tui.screens.labs.views.plotted import PlottedView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis

_MANY: Final = 40
"""Lanes from which on plots come first."""


class FleetsView(PlottedView[Fleet]):
    """The environments of each function: at work, in INIT, waiting warm."""

    PARTS: ClassVar[Sequence[tuple[str, str]]] = (
        ("█", "$running"),
        ("░", "$cold"),
        ("─", "$idle"),
    )

    def find(self, stage: Stage) -> list[Fleet]:
        """Return the functions' fleets."""
        return stage.fleets.all()

    def name_of(self, thing: Fleet) -> str:
        """Return the function's name."""
        return thing.function

    def columns_of(self, thing: Fleet, edges: Sequence[int]) -> list[tuple[float, ...]]:
        """Return how many environments do what, at most."""
        return thing.columns(edges)

    def highest_of(self, thing: Fleet) -> int:
        """Return the most there ever are at once."""
        return thing.highest

    def marks_of(self, thing: Fleet, edges: Sequence[int]) -> list[bool]:
        """Mark where calls were throttled."""
        return thing.throttled(edges)

    def gutter_of(self, thing: Fleet) -> tuple[str, str]:
        """Say how high the plot is."""
        return f"most {thing.highest:,}", "bold"

    def said_of(self, thing: Fleet) -> list[tuple[str, str]]:
        """Say how many environments do what, and how many calls were throttled or failed."""
        now = thing.at(self.cursor)
        parts: list[tuple[str, str]] = []
        for value, word, (shape, style) in (
            (now.busy, "at work", self.PARTS[0]),
            (now.starting, "in INIT", self.PARTS[1]),
            (now.warm, "waiting", self.PARTS[2]),
        ):
            if value or word == "at work":
                parts += [(f"{shape} ", style), (f"{value:,} {word}   ", "")]
        if now.throttles:
            parts.append((f"× {now.throttles:,} throttled   ", "bold $throttled"))
        if now.failures:
            parts.append((f"✗ {now.failures:,} failed", "bold $failed"))
        return parts

    def nothing(self) -> str:
        """Say that there is no environment."""
        return "No function was called: there is no execution environment to see."


class EnvironmentsView(Vertical, StageView):
    """Lanes or plots."""

    TIMED: ClassVar[bool] = True
    DEFAULT_CSS = """
    EnvironmentsView { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.lanes = LanesView()
        self.fleets = FleetsView()
        self._plotted = False
        self.fleets.display = False

    def compose(self) -> ComposeResult:
        """Lay out both; one of them shows."""
        yield self.lanes
        yield self.fleets

    @property
    def tall(self) -> bool:
        """Plots make good use of lines; lanes take one each."""
        return self._plotted

    @property
    def inner(self) -> LanesView | FleetsView:
        """The one that shows."""
        return self.fleets if self._plotted else self.lanes

    @property
    def indent(self) -> int:
        """The room that the one that shows leaves."""
        return self.inner.indent

    def turn(self) -> None:
        """Show the other one."""
        self._plotted = not self._plotted
        self._open()

    def _open(self) -> None:
        self.lanes.display = not self._plotted
        self.fleets.display = self._plotted
        if self.stage is not None:
            self.inner.show(self.stage)

    def show(self, stage: Stage) -> None:
        """Show another trace: as plots, where there are many environments."""
        self.stage = stage
        self._plotted = len(stage.lanes) > _MANY
        self._open()

    def grow(self, stage: Stage) -> None:
        """Show what a trace has grown to."""
        self.stage = stage
        self.inner.grow(stage)

    def wanted(self, width: int) -> int:
        """Ask for what the one that shows wants."""
        return self.inner.wanted(width)

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Stand at a moment."""
        self.inner.place(axis, cursor, names)

    def move(self, by: int) -> bool:
        """Scroll."""
        return self.inner.move(by)

    def page(self, by: int) -> bool:
        """Scroll by what is in view."""
        return self.inner.page(by)
