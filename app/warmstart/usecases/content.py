"""A note to what the store takes of it. No store is needed: this runs in helpers' processes too."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from warmstart.errors import InputError
from warmstart.notes.parse import NoteText, parse_notes
from warmstart.notes.source import decode
from warmstart.store.rows import CardSource, ConceptRow, LinkRow, NoteRow
from warmstart.usecases.sources import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.card_options import CardOptions
    from warmstart.notes.model import Note, NoteCard, Problem
    from warmstart.notes.schedules import Schedule
    from warmstart.study.cards import CardEntry
    from warmstart.usecases.sources import Source


_TOGETHER: Final = 20
"""Notes that are parsed together."""
_LONG: Final = 400_000
"""Bytes of notes from which on nothing is won by that, and memory lost."""
_JSON: Final = json.JSONEncoder(default=str, skipkeys=True)


class Content(NamedTuple):
    """What a file holds: what is left of a note that was read, as the store takes it."""

    row: NoteRow
    text: str
    cards: tuple[CardSource, ...]
    concepts: tuple[ConceptRow, ...]
    links: tuple[LinkRow, ...]
    problems: tuple[Problem, ...]
    schedules: dict[int, Schedule]
    """What the note says of when cards are due, by the cards' places."""


Entries = Mapping[int, Sequence["CardEntry"]]
"""What the log is to say of cards when they are first met, by their places in a note; the ``card``
of each entry is not known yet."""


class Parsed:
    """A file that was read."""

    __slots__ = (
        "_text", "cards", "concepts", "entries", "links", "problems", "row", "source", "tags",
    )  # fmt: skip

    def __init__(
        self,
        source: Source,
        content: Content,
        entries: Entries,
        tags: Sequence[tuple[str, ...]] | None = None,
    ) -> None:
        self.source = source
        self.row, self._text, self.cards, self.concepts, self.links, self.problems, _ = content
        self.entries = entries
        self.tags = tags
        """The tags of each card, where it is cards that have tags and not the note."""

    def put_in(self, folder: str) -> None:
        """Give the cards whose tags name no deck that of this folder."""
        self.cards = tuple([c if c.deck else c._replace(deck=folder) for c in self.cards])

    def take_text(self) -> str:
        """Return the text, once: what is saved need not be held while the rest is written."""
        text, self._text = self._text, ""
        return text


class Job(NamedTuple):
    """A note to be read."""

    source: Source
    options: CardOptions
    digest: str | None
    """That of the content which is known."""


class Failed(NamedTuple):
    """Why a file could not be read."""

    message: str
    line: int | None
    hint: str | None


Outcome = Content | Failed | None
"""What came of a job; None if the file's content is the known one."""

Packed = tuple[Any, ...] | Failed | None
"""An outcome on its way from one process to another: pickle takes twice as long over tuples that
have names, of which a note has twenty."""


def packed(outcome: Outcome) -> Packed:
    """Return an outcome for ``unpacked`` to make again."""
    if not isinstance(outcome, Content):
        return outcome
    row, text, cards, concepts, links, problems, schedules = outcome
    rows = [[*map(tuple, some)] for some in (cards, concepts, links)]
    return (tuple(row), text, *rows, problems, schedules)


def unpacked(sent: Packed) -> Outcome:
    """Return the outcome that was packed."""
    if sent is None or isinstance(sent, Failed):
        return sent
    row, text, cards, concepts, links, problems, schedules = sent
    return Content(
        NoteRow._make(row),
        text,
        tuple(map(CardSource._make, cards)),
        tuple(map(ConceptRow._make, concepts)),
        tuple(map(LinkRow._make, links)),
        problems,
        schedules,
    )


