"""Coming back: after a fortnight away the backlog is spread over days, said, and taken back by u.

It happens once for each time away, when the app opens. What was done is kept in the store beside
the log's batch, so that it can be said for the rest of that day, and is not done again once it was
taken back.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from warmstart.store.times import from_ms, to_ms
from warmstart.study.backlog import LOOKED_AT, Overdue, is_back, spread, usual
from warmstart.study.cards import Phase, Rescheduled
from warmstart.study.state import after
from warmstart.usecases.undo import withdraw

if TYPE_CHECKING:
    from datetime import date, datetime

    from warmstart.store.engine import Transaction
    from warmstart.usecases.workspace import Workspace

_KEY: Final = "spread"


@dataclass(frozen=True, slots=True)
class Spread:
    """A backlog that was spread."""

    away: int
    """Days since the last answer before it."""
    cards: int
    """Of the whole backlog, those of the first day included."""
    days: int
    today: int
    """Cards that stay for the day itself."""
    last_answer: int
    """When that was; it tells one time away from another."""
    entry: int
    """The first entry of the batch."""
    day: str
    """On which it was done; empty once it was taken back."""

    @property
    def sentence(self) -> str:
        """What to say of it."""
        return (
            f"You were away for {self.away} days. The {self.cards:,} reviews that came due are"
            f" spread over {self.days} days, {self.today:,} today: first what you most likely"
            " still know."
        )


def come_back(workspace: Workspace) -> Spread | None:
    """Spread the backlog of a learner who was away; None where there is nothing to spread.

    Raises:
        StoreError: nothing was changed.
    """
    now = workspace.clock()
    with workspace.store.read() as tx:
        last = tx.log.last_answer()
        if last is None or not is_back(now, last) or _is_done(tx, last):
            return None
    with workspace.store.write() as tx:
        return None if _is_done(tx, last) else _spread(workspace, tx, now, last)


def spread_today(workspace: Workspace) -> tuple[Spread, bool] | None:
    """Return what was spread today, and whether ``take_back`` would still take cards back."""
    today = workspace.days.day_of(workspace.clock()).isoformat()
    with workspace.store.read() as tx:
        found = _known(tx)
        if found is None or found.day != today:
            return None
        left = bool(tx.log.untouched(found.entry))
        return (found, left) if left or tx.log.stands(found.entry) else None


def take_back(workspace: Workspace) -> int:
    """Take today's spread back, and say of how many cards; what came after it stays.

    A card that was answered since, or given another date, keeps what came of that.

    Raises:
        StoreError: nothing was changed.
    """
    with workspace.store.write() as tx:
        found = _known(tx)
        entries = [] if found is None else tx.log.untouched(found.entry)
        if found is not None and entries:
            workspace.follow(tx)
            withdraw(tx, workspace.scheduler, workspace.clock(), entries)
            tx.queue.remember(_KEY, json.dumps(asdict(replace(found, day=""))))
        return len(entries)


def _spread(workspace: Workspace, tx: Transaction, now: datetime, last: datetime) -> Spread | None:
    days, curve = workspace.days, workspace.curve
    today = days.day_of(now)
    ends = days.end(today)
    backlog = [
        Overdue(card, curve.recall(stability, reviewed, to_ms(now)))
        for card, stability, reviewed in tx.queue.backlog(ends)
    ]
    before = days.start(days.day_of(last) - timedelta(days=LOOKED_AT))
    reviewed = [a for a in tx.queue.answered(before, now) if a.before is Phase.REVIEW]
    counts: Counter[date] = Counter(days.day_of(answer.at) for answer in reviewed)
    a_day = usual(counts, workspace.settings.study.reviews_per_day)
    dealt = spread(backlog, a_day, tx.queue.load(ends))
    if len(dealt) <= 1:
        return None
    moved = {
        card: Rescheduled(card, now, days.start(today + timedelta(days=later)))
        for later, cards in enumerate(dealt[1:], start=1)
        for card in cards
    }
    states = tx.cards.states(moved)
    entries = tx.log.append_all(list(moved.values()))
    tx.cards.set_states({card: after(states[card], entry) for card, entry in moved.items()})
    found = Spread(
        away=(now - last).days,
        cards=len(backlog),
        days=len(dealt),
        today=len(dealt[0]),
        last_answer=to_ms(last),
        entry=entries[0],
        day=today.isoformat(),
    )
    tx.queue.remember(_KEY, json.dumps(asdict(found)))
    return found


def _known(tx: Transaction) -> Spread | None:
    value = tx.queue.remembered(_KEY)
    return None if value is None else Spread(**json.loads(value))


def _is_done(tx: Transaction, last: datetime) -> bool:
    found = _known(tx)
    return found is not None and from_ms(found.last_answer) == last
