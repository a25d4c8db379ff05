"""A widget that draws itself as styled text for the width it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

from warmstart.tui.keymap import Named

if TYPE_CHECKING:
    from textual.content import Content
    from textual.geometry import Size


class Drawing(Named, Widget):
    """As wide as its container and as high as what ``draw`` gives; lines never wrap."""

    DEFAULT_CSS = """
    Drawing {
        width: 1fr;
        height: auto;
        text-wrap: nowrap;
        text-overflow: clip;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name for it
        super().__init__(id=id)
        # What can be clicked has the look of what it is, not that of a link.
        self.auto_links = False

    def draw(self, width: int) -> Content:
        """Give the picture for ``width`` cells; its lines are parted by newlines."""
        raise NotImplementedError

    def render(self) -> Content:
        """Draw at the width there is."""
        return self.draw(self.content_size.width)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """Take all there is."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Count the lines of the picture."""
        content = self.draw(width)
        return content.plain.count("\n") + 1 if content else 0
