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


def columns(values: Sequence[int], *, height: int, width: int = 1, gap: int = 0) -> Content:
    """Return columns up to ``height`` lines high, ``width`` cells wide, ``gap`` cells apart."""
    top = max(values, default=0)
    eighths = [max(1, round(value / top * height * 8)) if value else 0 for value in values]
    lines = []
    for line in range(height - 1, -1, -1):
        levels = [min(8, max(0, value - line * 8)) for value in eighths]
        cells = [(TEMPERATURES[level - 1] if level else " ") * width for level in levels]
        lines.append(Content.styled((" " * gap).join(cells), "$accent"))
    return Content("\n").join(lines)
