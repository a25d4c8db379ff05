"""Cards: a table of those that a search fits, and what is done with one or many of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from rich.highlighter import Highlighter
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from warmstart.errors import SearchError, WarmstartError
from warmstart.tui import phrases
from warmstart.tui.keymap import Named
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.dialog import Entry, Menu
from warmstart.tui.screens.many_cards import MANY_KEYS, ManyCardsScreen
from warmstart.tui.widgets.card_table import CardHeadings, CardTable
from warmstart.usecases.browse import Order, find, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text
    from textual.widget import Widget

    from warmstart.tui.screens.card_commands import OneCard
    from warmstart.usecases.workspace import Workspace

_PAGE: Final = 100
"""Cards that are shown before the rest of them is known."""
_HINT: Final = (
    "Nothing fits this search.\n\n"
    "Names are whole: deck:aws is the deck aws and what is below it, deck:aw* any that begins so.\n"
    "is:due  is:new  is:suspended  flag:1  prop:r<0.8  rated:7:1  tag:saga  -note:queues  a or b"
)
_TITLES: Final = {
    Order.NOTE: ("n", "note", "as the cards stand in your notes"),
    Order.DUE: ("d", "due", "what is due first"),
    Order.RECALL: ("r", "recall", "the coldest first"),
    Order.STABILITY: ("s", "stability", "what lasts shortest first"),
    Order.LAPSES: ("l", "lapses", "what was forgotten least often first"),
    Order.ADDED: ("a", "added", "the oldest first"),
}


class _Mark(Highlighter):
    """Marks the characters of a search that cannot be read."""

    def __init__(self) -> None:
        self.error: SearchError | None = None
        self.style = ""

    def highlight(self, text: Text) -> None:
        """Underline them while they are there."""
        if self.error is not None and text.plain == self.error.query:
            start = min(self.error.start, max(len(text.plain) - 1, 0))
            text.stylize(self.style, start, max(self.error.end, start + 1))


class SearchField(Named, Input):
    """The search; what is typed is text of it, so few keys are keys here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "screen.back", "to the cards", key_display="Enter"),
        Binding("escape", "screen.back", "to the cards", show=False),
    ]


