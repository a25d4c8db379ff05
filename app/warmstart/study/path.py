"""The learning path: what is built upon comes first.

Notes name their prerequisites. The path is a topological order over them that otherwise keeps the
order given. Prerequisites that lead in a circle are reported and not followed: the note of the
circle that comes first in the given order is taken to be its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class LearningPath:
    """Notes in the order in which to meet them."""

    order: tuple[int, ...]
    cycles: tuple[tuple[int, ...], ...]
    """Each circle of prerequisites once, from its beginning."""


def learning_path(notes: Sequence[int], prerequisites: Mapping[int, Sequence[int]]) -> LearningPath:
    """Order ``notes`` so that prerequisites come before what needs them; linear in both."""
    known = set(notes)
    order: list[int] = []
    cycles: list[tuple[int, ...]] = []
    done: set[int] = set()
    for start in notes:
        if start in done:
            continue
        # Depth-first with a stack of our own: a chain may be longer than Python's.
        trail: dict[int, int] = {start: 0}
        while trail:
            note, tried = next(reversed(trail.items()))
            needs = prerequisites.get(note, ())
            if tried == len(needs):
                trail.popitem()
                done.add(note)
                order.append(note)
                continue
            trail[note] = tried + 1
            need = needs[tried]
            if need in trail:
                names = list(trail)
                cycles.append(tuple(names[names.index(need) :]))
            elif need in known and need not in done:
                trail[need] = 0
    return LearningPath(tuple(order), tuple(cycles))
