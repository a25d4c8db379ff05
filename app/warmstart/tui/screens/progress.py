"""Progress: what was done, how it is remembered, when one studies, and what is known how well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher

from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.screens.progress_more import (
    AnswerButtons,
    BySpan,
    Difficulty,
    Hours,
    MorePart,
    RecallNow,
    Stability,
    TimeSpent,
)
from warmstart.tui.screens.progress_parts import Answers, Forecast, Known, Part, RetentionPart
from warmstart.tui.widgets.heat_map import HeatMap
from warmstart.tui.widgets.mastery_list import MasteryList
from warmstart.tui.widgets.tab_line import TabLine
from warmstart.usecases import progress
from warmstart.usecases.progress import EVERYTHING, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.usecases.progress import Details, Overview
    from warmstart.usecases.workspace import Workspace

_PAGES: Final = ("overview", "memory", "habits", "concepts")


class ProgressScreen(DataScreen):
    """How far one is, on four pages."""

    PLACE = "Progress"
    ABOUT = (
        "Mastery is the mean, over a concept's cards, of the probability that you would still "
        "recall the card 30 days from now without another review; new cards count 0.\n"
        "True retention is how often you recalled cards that were in review, beside the retention "
        "the schedule aims at: well below it, cards come too late; well above it, too often. Cards "
        "are young while the interval they had been given is below 21 days.\n"
        "Pages: overview, memory, habits, concepts. On the last, → unfolds a note and Enter opens "
        "what the cursor stands on.\n"
        "All of it can be told for one note or one tag: press t. `warmstart progress --html FILE` "
        "writes it as a page for a browser."
    )
    CSS_PATH = "progress.tcss"
    AUTO_FOCUS = "#overview"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn(1)", "page", key_display="Tab"),
        Binding("shift+tab", "turn(-1)", "page before", show=False, key_display="Shift+Tab"),
        *(Binding(str(n), f"page('{page}')", page, show=False) for n, page in enumerate(_PAGES, 1)),
        Binding("t", "choose", "note, tag"),
        Binding("o", "order", "order"),
        Binding("f", "app.parameters", "fit"),
        Binding("n", "app.go('notes')", "notes", show=False),
        Binding("c", "app.go('cards')", "cards", show=False),
        Binding("l", "app.go('labs')", "labs", show=False),
        *go(),
        *CLOSING,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._about: Subject = EVERYTHING
        self._coldest = False
        self._next: int | None = None
        """Where the next page of notes starts."""

    def body(self) -> Iterable[Widget]:
        """Lay out the pages; each has two columns where there is room."""
        yield TabLine(_PAGES)
        with ContentSwitcher(initial="overview"):
            with VerticalScroll(id="overview", classes="page"):
                with Vertical(classes="column"):
                    yield Answers()
                    yield HeatMap()
                    yield RetentionPart()
                with Vertical(classes="column"):
                    yield Known()
                    yield Forecast()
            with VerticalScroll(id="memory", classes="page"):
                with Vertical(classes="column"):
                    yield RecallNow()
                    yield BySpan()
                with Vertical(classes="column"):
                    yield Stability()
                    yield Difficulty()
            with VerticalScroll(id="habits", classes="page"):
                with Vertical(classes="column"):
                    yield Hours()
                    yield TimeSpent()
                with Vertical(classes="column"):
                    yield AnswerButtons()
            with Vertical(id="concepts", classes="page"):
                yield MasteryList()

    async def show(self, workspace: Workspace) -> None:
        """Read the first page in a thread and draw it, then the others."""
        about = self._about
        first = await asyncio.to_thread(progress.overview, workspace, about)
        self._draw_first(first)
        await self._list(workspace)
        more = await asyncio.to_thread(progress.details, workspace, about)
        self._draw_more(more, first)

    def _draw_first(self, first: Overview) -> None:
        title = safe(first.subject.title)
        self.header.place = f"{self.PLACE} · {title}" if title else self.PLACE
        known = "" if first.mastery is None else f"mastery {first.mastery}"
        self.header.fact = Content(known)
        for part in self.query(Part):
            part.overview = first
            part.refresh(layout=True)
        heat = self.query_one(HeatMap)
        heat.levels, heat.today = first.levels, first.today
        heat.refresh(layout=True)

    def _draw_more(self, more: Details, first: Overview) -> None:
        for part in self.query(MorePart):
            part.details, part.overview = more, first
            part.refresh(layout=True)

    # Pages

    def action_page(self, page: str) -> None:
        """Show a page."""
        self.query_one(ContentSwitcher).current = page
        self.query_one(TabLine).current = page
        target = self.query_one(MasteryList) if page == "concepts" else self.query_one(f"#{page}")
        target.focus()
        self.refresh_bindings()

    def action_turn(self, by: int) -> None:
        """Show the page after this one, or the one before."""
        now = _PAGES.index(self.query_one(TabLine).current)
        self.action_page(_PAGES[(now + by) % len(_PAGES)])

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the page that was clicked."""
        self.action_page(message.tab)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer an order only where there is a list."""
        return action != "order" or self.query_one(TabLine).current == "concepts"

    # Notes and concepts

    async def _list(self, workspace: Workspace, *, keep: bool = True) -> None:
        about = self._about
        page = await asyncio.to_thread(progress.note_page, workspace, about, coldest=self._coldest)
        self._next = page.next
        notes = self.query_one(MasteryList)
        notes.fill(page.notes, more=page.next is not None, keep=keep)
        if about.note_id is not None:
            await self._unfold(about.note_id)

    async def on_mastery_list_near_end(self) -> None:
        """Bring the next page of notes."""
        if self.warm.workspace is None or self._next is None:
            return
        page = await asyncio.to_thread(
            progress.note_page,
            self.warm.workspace,
            self._about,
            coldest=self._coldest,
            start=self._next,
        )
        self._next = page.next
        self.query_one(MasteryList).extend(page.notes, more=page.next is not None)

    async def on_mastery_list_unfolded(self, message: MasteryList.Unfolded) -> None:
        """Show what is in a note."""
        await self._unfold(message.note_id)

    async def _unfold(self, note_id: int) -> None:
        if self.warm.workspace is not None:
            tree = await asyncio.to_thread(progress.concept_tree_of, self.warm.workspace, note_id)
            self.query_one(MasteryList).unfold(note_id, tree)

    def on_mastery_list_opened(self, message: MasteryList.Opened) -> None:
        """Show a concept's page."""
        self.warm.open_concept(message.concept)

    def action_order(self) -> None:
        """List the notes in their own order, or the coldest first."""
        self._coldest = not self._coldest
        self.tell(
            "The least known first, of those you have studied."
            if self._coldest
            else "In the order of Notes."
        )
        if self.warm.workspace is not None:
            self.run_worker(self._list(self.warm.workspace, keep=False), group="order")

    # What it is about

    def action_choose(self) -> None:
        """Choose a note or a tag to tell the progress of."""
        from warmstart.tui.screens.subject import SubjectPicker

        if self.warm.workspace is not None:
            self.app.push_screen(SubjectPicker(self.warm.workspace), self._tell_of)

    def _tell_of(self, subject: Subject | None) -> None:
        if subject is not None:
            self._about = subject
            self.reload()
