"""The warmth of every concept, computed once for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.store.times import to_ms
from warmstart.study.mastery import CardMemory, Outlook, Warmth, below, warmth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warmstart.notes.model import ConceptKind
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import StoredConcept
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ConceptNode:
    """A concept in the tree, with its mastery and what lies below it."""

    id: int
    note_id: int
    title: str
    kind: ConceptKind
    slug: str
    mastery: int | None
    """0–100, rounded; None without cards."""
    cards: int
    """Active cards, own and below, each once."""
    studied: int
    """Those of them that were answered at least once."""
    children: tuple[ConceptNode, ...]


def outlooks_of(workspace: Workspace, tx: Transaction) -> dict[int, Outlook]:
    """Return what is expected of every active card, by its id."""
    curve, now_ms = workspace.curve, to_ms(workspace.clock())
    return {key: m.outlook(curve, now_ms) for key, m in tx.cards.memories().items()}


def concept_warmths(
    tx: Transaction, outlooks: Mapping[int, Outlook]
) -> tuple[list[StoredConcept], Mapping[int, Warmth]]:
    """Return every concept of the notes in use, parents first, and the warmth of each by id."""
    concepts = tx.notes.concepts()
    gathered = below({c.id: c.parent_id for c in concepts}, tx.cards.by_concept())
    warm = {key: warmth(outlooks[card] for card in cards) for key, cards in gathered.items()}
    return concepts, warm


class SomeConcepts:
    """The concepts of some notes with their cards: a page reads no more than it shows."""

    def __init__(self, workspace: Workspace, tx: Transaction, notes: Sequence[int]) -> None:
        self.list = [concept for note in notes for concept in tx.notes.concepts(note)]
        self.held = tx.cards.by_concept(notes)
        """The active cards that each concept holds itself."""
        self.cards = below({c.id: c.parent_id for c in self.list}, self.held)
        """Those, and the cards of the concepts below."""
        self.standings = {card.card: card for card in tx.cards.standings(notes)}
        curve, now_ms = workspace.curve, to_ms(workspace.clock())
        self.outlooks = {
            key: CardMemory(
                key, None if card.state is None else card.state[0], card.last_review_ms
            ).outlook(curve, now_ms)
            for key, card in self.standings.items()
        }
        self.warm = {
            key: warmth(self.outlooks[card] for card in cards) for key, cards in self.cards.items()
        }


def concept_tree(
    concepts: list[StoredConcept], warm: Mapping[int, Warmth]
) -> tuple[ConceptNode, ...]:
    """Return the concepts as trees, one a note, in the order given."""
    children: dict[int | None, list[StoredConcept]] = {}
    for concept in concepts:
        children.setdefault(concept.parent_id, []).append(concept)

    def node(concept: StoredConcept) -> ConceptNode:
        known = warm[concept.id]
        return ConceptNode(
            id=concept.id,
            note_id=concept.note_id,
            title=concept.title,
            kind=concept.kind,
            slug=concept.slug,
            mastery=None if known.mastery is None else round(known.mastery),
            cards=known.cards,
            studied=known.studied,
            children=tuple(node(child) for child in children.get(concept.id, ())),
        )

    return tuple(node(concept) for concept in children.get(None, ()))


def note_trees(workspace: Workspace, tx: Transaction) -> dict[int, ConceptNode]:
    """Return the tree of each note in use, by the note's id."""
    nodes = concept_tree(*concept_warmths(tx, outlooks_of(workspace, tx)))
    return {node.note_id: node for node in nodes}


def note_tree(workspace: Workspace, tx: Transaction, note_id: int) -> ConceptNode:
    """Return the tree of one note, without a look at the cards of others."""
    some = SomeConcepts(workspace, tx, [note_id])
    return concept_tree(some.list, some.warm)[0]
