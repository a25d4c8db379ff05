"""A row of small columns, for what comes in the next days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from warmstart.tui.theme import TEMPERATURES

if TYPE_CHECKING:
    from collections.abc import Sequence


def heights(values: Sequence[int]) -> tuple[int, ...]:
    """Return a height of 1–8 for each value, relative to the largest; 0 only for 0."""
    top = max(values, default=0)
    return tuple(0 if not value else max(1, round(value / top * 8)) for value in values)


def sparkline(values: Sequence[int], style: str = "$accent") -> Content:
    """Return one cell per value; 0 is a faint dot, so that the day is not overlooked."""
    return Content.assemble(
        *(
            (TEMPERATURES[height - 1], style) if height else ("·", "$faint")
            for height in heights(values)
        )
    )


def columns(
    values: Sequence[int], labels: Sequence[str], *, height: int, width: int = 1, gap: int = 0
) -> Content:
    """Return columns ``height`` lines high, the labels in a line below them.

    Each column is ``width`` cells wide with ``gap`` cells between; a label is cut to its column.
    """
    top = max(values, default=0)
    eighths = [0 if not v else max(1, round(v / top * height * 8)) for v in values]
    space = " " * gap
    lines = []
    for line in range(height - 1, -1, -1):
        cells = []
        for value in eighths:
            level = min(8, max(0, value - line * 8))
            cells.append((TEMPERATURES[level - 1] if level else " ") * width)
        lines.append(Content.styled(space.join(cells), "$accent"))
    below = space.join(label[:width].ljust(width) for label in labels)
    return Content("\n").join([*lines, Content.styled(below, "$quiet")])
