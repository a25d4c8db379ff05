"""Suggested cards: what the rules found, and what the learner decided."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from warmstart.store.driver import sqlite_of
from warmstart.store.ids import chunks
from warmstart.store.tables import note, note_text, suggestion, suggestion_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

WAITING, ACCEPTED, DISMISSED = "waiting", "accepted", "dismissed"


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """A suggestion as a rule makes it."""

    note_id: int
    rule: str
    kind: str
    front: str
    back: str
    line: int
    last_line: int
    """The passage it comes from, lines from 1."""
    position: int
    """Its place among the suggestions of its note, from 0."""
    marks: list[list[int]]
    """Line, start and end column of the words it was made from."""


@dataclass(frozen=True, slots=True)
class StoredSuggestion:
    """A suggestion as the store has it."""

    id: int
    row: SuggestionRow
    state: str
    card_id: int | None


@dataclass(frozen=True, slots=True)
class PendingNote:
    """A note that the rules are to look at."""

    id: int
    name: str
    text: str
    digest: str


_COLUMNS = (
    suggestion.c.id,
    suggestion.c.state,
    suggestion.c.card_id,
    *(suggestion.c[field.name] for field in fields(SuggestionRow)),
)
_SEEN = "INSERT OR REPLACE INTO suggestion_state (note_id, digest) VALUES (?, ?)"


class Suggestions:
    """The suggestions, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_notes(self, notes: Iterable[int]) -> list[StoredSuggestion]:
        """Return every suggestion of these notes, decided ones included."""
        found = []
        for some in chunks(sorted(set(notes))):
            query = select(*_COLUMNS).where(suggestion.c.note_id.in_(some))
            ordered = query.order_by(suggestion.c.note_id, suggestion.c.id)
            found += [_stored(row) for row in self._connection.execute(ordered)]
        return found

    def pending(self, most: int, after: int) -> list[PendingNote]:
        """Return up to ``most`` of the learner's notes whose text the rules have not seen yet.

        By their ids, from behind ``after`` on: whoever goes through thousands looks at each once.
        """
        query = (
            select(note.c.id, note.c.name, note_text.c.text, note.c.digest)
            .join(note_text, note_text.c.note_id == note.c.id)
            .outerjoin(suggestion_state, suggestion_state.c.note_id == note.c.id)
            .where(
                note.c.retired_at.is_(None),
                note.c.origin == "user",
                note.c.id > after,
                suggestion_state.c.digest.is_distinct_from(note.c.digest),
            )
            .order_by(note.c.id)
            .limit(most)
        )
        return [PendingNote(*row) for row in self._connection.execute(query)]

    def seen(self, some: Iterable[PendingNote]) -> None:
        """Remember which text of these notes the rules have seen."""
        sqlite_of(self._connection).executemany(_SEEN, [(note.id, note.digest) for note in some])

    def waiting(self) -> list[StoredSuggestion]:
        """Return the undecided ones of the notes in use: the learner's own notes first, by line."""
        query = (
            select(*_COLUMNS)
            .join(note, note.c.id == suggestion.c.note_id)
            .where(suggestion.c.state == WAITING, note.c.retired_at.is_(None))
            .order_by(note.c.origin != "user", note.c.id, suggestion.c.position, suggestion.c.id)
        )
        return [_stored(row) for row in self._connection.execute(query)]

    def count_waiting(self) -> int:
        """Return how many are undecided."""
        query = (
            select(func.count())
            .select_from(suggestion.join(note))
            .where(suggestion.c.state == WAITING, note.c.retired_at.is_(None))
        )
        return int(self._connection.execute(query).scalar_one())

    def add(self, rows: Iterable[SuggestionRow]) -> None:
        """Add new suggestions; they wait."""
        values = [_values(row) | {"state": WAITING} for row in rows]
        if values:
            self._connection.execute(insert(suggestion), values)

    def rewrite(self, key: int, row: SuggestionRow) -> None:
        """Replace what a suggestion says and where it stands; what was decided holds."""
        self._connection.execute(
            update(suggestion).where(suggestion.c.id == key).values(_values(row))
        )

    def decide(self, key: int, state: str, card_id: int | None = None) -> None:
        """Set what was decided; an accepted one names the card it became."""
        self._connection.execute(
            update(suggestion).where(suggestion.c.id == key).values(state=state, card_id=card_id)
        )

    def delete(self, keys: Iterable[int]) -> None:
        """Forget suggestions whose passage is gone."""
        for key in keys:
            self._connection.execute(delete(suggestion).where(suggestion.c.id == key))


def _values(row: SuggestionRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SuggestionRow.__slots__}


def _stored(row: Sequence[Any]) -> StoredSuggestion:
    key, state, card, *values = row
    return StoredSuggestion(key, SuggestionRow(*values), state, card)
