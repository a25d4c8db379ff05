"""A concept's page: how well it is known, what is behind that, and what would raise it fastest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warmstart.labs.definition import Lab
from warmstart.store.times import to_ms
from warmstart.study.cards import Memory
from warmstart.study.cause import Cause, Moment, Past, cause, moments
from warmstart.study.gain import Worth, fastest, gain
from warmstart.study.mastery import warmth
from warmstart.study.status import status
from warmstart.study.workload import habits
from warmstart.usecases.goals import GoalView, goals
from warmstart.usecases.lab_run import Labs
from warmstart.usecases.simulated import pace_of, since
from warmstart.usecases.warmths import SomeConcepts, concept_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import StoredConcept
    from warmstart.study.cards import Phase
    from warmstart.usecases.warmths import ConceptNode
    from warmstart.usecases.workspace import Workspace

_FASTEST = 5
"""Ways to raise a mastery that are named: of cards, and of concepts below."""


@dataclass(frozen=True, slots=True)
class ConceptCard:
    """A card of a concept, in a list."""

    id: int
    front: str
    kind: str
    phase: Phase
    due: datetime | None
    recall: float | None
    """Now; None for a new card."""
    own: bool
    """The concept holds it itself; else a concept below does."""


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A note that the concept's note builds on."""

    concept: int
    title: str
    mastery: int | None
    recall: float | None
    """The mean over its studied cards, now; None where none was studied."""
    cause: Cause | None
    """What the log says of lapses while it was cold; None where it says nothing."""
    behind: bool
    """Whether that explains the concept's lapses, by the rule of ``study.cause``."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to raise the mastery, by what it is called."""

    title: str
    worth: Worth


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """Everything about a concept."""

    node: ConceptNode
    trail: tuple[str, ...]
    """The titles above it, the note's first."""
    own_mastery: float | None
    """Over the cards that it holds itself; None without any."""
    status: str | None
    cards: tuple[ConceptCard, ...]
    labs: tuple[tuple[str, str], ...]
    """Name and title of the labs that teach it."""
    prerequisites: tuple[Prerequisite, ...]
    reviews: int
    """Reviews of its cards that say something about forgetting."""
    lapses: int
    fastest_cards: tuple[Way, ...]
    fastest_concepts: tuple[Way, ...]
    goal: GoalView | None

    def as_json(self) -> dict[str, Any]:
        """Return the page as what JSON can hold."""
        node = self.node
        return {
            "concept": node.title,
            "kind": str(node.kind),
            "in": list(self.trail),
            "mastery": node.mastery,
            "own_mastery": None if self.own_mastery is None else round(self.own_mastery, 1),
            "status": self.status,
            "cards": node.cards,
            "studied": node.studied,
            "reviews": self.reviews,
            "lapses": self.lapses,
            "labs": [name for name, _ in self.labs],
            "prerequisites": [_prerequisite_json(found) for found in self.prerequisites],
            "fastest_cards": [_way_json(way) for way in self.fastest_cards],
            "fastest_concepts": [_way_json(way) for way in self.fastest_concepts],
            "goal": None if self.goal is None else self.goal.as_json(),
        }


def concept(workspace: Workspace, key: int) -> ConceptPage:
    """Return a concept's page.

    Raises:
        KeyError: there is no such concept.
    """
    with workspace.store.read() as tx:
        workspace.follow(tx)
        return _Reader(workspace, tx, key).page()


