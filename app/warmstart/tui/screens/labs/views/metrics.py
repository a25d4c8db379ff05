"""CloudWatch's metrics over the time axis: a line of small columns for each, up to the cursor."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content

from warmstart.text import fit, safe
from warmstart.tui.screens.labs.views.base import DrawnView

if TYPE_CHECKING:
    from warmstart.labs.stage import Stage
    from warmstart.labs.timeline import Axis
    from warmstart.labs.views.metrics import Reading

_GUTTER: Final = {False: 38, True: 66}
"""Cells left of the axis: on a narrow screen, and on a wide one."""
_WIDE: Final = 120
_VALUE: Final = {False: 14, True: 26}
_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_UNITS: Final = {"Milliseconds": " ms", "Bytes": " B", "Seconds": " s", "Count": ""}
_BAD: Final = frozenset(
    ("Errors", "5xx", "4xx", "FailedInvocations", "NumberOfNotificationsFailed")
)


class MetricsView(DrawnView):
    """The metrics at the cursor."""

    TIMED: ClassVar[bool] = True
    TALL = True

    def __init__(self) -> None:
        super().__init__()
        self._plots: dict[int, list[str]] = {}
        """The cells of each metric's line, for the axis in view."""

    def show(self, stage: Stage) -> None:
        """Show another trace."""
        self._plots.clear()
        super().show(stage)

    def grow(self, stage: Stage) -> None:
        """Draw the lines again, and those of new metrics."""
        self._plots.clear()
        super().grow(stage)

    @property
    def _wide(self) -> bool:
        return self.size.width >= _WIDE

    @property
    def indent(self) -> int:
        """Room for the names and the values."""
        return _GUTTER[self._wide] + 2

    def _readings(self) -> list[Reading]:
        """Return those that ever were more than 0: a line of nothing tells nothing."""
        found = self.stage.metrics.all() if self.stage else ()
        return [reading for reading in found if reading.sums[-1]]

    def wanted(self, width: int) -> int:  # noqa: ARG002 the axis is cut, not wrapped
        """Ask for a line for each metric and each resource."""
        found = self._readings()
        return len(found) + len({(one.namespace, one.resource) for one in found}) or 1

    def place(self, axis: Axis | None, cursor: int, names: int) -> None:
        """Forget what was worked out for another axis."""
        if axis is not self.axis:
            self._plots.clear()
        super().place(axis, cursor, names)

    def see(self) -> object:
        """Return the axis, the cell of the cursor and how much was counted."""
        return self.axis, self.cell, [reading.count(self.cursor) for reading in self._readings()]

    def lines(self, width: int) -> list[Content]:  # noqa: ARG002 cut by whoever draws
        """Draw a line for each metric, below the name of what it is about."""
        found = self._readings()
        if not found:
            return [Content.styled("Nothing was counted.", "$quiet")]
        lines = []
        numbered = list(enumerate(found))
        for (namespace, resource), group in groupby(
            numbered, key=lambda item: (item[1].namespace, item[1].resource)
        ):
            lines.append(Content.assemble((safe(resource), "bold"), (f"  {namespace}", "$quiet")))
            lines += [self._line(number, reading) for number, reading in group]
        return lines

    def _line(self, number: int, reading: Reading) -> Content:
        value = self._value(reading)
        room = _GUTTER[self._wide] - _VALUE[self._wide] - 3
        cells = self._plot(number, reading)[: max(self.cell + 1, 0)]
        bad = reading.name in _BAD and reading.sum(self.cursor) > 0
        style = "$failed" if bad else "$throttled" if reading.name == "Throttles" else "$accent"
        return Content.assemble(
            (f"  {fit(_tail(reading.name, room), room)}", "$quiet"),
            (fit(value, _VALUE[self._wide]), "bold $failed" if bad else ""),
            (" │ ", "$rule"),
            ("".join(cells), style),
        )

    def _value(self, reading: Reading) -> str:
        unit = _UNITS.get(reading.unit, f" {reading.unit}")
        at = self.cursor
        if not reading.count(at):
            return "–".rjust(_VALUE[self._wide])
        if reading.statistic == "sum":
            return f"{reading.sum(at):,.0f}{unit}".rjust(_VALUE[self._wide])
        highest = f"max {reading.maximum(at):,.0f}{unit}"
        if reading.statistic == "average" and self._wide:
            highest = f"avg {reading.average(at):,.0f}, {highest}"
        return highest.rjust(_VALUE[self._wide])

    def _plot(self, number: int, reading: Reading) -> list[str]:
        """Return the cells of a metric's line; whatever is not 0 shows."""
        if number not in self._plots:
            if self.axis is None:
                return []
            edges = [*self.axis.edges[:-1], self.axis.edges[-1] + 1]
            values = reading.cells(edges)
            top = max(values, default=0) or 1
            self._plots[number] = [
                _EIGHTHS[max(round(value / top * 8), 1) if value > 0 else 0] for value in values
            ]
        return self._plots[number]


def _tail(name: str, room: int) -> str:
    """Return a name that is too long without its beginning: its end is what tells it apart."""
    return name if len(name) <= room else f"…{name[1 - room :]}"
