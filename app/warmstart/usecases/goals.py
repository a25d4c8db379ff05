"""Goals: set, given up, and turned into what to do a day, as the log has it now.

Plans are made of the cards as they stand, so that a day off, or a good one, shows in the next.
Goals share the limit of new cards a day: the nearest takes what it needs first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import InputError
from warmstart.store.repositories.goals import Goal
from warmstart.store.times import to_ms
from warmstart.study.plan import Plan, plan
from warmstart.study.workload import habits
from warmstart.text import asked, nearest
from warmstart.usecases.simulated import pace_of, started
from warmstart.usecases.warmths import SomeConcepts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import StoredConcept
    from warmstart.usecases.workspace import Workspace

_GOAL: Final = re.compile(
    r"(\d{1,3})\s*%?(?:\s+(?:by\s+)?(\d{4}-\d\d-\d\d)|\s+(?:in\s+)?(\d{1,5})\s*d(?:ays?)?)",
    re.IGNORECASE,
)
"""A goal as one writes it."""


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal, and how it stands."""

    goal: Goal
    concept: int | None
    """The concept's id; None where its note no longer has it."""
    title: str
    note: str
    mastery: float | None
    """Now; None without cards."""
    days: int
    """Study days left, today and the goal's day included; 0 when it is past."""
    plan: Plan | None
    """None when the day is past, or the concept is gone or has no cards."""
    today: date

    @property
    def later(self) -> date | None:
        """The day on which it would be met at the plan's rate, where that is after its own."""
        if self.plan is None or self.plan.later is None:
            return None
        return self.today + timedelta(days=self.plan.later - 1)

    def as_json(self) -> dict[str, Any]:
        """Return the goal as what JSON can hold."""
        found: dict[str, Any] = {
            "concept": self.title,
            "note": self.note,
            "goal": self.goal.mastery,
            "by": self.goal.by_day.isoformat(),
            "mastery": None if self.mastery is None else round(self.mastery, 1),
            "days_left": self.days,
            "plan": None,
        }
        if self.plan is not None:
            found["plan"] = {
                "new_a_day": self.plan.new_per_day,
                "reviews_a_day": round(self.plan.reviews_per_day, 1),
                "minutes_a_day": round(self.plan.minutes_per_day, 1),
                "reached": round(self.plan.reached, 1),
                "met": self.plan.met,
                "met_on": None if self.later is None else self.later.isoformat(),
                "new_a_day_needed": self.plan.needed,
            }
        return found


def all_goals(workspace: Workspace) -> tuple[GoalView, ...]:
    """Return the goals with their plans, the nearest first."""
    with workspace.store.read() as tx:
        workspace.follow(tx)
        return goals(workspace, tx)


def goals(workspace: Workspace, tx: Transaction) -> tuple[GoalView, ...]:
    """Return the same within a transaction."""
    wanted = tx.goals.all()
    return _Plans(workspace, tx).of(wanted) if wanted else ()


def set_goal(workspace: Workspace, concept: int, mastery: int, by_day: date) -> None:
    """Set what a concept's mastery should be by a study day, in place of an earlier goal.

    Raises:
        InputError: the mastery is not 1–100, the day is past, or the concept has no cards.
        KeyError: there is no such concept.
    """
    if not 1 <= mastery <= 100:  # noqa: PLR2004
        raise InputError(f"A goal is a mastery from 1 to 100, not {mastery}.")
    now = workspace.clock()
    if by_day < workspace.days.day_of(now):
        raise InputError(f"{by_day.isoformat()} is past; a goal needs a day to come.")
    with workspace.store.write() as tx:
        some = SomeConcepts(workspace, tx, [tx.notes.of_concept(concept)])
        found = next(c for c in some.list if c.id == concept)
        if not some.cards[concept]:
            raise InputError(f"“{found.title}” has no cards to study, and so no mastery to reach.")
        tx.goals.set(Goal(found.note_id, found.kind, found.slug, mastery, by_day, now))


