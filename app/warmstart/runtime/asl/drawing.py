"""A laid-out machine as lines of styled text: what stands in each cell, and in which style.

Styles are names; whoever shows the picture gives them colours. Nothing is told by colour alone: a
wire that was taken is heavy and its head filled, a Catch's is dashed, and each status has a sign.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from warmstart.runtime.asl.wires import glyph
from warmstart.text import fit, safe, width

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from warmstart.runtime.asl.layout import Layout, Place
    from warmstart.runtime.asl.wires import Sides

Run = tuple[str, str]
"""Text, and the name of its style."""
Way = tuple[str, str, bool]
"""An edge: source, target, and whether it is a Catch's."""

SIGNS = {
    "Pass": "·", "Task": "■", "Choice": "◆", "Wait": "◷", "Succeed": "✓", "Fail": "✗",
    "Parallel": "‖", "Map": "≡",
}  # fmt: skip
"""A state's type, where no status stands in its place."""


_HOLLOW = {"▼": "▽", "▲": "△", "▶": "▷", "◀": "◁"}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state is shown: a sign of one cell, the style of it and of the name, what follows."""

    sign: str
    style: str
    behind: tuple[Run, ...] = ()


@dataclass(slots=True)
class _Row:
    """What stands in a line, by the cell."""

    wires: dict[int, list[tuple[Sides, Way]]] = field(default_factory=dict)
    heads: dict[int, list[tuple[str, Way]]] = field(default_factory=dict)
    brackets: dict[int, str] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)


class Canvas:
    """Draws a layout line by line; what does not change is worked out once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._rows = [_Row() for _ in range(layout.height)]
        for wire in layout.wires:
            way = (wire.source, wire.target, wire.caught)
            for x, y, sides in wire.cells:
                self._rows[y].wires.setdefault(x, []).append((sides, way))
            x, y, head = wire.head
            self._rows[y].heads.setdefault(x, []).append((head, way))
        for bracket in layout.brackets:
            for y in range(bracket.y, bracket.end + 1):
                self._rows[y].brackets[bracket.x] = "│"
            self._rows[bracket.y].brackets[bracket.x] = "╭" if bracket.end > bracket.y else "╶"
            if bracket.end > bracket.y:
                self._rows[bracket.end].brackets[bracket.x] = "╰"
        for place in layout.places.values():
            self._rows[place.y].places.append(place)

    def line(
        self,
        y: int,
        marks: Mapping[str, Mark],
        taken: Collection[Way] | None = None,
        chosen: str | None = None,
    ) -> list[Run]:
        """Return a line of the picture.

        Without ``taken`` no edge is told from another by whether it was taken.
        """
        row = self._rows[y]
        cells = [(" ", "")] * self.layout.width
        for x, lines in row.wires.items():
            drawn = [(sides, way[2], way in (taken or ())) for sides, way in lines]
            cells[x] = (glyph(drawn), _style([way for _, way in lines], taken))
        for x, sign in row.brackets.items():
            cells[x] = (sign, "bracket")
        for x, heads in row.heads.items():
            signs = {head for head, _ in heads}
            ways = [way for _, way in heads]
            head = "↕" if len(signs) > 1 else signs.pop()
            if taken is not None and not any(way in taken for way in ways):
                head = _HOLLOW.get(head, head)
            cells[x] = (head, _style(ways, taken))
        for place in row.places:
            self._label(cells, place, marks[place.state.name], chosen)
        return [
            ("".join(text for text, _ in run), style)
            for style, run in groupby(cells, key=lambda cell: cell[1])
        ]

    @staticmethod
    def _label(row: list[tuple[str, str]], place: Place, mark: Mark, chosen: str | None) -> None:
        name = place.state.name
        style = mark.style + " chosen" if name == chosen else mark.style
        runs: list[Run] = [(mark.sign, style), (" ", style)]
        runs.append((fit(safe(name), place.label), style))
        at = place.x + sum(width(text) for text, _ in runs)
        if mark.behind:
            # What arrives here from the right ends behind the marks.
            head = row[at + 1] if at + 1 < len(row) else (" ", "")
            runs += [(" ", ""), *mark.behind]
            end = place.x + sum(width(text) for text, _ in runs)
            if end < len(row):
                row[end] = (" ", "")
            if head[0] in "◀◁" and end + 1 < len(row):
                row[end + 1] = head
        x = place.x
        for text, style in runs:
            for character in text:
                for part in (character, *[""] * (width(character) - 1)):
                    if x < len(row):
                        row[x] = (part, style)
                    x += 1


def _style(ways: list[Way], taken: Collection[Way] | None) -> str:
    for way in ways:
        if way in (taken or ()):
            return "fell" if way[2] else "taken"
    return "caught" if all(way[2] for way in ways) else "wire"


def text(layout: Layout) -> str:
    """Draw a machine as plain text, each state with the sign of its type."""
    marks = {name: Mark(SIGNS[place.state.type], "") for name, place in layout.places.items()}
    canvas = Canvas(layout)
    lines = (canvas.line(y, marks) for y in range(layout.height))
    return "\n".join("".join(part for part, _ in line).rstrip() for line in lines)


def legend(layout: Layout) -> str:
    """Return in a line what the signs of a machine drawn as text mean: those that it has."""
    types = {place.state.type for place in layout.places.values()}
    found = [f"{sign} {kind}" for kind, sign in SIGNS.items() if kind in types]
    if any(wire.caught for wire in layout.wires):
        found.append("┄ Catch")
    return "   ".join(found)
