"""How much there may be in a while: so many environments in 10 s, so many requests in 1 s."""

from __future__ import annotations

import asyncio


class Allowance:
    """What is used up comes back continuously, and what is not used is not saved up."""

    def __init__(self) -> None:
        self._used = 0.0
        self._at = 0.0

    def take(self, top: float, seconds: float) -> bool:
        """Take one of ``top``, all of which would be back after so many seconds; False: none left.

        ``top`` may be another one each time.
        """
        now = asyncio.get_running_loop().time()
        self._used = max(0.0, self._used - (now - self._at) * top / seconds)
        self._at = now
        if top - self._used < 1:
            return False
        self._used += 1
        return True
