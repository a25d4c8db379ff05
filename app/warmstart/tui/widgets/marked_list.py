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
    from textual._widget_navigation import Direction
    from textual.widget import Widget

    _Base = OptionList
else:  # Textual reads the styles of the first base that is a widget, and that is another
    _Base = object

MARK: Final = "▌"


def marked(strip: Strip, widget: Widget) -> Strip:
    """Return a line of ``widget`` with the mark over its first cell, on the line's own ground."""
    ground = next(iter(strip), Segment("")).style or Style()
    accent = Style.parse(widget.app.theme_variables["accent"])
    return Strip.join([Strip([Segment(MARK, ground + accent)]), strip.crop(1)])


class Marks(_Base):
    """Marks each line of the chosen entry of an ``OptionList``; stands before it as a base."""

    def render_line(self, y: int) -> Strip:
        """Draw a line, and the mark before it where it is of the chosen entry."""
        strip = super().render_line(y)
        line = self.scroll_offset.y + y
        lines = self._lines  # Textual's own: which entry each line is of
        entry = lines[line][0] if line < len(lines) else None
        chosen = entry is not None and entry == self.highlighted
        return marked(strip, self) if chosen else strip

    def _move_page(self, direction: Direction) -> None:
        if self._index_to_line:  # else Textual fails: there is no page before the first layout
            super()._move_page(direction)


class MarkedList(Marks, OptionList):
    """A list with a cell for the mark."""

    DEFAULT_CSS = """
    MarkedList > .option-list--option { padding: 0 1; }
    """
