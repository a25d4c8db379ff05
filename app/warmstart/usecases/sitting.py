"""A sitting: what a learner sits down to study, and the queue that comes of it.

An ordinary sitting has what is due today and the day's new cards. It can be narrowed to a concept,
tag, deck or search, and bounded by minutes or cards. To cram is to be asked all cards it is
narrowed to, due or not, whatever the day's limits; without effect on the schedule, if so wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.errors import UsageError
from warmstart.store.among import ALL, Among, listed
from warmstart.study.presets import limits
from warmstart.study.queue import Queue
from warmstart.text import meant
from warmstart.usecases.admitting import MOST, admitted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warmstart.store.sitting import Studying
    from warmstart.usecases.desk import Desk


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
            raise no_such(kind, name, filing.names(kind))
        found &= cards
    return found


def no_such(kind: str, name: str, known: Sequence[str]) -> UsageError:
    """Return what says that there is no deck, tag or concept of a name, and which come close."""
    hint = meant(name, known, 3, cutoff=0.4).rstrip() or None
    return UsageError(f"There is no {kind} called {name!r}.", hint=hint)


def queue(
    tx: Studying,
    desk: Desk,
    sitting: Sitting,
    now: datetime,
    day: tuple[datetime, datetime],
    *,
    first: Sequence[int] = (),
) -> Queue:
    """Return the queue of a sitting; ``day`` is when the study day began, and when it ends.

    Room is given to the cards in ``first`` before all others, to the last of them first.

    Raises:
        UsageError: as ``narrowed`` does.
    """
    among = narrowed(tx, desk, sitting, now)
    if sitting.cram:
        return Queue([], tx.queue.weakest(now, MOST, among), [])
    learning, let_in = admitted(tx.queue, limits(desk.settings), now, day, among, first=first)
    return Queue((each.step for each in learning), let_in.reviews, let_in.new)
