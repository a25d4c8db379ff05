"""What a card's log makes of the card: its memory, and everything the learner did to it.

The log is the truth, and a card's state is what replaying the entries that still count gives. The
store keeps the state beside the card for speed; undo, and a check of the store, compute it anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from warmstart.study.cards import (
    Buried,
    CardEntry,
    Crammed,
    Entry,
    Flagged,
    Imported,
    Leech,
    Memory,
    MemoryState,
    Moved,
    New,
    ParametersChanged,
    Phase,
    Rating,
    Remarked,
    Reported,
    Rescheduled,
    Reset,
    Resumed,
    Reviewed,
    Suspended,
    Tagged,
    Unburied,
    Undone,
    Untagged,
)
from warmstart.study.curve import elapsed_days

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from warmstart.study.schedule import Scheduler


_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class CardState:
    """Everything that the log says of a card."""

    memory: MemoryState = New()  # noqa: RUF009 — a frozen value, shared like a constant
    suspended_at: datetime | None = None
    buried_until: datetime | None = None
    """It may be past: then the card is buried no longer."""
    flag: int = 0
    """1–7; 0 is none."""
    remark: str = ""
    """The learner's note to themselves."""
    reported: str | None = None
    """What the learner says is wrong with the card; a card that was reported is suspended too."""
    leech: bool = False
    tags: frozenset[str] = frozenset()
    """The learner's own, apart from the note's."""
    deck: str | None = None
    """The learner's own choice; None leaves it to the note."""


def replay(scheduler: Scheduler, entries: Iterable[Entry]) -> CardState:
    """Return the state that a card's effective entries, oldest first, lead to."""
    state = CardState()
    for entry in entries:
        match entry:
            case Reviewed():
                state = replace(state, memory=reviewed(scheduler, state.memory, entry))
            case Undone() | ParametersChanged():
                pass  # of no card
            case _:
                state = after(state, entry)
    return state


def reviewed(scheduler: Scheduler, memory: MemoryState, entry: Reviewed) -> Memory:
    """Return the memory after an answer of the log, which keeps the schedule it led to."""
    formulas = scheduler.formulas
    if isinstance(memory, New):
        reviews = lapses = 0
        stability, difficulty = formulas.first(entry.rating)
    else:
        reviews, lapses = memory.reviews, memory.lapses
        days = elapsed_days((entry.at - memory.last_review) // _MS)
        stability, difficulty = formulas.after(
            memory.stability, memory.difficulty, days, entry.rating
        )
    return Memory(
        phase=entry.phase,
        step=entry.step,
        stability=stability,
        difficulty=difficulty,
        due=entry.due,
        last_review=entry.at,
        reviews=reviews + 1,
        lapses=lapses + (memory.phase is Phase.REVIEW and entry.rating is Rating.AGAIN),
    )


def after(  # noqa: C901, PLR0911, PLR0912 — one flat look at what kind of entry it is
    state: CardState, entry: CardEntry
) -> CardState:
    """Return the state after an entry that needs no scheduler.

    Raises:
        TypeError: the entry is a review, which does.
    """
    match entry:
        case Imported():
            return replace(state, memory=_imported(entry, state.memory))
        case Reset():
            return replace(state, memory=New(), leech=False)
        case Rescheduled(due=due) if isinstance(state.memory, Memory):
            moved = replace(state.memory, phase=Phase.REVIEW, step=None, due=due)
            return replace(state, memory=moved)
        case Rescheduled() | Crammed():
            return state  # a new card has no due date to move
        case Suspended(at=at):
            return replace(state, suspended_at=at)
        case Resumed():
            return replace(state, suspended_at=None, reported=None)
        case Reported(at=at, text=text):
            return replace(state, suspended_at=at, reported=text)
        case Buried(until=until):
            return replace(state, buried_until=until)
        case Unburied():
            return replace(state, buried_until=None)
        case Flagged(flag=flag):
            return replace(state, flag=flag)
        case Remarked(text=text):
            return replace(state, remark=text)
        case Leech():
            return replace(state, leech=True)
        case Tagged(text=text):
            return replace(state, tags=state.tags | {text})
        case Untagged(text=text):
            return replace(state, tags=state.tags - {text})
        case Moved(text=text):
            return replace(state, deck=text or None)
        case Reviewed():
            raise TypeError("a review needs the scheduler")


def _imported(entry: Imported, before: MemoryState) -> Memory:
    """Return the memory that an imported state stands for; answers counted before stay counted."""
    reviews, lapses = (1, 0) if isinstance(before, New) else (before.reviews, before.lapses)
    return Memory(
        phase=Phase.REVIEW,
        step=None,
        stability=entry.stability,
        difficulty=entry.difficulty,
        due=entry.due,
        last_review=entry.last_review,
        reviews=reviews,
        lapses=lapses,
    )
