"""What a learner does to cards outside of answering them: one key, one transaction, one undo.

Each function takes the ids of cards and returns how many were changed. Cards that are already as
wanted are left alone. All of one call is one batch of the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.study.cards import (
    Buried,
    CardEntry,
    Flagged,
    Memory,
    Moved,
    New,
    Remarked,
    Reported,
    Rescheduled,
    Reset,
    Resumed,
    Suspended,
    Tagged,
    Unburied,
    Untagged,
)
from warmstart.study.state import after
from warmstart.usecases.refile import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    from warmstart.study.state import CardState
    from warmstart.usecases.workspace import Workspace

FLAGS = 7
"""Flags are numbered from 1 to this; 0 is none. As many as Anki has."""


def suspend(workspace: Workspace, cards: Iterable[int]) -> int:
    """Take cards out of study until they are resumed."""
    return each(
        workspace,
        cards,
        lambda state, card, at: Suspended(card, at) if state.suspended_at is None else None,
    )


def resume(workspace: Workspace, cards: Iterable[int]) -> int:
    """Let suspended cards take part again; what was reported of them is settled."""
    return each(
        workspace,
        cards,
        lambda state, card, at: None if state.suspended_at is None else Resumed(card, at),
    )


def bury(workspace: Workspace, cards: Iterable[int]) -> int:
    """Put cards off until the study day ends."""
    days = workspace.days
    until = days.end(days.day_of(workspace.clock()))
    return each(
        workspace,
        cards,
        lambda state, card, at: None if state.buried_until == until else Buried(card, at, until),
    )


def unbury(workspace: Workspace, cards: Iterable[int]) -> int:
    """Let cards that were put off come again today."""
    return each(
        workspace,
        cards,
        lambda state, card, at: None if state.buried_until is None else Unburied(card, at),
    )


def flag(workspace: Workspace, cards: Iterable[int], flag: int) -> int:
    """Give cards a flag, 1 to ``FLAGS``; 0 takes it away."""
    if not 0 <= flag <= FLAGS:
        raise ValueError(flag)
    return each(
        workspace,
        cards,
        lambda state, card, at: None if state.flag == flag else Flagged(card, at, flag),
    )


def remark(workspace: Workspace, card: int, text: str) -> int:
    """Keep a note to oneself on a card; an empty one takes it away."""
    text = text.strip()
    return each(
        workspace,
        [card],
        lambda state, card, at: None if state.remark == text else Remarked(card, at, text),
    )


def report(workspace: Workspace, card: int, text: str) -> int:
    """Say that a card is wrong: it is out of study until it is resumed."""
    text = text.strip()
    return each(
        workspace,
        [card],
        lambda state, card, at: None if state.reported == text else Reported(card, at, text),
    )


def reset(workspace: Workspace, cards: Iterable[int]) -> int:
    """Begin anew with cards; what was answered stays in the log and counts no longer."""
    return each(
        workspace,
        cards,
        lambda state, card, at: None if isinstance(state.memory, New) else Reset(card, at),
    )


def set_due(workspace: Workspace, cards: Iterable[int], day: date) -> int:
    """Let cards come due on a study day; new cards have no due date and are left alone.

    What is remembered of them stays, so that answering early or late counts for what it is.
    """
    due = workspace.days.start(day)

    def move(state: CardState, card: int, at: datetime) -> CardEntry | None:
        memory = state.memory
        moves = isinstance(memory, Memory) and memory.due != due
        return Rescheduled(card, at, due) if moves else None

    return each(workspace, cards, move)


def tag(workspace: Workspace, cards: Iterable[int], tag: str) -> int:
    """Give cards a tag of the learner's own."""
    return each(
        workspace,
        cards,
        lambda state, card, at: None if tag in state.tags else Tagged(card, at, tag),
    )


def untag(workspace: Workspace, cards: Iterable[int], tag: str) -> int:
    """Take one of the learner's own tags off cards; a note's tags are the note's."""
    return each(
        workspace,
        cards,
        lambda state, card, at: Untagged(card, at, tag) if tag in state.tags else None,
    )


def move(workspace: Workspace, cards: Iterable[int], deck: str) -> int:
    """Put cards into a deck, whatever their note says; an empty name leaves it to the note."""
    return each(
        workspace,
        cards,
        lambda state, card, at: None if state.deck == (deck or None) else Moved(card, at, deck),
    )


def each(
    workspace: Workspace,
    cards: Iterable[int],
    entry: Callable[[CardState, int, datetime], CardEntry | None],
) -> int:
    """Log what ``entry`` gives for each card (None: leave it alone), and apply it.

    Raises:
        StoreError: nothing was changed.
    """
    wanted = tuple(dict.fromkeys(cards))
    with workspace.store.write() as tx:
        now = workspace.clock()
        states = tx.cards.states(wanted)
        made = {
            card: found
            for card in wanted
            if card in states and (found := entry(states[card], card, now)) is not None
        }
        tx.log.append_all(list(made.values()))
        tx.cards.set_states({card: after(states[card], found) for card, found in made.items()})
        if made:
            follow(tx, workspace.settings, type(next(iter(made.values()))), made)
    return len(made)
