"""The library: notes and concepts to read, with links that can be followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.notes.model import Problem
from warmstart.study.cards import New
from warmstart.usecases.manage import reported_sentence
from warmstart.usecases.warmths import ConceptNode, note_trees

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.engine import Transaction
    from warmstart.store.rows import LinkRow
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NoteSummary:
    """A note in a list."""

    id: int
    name: str
    title: str
    origin: str
    """"user", "course" or "lab"."""
    cards: int
    new: int
    due: int
    """Cards to review today."""
    minutes: int
    """About how long its new cards and those that are due take, at the learner's pace."""
    mastery: int | None
    problems: int
    paused: bool
    """Whether its cards are out of study until it is resumed."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link from a note; ``note_id`` None means that the note is not imported yet."""

    target: str
    heading: str | None
    title: str
    note_id: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What the note's front matter claims; shown as such, never mixed with what is measured."""

    study_status: str | None
    mastery: float | None
    difficulty: str | None
    reading_time: int | None
    last_reviewed: str | None
    next_review: str | None


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card in a list."""

    id: int
    kind: str
    front: str
    line: int
    slug: str
    due: datetime | None
    """None for a new card."""
    recall: float | None
    """The probability that it would be recalled now; None for a new card."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note, opened."""

    id: int
    title: str
    name: str
    path: str
    origin: str
    paused: bool
    text: str
    """As it was when it was imported; neither safe nor ready for display yet."""
    tags: tuple[str, ...]
    prerequisites: tuple[LinkView, ...]
    related: tuple[LinkView, ...]
    backlinks: tuple[LinkView, ...]
    """The other notes that link to this one."""
    said: Said
    concepts: ConceptNode
    cards: tuple[CardLine, ...]
    problems: tuple[Problem, ...]
    minutes: int
    """About how long its new cards and those that are due take, at the learner's pace."""


def tree(workspace: Workspace) -> tuple[ConceptNode, ...]:
    """Return the concepts of all notes as trees: the learner's own notes first, then by title."""
    with workspace.store.read() as tx:
        order = {note.id: place for place, note in enumerate(tx.notes.all())}
        nodes = note_trees(workspace, tx).values()
    return tuple(sorted(nodes, key=lambda node: order[node.note_id]))


def notes(workspace: Workspace) -> tuple[NoteSummary, ...]:
    """Return all notes: the learner's own first, then by title."""
    with workspace.store.read() as tx:
        stored = tx.notes.all()
        roots = note_trees(workspace, tx)
        waiting = tx.queue.by_note(_day_ends(workspace))
        pace = tx.queue.pace()
    return tuple(
        NoteSummary(
            id=note.id,
            name=note.name,
            title=note.title,
            origin=note.origin,
            cards=roots[note.id].cards,
            new=new,
            due=due,
            minutes=pace.minutes(new=new, review=due),
            mastery=roots[note.id].mastery,
            problems=note.problems,
            paused=note.paused,
        )
        for note in stored
        for new, due in [waiting.get(note.id, (0, 0))]
    )


def note(workspace: Workspace, note_id: int) -> NoteView:
    """Return a note with everything that is shown beside its text.

    Raises:
        KeyError: there is no such note, or it was retired.
    """
    now = workspace.clock()
    with workspace.store.read() as tx:
        in_use = {n.id: n for n in tx.notes.all()}
        stored = in_use[note_id]
        links = tx.notes.links(note_id)
        roots = note_trees(workspace, tx)
        cards = [card for card in tx.cards.of_notes([note_id]) if not card.retired]
        said = stored.front_matter
        new, due = tx.queue.by_note(_day_ends(workspace)).get(note_id, (0, 0))
        return NoteView(
            id=stored.id,
            title=stored.title,
            name=stored.name,
            path=stored.path,
            origin=stored.origin,
            paused=stored.paused,
            text=tx.notes.text(note_id),
            tags=tuple(said.get("tags", ())),
            prerequisites=_links(tx, links, "prerequisite"),
            related=_links(tx, links, "related"),
            backlinks=tuple(
                LinkView(in_use[key].name, None, in_use[key].title, key)
                for key in tx.notes.backlinks(note_id)
            ),
            said=Said(**{name: said.get(name) for name in Said.__slots__}),
            concepts=roots[note_id],
            cards=tuple(_line(workspace, card, now) for card in cards),
            problems=(*tx.notes.problems(note_id), *_reported(cards)),
            minutes=tx.queue.pace().minutes(new=new, review=due),
        )


def _reported(cards: Iterable[StoredCard]) -> Iterator[Problem]:
    """Give what the learner says is wrong with cards of a note."""
    for card in cards:
        if card.reported is not None:
            sentence = reported_sentence(card.source.front, card.reported)
            yield Problem(card.source.line, sentence)


def _day_ends(workspace: Workspace) -> datetime:
    days = workspace.days
    return days.end(days.day_of(workspace.clock()))


def resolve(workspace: Workspace, target: str) -> int | None:
    """Return the note that a link's target names; None where it is not imported."""
    with workspace.store.read() as tx:
        return tx.notes.find(target)


def _links(tx: Transaction, links: list[LinkRow], relation: str) -> tuple[LinkView, ...]:
    views = []
    for link in links:
        if link.relation == relation:
            found = tx.notes.find(link.target)
            title = link.alias or (tx.notes.title(found) if found else link.target)
            views.append(LinkView(link.target, link.heading, title, found))
    return tuple(views)


def _line(workspace: Workspace, card: StoredCard, now: datetime) -> CardLine:
    new = isinstance(card.memory, New)
    return CardLine(
        id=card.id,
        kind=card.source.kind,
        front=card.source.front,
        line=card.source.line,
        slug=card.source.slug,
        due=None if isinstance(card.memory, New) else card.memory.due,
        recall=None if new else workspace.scheduler.recall(card.memory, now),
    )
