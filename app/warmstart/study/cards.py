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
    from collections.abc import Sequence
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
    interval: timedelta | None = None
    """What the card had been given before: its due date less its last review; None for a new card.
    True retention is told by it (young below 21 days), as Anki does."""
    elsewhere: bool = False
    """It was given in another program and came with an import: undo does not reach it."""


@dataclass(frozen=True, slots=True)
class Crammed:
    """An answer given without effect on the schedule: the learner only practised."""

    card: int
    at: datetime
    rating: Rating
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Undone:
    """An earlier entry no longer counts; of an undo, that is what redo appends."""

    card: int | None
    """The entry's card; None where the entry has none."""
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
class Rescheduled:
    """The due date was moved, by hand or by spreading a backlog; what is remembered stays."""

    card: int
    at: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Suspended:
    """The card takes no part in study until it is resumed; its memory stays."""

    card: int
    at: datetime
    elsewhere: bool = False
    """It came suspended with an import: undo does not reach it."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The card takes part again; what was reported of it is settled."""

    card: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Buried:
    """The card is put off until then."""

    card: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Unburied:
    """The card is put off no longer."""

    card: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Flagged:
    """The learner gave the card a flag."""

    card: int
    at: datetime
    flag: int
    """1–7; 0 takes it away."""


@dataclass(frozen=True, slots=True)
class Remarked:
    """The learner wrote a note to themselves on the card."""

    card: int
    at: datetime
    text: str
    """Empty to take it away."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The learner says that the card is wrong; it is out of study until it is resumed."""

    card: int
    at: datetime
    text: str
    """What is wrong with it; may be empty."""


@dataclass(frozen=True, slots=True)
class Leech:
    """The card was forgotten so often that it was found to be a leech; a reset ends it."""

    card: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Tagged:
    """The learner gave the card a tag of their own."""

    card: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Untagged:
    """The learner took one of their own tags off the card."""

    card: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The learner put the card into a deck of their choice."""

    card: int
    at: datetime
    text: str
    """The deck; empty to leave it to the note again."""


@dataclass(frozen=True, slots=True)
class ParametersChanged:
    """From here on FSRS computes every memory with these parameters."""

    at: datetime
    parameters: tuple[float, ...]

    @property
    def card(self) -> None:
        """Always None: it is of no card."""
        return


CardEntry = (
    Reviewed
    | Crammed
    | Imported
    | Reset
    | Rescheduled
    | Suspended
    | Resumed
    | Buried
    | Unburied
    | Flagged
    | Remarked
    | Reported
    | Leech
    | Tagged
    | Untagged
    | Moved
)
"""What happens to one card."""

Entry = CardEntry | Undone | ParametersChanged


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry with its place in the log; ids grow in the order in which things happened."""

    id: int
    entry: Entry
    batch: int | None = None
    """The id of the first entry of those that one key made together; None for one alone."""


def effective(entries: Sequence[LogEntry]) -> list[Entry]:
    """Return the entries that still count, oldest first: neither undone nor an undo themselves.

    An undo may be undone in turn, which is how redo works. An undo comes after what it undoes, so
    that one look from the newest to the oldest settles it.
    """
    undone: set[int] = set()
    found: list[Entry] = []
    for each in reversed(entries):
        if each.id in undone:
            continue
        if isinstance(each.entry, Undone):
            undone.add(each.entry.entry)
        else:
            found.append(each.entry)
    return found[::-1]
