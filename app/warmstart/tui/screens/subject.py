"""Choosing a note or a tag, by typing part of its name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from warmstart.text import safe
from warmstart.tui.screens.dialog import Dialog, keys
from warmstart.tui.widgets.marked_list import MarkedList
from warmstart.usecases.progress import EVERYTHING, Subject, subjects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.usecases.workspace import Workspace

_NOTHING: Final = "No note or tag with cards is called so."
_MOST: Final = 50
"""How many are listed: whoever would read on types another letter."""


class SubjectPicker(Dialog[Subject]):
    """Answers with what was chosen; everything stands first."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        # The field has the focus, and these keys have other meanings there.
        Binding("enter", "choose", "choose", priority=True),
        Binding("down", "move(1)", "next", priority=True),
        Binding("up", "move(-1)", "previous", priority=True),
        Binding("escape", "dismiss", "leave"),
    ]

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("Progress of")
        self._workspace = workspace
        self._all: list[Subject] = []
        self._shown: list[Subject] = []

    def body(self) -> Iterable[Widget]:
        """Lay out the field and the list."""
        yield Input(placeholder="Part of a note's title or of a tag", compact=True)
        found = MarkedList(id="entries")
        found.can_focus = False
        yield found
        yield keys(("Enter", "choose"), ("Esc", "leave"))

    async def on_mount(self) -> None:
        """Read what there is to choose from."""
        self._all = await asyncio.to_thread(subjects, self._workspace)
        self._fill("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what holds the text typed."""
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        wanted = text.casefold().strip()
        self._shown = [
            subject
            for subject in [EVERYTHING, *self._all]
            if wanted in (subject.title or "everything").casefold()
        ][:_MOST]
        found = self.query_one(OptionList)
        found.clear_options()
        found.add_options(
            Option(
                Content(safe(subject.title)) if subject.title else Content("everything"),
                id=str(n),
            )
            for n, subject in enumerate(self._shown)
        )
        if not self._shown:
            found.add_option(Option(Content.styled(_NOTHING, "$quiet"), disabled=True))
        found.action_first()

    def action_move(self, step: int) -> None:
        """Move among them, while the field keeps the keys."""
        found = self.query_one(OptionList)
        if step > 0:
            found.action_cursor_down()
        else:
            found.action_cursor_up()

    def action_choose(self) -> None:
        """Answer with what the cursor stands on."""
        place = self.query_one(OptionList).highlighted
        if place is not None and self._shown:
            self.dismiss(self._shown[place])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with what was clicked."""
        self.dismiss(self._shown[event.option_index])
