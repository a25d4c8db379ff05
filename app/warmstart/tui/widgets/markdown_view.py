"""A whole markdown document in one widget, drawn line by line.

It is as high as its text and lies in something that scrolls. Tab goes from link to link, Enter
follows the marked one, and ← → scroll what is wider than the screen: one block at a time, of those
that are seen.
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

from warmstart.tui.keymap import Named
from warmstart.tui.markdown.blocks import Code, Document, parse
from warmstart.tui.markdown.lines import MINIMUM, Line, lay_out, more

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.content import Content
    from textual.events import MouseScrollLeft, MouseScrollRight
    from textual.geometry import Size
    from textual.selection import Selection

_STEP = 8
"""Cells per press of ← or →."""


class MarkdownView(Named, Widget, can_focus=True):
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
        self._scrolled: dict[int, int] = {}
        """How far wide blocks are scrolled, in cells, by their index in the document."""
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
            self._scrolled.clear()
            self.set_reactive(MarkdownView.marked, None)
            self._goal = None
        self.refresh(layout=True)

    @property
    def document(self) -> Document:
        """What it shows."""
        return self._document

    @property
    def seen_codes(self) -> tuple[Code, ...]:
        """The code that is on the screen."""
        seen = {line.block for line in self._seen()}
        blocks = enumerate(self._document.blocks)
        return tuple(b for place, b in blocks if place in seen and isinstance(b, Code))

    @property
    def top_heading(self) -> int | None:
        """The number (from 0) of the heading that what is seen stands below; None above all."""
        above = [line for line in self._lines[: self.top_line + 1] if line.heading]
        return len(above) - 1 if above else None

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
        text = line.content
        if line.is_hint:
            text = more(self._beyond(line) - self._offset(line), room)
        content = self._selected(self._marked(text), line, y)
        strip = self._strip(content, ground)
        if line.width and not line.is_hint:
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
        start = self._offset(line)
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
        """Scroll a wide block that is seen, right (1) or left (-1); the others stay.

        Right, it is the first that has something left to show; left, the last that was scrolled:
        so a block below another is reached once that one is at its end.
        """
        seen = [line for line in self._seen() if line.width]
        if direction < 0:
            seen.reverse()
        for line in seen:
            if self._slide(line, direction):
                return

    def _slide(self, line: Line, direction: int) -> bool:
        """Scroll the block of ``line``, and say whether it was not at its end."""
        now = self._offset(line)
        then = max(0, min(now + direction * _STEP, self._beyond(line)))
        self._scrolled[line.block] = then
        self.refresh()
        return then != now

    def _seen(self) -> tuple[Line, ...]:
        """Return the lines that are on the screen."""
        parent = self.parent
        height = parent.size.height if isinstance(parent, Widget) else self.size.height
        return self._lines[self.top_line : self.top_line + height]

    def _beyond(self, line: Line) -> int:
        """Return how many cells of the wide block of ``line`` do not fit."""
        width = self.content_size.width
        margin = min(line.margin.cell_length, max(width - MINIMUM, 0))
        return max(line.width - (width - margin), 0)

    def _offset(self, line: Line) -> int:
        # The screen may have become wider since the block was scrolled.
        return min(self._scrolled.get(line.block, 0), self._beyond(line))

    def on_mouse_scroll_right(self, event: MouseScrollRight) -> None:
        """Scroll the block under the pointer with a sideways wheel."""
        self._wheel(event.y, 1)

    def on_mouse_scroll_left(self, event: MouseScrollLeft) -> None:
        """Scroll the block under the pointer with a sideways wheel."""
        self._wheel(event.y, -1)

    def _wheel(self, y: int, direction: int) -> None:
        if 0 <= y < len(self._lines) and self._lines[y].width:
            self._slide(self._lines[y], direction)

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
