"""The learner's own words on cards: what a note states is kept beside them, for the next import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from warmstart.store.tables import card, stated

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Words:
    """The two sides of a card."""

    front: str
    back: str


@dataclass(frozen=True, slots=True)
class Reworded:
    """A card that the learner has put in their own words."""

    own: Words
    stated: Words
    """What its note says."""


class OwnWords:
    """The cards that were put in other words, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[int, Reworded]:
        """Return them by the id of the card; they are few."""
        query = select(
            stated.c.card_id, card.c.front, card.c.back, stated.c.front, stated.c.back
        ).join(card)
        return {
            row[0]: Reworded(Words(row[1], row[2]), Words(row[3], row[4]))
            for row in self._connection.execute(query)
        }

    def put(self, key: int, words: Words, said: Words | None) -> None:
        """Let a card say ``words``; ``said`` is what its note states, None if none does."""
        self._connection.execute(
            update(card).where(card.c.id == key).values(front=words.front, back=words.back)
        )
        if said is None or said == words:
            self._connection.execute(delete(stated).where(stated.c.card_id == key))
            return
        values = {"front": said.front, "back": said.back}
        self._connection.execute(
            insert(stated)
            .values(card_id=key, **values)
            .on_conflict_do_update(index_elements=["card_id"], set_=values)
        )