def together(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    """Yield the jobs in the parts that ``outcomes_of`` does best: some notes, if they are short."""
    first = size = 0
    for at, job in enumerate(jobs):
        size += job.source.stamp[0]
        if at > first and (at - first == _TOGETHER or size > _LONG):
            yield jobs[first:at]
            first, size = at, job.source.stamp[0]
    if jobs:
        yield jobs[first:]


def outcomes_of(jobs: Sequence[Job]) -> list[Outcome]:
    """Read and parse notes, each step for all of them before the next: see ``parse_notes``."""
    return _outcomes(jobs, [_opened(job) for job in jobs])


def outcome_of(job: Job, data: bytes) -> Outcome:
    """Return what came of a note whose file is ``data``.

    Raises:
        NoteError: it is no text.
    """
    (outcome,) = _outcomes([job], [_decoded(job, data)])
    return outcome


class _Text(NamedTuple):
    text: str
    digest: str


def _outcomes(jobs: Sequence[Job], opened: Sequence[_Text | Failed | None]) -> list[Outcome]:
    texts = [
        NoteText(one.text, job.source.name, job.options)
        for job, one in zip(jobs, opened, strict=True)
        if isinstance(one, _Text)
    ]
    notes = iter(parse_notes(texts) if texts else ())
    return [
        prepare(job.source, one.digest, one.text, next(notes)) if isinstance(one, _Text) else one
        for job, one in zip(jobs, opened, strict=True)
    ]


def _opened(job: Job) -> _Text | Failed | None:
    """Return the text of a note; None if it is known."""
    try:
        return _decoded(job, read(job.source))
    except InputError as error:
        return Failed(error.message, error.line, error.hint)


def _decoded(job: Job, data: bytes) -> _Text | None:
    """Return the text that the file holds; None if it is known.

    Raises:
        NoteError: it is no text.
    """
    digest = hashlib.sha256(data + _said(job.options)).hexdigest()
    return None if digest == job.digest else _Text(decode(data), digest)


@lru_cache(maxsize=32)
def _said(options: CardOptions) -> bytes:
    """Return the options as a part of the digest: others find other cards in the same text."""
    return repr(options).encode()


def prepare(source: Source, digest: str, text: str, note: Note) -> Content:
    """Return what the store takes of a note."""
    cards = tuple([_card(source, note, card, place) for place, card in enumerate(note.cards)])
    return Content(
        NoteRow(
            path=source.key,
            name=source.name,
            origin=source.origin,
            title=note.title,
            size=source.stamp[0],
            mtime_ns=source.stamp[1],
            digest=digest,
            front_matter=_front_matter(note),
            kinds=_kinds(tuple([card.kind for card in cards])),
            tags=tuple(dict.fromkeys(note.front_matter.tags)),
        ),
        text,
        cards,
        tuple(
            [
                ConceptRow(c.kind.value, c.title, c.slug, c.line, c.parent, c.cards)
                for c in note.concepts
            ]
        ),
        _links(note),
        note.problems,
        {at: card.schedule for at, card in enumerate(note.cards) if card.schedule is not None},
    )


@lru_cache(maxsize=512)
def _kinds(cards: tuple[str, ...]) -> str:
    """Return how many cards there are of each kind, as JSON."""
    return json.dumps(Counter(cards), sort_keys=True)


def fingerprint(kind: str, front: str, back: str) -> str:
    """Return what is the same for two cards of one kind with the same text."""
    return hashlib.sha256(f"{kind}\0{front}\0{back}".encode()).hexdigest()[:16]


def _card(source: Source, note: Note, card: NoteCard, position: int) -> CardSource:
    section = None if card.section is None else note.sections[card.section]
    kind = card.kind.value
    return CardSource(
        kind,
        card.front,
        card.back,
        fingerprint(kind, card.front, card.back),
        section.title if section else "",
        section.slug if section else "",
        card.line,
        position,
        card.block_id,
        card.passage,
        card.deck or source.folder or None,
    )


def _front_matter(note: Note) -> str:
    """Return what the note says about itself as JSON; links are kept apart."""
    said = note.front_matter
    names = ("difficulty", "reading_time", "study_status", "mastery")
    values = {name: getattr(said, name) for name in names}
    dates = {name: getattr(said, name) for name in ("last_reviewed", "next_review")}
    values |= {name: day.isoformat() if day else None for name, day in dates.items()}
    values |= {"tags": list(said.tags), "raw": dict(said.raw)}
    return _JSON.encode(values)


def _links(note: Note) -> tuple[LinkRow, ...]:
    said = note.front_matter
    groups = (
        ("prerequisite", said.prerequisites),
        ("related", said.related),
        ("text", note.links),
    )
    return tuple(
        [
            LinkRow(relation, link.target, link.heading, link.alias, link.line)
            for relation, links in groups
            for link in links
        ]
    )
