"""A whole markdown document in one widget, drawn line by line.

It is as high as its text and lies in something that scrolls. Tab goes from link to link, Enter
follows the marked one, and ← → scroll whatever is wider than the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from warmstart.tui.markdown.blocks import Document, parse
from warmstart.tui.markdown.lines import MINIMUM, Line, lay_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.content import Content
    from textual.geometry import Size
    from textual.selection import Selection

_STEP = 8
"""Cells per press of ← or →."""


class MarkdownView(Widget, can_focus=True):
    """Shows markdown; ``Followed`` says which link was chosen, and nothing is opened by itself."""

    DEFAULT_CSS = """
    MarkdownView {
        width: 1fr;
        height: auto;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_link", "next link", show=False),
        Binding("shift+tab", "previous_link", "previous link", show=False),
        Binding("enter", "follow_marked", "follow link", show=False),
        Binding("left", "sideways(-1)", "scroll wide code left", show=False),
        Binding("right", "sideways(1)", "scroll wide code right", show=False),
    ]

    offset_x: reactive[int] = reactive(0)
    """How far wide blocks are scrolled, in cells; each stops at its own end."""
    marked: reactive[int | None] = reactive(None)
    """The index of the link that Enter follows."""

    class Followed(Message):
        """A link was chosen."""

        def __init__(self, view: MarkdownView, href: str) -> None:
            super().__init__()
            self.view = view
            self.href = href

        @property
        def control(self) -> MarkdownView:
            """The view the link stands in."""
            return self.view

    def __init__(self, markdown: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._document = parse(markdown)
        self._lines: tuple[Line, ...] = ()
        self._laid_out_for = -1
        self._goal: Callable[[], int] | None = None

    def update(self, markdown: str) -> None:
        """Show another document, from its beginning."""
        self.show_document(parse(markdown))

    def show_document(self, document: Document, *, keep: bool = False) -> None:
        """Show a document that is parsed already: from its beginning, or where the view stands.

        ``keep`` is for the same text with other figures in it.
        """
        self._document = document
        self._laid_out_for = -1
        if not keep:
            self.set_reactive(MarkdownView.offset_x, 0)
            self.set_reactive(MarkdownView.marked, None)
            self._goal = None
        self.refresh(layout=True)

    # Layout

    def lines(self, width: int) -> tuple[Line, ...]:
        """Return the lines for ``width`` cells; the last width asked for is remembered."""
        if width != self._laid_out_for:
            self._lines = lay_out(self._document, width)
            self._laid_out_for = width
        return self._lines

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """Take all there is."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of lines."""
        return len(self.lines(width))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line: its margin, then its text, scrolled if it belongs to a wide block."""
        width = self.content_size.width
        lines = self.lines(width)
        base = self.visual_style
        if not 0 <= y < len(lines):
            return Strip.blank(width, base.rich_style)
        line = lines[y]
        # A margin deeper than the screen is wide leaves a few cells for the text all the same.
        margin = self._strip(line.margin, base).crop(0, max(width - MINIMUM, 0))
        room = width - margin.cell_length
        ground = base + Style.parse(line.ground) if line.ground else base
        content = self._selected(self._marked(line.content), line, y)
        strip = self._strip(content, ground)
        if line.width:
            strip = self._window(strip, line, room, ground)
        strip = Strip.join([margin, strip.crop_extend(0, room, ground.rich_style)])
        return strip.apply_offsets(0, y)

    def _strip(self, content: Content, style: Style) -> Strip:
        return Strip(
            [
                Segment(text, part.rich_style)
                for text, part in content.render(style, end="", parse_style=self._get_style)
            ]
        )

    def _window(self, strip: Strip, line: Line, room: int, ground: Style) -> Strip:
        """Cut the visible part of a wide line, with a mark at each side where text is cut off."""
        start = min(self.offset_x, line.width - room)
        cut_right = strip.cell_length > start + room
        window = strip.crop_extend(start, start + room, ground.rich_style)
        mark = (ground + Style.parse("$accent")).rich_style
        if start:
            window = Strip.join([Strip([Segment("‹", mark)]), window.crop(1, room)])
        if cut_right:
            window = Strip.join([window.crop(0, room - 1), Strip([Segment("›", mark)])])
        return window

    def _marked(self, content: Content) -> Content:
        """Show the link that Enter follows."""
        if self.marked is None:
            return content
        for start, end, style in content.spans:
            if isinstance(style, Style) and style.meta.get("link") == self.marked:
                content = content.stylize("reverse", start, end)
        return content

    def _selected(self, content: Content, line: Line, y: int) -> Content:
        selection = self.text_selection
        span = None if selection is None else selection.get_span(y)
        if span is None:
            return content
        left = len(line.margin.plain)
        start, end = span[0] - left, span[1] - left if span[1] != -1 else len(content)
        style = self.screen.get_visual_style("screen--selection")
        return content.stylize(style, max(start, 0), max(end, 0))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Give the selected text, as it stands on the screen."""
        text = "\n".join(line.margin.plain + line.content.plain for line in self._lines)
        return selection.extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        """Draw the selection."""
        self.refresh()

    # Sideways

    def action_sideways(self, direction: int) -> None:
        """Scroll wide blocks; stops where the widest ends."""
        self.offset_x += direction * _STEP

    def validate_offset_x(self, offset: int) -> int:
        """Keep within the widest block."""
        width = self.content_size.width
        most = max(
            (line.width - width + line.margin.cell_length for line in self._lines if line.width),
            default=0,
        )
        return max(0, min(offset, most))

    def on_mouse_scroll_right(self) -> None:
        """Scroll with a sideways wheel."""
        self.action_sideways(1)

    def on_mouse_scroll_left(self) -> None:
        """Scroll with a sideways wheel."""
        self.action_sideways(-1)

    # Links and headings

    def action_next_link(self) -> None:
        """Mark the next link; past the last one, leave for the next widget."""
        self._mark(1)

    def action_previous_link(self) -> None:
        """Mark the link before; before the first one, leave for the widget before."""
        self._mark(-1)

    def _mark(self, step: int) -> None:
        count = len(self._document.links)
        start = -1 if step > 0 else count
        chosen = (start if self.marked is None else self.marked) + step
        if 0 <= chosen < count:
            self.marked = chosen
            self._reveal(chosen)
            return
        self.marked = None
        if step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def _reveal(self, link: int) -> None:
        for y, line in enumerate(self._lines):
            for _, _, style in line.content.spans:
                if isinstance(style, Style) and style.meta.get("link") == link:
                    self.show_line(y)
                    return

    def show_line(self, y: int, *, top: bool = False) -> None:
        """Scroll so that line ``y`` is seen, at the top if asked."""
        parent = self.parent
        if isinstance(parent, Widget):
            place = Region(0, self.virtual_region.y + y, self.size.width, 1)
            parent.scroll_to_region(place, top=top, animate=False, force=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Leave Enter to the screen while no link is marked."""
        return self.marked is not None if action == "follow_marked" else True

    def action_follow_marked(self) -> None:
        """Follow the marked link."""
        if self.marked is not None:
            self.action_follow(self.marked)

    def action_follow(self, link: int) -> None:
        """Say that a link was chosen, by key or by click."""
        self.post_message(self.Followed(self, self._document.links[link]))

    # Going to a place

    def go_to_heading(self, number: int) -> None:
        """Bring the heading with this number (from 0) to the top, once the text is laid out."""
        self._go_to(lambda: [y for y, line in enumerate(self._lines) if line.heading][number])

    def go_to_line(self, y: int) -> None:
        """Bring a line to the top, once the text is laid out."""
        self._go_to(lambda: y)

    @property
    def top_line(self) -> int:
        """The line at the top of what is seen."""
        parent = self.parent
        scrolled = parent.scroll_offset.y if isinstance(parent, Widget) else 0
        return max(0, scrolled - self.virtual_region.y)

    def _go_to(self, goal: Callable[[], int]) -> None:
        self._goal = goal
        self.call_after_refresh(self._arrive)

    def on_resize(self) -> None:
        """Lines have moved: what was to be reached can be by now."""
        if self._goal is not None:
            self.call_after_refresh(self._arrive)

    def _arrive(self) -> None:
        # Until the new text has its height, its lines are not where they will be.
        laid_out = self.size.width and self.size.height == len(self.lines(self.content_size.width))
        if self._goal is not None and laid_out:
            y, self._goal = self._goal(), None
            if y:
                self.show_line(y, top=True)
            elif isinstance(self.parent, Widget):
                self.parent.scroll_home(animate=False)
