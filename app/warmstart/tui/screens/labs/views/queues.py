"""Queue depths over the time axis: a small plot for each queue, and what is in it at the cursor.

A column stands for all messages in the queue: from below those in flight, the visible ones, those
that are delayed. Where only the top of a column fits in a cell, the cell takes what is uppermost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content

from warmstart.labs.timeline import clock
from warmstart.text import fit, safe
from warmstart.tui.screens.labs.views.base import DrawnView

if TYPE_CHECKING:
    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis
    from warmstart.labs.views.queues import Queue, QueueNow

_NAMES: Final = (12, 18)
"""Cells left of the axis."""
_HEIGHTS: Final = (3, 5)
"""Lines of a plot: at least one, at most so many on a low and on a high screen."""
_HIGH: Final = 32
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_PARTS: Final = (("▒", "$idle"), ("█", "$running"), ("░", "$cold"))
"""In flight, visible, delayed: from below."""


class QueuesView(DrawnView):
    """The queues at the cursor."""

    TIMED: ClassVar[bool] = True
    TALL = True

    def __init__(self) -> None:
        super().__init__()
        self._queues: list[Queue] = []
        self._plots: dict[tuple[int, int], list[list[tuple[str, str]]]] = {}
        """The cells of each plot, by queue and height, for the axis in view."""

    def show(self, stage: Stage) -> None:
        """Show another trace."""
        self._queues = stage.queues.all()
        self._plots.clear()
        super().show(stage)

    def grow(self, stage: Stage) -> None:
        """Draw the plots again, and those of new queues."""
        self._queues = stage.queues.all()
        self._plots.clear()
        super().grow(stage)

    @property
    def indent(self) -> int:
        """Room for the names, or for most of them."""
        longest = max((len(queue.name) for queue in self._queues), default=0)
        return min(max(longest, _NAMES[0]), _NAMES[1]) + 2

    def wanted(self, width: int) -> int:  # noqa: ARG002 the axis is cut, not wrapped
        """Ask for a plot and a line for each queue."""
        return len(self._queues) * (_HEIGHTS[self.app.size.height >= _HIGH] + 1) or 1

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Forget what was worked out for another axis."""
        if axis is not self.axis:
            self._plots.clear()
        super().place(axis, cursor, names)

    def see(self) -> object:
        """Return the axis, the cell of the cursor and what is in each queue."""
        return self.axis, self.cell, [queue.at(self.cursor) for queue in self._queues]

    def lines(self, width: int) -> list[Content]:
        """Draw the queues one under another."""
        if not self._queues:
            return [Content.styled("The application has no queue.", "$quiet")]
        if self.axis is None:
            return []
        height = max(self.size.height // len(self._queues) - 1, 1)
        height = min(height, _HEIGHTS[self.app.size.height >= _HIGH])
        lines = []
        for number, queue in enumerate(self._queues):
            now = queue.at(self.cursor)
            plot = self._plot(number, queue, height)
            lines += [self._gutter(queue, now, row) + self._row(plot[row]) for row in range(height)]
            lines.append(self._said(queue, now, width))
        return lines

    def _gutter(self, queue: Queue, now: QueueNow, row: int) -> Content:
        room = self.names - 2
        text = ("", "")
        if row == 0:
            text = (
                fit(safe(queue.name), room),
                "bold $failed" if self._bad(queue, now) else "bold",
            )
        elif row == 1:
            kind = "dead letters" if queue.is_dead_letter else f"most {queue.highest:,}"
            text = (fit(kind, room), "$quiet")
        return Content.assemble((text[0].ljust(room), text[1]), ("│ ", "$rule"))

    @staticmethod
    def _bad(queue: Queue, now: QueueNow) -> bool:
        return queue.is_dead_letter and now.visible + now.in_flight > 0

    def _row(self, cells: list[tuple[str, str]]) -> Content:
        """Draw a line of a plot; what lies ahead of the cursor is not told yet."""
        cut = min(max(self.cell + 1, 0), len(cells))
        parts: list[tuple[str, str]] = []
        for character, style in cells[:cut]:
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + character, style)
            else:
                parts.append((character, style))
        return Content.assemble(*parts)

    def _plot(self, number: int, queue: Queue, height: int) -> list[list[tuple[str, str]]]:
        """Return the cells of a plot, by line from the top."""
        if (number, height) in self._plots:
            return self._plots[number, height]
        if self.axis is None:
            return [[] for _ in range(height)]
        edges = [*self.axis.edges[:-1], self.axis.edges[-1] + 1]
        levels = (queue.in_flight, queue.visible, queue.delayed)
        columns = list(zip(*(level.highest_in(edges) for level in levels), strict=True))
        top = max(queue.highest, 1)
        lines: list[list[tuple[str, str]]] = [[] for _ in range(height)]
        for column in columns:
            heights = _stacked(column, top, height)
            for row in range(height):
                lines[row].append(_cell(heights, (height - 1 - row) * 8))
        self._plots[number, height] = lines
        return lines

    def _said(self, queue: Queue, now: QueueNow, width: int) -> Content:
        parts: list[tuple[str, str]] = [("".ljust(self.names - 2) + "└ ", "$rule")]
        for value, word, (shape, style) in (
            (now.visible, "visible", _PARTS[1]),
            (now.in_flight, "in flight", _PARTS[0]),
            (now.delayed, "delayed", _PARTS[2]),
        ):
            if value or word == "visible":
                parts += [(f"{shape} ", style), (f"{value:,} {word}   ", "")]
        if now.oldest is not None:
            age = clock((self.cursor - now.oldest) // 1_000 * 1_000, 1)
            parts.append((f"oldest {age}   ", "$quiet"))
        again = [(count, many) for count, many in now.received if count > 1]
        if again:
            words = ", ".join(f"{many:,} received {count}×" for count, many in again)
            parts.append((f"{words}   ", "bold $retried"))
        if not queue.is_dead_letter:
            parts.append((f"{now.deleted:,} done of {now.sent:,}", "$quiet"))
        return Content.assemble(*parts).truncate(width, ellipsis=True)


def _stacked(column: tuple[float, ...], top: int, height: int) -> list[int]:
    """Return where each part of a column ends, in eighths of a line; any message shows."""
    ends, total = [], 0.0
    for value in column:
        total += value
        ends.append(max(round(min(total / top, 1) * height * 8), 1) if total else 0)
    return ends


def _cell(ends: list[int], base: int) -> tuple[str, str]:
    """Return the character of a cell whose foot is at ``base`` eighths, and its style."""
    filled = min(max(ends[-1] - base, 0), 8)
    if not filled:
        return " ", ""
    middle = base + filled / 2
    part = next(place for place, end in enumerate(ends) if end >= middle)
    shape, style = _PARTS[part]
    return (shape if filled == 8 else _EIGHTHS[filled]), style  # noqa: PLR2004 — a whole cell
