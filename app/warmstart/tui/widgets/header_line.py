"""The first line of a screen: where one is on the left, one fact on the right."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

_PART: Final = " › "
_SHORTEST: Final = 8


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

    def __init__(self, place: str, fact: Content) -> None:
        super().__init__()
        self.set_reactive(HeaderLine.place, place)
        self.set_reactive(HeaderLine.fact, fact)

    def render(self) -> Content:
        """Draw the line at the width there is."""
        width = self.content_size.width
        room = width - self.fact.cell_length - 2
        place = Content.styled(fit(self.place, max(room, 0)), "bold")
        gap = width - place.cell_length - self.fact.cell_length
        return Content.assemble(place, " " * max(gap, 0), self.fact.stylize_before("$quiet"))


def fit(place: str, room: int) -> str:
    """Return ``place`` in at most ``room`` cells: the longest of its parts is cut, again and again.

    So the note's long title gives way, and the section, which says more, stays.
    """
    parts = place.split(_PART)
    while (excess := cell_len(_PART.join(parts)) - room) > 0:
        longest = max(range(len(parts)), key=lambda index: cell_len(parts[index]))
        length = cell_len(parts[longest])
        if length <= _SHORTEST:
            return set_cell_size(_PART.join(parts), room).rstrip()
        parts[longest] = _cut(parts[longest], max(length - excess, _SHORTEST))
    return _PART.join(parts)


def _cut(text: str, room: int) -> str:
    return set_cell_size(text, room - 1).rstrip() + "…"
