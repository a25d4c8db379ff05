"""A card between its row and its values: the columns, both ways, for every query that reads one.

A row is anything that gives its columns in the order asked for: sqlite3's tuples and SQLAlchemy's
rows alike. Nothing here imports SQLAlchemy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from warmstart.store.rows import CardSource
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import Memory, MemoryState, New, Phase
from warmstart.study.state import CardState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredCard:
    """A card as the store has it."""

    id: int
    note_id: int
    source: CardSource
    memory: MemoryState
    retired: bool
    suspended: bool
    paused: bool
    """Its note is: the card rests until the note is resumed."""
    accepted: bool
    """It was a suggestion: the learner's own, whether or not the note still says it."""
    buried_until: datetime | None
    """Put off until then; it may be past."""
    flag: int
    remark: str
    """The learner's note to themselves; may be empty."""
    reported: str | None
    """What the learner says is wrong with it; None where nothing is."""
    leech: bool
    own_deck: str | None
    """The learner's own choice, which goes before ``source.deck``."""
    preset: str
    """The preset it is studied by; empty for the settings that hold for all."""

    @property
    def deck(self) -> str | None:
        """The deck it is in."""
        return self.own_deck if self.own_deck is not None else self.source.deck

    @property
    def in_study(self) -> bool:
        """Whether it may be asked."""
        return not (self.retired or self.suspended or self.paused)


@dataclass(frozen=True, slots=True)
class CardInNote:
    """A card with the name and title of its note."""

    card: StoredCard
    note_name: str
    note_title: str


SOURCE = CardSource._fields
MEMORY = tuple(field.name for field in fields(Memory))
STATE = (
    *MEMORY,
    "suspended_at",
    "buried_until",
    "flag",
    "remark",
    "reported",
    "leech",
    "own_deck",
)
CARD = ("id", "note_id", *SOURCE, *STATE, "retired_at", "paused", "accepted", "preset")
"""The columns of ``stored``, in its order."""
_MEMORY_AT = 2 + len(SOURCE)
_REST_AT = _MEMORY_AT + len(MEMORY)


def stored(row: Sequence[Any]) -> StoredCard:
    """Return the card of a row that begins with the columns of ``CARD``."""
    suspended_at, buried_until, flag, remark, reported, leech, own_deck = row[
        _REST_AT : _REST_AT + 7
    ]
    retired_at, paused, accepted, preset = row[_REST_AT + 7 : _REST_AT + 11]
    return StoredCard(
        id=row[0],
        note_id=row[1],
        source=CardSource(*row[2:_MEMORY_AT]),
        memory=memory(row[_MEMORY_AT:_REST_AT]),
        retired=retired_at is not None,
        suspended=suspended_at is not None,
        paused=bool(paused),
        accepted=bool(accepted),
        buried_until=_moment(buried_until),
        flag=flag,
        remark=remark,
        reported=reported,
        leech=bool(leech),
        own_deck=own_deck,
        preset=preset,
    )


def memory(row: Sequence[Any]) -> MemoryState:
    """Return the memory of a row of the columns of ``MEMORY``."""
    phase, step, stability, difficulty, due, last_review, reviews, lapses = row
    if phase == Phase.NEW:
        return New()
    return Memory(
        phase=Phase(phase),
        step=step,
        stability=stability,
        difficulty=difficulty,
        due=from_ms(due),
        last_review=from_ms(last_review),
        reviews=reviews,
        lapses=lapses,
    )


def memory_row(state: MemoryState) -> tuple[Any, ...]:
    """Return the columns of ``MEMORY``."""
    if isinstance(state, New):
        return (int(Phase.NEW), None, None, None, None, None, 0, 0)
    return (
        int(state.phase),
        state.step,
        state.stability,
        state.difficulty,
        to_ms(state.due),
        to_ms(state.last_review),
        state.reviews,
        state.lapses,
    )


def state(row: Sequence[Any], tags: frozenset[str]) -> CardState:
    """Return the state of a row of the columns of ``STATE``; its tags stand in another table."""
    suspended_at, buried_until, flag, remark, reported, leech, own_deck = row[len(MEMORY) :]
    return CardState(
        memory=memory(row[: len(MEMORY)]),
        suspended_at=_moment(suspended_at),
        buried_until=_moment(buried_until),
        flag=flag,
        remark=remark,
        reported=reported,
        leech=bool(leech),
        tags=tags,
        deck=own_deck,
    )


def state_row(state: CardState) -> tuple[Any, ...]:
    """Return the columns of ``STATE``."""
    return (
        *memory_row(state.memory),
        _ms(state.suspended_at),
        _ms(state.buried_until),
        state.flag,
        state.remark,
        state.reported,
        state.leech,
        state.deck,
    )


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)
