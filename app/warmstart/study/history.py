"""A card's past as a curve: how well it was remembered between one review and the next.

The log keeps ratings, not stabilities, so the past is computed with the parameters in force: it is
what the scheduler believes today of what was then.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from warmstart.study.cards import Imported, Memory, New, Reset, Reviewed
from warmstart.study.state import CardState, after, reviewed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from warmstart.study.cards import Entry, Rating
    from warmstart.study.curve import Curve
    from warmstart.study.schedule import Scheduler


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time from one review to the next, or, for the last one, from then on."""

    begins: datetime
    ends: datetime | None
    stability: float
    """Days until recall falls to 90 %."""
    rating: Rating | None
    """How the review went that it begins with; None for a schedule that came from elsewhere."""

    def recall(self, at: datetime, curve: Curve) -> float:
        """Return the probability of recall at a moment in it, without rounding to whole days."""
        days = max((at - self.begins).total_seconds(), 0.0) / 86_400
        return curve.after(days / self.stability)


def stretches(scheduler: Scheduler, entries: Iterable[Entry]) -> list[Stretch]:
    """Return the stretches that a card's effective entries, oldest first, lead to.

    A reset ends the last one and begins none: what came before is forgotten with it.
    """
    found: list[Stretch] = []
    state = CardState()
    for entry in entries:
        if isinstance(entry, Reviewed):
            memory = reviewed(scheduler, state.memory, entry)
            state = CardState(memory=memory)
            found.append(Stretch(entry.at, None, memory.stability, entry.rating))
        elif isinstance(entry, Imported):
            state = CardState(memory=after(state, entry).memory)
            if isinstance(state.memory, Memory):
                begins = state.memory.last_review
                found = [stretch for stretch in found if stretch.begins < begins]
                found.append(Stretch(begins, None, state.memory.stability, None))
        elif isinstance(entry, Reset):
            state = CardState(memory=New())
            found = []
    return [
        Stretch(one.begins, nxt.begins, one.stability, one.rating) for one, nxt in pairwise(found)
    ] + found[-1:]
