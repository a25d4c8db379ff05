"""The gutter at the right of a column of states, through which all edges run but the spine's.

Edges of a kind to the same state share a vertical track. A line holds what leaves a state and what
arrives at the next column, so tracks are ordered: what has to do with the left side of a line comes
before what has to do with its right side; then the shorter before the longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warmstart.runtime.asl.wires import Wire, path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warmstart.runtime.asl.layout import Node

_MANY = 8
"""From so many tracks on they stand side by side, without a cell between them."""


@dataclass(slots=True, eq=False)
class _Group:
    """Edges of a kind to the same state."""

    target: Node
    caught: bool
    column: int
    """The column left of the gutter."""
    sources: list[Node] = field(default_factory=list)
    left: set[int] = field(default_factory=set)
    """The lines on which it reaches into what is left of the gutter."""
    right: set[int] = field(default_factory=set)
    """The lines on which it reaches into the column right of it."""
    span: tuple[int, int] = (0, 0)
    """Its first and last line."""
    track: int = 0
    x: int = 0
    """The track's cell."""

    def measure(self) -> None:
        """Find its lines, now that all states have theirs."""
        self.left = {source.line for source in self.sources if not self.returns(source)}
        self.right = {source.last for source in self.sources if self.returns(source)}
        if self.target.column > self.column:
            self.right.add(self.target.line)
        else:
            self.left.add(self.target.y)
        lines = self.left | self.right
        self.span = (min(lines), max(lines))

    @property
    def straight(self) -> bool:
        """Whether it needs no track: it goes from left to right on one line."""
        return self.span[0] == self.span[1]

    def returns(self, source: Node) -> bool:
        """Tell whether a source stands in the column right of the gutter."""
        return source.column > self.column


class Gutter:
    """One gutter: edges are added, lines set, then it is laid and gives its wires."""

    def __init__(self, column: int, *, roomy: bool) -> None:
        """Make the gutter at the right of a column."""
        self._column, self._roomy = column, roomy
        self._groups: dict[tuple[Node, bool], _Group] = {}
        self._leaving: set[Node] = set()

    def add(self, source: Node, target: Node, *, caught: bool) -> None:
        """Let an edge run through it."""
        group = self._groups.get((target, caught))
        if group is None:
            group = self._groups[target, caught] = _Group(target, caught, self._column)
        if source not in group.sources[-1:]:  # A state's edges come one after another.
            group.sources.append(source)
        self._leaving.add(source)

    def arrives(self, node: Node) -> bool:
        """Tell whether an edge leads to a state."""
        return (node, True) in self._groups or (node, False) in self._groups

    def leaves(self, node: Node) -> bool:
        """Tell whether an edge comes from a state."""
        return node in self._leaving

    def sources(self, node: Node) -> list[Node]:
        """Return the states of the column at its left from which edges lead to a state."""
        return [
            source
            for caught in (False, True)
            if (group := self._groups.get((node, caught))) is not None
            for source in group.sources
            if source.column < node.column
        ]

    def lay(self, start: int) -> int:
        """Give each group a track, from cell ``start`` on, and return the first cell behind."""
        for group in self._groups.values():
            group.measure()
        taken: list[list[tuple[int, int]]] = []
        for group, least in _ordered([g for g in self._groups.values() if not g.straight]):
            track = least
            while track < len(taken) and _meets(group.span, taken[track]):
                track += 1
            taken += [[] for _ in range(track + 1 - len(taken))]
            taken[track].append(group.span)
            group.track = track
        step = 1 if len(taken) > _MANY else 2
        for group in self._groups.values():
            group.x = start + 1 + step * group.track
        return start + 2 + step * (len(taken) - 1) if taken else start

    def wires(self) -> list[Wire]:
        """Return its wires."""
        return [
            self._wire(group, source) for group in self._groups.values() for source in group.sources
        ]

    def _wire(self, group: _Group, source: Node) -> Wire:
        target = group.target
        points = [(source.behind, source.line)]
        if group.returns(source):
            x = source.x + source.sign + 1
            points = [(x, source.line), (x, source.last)]
        line = target.line if target.column > group.column else target.y
        if not group.straight:
            points += [(group.x, points[-1][1]), (group.x, line)]
        head = "◀"
        if target.column > group.column:
            points.append((target.x - 1 - self._roomy, line))
            head = "▶"
        elif target.lead:
            points.append((target.x, line))
            if not self._roomy:
                points.append((target.x, target.line))
            head = "▼"
        else:
            points.append((target.behind, line))
        cells = path(points)
        return Wire(
            source.state.name, target.state.name, group.caught,
            cells=cells[1:] if group.returns(source) else cells, head=(*points[-1], head),
        )  # fmt: skip


def _meets(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] <= last and first <= span[1] for first, last in others)


def _ordered(groups: list[_Group]) -> Iterator[tuple[_Group, int]]:
    """Yield the groups from left to right, each with the first track that it may take.

    Where lines contradict one another, lines cross.
    """
    reaching: dict[int, list[_Group]] = {}
    for group in groups:
        for line in group.left:
            reaching.setdefault(line, []).append(group)
    before = {
        group: {other for line in group.right for other in reaching.get(line, ())} - {group}
        for group in groups
    }
    waiting = sorted(groups, key=lambda group: (bool(group.right), group.span[1] - group.span[0]))
    done: set[_Group] = set()
    while waiting:
        ready = (each for each in waiting if done.issuperset(before[each]))
        group = next(ready, waiting[0])
        waiting.remove(group)
        yield group, max((other.track + 1 for other in before[group] if other in done), default=0)
        done.add(group)
