"""Parameters: fitted to the learner's reviews, judged, weighed by their cost, and put in force."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from warmstart.errors import WarmstartError
from warmstart.tui import phrases
from warmstart.tui.in_order import LEADS
from warmstart.tui.screens.base import CLOSING, DataScreen
from warmstart.tui.screens.dialog import Question
from warmstart.tui.screens.parameters_parts import Figures, Numbers, Retentions, Verdict
from warmstart.usecases import optimize, proposing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.usecases.optimize import Proposal
    from warmstart.usecases.workspace import Workspace


class ParametersScreen(DataScreen):
    """What one's own reviews say of how one forgets."""

    PLACE = "Parameters"
    ABOUT = (
        "FSRS predicts when you would forget a card, by 21 numbers. The defaults are those of many "
        "learners; here they are fitted to your own reviews.\n"
        "Both figures say how far predictions are off, smaller is better, and both are taken on "
        "your latest reviews, which the fit has not seen. Log loss is about single answers; RMSE "
        "compares predicted and actual recall over many like reviews.\n"
        "Minutes, and what is recalled, come from a simulated year of your cards and habits. "
        "The plot shows what each desired retention would cost; it is set in the settings.\n"
        "Putting parameters in force computes what is remembered of every card anew from its "
        "reviews. Due dates stay as they are until you move them; one key goes back."
    )
    CSS_PATH = "parameters.tcss"
    AUTO_FOCUS = "#page"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "apply", "put in force"),
        Binding("u", "back", "go back"),
        Binding("m", "move", "move due dates"),
        *CLOSING,
    ]

    proposal: Proposal | None = None

    def body(self) -> Iterable[Widget]:
        """Lay out the verdict, the figures, the plot and the numbers."""
        with VerticalScroll(id="page"):
            yield Verdict()
            yield Figures()
            yield Retentions()
            yield Numbers()

    def fact(self) -> Content:
        """Say that work is under way."""
        return Content.styled("fitting …", "$quiet")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done."""
        found = self.proposal
        if action == "apply":
            return found is not None and found.proposed is not None
        if action == "back":
            return found is not None and found.since is not None
        if action == "move":
            return found is not None and bool(found.choices)
        return super().check_action(action, parameters)

    async def show(self, workspace: Workspace) -> None:
        """Fit and simulate, unless that was done for all there is, and draw what came of it."""
        kept = self.warm.proposal
        if kept is None or kept.basis != await asyncio.to_thread(proposing.basis_of, workspace):
            self.header.fact = self.fact()
            self.warm.proposal = kept = await proposing.propose(workspace)
        self.proposal = found = kept.proposal
        for part in (Verdict, Figures, Retentions, Numbers):
            drawing = self.query_one(part)
            drawing.proposal = found
            drawing.refresh(layout=True)
        since = "defaults" if found.since is None else f"yours, since {phrases.day(found.since)}"
        self.header.fact = Content.styled(since, "$quiet")
        self.refresh_bindings()

    @work(group=LEADS)
    async def action_apply(self) -> None:
        """Ask, then put the parameters in force."""
        workspace, found = self.warm.workspace, self.proposal
        if workspace is None or found is None or found.proposed is None:
            return
        sentence = (
            "What is remembered of every card is computed anew from its reviews. Due dates stay as "
            "they are: from its next review on, a card is scheduled by these parameters. One key "
            "goes back."
        )
        if await self.app.push_screen_wait(Question("Put in force?", sentence, "put in force")):
            try:
                cards = await asyncio.to_thread(optimize.put_in_force, workspace, found.proposed)
            except WarmstartError as error:
                self.problem(error)
                return
            self.tell(f"In force: {phrases.count(cards, 'card')} computed anew. u goes back.")
            self.reload()

    @work(group=LEADS)
    async def action_back(self) -> None:
        """Go back to the parameters before the last change."""
        if self.warm.workspace is None:
            return
        try:
            await asyncio.to_thread(optimize.go_back, self.warm.workspace)
        except WarmstartError as error:
            self.problem(error)
            return
        self.tell("Back to the parameters before; every card was computed anew.")
        self.reload()

    @work(group=LEADS)
    async def action_move(self) -> None:
        """Ask, then move every due date to what the parameters in force give."""
        if self.warm.workspace is None:
            return
        sentence = (
            "Every card in review comes due when the parameters in force predict that its recall "
            "has fallen to the desired retention. That may bring many cards at once. It is one "
            "action, which undo takes back."
        )
        if await self.app.push_screen_wait(Question("Move due dates?", sentence, "move them")):
            try:
                moved = await asyncio.to_thread(optimize.reschedule, self.warm.workspace)
            except WarmstartError as error:
                self.problem(error)
                return
            self.tell(f"{phrases.count(moved, 'due date')} moved.")
            self.reload()
