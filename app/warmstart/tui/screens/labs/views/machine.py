"""The state machine: one execution on its graph; ↑ and ↓ choose another execution."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from warmstart.runtime.asl.layout import lay_out
from warmstart.text import safe
from warmstart.tui.screens.labs.views.base import StageView
from warmstart.tui.widgets.machine_graph import MachineGraph

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from warmstart.labs.machine import Play
    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis
    from warmstart.tui.screens.base import WarmScreen

_LONGEST = 32
"""Characters of an execution's name that are shown; of a UUID, which has more, ``_SHORT``."""
_SHORT = 8


class MachineView(Vertical, StageView):
    """One execution: its graph, and a line above it that says which it is and how it stands."""

    TALL = True
    DEFAULT_CSS = """
    MachineView {
        height: 1fr;
        & > Static { height: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._head = Static(markup=False)
        self._graph = MachineGraph()
        self._told = Content("")
        self._plays: list[Play] = []
        self._begun: list[int] = []
        """When each execution began; they are in that order."""
        self._shown: Play | None = None
        self._chosen: int | None = None
        """The execution chosen with the keys; None follows the cursor."""
        self._sought: int | None = None

    def compose(self) -> ComposeResult:
        """Lay out the line and the graph."""
        yield self._head
        yield self._graph

    def show(self, stage: Stage) -> None:
        """Show the executions of another trace."""
        self._chosen = None
        self.grow(stage)

    def grow(self, stage: Stage) -> None:
        """Show the executions there are by now."""
        self.stage = stage
        self._plays = stage.executions
        self._begun = [play.events[0].at for play in self._plays]
        self._shown = None

    def wanted(self, width: int) -> int:  # noqa: ARG002 the graph makes do with less
        """Ask for the line, and the roomiest graph."""
        machines = {id(play.machine): play.machine for play in self._plays}
        graphs = [lay_out(machine, roomy=True).height for machine in machines.values()]
        return max(graphs, default=0) + 2

    def _place_of(self, cursor: int) -> int:
        """Return which execution to show: the chosen one, else the one that began last."""
        if self._chosen is not None and cursor == self._sought:
            return self._chosen
        self._chosen = None
        return max(bisect.bisect_right(self._begun, cursor) - 1, 0)

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Stand at a moment."""
        self.axis, self.cursor, self.names = axis, cursor, names
        if not self._plays:
            self._head.update(Content.styled("The application runs no state machine.", "$quiet"))
            self._graph.display = False
            return
        number = self._place_of(cursor)
        play = self._plays[number]
        if play is not self._shown:
            self._shown = play
            self._graph.display = True
            self._graph.show(play)
        count = play.count(cursor)
        self._graph.place(count)
        said = self._said(number, play, count)
        if said != self._told:
            self._told = said
            self._head.update(said)

    def _said(self, number: int, play: Play, count: int) -> Content:
        name = safe(play.execution)
        if len(name) > _LONGEST:
            name = f"{name[:_SHORT]}…"
        if len({each.name for each in self._plays}) > 1:
            name = f"{safe(play.name)} · {name}"
        said = play.sentence(count)
        return Content.assemble(
            (f"{number + 1:,} of {len(self._plays):,}  ", "$quiet"),
            (name, "bold"),
            "   ",
            (said, "$compensated") if said else f"{count} of {len(play)} events",
        )

    def move(self, by: int) -> bool:
        """Choose the execution before or after."""
        if not self._plays:
            return False
        now = self._place_of(self.cursor)
        self._chosen = min(max(now + by, 0), len(self._plays) - 1)
        self._sought = self._plays[self._chosen].events[-1].at
        return True

    def page(self, by: int) -> bool:
        """Scroll the graph."""
        self._graph.scroll_relative(y=by * max(self._graph.size.height - 1, 1), animate=False)
        return False

    def closer(self) -> WarmScreen | None:
        """Return the step view of the execution, at the same moment."""
        from warmstart.tui.screens.labs.machine_screen import MachineScreen

        if self._shown is None:
            return None
        play = self._shown
        title = f"{play.name} · {play.execution}"
        return MachineScreen(play, title=title, count=play.count(self.cursor))

    def seek(self) -> int | None:
        """Return the end of the execution that was chosen."""
        return self._sought
