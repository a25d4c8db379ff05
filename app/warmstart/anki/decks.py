"""A collection's decks as notes: what an import of an Anki file gives.

Each deck becomes one note, each of its cards a card that carries ``guid/ord`` for a block id, so
that a later version of the file finds the history of the same card, however it was rewritten.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warmstart.anki.history import History, history_of
from warmstart.anki.template import CardTooLong, sides
from warmstart.anki.to_markdown import to_markdown
from warmstart.errors import InputError
from warmstart.notes.model import (
    CardKind,
    Concept,
    ConceptKind,
    FrontMatter,
    Note,
    NoteCard,
    Problem,
)
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.anki.model import AnkiCard, AnkiNote, AnkiReview, Collection

MAX_TEXT: Final = 300_000_000
"""Characters of fields and cards together: a small file can repeat a long field without end."""
_MAX_PROBLEMS: Final = 100
_NAME: Final = 60  # characters of a card shown in a problem


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck, ready to be stored."""

    name: str
    """With ``::`` between a deck and its subdeck."""
    note: Note
    text: str
    """The deck as markdown, to be read and searched; the lines of ``note`` count its lines."""
    histories: tuple[History, ...]
    """One for each card of ``note``, in their order."""


def decks_of(collection: Collection, *, media: str = "") -> tuple[Deck, ...]:
    """Return the decks that hold cards, in the order of their names.

    ``media`` names the folder that the pictures were put in; it is kept with each note, and so are
    the tags of every card (``front_matter.raw["anki"]``).

    Raises:
        InputError: the cards come to more text than ``MAX_TEXT``.
    """
    notes = {note.id: note for note in collection.notes}
    reviews: dict[int, list[AnkiReview]] = {}
    for review in collection.reviews:
        reviews.setdefault(review.card_id, []).append(review)
    builders: dict[str, _Builder] = {}
    room = MAX_TEXT
    for card in sorted(collection.cards, key=lambda card: (card.note_id, card.ord)):
        name = collection.decks.get(card.original_deck or card.deck_id, "")
        name = " ".join(safe(name).split()) or "Default"
        builder = builders.setdefault(name, _Builder(name))
        note = notes.get(card.note_id)
        if note is None or note.type_id not in collection.types:
            builder.problem("A card belongs to no note, and was left out.", None)
            continue
        room -= builder.add(collection, note, card, reviews.get(card.id, []))
        if room < 0:
            raise InputError(
                "The cards of this file come to more text than can be studied.",
                hint="Export fewer decks.",
            )
    return tuple(builders[name].build(media) for name in sorted(builders))


@dataclass(slots=True)
class _Builder:
    """A deck in the making."""

    name: str
    lines: list[str] = field(init=False)
    cards: list[NoteCard] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    passages: dict[int, int] = field(default_factory=dict)
    """Each note's number: its cards are siblings."""

    def __post_init__(self) -> None:
        self.lines = [f"# {self.name}"]

    def add(
        self, collection: Collection, note: AnkiNote, card: AnkiCard, reviews: list[AnkiReview]
    ) -> int:
        """Add a card, or the problem with it; return how many characters that took."""
        kind = collection.types[note.type_id]
        guid = guid_of(note)
        values = dict(zip(kind.fields, note.fields, strict=False))
        size = sum(map(len, note.fields))
        try:
            question, answer = sides(kind, _given(values, note, self.name), card.ord)
        except CardTooLong:
            self.problem("A card is too long to be studied.", note)
            return size
        front, back = to_markdown(question), to_markdown(answer)
        if not front or not back:
            self.problem(f"A card has no {'answer' if front else 'question'}.", note)
            return size
        first = len(self.lines) + 2
        self.lines += ["", *front.split("\n"), "?", *back.split("\n")]
        self.cards.append(
            NoteCard(
                kind=CardKind.CLOZE if kind.cloze else CardKind.FLASHCARD,
                front=front,
                back=back,
                line=first,
                last_line=len(self.lines),
                section=None,
                block_id=f"{guid}/{card.ord}",
                passage=self.passages.setdefault(note.id, len(self.passages)),
                deck=self.name.replace("::", "/"),
            )
        )
        self.histories.append(history_of(card, reviews, collection.created))
        if note.tags:
            self.tags[guid] = tuple(map(safe, note.tags))
        return size + len(question) + len(answer)

    def problem(self, message: str, note: AnkiNote | None) -> None:
        """Note that a card could not be used, naming it by the note's first field."""
        shown = " ".join(to_markdown(note.fields[0][:1000]).split())[:_NAME] if note else ""
        message += f" Its note begins “{shown}”." if shown else ""
        self.problems.append(
            Problem(len(self.lines), message, "See to the note or its template in Anki.")
        )

    def build(self, media: str) -> Deck:
        if len(self.problems) > _MAX_PROBLEMS:
            rest = len(self.problems) - _MAX_PROBLEMS
            last = Problem(self.problems[_MAX_PROBLEMS].line, f"And {rest} more problems.")
            self.problems[_MAX_PROBLEMS:] = [last]
        said: dict[str, object] = {"tags": {guid: list(tags) for guid, tags in self.tags.items()}}
        if media:
            said["media"] = media
        tags = dict.fromkeys(tag for some in self.tags.values() for tag in some)
        note = Note(
            title=self.name,
            front_matter=FrontMatter(tags=tuple(tags), raw={"anki": said}),
            sections=(),
            cards=tuple(self.cards),
            links=(),
            concepts=(
                Concept(ConceptKind.NOTE, self.name, 1, None, "", tuple(range(len(self.cards)))),
            ),
            problems=tuple(self.problems),
        )
        return Deck(self.name, note, "\n".join(self.lines) + "\n", tuple(self.histories))


def guid_of(note: AnkiNote) -> str:
    """Return what tells this note from all others; text files often leave it out.

    The first field stands in for it then, as it does in Anki.
    """
    if note.guid:
        return safe(note.guid)
    return hashlib.sha256(note.fields[0].encode("utf-8", "replace")).hexdigest()[:16]


def _given(values: Mapping[str, str], note: AnkiNote, deck: str) -> dict[str, str]:
    """Return what a template may name: the fields, and what Anki adds to them."""
    special = {"Tags": " ".join(note.tags), "Deck": deck, "Subdeck": deck.rpartition("::")[2]}
    return {**special, **values}
