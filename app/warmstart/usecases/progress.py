"""Progress: mastery by concept, reviews a day, true retention, cards by state, the load ahead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from warmstart.study.mastery import warmth
from warmstart.usecases.warmths import ConceptNode, concept_tree, concept_warmths, outlooks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.usecases.workspace import Workspace

HEAT_DAYS = 371
"""A year and the days that fill its first week: 53 weeks."""
FORECAST_DAYS = 30
_WINDOWS = (("today", 1), ("7 days", 7), ("30 days", 30), ("a year", 365))


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """True retention over the last days: how often a card in review was recalled."""

    label: str
    passed: int
    reviews: int

    @property
    def share(self) -> float | None:
        """0–1; None without reviews."""
        return self.passed / self.reviews if self.reviews else None


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything that tells how far the learner is."""

    concepts: tuple[ConceptNode, ...]
    """One tree a note, the learner's own first."""
    mastery: int | None
    """Over all cards."""
    today: date
    """The study day it is."""
    heat: Mapping[date, int]
    """Answers by study day, for the days that had any."""
    retention: tuple[RetentionRow, ...]
    goal: float
    """The desired retention, 0–1."""
    states: Mapping[str, int]
    """Cards: new, learning, review, relearning, suspended."""
    forecast: tuple[int, ...]
    """Cards due on each of 30 days, today (with what is overdue) first."""

    def as_json(self) -> dict[str, Any]:
        """Return the figures as what JSON can hold."""

        def concept(node: ConceptNode) -> dict[str, Any]:
            return {
                "title": node.title,
                "kind": str(node.kind),
                "mastery": node.mastery,
                "cards": node.cards,
                "studied": node.studied,
                "concepts": [concept(child) for child in node.children],
            }

        return {
            "mastery": self.mastery,
            "concepts": [concept(node) for node in self.concepts],
            "reviews_by_day": {day.isoformat(): n for day, n in sorted(self.heat.items())},
            "true_retention": [
                {"period": r.label, "passed": r.passed, "reviews": r.reviews, "share": r.share}
                for r in self.retention
            ],
            "desired_retention": self.goal,
            "cards": dict(self.states),
            "forecast": list(self.forecast),
        }


def progress(workspace: Workspace) -> Progress:
    """Return the learner's progress as of now."""
    days = workspace.days
    today = days.day_of(workspace.clock())
    with workspace.store.read() as tx:
        order = {note.id: place for place, note in enumerate(tx.notes.all())}
        outlooks = outlooks_of(workspace, tx)
        concepts, warm = concept_warmths(tx, outlooks)
        heat: Counter[date] = Counter()
        for at, count in tx.log.per_quarter(days.start(today - timedelta(days=HEAT_DAYS - 1))):
            heat[days.day_of(at)] += count
        windows = [days.start(today - timedelta(days=length - 1)) for _, length in _WINDOWS]
        retention = [
            RetentionRow(label, found.passed, found.reviews)
            for (label, _), found in zip(_WINDOWS, tx.log.recalled(windows), strict=True)
        ]
        states = tx.cards.by_phase()
        due = Counter(
            max(0, (days.day_of(at) - today).days)
            for at in tx.cards.due_dates(days.end(today + timedelta(days=FORECAST_DAYS - 1)))
        )
    known = warmth(outlooks.values())
    nodes = concept_tree(concepts, warm)
    return Progress(
        concepts=tuple(sorted(nodes, key=lambda node: order[node.note_id])),
        mastery=None if known.mastery is None else round(known.mastery),
        today=today,
        heat=heat,
        retention=tuple(retention),
        goal=workspace.settings.study.desired_retention,
        states=states,
        forecast=tuple(due[day] for day in range(FORECAST_DAYS)),
    )
