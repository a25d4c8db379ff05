"""Undo and redo: the last thing a learner did to a card, or to many at once.

Nothing is restored from a copy: an ``Undone`` entry is appended, and the cards' states are computed
anew from their logs. So it works across a restart, and cannot drift from the log. Redo is an undo
of the undo, and is offered until something else is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.study.cards import Entry, Undone, effective
from warmstart.study.state import replay
from warmstart.usecases.refile import follow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warmstart.store.sitting import Studying
    from warmstart.study.cards import LogEntry
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken back, or done again."""

    entries: tuple[int, ...]
    """The ids in the log of what no longer counts, or counts again."""
    cards: tuple[int, ...]
    """The cards concerned, each once."""
    what: type[Entry]
    """The kind of what was done, of its first entry: one key may log several."""


def undo(workspace: Workspace) -> Taken | None:
    """Take back the last action that stands; None where there is none.

    Raises:
        StoreError: nothing was recorded.
    """
    with workspace.store.write() as tx:
        workspace.follow(tx)
        return _refiled(tx, workspace, take_back(tx, workspace.scheduler, workspace.clock()))


def redo(workspace: Workspace) -> Taken | None:
    """Do again what was undone last; None where nothing was, or something was done since.

    Raises:
        StoreError: nothing was recorded.
    """
    with workspace.store.write() as tx:
        workspace.follow(tx)
        return _refiled(tx, workspace, do_again(tx, workspace.scheduler, workspace.clock()))


def take_back(tx: Studying, scheduler: Scheduler, at: datetime) -> Taken | None:
    """Undo within a transaction."""
    last = tx.log.last_action()
    if not last:
        return None
    withdraw(tx, scheduler, at, last)
    return _taken(last)


def do_again(tx: Studying, scheduler: Scheduler, at: datetime) -> Taken | None:
    """Redo within a transaction."""
    last = tx.log.last_undo()
    if not last:
        return None
    again = [tx.log.entry(e.entry.entry) for e in last if isinstance(e.entry, Undone)]
    withdraw(tx, scheduler, at, last)
    return _taken(again)


def _refiled(tx: Studying, workspace: Workspace, taken: Taken | None) -> Taken | None:
    if taken is not None:
        follow(tx, workspace.settings, taken.what, taken.cards)
    return taken


def withdraw(tx: Studying, scheduler: Scheduler, at: datetime, entries: Sequence[LogEntry]) -> None:
    """Append undoes of these entries, and compute their cards' states anew."""
    tx.log.append_all([Undone(card=e.entry.card, at=at, entry=e.id) for e in entries])
    logs = tx.log.of_cards(_cards(entries))
    tx.cards.set_states({card: replay(scheduler, effective(log)) for card, log in logs.items()})


def _taken(entries: Sequence[LogEntry]) -> Taken:
    return Taken(tuple(e.id for e in entries), _cards(entries), type(entries[0].entry))


def _cards(entries: Sequence[LogEntry]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(e.entry.card for e in entries if e.entry.card is not None))
