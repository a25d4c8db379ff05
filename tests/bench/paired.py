"""Paired measurement: ours and its floor in turn, so that both meet the same machine."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def ratio(
    ours: Callable[[], float], floor: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Return the medians of both, in seconds, and the median of the pairs' ratios.

    The first pair warms caches and is dropped; who goes first alternates.
    """
    ours(), floor()
    pairs = []
    for n in range(rounds):
        if n % 2:
            below, above = floor(), ours()
        else:
            above, below = ours(), floor()
        pairs.append((above, below))
    return (
        statistics.median(above for above, _ in pairs),
        statistics.median(below for _, below in pairs),
        statistics.median(above / below for above, below in pairs),
    )
