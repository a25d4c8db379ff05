"""Who may be asked today at all.

A day has room for so many reviews and so many new cards, of each preset and overall. Of the cards
of one passage only one is let in on a day, unless a preset wants its siblings all; then the later
ones stand at the end of their pile. Cards in learning are always let in: what was begun is to be
finished.

Values are named tuples: a sitting has a thousand of them, and ``warmstart due``, which counts by
the same rules before every prompt, would wait 6 ms for dataclasses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from datetime import datetime

T = TypeVar("T")

COMMON = ""
"""The name of the settings in ``[study]``, where those of a preset are asked for."""


class Limits(NamedTuple):
    """The settings of a preset that bear on who is let in, named and preset as in ``settings``."""

    new_per_day: int = 20
    reviews_per_day: int = 9999
    order: str = "due"
    bury_siblings: bool = True


class Step(NamedTuple):
    """A card in learning or relearning, by when its next step is due."""

    due: datetime
    card: int


class Waiting(NamedTuple):
    """A card in review that is due, or a new one."""

    key: tuple[float, ...]
    """Its place among the cards in the same order; smaller comes first."""
    card: int
    preset: str
    passage: tuple[int, int]
    """Its note, and the number of its passage there: the same for its siblings."""


class Room(NamedTuple):
    """How many more cards a day takes."""

    reviews: int
    new: int


class Admission(NamedTuple):
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
    """Choose the cards of a day from those that wait.

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
