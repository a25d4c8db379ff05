"""A concept's page: what is known of it, what is behind that, and what would raise it fastest."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from warmstart.errors import InputError, WarmstartError
from warmstart.text import safe
from warmstart.tui.in_order import LEADS
from warmstart.tui.keymap import Named
from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.screens.concept_parts import ConceptHead, options
from warmstart.tui.screens.sentence import Line
from warmstart.tui.widgets.marked_list import MarkedList
from warmstart.usecases import goals
from warmstart.usecases.concept import concept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget
    from textual.widgets import OptionList

    from warmstart.usecases.concept import ConceptPage
    from warmstart.usecases.workspace import Workspace


class ConceptList(Named, MarkedList):
    """What the page leads to: prerequisites, ways to raise the mastery, labs, cards."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "open", key_display="Enter"),
    ]


class ConceptScreen(DataScreen):
    """One concept."""

    PLACE = "Concept"
    ABOUT = (
        "Mastery is the share of the concept's cards, and of those below it, that you would still "
        "recall 30 days from now; own mastery counts its own cards alone.\n"
        "“Failing here because … is cold” stands where the cards lapsed clearly more often than "
        "their own forgetting curves predict while a prerequisite's recall was below 80 %.\n"
        "What would raise it fastest is ranked by points of mastery a minute, for an answer now.\n"
        "A goal is a mastery by a day: g sets one, or gives it up. Its plan is what that takes a "
        "day; it follows what you do, and says so when the goal cannot be met."
    )
    CSS_PATH = "concept.tcss"
    AUTO_FOCUS = "ConceptList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "goal", "goal"),
        Binding("o", "open_note", "note"),
        *go("progress"),
        *CLOSING,
    ]

    def __init__(self, key: int) -> None:
        super().__init__()
        self._key = key
        self._page: ConceptPage | None = None
        self._drawn_for = 0

    def on_resize(self) -> None:
        """Draw the rows for another width."""
        if self._page is not None and self.size.width != self._drawn_for:
            self.reload()

    def body(self) -> Iterable[Widget]:
        """Lay out what is known above what it leads to."""
        with Vertical(id="page"):
            yield ConceptHead()
            yield ConceptList()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a goal only where there are cards, and to give one up where there is one."""
        page = self._page
        if action == "goal":
            return page is not None and page.node.mastery is not None
        return super().check_action(action, parameters)

    async def show(self, workspace: Workspace) -> None:
        """Read the page and draw it; a concept that is gone meanwhile leads back."""
        try:
            self._page = page = await asyncio.to_thread(concept, workspace, self._key)
        except KeyError:
            self.problem("This concept is gone: its note was changed or removed.")
            return
        self.header.place = "Concept · " + safe(" › ".join((*page.trail, page.node.title)))
        head = self.query_one(ConceptHead)
        head.page = page
        head.refresh(layout=True)
        listed = self.query_one(ConceptList)
        at = listed.highlighted
        listed.clear_options()
        self._drawn_for = self.size.width
        listed.add_options(options(page, workspace.clock(), self._drawn_for))
        listed.highlighted = at if at is not None and at < listed.option_count else None
        if listed.highlighted is None:
            listed.action_first()
        self.refresh_bindings()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what the cursor stands on: a concept, a lab, or a card."""
        kind, _, key = (event.option_id or "").split("#")[0].partition(":")
        if kind == "concept":
            self.warm.open_concept(int(key))
        elif kind == "card":
            from warmstart.tui.screens.card_page import CardPageScreen

            self.app.push_screen(CardPageScreen(int(key)))
        elif kind == "lab" and self.warm.workspace is not None:
            from warmstart.tui.screens.labs.lab_screen import LabScreen
            from warmstart.usecases.lab_run import Labs

            self.app.push_screen(LabScreen(Labs(self.warm.workspace), key))

    async def action_open_note(self) -> None:
        """Read the concept's text."""
        if self._page is not None:
            node = self._page.node
            await self.warm.open_note(node.note_id, None if node.kind == "note" else node.slug)

    @work(group=LEADS)
    async def action_goal(self) -> None:
        """Ask for a goal, and set it."""
        workspace = self.warm.workspace
        if workspace is None or self._page is None:
            return
        today = workspace.days.day_of(workspace.clock())

        goal = self._page.goal

        def amiss(line: str) -> str | None:
            if not line and goal is not None:
                return None
            try:
                goals.read_goal(line, today)
            except InputError as error:
                return str(error)
            return None

        about = (
            "Which mastery, and by when? A day, or in how many days:\n"
            f"80 by {today + timedelta(days=30)}   or   80 in 30 days"
        )
        if goal is not None:
            about += "\nAn empty line gives the present goal up."
        asked = Line("A goal", about, verb="set it", placeholder="80 in 30 days", amiss=amiss)
        line = await self.app.push_screen_wait(asked)
        if line is None:
            return
        try:
            if line:
                wanted = goals.read_goal(line, today)
                await asyncio.to_thread(goals.set_goal, workspace, self._key, *wanted)
            elif goal is not None:
                await asyncio.to_thread(goals.remove_goal, workspace, goal.goal)
        except WarmstartError as error:
            self.problem(error)
        else:
            self.reload()
