"""Cards: what they say, where they come from, and what is remembered of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, text, update

from warmstart.store.ids import chunks, next_ids
from warmstart.store.tables import card, card_concept, card_tag, concept, note
from warmstart.store.times import from_ms, to_ms
from warmstart.study.cards import Memory, MemoryState, New, Phase
from warmstart.study.mastery import CardMemory
from warmstart.study.queue import Step
from warmstart.study.state import CardState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

# Written out: SQLite uses a partial index only for the very condition it was made with, and a bound
# parameter is not that.
_ACTIVE = (
    card.c.retired_at.is_(None),
    card.c.suspended_at.is_(None),
    text("card.paused = 0"),
)
_STUDIED = text("card.phase > 0")
_NOT_STUDIED = text("card.phase = 0")
_IN_LEARNING = card.c.phase.in_((Phase.LEARNING, Phase.RELEARNING))

_BY_ID = select(card).where(card.c.id == bindparam("key"))
_SHOWN = (
    select(card, note.c.name.label("note_name"), note.c.title.label("note_title"))
    .join(note)
    .where(card.c.id == bindparam("key"))
)
_MEMORY = (
    "phase",
    "step",
    "stability",
    "difficulty",
    "due",
    "last_review",
    "reviews",
    "lapses",
)
_STATE = (
    *_MEMORY,
    "suspended_at",
    "buried_until",
    "flag",
    "remark",
    "reported",
    "leech",
    "own_deck",
)
_SET_MEMORY = (
    update(card)
    .where(card.c.id == bindparam("key"))
    .values({name: bindparam(f"m_{name}") for name in _MEMORY})
)
_SET_STATE = (
    update(card)
    .where(card.c.id == bindparam("key"))
    .values({name: bindparam(f"m_{name}") for name in _STATE})
)
_LEARNING = select(card.c.due, card.c.id).where(
    _STUDIED, *_ACTIVE, _IN_LEARNING, card.c.due < bindparam("before")
)
_DUE = (
    select(card.c.id)
    .where(_STUDIED, *_ACTIVE, card.c.phase == Phase.REVIEW, card.c.due < bindparam("before"))
    .order_by(card.c.due, card.c.id)
    .limit(bindparam("most"))
)
_NEW = (
    select(card.c.id)
    .where(_NOT_STUDIED, *_ACTIVE)
    .order_by(card.c.rank, card.c.note_id, card.c.position)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class CardSource:
    """What a note says of a card: everything but its id and its memory."""

    kind: str
    front: str
    back: str
    fingerprint: str
    """The same for two cards of one kind with the same text."""
    section: str
    """The title of the section that holds it; empty above the first heading."""
    slug: str
    line: int
    position: int
    """Its place among the cards of its note, from 0."""
    block_id: str | None
    passage: int
    """Cards of a note with the same number are siblings."""
    deck: str | None


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


class Cards:
    """The cards, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- for studying ------------------------------------------------------------------------

    def memory(self, key: int) -> MemoryState:
        """Return what is remembered of a card."""
        return _memory(self._connection.execute(_BY_ID, {"key": key}).mappings().one())

    def set_memory(self, key: int, memory: MemoryState) -> None:
        """Replace what is remembered of a card; the caller has logged why."""
        values: dict[str, Any] = {"key": key, **_memory_row(memory)}
        self._connection.execute(_SET_MEMORY, values)

    def states(self, keys: Iterable[int]) -> dict[int, CardState]:
        """Return everything that the log says of these cards, as it is kept beside them."""
        found: dict[int, CardState] = {}
        for some in chunks(sorted(set(keys))):
            own = select(card_tag.c.card_id, card_tag.c.tag).where(
                card_tag.c.card_id.in_(some), card_tag.c.own
            )
            tags: dict[int, set[str]] = {}
            for key, tag in self._connection.execute(own):
                tags.setdefault(key, set()).add(tag)
            query = select(card).where(card.c.id.in_(some))
            for row in self._connection.execute(query).mappings():
                found[row["id"]] = _state(row, frozenset(tags.get(row["id"], ())))
        return found

    def set_states(self, states: Mapping[int, CardState]) -> None:
        """Replace what the log says of these cards; the caller has logged why."""
        if not states:
            return
        self._connection.execute(
            _SET_STATE, [{"key": key, **_state_row(state)} for key, state in states.items()]
        )
        for some in chunks(sorted(states)):
            self._connection.execute(
                delete(card_tag).where(card_tag.c.card_id.in_(some), card_tag.c.own)
            )
        tags = [
            {"tag": tag, "card_id": key, "own": True}
            for key, state in states.items()
            for tag in sorted(state.tags)
        ]
        if tags:
            self._connection.execute(insert(card_tag), tags)

    def shown(self, key: int) -> CardInNote:
        """Return a card with its note."""
        row = self._connection.execute(_SHOWN, {"key": key}).mappings().one()
        return CardInNote(_stored(row), row["note_name"], row["note_title"])

    def learning(self, before: datetime) -> list[Step]:
        """Return the cards in learning whose next step is due before then."""
        rows = self._connection.execute(_LEARNING, {"before": to_ms(before)}).all()
        return [Step(from_ms(due), key) for due, key in rows]

    def due(self, before: datetime, most: int) -> list[int]:
        """Return up to ``most`` cards in review that are due before then, the longest due first."""
        rows = self._connection.execute(_DUE, {"before": to_ms(before), "most": most}).all()
        return [key for (key,) in rows]

    def new(self, most: int) -> list[int]:
        """Return up to ``most`` new cards in the order in which they are to be met."""
        return list(self._connection.execute(_NEW, {"most": most}).scalars())

    def next_due(self) -> datetime | None:
        """Return when the next card of all comes due; None where none was ever studied."""
        query = select(func.min(card.c.due)).where(_STUDIED, *_ACTIVE)
        due = self._connection.execute(query).scalar_one()
        return None if due is None else from_ms(due)

    def due_dates(self, before: datetime) -> list[datetime]:
        """Return the due dates before then, overdue ones included, in no order."""
        query = select(card.c.due).where(_STUDIED, *_ACTIVE, card.c.due < to_ms(before))
        return [from_ms(due) for due in self._connection.execute(query).scalars()]

    # -- for mastery -------------------------------------------------------------------------

    def memories(self) -> dict[int, CardMemory]:
        """Return what mastery needs of every active card, by its id."""
        query = select(card.c.id, card.c.stability, card.c.last_review).where(*_ACTIVE)
        return {
            key: CardMemory(key, stability, last_review or 0)
            for key, stability, last_review in self._connection.execute(query).all()
        }

    def by_concept(self) -> dict[int, set[int]]:
        """Return the active cards that each concept holds itself."""
        query = select(card_concept.c.concept_id, card.c.id).join(card).where(*_ACTIVE)
        own: dict[int, set[int]] = {}
        for concept_id, key in self._connection.execute(query).all():
            own.setdefault(concept_id, set()).add(key)
        return own

    def by_phase(self) -> dict[str, int]:
        """Return how many cards there are: new, learning, review, relearning, suspended.

        The cards of a paused note count as suspended.
        """
        out = or_(card.c.suspended_at.is_not(None), card.c.paused)
        query = (
            select(card.c.phase, out, func.count())
            .where(card.c.retired_at.is_(None))
            .group_by(card.c.phase, out)
        )
        counts = {phase.name.lower(): 0 for phase in Phase} | {"suspended": 0}
        for phase, suspended, count in self._connection.execute(query):
            counts["suspended" if suspended else Phase(phase).name.lower()] += count
        return counts

    # -- for import --------------------------------------------------------------------------

    def of_notes(self, notes: Iterable[int]) -> list[StoredCard]:
        """Return all cards of these notes, retired ones included, in their order."""
        found: list[StoredCard] = []
        for some in chunks(sorted(set(notes))):
            query = select(card).where(card.c.note_id.in_(some)).order_by(card.c.note_id, card.c.id)
            found += [_stored(row) for row in self._connection.execute(query).mappings()]
        return sorted(found, key=lambda c: (c.note_id, c.source.position, c.id))

    def with_fingerprints(self, fingerprints: Iterable[str]) -> list[StoredCard]:
        """Return the cards with these texts, retired ones included."""
        found: list[StoredCard] = []
        for some in chunks(sorted(set(fingerprints))):
            query = select(card).where(card.c.fingerprint.in_(some))
            found += [_stored(row) for row in self._connection.execute(query).mappings()]
        return found

    def add(
        self, some: Sequence[tuple[int, CardSource]], at: datetime, *, accepted: bool = False
    ) -> range:
        """Add new cards, pairs of note and source; return their ids."""
        ids = next_ids(self._connection, "card", len(some))
        shared = {"created_at": to_ms(at), "accepted": accepted}
        rows = [
            {"id": key, "note_id": note_id, **shared, **_source_row(source)}
            for key, (note_id, source) in zip(ids, some, strict=True)
        ]
        if rows:
            self._connection.execute(insert(card), rows)
        return ids

    def rewrite(self, key: int, note_id: int, source: CardSource) -> None:
        """Replace what a card says and where it stands; its memory stays, retirement ends."""
        values = {"note_id": note_id, "retired_at": None, **_source_row(source)}
        self._connection.execute(update(card).where(card.c.id == key).values(values))

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
        self._connection.execute(insert(card_concept), {"concept_id": concept_id, "card_id": key})

    def follow_notes(self, notes: Iterable[int]) -> None:
        """Bring the cards of these notes in line with the notes' rank, and whether they pause."""
        own = note.c.id == card.c.note_id
        values = {
            "paused": select(note.c.paused_at.is_not(None)).where(own).scalar_subquery(),
            "rank": select(note.c.rank).where(own).scalar_subquery(),
        }
        for some in chunks(sorted(set(notes))):
            self._connection.execute(update(card).where(card.c.note_id.in_(some)).values(values))

    def set_concepts(self, pairs: Sequence[tuple[int, int]], notes: Iterable[int]) -> None:
        """Replace which concepts of these notes hold which cards: (concept, card) pairs."""
        for some in chunks(sorted(set(notes))):
            owned = select(concept.c.id).where(concept.c.note_id.in_(some))
            moved = select(card.c.id).where(card.c.note_id.in_(some))
            self._connection.execute(
                delete(card_concept).where(
                    or_(card_concept.c.concept_id.in_(owned), card_concept.c.card_id.in_(moved))
                )
            )
        if pairs:
            self._connection.execute(
                insert(card_concept), [{"concept_id": c, "card_id": k} for c, k in pairs]
            )


