"""Today: what is due, what is fading, which lab to run next; cheap enough for the first frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from warmstart.store.glance import Glance, look
from warmstart.study.day import DAY_MS, Days
from warmstart.study.mastery import below, warmth
from warmstart.study.presets import limits
from warmstart.usecases.due import day_of

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.paths import Home
    from warmstart.settings import Settings

_COLDEST = 8  # how many fading concepts are worth a look on one screen


@dataclass(frozen=True, slots=True)
class ColdConcept:
    """A concept that is going cold."""

    id: int
    title: str
    note: str
    """The title of the note it stands in."""
    mastery: int
    last_seen_days: int


@dataclass(frozen=True, slots=True)
class NextLab:
    """The lab to run next; see ``Glance.next_lab``."""

    name: str
    title: str
    minutes: int | None
    again: bool = False
    """Its challenge was met, and is due again."""


@dataclass(frozen=True, slots=True)
class Today:
    """One look at the day."""

    due: int
    """Cards to review before the day ends, as many as its limits let in."""
    new: int
    """New cards the day still has room for."""
    minutes: int
    """An estimate for both, from how long answers took lately."""
    week: tuple[int, ...]
    """Cards due on each of seven days, today first."""
    cold: tuple[ColdConcept, ...] | None
    """Going cold, the worst first: by the recall they are predicted to lose in 7 days; None where
    there were too many cards to look through."""
    studied: int
    """Answers given today."""
    cards: int
    """Cards there are to study at all."""
    next_lab: NextLab | None
    held: int = 0
    """Cards that are due as well and wait for another day: beyond a limit, buried, or siblings."""


def glance(
    home: Home,
    settings: Settings,
    now: datetime,
    days: Days | None = None,
    most: int | None = None,
) -> Today | None:
    """Return the day as the store has it, or None where there is no store of this version yet.

    What is going cold takes a look at every card: 15 ms for a thousand. With more than ``most`` of
    them it is left out.
    """
    days = days or Days(settings.study.day_starts_at)
    today = days.day_of(now)
    ends = [int(days.end(today + timedelta(days=n)).timestamp() * 1000) for n in range(7)]
    with look(home.store) as store:
        if store is None:
            return None
        day = day_of(store, limits(settings), now, days)
        load = store.load(ends)
        cards = store.cards()
        few = most is None or cards <= most
        cold = _cold(store, round(now.timestamp() * 1000)) if few else None
        lab = store.next_lab(ends[0])
    return Today(
        due=day.due,
        new=day.new,
        minutes=day.minutes,
        week=(day.due, *load[1:]),
        held=load[0] - day.due,
        cold=cold,
        studied=day.answered,
        cards=cards,
        next_lab=None
        if lab is None
        else NextLab(lab.name, lab.title, lab.minutes, bool(lab.again)),
    )


def _cold(store: Glance, now_ms: int) -> tuple[ColdConcept, ...]:
    concepts = store.concepts()
    curve = store.curve()
    cards = {
        card.card: card.outlook(curve, now_ms) for concept in concepts for card in concept.cards
    }
    inherited = below(
        {c.id: c.parent_id for c in concepts},
        {c.id: {card.card for card in c.cards} for c in concepts},
    )
    found = []
    for concept in concepts:
        if not concept.cards:
            continue
        warm = warmth(cards[key] for key in inherited[concept.id])
        if warm.last_seen_ms is not None and warm.mastery is not None:
            seen = max(0, now_ms - warm.last_seen_ms) // DAY_MS
            cold = ColdConcept(concept.id, concept.title, concept.note, round(warm.mastery), seen)
            found.append((-warm.loss, concept.id, cold))
    return tuple(cold for _, _, cold in sorted(found, key=lambda f: f[:2])[:_COLDEST])
