"""Editing a card's two sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Static, TextArea

from warmstart.tui.screens.dialog import Dialog, keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget


class EditScreen(Dialog[tuple[str, str]]):
    """Lets both sides of a card be changed; answers with them once they are accepted."""

    AUTO_FOCUS = "#front"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "accept", priority=True),
        Binding("escape", "dismiss", "leave", priority=True),
    ]

    def __init__(self, front: str, back: str, why: str = "") -> None:
        super().__init__("Edit the card")
        self._sides = (front, back)
        self._why = why

    def body(self) -> Iterable[Widget]:
        """Lay out the two sides."""
        front, back = self._sides
        if self._why:
            yield Static(self._why, id="about", markup=False)
        yield Static("Question", classes="quiet")
        yield TextArea(front, id="front", compact=True, tab_behavior="focus")
        yield Static("Answer", classes="quiet")
        yield TextArea(back, id="back", compact=True, tab_behavior="focus")
        yield Static(id="amiss", markup=False)
        yield keys(("Ctrl+S", "accept"), ("Tab", "the other side"), ("Esc", "leave it"))

    def action_accept(self) -> None:
        """Answer with both sides; neither may be empty."""
        front, back = (self.query_one(side, TextArea).text for side in ("#front", "#back"))
        if front.strip() and back.strip():
            self.dismiss((front, back))
        else:
            self.query_one("#amiss", Static).update("A card needs both a question and an answer.")
