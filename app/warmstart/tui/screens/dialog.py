"""Dialogs: a panel over the screen that asks something and answers through ``dismiss``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.style import Style
from textual.widgets import Static

from warmstart.tui.keymap import Named
from warmstart.tui.screens.drawn_once import DrawnOnce
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.marked_list import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.events import Click, Key
    from textual.widget import Widget

Answer = TypeVar("Answer")
_INDENT: Final = 3
"""Cells of a menu's keys."""


class Dialog(Named, DrawnOnce[Answer | None], ModalScreen[Answer | None]):
    """A panel with a title; ``body`` gives what stands in it. None is the answer of who leaves."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, f"scroll_panel('{action}')", show=False)
        for keys, action in (
            ("up", "up"), ("down", "down"), ("pageup", "page_up"), ("pagedown", "page_down"),
            ("home", "home"), ("end", "end"),
        )
    ]  # fmt: skip

    SCROLLS: ClassVar[str] = "#panel"
    """What these keys scroll: a panel that is higher than the screen, or a part of one that is not,
    above lines that stay."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._behind_at = Size(0, 0)
        self._behind: list[Strip] | None = None
        """What is seen behind the panel, line by line; None until it is drawn."""

    def compose(self) -> ComposeResult:
        """Lay out the panel."""
        with VerticalScroll(id="panel", can_focus=False):
            yield Static(self._title, id="title", markup=False)
            yield from self.body()

    def body(self) -> Iterable[Widget]:
        """Give the widgets below the title."""
        raise NotImplementedError

    def action_scroll_panel(self, where: str) -> None:
        """Scroll: "up", "page_down", "end" and so on."""
        getattr(self.query_one(self.SCROLLS), f"scroll_{where}")(animate=False)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Ask to be drawn; the screen below, too, asks for it here when it has changed."""
        if repaint and not layout:
            self._behind = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw what stands behind the panel: the screen below, seen through the background.

        Textual would hand that screen through Rich and blend each segment's colours anew, which was
        most of the time that a dialog took to open.
        """
        if self._behind is None or self._behind_at != self.size:
            self._behind, self._behind_at = self._veil(), self.size
        lines = self._behind[crop.y : crop.bottom]
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def _veil(self) -> list[Strip]:
        width, height = self.size
        background, filters = self.styles.background, self.get_line_filters()
        lines = []
        for line in self._below(width, height):
            veiled = Strip([_veiled(segment, background) for segment in line], line.cell_length)
            for one in filters:
                veiled = veiled.apply_filter(one, background)
            lines.append(veiled)
        return lines

    def _below(self, width: int, height: int) -> list[Strip]:
        """Return the lines of the screen below; after a resize it may have its old size still."""
        stack = self.app.screen_stack
        below = stack[stack.index(self) - 1]
        lines = below._compositor.render_strips()[:height]  # noqa: SLF001 what stands there
        lines += [Strip.blank(width)] * (height - len(lines))
        return [line.adjust_cell_length(width) for line in lines]


def _veiled(segment: Segment, veil: Color) -> Segment:
    return Segment(segment.text, _veiled_style(segment.style or RichStyle(), veil))


@lru_cache(1024)
def _veiled_style(style: RichStyle, veil: Color) -> RichStyle:
    """Return ``style`` with its colours seen through ``veil``, and without what can be clicked."""
    colours = [
        None if colour is None else (Color.from_rich_color(colour) + veil).rich_color
        for colour in (style.color, style.bgcolor)
    ]
    return style.clear_meta_and_links() + RichStyle.from_color(*colours)


def keys(*pairs: tuple[str, str]) -> Static:
    """Return the last line of a dialog: its keys, each with what it does."""
    return Static(
        Content("    ").join(
            Content.assemble((key, "bold $accent"), f"  {meaning}") for key, meaning in pairs
        )
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu: its key, what it does, and what comes of that."""

    key: str
    action: str
    """The menu's answer."""
    title: str
    detail: str


class Choices(Drawing):
    """Draws the entries of a menu, and marks the one that Enter chooses.

    It stands for an ``OptionList``, which takes as long to come up as all else of a dialog.
    """

    cursor: reactive[int] = reactive(0)

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(id="entries")
        self._entries = entries

    def draw(self, width: int) -> Content:
        """Draw a line an entry; what does not fit is cut."""
        title = max(cell_len(entry.title) for entry in self._entries)
        lines = []
        for place, entry in enumerate(self._entries):
            chosen = place == self.cursor
            line = Content.assemble(
                (MARK if chosen else " ", "$accent"),
                (entry.key.ljust(_INDENT), "bold $accent"),
                entry.title.ljust(title + 2),
                (entry.detail, "$quiet"),
            ).truncate(width, ellipsis=True, pad=True)
            if chosen:
                line = line.stylize("on $block-cursor-background")
            lines.append(line.stylize(Style.from_meta({"entry": entry.action})))
        return Content("\n").join(lines)


class Menu(Dialog[str]):
    """Lets one choose among ``entries``, by their keys, by arrows and Enter, or by a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("enter", "choose", "choose"),
        Binding("q,escape", "dismiss", "leave"),
    ]

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__(title)
        self._entries = entries

    def body(self) -> Iterable[Widget]:
        """Lay out the entries."""
        yield Choices(self._entries)
        yield keys(("Enter", "choose"), ("Esc", "leave"))

    def on_key(self, event: Key) -> None:
        """Choose the entry with this key."""
        for entry in self._entries:
            if entry.key == event.character:
                event.stop()
                event.prevent_default()
                self.dismiss(entry.action)

    def on_click(self, event: Click) -> None:
        """Choose what was clicked."""
        if action := event.style.meta.get("entry"):
            self.dismiss(action)

    def action_move(self, step: int) -> None:
        """Move the mark up (-1) or down (1), from the end to the beginning too."""
        choices = self.query_one(Choices)
        choices.cursor = (choices.cursor + step) % len(self._entries)
        line = Region(0, choices.virtual_region.y + choices.cursor, 1, 1)
        self.query_one("#panel").scroll_to_region(line, animate=False)

    def action_choose(self) -> None:
        """Choose what is marked."""
        self.dismiss(self._entries[self.query_one(Choices).cursor].action)


class Question(Dialog[bool]):
    """Asks before something is done; ``verb`` is what Enter does. Answers True for yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "dismiss(True)", "do it"),
        Binding("q,escape", "dismiss", "leave"),
    ]

    def __init__(self, title: str, sentence: str, verb: str) -> None:
        super().__init__(title)
        self._sentence = sentence
        self._verb = verb

    def body(self) -> Iterable[Widget]:
        """Lay out what will happen, and the two ways on."""
        yield Static(self._sentence, id="about", markup=False)
        yield keys(("Enter", self._verb), ("Esc", "leave it"))


class Facts(Dialog[None]):
    """Shows pairs of name and value."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,q,escape", "dismiss", "close", show=False)
    ]

    def __init__(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__(title)
        self._facts = facts

    def body(self) -> Iterable[Widget]:
        """Lay out the facts under one another."""
        width = max(cell_len(name) for name, _ in self._facts)
        lines = (
            Content.assemble((name.ljust(width + 2), "$quiet"), value)
            for name, value in self._facts
        )
        yield Static(Content("\n").join(lines), id="about")
        yield keys(("Esc", "close"))
