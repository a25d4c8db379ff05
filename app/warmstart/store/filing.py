"""Under what cards are filed, by name: decks, tags and concepts; and the preset that follows.

Names are compared by ``study.presets``, in Python, because SQLite folds the capital letters of
ASCII alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.store.among import ALL, Among
from warmstart.store.ids import LISTED, as_list
from warmstart.study.admission import COMMON
from warmstart.study.presets import covers, wanted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from warmstart.settings import Preset
    from warmstart.store.searching import Condition

_NAMES: Final = {
    "deck": "SELECT DISTINCT coalesce(own_deck, deck) FROM card",
    "tag": "SELECT tag FROM note_tag UNION SELECT tag FROM card_tag",
    "concept": "SELECT DISTINCT title FROM concept",
}
_CARDS: Final = {
    "deck": f"coalesce(card.own_deck, card.deck) IN {LISTED}",
    "tag": (
        f"(card.note_id IN (SELECT note_id FROM note_tag WHERE tag IN {LISTED})"
        f" OR card.id IN (SELECT card_id FROM card_tag WHERE tag IN {LISTED}))"
    ),
    "concept": (
        "card.id IN (WITH RECURSIVE below(id) AS"
        f" (SELECT id FROM concept WHERE title IN {LISTED}"
        " UNION SELECT concept.id FROM concept JOIN below ON parent_id = below.id)"
        " SELECT card_id FROM card_concept JOIN below ON concept_id = below.id)"
    ),
}


class Filing:
    """Cards by what they are filed under, within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sqlite = connection

    def names(self, kind: str) -> list[str]:
        """Return all names there are of a kind: "deck", "tag" or "concept"."""
        return [name for (name,) in self._sqlite.execute(_NAMES[kind]) if name]

    def under(self, kind: str, name: str) -> Among | None:
        """Return the cards filed under a name or, of decks and tags, below it.

        None where nothing has that name.
        """
        names = [each for each in self.names(kind) if covers(kind, name, each)]
        if not names:
            return None
        value = as_list(names)
        return Among(_CARDS[kind], (value,) * _CARDS[kind].count("?"))

    def fitting(self, condition: Condition) -> list[int]:
        """Return the cards that a search fits."""
        query = f"SELECT card.id FROM card WHERE card.retired_at IS NULL AND {condition.sql}"
        return [key for (key,) in self._sqlite.execute(query, condition.values)]

    def set_presets(self, presets: Mapping[str, Preset], among: Among = ALL) -> int:
        """Give each of these cards the first preset that matches it; return how many changed."""
        found: dict[int, str] = {}
        for preset, each in presets.items():
            for match in each.match:
                if (cards := self.under(*wanted(match))) is not None:
                    for key in self._keys(cards & among):
                        found.setdefault(key, preset)
        had = self._sqlite.execute(
            f"SELECT id, preset FROM card WHERE preset <> '' AND {among.condition}", among.values
        )
        before = dict(had.fetchall())
        changed = [
            (found.get(key, COMMON), key)
            for key in found.keys() | before.keys()
            if found.get(key, COMMON) != before.get(key, COMMON)
        ]
        self._sqlite.executemany("UPDATE card SET preset = ? WHERE id = ?", changed)
        return len(changed)

    def _keys(self, cards: Among) -> list[int]:
        query = f"SELECT card.id FROM card WHERE {cards.condition}"
        return [key for (key,) in self._sqlite.execute(query, cards.values)]
