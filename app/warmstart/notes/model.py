"""What a note is once it has been read: frozen values, with no file, clock or store behind them.

Lines are 1-based and count the lines of the file. ``section``, ``parent`` and ``cards`` are indices
into the tuples of the same ``Note``, so that a note is plain data that can be compared and stored.

What a note holds many of are tuples with names: a frozen dataclass takes three times as long to
make, which would be an eighth of reading a note.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from warmstart.notes.schedules import Schedule


class CardKind(StrEnum):
    """How a card came to be; ``PREDICTION`` is the one that comes from a lab."""

    FLASHCARD = "flashcard"
    QUESTION = "question"
    TERM = "term"
    CLOZE = "cloze"
    PREDICTION = "prediction"


class ConceptKind(StrEnum):
    """What a concept stands for in its note."""

    NOTE = "note"
    SECTION = "section"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a multiple choice question offers."""

    text: str
    """Markdown, without its letter or box."""
    correct: bool


class NoteCard(NamedTuple):
    """One thing to recall, as written in a note."""

    kind: CardKind
    front: str
    """Markdown, without comments and block ids; never empty."""
    back: str
    """Markdown, without comments and block ids; never empty."""
    line: int
    last_line: int
    section: int | None
    """Index of the innermost section that holds it; None above the first heading."""
    block_id: str | None
    """The explicit ``^block-id`` written behind the card, without its caret."""
    passage: int
    """Which passage of the note it comes from: siblings, and only they, have the same."""
    deck: str | None = None
    """The deck its tags name, ``topic/part``; None where they name none."""
    schedule: Schedule | None = None
    """What the note says of when it is due; None for a card that is new there."""
    choices: tuple[Choice, ...] = ()
    """What a multiple choice question offers, in the order written; its front shows them too."""

    def placed(self, section: int | None, passage: int, deck: str | None) -> NoteCard:
        """Return the card in its place."""
        return self._replace(section=section, passage=passage, deck=deck)


class Section(NamedTuple):
    """A heading and what stands below it."""

    title: str
    """Plain text: markup stripped."""
    level: int
    """1–6."""
    line: int
    last_line: int
    """The last line of its text, subsections included."""
    parent: int | None
    """Index of the section it lies in; None at the top."""
    slug: str
    """As GitHub makes anchors; unique within the note."""


class Link(NamedTuple):
    """A link to another note, or to a heading of this one (``target`` is empty then)."""

    target: str
    """The note as written, a name or a relative path, without ``.md``."""
    heading: str | None
    alias: str | None
    """The text to show in place of the target."""
    line: int
    embed: bool
    """True for ``![[…]]``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a note that could not be used as written. The note imports all the same."""

    line: int
    message: str
    hint: str | None = None
    """The likely fix, as a sentence."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the note says about itself; None or empty where it says nothing."""

    title: str | None = None
    tags: tuple[str, ...] = ()
    """Without ``#``, in the order written, each once."""
    prerequisites: tuple[Link, ...] = ()
    related: tuple[Link, ...] = ()
    difficulty: str | None = None
    """As written: ``6`` or ``hard``; there is no agreed scale."""
    reading_time: int | None = None
    """Minutes."""
    study_status: str | None = None
    mastery: float | None = None
    """0–100, what the note claims; never mixed with what Warmstart measures."""
    last_reviewed: date | None = None
    next_review: date | None = None
    raw: Mapping[str, object] = field(default_factory=dict, hash=False)
    """Every key as YAML gave it: str, int, float, bool, None, date, datetime, list, dict."""
    last_line: int = 0
    """The line that closes it; 0 where there is none."""


class Concept(NamedTuple):
    """What mastery is counted for."""

    kind: ConceptKind
    title: str
    line: int
    parent: int | None
    """Index of the concept it lies in; None for the note itself, which is always at index 0."""
    slug: str
    """Unique within the note: what a concept is found by when the note is read again."""
    cards: tuple[int, ...]
    """The cards this concept holds itself, not those of the concepts below it."""


@dataclass(frozen=True, slots=True)
class Note:
    """One markdown document, read."""

    title: str
    front_matter: FrontMatter
    sections: tuple[Section, ...]
    cards: tuple[NoteCard, ...]
    """In the order of their lines."""
    links: tuple[Link, ...]
    """Those of the text, in order; those of the front matter are kept there."""
    concepts: tuple[Concept, ...]
    """A tree by ``parent``, the note first, parents before their children."""
    problems: tuple[Problem, ...]
    """In the order of their lines."""
