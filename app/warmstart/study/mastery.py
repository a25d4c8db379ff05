"""Mastery: what would still be there a month from now.

The mastery of a concept is the mean, over its own cards and those of the concepts below it, of the
probability that the card would still be recalled 30 days from now without another review, in
percent. New cards count 0. Suspended and retired cards are not handed in. A card that stands in
several of the concepts counts once. A concept without cards has no mastery.

Going cold is the other question: how much of what is recalled today is predicted to be lost within
the next seven days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from warmstart.study.day import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.study.curve import Curve

HORIZON_MS = 30 * DAY_MS
"""How far ahead mastery looks."""
COLD_MS = 7 * DAY_MS
"""How far ahead "going cold" looks."""


class CardMemory(NamedTuple):
    """As much of a card as mastery needs; ``stability`` None stands for a new card."""

    card: int
    stability: float | None
    last_review_ms: int

    def outlook(self, curve: Curve, now_ms: int) -> Outlook:
        """Return what is expected of the card; 0 for a new one."""
        if self.stability is None:
            return Outlook(self.card, 0.0, 0.0, None)
        then = (now_ms, now_ms + COLD_MS, now_ms + HORIZON_MS)
        now, week, month = (curve.recall(self.stability, self.last_review_ms, at) for at in then)
        return Outlook(self.card, month, now - week, self.last_review_ms)


class Outlook(NamedTuple):
    """What is expected of a card: computed once, however many concepts hold it."""

    card: int
    kept: float
    """The probability of recall in 30 days."""
    lost: float
    """How much of today's recall is gone in 7 days."""
    last_review_ms: int | None
    """None for a new card."""


class Warmth(NamedTuple):
    """How well a concept is known."""

    mastery: float | None
    """0–100; None where there is no card to count."""
    loss: float
    """Recall predicted to be lost in the next 7 days: mean over the cards studied, 0–1."""
    cards: int
    studied: int
    last_seen_ms: int | None
    """When one of its cards was answered last."""


def warmth(outlooks: Iterable[Outlook]) -> Warmth:
    """Return the warmth of a set of cards, each counted once."""
    unique = {outlook.card: outlook for outlook in outlooks}.values()
    if not unique:
        return Warmth(None, 0.0, 0, 0, None)
    seen = [o.last_review_ms for o in unique if o.last_review_ms is not None]
    return Warmth(
        mastery=100 * sum([o.kept for o in unique]) / len(unique),
        loss=sum([o.lost for o in unique]) / len(seen) if seen else 0.0,
        cards=len(unique),
        studied=len(seen),
        last_seen_ms=max(seen, default=None),
    )


def below(
    parents: Mapping[int, int | None], own: Mapping[int, set[int]]
) -> dict[int, frozenset[int]]:
    """Return for each concept the cards of its own and of every concept below it.

    ``parents`` maps a concept to its parent (None at the top), ``own`` a concept to its own cards.
    A parent that leads back to itself ends the climb rather than the program.
    """
    gathered: dict[int, set[int]] = {concept: set() for concept in parents}
    for concept, cards in own.items():
        seen: set[int] = set()
        place: int | None = concept
        while place is not None and place in gathered and place not in seen:
            seen.add(place)
            gathered[place] |= cards
            place = parents[place]
    return {concept: frozenset(cards) for concept, cards in gathered.items()}
