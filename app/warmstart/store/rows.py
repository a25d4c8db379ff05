"""What an import hands the store: rows, as bare tuples with names.

Apart from the repositories, so that a process which only reads notes need not load SQLAlchemy; and
tuples, because a large import makes hundreds of thousands of them, sends them from one process to
another, and gives them to SQLite as they are.
"""

from __future__ import annotations

from typing import NamedTuple


class NoteRow(NamedTuple):
    """What is stored of a note itself; ``path`` is absolute, or ``course/…`` or ``labs/…``."""

    path: str
    name: str
    origin: str
    """"user", "course" or "lab"."""
    title: str
    size: int
    mtime_ns: int
    digest: str
    front_matter: str
    """JSON."""
    kinds: str
    """How many cards of each kind it states, as JSON."""
    tags: tuple[str, ...]
    """Each once."""


class CardSource(NamedTuple):
    """What a note says of a card: everything but its id and its memory."""

    kind: str
    front: str
    back: str
    fingerprint: str
    """The same for two cards of one kind with the same text."""
    section: str
    """The title of the section that holds it; empty above the first heading."""
    slug: str
    line: int
    position: int
    """Its place among the cards of its note, from 0."""
    block_id: str | None
    passage: int
    """Cards of a note with the same number are siblings."""
    deck: str | None


class ConceptRow(NamedTuple):
    """A concept to be stored; ``parent`` is an index into the same sequence."""

    kind: str
    title: str
    slug: str
    line: int
    parent: int | None
    cards: tuple[int, ...]
    """The cards it holds itself, as indices into those of its note."""


class LinkRow(NamedTuple):
    """A link from a note; ``relation`` is "prerequisite", "related" or "text"."""

    relation: str
    target: str
    heading: str | None
    alias: str | None
    line: int
