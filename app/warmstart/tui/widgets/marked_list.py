"""The mark of what is chosen in a list, so that it stands out without colour as well.

Every list keeps a cell for it at the left of its lines, so nothing moves when the mark does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widgets import OptionList

if TYPE_CHECKING:
    from textual.widget import Widget

MARK: Final = "▌"


def marked(strip: Strip, widget: Widget) -> Strip:
    """Return a line of ``widget`` with the mark over its first cell, on the line's own ground."""
    ground = next(iter(strip), Segment("")).style or Style()
    accent = Style.parse(widget.app.theme_variables["accent"])
    return Strip.join([Strip([Segment(MARK, ground + accent)]), strip.crop(1)])


class MarkedList(OptionList):
    """Marks each line of the chosen entry."""

    DEFAULT_CSS = """
    MarkedList > .option-list--option { padding: 0 1; }
    """

    def render_line(self, y: int) -> Strip:
        """Draw a line, and the mark before it where it is of the chosen entry."""
        strip = super().render_line(y)
        place = self.scroll_offset.y + y
        if self.highlighted is None or self.highlighted != self._option_at(place):
            return strip
        return marked(strip, self)

    def _option_at(self, line: int) -> int | None:
        lines = self._lines  # Textual's own: which entry each line is of
        return lines[line][0] if line < len(lines) else None
