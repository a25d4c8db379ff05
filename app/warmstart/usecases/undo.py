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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.store.engine import Transaction
    from warmstart.study.cards import LogEntry
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
        last = tx.log.last_action()
        if not last:
            return None
        return _take_back(workspace, tx, last, [e.id for e in last], type(last[0].entry))


def redo(workspace: Workspace) -> Taken | None:
    """Do again what was undone last; None where nothing was, or something was done since.

    Raises:
        StoreError: nothing was recorded.
    """
    with workspace.store.write() as tx:
        last = tx.log.last_undo()
        if not last:
            return None
        again = [e.entry.entry for e in last if isinstance(e.entry, Undone)]
        first = tx.log.entry(again[0])
        return _take_back(workspace, tx, last, again, type(first.entry))


def _take_back(
    workspace: Workspace,
    tx: Transaction,
    entries: Sequence[LogEntry],
    concerned: Sequence[int],
    what: type[Entry],
) -> Taken:
    now = workspace.clock()
    tx.log.append_all([Undone(card=e.entry.card, at=now, entry=e.id) for e in entries])
    cards = tuple(dict.fromkeys(e.entry.card for e in entries if e.entry.card is not None))
    logs = tx.log.of_cards(cards)
    tx.cards.set_states(
        {card: replay(workspace.scheduler, effective(logs[card])) for card in cards}
    )
    return Taken(tuple(concerned), cards, what)
