"""Progress: mastery by concept, a year of answers, retention against the goal, what is coming."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll

from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.screens.progress_parts import (
    Answers,
    Forecast,
    Mastery,
    Part,
    Retention,
    States,
)
from warmstart.tui.widgets.heat_map import HeatMap
from warmstart.usecases.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from warmstart.usecases.workspace import Workspace


class ProgressScreen(DataScreen):
    """How far one is."""

    PLACE = "Progress"
    ABOUT = (
        "Mastery is the mean, over a concept's cards, of the probability that you would still "
        "recall the card 30 days from now without another review; new cards count 0.\n"
        "True retention is how often you recalled cards that were in review, beside the retention "
        "the schedule aims at: well below it, cards come too late; well above it, too often.\n"
        "A click on a concept opens its page."
    )
    CSS_PATH = "progress.tcss"
    AUTO_FOCUS = "#page"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "app.parameters", "fit"),
        *go("notes", "cards", "labs"),
        *CLOSING,
    ]

    def body(self) -> Iterable[Widget]:
        """Lay out two columns, one above the other where there is no room for both."""
        with VerticalScroll(id="page"):
            with Vertical(id="pictures"):
                yield Answers()
                yield HeatMap()
                yield Retention()
                yield States()
                yield Forecast()
            with Vertical(id="concepts"):
                yield Mastery()

    async def show(self, workspace: Workspace) -> None:
        """Read everything in a thread and draw it."""
        found = await asyncio.to_thread(progress, workspace)
        for part in self.query(Part):
            part.progress = found
            part.refresh(layout=True)
        heat = self.query_one(HeatMap)
        heat.heat, heat.today = found.heat, found.today
        heat.refresh(layout=True)

    def action_open_concept(self, concept: int) -> None:
        """Show a concept's page."""
        self.warm.open_concept(concept)
