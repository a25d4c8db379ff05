"""What Today and ``warmstart due`` show, read through sqlite3 alone.

Importing SQLAlchemy costs as much as the first frame of the app, so the first thing a learner sees
is read without it: read-only, after a look at the schema's version. What the learner does next, a
sitting, is read and written in the same way by ``sitting``. Values here are named tuples, because a
shell prompt, which is drawn from here too, would wait 6 ms for dataclasses.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from warmstart.store import connection as opening
from warmstart.store.conditions import ACTIVE, IN_FORCE
from warmstart.store.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from warmstart.study.curve import Curve
    from warmstart.study.mastery import CardMemory

_PATIENCE = 1.0  # seconds: the first frame waits


class ConceptCards(NamedTuple):
    """A concept and the memories of the cards that it holds itself."""

    id: int
    parent_id: int | None
    title: str
    note: str
    cards: tuple[CardMemory, ...]


class LabSeen(NamedTuple):
    """A lab by its narrative's note."""

    name: str
    """What finds it: its name, or its path."""
    title: str
    minutes: int | None
    again: bool
    """Its challenge was met, and is due again."""


_DUE_LABS = f"""
    SELECT lab, title, json_extract(front_matter, '$.reading_time'), 1
    FROM lab_card JOIN card ON card.id = card_id JOIN note ON note.id = card.note_id
    WHERE lab_card.name = '' AND due < ? AND note.retired_at IS NULL AND card.id IN
        (SELECT id FROM card WHERE {ACTIVE})
    ORDER BY due
"""
_LABS = """
    SELECT note.name, title, json_extract(front_matter, '$.reading_time'), 0
    FROM note
    LEFT JOIN lab_run ON lab_run.lab = note.name
    LEFT JOIN lab_card ON lab_card.lab = note.name AND lab_card.name = ''
    WHERE origin = 'lab' AND note.retired_at IS NULL
    GROUP BY note.id
    ORDER BY max(at) IS NOT NULL, lab_card.card_id IS NOT NULL, max(at),
        ifnull(CAST(json_extract(front_matter, '$.difficulty') AS REAL), 1e9), note.name
"""


class Glance:
    """A read-only look at the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.waits = Waits(connection)

    def load(self, days_end_ms: Sequence[int]) -> tuple[int, ...]:
        """Return how many cards come due by the end of each day; the first has what is overdue."""
        return tuple(
            self._one(
                f"SELECT count(*) FROM card WHERE phase > 0 AND {ACTIVE} AND due >= ? AND due < ?",
                low,
                high,
            )
            for low, high in pairwise([0, *days_end_ms])
        )

    def cards(self) -> int:
        """Return how many cards can be studied at all."""
        return self._one(f"SELECT count(*) FROM card WHERE {ACTIVE}")

    def curve(self) -> Curve:
        """Return the forgetting curve of the parameters in force."""
        from warmstart.study.curve import Curve

        found = self._connection.execute(f"SELECT text FROM ({IN_FORCE})").fetchone()
        if found is None:
            return Curve()
        import json

        return Curve(json.loads(found[0])[-1])

    def concepts(self) -> list[ConceptCards]:
        """Return every concept of the notes in use with its own active cards, parents first."""
        from warmstart.study.mastery import CardMemory

        cards: dict[int, list[CardMemory]] = {}
        for concept, card, stability, last_review in self._connection.execute(
            "SELECT cc.concept_id, card.id, stability, last_review"
            f" FROM card_concept AS cc JOIN card ON card.id = cc.card_id WHERE {ACTIVE}"
        ):
            cards.setdefault(concept, []).append(CardMemory(card, stability, last_review or 0))
        return [
            ConceptCards(key, parent, title, note, tuple(cards.get(key, ())))
            for key, parent, title, note in self._connection.execute(
                "SELECT concept.id, parent_id, concept.title, note.title"
                " FROM concept JOIN note ON note.id = note_id"
                " WHERE note.retired_at IS NULL ORDER BY note_id, position"
            )
        ]

    def next_lab(self, day_ends_ms: int) -> LabSeen | None:
        """Return the lab to run next: one due by then, the one that has been so for longest.

        Else one never run, else one whose challenge was never met, else any; of those the one that
        was not run for longest, and of those the easiest.
        """
        for query, values in ((_DUE_LABS, (day_ends_ms,)), (_LABS, ())):
            row = self._connection.execute(f"{query} LIMIT 1", values).fetchone()
            if row is not None:
                return LabSeen(*row)
        return None

    def names(self, beginning: str, *, labs: bool) -> list[tuple[str, str]]:
        """Return name and title of the notes, or labs, whose name begins so: for a shell."""
        rows = self._connection.execute(
            "SELECT name, title FROM note WHERE retired_at IS NULL AND (origin = 'lab') = ?"
            " AND substr(name, 1, length(?2)) = ?2 ORDER BY name LIMIT 200",
            (labs, beginning),
        )
        return [(name, title) for name, title in rows]

    def filed(self, kind: str) -> list[str]:
        """Return what cards are filed under: each name of a kind, "deck", "tag" or "concept"."""
        from warmstart.store.filing import Filing

        return Filing(self._connection).names(kind)

    def _one(self, query: str, *values: int) -> int:
        return int(self._connection.execute(query, values).fetchone()[0])


@contextmanager
def look(store: Path) -> Iterator[Glance | None]:
    """Open the store for a glance; None where there is none of this schema yet.

    Whatever is wrong with the store is said when it is opened in full; a glance shows nothing then.
    """
    with _reading(store) as connection:
        current = connection is not None and _schema(connection) == opening.SCHEMA
        yield Glance(connection) if connection is not None and current else None


def schema_of(store: Path) -> int | None:
    """Return the number of the store's schema; 0 for a store still to be made, None for none."""
    with _reading(store) as connection:
        return None if connection is None else _schema(connection)


@contextmanager
def _reading(store: Path) -> Iterator[sqlite3.Connection | None]:
    try:
        connection = opening.read_only(store, wait_seconds=_PATIENCE)
    except sqlite3.Error:
        yield None
        return
    with closing(connection):
        yield connection


def _schema(connection: sqlite3.Connection) -> int | None:
    try:
        return opening.schema_of(connection)
    except sqlite3.Error:
        return None
