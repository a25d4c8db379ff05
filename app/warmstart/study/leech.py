"""Leeches: cards that are forgotten again and again, and take more time than they are worth.

A card becomes one with its so-manieth lapse, the threshold; and once more with every half a
threshold of lapses after that, so that one that was kept is spoken of again. Both are Anki's rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.study.cards import Memory

if TYPE_CHECKING:
    from warmstart.study.cards import MemoryState


def becomes_leech(before: MemoryState, after: Memory, threshold: int) -> bool:
    """Whether the answer between the two made the card a leech; a threshold of 0 says never.

    >>> [lapses for lapses in range(20) if _at(lapses, 8)]
    [8, 12, 16]
    """
    lapses = before.lapses if isinstance(before, Memory) else 0
    return after.lapses > lapses and threshold > 0 and _at(after.lapses, threshold)


def _at(lapses: int, threshold: int) -> bool:
    return lapses >= threshold and (lapses - threshold) % max(1, (threshold + 1) // 2) == 0
