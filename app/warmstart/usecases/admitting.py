"""Who is let in today, as the store has it: what a sitting asks, and what Today counts.

One rule for both, so that the figures on Today and on a prompt are those of the sitting. It
imports next to nothing, because a shell prompt waits for it.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal

from warmstart.store.among import ALL, Among, of_preset
from warmstart.study.admission import COMMON, Room, admit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from warmstart.store.waits import Learning, Waits
    from warmstart.study.admission import Admission, Limits, Waiting

MOST = 1000
"""The most reviews of one sitting; whoever has more due begins another, and none waits for all of
them to be read."""
_SPARE = 50  # read beyond what there is room for: siblings fall out
_NEW, _REVIEW = 0, 2  # phases by number


def admitted(
    waits: Waits,
    presets: Mapping[str, Limits],
    now: datetime,
    day: tuple[datetime, datetime],
    among: Among = ALL,
    *,
    first: Sequence[int] = (),
) -> tuple[list[Learning], Admission]:
    """Return who is in learning and who is let in, of some of the cards.

    ``day`` is when it began, and when it ends.

    Room is given to the cards in ``first`` before all others, to the last of them first.
    """
    learning = waits.learning(day[1], now)
    given = waits.answered(*day)
    met = {answer.passage for answer in given} | {each.passage for each in learning}
    rooms = {
        name: Room(
            reviews=max(0, own.reviews_per_day - used[_REVIEW]),
            new=max(0, own.new_per_day - used[_NEW]),
        )
        for name, own in presets.items()
        for used in [Counter(a.before for a in given if not name or a.preset == name)]
    }
    overall = rooms.pop(COMMON)
    overall = overall._replace(reviews=min(overall.reviews, MOST))
    reading = _Reading(waits, presets, among, now, day[1])
    together = {name for name, own in presets.items() if not own.bury_siblings}
    most = _SPARE + max(overall.reviews, overall.new)
    if among is not ALL:
        learning = waits.learning(day[1], now, among)
    while True:
        reviews, new = reading.read(most, rooms, overall)
        if first:
            reviews = {order: _ahead(some, first) for order, some in reviews.items()}
            new = _ahead(new, first)
        let_in = admit(reviews.values(), new, rooms, overall, met=met, together=together)
        more = reading.more("reviews", let_in.reviews) or reading.more("new", let_in.new)
        if not more:
            return learning, let_in
        most *= 4  # a passage of many siblings filled what was read


def day_ahead(
    waits: Waits, presets: Mapping[str, Limits], now: datetime, day: tuple[datetime, datetime]
) -> tuple[int, int, int]:
    """Return how many cards the day still has: in learning, to review, and new.

    Where one sitting does not hold all its reviews, those of the next are counted without asking
    which of them are siblings, so that the figure may come down a little with the first.
    """
    learning, let_in = admitted(waits, presets, now, day)
    reviews = len(let_in.reviews)
    if reviews == MOST:
        used = sum(answer.before == _REVIEW for answer in waits.answered(*day))
        room = max(0, presets[COMMON].reviews_per_day - used)
        reviews = min(room, waits.overdue(day[1], now))
    return len(learning), reviews, len(let_in.new)


def _ahead(waiting: list[Waiting], first: Sequence[int]) -> list[Waiting]:
    return [
        w._replace(key=(-math.inf, -first.index(w.card))) if w.card in first else w for w in waiting
    ]


class _Reading:
    """Who waits, read preset by preset, because each has an order and a limit of its own."""

    def __init__(
        self,
        waits: Waits,
        presets: Mapping[str, Limits],
        among: Among,
        now: datetime,
        ends: datetime,
    ) -> None:
        self._waits = waits
        self._presets = presets
        self._among = among
        self._now = now
        self._ends = ends
        self._cut: dict[str, dict[str, int]] = {}
        self._preset_of: dict[int, str] = {}
        self._overall = Room(0, 0)

    def read(
        self, most: int, rooms: Mapping[str, Room], overall: Room
    ) -> tuple[dict[str, list[Waiting]], list[Waiting]]:
        """Return up to ``most`` due cards of each preset, by their order; and as many new ones."""
        reviews: dict[str, list[Waiting]] = {}
        new: list[Waiting] = []
        self._cut, self._overall = {"reviews": {}, "new": {}}, overall
        for name, own in self._presets.items():
            room = rooms.get(name, overall)
            among = self._among & self._of(name)
            if least := min(room.reviews, overall.reviews):
                found = self._waits.reviews(
                    own.order, self._ends, self._now, most, among, preset=name
                )
                reviews.setdefault(own.order, []).extend(self._noted(found, most, "reviews", least))
            if least := min(room.new, overall.new):
                found = self._waits.new(self._now, most, among, preset=name)
                new += self._noted(found, most, "new", least)
        return reviews, new

    def more(self, pile: Literal["reviews", "new"], let_in: Sequence[int]) -> bool:
        """Whether there is room left for cards that were not read."""
        if not self._cut[pile] or len(let_in) >= getattr(self._overall, pile):
            return False
        taken = Counter(self._preset_of[card] for card in let_in)
        return any(taken[name] < room for name, room in self._cut[pile].items())

    def _noted(self, found: list[Waiting], most: int, pile: str, room: int) -> list[Waiting]:
        if len(found) == most:
            self._cut[pile][found[0].preset] = room
        self._preset_of |= {each.card: each.preset for each in found}
        return found

    def _of(self, name: str) -> Among:
        named = [other for other in self._presets if other != COMMON]
        return of_preset(name if named else None, named)
