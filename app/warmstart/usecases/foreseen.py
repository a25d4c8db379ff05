"""What a sitting would come to, before one sits down to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.store.sitting import SittingStore
from warmstart.usecases.asking import Asking

if TYPE_CHECKING:
    from warmstart.usecases.desk import Desk
    from warmstart.usecases.sitting import Sitting


@dataclass(frozen=True, slots=True)
class Foreseen:
    """How many cards a sitting has, and about how long they take."""

    cards: int
    minutes: int
    """At the learner's pace; at most what the sitting is bounded by."""


def foresee(desk: Desk, sitting: Sitting) -> Foreseen:
    """Return what a sitting that began now would hold.

    Raises:
        StoreError: the store is not there yet, or cannot be read.
        SearchError: its search cannot be read.
        UsageError: it is narrowed to something that there is not.
    """
    store = SittingStore(desk.home.store)
    try:
        with store.read() as tx:
            desk.follow(tx)
            asking = Asking(desk, sitting, tx)
            minutes = asking.minutes
            if sitting.minutes is not None:
                minutes = min(minutes, sitting.minutes)
            return Foreseen(len(asking.queue), minutes)
    finally:
        store.close()
