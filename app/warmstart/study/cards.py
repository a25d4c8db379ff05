"""A card's memory, and the log that is the truth about it.

A memory is either ``New`` or ``Memory``: a sum of types, so that no half-filled state can exist. A
card's memory is what replaying its entries of the log gives (``schedule.Scheduler.replay``); the
store keeps it beside the card only because reading it there is faster.

All times are aware datetimes in UTC with whole milliseconds, which is what the store can hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class Rating(IntEnum):
    """How an answer went; FSRS's numbers."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class Phase(IntEnum):
    """Where a card stands in its schedule; 1–3 are FSRS's states."""

    NEW = 0
    LEARNING = 1
    REVIEW = 2
    RELEARNING = 3


@dataclass(frozen=True, slots=True)
class New:
    """A card that was never answered."""

    @property
    def phase(self) -> Phase:
        """Always ``Phase.NEW``."""
        return Phase.NEW


@dataclass(frozen=True, slots=True)
class Memory:
    """What FSRS knows of a card that was answered at least once."""

    phase: Phase
    step: int | None
    """Which learning or relearning step comes next; None in review."""
    stability: float
    """Days until recall falls to 90 %."""
    difficulty: float
    """1 (easy) to 10 (hard)."""
    due: datetime
    last_review: datetime
    reviews: int
    lapses: int
    """How often a card in review was answered Again."""


MemoryState = New | Memory


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One answer: what was pressed, when, after how long, and the schedule it led to.

    Phase, step and due are part of the record, because they depend on settings of that day (steps,
    retention, fuzz) which later settings must not rewrite. Stability and difficulty are not: they
    follow from the ratings and the parameters, and are recomputed.
    """

    card: int
    at: datetime
    rating: Rating
    duration: timedelta
    before: Phase
    phase: Phase
    step: int | None
    due: datetime
    elsewhere: bool = False
    """It was given in another program and came with an import: undo does not reach it."""


@dataclass(frozen=True, slots=True)
class Undone:
    """An earlier entry no longer counts."""

    card: int
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class Imported:
    """A card came with a schedule of its own, from a note or another program."""

    card: int
    at: datetime
    stability: float
    difficulty: float
    due: datetime
    last_review: datetime


@dataclass(frozen=True, slots=True)
class Reset:
    """The learner wants to begin with this card again; what came before no longer counts."""

    card: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspended:
    """The card takes no part in study until it is resumed; its memory stays."""

    card: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    """The card takes part again."""

    card: int
    at: datetime


Entry = Reviewed | Undone | Imported | Reset | Suspended | Resumed


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry with its place in the log; ids grow in the order in which things happened."""

    id: int
    entry: Entry


def effective(entries: list[LogEntry]) -> list[Entry]:
    """Return the entries that still count, oldest first: neither undone nor an undo themselves."""
    undone = {e.entry.entry for e in entries if isinstance(e.entry, Undone)}
    return [e.entry for e in entries if e.id not in undone and not isinstance(e.entry, Undone)]
