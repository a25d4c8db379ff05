"""Today: what is due, what is going cold, and the lab to run next.

The one screen on the road to the first frame: it is drawn from ``today.glance``, which reads the
store through sqlite3 alone, and imports nothing that is heavy.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from warmstart.errors import WarmstartError
from warmstart.tui import phrases
from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.screens.today_parts import Back, Goals, GoingCold, Load, NextLab, Suggested
from warmstart.usecases.today import glance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.usecases.sitting import Sitting
    from warmstart.usecases.today import Today
    from warmstart.usecases.workspace import Workspace

_AT_ONCE: Final = 2_000
"""Cards up to which the first frame waits for what is going cold."""


class TodayScreen(DataScreen):
    """Where the app opens."""

    PLACE = "Warmstart · Today"
    ABOUT = (
        "What is due now, how many new cards the day brings, and about how long both take. The "
        "row of columns is the load of the next seven days, today first.\n"
        "Going cold lists the concepts that will lose the most recall within a week. The number "
        "and the bar are mastery: the share of a concept's cards you would still recall 30 days "
        "from now."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "study", "study", key_display="Enter"),
        Binding("f", "sit", "study some", show=False),
        Binding("u", "unspread", "take back", show=False),
        *go("notes", "cards", "labs", "progress", "inbox"),
        Binding("S", "app.settings", "settings", show=False),
        CLOSING[0],
        Binding("q,escape", "leave", "quit", key_display="q"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._load, self._cold, self._lab = Load(), GoingCold(), NextLab()
        self._suggested, self._back, self._goals = Suggested(), Back(), Goals()

    @property
    def is_ready(self) -> bool:
        """Always: what can be studied is known with the first frame."""
        return True

    def body(self) -> Iterable[Widget]:
        """Lay out load, cold concepts and the next lab, drawn from a first glance at the store."""
        self._glance()
        self._back.display = self._goals.display = False
        yield Vertical(
            self._load,
            self._back,
            self._goals,
            self._cold,
            self._lab,
            self._suggested,
            id="today",
        )

    def fact(self) -> Content:
        """Say which day it is."""
        return Content(phrases.day(self.warm.clock().astimezone()))

    def problem(self, error: WarmstartError | str | None) -> None:
        """Show the sentence: above the keys or, without a store, in place of everything."""
        nothing = self._load.today is None or self.warm.workspace_error is not None
        if error is not None and nothing:
            self._fail(str(error))
        else:
            super().problem(error)

    def _fail(self, sentence: str | None) -> None:
        """Show ``sentence`` and no figures, and nothing to study; None takes it away again."""
        self._load.failure = sentence
        self._load.refresh(layout=True)
        for drawing in (self._lab, self._suggested):
            drawing.display = sentence is None
        self._cold.display = (
            sentence is None and self._load.today is not None and self._load.today.cold is not None
        )
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to study only what can be."""
        if action in {"study", "sit"}:
            return self._load.failure is None
        if action == "unspread":
            return self._back.undoable
        return super().check_action(action, parameters)

    def _glance(self) -> None:
        """Look at the day for the first frame."""
        warm = self.warm
        try:
            self._draw_from(glance(warm.home, warm.settings, warm.clock(), None, _AT_ONCE))
        except WarmstartError as error:
            self.call_after_refresh(self.problem, error)

    def _draw_from(self, today: Today | None) -> None:
        self._load.today = self._lab.today = today
        self._load.day = self.warm.clock().astimezone().date()
        cold = None if today is None else today.cold
        self._cold.concepts = cold or ()
        self._cold.display = cold is not None

    async def show(self, workspace: Workspace) -> None:
        """Look again: the store was just created, or a review has changed it."""
        from warmstart.usecases.goals import all_goals
        from warmstart.usecases.inbox import waiting_count

        warm = self.warm
        today = await asyncio.to_thread(glance, warm.home, warm.settings, warm.clock())
        self._fail(None)
        self._draw_from(today)
        for drawing in (self._load, self._cold, self._lab):
            drawing.refresh(layout=True)
        await self._come_back(workspace)
        # Their plans are simulated, which takes longer than a first frame has.
        self._goals.goals = await asyncio.to_thread(all_goals, workspace)
        self._goals.display = bool(self._goals.goals)
        self._goals.refresh(layout=True)
        # It looks through notes that have changed, which takes a while after a large import.
        self._suggested.waiting = await asyncio.to_thread(waiting_count, workspace)
        self._suggested.refresh(layout=True)

    async def _come_back(self, workspace: Workspace) -> None:
        """Say that a backlog was spread, if it was today."""
        from warmstart.usecases.comeback import spread_today

        found = await asyncio.to_thread(spread_today, workspace)
        back = self._back
        back.sentence, back.undoable = (
            (None, False) if found is None else (found[0].sentence, found[1])
        )
        back.display = found is not None
        back.refresh(layout=True)
        self.refresh_bindings()

    async def action_unspread(self) -> None:
        """Take back that the backlog was spread: what was not answered since is due again."""
        from warmstart.usecases.comeback import take_back

        if self.warm.workspace is not None and self._back.undoable:
            try:
                await asyncio.to_thread(take_back, self.warm.workspace)
            except WarmstartError as error:
                self.problem(error)
            else:
                self.reload()

    def action_study(self) -> None:
        """Start, or go on with, a review."""
        self.warm.study()

    def action_sit(self) -> None:
        """Ask what to study, and how long."""
        from warmstart.tui.screens.sit import Sit

        def answered(sitting: Sitting | None) -> None:
            if sitting is not None:
                self.warm.study(sitting)

        self.app.push_screen(Sit(), answered)

    def action_open_concept(self, concept: int) -> None:
        """Show a concept's page; it was clicked."""
        if self.warm.workspace is not None:
            self.warm.open_concept(concept)
