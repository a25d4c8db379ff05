"""The log as far as memory goes: what is fitted to, and what new parameters are run over.

An entry of the log is a value with a dozen fields; a whole log of them takes seconds to read. Here
a mark is a tuple, only of those entries that move stability and difficulty, and only of what counts
(nothing undone). ``walk`` is ``state.replay`` for these two alone; a test holds them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from warmstart.study.curve import elapsed_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warmstart.study.formulas import Formulas

State = tuple[float, float]
"""Stability and difficulty."""

RESET = 0
IMPORTED = -1


class Mark(NamedTuple):
    """An entry that moves a card's memory; times in epoch milliseconds."""

    card: int
    at: int
    """When it was answered or reset; of an imported state, its last review."""
    rating: int
    """1–4 for an answer; else ``RESET`` or ``IMPORTED``."""
    stability: float | None = None
    """Of an imported state alone, like the difficulty."""
    difficulty: float | None = None


class Point(NamedTuple):
    """A mark, and the memory around it; None stands for a new card."""

    mark: Mark
    before: State | None
    last: int
    """When the answer before it was; 0 where there was none."""
    after: State | None


def walk(formulas: Formulas, marks: Iterable[Mark]) -> Iterator[Point]:
    """Yield each mark with the memory before and after it.

    The marks of a card stand together and in the order of the log.
    """
    of: int | None = None
    state: State | None = None
    last = 0
    for mark in marks:
        card, at, rating, stability, difficulty = mark
        if card != of:
            of, state, last = card, None, 0
        before, since = state, last
        if rating > 0:
            if state is None:
                state = formulas.first(rating)
            else:
                state = formulas.after(state[0], state[1], elapsed_days(at - last), rating)
            last = at
        elif stability is not None and difficulty is not None:
            state, last = (stability, difficulty), at
        else:
            state, last = None, 0
        yield Point(mark, before, since, state)


def memories(formulas: Formulas, marks: Iterable[Mark]) -> dict[int, State | None]:
    """Return what these parameters make of each card: None for one that is new again."""
    return {point.mark.card: point.after for point in walk(formulas, marks)}
