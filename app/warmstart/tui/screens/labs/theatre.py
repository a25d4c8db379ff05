"""One run on the stage: its figures, the view that is open, and the time axis under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from warmstart.tui.screens.labs.axis import AxisLine, LabelsLine
from warmstart.tui.screens.labs.parts import Road
from warmstart.tui.screens.labs.views import WIDGETS

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis
    from warmstart.labs.views import ViewName
    from warmstart.tui.screens.labs.views.base import StageView


class Theatre(Vertical):
    """Shows a stage through one view at a time; a view is made when it is opened first."""

    DEFAULT_CSS = """
    Theatre {
        height: auto;
        & > Road, & > LabelsLine, & > AxisLine { height: 1; }
        .picture--label, .picture--tick { color: $quiet; }
        .picture--now { color: $foreground; text-style: bold; }
        .picture--needle { color: $accent; text-style: bold; }
    }
    """

    def __init__(self, view: ViewName) -> None:
        super().__init__()
        self.name_of_view = view
        self._views: dict[ViewName, StageView] = {view: WIDGETS[view]()}
        self._road, self._labels, self._axis = Road(), LabelsLine(), AxisLine()
        self._stage: Stage | None = None
        self._behind: set[ViewName] = set()
        """Views that do not know yet what the trace has grown to."""

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield self._road
        yield self._labels
        yield self.view
        yield self._axis

    @property
    def view(self) -> StageView:
        """The view that is open."""
        return self._views[self.name_of_view]

    @property
    def cells(self) -> int:
        """How many cells the axis may have: the width without names and scroll bar."""
        return max(self.size.width - self.view.indent - 1, 1)

    def show(self, stage: Stage) -> None:
        """Put a trace on the stage, or what it has grown to."""
        self._stage = stage
        self._labels.labels = stage.labels
        self._labels.refresh()
        for view in self._views.values():
            view.show(stage)

    def grow(self, stage: Stage) -> None:
        """Show what a trace has grown to; views that are not open are told when they are."""
        self._stage = stage
        self._behind = {name for name in self._views if name != self.name_of_view}
        self.view.grow(stage)

    async def open(self, name: ViewName) -> None:
        """Open another view."""
        before = self.view
        self.name_of_view = name
        if name not in self._views:
            view = self._views[name] = WIDGETS[name]()
            if self._stage is not None:
                view.show(self._stage)
            await self.mount(view, before=self._axis)
        before.display = False
        self.view.display = True
        if name in self._behind and self._stage is not None:
            self._behind.discard(name)
            self.view.grow(self._stage)

    def place(self, axis: Axis, cursor: int) -> None:
        """Stand at a moment of an axis."""
        if self._stage is not None:
            self._road.place(self._stage, cursor)
        names = self.view.indent
        for part in (self._labels, self.view, self._axis):
            part.place(axis, cursor, names)

    def wanted(self) -> int:
        """Return how many lines it would like to have."""
        self._labels.display = self.view.TIMED and bool(self._stage and self._stage.labels)
        return self.view.wanted(self.size.width) + 2 + self._labels.display

    def fit(self, lines: int) -> None:
        """Take so many lines, or the few that nothing is seen without."""
        self.view.styles.height = max(lines - 2 - self._labels.display, 1)
