"""A line of tabs: the pages of a screen by number and name, the one shown underlined by colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style

from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click


class TabLine(Drawing):
    """Shows ``tabs``; the present one stands in brackets, so that it reads without colour."""

    DEFAULT_CSS = """
    TabLine {
        dock: top;
        height: 1;
        padding: 0 1;
        margin-top: 1;
    }
    """

    current: reactive[str] = reactive("")

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self, tabs: Sequence[str]) -> None:
        super().__init__()
        self._tabs = tuple(tabs)
        self.set_reactive(TabLine.current, self._tabs[0])

    def draw(self, width: int) -> Content:
        """Draw the tabs: set apart, or close together, or the numbers of the others alone."""
        for full, space in ((True, " "), (True, ""), (False, "")):
            line = self._line(full=full, space=space)
            if line.cell_length <= width:
                break
        return line

    def _line(self, *, full: bool, space: str) -> Content:
        parts = []
        for number, tab in enumerate(self._tabs, 1):
            here = tab == self.current
            name = f" {tab}" if full or here else ""
            text = f"[{number}{name}]" if here else f"{space}{number}{name}{space}"
            style = "bold $accent" if here else "$quiet"
            parts.append(Content.styled(text, style).stylize(Style.from_meta({"tab": tab})))
        return Content(" ").join(parts)

    def on_click(self, event: Click) -> None:
        """Choose the tab that was clicked."""
        if tab := event.style.meta.get("tab"):
            self.post_message(self.Chosen(tab))
