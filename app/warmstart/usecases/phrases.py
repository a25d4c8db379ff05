"""Sentences about goals and causes, the same on the screen and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.study.plan import on_a_day

if TYPE_CHECKING:
    from datetime import date

    from warmstart.usecases.concept import Prerequisite
    from warmstart.usecases.goals import GoalView


def day(date_: date) -> str:
    """Return a day as one says it: ``20 Nov 2026``."""
    return f"{date_.day} {date_:%b %Y}"


def goal(view: GoalView) -> str:
    """Return a goal and where it stands: ``80 by 20 Dec 2026, now 41``."""
    now = "–" if view.mastery is None else f"{view.mastery:.0f}"
    return f"{view.goal.mastery} by {day(view.goal.by_day)}, now {now}"


def plan(view: GoalView) -> str:
    """Say what a goal takes a day, or why there is no plan, and when it cannot be met."""
    made = view.plan
    if view.concept is None:
        return "Its note no longer has this concept."
    if not view.days:
        reached = view.mastery is not None and view.mastery >= view.goal.mastery
        return "Its day is past, and it is met." if reached else "Its day is past."
    if made is None:
        return "It has no cards to study."
    new = f"{made.new_per_day} new" if made.new_per_day else "no new cards"
    reviews = on_a_day(made.reviews_per_day)
    said = (
        f"{new} and {reviews or 'no'} review{'' if reviews == 1 else 's'} a day,"
        f" about {on_a_day(made.minutes_per_day)} min"
    )
    if made.met:
        return f"{said}."
    when = "is not reached within two years"
    if view.later is not None:
        when = f"is reached by {day(view.later)}"
    more = f", or in time with {made.needed} new a day" if made.needed is not None else ""
    return (
        f"It cannot be met: {said}, reach {made.reached:.0f} by then;"
        f" {view.goal.mastery} {when}{more}."
    )


def brief(view: GoalView) -> str:
    """Say the same on one short line, for a place that has no room for more."""
    made = view.plan
    if made is None:
        return plan(view)
    reviews = on_a_day(made.reviews_per_day)
    daily = (
        f"{made.new_per_day} new, {reviews} review{'' if reviews == 1 else 's'},"
        f" {on_a_day(made.minutes_per_day)} min a day"
    )
    return daily if made.met else f"{daily}: reaches {made.reached:.0f}, not {view.goal.mastery}"


def behind(found: Prerequisite) -> str:
    """Say that a prerequisite explains the concept's lapses, with the figures that say so."""
    cause = found.cause
    if cause is None or not found.behind:
        return ""
    lapses = cause.cold.lapses + cause.warm.lapses
    times = f"{cause.excess:.1f} times" if cause.warm.lapses else "many times"
    predicted = lapses * cause.cold.predicted / (cause.cold.predicted + cause.warm.predicted)
    return (
        f"Failing here because {found.title} is cold: {cause.cold.lapses} of {lapses} lapses"
        f" came while its recall was below 80 %, where {predicted:.0f} would be expected:"
        f" {times} as often as while it was warm."
    )
