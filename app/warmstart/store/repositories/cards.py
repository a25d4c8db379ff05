"""Cards: what they say, where they come from, and what is remembered of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select, text, update

from warmstart.store.card_rows import CARD, SOURCE, stored
from warmstart.store.conditions import ACTIVE
from warmstart.store.driver import sqlite_of
from warmstart.store.ids import LISTED, Insertion, as_list, change, chunks, insertion, next_ids
from warmstart.store.sitting_cards import SittingCards
from warmstart.store.tables import card, card_concept, concept, note
from warmstart.store.times import to_ms
from warmstart.study.mastery import CardMemory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.rows import CardSource
    from warmstart.study.trail import State

_ACTIVE = text(ACTIVE)
_STUDIED = text("card.phase > 0")
_CARDS = select(*(card.c[name] for name in CARD))
_ADD = Insertion("card", "id", "created_at", "accepted", "note_id", "rank", "paused", *SOURCE)
_OF_NOTES = f"SELECT id, id, rank, paused_at IS NOT NULL FROM note WHERE id IN {LISTED}"
_ANY_RETIRED = "SELECT EXISTS (SELECT 1 FROM card WHERE retired_at IS NOT NULL)"
_REWRITE = change("card", "note_id", *SOURCE, also=", retired_at = NULL")
_HOLD = insertion("card_concept", "concept_id", "card_id")
_LET_GO = (
    "DELETE FROM card_concept"
    f" WHERE concept_id IN (SELECT id FROM concept WHERE note_id IN {LISTED})"
    f" OR card_id IN (SELECT id FROM card WHERE note_id IN {LISTED})"
)

_STANDINGS = f"SELECT id, stability, difficulty, last_review, due, preset FROM card WHERE {ACTIVE}"
# Not by their own note: a card of a lab belongs to the concepts of other notes, too.
_HELD = (
    " AND id IN (SELECT card_id FROM card_concept JOIN concept ON concept.id = concept_id"
    f" WHERE concept.note_id IN {LISTED})"
)
_DROP_SOURCE_TAGS = "DELETE FROM card_tag WHERE NOT own AND card_id = ?"
_ADD_SOURCE_TAG = "INSERT INTO card_tag (tag, card_id, own) VALUES (?, ?, 0)"
_RECOMPUTED = "UPDATE card SET stability = ?, difficulty = ? WHERE id = ?"


class Standing(NamedTuple):
    """Where an active card stands, as much of it as a simulation needs."""

    card: int
    state: State | None
    """Stability and difficulty; None for a new card."""
    last_review_ms: int
    due_ms: int
    preset: str = ""


class Cards(SittingCards):
    """The cards, within one transaction: what studying needs of them, and all the rest."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(sqlite_of(connection))
        self._connection = connection

    # -- for lists --------------------------------------------------------------------------

    def reported(self) -> list[tuple[str, StoredCard]]:
        """Return the cards reported as wrong and not settled yet, each with its note's path."""
        query = (
            _CARDS.add_columns(note.c.path)
            .join(note)
            .where(card.c.reported.is_not(None), card.c.retired_at.is_(None))
            .order_by(note.c.path, card.c.line, card.c.id)
        )
        return [(row.path, stored(row)) for row in self._connection.execute(query)]

    # -- for mastery -------------------------------------------------------------------------

    def memories(self) -> dict[int, CardMemory]:
        """Return what mastery needs of every active card, by its id."""
        query = select(card.c.id, card.c.stability, card.c.last_review).where(_ACTIVE)
        return {
            key: CardMemory(key, stability, last_review or 0)
            for key, stability, last_review in self._connection.execute(query).all()
        }

    def standings(self, notes: Sequence[int] | None = None) -> list[Standing]:
        """Return where active cards stand, of these notes' concepts or all: new ones first."""
        some = "" if notes is None else _HELD
        values = () if notes is None else (as_list(notes),)
        return [
            Standing(key, None if s is None else (s, d), last or 0, due or 0, preset)
            for key, s, d, last, due, preset in self._sqlite.execute(
                f"{_STANDINGS}{some} ORDER BY phase > 0, rank, note_id, position", values
            )
        ]

    def recomputed(self, states: Mapping[int, State | None]) -> None:
        """Replace stability and difficulty of cards that are not new; the caller has logged why."""
        rows = [(*state, key) for key, state in states.items() if state is not None]
        self._sqlite.executemany(_RECOMPUTED, rows)

    def by_concept(self, notes: Sequence[int] | None = None) -> dict[int, set[int]]:
        """Return the active cards that each concept holds itself: those of these notes, or all."""
        query = select(card_concept.c.concept_id, card.c.id).join(card).where(_ACTIVE)
        if notes is not None:
            query = query.join(concept, concept.c.id == card_concept.c.concept_id)
            query = query.where(concept.c.note_id.in_(notes))
        own: dict[int, set[int]] = {}
        for concept_id, key in self._connection.execute(query).all():
            own.setdefault(concept_id, set()).add(key)
        return own

    def count(self) -> int:
        """Return how many cards there are that are not retired."""
        query = select(func.count()).where(card.c.retired_at.is_(None))
        return int(self._connection.execute(query).scalar_one())

    # -- for import --------------------------------------------------------------------------

    def any_retired(self) -> bool:
        """Whether there is a card that is retired."""
        return bool(self._sqlite.execute(_ANY_RETIRED).fetchone()[0])

    def of_notes(self, notes: Iterable[int]) -> list[StoredCard]:
        """Return all cards of these notes, retired ones included, in their order."""
        found: list[StoredCard] = []
        for some in chunks(sorted(set(notes))):
            query = _CARDS.where(card.c.note_id.in_(some)).order_by(card.c.note_id, card.c.id)
            found += [stored(row) for row in self._connection.execute(query)]
        return sorted(found, key=lambda c: (c.note_id, c.source.position, c.id))

    def with_fingerprints(self, fingerprints: Iterable[str]) -> list[StoredCard]:
        """Return the cards with these texts, retired ones included."""
        wanted = set(fingerprints)
        (cards,) = self._sqlite.execute("SELECT count(*) FROM card").fetchone()
        if cards < len(wanted):  # as in a first import
            wanted &= {row[0] for row in self._sqlite.execute("SELECT fingerprint FROM card")}
        found: list[StoredCard] = []
        for some in chunks(sorted(wanted)):
            query = _CARDS.where(card.c.fingerprint.in_(some))
            found += [stored(row) for row in self._connection.execute(query)]
        return found

    def add(
        self, some: Sequence[tuple[int, CardSource]], at: datetime, *, accepted: bool = False
    ) -> range:
        """Add new cards, pairs of note and source, which rank and rest as their notes do now.

        Return their ids.
        """
        ids = next_ids(self._sqlite, "card", len(some))
        created_at = to_ms(at)
        # An INSERT that reads rank and rest from the note itself takes twice as long.
        listed = as_list({note_id for note_id, _ in some})
        notes = {key: of_note for key, *of_note in self._sqlite.execute(_OF_NOTES, (listed,))}
        rows = (
            (key, created_at, accepted, *notes[note_id], *source)
            for key, (note_id, source) in zip(ids, some, strict=True)
        )
        _ADD.run(self._sqlite, rows)
        return ids

    def rewrite(self, key: int, note_id: int, source: CardSource) -> None:
        """Replace what a card says and where it stands; its memory stays, retirement ends."""
        self._sqlite.execute(_REWRITE, (note_id, *source, key))

    def retire(self, keys: Iterable[int], at: datetime) -> None:
        """Take cards out of study, because they are gone from the notes; their history stays."""
        for some in chunks(sorted(set(keys))):
            self._connection.execute(
                update(card).where(card.c.id.in_(some)).values(retired_at=to_ms(at))
            )

    def withdraw(self, key: int, at: datetime) -> None:
        """Take back that a suggestion became this card; what was answered stays in the log."""
        values = {"accepted": False, "retired_at": to_ms(at)}
        self._connection.execute(update(card).where(card.c.id == key).values(values))

    def join_concept(self, key: int, concept_id: int) -> None:
        """Let a concept hold a card."""
        self._sqlite.execute(_HOLD, (concept_id, key))

    def set_source_tags(self, tags: Mapping[int, Iterable[str]]) -> None:
        """Replace the tags that cards have from where they came; the learner's own stay."""
        self._sqlite.executemany(_DROP_SOURCE_TAGS, ((key,) for key in tags))
        self._sqlite.executemany(
            _ADD_SOURCE_TAG,
            ((tag, key) for key, some in tags.items() for tag in dict.fromkeys(some)),
        )

    def follow_notes(self, notes: Iterable[int]) -> None:
        """Bring the cards of these notes in line with the notes' rank, and whether they pause."""
        own = note.c.id == card.c.note_id
        values = {
            "paused": select(note.c.paused_at.is_not(None)).where(own).scalar_subquery(),
            "rank": select(note.c.rank).where(own).scalar_subquery(),
        }
        for some in chunks(sorted(set(notes))):
            self._connection.execute(update(card).where(card.c.note_id.in_(some)).values(values))

    def out_of_line(self) -> int:
        """Return how many cards of notes in use are not in line with their notes: see above."""
        query = (
            select(func.count())
            .select_from(card.join(note))
            .where(
                note.c.retired_at.is_(None),
                or_(card.c.paused != note.c.paused_at.is_not(None), card.c.rank != note.c.rank),
            )
        )
        return int(self._connection.execute(query).scalar_one())

    def ids(self) -> list[int]:
        """Return the ids of all cards, retired ones too."""
        return [key for (key,) in self._sqlite.execute("SELECT id FROM card ORDER BY id")]

    def set_concepts(self, pairs: Sequence[tuple[int, int]], notes: Sequence[int]) -> None:
        """Replace which concepts of these notes hold which cards: (concept, card) pairs."""
        if notes:
            listed = as_list(notes)
            self._sqlite.execute(_LET_GO, (listed, listed))
        self._sqlite.executemany(_HOLD, pairs)
