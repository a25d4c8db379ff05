"""What came of a sitting: the figures at its close, and the concepts it warmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from warmstart.store.glance import look
from warmstart.store.times import to_ms
from warmstart.study.cards import Memory, MemoryState, Phase, Rating, Reviewed
from warmstart.study.mastery import CardMemory, below, warmth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from warmstart.usecases.answering import Answer
    from warmstart.usecases.desk import Desk

Bound = Literal["minutes", "cards"]


@dataclass(frozen=True, slots=True)
class Warmed:
    """A concept whose mastery moved; before and after in percent."""

    title: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What came of the sitting; undone answers do not count."""

    answered: int
    by_rating: Mapping[Rating, int]
    correct_share: float | None
    """The share of answers that were not Again; None without any."""
    duration: timedelta
    """The sum of the answers' times."""
    new_learned: int
    next_due: datetime | None
    warmed: tuple[Warmed, ...]
    """The concepts studied, the most changed first."""
    bound: Bound | None
    """The bound of the sitting that ended it; None where the queue did."""


def summarise(
    desk: Desk, answers: Sequence[Answer], next_due: datetime | None, bound: Bound | None
) -> SessionSummary:
    """Return the summary of a sitting with these answers."""
    given = [answer.given for answer in answers]
    by_rating = {rating: sum(each.rating is rating for each in given) for rating in Rating}
    return SessionSummary(
        answered=len(given),
        by_rating=by_rating,
        correct_share=1 - by_rating[Rating.AGAIN] / len(given) if given else None,
        duration=sum((each.duration for each in given), timedelta()),
        new_learned=sum(isinstance(g, Reviewed) and g.before is Phase.NEW for g in given),
        next_due=next_due,
        warmed=_warmed(desk, answers),
        bound=bound,
    )


def _warmed(desk: Desk, answers: Sequence[Answer]) -> tuple[Warmed, ...]:
    first: dict[int, MemoryState] = {}
    for answer in answers:
        if isinstance(answer.given, Reviewed):
            first.setdefault(answer.given.card, answer.memory)
    if not first:
        return ()
    with look(desk.home.store) as glance:
        concepts = [] if glance is None else glance.concepts()
    curve, now_ms = desk.curve, to_ms(desk.clock())
    after = {card.card: card for concept in concepts for card in concept.cards}
    before = after | {card: _for_mastery(card, memory) for card, memory in first.items()}
    gathered = below(
        {c.id: c.parent_id for c in concepts},
        {c.id: {card.card for card in c.cards} for c in concepts},
    )
    warmed = []
    for concept in concepts:
        cards = gathered[concept.id]
        if first.keys().isdisjoint(cards):
            continue
        then, now = (
            warmth(m[card].outlook(curve, now_ms) for card in cards).mastery or 0.0
            for m in (before, after)
        )
        warmed.append(Warmed(concept.title, then, now))
    return tuple(sorted(warmed, key=lambda w: (-abs(w.after - w.before), w.title)))


def _for_mastery(card: int, memory: MemoryState) -> CardMemory:
    if isinstance(memory, Memory):
        return CardMemory(card, memory.stability, to_ms(memory.last_review))
    return CardMemory(card, None, 0)
