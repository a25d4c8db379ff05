"""Which card comes next.

Three piles: cards in (re)learning, whose steps are minutes; cards due for review; new cards. A
learning card comes as soon as its step has passed. Otherwise new cards are spread evenly among the
reviews, so that neither waits for the end. When both are empty, a learning card may come early, by
up to ``LEARN_AHEAD``, rather than send the learner away for a few minutes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LEARN_AHEAD = timedelta(minutes=20)
"""How early a learning card may come when nothing else is left; Anki's default."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """A card in learning or relearning, by when its next step is due."""

    due: datetime
    card: int


class Queue:
    """The cards of one sitting, in the order in which they will be asked."""

    def __init__(self, learning: Iterable[Step], review: Iterable[int], new: Iterable[int]) -> None:
        self._learning: list[Step] = []
        for step in learning:
            heappush(self._learning, step)
        self._waiting = deque(spread(list(review), list(new)))
        self._returned: list[int] = []

    def __len__(self) -> int:
        """How many cards are left, each counted once."""
        return len(self._learning) + len(self._waiting) + len(self._returned)

    def next(self, now: datetime) -> int | None:
        """Return the card to ask now and leave it in place; None when nothing may come yet."""
        if self._returned:
            return self._returned[-1]
        if self._learning and self._learning[0].due <= now:
            return self._learning[0].card
        if self._waiting:
            return self._waiting[0]
        if self._learning and self._learning[0].due <= now + LEARN_AHEAD:
            return self._learning[0].card
        return None

    @property
    def waiting_until(self) -> datetime | None:
        """When the next learning card is due; None without one."""
        return self._learning[0].due if self._learning else None

    def remove(self, card: int) -> None:
        """Take a card out, wherever it stands."""
        if card in self._returned:
            self._returned.remove(card)
            return
        if self._waiting and self._waiting[0] == card:
            self._waiting.popleft()
            return
        if card in self._waiting:
            self._waiting.remove(card)
            return
        rest = [step for step in self._learning if step.card != card]
        self._learning = []
        for step in rest:
            heappush(self._learning, step)

    def learn(self, card: int, due: datetime) -> None:
        """Put a card among those in learning."""
        heappush(self._learning, Step(due, card))

    def put_back(self, card: int) -> None:
        """Ask this card before all others: its answer was undone."""
        self.remove(card)
        self._returned.append(card)


def spread(review: list[int], new: list[int]) -> list[int]:
    """Merge two lists in proportion, keeping the order of each: 6 and 2 give r r n r r r n r … .

    >>> spread([1, 2, 3, 4], [9])
    [1, 2, 9, 3, 4]
    """
    placed = [((i + 0.5) / len(review), 0, card) for i, card in enumerate(review)]
    placed += [((i + 0.5) / len(new), 1, card) for i, card in enumerate(new)]
    return [card for _, _, card in sorted(placed, key=lambda p: p[:2])]
