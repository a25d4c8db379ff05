"""Recording an answer: the card scheduled anew, the entry in the log, a leech found out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from warmstart.study.cards import Crammed, Leech, MemoryState, New, Reviewed, Suspended
from warmstart.study.leech import becomes_leech
from warmstart.study.state import after as state_after

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from warmstart.settings import StudySettings
    from warmstart.store.sitting import Studying
    from warmstart.study.balance import Load
    from warmstart.study.cards import CardEntry, Memory, Rating
    from warmstart.study.schedule import Scheduler


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a sitting, with the memory it started from."""

    entry: int
    """The id of its entry in the log."""
    given: Reviewed | Crammed
    memory: MemoryState


@dataclass(frozen=True, slots=True)
class AtWork:
    """What a card is scheduled by."""

    scheduler: Scheduler
    settings: StudySettings
    load: Load | None


class Recorded(NamedTuple):
    """What came of an answer."""

    after: Memory
    answer: Answer
    told: str | None
    """That the card was found to be a leech; None where it was not."""


def record(
    tx: Studying,
    by: AtWork,
    card: int,
    memory: MemoryState,
    answer: tuple[Rating, timedelta, datetime],
) -> Recorded:
    """Record an answer (rating, duration, when) to a card of this memory.

    That it made the card a leech, and was suspended for that, is logged in one batch with it: one
    undo takes all back.
    """
    rating, duration, at = answer
    seed = seed_of(card, memory)
    after = by.scheduler.review(memory, rating, at, seed=seed, load=by.load)
    reviewed = Reviewed(
        card=card,
        at=at,
        rating=rating,
        duration=duration,
        before=memory.phase,
        phase=after.phase,
        step=after.step,
        due=after.due,
        interval=None if isinstance(memory, New) else memory.due - memory.last_review,
    )
    if becomes_leech(memory, after, by.settings.leech_threshold):
        suspends = by.settings.leech_action == "suspend"
        entry = _leech(tx, reviewed, after, suspends=suspends)
        times = "once" if after.lapses == 1 else f"{after.lapses} times"
        told = (
            f"Forgotten {times}, this card is a leech"
            f"{' and suspended' if suspends else ''}: reword it, split it, or let it go."
        )
        return Recorded(after, Answer(entry, reviewed, memory), told)
    entry = tx.log.append(reviewed)
    tx.cards.set_memory(card, after)
    return Recorded(after, Answer(entry, reviewed, memory), None)


def seed_of(card: int, memory: MemoryState) -> str:
    """Return what the fuzz is drawn from: the same until the card is answered again."""
    return f"{card}/{0 if isinstance(memory, New) else memory.reviews}"


def _leech(tx: Studying, reviewed: Reviewed, after: Memory, *, suspends: bool) -> int:
    card, at = reviewed.card, reviewed.at
    found: list[CardEntry] = [Leech(card, at), *([Suspended(card, at)] if suspends else [])]
    state = replace(tx.cards.states([card])[card], memory=after)
    for entry in found:
        state = state_after(state, entry)
    tx.cards.set_states({card: state})
    return tx.log.append_all([reviewed, *found])[0]
