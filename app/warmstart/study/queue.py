"""Which card comes next, and which may come today at all.

Three piles: cards in (re)learning, whose steps are minutes; cards due for review; new cards. A
learning card comes as soon as its step has passed. Otherwise new cards are spread evenly among the
reviews, so that neither waits for the end. When both are empty, a learning card may come early, by
up to ``LEARN_AHEAD``, rather than send the learner away for a few minutes.

``admit`` decides who is let into the second and third pile. A day has room for so many reviews and
so many new cards, of each preset and overall. Of the cards of one passage only one is let in on a
day, unless a preset wants its siblings all; then the later ones stand at the end of their pile.
Cards in learning are always let in: what was begun is to be finished.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappush
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

T = TypeVar("T")

LEARN_AHEAD = timedelta(minutes=20)
"""How early a learning card may come when nothing else is left; Anki's default."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """A card in learning or relearning, by when its next step is due."""

    due: datetime
    card: int


class Waiting(NamedTuple):
    """A card in review that is due, or a new one; a named tuple, because there are a thousand."""

    key: tuple[float, ...]
    """Its place among the cards in the same order; smaller comes first."""
    card: int
    preset: str
    passage: tuple[int, int]
    """Its note, and the number of its passage there: the same for its siblings."""


@dataclass(slots=True)
class Room:
    """How many more cards a day takes."""

    reviews: int
    new: int


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in, in the order in which they will be asked."""

    reviews: list[int]
    new: list[int]


def admit(
    reviews: Iterable[list[Waiting]],
    new: list[Waiting],
    rooms: Mapping[str, Room],
    overall: Room,
    *,
    met: Iterable[tuple[int, int]] = (),
    together: Container[str] = (),
) -> Admission:
    """Choose the cards of a day from those that wait; neither room is changed.

    Args:
        reviews: the due cards, a list for each order that presets ask for; the lists are merged
            in proportion.
        new: the new cards.
        rooms: the room of each preset; one that is not named has as much as there is overall.
        overall: the room of all together.
        met: the passages of which a card was answered today, or is in learning.
        together: the presets whose siblings may come on one day.
    """
    door = _Door(rooms, overall, met, together)
    due = spread(*(sorted(some) for some in reviews))
    return Admission(door.let_in(due, "reviews"), door.let_in(sorted(new), "new"))


class _Door:
    def __init__(
        self,
        rooms: Mapping[str, Room],
        overall: Room,
        met: Iterable[tuple[int, int]],
        together: Container[str],
    ) -> None:
        self._rooms, self._overall = rooms, overall
        self._met = set(met)
        self._together = together

    def let_in(self, waiting: Iterable[Waiting], pile: Literal["reviews", "new"]) -> list[int]:
        room: int = getattr(self._overall, pile)
        rooms: dict[str, int] = {name: getattr(own, pile) for name, own in self._rooms.items()}
        first: list[int] = []
        siblings: list[int] = []
        for _, card, preset, passage in waiting:
            if room <= 0:
                break
            seen = passage in self._met
            if (seen and preset not in self._together) or rooms.get(preset, room) <= 0:
                continue
            room -= 1
            if preset in rooms:
                rooms[preset] -= 1
            self._met.add(passage)
            (siblings if seen else first).append(card)
        return first + siblings


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

    def keep(self, most: int) -> None:
        """Keep the first ``most`` cards: those in learning, then those that wait."""
        self._learning = sorted(self._learning)[:most]
        left = most - len(self._learning)
        self._waiting = deque(list(self._waiting)[:left])

    @property
    def returned(self) -> tuple[int, ...]:
        """The cards that were put back; they are asked whenever they are due."""
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


def spread(*piles: list[T]) -> list[T]:
    """Merge lists in proportion, keeping the order of each: 6 and 2 give r r n r r r n r … .

    >>> spread([1, 2, 3, 4], [9])
    [1, 2, 9, 3, 4]
    """
    filled = [pile for pile in piles if pile]
    if len(filled) <= 1:
        return filled[0][:] if filled else []
    placed = [
        ((i + 0.5) / len(pile), number, card)
        for number, pile in enumerate(filled)
        for i, card in enumerate(pile)
    ]
    return [card for _, _, card in sorted(placed, key=lambda p: p[:2])]
