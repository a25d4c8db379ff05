"""Dialogs: a panel over the screen that asks something and answers through ``dismiss``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from warmstart.tui.keymap import Named
from warmstart.tui.screens.base import LaidOutOnce

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.events import Key
    from textual.widget import Widget

Answer = TypeVar("Answer")
_INDENT: Final = 3
"""Cells of a menu's keys."""


class Dialog(Named, LaidOutOnce[Answer | None], ModalScreen[Answer | None]):
    """A panel with a title; ``body`` gives what stands in it. None is the answer of who leaves."""

    CSS_PATH = "dialog.tcss"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """Lay out the panel."""
        with VerticalScroll(id="panel"):
            yield Static(self._title, id="title", markup=False)
            yield from self.body()

    def body(self) -> Iterable[Widget]:
        """Give the widgets below the title."""
        raise NotImplementedError


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


class Menu(Dialog[str]):
    """Lets one choose among ``entries``, by their keys, by arrows and Enter, or by a click."""

    AUTO_FOCUS = "#entries"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape", "dismiss", "leave")]

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__(title)
        self._entries = entries

    def body(self) -> Iterable[Widget]:
        """Lay out the entries."""
        width = max(cell_len(entry.title) for entry in self._entries)
        yield OptionList(
            *(
                Option(
                    Content.assemble(
                        (entry.key.ljust(_INDENT), "bold $accent"),
                        entry.title.ljust(width + 2),
                        (entry.detail, "$quiet"),
                    ),
                    id=entry.action,
                )
                for entry in self._entries
            ),
            id="entries",
        )
        yield keys(("Enter", "choose"), ("Esc", "leave"))

    def on_key(self, event: Key) -> None:
        """Choose the entry with this key."""
        for entry in self._entries:
            if entry.key == event.character:
                event.stop()
                self.dismiss(entry.action)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose what the cursor stands on."""
        self.dismiss(event.option_id)


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
