"""What a learner has of labs beside their runs: cards, help, trusted folders, swept figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from warmstart.store.driver import sqlite_of
from warmstart.store.times import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


class LabCard(NamedTuple):
    """A card that comes from a lab."""

    card: int
    name: str
    """The prediction's; empty for the challenge."""
    setting: dict[str, Any]
    """Where the knobs and the seed stood."""


class Help(NamedTuple):
    """How much help there was since the challenge was met last."""

    hints: int = 0
    solution: int = 0
    """How often the solution was asked for."""


# A card from a lab belongs to its lab's note and to the notes that the lab names; an import of
# either makes the links anew that it knows of, which these are not.
_LINK = """
    INSERT OR IGNORE INTO card_concept (concept_id, card_id)
    SELECT concept.id, lab_card.card_id
    FROM lab_card, json_each(lab_card.concepts) AS named
    JOIN note ON note.name = named.value AND note.retired_at IS NULL
    JOIN concept ON concept.note_id = note.id AND concept.parent_id IS NULL
"""
_SAVE = """
    INSERT INTO lab_card (card_id, lab, name, setting, concepts) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (card_id) DO UPDATE SET setting = excluded.setting, concepts = excluded.concepts
"""


class LabWork:
    """The learner's work in labs, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._sqlite = sqlite_of(connection)

    def cards(self, lab: str) -> dict[str, LabCard]:
        """Return the cards of a lab that are there, by name."""
        rows = self._sqlite.execute(
            "SELECT card_id, name, setting FROM lab_card WHERE lab = ?", (lab,)
        )
        return {name: LabCard(card, name, json.loads(setting)) for card, name, setting in rows}

    def save_card(self, lab: str, card: LabCard, concepts: Sequence[str]) -> None:
        """Say of a card which lab's it is, and let the concepts of the notes named hold it."""
        row = (card.card, lab, card.name, json.dumps(card.setting), json.dumps(list(concepts)))
        self._sqlite.execute(_SAVE, row)
        self.link()

    def link(self) -> None:
        """Let the concepts hold the cards of labs again, after their notes were read anew."""
        self._sqlite.execute(_LINK)

    def due(self) -> dict[str, datetime]:
        """Return when each challenge that was met comes due again, by lab."""
        rows = self._sqlite.execute(
            "SELECT lab, due FROM lab_card JOIN card ON card.id = card_id"
            " WHERE lab_card.name = '' AND due IS NOT NULL"
        )
        return {lab: from_ms(due) for lab, due in rows}

    def help(self, lab: str) -> Help:
        """Return how much help the learner has had with a lab."""
        query = "SELECT hints, solution FROM lab_help WHERE lab = ?"
        row = self._sqlite.execute(query, (lab,)).fetchone()
        return Help() if row is None else Help(*row)

    def set_help(self, lab: str, had: Help) -> None:
        """Replace how much help that was."""
        self._sqlite.execute("INSERT OR REPLACE INTO lab_help VALUES (?, ?, ?)", (lab, *had))

    def folders(self) -> list[str]:
        """Return the folders that the learner trusts, in order."""
        return [path for (path,) in self._sqlite.execute("SELECT path FROM lab_folder")]

    def trust(self, path: str, at: datetime) -> None:
        """Trust a folder from now on."""
        row = (path, to_ms(at))
        self._sqlite.execute("INSERT OR REPLACE INTO lab_folder VALUES (?, ?)", row)

    def forget(self, path: str) -> None:
        """Trust a folder no longer."""
        self._sqlite.execute("DELETE FROM lab_folder WHERE path = ?", (path,))

    def swept(self, digest: str) -> list[Any] | None:
        """Return what a run of a sweep came to, by the digest of what decides it."""
        query = "SELECT figures FROM lab_figure WHERE digest = ?"
        row = self._sqlite.execute(query, (digest,)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep_swept(self, digest: str, figures: Sequence[Any]) -> None:
        """Keep what a run of a sweep came to: the knob's value, and the figures."""
        row = (digest, json.dumps(figures))
        self._sqlite.execute("INSERT OR REPLACE INTO lab_figure VALUES (?, ?)", row)
