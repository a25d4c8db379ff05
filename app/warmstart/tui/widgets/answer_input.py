"""Where an answer is typed. A module of its own: most cards are answered without it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from warmstart.tui.keymap import Named


class AnswerInput(Named, Input):
    """One line of text; Enter compares it, Esc leaves it."""

    DEFAULT_CSS = """
    AnswerInput {
        border: none;
        height: 1;
        padding: 0 1;
        margin-bottom: 1;
        background: $panel;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "compare", key_display="Enter"),
        Binding("escape", "stop_typing", "no typing", key_display="Esc"),
    ]

    class Stopped(Message):
        """The learner would rather not type."""

    def __init__(self) -> None:
        super().__init__(placeholder="type the answer", compact=True, select_on_focus=False)

    def action_stop_typing(self) -> None:
        """Leave the answer untyped."""
        self.post_message(self.Stopped())
