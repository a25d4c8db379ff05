"""A card's page: what it says, what is remembered of it, and everything that happened to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical, VerticalScroll
from textual.widgets import Rule

from warmstart.notes.display import for_display, plain
from warmstart.text import safe
from warmstart.tui.markdown.blocks import parse
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.card_commands import CARD_KEYS
from warmstart.tui.screens.many_cards import MANY_KEYS, ManyCardsScreen
from warmstart.tui.widgets.card_figures import CardFigures
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.usecases.browse import CardPage, card

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import Binding, BindingType
    from textual.widget import Widget

    from warmstart.usecases.workspace import Workspace


def _keys(*actions: str) -> Iterable[BindingType]:
    keys: list[Binding] = [key for key in CARD_KEYS if not isinstance(key, tuple)]
    return [key for key in keys if key.action in actions]


class CardPageScreen(ManyCardsScreen):
    """One card in full."""

    PLACE = "Card"
    ABOUT = (
        "A card with its answer, what is remembered of it, and its log. The curve is recall since "
        "the first review: it falls as time passes and jumps up with each answer; behind “now” it "
        "is what would come without another review. The past is computed with the parameters in "
        "force now."
    )
    CSS_PATH = "card_page.tcss"
    AUTO_FOCUS = "#page"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (116, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
        *_keys("edit", "open_note"),
        *MANY_KEYS,
        *_keys("report"),
        *CLOSING,
    ]

    def __init__(self, key: int) -> None:
        super().__init__()
        self._key = key
        self._page: CardPage | None = None

    def body(self) -> Iterable[Widget]:
        """Lay out the text, and the figures beside or below it."""
        with VerticalScroll(id="page"):
            with Vertical(id="text"):
                yield MarkdownView(id="front")
                yield Rule(id="between")
                yield MarkdownView(id="back")
            yield CardFigures(id="figures")

    @property
    def asked(self) -> CardPage | None:
        """The card."""
        return self._page

    @property
    def chosen(self) -> list[int]:
        """The card alone."""
        return [] if self._page is None else [self._key]

    async def look_again(self) -> None:
        """Draw the card as it is now."""
        if self.warm.workspace is not None:
            await self.show(self.warm.workspace)

    async def show(self, workspace: Workspace) -> None:
        """Read the card and draw it."""
        page = await asyncio.to_thread(card, workspace, self._key)
        self._page = page
        if page is None:
            self.problem("This card is gone.")
            return
        # A note that begins with its title as a heading would be named twice.
        named = page.section and page.section != page.row.note
        section = f" › {plain(page.section)}" if named else ""
        self.header.place = f"Card · {safe(page.row.note)}{section}"
        self.query_one("#front", MarkdownView).show_document(parse(for_display(page.row.front)))
        self.query_one("#back", MarkdownView).show_document(parse(for_display(page.back)))
        figures = self.query_one(CardFigures)
        figures.page, figures.now, figures.curve = page, workspace.clock(), workspace.curve
        figures.refresh(layout=True)

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the card."""
        if self._page is not None:
            await self.warm.follow(message.href, self._page.note_id)
