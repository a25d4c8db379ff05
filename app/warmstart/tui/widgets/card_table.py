"""A table of cards, however many: it knows their ids, and reads the rows that come into sight.

It draws line by line, so that a hundred thousand cards cost no more than a screenful. What is not
there yet is asked for with ``RowsWanted`` and drawn as soon as it is handed to ``fill``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from warmstart.notes.display import plain
from warmstart.tui import phrases
from warmstart.tui.keymap import Named
from warmstart.tui.theme import colour, shape
from warmstart.tui.widgets.card_view import FLAGS
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.marked_list import marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from textual import events

    from warmstart.usecases.browse import CardRow

_STABLE: Final = 64
"""From this width on there is room for the stability."""
_NUMBER: Final = 7
_STATE: Final = 10
_SELECTED: Final = "✓"
_AHEAD: Final = 1
"""Screenfuls that are read beyond what is seen, either way."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide the columns are that give way: the question and the note."""

    front: int
    note: int
    stability: bool

    @classmethod
    def of(cls, width: int) -> Columns:
        """Divide ``width`` cells."""
        stability = width >= _STABLE
        # Mark and tick, recall, two gaps, due, state, flag.
        taken = 2 + 8 + 2 + 2 + _NUMBER + 2 + _STATE + 1 + (_NUMBER + 1 if stability else 0)
        room = max(width - taken, 12)
        note = min(room // 3, 32)
        return cls(room - note, note, stability)


class CardTable(Named, ScrollView, can_focus=True):
    """Shows cards in an order; some of them may be selected."""

    DEFAULT_CSS = """
    CardTable {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .card-table--cursor {
            background: $block-cursor-blurred-background;
        }
        &:focus > .card-table--cursor {
            background: $block-cursor-background;
        }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"card-table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "next", show=False),
        Binding("up,k", "move(-1)", "previous", show=False),
        Binding("shift+down", "extend(1)", "select to the next", show=False),
        Binding("shift+up", "extend(-1)", "select to the previous", show=False),
        Binding("pagedown", "page(1)", "a screen on", show=False),
        Binding("pageup", "page(-1)", "a screen back", show=False),
        Binding("home", "jump(0)", "the first", show=False),
        Binding("end", "jump(-1)", "the last", show=False),
    ]

    class RowsWanted(Message):
        """These cards are in sight, or nearly, and their rows are not known."""

        def __init__(self, cards: tuple[int, ...]) -> None:
            super().__init__()
            self.cards = cards

    class Moved(Message):
        """The cursor stands on another card, or what is selected has changed."""

    class Opened(Message):
        """A card was clicked that the cursor stood on already."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name for it
        super().__init__(id=id)
        self.cards: Sequence[int] = ()
        self.selected: set[int] = set()
        self.cursor = 0
        """The place of the cursor among the cards."""
        self.now: datetime | None = None
        self._rows: dict[int, CardRow] = {}
        self._asked: set[int] = set()
        self._anchor: int | None = None
        """Where a range that is being selected began."""

    # What is shown

    def show_cards(self, cards: Sequence[int], now: datetime, *, keep: int | None = None) -> None:
        """Show these cards; the cursor goes to the card ``keep``, or stays at its place."""
        self.cards, self.now = cards, now
        known = set(cards) if self.selected else set()
        self.selected &= known
        self._anchor = None
        if keep is not None and keep in cards:
            self.cursor = cards.index(keep)
        self.cursor = max(0, min(self.cursor, len(cards) - 1))
        self.virtual_size = Size(self.size.width, len(cards))
        self._bring_into_view()
        self._want()
        self.refresh()

    def forget(self) -> None:
        """Let all rows be read again: the cards may have changed."""
        self._rows.clear()
        self._asked.clear()

    def fill(self, rows: Iterable[CardRow]) -> None:
        """Take rows that were asked for, or will be."""
        for row in rows:
            self._rows[row.id] = row
            self._asked.discard(row.id)
        self.refresh()

    @property
    def current(self) -> CardRow | None:
        """The card that the cursor stands on, once it is known."""
        return self._rows.get(self.cards[self.cursor]) if self.cards else None

    @property
    def chosen(self) -> list[int]:
        """The cards that are selected, in their order; else the one that the cursor stands on."""
        if self.selected:
            return [card for card in self.cards if card in self.selected]
        return [self.cards[self.cursor]] if self.cards else []

    def _want(self) -> None:
        """Ask for the rows in sight and around it that are neither known nor asked for."""
        height = max(self.size.height, 1)
        top = max(0, round(self.scroll_offset.y) - _AHEAD * height)
        window = self.cards[top : top + (2 * _AHEAD + 1) * height]
        missing = tuple(c for c in window if c not in self._rows and c not in self._asked)
        if missing:
            self._asked.update(missing)
            self.post_message(self.RowsWanted(missing))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Read what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._want()

    def on_resize(self) -> None:
        """Keep the cursor in sight, and read what else there is room for."""
        self.virtual_size = Size(self.size.width, len(self.cards))
        self._bring_into_view()
        self._want()

    # Moving and selecting

    def action_move(self, step: int) -> None:
        """Go to the next card or the one before."""
        self._anchor = None
        self._go(self.cursor + step)

    def action_page(self, step: int) -> None:
        """Go a screenful on or back."""
        self._anchor = None
        self._go(self.cursor + step * max(self.size.height - 1, 1))

    def action_jump(self, place: int) -> None:
        """Go to the first or the last card."""
        self._anchor = None
        self._go(place % len(self.cards) if self.cards else 0)

    def action_extend(self, step: int) -> None:
        """Select the cards from here to the next, and so on."""
        if not self.cards:
            return
        if self._anchor is None:
            self._anchor = self.cursor
        before = self._range()
        self._go(self.cursor + step)
        self.selected -= before
        self.selected |= self._range()
        self.refresh()
        self.post_message(self.Moved())

    def _range(self) -> set[int]:
        anchor = self.cursor if self._anchor is None else self._anchor
        first, last = sorted((anchor, self.cursor))
        return set(self.cards[first : last + 1])

    def toggle(self) -> None:
        """Select the card, or let it go, and go on to the next."""
        if self.cards:
            self.selected ^= {self.cards[self.cursor]}
            self.refresh_line(self.cursor)
            self.action_move(1)
            self.post_message(self.Moved())

    def select_all(self) -> None:
        """Select every card, or none where all are."""
        everything = set(self.cards)
        self.selected = set() if self.selected == everything else everything
        self.refresh()
        self.post_message(self.Moved())

    def select_none(self) -> None:
        """Let all cards go."""
        self.selected = set()
        self.refresh()
        self.post_message(self.Moved())

    def _go(self, place: int) -> None:
        place = max(0, min(place, len(self.cards) - 1))
        if place != self.cursor:
            # The two lines alone: all of them would take longer than a key should.
            self.refresh_line(self.cursor)
            self.refresh_line(place)
            self.cursor = place
            self._bring_into_view()
            self.post_message(self.Moved())

    def _bring_into_view(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        """Go to the card that was clicked; open it where the cursor stood there already."""
        place = round(self.scroll_offset.y) + event.y
        if place < len(self.cards):
            if place == self.cursor:
                self.post_message(self.Opened())
            self._anchor = None
            self._go(place)

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw the line ``y`` of what is seen."""
        width = self.scrollable_content_region.width
        place = round(self.scroll_offset.y) + y
        if place >= len(self.cards):
            return Strip.blank(width, self.rich_style)
        card = self.cards[place]
        row = self._rows.get(card)
        tick = (_SELECTED, "bold $accent") if card in self.selected else (" ", "")
        line = Content.assemble(" ", tick, _line(row, Columns.of(width), self.now))
        style = (
            self.get_visual_style("card-table--cursor")
            if place == self.cursor
            else self.visual_style
        )
        (strip,) = Visual.to_strips(self, line, width, 1, style)
        strip = strip.extend_cell_length(width, style.rich_style)
        return marked(strip, self) if place == self.cursor else strip


class CardHeadings(Drawing):
    """The names of the columns; ``sorted_by`` is the name of the one they are sorted by."""

    sorted_by = ""
    descending = False

    def draw(self, width: int) -> Content:
        """Draw them over the columns of a table that is as wide, its scrollbar included."""
        columns = Columns.of(width - 1)
        sides = [("  recall", 10), ("question", columns.front + 2), ("note", columns.note + 2)]
        numbers = ["due", "stab."] if columns.stability else ["due"]
        line = Content("").join(self._heading(name, room) for name, room in sides)
        for name in numbers:
            cell = self._heading(name, 0)
            line += cell.pad_left(max(_NUMBER - cell.cell_length, 0)).pad_right(1)
        return line + Content.styled(" state", "$quiet")

    def _heading(self, name: str, room: int) -> Content:
        by = self.sorted_by and name.strip(". ") in self.sorted_by
        arrow = ("↓" if self.descending else "↑") if by else ""
        shown = Content.styled(name + arrow, "bold $foreground" if by else "$quiet")
        return shown.pad_right(max(room - shown.cell_length, 0))


def _line(row: CardRow | None, columns: Columns, now: datetime | None) -> Content:
    if row is None or now is None:
        return Content.styled("…", "$faint")
    percent = None if row.recall is None else round(100 * row.recall)
    due = "" if row.memory is None else _until(row.memory.due - now)
    memory = row.memory
    stability = "" if memory is None else phrases.interval(timedelta(days=memory.stability))
    state = row.states[0]
    resting = state in {"suspended", "paused", "buried", "reported"}
    flag, paint = FLAGS[row.flag]
    return Content("").join(
        [
            Content.styled(shape(percent), colour(percent)),
            Content.styled(
                " " + ("new" if percent is None else f"{percent}%").rjust(4), colour(percent)
            ),
            Content("  "),
            _cell(row.front, columns.front, "$quiet" if resting else ""),
            _cell(row.note, columns.note, "$quiet"),
            Content(due.rjust(_NUMBER) + " "),
            Content((stability.rjust(_NUMBER) + " ") if columns.stability else ""),
            Content(" "),
            Content.styled(state.ljust(_STATE), "$quiet" if resting else ""),
            Content.styled("⚑" if flag else " ", paint or ""),
        ]
    )


def _cell(markdown: str, room: int, style: str) -> Content:
    """Return one line of a text in exactly ``room`` cells and two more."""
    text = " ".join(plain(markdown.strip().split("\n", 1)[0]).split())
    cut = Content(text).truncate(room, ellipsis=True).plain
    return Content.styled(cut + " " * (room - cell_len(cut) + 2), style)


def _until(span: timedelta) -> str:
    """Return how long it is, with a minus for what is past."""
    if span < timedelta(0):
        return "-" + phrases.interval(-span).removeprefix("< ")
    return phrases.interval(span)
