"""The lines of a drawn machine: paths over cells, and the characters where several meet."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

UP: Final = 0
RIGHT: Final = 1
DOWN: Final = 2
LEFT: Final = 3

Point = tuple[int, int]
Sides = frozenset[int]
"""The sides of a cell that a line touches."""


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge as it is drawn: from one state to another, with an arrow's head at its end."""

    source: str
    target: str
    caught: bool
    cells: tuple[tuple[int, int, Sides], ...]
    head: tuple[int, int, str]

    def moved(self, x: int, y: int) -> Wire:
        """Return the wire elsewhere."""
        at_x, at_y, glyph = self.head
        cells = tuple((cx + x, cy + y, sides) for cx, cy, sides in self.cells)
        return replace(self, cells=cells, head=(at_x + x, at_y + y, glyph))


def path(points: Sequence[Point]) -> tuple[tuple[int, int, Sides], ...]:
    """Return the cells of a line through corners, the last one left to the arrow's head.

    Its first cell is touched from behind, too, so that the line begins at the cell's edge.
    """
    steps = list(_steps(points))
    if not steps:
        return ()
    found = []
    came = steps[0][2]
    for x, y, goes in steps:
        found.append((x, y, frozenset(((came + 2) % 4, goes))))
        came = goes
    return tuple(found)


def _steps(points: Sequence[Point]) -> Iterator[tuple[int, int, int]]:
    """Yield each cell but the last, with the side through which the line leaves it."""
    for (x, y), (to_x, to_y) in pairwise(points):
        side = (RIGHT if to_x > x else LEFT) if x != to_x else (DOWN if to_y > y else UP)
        by_x, by_y = (side == RIGHT) - (side == LEFT), (side == DOWN) - (side == UP)
        for step in range(abs(to_x - x) + abs(to_y - y)):
            yield x + step * by_x, y + step * by_y, side


def glyph(lines: Iterable[tuple[Sides, bool, bool]]) -> str:
    """Return the character of a cell in which lines meet: each its sides, caught, heavy."""
    weights = [0, 0, 0, 0]
    dashed = True
    for sides, caught, heavy in lines:
        dashed = dashed and caught
        for side in sides:
            weights[side] = max(weights[side], 1 + heavy)
    key = tuple(weights)
    return (_DASHED.get(key) if dashed else None) or _BOX[key]


def _box() -> dict[tuple[int, ...], str]:
    """Read the box drawing characters, light and heavy, from their Unicode names.

    ``BOX DRAWINGS UP HEAVY AND RIGHT DOWN LIGHT``: sides, then the weight that they have; or a
    weight, then sides that all have it.
    """
    sides = {
        "UP": (UP,), "RIGHT": (RIGHT,), "DOWN": (DOWN,), "LEFT": (LEFT,),
        "HORIZONTAL": (LEFT, RIGHT), "VERTICAL": (UP, DOWN),
    }  # fmt: skip
    found: dict[tuple[int, ...], str] = {}
    for code in range(0x2500, 0x2580):
        words = unicodedata.name(chr(code)).removeprefix("BOX DRAWINGS ").split()
        if not set(words) <= {*sides, "LIGHT", "HEAVY", "AND"}:
            continue
        weights = [0, 0, 0, 0]
        waiting: list[int] = []
        weight = 0
        if words[0] in ("LIGHT", "HEAVY"):
            weight = 1 + (words.pop(0) == "HEAVY")
        for word in words:
            if word in sides:
                waiting += sides[word]
            elif word != "AND":
                for side in waiting:
                    weights[side] = 1 + (word == "HEAVY")
                waiting = []
        for side in waiting:
            weights[side] = weight
        found[tuple(weights)] = chr(code)
    # Corners of the lighter kind are round, as everywhere in the app.
    return found | {(1, 1, 0, 0): "╰", (0, 1, 1, 0): "╭", (0, 0, 1, 1): "╮", (1, 0, 0, 1): "╯"}


_BOX: Final = _box()
_DASHED: Final[dict[tuple[int, ...], str]] = {
    (0, 1, 0, 1): "┄",
    (0, 2, 0, 2): "┅",
    (1, 0, 1, 0): "┆",
    (2, 0, 2, 0): "┇",
}
