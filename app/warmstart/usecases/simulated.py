"""From the store to a simulation: cards as they stand, and the pace that the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.study.curve import elapsed_days
from warmstart.study.workload import Pace, Studied

if TYPE_CHECKING:
    from warmstart.settings import StudySettings
    from warmstart.store.repositories.cards import Standing
    from warmstart.study.trail import State


def pace_of(study: StudySettings) -> Pace:
    """Return the pace that the settings say, for a year."""
    return Pace(
        retention=study.desired_retention,
        longest=study.maximum_interval,
        new_per_day=study.new_per_day,
        learning_steps=len(study.learning_steps),
        relearning_steps=len(study.relearning_steps),
    )


def since(card: Standing, now_ms: int) -> int:
    """Return the days since a card was answered last."""
    return elapsed_days(now_ms - card.last_review_ms)


def started(card: Standing, now_ms: int, actual: State | None = None) -> Studied:
    """Return a card that was studied as a simulation begins with it.

    ``actual`` is its memory by other parameters than those in force, where those are weighed.
    """
    assert card.state is not None
    due = elapsed_days(card.due_ms - now_ms)
    return Studied(card.state, actual or card.state, since(card, now_ms), due)
