"""The figures of Progress as what JSON can hold: the names that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from warmstart.study.figures import Bins, Recalled
    from warmstart.usecases.progress import Progress
    from warmstart.usecases.warmths import ConceptNode


def as_json(progress: Progress) -> dict[str, Any]:
    """Return everything; shares are 0–1, times seconds, days ISO dates."""
    first, more = progress.overview, progress.details
    about = first.subject
    return {
        "subject": {"title": about.title or None, "tag": about.tag},
        "day": first.today.isoformat(),
        "mastery": first.mastery,
        "concepts": [_concept(node) for node in progress.concepts],
        "reviews_by_day": _by_day(first.heat),
        "seconds_by_day": {day: round(ms / 1000) for day, ms in _by_day(first.spent).items()},
        "streak": {
            "current": first.streaks.current,
            "longest": first.streaks.longest,
            "days_studied": first.streaks.studied,
        },
        "true_retention": [
            {
                "period": row.label,
                **_recalled(row.all),
                "young": _recalled(row.young),
                "mature": _recalled(row.mature),
            }
            for row in first.retention
        ],
        "retention_by_interval": [
            {"interval": row.label, **_recalled(row.recalled)} for row in more.by_span
        ],
        "desired_retention": first.goal,
        "cards": first.states.as_dict(),
        "overdue": first.overdue,
        "forecast": list(first.forecast),
        "buttons": {
            row.label: dict(zip(("again", "hard", "good", "easy"), row.counts, strict=True))
            for row in more.buttons
        },
        "hours": [{"hour": hour, **_recalled(found)} for hour, found in enumerate(more.hours)],
        "stability_days": _bins(more.stability),
        "difficulty": _bins(more.difficulty),
        "retrievability": _bins(more.recall),
        "recalled_now": round(more.recalled, 1),
    }


def _by_day(values: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): value for day, value in sorted(values.items())}


def _recalled(found: Recalled) -> dict[str, Any]:
    return {"passed": found.passed, "reviews": found.reviews, "share": found.share}


def _bins(bins: Bins) -> list[dict[str, Any]]:
    edges = [None if edge == float("inf") else edge for edge in bins.edges]
    return [
        {"from": low, "to": high, "cards": cards}
        for low, high, cards in zip(edges[:-1], edges[1:], bins.counts, strict=True)
    ]


def _concept(node: ConceptNode) -> dict[str, Any]:
    return {
        "title": node.title,
        "kind": str(node.kind),
        "mastery": node.mastery,
        "cards": node.cards,
        "studied": node.studied,
        "concepts": [_concept(child) for child in node.children],
    }
