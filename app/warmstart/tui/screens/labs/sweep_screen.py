"""A knob run through: bars for each figure, one for each value, as the runs come in."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui.screens.base import CLOSING, WarmScreen
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.plot import bar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

    from warmstart.labs.figures import Figure
    from warmstart.labs.sweep import Row, Sweep
    from warmstart.usecases.lab_run import Labs

_NARROWEST: Final = 34
"""Cells that a figure's bars want; where more fit, figures stand side by side."""
_GAP: Final = 4


class SweptBars(Drawing):
    """The bars of each figure."""

    def __init__(self, sweep: Sweep) -> None:
        super().__init__()
        self._sweep = sweep
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Draw one more value."""
        self._rows.append(row)
        self.refresh(layout=True)

    def draw(self, width: int) -> Content:
        """Draw the figures, as many beside one another as fit."""
        figures = self._sweep.figures
        beside = min(len(figures), max(1, (width + _GAP) // (_NARROWEST + _GAP)))
        wide = (width - _GAP * (beside - 1)) // beside
        blocks = [self._block(place, figure, wide) for place, figure in enumerate(figures)]
        lines: list[Content] = []
        for first in range(0, len(blocks), beside):
            row = zip(*blocks[first : first + beside], strict=True)
            lines += [Content(" " * _GAP).join(parts) for parts in row]
            lines.append(Content(""))
        return Content("\n").join(lines[:-1])

    def _block(self, place: int, figure: Figure, width: int) -> list[Content]:
        knob = self._sweep.knob
        names = [safe(knob.show(value)) for value in self._sweep.values]
        found = [row.figures[place] for row in self._rows]
        said = [figure.show(value) for value in found]
        name_width = min(max(map(len, names)), width // 3)
        said_width = max(map(len, said), default=0)
        room = max(width - name_width - said_width - 2, 4)
        lengths = [value or 0 for value in found]
        most = max(lengths, default=0) or 1
        lines = [Content.styled(safe(figure.title), "bold").pad_right(width).truncate(width)]
        for at, name in enumerate(names):
            shown = Content.styled(name[:name_width].ljust(name_width), "$quiet")
            if at < len(found):
                numbers = said[at].rjust(said_width)
                shown = Content.assemble(shown, " ", numbers, " ", bar(lengths[at] / most, room))
            lines.append(shown.pad_right(max(width - shown.cell_length, 0)))
        return lines


class RowCame(Message):
    """A run has ended."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.row = row


class SweepEnded(Message):
    """All have, or one could not be carried out."""

    def __init__(self, error: WarmstartError | None) -> None:
        super().__init__()
        self.error = error


class SweepScreen(WarmScreen):
    """Runs a lab for each value of a knob, and shows what that does to its figures."""

    PLACE = "Lab"
    ABOUT = (
        "The lab, run once for each value of one knob, all others where they stand. Each block is "
        "a figure, each bar a value; the longest bar is the greatest. Runs that were made before "
        "are not made again. q stops and goes back."
    )
    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = "#swept"
    BINDINGS: ClassVar[list[BindingType]] = [*CLOSING]

    def __init__(self, labs: Labs, sweep: Sweep) -> None:
        super().__init__()
        self._labs = labs
        self._sweep = sweep
        self._stop = threading.Event()
        self._came = 0
        self._swept = SweptBars(sweep)

    def body(self) -> Iterable[Widget]:
        """Lay out the bars so that they can be scrolled."""
        with VerticalScroll(id="swept"):
            yield self._swept

    def on_mount(self) -> None:
        """Begin."""
        sweep = self._sweep
        turned = [f"{name}={value}" for name, value in sweep.knobs.items()]
        place = ["Lab", sweep.lab.title, f"{sweep.knob.label} swept", *turned]
        self.header.place = safe(" · ".join(place))
        self._say()
        self._carry_out()

    def on_unmount(self) -> None:
        """Let no run go on that nobody waits for."""
        self._stop.set()

    @work(thread=True)
    def _carry_out(self) -> None:
        """Run the lab; this is the thread, and all it does is post messages."""
        error = None
        try:
            for row in self._labs.sweep(self._sweep, cancelled=self._stop.is_set):
                if self._stop.is_set():
                    return
                self.post_message(RowCame(row))
        except WarmstartError as found:
            error = found
        self.post_message(SweepEnded(error))

    def on_row_came(self, message: RowCame) -> None:
        """Draw it."""
        self._came += 1
        self._swept.add(message.row)
        self._say()

    def on_sweep_ended(self, message: SweepEnded) -> None:
        """Say why there is no more, if there should be."""
        if message.error is not None and not self._stop.is_set():
            self.problem(message.error)

    def _say(self) -> None:
        total = len(self._sweep.values)
        running = f"{self._came} of {total} runs" if self._came < total else ""
        self.header.fact = Content(f"{running}   seed {self._sweep.seed}".lstrip())
