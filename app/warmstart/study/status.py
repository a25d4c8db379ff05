"""``study_status``: a word for how far a note or a concept is, moved by its cards alone.

``not_started`` until a card was answered; ``learning`` until four of five cards were; ``reviewing``
from then on; ``mastered`` when every card was answered and mastery is 80 or more. What is mastered
stays so until mastery falls below 70, or more than a fifth of the cards are new: a note should not
change its word from day to day.
"""

from __future__ import annotations

from typing import Final

NOT_STARTED: Final = "not_started"
LEARNING: Final = "learning"
REVIEWING: Final = "reviewing"
MASTERED: Final = "mastered"

MASTERY: Final = 80
"""The mastery from which a note is mastered."""
STILL: Final = 70
"""The mastery down to which it stays so."""
MOST: Final = 0.8
"""The share of cards answered from which it is reviewed rather than learned."""


def status(cards: int, studied: int, mastery: float, before: str | None = None) -> str | None:
    """Return the status of so many cards; None without any. ``before`` is what it was so far."""
    if not cards:
        return None
    if not studied:
        return NOT_STARTED
    if studied < MOST * cards:
        return LEARNING
    if (studied == cards and mastery >= MASTERY) or (before == MASTERED and mastery >= STILL):
        return MASTERED
    return REVIEWING
