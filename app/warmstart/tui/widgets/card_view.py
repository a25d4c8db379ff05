"""A card as it is asked: its question, what one can pick or type, and the answer below.

The answer opens under the question, and nothing jumps. Rules are elsewhere: what a card offers and
what a typed answer comes to is told by ``notes`` and ``study``; this draws it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Rule, Static

from warmstart.notes.answers import expected
from warmstart.notes.choices import Offer, offer
from warmstart.notes.display import for_display, plain
from warmstart.notes.model import CardKind
from warmstart.study.cards import Phase
from warmstart.study.typed import compare
from warmstart.study.typed import suggested as suggested_by_typing
from warmstart.text import safe
from warmstart.tui.markdown.blocks import parse
from warmstart.tui.widgets.choice_lines import choice_document
from warmstart.tui.widgets.choice_lines import suggested as suggested_by_choice
from warmstart.tui.widgets.difference import Difference
from warmstart.tui.widgets.markdown_view import MarkdownView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from warmstart.study.cards import Rating
    from warmstart.tui.markdown.blocks import Code
    from warmstart.tui.markdown.pictures import Pictures
    from warmstart.tui.widgets.answer_input import AnswerInput
    from warmstart.usecases.review import ShownCard

FLAGS = (
    ("", ""),
    ("red", "$failed"),
    ("orange", "$running"),
    ("green", "$success"),
    ("blue", "$secondary"),
    ("pink", "$throttled"),
    ("turquoise", "$restored"),
    ("purple", "$compensated"),
)
"""The flags by their number, as Anki names them, each with the theme's colour for it."""
_PADDED = 8
"""Cells that the text has less than the screen: its padding, and room for a scroll bar."""
_LEAST = 20
"""Cells of a card's place that are shown on the narrowest screen."""
_CLOSED = ("#anchor", "#difference", "#back", "#remark", "#source")
"""What opens with the answer."""


