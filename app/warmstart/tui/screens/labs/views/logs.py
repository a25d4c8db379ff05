"""The log up to the cursor, and what of it fits a query; ↑ and ↓ go from line to line."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from textual.content import Content

from warmstart.labs.log import brief
from warmstart.labs.timeline import stopwatch
from warmstart.labs.views.logs import level_of, select
from warmstart.text import counted, fit, safe
from warmstart.tui.screens.labs.parts import TONES
from warmstart.tui.screens.labs.views.base import DrawnView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.labs.log import Entry
    from warmstart.labs.stage import Stage

_AHEAD = 4
"""The part of the lines that shows what comes after the cursor: one in so many."""
_WHERE = 18


class LogsView(DrawnView):
    """The log's lines."""

    TALL = True

    def __init__(self) -> None:
        super().__init__()
        self.asked = ""
        self._requests: frozenset[str] | None = None
        """Only lines of these invocations."""
        self._whose = ""
        self._lines: Sequence[Entry] = ()
        self._of: tuple[object, ...] | None = None
        """What the lines were selected by."""
        self._sought: int | None = None

    def show(self, stage: Stage) -> None:
        """Show another trace; its requests are others, the query stays."""
        self._requests, self._whose = None, ""
        super().show(stage)

    def wanted(self, width: int) -> int:  # noqa: ARG002 it takes what there is
        """Ask for a line each."""
        return len(self.stage.log) + 1 if self.stage else 1

    def ask(self, query: str) -> None:
        """Show only what fits a query."""
        self.asked = query
        self._seen = None
        self.refresh()

    def only(self, requests: frozenset[str] | None, name: str = "") -> None:
        """Show only lines of some invocations; None shows all again."""
        self._requests, self._whose = requests, name
        self._seen = None
        self.refresh()

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.asked or self._requests is not None)

    def _selected(self) -> Sequence[Entry]:
        if self.stage is None:
            return ()
        of = (self.asked, self._requests, len(self.stage.log), id(self.stage))
        if of != self._of:
            self._of = of
            self._lines = (
                select(self.stage.log, self.asked, self._requests)
                if self.filtered
                else self.stage.log
            )
        return self._lines

    def _place_of(self, at: int) -> int:
        """Return how many lines lie at or before a moment."""
        return bisect.bisect_right(self._selected(), at, key=lambda entry: entry.at)

    def see(self) -> object:
        """Return how many lines have been written."""
        return self._place_of(self.cursor), self.asked, self._requests, len(self._selected())

    def move(self, by: int) -> bool:
        """Go to the moment of the line before or after."""
        lines = self._selected()
        if by > 0:
            place = self._place_of(self.cursor)
        else:
            place = bisect.bisect_left(lines, self.cursor, key=lambda entry: entry.at) - 1
            if self._place_of(self.cursor) == place + 1 and place >= 0:
                # The line at the foot lies before the cursor: the one above it is meant.
                now = lines[place].at
                place = bisect.bisect_left(lines, now, key=lambda entry: entry.at) - 1
        if not 0 <= place < len(lines):
            return False
        self._sought = lines[place].at
        return True

    def page(self, by: int) -> bool:
        """Go to the moment of the line that far ahead or back."""
        lines = self._selected()
        place = self._place_of(self.cursor) - 1 + by * max(self.size.height - 2, 1)
        if not lines:
            return False
        self._sought = lines[min(max(place, 0), len(lines) - 1)].at
        return True

    def seek(self) -> int | None:
        """Return the moment of the line that was chosen."""
        return self._sought

    def draw(self, width: int) -> Content:
        """Draw what is filtered, and the lines round the cursor."""
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in self.lines(width))

    def lines(self, width: int) -> list[Content]:  # noqa: ARG002 cut by whoever draws
        """Draw the head, and as many lines as fit, those ahead of the cursor faintly."""
        found = self._selected()
        written = self._place_of(self.cursor)
        height = max(self.size.height - 1, 1)
        ahead = min(len(found) - written, height // _AHEAD)
        first = max(written + ahead - height, 0)
        shown = found[first : first + height]
        where = min(max((len(entry.where) for entry in shown), default=0), _WHERE)
        lines = [self._head(written, len(found))]
        for number, entry in enumerate(shown, first):
            behind = number < written
            last = number == written - 1
            style = TONES[entry.tone] if level_of(entry) != "error" else "$failed"
            lines.append(
                Content.assemble(
                    ("▸" if last else " ", "bold $accent"),
                    (f"{stopwatch(entry.at)}  {fit(safe(entry.where), where)}  ", "$quiet"),
                    (safe(brief(entry.text)).replace("\n", " "), style),
                )
                if behind
                else Content.styled(
                    f" {stopwatch(entry.at)}  {fit(safe(entry.where), where)}  "
                    + safe(brief(entry.text)).replace("\n", " "),
                    "$faint",
                )
            )
        return lines

    def _head(self, written: int, count: int) -> Content:
        if not self.filtered:
            said = f"{written:,} of {counted(count, 'line')}"
            return Content.assemble(
                (said, "$quiet"), ("   /", "bold $accent"), (" filters", "$quiet")
            )
        by = " ".join(filter(None, (self.asked, self._whose and f"of {self._whose}")))
        return Content.assemble(
            (safe(by), "bold"),
            (f"   {written:,} of {counted(count, 'line')} that fit", "$quiet"),
            ("   Esc", "bold $accent"),
            (" all lines", "$quiet"),
        )
