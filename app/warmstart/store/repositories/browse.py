"""Finding cards: which of them a search fits, in an order, and no more than are wanted."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from warmstart.store import card_rows
from warmstart.store.driver import sqlite_of
from warmstart.store.ids import chunks, places
from warmstart.store.searching import ELAPSED
from warmstart.store.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from warmstart.store.card_rows import CardInNote
    from warmstart.store.searching import Condition


class Order(StrEnum):
    """What the cards found are sorted by; whatever a card has not got stands last either way."""

    NOTE = "note"
    """As they stand in the notes, and these along the learning path."""
    DUE = "due"
    STABILITY = "stability"
    RECALL = "recall"
    """The coldest first."""
    LAPSES = "lapses"
    ADDED = "added"


# A plus keeps SQLite from walking another index for the order's sake, which is no good where few
# cards fit: every one of them would be looked up.
_KEYS: Final = {
    Order.DUE: "+card.due",
    Order.STABILITY: "+card.stability",
    Order.RECALL: "-" + ELAPSED.format(now=":now"),
    Order.LAPSES: "+card.lapses",
    Order.ADDED: "+card.created_at",
}
_SIBLINGS = (
    "SELECT other.id FROM card JOIN card AS other USING (note_id, passage)"
    " WHERE card.id = ? AND other.id <> card.id AND other.retired_at IS NULL"
    " ORDER BY other.position, other.id"
)
_TAGS = (
    "SELECT tag FROM card_tag WHERE card_id = :key UNION"
    " SELECT tag FROM note_tag JOIN card USING (note_id) WHERE card.id = :key ORDER BY tag"
)
_CONCEPTS = (
    "SELECT title FROM concept JOIN card_concept ON concept_id = concept.id"
    " WHERE card_id = ? ORDER BY position, concept.id"
)
_CREATED = "SELECT created_at FROM card WHERE id = ?"
_ROWS = (
    f"SELECT {', '.join(f'card.{name}' for name in card_rows.CARD)}, note.name, note.title"
    " FROM card JOIN note ON note.id = card.note_id WHERE card.id IN "
)
_PLACE: Final = ("card.rank", "card.note_id", "card.position")


class Browse:
    """The cards in use, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._sqlite = sqlite_of(connection)

    def find(
        self,
        condition: Condition,
        order: Order = Order.NOTE,
        *,
        descending: bool = False,
        most: int | None = None,
    ) -> list[int]:
        """Return the ids of the cards in use that the condition fits, the first ``most`` of them.

        One walk through an index that holds all that conditions on a card and orders look at.
        """
        way = " DESC" if descending else ""
        place = ", ".join(column + way for column in _PLACE)
        key = _KEYS.get(order)
        sort = place if key is None else f"{key} IS NULL, {key}{way}, {place}"
        query = (
            "SELECT card.id FROM card INDEXED BY ix_card_browse"
            f" WHERE ifnull(retired_at, 0) = 0 AND {condition.sql} ORDER BY {sort} LIMIT :most"
        )
        values = condition.values | {"most": -1 if most is None else most}
        return [key for (key,) in self._sqlite.execute(query, values)]

    def rows(self, keys: Sequence[int]) -> list[CardInNote]:
        """Return these cards with their notes, in the order of the keys; those gone left out."""
        found: dict[int, CardInNote] = {}
        for some in chunks(keys):
            for row in self._sqlite.execute(_ROWS + places(some), some):
                found[row[0]] = card_rows.CardInNote(card_rows.stored(row), *row[-2:])
        return [found[key] for key in keys if key in found]

    def siblings(self, key: int) -> list[int]:
        """Return the other cards of a card's passage, in their order."""
        return [other for (other,) in self._sqlite.execute(_SIBLINGS, (key,))]

    def tags(self, key: int) -> tuple[str, ...]:
        """Return the tags of a card, its note's among them, in order."""
        return tuple(tag for (tag,) in self._sqlite.execute(_TAGS, {"key": key}))

    def concepts(self, key: int) -> tuple[str, ...]:
        """Return the titles of the concepts that hold a card themselves."""
        return tuple(title for (title,) in self._sqlite.execute(_CONCEPTS, (key,)))

    def created(self, key: int) -> datetime:
        """Return when a card came in."""
        return from_ms(self._sqlite.execute(_CREATED, (key,)).fetchone()[0])
