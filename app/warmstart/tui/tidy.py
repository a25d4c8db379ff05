"""Garbage is collected while no key is pressed.

A full collection takes 20 to 30 ms, longer than what most keys do, and by its own rules Python
begins one in the middle of a key every few seconds.
"""

from __future__ import annotations

import gc
from typing import Final

INTERVAL: Final = 2.0
"""Seconds between two looks, and for how long no key was pressed when it is quiet."""
_THRESHOLDS: Final = (20_000, 10, 10)
"""More objects than a key makes."""
_LITTER: Final = 2_000
"""Objects made since the last collection for which another is worth while."""


class Tidy:
    """Says when to collect; ``now`` is in seconds, by a clock that never goes back."""

    def __init__(self) -> None:
        self._pressed = 0.0

    def begin(self) -> None:
        """Turn collecting on, which the command line turned off to save its cost at the start."""
        self.keep()
        gc.set_threshold(*_THRESHOLDS)
        gc.enable()

    def keep(self) -> None:
        """Look no more at what is there now: what imports brought stays for good."""
        gc.freeze()

    def pressed(self, now: float) -> None:
        """Take note that a key was pressed."""
        self._pressed = now

    def look(self, now: float) -> bool:
        """Collect if it is quiet and there is reason to; return whether that was so."""
        if now - self._pressed <= INTERVAL or gc.get_count()[0] < _LITTER:
            return False
        gc.collect()
        return True
