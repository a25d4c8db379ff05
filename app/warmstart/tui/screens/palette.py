"""The command palette, with the mark of our lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.command import CommandInput, CommandList, CommandPalette, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.widgets import LoadingIndicator

from warmstart.tui.widgets.marked_list import Marks

if TYPE_CHECKING:
    from textual.app import ComposeResult


class PaletteList(Marks, CommandList):
    """What fits the words typed."""


class Palette(CommandPalette):
    """Textual's, with another list."""

    def compose(self) -> ComposeResult:
        """Lay out what Textual looks for, by its names."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder=self._placeholder, select_on_focus=False)
            with Vertical(id="--results"):
                yield PaletteList()
                yield LoadingIndicator()
