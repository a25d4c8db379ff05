"""The first line of a screen: where one is on the left, one fact on the right."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class HeaderLine(Widget):
    """Draws ``place`` and, at the right end, ``fact``; where both do not fit, the place gives way.

    ``fact`` may be styled content; ``place`` is plain text with ``›`` or ``·`` between its parts.
    """

    DEFAULT_CSS = """
    HeaderLine {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
    }
    """

    place: reactive[str] = reactive("")
    fact: reactive[Content] = reactive(Content(""))

    def __init__(self, place: str = "", fact: str | Content = "") -> None:
        super().__init__()
        self.set_reactive(HeaderLine.place, place)
        self.set_reactive(HeaderLine.fact, Content(fact) if isinstance(fact, str) else fact)

    def render(self) -> Content:
        """Draw the line at the width there is."""
        width = self.content_size.width
        room = width - self.fact.cell_length - 2
        place = Content.styled(self.place, "bold").truncate(max(room, 0), ellipsis=True)
        gap = width - place.cell_length - self.fact.cell_length
        return Content.assemble(place, " " * max(gap, 0), self.fact.stylize_before("$quiet"))