class BrowseScreen(ManyCardsScreen):
    """All cards, or those that a search fits."""

    PLACE = "Cards"
    ABOUT = (
        "Every card, or those that the search on top fits; it is the language of Anki: deck:aws, "
        'tag:saga, concept:"dead letter queues", note:queues, kind:cloze, is:due, prop:r<0.8, '
        "rated:7:1, added:30, plain words, *, -, or, brackets. docs/searching.md has it all. What "
        "cannot be read is marked. (The search for words in notes, with the passage they stand in, "
        "is / on the other screens.)\n"
        "The colour and the number in front are recall: the probability that you would recall the "
        "card now. Keys act on the cards selected or, without any, on the one under the cursor."
    )
    CSS_PATH = "browse.tcss"
    AUTO_FOCUS = "CardTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_card", "open", key_display="Enter"),
        Binding("slash", "search", "search"),
        Binding("space", "select", "select", key_display="Space"),
        Binding("A,shift+a", "select_all", "select all", show=False, key_display="A"),
        Binding("g", "study", "study"),
        *MANY_KEYS,
        Binding("e", "edit", "edit", show=False),
        Binding("o", "open_note", "note"),
        Binding("O,shift+o", "sort", "sort", show=False, key_display="O"),
        Binding("i", "invert", "the other way round", show=False),
        CLOSING[0],
        Binding("q,escape", "back", "back", key_display="q"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._order = Order.NOTE
        self._descending = False
        self._shown: tuple[str, Order, bool] | None = None
        """What the answer on the screen is an answer to."""
        self._looking = False
        self._mark = _Mark()

    def body(self) -> Iterable[Widget]:
        """Lay out the search, what is wrong with it, and the table."""
        yield SearchField(
            placeholder="All cards. / to search:  is:due  deck:aws  tag:saga  prop:r<0.8  words",
            compact=True,
            id="search",
            highlighter=self._mark,
            select_on_focus=False,
        )
        yield Static(id="amiss", markup=False)
        yield CardHeadings(id="headings")
        yield CardTable()
        yield Static(_HINT, id="hint", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Nothing is wrong yet, and nothing is missing."""
        super().on_mount()
        self._mark.style = f"bold underline {self.app.theme_variables['error']}"
        self.query_one("#amiss").display = False
        self.query_one("#hint").display = False

    @property
    def table(self) -> CardTable:
        """The table."""
        return self.query_one(CardTable)

    @property
    def asked(self) -> OneCard | None:
        """The card under the cursor."""
        return self.table.current

    @property
    def chosen(self) -> list[int]:
        """The cards selected, or the one under the cursor."""
        return self.table.chosen

    # Looking

    async def show(self, workspace: Workspace) -> None:
        """Look again: a review, an import or an edit may have changed everything meanwhile."""
        self._shown = None
        await self._look(workspace)

    async def look_again(self) -> None:
        """Search again, because cards have changed."""
        if self.warm.workspace is not None:
            await self.show(self.warm.workspace)

    def search_for(self, query: str) -> None:
        """Show what fits ``query``."""
        self.query_one(Input).value = query
        self.table.focus()

    def on_input_changed(self) -> None:
        """Look for what stands in the field now, unless that is being done already."""
        if self.warm.workspace is not None and not self._looking:
            self.run_worker(self._look(self.warm.workspace), group="look")

    async def _look(self, workspace: Workspace) -> None:
        """Search until the answer to the latest query is shown: one search at a time, no queue."""
        if self._looking:
            return
        self._looking = True
        try:
            while (asked := self._asked()) != self._shown:
                fresh = self._shown is None
                self._shown = asked
                try:
                    await self._search(workspace, asked, fresh=fresh)
                except SearchError as error:
                    self._say_amiss(error)
        except WarmstartError as error:
            self.problem(error)
        finally:
            self._looking = False

    def _asked(self) -> tuple[str, Order, bool]:
        return self.query_one(Input).value, self._order, self._descending

    async def _search(
        self, workspace: Workspace, asked: tuple[str, Order, bool], *, fresh: bool
    ) -> None:
        """Show the first page, then, unless something else is asked by then, all of it."""
        query, order, descending = asked
        stay = self.table.current if fresh else None
        if not fresh or not self.table.cards:
            first = await asyncio.to_thread(
                find, workspace, query, order, descending=descending, most=_PAGE
            )
            self._say_amiss(None)
            self._draw(workspace, first, keep=None, whole=len(first) < _PAGE)
            self.table.fill(await asyncio.to_thread(rows, workspace, first[: self.size.height]))
            if len(first) < _PAGE or self._asked() != self._shown:
                return
        everything = await asyncio.to_thread(find, workspace, query, order, descending=descending)
        self._say_amiss(None)
        if fresh:
            self.table.forget()
        self._draw(workspace, everything, keep=stay.id if stay else None, whole=True)

    def _draw(
        self, workspace: Workspace, cards: list[int], *, keep: int | None, whole: bool
    ) -> None:
        self.problem(None)
        if keep is None and not whole:
            self.table.cursor = 0
        self.table.show_cards(cards, workspace.clock(), keep=keep)
        self.table.display = bool(cards)
        self.query_one("#hint").display = not cards
        headings = self.query_one(CardHeadings)
        headings.display = bool(cards)
        headings.sorted_by, headings.descending = _TITLES[self._order][1], self._descending
        headings.refresh()
        self._count(whole=whole)

    def _count(self, *, whole: bool = True) -> None:
        table = self.table
        count = phrases.count(len(table.cards), "card") if whole else "…"
        if table.selected:
            count = f"{len(table.selected):,} selected of {count}"
        if self._order.value not in {"note", "due", "recall", "stability"}:
            count = f"by {_TITLES[self._order][1]}   {count}"
        self.header.fact = Content(count)

    def _say_amiss(self, error: SearchError | None) -> None:
        """Mark what cannot be read, and say why below it; the cards found before stay."""
        self._mark.error = error
        field = self.query_one(Input)
        field.refresh()
        line = self.query_one("#amiss", Static)
        line.display = error is not None
        line.update("" if error is None else str(error))

    async def on_card_table_rows_wanted(self, message: CardTable.RowsWanted) -> None:
        """Read what comes into sight."""
        if self.warm.workspace is not None:
            self.run_worker(self._fill(self.warm.workspace, message.cards), group="rows")

    async def _fill(self, workspace: Workspace, cards: tuple[int, ...]) -> None:
        try:
            self.table.fill(await asyncio.to_thread(rows, workspace, cards))
        except WarmstartError as error:
            self.problem(error)

    def on_card_table_moved(self) -> None:
        """Say how many are selected."""
        self._count()

    # Keys

    def action_search(self) -> None:
        """Go to the search."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """From the search to the table; let go what is selected; then leave."""
        if self.focused is not self.table:
            self.table.focus()
        elif self.table.selected:
            self.table.select_none()
        else:
            self.action_leave()

    def action_select(self) -> None:
        """Select the card under the cursor, or let it go."""
        self.table.toggle()

    def action_select_all(self) -> None:
        """Select every card found, or none."""
        self.table.select_all()

    def action_open_card(self) -> None:
        """Show the card in full."""
        from warmstart.tui.screens.card_page import CardPageScreen

        if self.asked is not None:
            self.app.push_screen(CardPageScreen(self.asked.id))

    def on_card_table_opened(self) -> None:
        """Show the card that was clicked twice."""
        self.action_open_card()

    def action_study(self) -> None:
        """Ask how, then study what is selected or, without a selection, all that was found."""
        from warmstart.usecases.sitting import Sitting

        table = self.table
        cards = tuple(table.chosen if table.selected else table.cards)

        def answered(how: str | None) -> None:
            if how is not None:
                self.warm.study(Sitting(chosen=cards, cram=how != "due", effect=how != "practise"))

        if cards:
            entries = [
                Entry("d", "due", "what is due of them", "and the day's share of new ones"),
                Entry("a", "all", "all of them", "due or not, the weakest first"),
                Entry("p", "practise", "all, for practice", "with no effect on the schedule"),
            ]
            title = f"Study {phrases.count(len(cards), 'card')}"
            self.app.push_screen(Menu(title, entries), answered)

    def action_sort(self) -> None:
        """Let the order be chosen."""

        async def answered(order: str | None) -> None:
            if order is not None:
                self._order, self._descending = Order(order), False
                await self._resort()

        entries = [Entry(key, order, name, what) for order, (key, name, what) in _TITLES.items()]
        self.app.push_screen(Menu("Sort by", entries), answered)

    async def action_invert(self) -> None:
        """Sort the other way round."""
        self._descending = not self._descending
        await self._resort()

    async def _resort(self) -> None:
        self.table.cursor = 0
        if self.warm.workspace is not None:
            await self._look(self.warm.workspace)
