"""Dialogs that ask for a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input, Static, TextArea

from warmstart.tui.screens.dialog import Dialog, keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget


class Report(Dialog[str]):
    """Asks what is wrong with a card; the answer may be empty."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "leave", priority=True)]

    def __init__(self) -> None:
        super().__init__("This card is wrong")

    def body(self) -> Iterable[Widget]:
        """Lay out what will happen, and the line for the sentence."""
        yield Static(
            "It leaves your queue until its text is changed, or until you resume it. It is listed "
            "with your sentence by  warmstart notes --problems  and on the page of its note.",
            id="about",
            markup=False,
        )
        yield Input(placeholder="What is wrong with it?", id="sentence")
        yield keys(("Enter", "report it"), ("Esc", "leave it"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the sentence."""
        self.dismiss(event.value.strip())


class Remark(Dialog[str]):
    """Lets a note to oneself be written; an empty one takes it away."""

    AUTO_FOCUS = "TextArea"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "keep", priority=True),
        Binding("escape", "dismiss", "leave", priority=True),
    ]

    def __init__(self, text: str) -> None:
        super().__init__("A note to yourself")
        self._text = text

    def body(self) -> Iterable[Widget]:
        """Lay out the text."""
        yield Static("It is shown below this card's answer, and nowhere else.", id="about")
        yield TextArea(self._text, id="text", compact=True, tab_behavior="focus")
        yield keys(("Ctrl+S", "keep"), ("Esc", "leave it"))

    def action_keep(self) -> None:
        """Answer with the text."""
        self.dismiss(self.query_one(TextArea).text.strip())


class Line(Dialog[str]):
    """Asks for a line; ``amiss`` tells what is wrong with one, None where nothing is."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "leave", priority=True)]

    def __init__(
        self,
        title: str,
        about: str,
        *,
        verb: str,
        placeholder: str = "",
        amiss: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        super().__init__(title)
        self._about = about
        self._verb = verb
        self._placeholder = placeholder
        self._amiss = amiss

    def body(self) -> Iterable[Widget]:
        """Lay out what will happen, and the line."""
        yield Static(self._about, id="about", markup=False)
        yield Input(placeholder=self._placeholder, id="sentence")
        yield Static(id="amiss", markup=False)
        yield keys(("Enter", self._verb), ("Esc", "leave it"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the line, or say what is wrong with it."""
        line = event.value.strip()
        if (amiss := self._amiss(line)) is None:
            self.dismiss(line)
        else:
            self.query_one("#amiss", Static).update(amiss)
