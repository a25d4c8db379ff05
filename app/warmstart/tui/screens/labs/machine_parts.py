"""What stands beside a machine's graph: the data of a state, and the history around the cursor."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.message import Message

from warmstart.labs.timeline import stopwatch
from warmstart.labs.visits import OPEN, Status
from warmstart.runtime.asl.graph import kind
from warmstart.text import counted, fit, safe
from warmstart.tui.markdown.highlight import highlight
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from textual import events

    from warmstart.labs.machine import Data, Play, StateShown
    from warmstart.runtime.asl.model import State

_SIDE_BY_SIDE: Final = 64
"""Cells from which on input and output stand side by side."""
_STATUS: Final = {
    Status.AHEAD: ("not entered yet", "$quiet"),
    Status.RUNNING: ("at work", "$running"),
    Status.RETRYING: ("waits to be tried again", "$retried"),
    Status.DONE: ("done", "$success"),
    Status.FAILED: ("failed", "$failed"),
    Status.ABORTED: ("cut off", "$throttled"),
    Status.COMPENSATED: ("has undone", "$compensated"),
}


class RuleLine(Drawing):
    """A rule that carries a few words."""

    words: Content = Content("")

    def place(self, words: Content) -> None:
        """Carry other words."""
        if words != self.words:
            self.words = words
            self.refresh()

    def draw(self, width: int) -> Content:
        """Draw the rule."""
        if not self.words:
            return Content.styled("─" * width, "$rule")
        line = Content.assemble(("── ", "$rule"), self.words, " ").truncate(width, ellipsis=True)
        return Content.assemble(line, ("─" * (width - line.cell_length), "$rule"))


def about(state: State, shown: StateShown, undoes: str) -> Content:
    """Return a state's name and type, and what it is in."""
    words, style = _STATUS[shown.status]
    if shown.status is Status.COMPENSATED and undoes:
        words = f"{words} {undoes}"
    also = [words]
    if shown.retries:
        also.append("1 retry" if shown.retries == 1 else f"{shown.retries} retries")
    if shown.visits > 1:
        also.append(f"entered {shown.visits} times")
    if shown.undone:
        also.append("undone since")
    return Content.assemble(
        (safe(state.name), "bold"), (f" · {kind(state)} · ", "$quiet"),
        (safe(", ".join(also)), style),
    )  # fmt: skip


class StateData(Drawing):
    """What goes into a state and what comes out, side by side where there is room.

    Lines of the output that the input has not are marked with a ``+``.
    """

    DEFAULT_CSS = "StateData { height: 1fr; }"

    data: Data | None = None
    status: Status = Status.AHEAD
    whole: bool = False
    """Whether all of it is drawn, one under the other, however many lines that takes."""

    def place(self, data: Data | None, status: Status) -> None:
        """Show another state's data, or of another moment."""
        if (data, status) != (self.data, self.status):
            self.data, self.status = data, status
            self.refresh()

    def draw(self, width: int) -> Content:
        """Draw as many lines as there is room for, and say so where there are more."""
        if self.data is None:
            return Content.styled("It has not been entered yet: no data.", "$quiet")
        if self.whole:
            lines = [*came_in(self.data), *went_out(self.data, self.status)]
            return Content("\n").join(part for line in lines for part in line.wrap(width))
        lines = self._lines(self.data, width)
        height = max(self.size.height, 1)
        if len(lines) > height:
            more = Content.styled(f"↓ {len(lines) - height + 1} more lines: Enter", "$quiet")
            lines = [*lines[: height - 1], more]
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _lines(self, data: Data, width: int) -> list[Content]:
        left, right = came_in(data), went_out(data, self.status)
        if width < _SIDE_BY_SIDE:
            return [*left, *right]
        room = (width - 3) // 2
        return [
            Content.assemble(_padded(one, room), (" │ ", "$rule"), _padded(other, room))
            for one, other in zip_longest(left, right, fillvalue=Content(""))
        ]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002
        """Take what there is, or in whole what it needs."""
        return self.draw(width).plain.count("\n") + 1 if self.whole else 1


def _padded(line: Content, room: int) -> Content:
    line = line.truncate(room, ellipsis=True)
    return Content.assemble(line, " " * (room - line.cell_length))


