"""Where a machine's states stand when it is drawn in a terminal's cells, and how its wires run.

A state takes a line. What is reached although nothing fails stands in one column, from top to
bottom; what only a Catch leads to stands in a second column at its right, beside the state that is
caught, so that a saga goes down at the left and its rollback comes up at the right. What is inside
a Map or Parallel is laid out the same way, indented below it.

The spine joins a state with its neighbour in the column. All other edges run through the gutter at
the column's right, see ``gutter``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from warmstart.runtime.asl.graph import edges, order
from warmstart.runtime.asl.gutter import Gutter
from warmstart.runtime.asl.wires import Wire, path
from warmstart.text import width

if TYPE_CHECKING:
    from warmstart.runtime.asl.model import Machine, State

NAMES = 32
"""Cells a state's name takes at most, unless said otherwise."""
NARROWEST = 8
_INDENT = 3
"""Cells from a state's sign to the machines within it; their bracket stands in the last of them."""
_HEAD = 2
"""Cells before the second column, for the arrows that lead there."""
_MARKS = 5
"""Cells kept free behind a name, for ``↻2`` and the like."""
_COUNTS = 12
"""The same behind a Map's, for ``12/40 ✗1``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state stands: its sign at (x, y), its name two cells further."""

    state: State
    x: int
    y: int
    label: int
    """Cells of its name as it is drawn."""
    room: int
    """Cells for the name and the marks behind it."""
    on_failure: bool
    """Whether only a Catch leads here, in its own machine or in one around it."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """The line left of a branch, or of a Map's processor, from y to ``end`` and with it."""

    x: int
    y: int
    end: int


@dataclass(slots=True)
class Layout:
    """A machine laid out; cells count from its top left corner."""

    width: int = 0
    height: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    """By the states' names, which are unique in a whole definition."""
    wires: list[Wire] = field(default_factory=list)
    brackets: list[Bracket] = field(default_factory=list)

    def take(self, other: Layout, x: int, y: int, *, on_failure: bool) -> None:
        """Take over all of another layout, moved by (x, y)."""
        for name, place in other.places.items():
            self.places[name] = replace(
                place, x=place.x + x, y=place.y + y, on_failure=place.on_failure or on_failure
            )
        self.wires += [wire.moved(x, y) for wire in other.wires]
        self.brackets += [Bracket(b.x + x, b.y + y, b.end + y) for b in other.brackets]


def lay_out(machine: Machine, *, names: int = NAMES, roomy: bool = False) -> Layout:
    """Lay a machine out.

    ``names`` bounds the cells of a name. ``roomy`` gives each state a second line, above it, for
    the arrows that lead to it; without, they stand beside it.
    """
    return _Machine(machine, names, roomy=roomy).lay_out()


@dataclass(slots=True, eq=False)
class Node:
    """A state while its machine is laid out."""

    state: State
    column: int
    """0, or 1 for what only a Catch leads to."""
    label: int
    inner: list[Layout]
    lead: int = 0
    """Lines above its name: one where what arrives would else meet what leaves."""
    tail: int = 0
    """Lines below all of it: one where something leaves to the left."""
    x: int = 0
    """Of its spine."""
    y: int = 0
    """Of its first line."""
    sign: int = 0
    """Cells from the spine to its sign."""

    @property
    def line(self) -> int:
        """The line of its name."""
        return self.y + self.lead

    @property
    def last(self) -> int:
        """Its last line."""
        return self.line + sum(each.height for each in self.inner) + self.tail

    @property
    def behind(self) -> int:
        """The cell behind its name and a space."""
        return self.x + self.sign + self.label + 3

    @property
    def width(self) -> int:
        """Its cells from the spine on, with room for marks."""
        marks = _COUNTS if self.state.type == "Map" else _MARKS
        inner = max((each.width + _INDENT for each in self.inner), default=0)
        return self.sign + max(2 + self.label + marks, inner)


