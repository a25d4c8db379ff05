"""Which errors are tried again, after how long, and which are caught.

Defaults and rules: semantics of Retry and Catch in the developer guide, "Handling errors".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.runtime.asl.values import (
    ALL,
    HEARTBEAT_TIMEOUT,
    RUNTIME,
    TASK_FAILED,
    TIMEOUT,
    TOO_LARGE,
)

if TYPE_CHECKING:
    import random

    from warmstart.runtime.asl.model import Catcher, Retrier


def matches(error: str | None, names: tuple[str, ...]) -> bool:
    """Tell whether a list of ErrorEquals covers an error.

    States.Runtime is never covered; States.DataLimitExceeded by its own name alone; a missed
    heartbeat is a timeout too.
    """
    if error == RUNTIME:
        return False
    if error is not None and error in names:
        return True
    if error == TOO_LARGE:
        return False
    if error == HEARTBEAT_TIMEOUT and TIMEOUT in names:
        return True
    return ALL in names or (TASK_FAILED in names and error not in (TIMEOUT, HEARTBEAT_TIMEOUT))


class Attempts:
    """How often each retrier of a state has been used since the state was entered."""

    __slots__ = ("_retriers", "_used")

    def __init__(self, retriers: tuple[Retrier, ...]) -> None:
        self._retriers = retriers
        self._used = [0] * len(retriers)

    def delay(self, error: str | None, draw: random.Random) -> float | None:
        """Return the seconds until the next attempt, or None where there is none."""
        for at, retrier in enumerate(self._retriers):
            if not matches(error, retrier.errors):
                continue
            used = self._used[at]
            if used >= retrier.attempts:
                return None
            self._used[at] = used + 1
            return _delay(retrier, used, draw)
        return None


def _delay(retrier: Retrier, used: int, draw: random.Random) -> float:
    try:
        delay = retrier.interval * retrier.backoff**used
    except OverflowError:
        delay = _LONGEST
    delay = min(delay, retrier.most or _LONGEST)
    return draw.uniform(0, delay) if retrier.jitter else delay


_LONGEST = 31_536_000.0
"""A Standard execution lives a year at most, so that no longer delay can end."""


def catcher(catchers: tuple[Catcher, ...], error: str | None) -> Catcher | None:
    """Return the first catcher that covers an error."""
    return next((each for each in catchers if matches(error, each.errors)), None)
