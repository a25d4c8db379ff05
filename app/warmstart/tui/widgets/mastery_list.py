"""A list of notes with their mastery, which unfold to the concepts in them.

Ten thousand notes may stand in it, so it draws only the lines that are seen and asks for the next
page of notes when the cursor nears the end of those it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.keymap import Named
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.marked_list import marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.events import Click

    from warmstart.usecases.progress import NoteMastery
    from warmstart.usecases.warmths import ConceptNode

_DEEPEST: Final = 3
"""Levels of concepts below a note that unfold; all of them are in Notes."""
_EMPTY: Final = "No note with cards yet: warmstart import FOLDER brings some."
_AHEAD: Final = 30
"""Lines before the end at which the next page is asked for."""
_BARS: Final = ((100, 30), (70, 20), (0, 8))
"""How long the bars are, by the width there is."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: a note, or a concept somewhere below it."""

    note_id: int
    concept: int
    title: str
    mastery: int | None
    cards: int
    depth: int


class MasteryList(Named, ScrollView, can_focus=True):
    """Notes by mastery, with a cursor."""

    DEFAULT_CSS = """
    MasteryList {
        height: 1fr;
        background: $background;
        text-wrap: nowrap;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", key_display="Enter"),
        Binding("right,space", "unfold", "unfold", key_display="→"),
        Binding("left", "fold", "fold", show=False),
        Binding("down", "move(1)", "next", show=False),
        Binding("up", "move(-1)", "previous", show=False),
        Binding("pagedown", "page(1)", "a page on", show=False),
        Binding("pageup", "page(-1)", "a page back", show=False),
        Binding("home", "ends(0)", "the first", show=False),
        Binding("end", "ends(1)", "the last", show=False),
    ]

    class Opened(Message):
        """A concept was chosen."""

        def __init__(self, concept: int) -> None:
            super().__init__()
            self.concept = concept

    class Unfolded(Message):
        """The concepts of a note are wanted: ``unfold`` takes them."""

        def __init__(self, note_id: int) -> None:
            super().__init__()
            self.note_id = note_id

    class NearEnd(Message):
        """The next page of notes is wanted: ``extend`` takes it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name for it
        super().__init__(id=id)
        self._rows: list[_Row] = []
        self._open: set[int] = set()
        self._leaves: set[int] = set()
        """Notes known to have nothing below them."""
        self._cursor = 0
        self._filled = False
        self._more = False

    @property
    def notes(self) -> int:
        """How many notes stand in the list."""
        return sum(not row.depth for row in self._rows)

    def fill(self, notes: Sequence[NoteMastery], *, more: bool, keep: bool = True) -> None:
        """Show these notes, folded; with ``keep`` the cursor stays on its note if it is there."""
        before = self._rows[self._cursor].note_id if self._rows and keep else None
        self._rows = [_of_note(note) for note in notes]
        self._open.clear()
        self._more = more
        self._filled = True
        places = [n for n, row in enumerate(self._rows) if row.note_id == before]
        self._cursor = places[0] if places else 0
        self._changed()
        self._follow()

    def extend(self, notes: Sequence[NoteMastery], *, more: bool) -> None:
        """Add the next page."""
        self._rows += [_of_note(note) for note in notes]
        self._more = more
        self._changed()

    def unfold(self, note_id: int, tree: ConceptNode) -> None:
        """Show a note's concepts below it."""
        place = next((n for n, row in enumerate(self._rows) if row.note_id == note_id), None)
        if place is None or note_id in self._open:
            return
        below = list(_below(tree, 1))
        if not below:
            self._leaves.add(note_id)
            self.refresh()
            return
        self._open.add(note_id)
        self._rows[place + 1 : place + 1] = below
        if self._cursor > place:
            self._cursor += len(below)
        self._changed()

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is seen."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if not self._rows and not y and self._filled:
            said = Content.styled(_EMPTY, "$quiet")
            return Visual.to_strips(self, said, width, 1, self.visual_style, pad=True)[0]
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        line = self._line(self._rows[place], width)
        if place == self._cursor:
            look = "" if self.has_focus else "-blurred"
            line = line.pad_right(max(width - line.cell_length, 0))
            line = line.stylize(f"on $block-cursor{look}-background")
        (strip,) = Visual.to_strips(self, line, width, 1, self.visual_style, pad=True)
        return marked(strip, self) if place == self._cursor else strip

    def _line(self, row: _Row, width: int) -> Content:
        bar = next(cells for least, cells in _BARS if width >= least)
        figures = phrases.count(row.cards, "card").rjust(12)
        indent = " " + "  " * row.depth  # the first cell is the mark's
        leaf = row.depth or row.note_id in self._leaves
        fold = "  " if leaf else "▾ " if row.note_id in self._open else "▸ "
        room = max(width - len(indent) - len(fold) - bar - len(figures) - 8, 8)
        name = Content(safe(row.title).replace("\n", " ")).truncate(room, ellipsis=True)
        return Content.assemble(
            indent,
            (fold, "$quiet"),
            temperature.mark(row.mastery),
            " ",
            name,
            " " * (room - name.cell_length),
            temperature.number(row.mastery),
            " ",
            temperature.bar(row.mastery, bar),
            (figures, "$quiet"),
        )

    def action_open(self) -> None:
        """Choose what the cursor stands on."""
        if self._rows:
            row = self._rows[self._cursor]
            self.post_message(self.Opened(row.concept))

    def action_unfold(self) -> None:
        """Unfold the note under the cursor, or fold it again."""
        if not self._rows:
            return
        row = self._rows[self._cursor]
        if row.note_id in self._open:
            self.action_fold()
        else:
            self.post_message(self.Unfolded(row.note_id))

    def action_fold(self) -> None:
        """Fold the note that the cursor is in."""
        if not self._rows or (note := self._rows[self._cursor].note_id) not in self._open:
            return
        self._open.discard(note)
        self._cursor = next(n for n, row in enumerate(self._rows) if row.note_id == note)
        self._rows = [row for row in self._rows if row.note_id != note or not row.depth]
        self._changed()
        self._follow()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._cursor = min(max(self._cursor + by, 0), max(len(self._rows) - 1, 0))
        if self._more and self._cursor >= len(self._rows) - _AHEAD:
            self._more = False  # until the page is there
            self.post_message(self.NearEnd())
        self._follow()
        self.refresh()

    def action_page(self, by: int) -> None:
        """Move the cursor by what is seen."""
        self.action_move(by * max(self.scrollable_content_region.height - 1, 1))

    def action_ends(self, last: int) -> None:
        """Go to the first line, or to the last there is."""
        self.action_move(len(self._rows) if last else -len(self._rows))

    def on_click(self, event: Click) -> None:
        """Put the cursor where one clicks; a second click chooses."""
        place = event.y + self.scroll_offset.y
        if place < len(self._rows):
            if place == self._cursor:
                self.action_open()
            self.action_move(place - self._cursor)

    def on_resize(self) -> None:
        """Keep the width of the list that of the screen."""
        self._changed()

    def _changed(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
        self.refresh()

    def _follow(self) -> None:
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, force=True)


def _of_note(note: NoteMastery) -> _Row:
    return _Row(note.note_id, note.concept, note.title, note.mastery, note.cards, 0)


def _below(tree: ConceptNode, depth: int) -> Iterator[_Row]:
    for node in tree.children:
        # Terms are one card each: a list of them says no more than the note's cards do.
        if node.cards and node.kind != "term":
            yield _Row(node.note_id, node.id, node.title, node.mastery, node.cards, depth)
            if depth < _DEEPEST:
                yield from _below(node, depth + 1)