class _Machine:
    """Lays out one machine; those within it first."""

    def __init__(self, machine: Machine, names: int, *, roomy: bool) -> None:
        self.roomy = roomy
        self.sign = 0 if roomy else 2
        straight = order(machine, caught=False)
        main = {state.name for state in straight}
        inner = max(names - _INDENT, NARROWEST)
        self.nodes = {
            state.name: Node(
                state,
                column=int(state.name not in main),
                label=min(width(state.name), names),
                inner=[_Machine(each, inner, roomy=roomy).lay_out() for each in state.within],
                sign=self.sign,
            )
            for state in order(machine)
        }
        first = [self.nodes[state.name] for state in straight]
        self.columns = (first, self._beside(first))

    def _beside(self, first: list[Node]) -> list[Node]:
        """Return the second column: each state near the last one whose Catch leads to it.

        What follows such a state stands below it; or above, where the way to it came from below.
        """
        rank = {node.state.name: at for at, node in enumerate(first)}
        into: dict[str, list[str]] = {}
        for node in self.nodes.values():
            for edge in edges(node.state):
                into.setdefault(edge.target, []).append(node.state.name)
        found: list[tuple[int, str]] = []
        for name in (name for name, node in self.nodes.items() if node.column):
            catchers = [rank[source] for source in into[name] if source in rank]
            places = {other: at for at, (_, other) in enumerate(found)}
            if catchers:
                mine = max(catchers)
                at = next((at for at, (other, _) in enumerate(found) if other > mine), len(found))
            else:
                before = max(places[source] for source in into[name] if source in places)
                mine, source = found[before]
                rises = any(places.get(other, -1) > before for other in into[source])
                at = before if rises else before + 1
            found.insert(at, (mine, name))
        return [self.nodes[name] for _, name in found]

    def lay_out(self) -> Layout:
        """Stack both columns, draw the gutters between and behind them, and put all together."""
        spine, gutters = self._sort_edges()
        self._set_lines(gutters)
        self._stack(gutters[0])
        layout = Layout()
        end = 0
        for column, gutter in zip(self.columns, gutters, strict=True):
            if column:
                start = end and end + _HEAD + self.roomy
                for node in column:
                    node.x = start
                end = gutter.lay(start + max(node.width for node in column))
        for node in self.nodes.values():
            self._place(layout, node)
        layout.wires += [self._along(source, target) for source, target in spine]
        for gutter in gutters:
            layout.wires += gutter.wires()
        layout.width = end
        layout.height = max(node.last for node in self.nodes.values()) + 1
        return layout

    def _sort_edges(self) -> tuple[list[tuple[Node, Node]], tuple[Gutter, Gutter]]:
        """Return what the spine joins, and the gutters with all the rest."""
        neighbours = {pair for column in self.columns for pair in pairwise(column)}
        neighbours |= {pair[::-1] for pair in pairwise(self.columns[1])}
        spine = []
        gutters = (Gutter(0, roomy=self.roomy), Gutter(1, roomy=self.roomy))
        for node in self.nodes.values():
            for edge in edges(node.state):
                target = self.nodes[edge.target]
                if not edge.caught and (node, target) in neighbours:
                    spine.append((node, target))
                else:
                    gutters[node.column & target.column].add(node, target, caught=edge.caught)
        return list(dict.fromkeys(spine)), gutters

    def _set_lines(self, gutters: tuple[Gutter, Gutter]) -> None:
        """Give each state the lines that arrows need above and below it."""
        for gutter, column in zip(gutters, self.columns, strict=True):
            for node in column:
                arrives, leaves = gutter.arrives(node), gutter.leaves(node)
                above = arrives or node is not column[0]
                node.lead = int(above if self.roomy else arrives and leaves)
        for node in self.columns[1]:
            node.tail = int(gutters[0].leaves(node))

    def _stack(self, gutter: Gutter) -> None:
        """Place the states in their columns, the second beside the first."""
        y = 0
        for node in self.columns[0]:
            node.y, y = y, y + node.last - node.y + 1
        y = 0
        for node in self.columns[1]:
            beside = max((source.line for source in gutter.sources(node)), default=0)
            node.y = max(y, beside - node.lead)
            y = node.last + 1

    def _place(self, layout: Layout, node: Node) -> None:
        x = node.x + node.sign
        on_failure = bool(node.column)
        room = node.width - node.sign - 2
        layout.places[node.state.name] = Place(
            node.state, x, node.line, node.label, room, on_failure
        )
        y = node.line + 1
        for inner in node.inner:
            layout.take(inner, x + _INDENT, y, on_failure=on_failure)
            layout.brackets.append(Bracket(x + _INDENT - 1, y, y + inner.height - 1))
            y += inner.height

    def _along(self, source: Node, target: Node) -> Wire:
        """Return the wire from a state to its neighbour."""
        x, down = source.x, target.y > source.y
        start = source.line + 1 if down else source.line - 1
        end = target.line - self.roomy if down else target.line + self.roomy
        return Wire(
            source.state.name, target.state.name, caught=False,
            cells=path([(x, start), (x, end)]) if (end - start) * (1 if down else -1) > 0 else (),
            head=(x, end, "▼" if down else "▲"),
        )  # fmt: skip