def read_goal(text: str, today: date) -> tuple[int, date]:
    """Return the mastery and the day that a line asks for: ``80 by 2026-12-20``, ``80 in 30 days``.

    Raises:
        InputError: it says neither, or says what no goal can be.
    """
    found = _GOAL.fullmatch(text.strip())
    if found is None:
        raise InputError("Write a mastery and a day: 80 by 2026-12-20, or 80 in 30 days.")
    mastery, day, days = found.groups()
    if not 1 <= int(mastery) <= 100:  # noqa: PLR2004
        raise InputError(f"A goal is a mastery from 1 to 100, not {int(mastery)}.")
    try:
        by_day = today + timedelta(days=int(days)) if days else date.fromisoformat(day)
    except (ValueError, OverflowError) as error:
        raise InputError(f"There is no such day: {day or days}.") from error
    if by_day < today:
        raise InputError(f"{by_day.isoformat()} is past; a goal needs a day to come.")
    return int(mastery), by_day


def remove_goal(workspace: Workspace, goal: Goal) -> bool:
    """Give a goal up; return whether it was there."""
    with workspace.store.write() as tx:
        return tx.goals.remove(*goal.concept)


def find_concept(workspace: Workspace, name: str) -> int:
    """Return the concept of that name: a title, a note's file name, or ``note/title``.

    Capital letters make no difference. Of several with one title, a note goes before a section.

    Raises:
        InputError: there is none, or there are several.
    """
    wanted = name.strip().casefold()
    with workspace.store.read() as tx:
        notes = {note.id: note for note in tx.notes.all()}
        concepts = tx.notes.concepts()

    def called(concept: StoredConcept) -> Iterable[str]:
        note, title = notes[concept.note_id], concept.title.casefold()
        yield title
        yield f"{note.title}/{title}".casefold()
        yield f"{note.name}/{title}".casefold()
        if concept.parent_id is None:
            yield note.name.casefold()

    found = [concept for concept in concepts if wanted in called(concept)]
    found = [c for c in found if c.parent_id is None] or found
    if not found:
        titles = {c.title.casefold(): c.title for c in concepts}
        near = [title for title in titles if title.startswith(wanted)][:3]
        near = near or nearest(wanted, titles)
        which = asked(titles[title] for title in near)
        raise InputError(
            f"There is no concept named “{name}”.",
            hint=f"{which}Write a title as `warmstart progress` lists it, or note/title.",
        )
    if len(found) > 1:
        some = ", ".join(f"{notes[c.note_id].name}/{c.title}" for c in found[:4])
        raise InputError(f"Several concepts are named “{name}”: {some}.", hint="Write note/title.")
    return found[0].id


class _Plans:
    """What plans are made of, read once for all goals."""

    def __init__(self, workspace: Workspace, tx: Transaction) -> None:
        self._workspace = workspace
        now = workspace.clock()
        self._now_ms = to_ms(now)
        self._today = workspace.days.day_of(now)
        self._tx = tx
        self._habits = habits(tx.log.answer_times())
        self._met_today = tx.log.met_since(workspace.days.start(self._today))
        self._limit = workspace.settings.study.new_per_day

    def of(self, wanted: Iterable[Goal]) -> tuple[GoalView, ...]:
        return tuple(self._view(goal) for goal in wanted)

    def _view(self, goal: Goal) -> GoalView:
        some = SomeConcepts(self._workspace, self._tx, [goal.note_id])
        own = {(c.note_id, c.kind, c.slug): c for c in some.list}
        concept = own.get(goal.concept)
        days = max(0, (goal.by_day - self._today).days + 1)
        mastery = None if concept is None else some.warm[concept.id].mastery
        made = None
        if concept is not None and mastery is not None and days:
            made = self._plan(some, concept.id, goal.mastery, days)
        return GoalView(
            goal=goal,
            concept=None if concept is None else concept.id,
            title=goal.slug if concept is None else concept.title,
            note=self._tx.notes.title(goal.note_id),
            mastery=mastery,
            days=days,
            plan=made,
            today=self._today,
        )

    def _plan(self, some: SomeConcepts, concept: int, mastery: int, days: int) -> Plan:
        cards = [some.standings[card] for card in sorted(some.cards[concept])]
        known = [started(card, self._now_ms) for card in cards if card.state is not None]
        pace = replace(
            pace_of(self._workspace.settings.study),
            new_per_day=self._limit,
            days=days,
            met_today=len(self._met_today & some.cards[concept]),
        )
        made = plan(
            known,
            len(cards) - len(known),
            mastery,
            pace=pace,
            habits=self._habits,
            formulas=self._workspace.scheduler.formulas,
        )
        self._limit -= made.new_per_day
        return made
