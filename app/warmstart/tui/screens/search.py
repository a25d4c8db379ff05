"""Search: what holds the words, while one types them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.screens.base import DataScreen
from warmstart.tui.widgets.marked_list import MarkedList
from warmstart.usecases.search import MARK_OFF, MARK_ON, Found, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from warmstart.usecases.workspace import Workspace

_HINT: Final = (
    "Words in any order; a word also finds what begins with it.\n"
    "“In quotes” they must stand side by side."
)
_NOTHING: Final = "Nothing holds all of these words. Try fewer, or the beginning of a word."
_MOST: Final = 50
"""Results shown: whoever would read on types another word."""
_BEFORE: Final = 30
"""Characters shown before the first word found."""


class SearchScreen(DataScreen):
    """Titles, passages and cards that hold every word typed."""

    PLACE = "Search"
    ABOUT = "Type; what is found shows as you do. Enter opens it in its note, Esc goes back."
    CSS_PATH = "search.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        # The field has the focus, and these keys have other meanings there.
        Binding("enter", "open", "open", key_display="Enter", priority=True),
        Binding("down", "move(1)", "next", key_display="↓", priority=True),
        Binding("up", "move(-1)", "previous", key_display="↑", priority=True),
        Binding("escape", "leave", "back", key_display="Esc"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[Found, ...] = ()
        self._shown: str | None = None
        """The query whose answer is on the screen."""
        self._looking = False

    @property
    def is_ready(self) -> bool:
        """Whether what was found is for the words that stand in the field."""
        return super().is_ready and not self._looking

    def body(self) -> Iterable[Widget]:
        """Lay out the field, what was found, and what to say where nothing was."""
        yield Input(placeholder="Words of a title, a note or a card", compact=True, id="words")
        yield MarkedList(id="found")
        yield Static(_HINT, id="hint", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Begin with the hint."""
        super().on_mount()
        found = self.query_one(OptionList)
        found.display = False
        found.can_focus = False

    async def show(self, workspace: Workspace) -> None:
        """Look again: the notes may have changed since; the first look brings the index along."""
        self._shown = None
        await self._look(workspace)

    def on_input_changed(self) -> None:
        """Look for what stands in the field now, unless that is being done already."""
        if self.warm.workspace is not None and not self._looking:
            self.run_worker(self._look(self.warm.workspace), group="look")

    async def _look(self, workspace: Workspace) -> None:
        """Search until the answer to the latest query is shown: one search at a time, no queue."""
        if self._looking:
            return
        self._looking = True
        field = self.query_one(Input)
        try:
            while (query := field.value) != self._shown:
                found = await asyncio.to_thread(search, workspace, query, _MOST)
                self._shown = query
                self._show(query, found)
        except WarmstartError as error:
            self.problem(error)
        finally:
            self._looking = False

    def _show(self, query: str, found: tuple[Found, ...]) -> None:
        self.problem(None)
        results = self.query_one(OptionList)
        if found != self._found:  # coming back from a result finds the cursor on it
            self._found = found
            results.clear_options()
            results.add_options(_options(found))
            results.action_first()
        results.display = bool(found)
        hint = self.query_one("#hint", Static)
        hint.display = not found
        hint.update(_NOTHING if query.strip() else _HINT)
        count = phrases.count(len(found), "result")
        if len(found) == _MOST:
            count = f"the first {count}"
        self.header.fact = Content(count if query.strip() else "")

    def action_move(self, step: int) -> None:
        """Move among what was found, while the field keeps the keys."""
        results = self.query_one(OptionList)
        if step > 0:
            results.action_cursor_down()
        else:
            results.action_cursor_up()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was clicked."""
        await self._open(event.option.id)

    async def action_open(self) -> None:
        """Open what the cursor stands on."""
        option = self.query_one(OptionList).highlighted_option
        await self._open(None if option is None else option.id)

    async def _open(self, place: str | None) -> None:
        if place is not None:
            hit = self._found[int(place)]
            await self.warm.open_note(hit.note_id, hit.slug or None)


def _options(found: Sequence[Found]) -> Iterable[Option]:
    """Give the results, each group under its heading; an option's id is a place in ``found``."""
    for heading, titled, is_card in (
        ("Titles", True, False),
        ("Notes", False, False),
        ("Cards", False, True),
    ):
        group = [
            (place, hit)
            for place, hit in enumerate(found)
            if (hit.titled, hit.card is not None) == (titled, is_card)
        ]
        if group:
            yield Option(
                Content.assemble((heading, "bold"), (f"  {len(group)}", "$quiet")), disabled=True
            )
        for place, hit in group:
            yield Option(_describe(hit), id=str(place))


def _describe(hit: Found) -> Content:
    """Draw a title with its note behind it, or a passage with its place above it."""
    text = _marked(hit.snippet)
    if hit.titled:
        where = f"  {safe(hit.note)}" if hit.section else ""
        return Content.assemble("  ", text, (where, "$quiet"))
    section = f" › {safe(hit.section)}" if hit.section and hit.section != hit.note else ""
    ways = "  both ways" if hit.both_ways else ""
    return Content.assemble((f"  {safe(hit.note)}{section}{ways}", "$quiet"), "\n  ", text)


def _marked(snippet: str) -> Content:
    """Return a snippet with its found words in the accent's colour, the first of them near."""
    before, *others = snippet.split(MARK_ON)
    if others and len(before) > _BEFORE:
        before = "…" + before[-_BEFORE:].partition(" ")[2]
    parts: list[str | tuple[str, str]] = [before.lstrip()]
    for other in others:
        word, _, rest = other.partition(MARK_OFF)
        parts += [(word, "bold $accent"), rest]
    return Content.assemble(*parts)