def came_in(data: Data) -> list[Content]:
    """Return a state's input as lines, and below it what its task was given, if that differs."""
    lines = [_head("in"), *_json(data.input)]
    if data.arguments is not None and _pretty(data.arguments) != _pretty(data.input):
        lines += [_head("given"), *_json(data.arguments)]
    return lines


def went_out(data: Data, status: Status) -> list[Content]:
    """Return as lines what a state's work gave, what went wrong, its output, its variables."""
    lines: list[Content] = []
    if data.error is not None or data.cause is not None:
        error = ": ".join(word for word in (data.error, data.cause) if word)
        lines += [
            _head("error"),
            *(Content.styled(safe(line), "$failed") for line in _error(error)),
        ]
    if data.result is not None and (
        data.output is None or _pretty(data.result) != _pretty(data.output)
    ):
        lines += [_head("result"), *_json(data.result)]
    if data.output is not None:
        lines += [_head("out"), *_json(data.output, beside=data.input)]
    for name, value in data.assigned:
        lines += [_head(f"${name}"), *_json(value)]
    if not lines:
        waits = "nothing yet" if status in OPEN else "nothing"
        lines = [_head("out"), Content.styled(waits, "$quiet")]
    return lines


def _head(word: str) -> Content:
    return Content.styled(safe(word), "bold $quiet")


def _error(text: str) -> list[str]:
    return text.splitlines() or [""]


@lru_cache(maxsize=64)
def _pretty(text: str) -> tuple[str, ...]:
    try:
        return tuple(safe(json.dumps(json.loads(text), indent=2, ensure_ascii=False)).split("\n"))
    except (ValueError, RecursionError):
        return (safe(text).replace("\n", " "),)


@lru_cache(maxsize=2_048)
def _coloured(line: str) -> Content:
    """Colour a line; from one step to the next most of them stay."""
    return highlight(line, "json")


_SHOWN: Final = 400
"""Lines of a value that are drawn at most; more than that nobody reads in a terminal."""


def _json(text: str, *, beside: str | None = None) -> list[Content]:
    lines = _pretty(text)
    known = None if beside is None else {line.rstrip(",") for line in _pretty(beside)}
    found = []
    for line in lines[:_SHOWN]:
        new = known is not None and line.rstrip(",") not in known
        mark = ("+ ", "bold $accent") if new else ("  ", "")
        found.append(Content.assemble(mark, _coloured(line)))
    if len(lines) > _SHOWN:
        found.append(Content.styled(f"  … {counted(len(lines) - _SHOWN, 'line')} more", "$quiet"))
    return found


class History(Drawing):
    """The events around the one that the cursor stands on; a click goes to one."""

    DEFAULT_CSS = "History { height: 1fr; }"

    class Sought(Message):
        """An event was clicked."""

        def __init__(self, count: int) -> None:
            super().__init__()
            self.count = count

    play: Play | None = None
    count: int = 0

    def place(self, play: Play, count: int) -> None:
        """Stand after so many events."""
        if (play, count) != (self.play, self.count):
            self.play, self.count = play, count
            self.refresh()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002
        """Take what there is."""
        return 1

    @property
    def first(self) -> int:
        """The number of events up to the one on the first line."""
        height = max(self.size.height, 1)
        total = len(self.play) if self.play else 0
        return max(min(self.count - height // 2, total - height + 1), 1)

    def draw(self, width: int) -> Content:
        """Draw as many events as fit, the present one among them."""
        if self.play is None:
            return Content("")
        lines = []
        for count in range(self.first, min(self.first + self.size.height, len(self.play) + 1)):
            told = self.play.told(count)
            here = count == self.count
            style = "$failed" if told.failed else "$foreground"
            if count > self.count:
                style = "$faint"
            line = Content.assemble(
                ("▸ " if here else "  ", "bold $accent"),
                (f"{stopwatch(told.at)}  ", "$quiet"),
                (fit(told.type, 24) + " ", f"bold {style}" if here else style),
                (safe(told.state), "$foreground" if count <= self.count else "$faint"),
                (f"  {safe(told.note)}".replace("\n", " ") if told.note else "", "$quiet"),
            )
            lines.append(line.truncate(width, ellipsis=True))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Say which event was clicked."""
        if self.play is not None and self.first + event.y <= len(self.play):
            self.post_message(self.Sought(self.first + event.y))
