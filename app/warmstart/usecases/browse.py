"""Browsing: the cards that a search fits, a page of them at a time, and one card in full.

A search gives ids, all of them in their order; what is shown of a card is read for those that are
seen. So a list of 100,000 cards can be scrolled anywhere, and what is selected stays selected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from warmstart.store.repositories.browse import Order
from warmstart.store.searching import Condition
from warmstart.study.cards import Entry, Memory, New, Phase, effective
from warmstart.study.history import Stretch, stretches
from warmstart.study.search import parse
from warmstart.usecases.search import update_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warmstart.store.card_rows import CardInNote
    from warmstart.usecases.workspace import Workspace

__all__ = ["CardPage", "CardRow", "Order", "card", "day_of", "find", "rows"]


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card in a list."""

    id: int
    kind: str
    front: str
    note_id: int
    note: str
    """The note's title."""
    slug: str
    """The section it stands in."""
    line: int
    deck: str | None
    phase: Phase
    memory: Memory | None
    """None for a new card."""
    recall: float | None
    """The probability that it would be recalled now; None for a new card."""
    suspended: bool
    paused: bool
    """Its note is."""
    buried: bool
    leech: bool
    reported: str | None
    remark: str
    flag: int

    @property
    def interval(self) -> timedelta | None:
        """The time from the last review to the due date; None for a new card."""
        return None if self.memory is None else self.memory.due - self.memory.last_review

    @property
    def states(self) -> tuple[str, ...]:
        """What ``is:`` would find it by, what keeps it from study first."""
        phase = {
            Phase.NEW: "new",
            Phase.LEARNING: "learning",
            Phase.REVIEW: "review",
            Phase.RELEARNING: "relearning",
        }
        said = {
            "reported": self.reported is not None,
            "suspended": self.suspended and self.reported is None,
            "paused": self.paused,
            "buried": self.buried,
            "leech": self.leech,
        }
        return (*(name for name, holds in said.items() if holds), phase[self.phase])


@dataclass(frozen=True, slots=True)
class CardPage:
    """A card in full."""

    row: CardRow
    back: str
    section: str
    tags: tuple[str, ...]
    """Its own and its note's."""
    concepts: tuple[str, ...]
    """The titles of those that hold it."""
    siblings: tuple[CardRow, ...]
    """The other cards of its passage."""
    log: tuple[Entry, ...]
    """What counts of its log, oldest first."""
    curve: tuple[Stretch, ...]
    """How well it was remembered, review by review."""
    created: datetime

    @property
    def id(self) -> int:
        """The card's."""
        return self.row.id

    @property
    def note_id(self) -> int:
        """Its note's."""
        return self.row.note_id

    @property
    def slug(self) -> str:
        """The section it stands in."""
        return self.row.slug

    @property
    def remark(self) -> str:
        """The learner's note to themselves."""
        return self.row.remark


def find(
    workspace: Workspace,
    query: str,
    order: Order = Order.NOTE,
    *,
    descending: bool = False,
    most: int | None = None,
) -> list[int]:
    """Return the ids of the cards that a search fits, in this order; the first ``most`` of them.

    Raises:
        SearchError: the search cannot be read.
    """
    condition = Condition(
        parse(query), at=workspace.clock(), days=workspace.days, curve=workspace.curve
    )
    if condition.full_text:
        update_index(workspace)
    with workspace.store.read() as tx:
        return tx.browse.find(condition, order, descending=descending, most=most)


def rows(workspace: Workspace, cards: Sequence[int]) -> tuple[CardRow, ...]:
    """Return what a list shows of these cards, in their order; those that are gone left out."""
    now = workspace.clock()
    with workspace.store.read() as tx:
        return tuple(_row(workspace, found, now) for found in tx.browse.rows(cards))


def card(workspace: Workspace, key: int) -> CardPage | None:
    """Return a card in full; None where there is no such card."""
    now = workspace.clock()
    with workspace.store.read() as tx:
        found = tx.browse.rows([key])
        if not found:
            return None
        shown = found[0]
        log = effective(tx.log.of_card(key))
        siblings = tx.browse.rows(tx.browse.siblings(key))
        return CardPage(
            row=_row(workspace, shown, now),
            back=shown.card.source.back,
            section=shown.card.source.section,
            tags=tx.browse.tags(key),
            concepts=tx.browse.concepts(key),
            siblings=tuple(_row(workspace, one, now) for one in siblings),
            log=tuple(log),
            curve=tuple(stretches(workspace.scheduler, log)),
            created=tx.browse.created(key),
        )


def day_of(line: str, today: date) -> date | None:
    """Return the day that a learner means: in so many days, or a date; None for anything else."""
    if re.fullmatch(r"[+-]?[0-9]{1,4}", line):
        return today + timedelta(days=int(line))
    try:
        return date.fromisoformat(line)
    except ValueError:
        return None


def _row(workspace: Workspace, found: CardInNote, now: datetime) -> CardRow:
    stored = found.card
    memory = None if isinstance(stored.memory, New) else stored.memory
    return CardRow(
        id=stored.id,
        kind=stored.source.kind,
        front=stored.source.front,
        note_id=stored.note_id,
        note=found.note_title,
        slug=stored.source.slug,
        line=stored.source.line,
        deck=stored.deck,
        phase=stored.memory.phase,
        memory=memory,
        recall=None if memory is None else workspace.scheduler.recall(memory, now),
        suspended=stored.suspended,
        paused=stored.paused,
        buried=stored.buried_until is not None and stored.buried_until > now,
        leech=stored.leech,
        reported=stored.reported,
        remark=stored.remark,
        flag=stored.flag,
    )
