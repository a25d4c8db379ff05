"""A sitting: what a learner sits down to study, and the queue that comes of it.

An ordinary sitting has what is due today and the day's new cards. It can be narrowed to a concept,
tag, deck or search, and bounded by minutes or cards. To cram is to be asked all cards it is
narrowed to, due or not, whatever the day's limits; without effect on the schedule, if so wanted.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from warmstart.errors import UsageError
from warmstart.store.among import ALL, Among, listed, of_preset
from warmstart.study.cards import Phase
from warmstart.study.presets import COMMON, by_name
from warmstart.study.queue import Queue, Room, admit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from warmstart.settings import StudySettings
    from warmstart.store.sitting import Studying
    from warmstart.study.queue import Waiting
    from warmstart.usecases.desk import Desk

MOST = 1000
"""The most reviews of one sitting; whoever has more due begins another, and none waits for all of
them to be read."""
_SPARE = 50  # read beyond what there is room for: siblings fall out


@dataclass(frozen=True, slots=True)
class Sitting:
    """What to study; nothing said, the day's queue."""

    minutes: int | None = None
    """End after so many minutes of thinking time."""
    cards: int | None = None
    """Ask so many cards at most."""
    concept: str | None = None
    """The title of a concept; what is below it belongs to it."""
    tag: str | None = None
    deck: str | None = None
    search: str | None = None
    """A search over cards, as Browse takes it."""
    chosen: tuple[int, ...] | None = None
    """Cards by their ids, as a list of cards on the screen has them."""
    cram: bool = False
    """Ask all of these cards, due or not and whatever the day's limits; the weakest first."""
    effect: bool = True
    """Whether answers count for the schedule."""


ORDINARY = Sitting()
"""The day's queue."""


def narrowed(tx: Studying, desk: Desk, sitting: Sitting, now: datetime) -> Among:
    """Return the cards that a sitting is narrowed to.

    Raises:
        UsageError: there is no such concept, tag or deck (says which names come close), or no card
            fits the search, or it cannot be read.
    """
    filing = tx.filing
    found = ALL if sitting.chosen is None else listed(sitting.chosen)
    if sitting.search is not None and sitting.search.strip():
        from warmstart.store.searching import Condition
        from warmstart.study.search.read import parse

        condition = Condition(parse(sitting.search), at=now, days=desk.days, curve=desk.curve)
        if not (fitting := filing.fitting(condition)):
            raise UsageError(f"No card fits the search {sitting.search!r}.")
        found &= listed(fitting)
    for kind in ("concept", "tag", "deck"):
        name = getattr(sitting, kind)
        if name is None:
            continue
        cards = filing.under(kind, name)
        if cards is None:
            near = get_close_matches(name, filing.names(kind), n=3, cutoff=0.4)
            hint = f"Did you mean {' or '.join(near)}?" if near else None
            raise UsageError(f"There is no {kind} called {name!r}.", hint=hint)
        found &= cards
    return found


def queue(
    tx: Studying,
    desk: Desk,
    sitting: Sitting,
    now: datetime,
    day: tuple[datetime, datetime],
    *,
    first: Collection[int] = (),
) -> Queue:
    """Return the queue of a sitting; ``day`` is when the study day began, and when it ends.

    Room is given to the cards in ``first`` before all others.

    Raises:
        UsageError: as ``narrowed`` does.
    """
    among = narrowed(tx, desk, sitting, now)
    if sitting.cram:
        return Queue([], tx.queue.weakest(now, MOST, among), [])
    learning = tx.queue.learning(day[1], now, among)
    presets = by_name(desk.settings)
    given = tx.queue.answered(*day)
    met = {answer.passage for answer in given} | {
        each.passage for each in tx.queue.learning(day[1], now)
    }
    rooms = {
        name: Room(
            reviews=max(0, own.reviews_per_day - used[Phase.REVIEW]),
            new=max(0, own.new_per_day - used[Phase.NEW]),
        )
        for name, own in presets.items()
        for used in [Counter(a.before for a in given if not name or a.preset == name)]
    }
    overall = rooms.pop(COMMON)
    overall.reviews = min(overall.reviews, MOST)
    waiting = _Waiting(tx, presets, among, now, day[1])
    together = {name for name, own in presets.items() if not own.bury_siblings}
    most = _SPARE + max(overall.reviews, overall.new)
    while True:
        reviews, new = waiting.read(most, rooms, overall)
        if first:
            reviews = {order: _ahead(some, first) for order, some in reviews.items()}
            new = _ahead(new, first)
        let_in = admit(reviews.values(), new, rooms, overall, met=met, together=together)
        more = waiting.more("reviews", let_in.reviews) or waiting.more("new", let_in.new)
        if not more:
            return Queue((each.step for each in learning), let_in.reviews, let_in.new)
        most *= 4  # a passage of many siblings filled what was read


def _ahead(waiting: list[Waiting], first: Collection[int]) -> list[Waiting]:
    return [w._replace(key=(-math.inf,)) if w.card in first else w for w in waiting]


class _Waiting:
    """Reads who waits, preset by preset, because each has an order and a limit of its own."""

    def __init__(
        self,
        tx: Studying,
        presets: Mapping[str, StudySettings],
        among: Among,
        now: datetime,
        ends: datetime,
    ) -> None:
        self._queue = tx.queue
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
                found = self._queue.reviews(
                    own.order, self._ends, self._now, most, among, preset=name
                )
                reviews.setdefault(own.order, []).extend(self._noted(found, most, "reviews", least))
            if least := min(room.new, overall.new):
                found = self._queue.new(self._now, most, among, preset=name)
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
