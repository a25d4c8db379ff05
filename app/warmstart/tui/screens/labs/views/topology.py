"""The topology: resources as nodes, messages on their way along the edges between them.

Where there is room the graph grows from left to right, a column for each step away from who calls;
where there is not, it is a tree with an indented line for each node, the edge to it at the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.text import fit, safe
from warmstart.text import width as cells_of
from warmstart.tui.screens.labs.views.base import DrawnView
from warmstart.tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from warmstart.labs.stage import Stage
    from warmstart.labs.views.nodes import Node, NodeKind
    from warmstart.labs.views.topology import Edge, Place, Topology

SIGNS: Final[dict[NodeKind, str]] = {
    "caller": "○", "api": "⇄", "function": "λ", "queue": "≡", "topic": "◇", "bus": "◇",
    "rule": "◦", "table": "▤", "bucket": "▽", "machine": "◈", "database": "▥", "proxy": "⋈",
}  # fmt: skip
_GAP: Final = (8, 22)
"""Cells between two columns: at least, and at most."""
_NAME: Final = (22, 7)
"""Cells of a name: at most, and the fewest it is cut to before the graph becomes a tree."""
_TRACK: Final = 12
"""Cells of an edge that stands beside a tree."""
_WINDOW: Final = 0.03
"""For what part of the axis something on its way is shown, from one end of an edge to the other."""


class TopologyView(DrawnView):
    """Who calls whom, at the cursor."""

    TALL = True

    def __init__(self) -> None:
        super().__init__()
        self._topology: Topology | None = None

    def show(self, stage: Stage) -> None:
        """Show another trace."""
        self._topology = stage.topology
        super().show(stage)

    def wanted(self, width: int) -> int:
        """Ask for a line between any two rows of a graph; a tree needs none."""
        places = self._topology.tree() if self._topology else []
        if not places:
            return 1
        if self._fitting(places, width) is None:
            return len(places) + 1
        return 2 * (places[-1].row + 1)

    @property
    def _window(self) -> int:
        return 1 if self.axis is None else max(int((self.axis.end - self.axis.start) * _WINDOW), 1)

    def see(self) -> object:
        """Return what every node and edge is like, and where something is on its way."""
        if self._topology is None:
            return None
        places = self._topology.tree()
        edges = [place.edge for place in places if place.edge is not None]
        return (
            len(places),
            [self._topology.now(place.node, self.cursor) for place in places if not place.again],
            [(edge.count(self.cursor), edge.failed(self.cursor)) for edge in edges],
            [edge.moving(self.cursor, self._window, _GAP[1]) for edge in edges],
        )

    def lines(self, width: int) -> list[Content]:
        """Draw the graph, or a tree where it has no room."""
        if self._topology is None:
            return []
        places = self._topology.tree()
        if not places:
            return [Content.styled("Nothing was called: there is nothing to see.", "$quiet")]
        fitting = self._fitting(places, width)
        if fitting is None:
            return self._tree(places, width)
        return self._graph(places, *fitting, width)

    def _fitting(self, places: list[Place], width: int) -> tuple[list[int], int, int] | None:
        """Return how wide columns, gaps and names are; None where a graph has no room."""
        for most in range(_NAME[0], _NAME[1] - 1, -1):
            columns = self._columns(places, most)
            gaps = len(columns) - 1
            gap = min((width - sum(columns)) // gaps, _GAP[1]) if gaps else 0
            if not gaps or gap >= _GAP[0]:
                return columns, gap, most
        return None

    def _columns(self, places: list[Place], most: int) -> list[int]:
        """Return how wide each column is, with room for the counts there will ever be."""
        columns = [0] * (max(place.depth for place in places) + 1)
        for place in places:
            columns[place.depth] = max(columns[place.depth], self._room(place, most))
        return columns

    def _room(self, place: Place, most: int) -> int:
        name = min(cells_of(place.node.name), most)
        if place.again or self._topology is None:
            return name + 5
        highest = self._topology.most(place.node)
        counts = [
            (highest.count, 2), (highest.errors, 2), (highest.throttles, 2), (highest.waiting, 2),
        ]  # fmt: skip
        return name + 3 + sum(len(_short(value)) + sign for value, sign in counts if value)

    # -- the graph --------------------------------------------------------------------------------

    def _graph(
        self, places: list[Place], columns: list[int], gap: int, most: int, width: int
    ) -> list[Content]:
        apart = self._apart(places)
        canvas = Canvas(width, places[-1].row * apart + 1)
        left = [sum(columns[:depth]) + gap * depth for depth in range(len(columns))]
        ends: dict[Node, tuple[int, int]] = {}
        for place in places:
            y = place.row * apart
            end = self._node(canvas, left[place.depth], y, place, most)
            if not place.again:
                ends[place.node] = (end, y)
            if place.edge is not None:
                corner = left[place.depth] - gap
                start, row = ends[place.edge.source]
                self._branch(canvas, corner, row, y)
                if row == y:
                    canvas.put(start, row, "─" * (corner - start), "$rule")
                self._edge(canvas, corner + 1, y, gap - 2, place.edge)
        return canvas.lines()

    def _apart(self, places: list[Place]) -> int:
        """Return whether there is room for a line between any two rows."""
        return 2 if places[-1].row * 2 < self.size.height else 1

    @staticmethod
    def _branch(canvas: Canvas, x: int, top: int, row: int) -> None:
        """Draw the way from the parent's row down to the child's."""
        if row == top:
            canvas.put(x, row, "─", "$rule")
            return
        for y in range(top + 1, row):
            canvas.put(x, y, {" ": "│", "└": "├"}.get(canvas.at(x, y), canvas.at(x, y)), "$rule")
        if canvas.at(x, top) == "─":
            canvas.put(x, top, "┬", "$rule")
        canvas.put(x, row, "└", "$rule")

    def _edge(self, canvas: Canvas, x: int, y: int, length: int, edge: Edge) -> None:
        """Draw an edge from its count to the arrow, and between them what is on its way."""
        count, failed = edge.count(self.cursor), edge.failed(self.cursor)
        style = "$quiet" if count else "$rule"
        canvas.put(x, y, "─" * (length - 1) + "▶", style)
        at = canvas.put(x, y, _short(count) if count else "", "$foreground")
        if failed:
            at = canvas.put(at, y, f"✗{_short(failed)}", "bold $failed")
        free = max(x + length - 1 - at, 1)  # a dot on a digit would make it another number
        for cell in edge.moving(self.cursor, self._window, free):
            canvas.put(at + cell, y, "●", "bold $running")

    def _node(self, canvas: Canvas, x: int, y: int, place: Place, most: int) -> int:
        """Draw a node with its counts; return the column after them and a blank."""
        if self._topology is None:
            return x
        node = place.node
        name = safe(node.name)
        name = name if cells_of(name) <= most else fit(name, most).rstrip()
        if place.again:
            return canvas.put(x, y, f"{SIGNS[node.kind]} {name} ↖", "$quiet") + 1
        now = self._topology.now(node, self.cursor)
        x = canvas.put(x, y, f"{SIGNS[node.kind]} ", "$running" if now.busy else "$quiet")
        x = canvas.put(x, y, name, "bold $foreground")
        for value, sign, style in (
            (now.count, " " if node.kind == "queue" else "×", "$running" if now.busy else "$idle"),
            (now.errors, "✗", "bold $failed"),
            (now.throttles, "⊘", "bold $throttled"),
            (now.waiting, "↻", "bold $retried"),
        ):
            if value:
                x = canvas.put(x, y, f" {sign}{_short(value)}".replace("  ", " "), style)
        return x + 1

    # -- the tree ---------------------------------------------------------------------------------

    def _tree(self, places: list[Place], width: int) -> list[Content]:
        side = width - _TRACK - 12
        canvas = Canvas(width, len(places))
        rows: dict[Node, int] = {}
        for row, place in enumerate(places):
            x = place.depth * 3
            if not place.again:
                rows[place.node] = row
            if place.edge is not None:
                self._branch(canvas, x - 2, rows[place.edge.source], row)
                canvas.put(x - 1, row, "─", "$rule")
            end = self._node(canvas, x, row, place, max(side - x - 14, _NAME[1]))
            if place.edge is not None:
                canvas.put(end, row, "·" * (side - end - 1), "$faint")
                self._edge(canvas, side, row, _TRACK, place.edge)
        return canvas.lines()


def _short(value: int) -> str:
    """Return a count in at most four cells: ``9999``, ``12k``, ``3M``."""
    for least, unit in ((1_000_000, "M"), (10_000, "k")):
        if value >= least:
            return f"{value // (1_000 if unit == 'k' else least)}{unit}"
    return str(value)
