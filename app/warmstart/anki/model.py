"""A collection as Anki keeps it: frozen values, nothing converted yet.

The names are Anki's own, spelled out. Times are what Anki stores: ids of reviews are milliseconds
since the epoch, ``created`` is in seconds, the due date of a card in review is a day counted from
``created``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class CardType(IntEnum):
    """Where a card stands: the column ``type`` of Anki's cards."""

    NEW = 0
    LEARNING = 1
    REVIEW = 2
    RELEARNING = 3


class Queue(IntEnum):
    """What Anki does with a card: the values of the column ``queue`` that are used here."""

    SUSPENDED = -1
    NEW = 0
    LEARNING = 1
    REVIEW = 2


class ReviewKind(IntEnum):
    """What a line of the review log was: the column ``type`` of Anki's ``revlog``."""

    LEARNING = 0
    REVIEW = 1
    RELEARNING = 2
    FILTERED = 3
    MANUAL = 4
    RESCHEDULED = 5


DAY: Final = 86_400
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Template:
    """How a card is made of a note's fields: HTML with ``{{…}}``."""

    name: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class NoteType:
    """A kind of note: its fields by name, and a template for each card."""

    id: int
    name: str
    fields: tuple[str, ...]
    templates: tuple[Template, ...]
    cloze: bool = False
    """One template serves all cards, one card for each number among the clozes."""


@dataclass(frozen=True, slots=True)
class AnkiNote:
    """A note: the values of its fields, in HTML."""

    id: int
    guid: str
    """The same in every collection that the note was shared with."""
    type_id: int
    fields: tuple[str, ...]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnkiCard:
    """A card of a note, with its place in the schedule."""

    id: int
    note_id: int
    deck_id: int
    ord: int
    """Which of the note's cards it is, from 0; the number of its cloze, less one."""
    type: int = CardType.NEW
    queue: int = Queue.NEW
    due: int = 0
    """A position for a new card, seconds since the epoch in learning, else a day."""
    interval: int = 0
    """Days."""
    factor: int = 0
    """SM-2's ease in thousandths; 0 where there is none."""
    reps: int = 0
    lapses: int = 0
    left: int = 0
    """Learning steps that are left."""
    original_due: int = 0
    """The due date to go back to from a filtered deck; 0 outside one."""
    original_deck: int = 0
    stability: float | None = None
    """FSRS's, in days; None where FSRS is not in use."""
    difficulty: float | None = None
    """FSRS's, 1–10."""
    retention: float | None = None
    """The desired retention that the due date was made for."""
    last_review: int | None = None
    """Seconds since the epoch; older versions leave it out."""


@dataclass(frozen=True, slots=True)
class AnkiReview:
    """A line of the review log."""

    id: int
    """When it was, in milliseconds since the epoch."""
    card_id: int
    ease: int
    """1–4, Again to Easy; 0 for what was no answer."""
    interval: int
    """The interval it led to: days, or seconds below zero."""
    last_interval: int
    factor: int
    duration: int
    """Milliseconds."""
    kind: int


@dataclass(frozen=True, slots=True)
class Collection:
    """Notes, cards and the review log, with the decks and note types they name."""

    created: int
    """The start of the day from which days are counted, in seconds since the epoch."""
    types: Mapping[int, NoteType] = field(default_factory=dict)
    decks: Mapping[int, str] = field(default_factory=dict)
    """Names by id; ``::`` stands between a deck and its subdeck."""
    notes: tuple[AnkiNote, ...] = ()
    cards: tuple[AnkiCard, ...] = ()
    reviews: tuple[AnkiReview, ...] = ()
