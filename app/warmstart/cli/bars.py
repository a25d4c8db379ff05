"""Pictures in plain text: the same shapes as on the screen, without colour."""

from __future__ import annotations

BLOCKS = "▁▂▃▄▅▆▇█"
BLOCK = BLOCKS[-1]


def bar(percent: float, cells: int = 20) -> str:
    """Return a bar for 0–100."""
    full = round(percent / 100 * cells)
    return "█" * full + "░" * (cells - full)


def spark(values: tuple[int, ...]) -> str:
    """Return a column for each value, the highest as high as a line."""
    highest = max(values, default=0) or 1
    return "".join(BLOCKS[round(value / highest * (len(BLOCKS) - 1))] for value in values)
