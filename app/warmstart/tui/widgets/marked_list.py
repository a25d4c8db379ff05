"""A list whose chosen entry carries a mark, so that it stands out without colour as well."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widgets import OptionList

_MARK: Final = "▌"


class MarkedList(OptionList):
    """Draws the mark over the cell at the left of each line; options are padded by a cell there."""

    DEFAULT_CSS = """
    MarkedList {
        & > .option-list--option { padding: 0 1; }
        .marked-list--mark { color: $accent; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"marked-list--mark"}

    def render_line(self, y: int) -> Strip:
        """Draw a line, and the mark before it where it is of the chosen entry."""
        strip = super().render_line(y)
        place = self.scroll_offset.y + y
        if self.highlighted is None or self.highlighted != self._option_at(place):
            return strip
        ground = next(iter(strip), Segment("")).style or Style()
        colour = self.get_component_rich_style("marked-list--mark", partial=True)
        return Strip.join([Strip([Segment(_MARK, ground + colour)]), strip.crop(1)])

    def _option_at(self, line: int) -> int | None:
        lines = self._lines  # Textual's own: which entry each line is of
        return lines[line][0] if line < len(lines) else None
