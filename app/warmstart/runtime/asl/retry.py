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
    from collections.abc import Sequence

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
        at = first(self._retriers, error)
        if at is None or self._used[at] >= self._retriers[at].attempts:
            return None
        self._used[at] += 1
        return delay(self._retriers[at], self._used[at] - 1, draw)


def first(entries: Sequence[Retrier | Catcher], error: str | None) -> int | None:
    """Return the place of the first retrier or catcher that covers an error."""
    return next((at for at, each in enumerate(entries) if matches(error, each.errors)), None)


def delay(retrier: Retrier, used: int, draw: random.Random) -> float:
    """Return the seconds until a retrier's next attempt, after it was used so many times."""
    try:
        seconds = retrier.interval * retrier.backoff**used
    except OverflowError:
        seconds = _LONGEST
    seconds = min(seconds, retrier.most or _LONGEST)
    return draw.uniform(0, seconds) if retrier.jitter else seconds


_LONGEST = 31_536_000.0
"""A Standard execution lives a year at most, so that no longer delay can end."""
