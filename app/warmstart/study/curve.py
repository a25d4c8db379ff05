"""The forgetting curve of FSRS-6, without the scheduler behind it.

The figures on Today and on a prompt need this one formula for every card and cannot afford to
import the scheduler first. It is the curve that py-fsrs computes (``Scheduler.
get_card_retrievability``; a test holds the two together): R = (1 + F·t/S)^D with D = −w₂₀ and
F = 0.9^(1/D) − 1, where t is in whole days.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmstart.study.day import DAY_MS

DEFAULT_DECAY = 0.1542
"""w₂₀ of the default parameters, as py-fsrs 6.3 has them."""


def elapsed_days(ms: int) -> int:
    """Return how many days have passed for FSRS, which counts whole ones: the nearest number.

    A card is asked on the day on which it is due, some hours before or after the hour of its last
    answer. Cutting off the hours (as py-fsrs does) would make one that comes a little early look
    as if it came a day early; asked every morning, a card with an interval of one day would never
    leave the formula for answers within a day. Anki counts its own days, by the hour at which they
    begin; but a memory must not depend on the time zone in which its log is replayed.
    """
    return max(0, (ms + DAY_MS // 2) // DAY_MS)


COUNTED = "to the nearest day"
"""How elapsed days are counted: memories that were computed in another way are computed anew."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve for one set of parameters; only the last of them, the decay, matters here."""

    decay: float = DEFAULT_DECAY

    def recall(self, stability: float, last_review_ms: int, at_ms: int) -> float:
        """Return the probability of recall at ``at_ms`` (both times in epoch milliseconds)."""
        return self.after(max(0, (at_ms - last_review_ms) // DAY_MS) / stability)

    def after(self, elapsed: float) -> float:
        """Return the probability of recall once so much time has passed, in stabilities."""
        return float((1 + (0.9 ** (-1 / self.decay) - 1) * elapsed) ** -self.decay)

    def elapsed(self, recall: float) -> float:
        """Return after how much time, in stabilities, recall has fallen to ``recall`` (above 0).

        Recall above 1 lies before the review: the time is negative.
        """
        return float((recall ** (-1 / self.decay) - 1) / (0.9 ** (-1 / self.decay) - 1))