class _Reader:
    """Reads a page within one transaction; what several parts need is read once."""

    def __init__(self, workspace: Workspace, tx: Transaction, key: int) -> None:
        self._workspace, self._tx, self._key = workspace, tx, key
        self._now = workspace.clock()
        self._now_ms = to_ms(self._now)
        self._formulas = workspace.scheduler.formulas
        note = tx.notes.of_concept(key)
        self._builds_on = list(dict.fromkeys(tx.notes.prerequisites().get(note, [])))
        self._some = some = SomeConcepts(workspace, tx, [note, *self._builds_on])
        self._by_id = {c.id: c for c in some.list}
        self._concept: StoredConcept = self._by_id[key]
        self._roots = {c.note_id: c.id for c in some.list if c.parent_id is None}
        trees = concept_tree(some.list, some.warm)
        self._nodes = {node.id: node for tree in trees for node in _all(tree)}
        self._node = self._nodes[key]

    def page(self) -> ConceptPage:
        stored = self._stored()
        said = moments(self._formulas, self._tx.log.marks(self._some.cards[self._key]))
        note = self._tx.notes.one(self._concept.note_id)
        own = warmth(self._some.outlooks[card] for card in self._some.held.get(self._key, ()))
        above = note.front_matter.get("study_status") if self._concept.parent_id is None else None
        ways = self._ways(stored)
        return ConceptPage(
            node=self._node,
            trail=tuple(reversed([self._by_id[key].title for key in self._above()])),
            own_mastery=own.mastery,
            status=status(
                self._node.cards,
                self._node.studied,
                self._some.warm[self._key].mastery or 0.0,
                above,
            ),
            cards=tuple(self._card(card) for card in stored),
            labs=self._labs(note.name),
            prerequisites=tuple(self._prerequisites(said)),
            reviews=len(said),
            lapses=sum(moment.lapsed for moment in said),
            fastest_cards=ways[0],
            fastest_concepts=ways[1],
            goal=self._goal(),
        )

    def _above(self) -> Iterator[int]:
        place, seen = self._concept.parent_id, {self._key}
        while place is not None and place not in seen:
            yield place
            seen.add(place)
            place = self._by_id[place].parent_id

    def _stored(self) -> list[StoredCard]:
        wanted = self._some.cards[self._key]
        return [c for c in self._tx.cards.of_notes([self._concept.note_id]) if c.id in wanted]

    def _card(self, card: StoredCard) -> ConceptCard:
        memory = card.memory
        known = isinstance(memory, Memory)
        return ConceptCard(
            id=card.id,
            front=card.source.front,
            kind=card.source.kind,
            phase=memory.phase,
            due=memory.due if isinstance(memory, Memory) else None,
            recall=self._workspace.scheduler.recall(memory, self._now) if known else None,
            own=card.id in self._some.held.get(self._key, ()),
        )

    def _labs(self, note: str) -> tuple[tuple[str, str], ...]:
        wanted = note.casefold()
        return tuple(
            (entry.key, entry.lab.title)
            for entry in Labs(self._workspace).entries()
            if isinstance(entry.lab, Lab)
            and wanted in {name.casefold() for name in entry.lab.concepts}
        )

    def _prerequisites(self, said: list[Moment]) -> Iterator[Prerequisite]:
        roots = [self._roots[note] for note in self._builds_on if note in self._roots]
        for root in roots:
            past = Past(self._formulas, self._tx.log.marks(self._some.cards[root]))
            found = cause(said, past)
            seen = found.cold.reviews + found.warm.reviews
            yield Prerequisite(
                concept=root,
                title=self._by_id[root].title,
                mastery=self._nodes[root].mastery,
                recall=past.recall(self._now_ms),
                cause=found if seen else None,
                behind=found.explains(len(roots)),
            )

    def _ways(self, stored: list[StoredCard]) -> tuple[tuple[Way, ...], tuple[Way, ...]]:
        wanted = self._some.cards[self._key]
        learner = habits(self._tx.log.answer_times())
        pace = pace_of(self._workspace.settings.study)
        gains = {
            card.card: gain(self._formulas, learner, pace, card.state, since(card, self._now_ms))
            for card in (self._some.standings[key] for key in wanted)
        }
        total = max(1, len(wanted))
        fronts = {card.id: card.source.front for card in stored}
        cards = fastest({card: [card] for card in gains}, gains, total)
        inside = {child.id: self._some.cards[child.id] for child in self._node.children}
        concepts = fastest(inside, gains, total)
        return (
            tuple(Way(fronts.get(way.key, ""), way) for way in cards[:_FASTEST]),
            tuple(Way(self._by_id[way.key].title, way) for way in concepts[:_FASTEST]),
        )

    def _goal(self) -> GoalView | None:
        found = goals(self._workspace, self._tx)
        return next((goal for goal in found if goal.concept == self._key), None)


def _all(node: ConceptNode) -> Iterator[ConceptNode]:
    yield node
    for child in node.children:
        yield from _all(child)


def _prerequisite_json(found: Prerequisite) -> dict[str, Any]:
    sides = None
    if found.cause is not None:
        sides = {
            name: {
                "reviews": side.reviews,
                "lapses": side.lapses,
                "predicted": round(side.predicted, 1),
            }
            for name, side in (("cold", found.cause.cold), ("warm", found.cause.warm))
        }
    return {
        "concept": found.title,
        "mastery": found.mastery,
        "recall": None if found.recall is None else round(found.recall, 3),
        "behind_the_lapses": found.behind,
        "lapses_while": sides,
    }


def _way_json(way: Way) -> dict[str, Any]:
    worth = way.worth
    return {
        "title": way.title,
        "points": round(worth.points, 2),
        "minutes": round(worth.minutes, 2),
        "points_a_minute": round(worth.rate, 2),
    }
