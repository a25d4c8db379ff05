"""What all views of the stage have in common.

A view shows a ``Stage`` at a cursor. Whoever plays calls ``place`` with every frame; a view looks
at what stands there, and draws again only if that differs from what it shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from warmstart.tui.screens.labs.axis import OnAxis
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from textual import events

    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis
    from warmstart.tui.screens.base import WarmScreen

INDENT = 2
"""Cells left of the axis where a view has no names there."""


class StageView(OnAxis):
    """The base of all views."""

    TIMED: ClassVar[bool] = False
    """Whether its picture lies on the time axis below it, cell by cell."""
    TALL: ClassVar[bool] = False
    """Whether the log leaves it all lines but a few."""

    stage: Stage | None = None

    @property
    def tall(self) -> bool:
        """``TALL``, unless it depends."""
        return self.TALL

    @property
    def indent(self) -> int:
        """How many cells its picture leaves at the left of the axis, for names."""
        return INDENT

    def on_click(self, event: events.Click) -> None:
        """Go to the moment that was clicked, where the picture lies on the axis."""
        if self.TIMED:
            super().on_click(event)

    def show(self, stage: Stage) -> None:
        """Show another trace."""
        raise NotImplementedError

    def grow(self, stage: Stage) -> None:
        """Show what a trace has grown to; where one stood and what was chosen stays."""
        raise NotImplementedError

    def wanted(self, width: int) -> int:
        """Return how many lines it would like to have."""
        raise NotImplementedError

    def move(self, by: int) -> bool:
        """Do what ↑ (-1) and ↓ (1) mean here; tell whether the cursor is to be placed again."""
        raise NotImplementedError

    def page(self, by: int) -> bool:
        """Do what Page Up (-1) and Page Down (1) mean here; tell the same."""
        raise NotImplementedError

    def seek(self) -> int | None:
        """Return the moment that the last ``move`` leads to, if it leads to one."""
        return None

    def closer(self) -> WarmScreen | None:
        """Return a screen that shows more of what is looked at, where there is one."""
        return None


class DrawnView(Drawing, StageView):
    """A view that draws lines of text; of more than fit, those from ``top`` on."""

    HEAD: ClassVar[int] = 0
    """Lines on top that stay when the others scroll."""
    DEFAULT_CSS = """
    DrawnView { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.top = 0
        self._seen: object = None

    def show(self, stage: Stage) -> None:
        """Show another trace, from the top."""
        self.stage = stage
        self.top = 0
        self._seen = None
        self.refresh()

    def grow(self, stage: Stage) -> None:  # noqa: ARG002 it is the one that is shown
        """Look again at what is seen."""
        self._seen = None

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Stand at a moment; draw again if what is seen there differs."""
        self.axis, self.cursor, self.names = axis, cursor, names
        seen = self.see()
        if seen != self._seen:
            self._seen = seen
            self.refresh()

    def see(self) -> object:
        """Return all that the picture depends on, but for the size: compared by ``==``."""
        raise NotImplementedError

    def lines(self, width: int) -> list[Content]:
        """Draw what is seen; lines that are too long are cut."""
        raise NotImplementedError

    def draw(self, width: int) -> Content:
        """Draw the lines that are in view, and in a line of its own how many are not."""
        every = self.lines(width)
        head, lines = every[: self.HEAD], every[self.HEAD :]
        height = max(self.size.height - len(head), 1)
        counts = len(lines) > height > 1
        height -= counts
        self.top = min(self.top, max(len(lines) - height, 0))
        visible = lines[self.top : self.top + height]
        shown = [line.truncate(width, ellipsis=True) for line in [*head, *visible]]
        if counts:
            more = _more(self.top, len(lines) - self.top - height)
            shown.append(Content.styled(more.rjust(width), "$quiet"))
        return Content("\n").join(shown)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002
        """Take what the stage gives it; the picture need not be drawn to find that out."""
        return 1

    def wanted(self, width: int) -> int:
        """Ask for as many lines as there are."""
        return len(self.lines(width)) if self.stage is not None else 1

    def move(self, by: int) -> bool:
        """Scroll."""
        self.top = max(self.top + by, 0)
        self.refresh()
        return False

    def page(self, by: int) -> bool:
        """Scroll by what is in view, less a line to read on from."""
        return DrawnView.move(self, by * max(self.size.height - self.HEAD - 2, 1))


def _more(above: int, below: int) -> str:
    return " ".join(f"{sign} {count}" for sign, count in (("↑", above), ("↓", below)) if count)