class CardView(VerticalScroll, can_focus=False):
    """Draws one card; ``suggested`` is the rating that what was picked or typed suggests."""

    DEFAULT_CSS = """
    CardView {
        & #kind, & #options { margin-bottom: 1; }
        & #front { text-style: bold; margin-bottom: 1; }
        & #anchor { margin: 0 0 1 0; color: $rule; }
        & #difference { margin-bottom: 1; }
        & #remark, & #source { margin-top: 1; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name for it
        super().__init__(id=id)
        self.card: ShownCard | None = None
        self.offer: Offer | None = None
        self.picked: frozenset[int] = frozenset()
        self.revealed = False
        self.suggested: Rating | None = None
        self._pictures: Pictures | None = None
        self._back: str | None = None
        """What stands behind the question, until it is made ready."""
        self._typing: AnswerInput | None = None

    def compose(self) -> ComposeResult:
        """Lay out all the parts; which of them are seen depends on the card and the moment."""
        yield Static(id="kind", classes="quiet")
        yield MarkdownView(id="front")
        yield MarkdownView(id="options")
        yield Rule(id="anchor")
        yield Difference(id="difference")
        yield MarkdownView(id="back")
        yield Static(id="remark")
        source = Static(id="source", classes="quiet")
        source.auto_links = False
        yield source

    # What is shown

    def ask(self, card: ShownCard, pictures: Pictures | None, *, typed: bool) -> None:
        """Show a card's question, from its beginning, the answer closed."""
        self.revealed = False
        self.picked = frozenset()
        self.suggested = None
        self.query_one(Difference).comparison = None
        self.update(card, pictures)
        for part in _CLOSED:
            self.query_one(part).display = False
        self.type_it(typed=typed and self.offer is None)
        self.scroll_home(animate=False)

    def update(self, card: ShownCard, pictures: Pictures | None) -> None:
        """Write the card's text afresh: it is the same card, perhaps in other words."""
        self.card, self._pictures = card, pictures
        asks = card.kind == CardKind.QUESTION
        self.offer = offer(card.front, card.back) if asks else None
        self.picked &= frozenset(range(len(self.offer.options) if self.offer else 0))
        front = self.offer.question if self.offer else card.front
        back = self.offer.explanation if self.offer else card.back
        self.query_one("#kind", Static).update(_kind(card))
        self._show("#front", front)
        # The question comes first: the answer is made ready while it is read.
        self._back = back
        self.call_after_refresh(self._make_ready)
        self.query_one("#options").display = self.offer is not None
        self._draw_options()
        self.query_one("#remark", Static).update(_remark(card.remark))
        self.query_one("#source", Static).update(_source(card, self.app.size.width - _PADDED))
        if self.revealed:
            self._open()

    def _make_ready(self) -> None:
        if self._back is not None:
            self._show("#back", self._back)
            self._back = None

    def _show(self, part: str, markdown: str) -> None:
        view = self.query_one(part, MarkdownView)
        view.show_document(parse(for_display(markdown), self._pictures))

    def _draw_options(self) -> None:
        if self.offer is not None:
            document = choice_document(self.offer, self.picked, told=self.revealed)
            self.query_one("#options", MarkdownView).show_document(document, keep=True)

    def reveal(self) -> None:
        """Open the answer, and say what was picked or typed comes to."""
        self.revealed = True
        typed = self._typing.value if self._typing is not None else ""
        if self.offer is not None:
            self.suggested = suggested_by_choice(self.offer, self.picked)
            self._draw_options()
        elif typed.strip() and self.card is not None:
            card = self.card
            comparison = compare(typed, expected(card.kind, card.front, card.back))
            self.query_one(Difference).comparison = comparison
            self.suggested = suggested_by_typing(comparison.verdict)
        self._open()
        back = self.query_one("#back", MarkdownView)
        # Where there is nothing to scroll or to follow the keys stay where they are: a move of the
        # focus makes Textual look up the styles of every widget on the way.
        if back.display and (back.document.links or back.document.is_shaped):
            back.focus(scroll_visible=False)
        elif self._typing is not None:
            self.query_one("#front").focus(scroll_visible=False)
        self._stop_typing()
        # A question longer than the screen: move just so far that the answer begins on it.
        self.call_after_refresh(self._bring_into_view)

    def _open(self) -> None:
        self._make_ready()
        for part in _CLOSED:
            self.query_one(part).display = True
        if self.offer is not None:
            explained = bool(self.offer.explanation)
            self.query_one("#back").display = self.query_one("#anchor").display = explained
        self.query_one("#difference").display = self.query_one(Difference).comparison is not None
        self.query_one("#remark").display = bool(self.card and self.card.remark)

    def _bring_into_view(self) -> None:
        first = "#options" if self.offer is not None else "#anchor"
        begins = self.query_one(first).virtual_region.y - self.scroll_offset.y
        if begins >= self.size.height - 1:
            self.scroll_to_widget(self.query_one(first), top=True, animate=False)

    # What one does

    def pick(self, place: int) -> None:
        """Pick an option, or let it go; where one is right, another pick replaces the first."""
        if self.offer is None or self.revealed:
            return
        single = sum(option.correct for option in self.offer.options) == 1
        if place in self.picked:
            self.picked -= {place}
        else:
            self.picked = frozenset({place}) if single else self.picked | {place}
        self._draw_options()

    def type_it(self, *, typed: bool) -> None:
        """Let the answer be typed, or just thought of."""
        self._stop_typing()
        if not typed:
            self.query_one("#front").focus(scroll_visible=False)
            return
        from warmstart.tui.widgets.answer_input import AnswerInput

        self._typing = AnswerInput()
        self.mount(self._typing, before="#anchor")
        self._typing.focus()

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.remove()
            self._typing = None

    @property
    def is_typing(self) -> bool:
        """Whether the answer is being typed."""
        return self._typing is not None

    # What it holds

    def seen(self) -> Iterable[MarkdownView]:
        """Give the texts that are open now."""
        parts: Iterable[Widget] = self.query("#front, #options, #back")
        return [view for view in parts if isinstance(view, MarkdownView) and view.display]

    @property
    def codes(self) -> list[Code]:
        """The code that is open now; that of the answer first, which is what one comes for."""
        return [code for view in reversed(list(self.seen())) for code in view.document.codes]

    @property
    def picture_addresses(self) -> list[str]:
        """The addresses of the pictures that are open now, those of the answer first."""
        return [a for view in reversed(list(self.seen())) for a in view.document.pictures]


def _kind(card: ShownCard) -> Content:
    new = "new " if card.phase is Phase.NEW else ""
    name, colour = FLAGS[card.flag]
    return Content.assemble(f"{new}{card.kind}", (f"   ⚑ {name}" if name else "", colour))


def _remark(text: str) -> Content:
    lines = safe(text).split("\n")
    return Content("\n").join(
        Content.assemble(("▎ ", "$accent"), (line, "italic")) for line in lines
    )


def _source(card: ShownCard, width: int) -> Content:
    """Say where the card is from, in a line: its key stays whole, and the place gives way."""
    key = Content.assemble("  ", ("o", "bold $accent"), " open").stylize("@click=screen.open_note")
    _, *section = dict.fromkeys(plain(part) for part in card.breadcrumb)
    place = " · ".join([f"from {safe(card.note_name)}", *section])
    room = max(width - key.cell_length, _LEAST)
    return Content(place).truncate(room, ellipsis=True) + key
