"""Goals: what the learner wants to know, how well, and by when.

A goal names its concept by note, kind and slug, so that it outlives a concept that is written anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from warmstart.notes.model import ConceptKind
from warmstart.store.tables import goal
from warmstart.store.times import from_ms, to_ms

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class Goal:
    """A mastery to reach by a study day."""

    note_id: int
    kind: ConceptKind
    slug: str
    mastery: int
    """1–100."""
    by_day: date
    created_at: datetime

    @property
    def concept(self) -> tuple[int, ConceptKind, str]:
        """What tells its concept."""
        return self.note_id, self.kind, self.slug


class Goals:
    """The goals, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Goal]:
        """Return the goals, the nearest first."""
        rows = self._connection.execute(select(goal).order_by(goal.c.by_day, goal.c.id)).mappings()
        return [
            Goal(
                note_id=row["note_id"],
                kind=ConceptKind(row["kind"]),
                slug=row["slug"],
                mastery=row["mastery"],
                by_day=date.fromisoformat(row["by_day"]),
                created_at=from_ms(row["created_at"]),
            )
            for row in rows
        ]

    def set(self, wanted: Goal) -> None:
        """Set a concept's goal, in place of the one it had."""
        self.remove(*wanted.concept)
        self._connection.execute(
            insert(goal),
            {
                "note_id": wanted.note_id,
                "kind": str(wanted.kind),
                "slug": wanted.slug,
                "mastery": wanted.mastery,
                "by_day": wanted.by_day.isoformat(),
                "created_at": to_ms(wanted.created_at),
            },
        )

    def remove(self, note_id: int, kind: ConceptKind, slug: str) -> bool:
        """Give a concept's goal up; return whether it had one."""
        its: tuple[ColumnElement[bool], ...] = (
            goal.c.note_id == note_id,
            goal.c.kind == str(kind),
            goal.c.slug == slug,
        )
        return self._connection.execute(delete(goal).where(*its)).rowcount > 0