def _source_row(source: CardSource) -> dict[str, Any]:
    return {name: getattr(source, name) for name in CardSource.__slots__}


def _stored(row: RowMapping) -> StoredCard:
    return StoredCard(
        id=row["id"],
        note_id=row["note_id"],
        source=CardSource(**{name: row[name] for name in CardSource.__slots__}),
        memory=_memory(row),
        retired=row["retired_at"] is not None,
        suspended=row["suspended_at"] is not None,
        paused=bool(row["paused"]),
        accepted=row["accepted"],
        buried_until=None if row["buried_until"] is None else from_ms(row["buried_until"]),
        flag=row["flag"],
        remark=row["remark"],
        reported=row["reported"],
        leech=bool(row["leech"]),
        own_deck=row["own_deck"],
        preset=row["preset"],
    )


def _memory(row: RowMapping) -> MemoryState:
    if row["phase"] == Phase.NEW:
        return New()
    return Memory(
        phase=Phase(row["phase"]),
        step=row["step"],
        stability=row["stability"],
        difficulty=row["difficulty"],
        due=from_ms(row["due"]),
        last_review=from_ms(row["last_review"]),
        reviews=row["reviews"],
        lapses=row["lapses"],
    )


def _memory_row(memory: MemoryState) -> dict[str, Any]:
    if isinstance(memory, New):
        empty = dict.fromkeys(("step", "stability", "difficulty", "due", "last_review"))
        row: dict[str, Any] = {"phase": 0, "reviews": 0, "lapses": 0, **empty}
    else:
        row = {
            "phase": int(memory.phase),
            "step": memory.step,
            "stability": memory.stability,
            "difficulty": memory.difficulty,
            "due": to_ms(memory.due),
            "last_review": to_ms(memory.last_review),
            "reviews": memory.reviews,
            "lapses": memory.lapses,
        }
    return {f"m_{name}": value for name, value in row.items()}


def _state(row: RowMapping, tags: frozenset[str]) -> CardState:
    return CardState(
        memory=_memory(row),
        suspended_at=None if row["suspended_at"] is None else from_ms(row["suspended_at"]),
        buried_until=None if row["buried_until"] is None else from_ms(row["buried_until"]),
        flag=row["flag"],
        remark=row["remark"],
        reported=row["reported"],
        leech=bool(row["leech"]),
        tags=tags,
        deck=row["own_deck"],
    )


def _state_row(state: CardState) -> dict[str, Any]:
    suspended, buried = state.suspended_at, state.buried_until
    return _memory_row(state.memory) | {
        "m_suspended_at": None if suspended is None else to_ms(suspended),
        "m_buried_until": None if buried is None else to_ms(buried),
        "m_flag": state.flag,
        "m_remark": state.remark,
        "m_reported": state.reported,
        "m_leech": state.leech,
        "m_own_deck": state.deck,
    }
