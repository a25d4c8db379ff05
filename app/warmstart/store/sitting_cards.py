"""The cards as studying needs them: one card, its memory, its state.

Prepared statements on whichever sqlite3 connection they are given: a sitting's own, or the one
below a transaction of SQLAlchemy's. The repository ``Cards`` is this and more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.store import card_rows
from warmstart.store.conditions import ACTIVE
from warmstart.store.ids import chunks, places
from warmstart.store.times import from_ms

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from warmstart.study.cards import MemoryState
    from warmstart.study.state import CardState


_SHOWN = (
    f"SELECT {', '.join(f'card.{name}' for name in card_rows.CARD)}, note.name, note.title"
    " FROM card JOIN note ON note.id = card.note_id WHERE card.id = ?"
)
_MEMORY = f"SELECT {', '.join(card_rows.MEMORY)} FROM card WHERE id = ?"
_SET_MEMORY = (
    f"UPDATE card SET {', '.join(f'{name} = ?' for name in card_rows.MEMORY)} WHERE id = ?"
)
_STATES = f"SELECT id, {', '.join(card_rows.STATE)} FROM card WHERE id IN "
_SET_STATE = f"UPDATE card SET {', '.join(f'{name} = ?' for name in card_rows.STATE)} WHERE id = ?"
_OWN_TAGS = "SELECT card_id, tag FROM card_tag WHERE own AND card_id IN "
_DROP_OWN_TAGS = "DELETE FROM card_tag WHERE own AND card_id = ?"
_ADD_OWN_TAG = "INSERT INTO card_tag (tag, card_id, own) VALUES (?, ?, 1)"
_NEXT_DUE = f"SELECT min(due) FROM card WHERE phase > 0 AND {ACTIVE}"


class SittingCards:
    """The cards, as studying needs them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sqlite = connection

    def memory(self, key: int) -> MemoryState:
        """Return what is remembered of a card."""
        return card_rows.memory(self._sqlite.execute(_MEMORY, (key,)).fetchone())

    def set_memory(self, key: int, memory: MemoryState) -> None:
        """Replace what is remembered of a card; the caller has logged why."""
        self._sqlite.execute(_SET_MEMORY, (*card_rows.memory_row(memory), key))

    def states(self, keys: Iterable[int]) -> dict[int, CardState]:
        """Return everything that the log says of these cards, as it is kept beside them."""
        found: dict[int, CardState] = {}
        for some in chunks(sorted(set(keys))):
            listed = places(some)
            tags: dict[int, set[str]] = {}
            for key, tag in self._sqlite.execute(_OWN_TAGS + listed, some):
                tags.setdefault(key, set()).add(tag)
            for key, *row in self._sqlite.execute(_STATES + listed, some):
                found[key] = card_rows.state(row, frozenset(tags.get(key, ())))
        return found

    def set_states(self, states: Mapping[int, CardState]) -> None:
        """Replace what the log says of these cards; the caller has logged why."""
        run = self._sqlite.executemany
        run(_SET_STATE, [(*card_rows.state_row(state), key) for key, state in states.items()])
        run(_DROP_OWN_TAGS, [(key,) for key in states])
        run(_ADD_OWN_TAG, [(tag, key) for key, s in states.items() for tag in sorted(s.tags)])

    def shown(self, key: int) -> card_rows.CardInNote:
        """Return a card with its note."""
        row = self._sqlite.execute(_SHOWN, (key,)).fetchone()
        return card_rows.CardInNote(card_rows.stored(row), *row[-2:])

    def next_due(self) -> datetime | None:
        """Return when the next card of all comes due; None where none was ever studied."""
        (due,) = self._sqlite.execute(_NEXT_DUE).fetchone()
        return None if due is None else from_ms(due)
