"""Which card comes next, and which may come today at all.

Three piles: cards in (re)learning, whose steps are minutes; cards due for review; new cards. A
learning card comes as soon as its step has passed. Otherwise new cards are spread evenly among the
reviews, so that neither waits for the end. When both are empty, a learning card may come early, by
up to ``LEARN_AHEAD``, rather than send the learner away for a few minutes.

``admission`` decides who is let into the second and third pile.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from heapq import heappush
from typing import TYPE_CHECKING

from warmstart.study.admission import Step, spread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

LEARN_AHEAD = timedelta(minutes=20)
"""How early a learning card may come when nothing else is left; Anki's default."""


class Queue:
    """The cards of one sitting, in the order in which they will be asked."""

    def __init__(self, learning: Iterable[Step], review: Iterable[int], new: Iterable[int]) -> None:
        self._learning: list[Step] = []
        for step in learning:
            heappush(self._learning, step)
        first = list(new)
        self._new = frozenset(first)
        self._waiting = deque(spread(list(review), first))
        self._returned: list[int] = []

    def __len__(self) -> int:
        """How many cards are left, each counted once."""
        return len(self._learning) + len(self._waiting) + len(self._returned)

    def __contains__(self, card: int) -> bool:
        """Whether a card is among them."""
        waits = card in self._waiting or card in self._returned
        return waits or any(step.card == card for step in self._learning)

    @property
    def left(self) -> tuple[int, int, int]:
        """How many cards are left: in learning, in review, new."""
        new = sum(card in self._new for card in (*self._waiting, *self._returned))
        return len(self._learning), len(self) - len(self._learning) - new, new

    def keep(self, most: int) -> None:
        """Keep the first ``most`` cards: those in learning, then those that wait."""
        self._learning = sorted(self._learning)[:most]
        left = most - len(self._learning)
        self._waiting = deque(list(self._waiting)[:left])

    @property
    def returned(self) -> tuple[int, ...]:
        """The cards that were put back, the last one last; they are asked whenever they are due."""
        return tuple(self._returned)

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
