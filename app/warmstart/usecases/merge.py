"""Merging parsed notes into the store, within one transaction: identity, then rows.

A file that is gone while another holds its text, or most of its cards, was renamed: its row, its
concepts and its cards go on under the new path. Cards whose text turned up elsewhere come along
from files that are gone; a text that still stands in another note is a copy, and a card of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from warmstart.store.card_rows import CardSource, StoredCard
from warmstart.store.repositories.notes import ConceptRow, LinkRow, NoteRow
from warmstart.store.repositories.words import Words
from warmstart.study.cards import Resumed
from warmstart.study.match import Candidate, Match, match
from warmstart.study.path import learning_path
from warmstart.study.state import after, replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from warmstart.notes.model import Note, NoteCard
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.store.repositories.words import Reworded
    from warmstart.study.cards import CardEntry
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.sources import Source


T = TypeVar("T")
_PART = 500  # notes whose rows are made at a time


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read."""

    source: Source
    digest: str
    text: str
    note: Note
    entries: Sequence[Sequence[CardEntry]]
    """What the log is to say of each card when it is first met; their ``card`` is not known yet."""


@dataclass(slots=True)
class Tally:
    """Cards, by what became of them."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    retired: int = 0
    unchanged: int = 0


def fingerprint(kind: str, front: str, back: str) -> str:
    """Return what is the same for two cards of one kind with the same text."""
    return hashlib.sha256(f"{kind}\0{front}\0{back}".encode()).hexdigest()[:16]


def merge(
    tx: Transaction,
    parsed: Sequence[Parsed],
    gone: Iterable[KnownNote],
    now: datetime,
    scheduler: Scheduler,
) -> Tally:
    """Write the parsed notes, retire what is gone, and return what became of the cards."""
    known = tx.notes.known()
    parsed = [_in_its_folder(tx, one, known) for one in parsed]
    sources = [_sources(one) for one in parsed]
    elsewhere = tx.cards.with_fingerprints(s.fingerprint for some in sources for s in some)
    gone_ids = {note.id for note in gone} | _missing(elsewhere, known.values(), parsed)
    ids = _identities(parsed, sources, known, gone_ids, elsewhere)
    gone_ids -= {key for key in ids if key is not None}

    own = tx.words.all()
    old = [_as_stated(card, own) for card in _old_cards(tx, ids, gone_ids, elsewhere)]
    slots = {key: slot for slot, key in enumerate(ids) if key is not None}
    new = [(slot, source) for slot, some in enumerate(sources) for source in some]
    matches = {
        m.new: m
        for m in match(
            [_candidate(c.id, slots.get(c.note_id, f"note {c.note_id}"), c.source) for c in old],
            [_candidate(place, slot, source) for place, (slot, source) in enumerate(new)],
        )
    }

    note_ids: list[int] = []
    for some in _parts(list(zip(ids, parsed, strict=True))):
        note_ids += tx.notes.save([(key, _note_row(one)) for key, one in some], now)
    placed = [(note_ids[slot], source) for slot, source in new]
    card_ids, tally = _write_cards(tx, placed, matches, old, own, now=now)
    begun = [entries for one in parsed for entries in one.entries]
    _begin(tx, {card_ids[n]: e for n, e in enumerate(begun) if e and n not in matches}, scheduler)
    used = {m.old for m in matches.values()}
    written = set(note_ids)
    kept = [c for c in old if c.accepted and c.id not in used and c.note_id in written]
    tally.added += _readmit(tx, kept)
    _write_rest(tx, parsed, note_ids, card_ids, kept=kept)

    used |= {card.id for card in kept}
    replaced = {*gone_ids, *(key for key in ids if key is not None)}
    left = [c.id for c in old if c.id not in used and not c.retired and c.note_id in replaced]
    tx.cards.retire(left, now)
    tx.notes.retire(gone_ids, now)
    tx.cards.follow_notes({*note_ids, *_rank(tx)})
    tally.retired = len(left)
    return tally


def _missing(
    cards: Iterable[StoredCard], known: Iterable[KnownNote], parsed: Iterable[Parsed]
) -> set[int]:
    """Return the notes that hold one of these cards, or the same text, and whose file is gone."""
    owners = {card.note_id for card in cards if not card.retired}
    digests = {one.digest for one in parsed}
    present = {one.source.key for one in parsed}
    return {
        note.id
        for note in known
        if not note.retired
        and (note.id in owners or note.digest in digests)
        and note.path not in present
        and Path(note.path).is_absolute()  # what is bundled is gone only when its folder was read
        and not Path(note.path).exists()
    }


def _identities(
    parsed: Sequence[Parsed],
    sources: Sequence[Sequence[CardSource]],
    known: dict[str, KnownNote],
    gone: set[int],
    elsewhere: Iterable[StoredCard],
) -> list[int | None]:
    """Return for each parsed note the row it goes on in; None for a new one."""
    owners: dict[str, set[int]] = {}
    for card in elsewhere:
        owners.setdefault(card.source.fingerprint, set()).add(card.note_id)
    digests = {note.digest: note.id for note in known.values() if note.id in gone}
    free = set(gone)
    ids: list[int | None] = []
    for one, cards in zip(parsed, sources, strict=True):
        before = known.get(one.source.key)
        if before is not None:
            ids.append(before.id)
            continue
        shared = Counter(
            owner
            for source in cards
            for owner in owners.get(source.fingerprint, ())
            if owner in free
        )
        best = max(shared, key=lambda owner: (shared[owner], -owner), default=None)
        same = digests.get(one.digest)
        chosen = same if same in free else best
        free.discard(chosen or 0)
        ids.append(chosen)
    return ids


def _old_cards(
    tx: Transaction,
    ids: Iterable[int | None],
    gone: set[int],
    elsewhere: Iterable[StoredCard],
) -> list[StoredCard]:
    """Return the cards whose history may be carried on."""
    notes = {*gone, *(key for key in ids if key is not None)}
    old = {card.id: card for card in tx.cards.of_notes(notes)}
    old |= {card.id: card for card in elsewhere if card.retired}
    return list(old.values())


def _in_its_folder(tx: Transaction, one: Parsed, known: Mapping[str, KnownNote]) -> Parsed:
    """Return a known note that was named by itself as one of the folder it was imported with.

    The folder is the deck of its cards, and only an import of the folder can tell; a note that was
    saved, and is read again alone, must not lose it.
    """
    note = known.get(one.source.key)
    if note is None or not one.source.named or one.source.folder:
        return one
    lies_in = Path(one.source.key).parent.as_posix()
    decks = {card.source.deck or "" for card in tx.cards.of_notes([note.id])}
    folder = max((deck for deck in decks if deck and lies_in.endswith(f"/{deck}")), default="")
    return replace(one, source=replace(one.source, folder=folder))


def _as_stated(card: StoredCard, own: Mapping[int, Reworded]) -> StoredCard:
    """Return a card with what its note said, where the learner has put it in other words."""
    if (reworded := own.get(card.id)) is None:
        return card
    said = reworded.stated
    return replace(card, source=replace(card.source, front=said.front, back=said.back))


def _settle(tx: Transaction, reported: Iterable[int], now: datetime) -> None:
    """Let cards that were reported as wrong come back, because their note was put right."""
    states = tx.cards.states(reported)
    resumed = {key: Resumed(key, now) for key in states}
    tx.log.append_all(list(resumed.values()))
    tx.cards.set_states({key: after(states[key], entry) for key, entry in resumed.items()})


def _write_cards(
    tx: Transaction,
    new: Sequence[tuple[int, CardSource]],
    matches: dict[int, Match],
    old: Iterable[StoredCard],
    own: Mapping[int, Reworded],
    *,
    now: datetime,
) -> tuple[list[int], Tally]:
    before = {card.id: card for card in old}
    added = [pair for place, pair in enumerate(new) if place not in matches]
    fresh = iter(tx.cards.add(added, now))
    tally = Tally(added=len(added))
    ids = []
    put_right = []
    for place, (note_id, source) in enumerate(new):
        found = matches.get(place)
        if found is None:
            ids.append(next(fresh))
            continue
        card = before[found.old]
        if card.retired or (card.note_id, card.source) != (note_id, source):
            tx.cards.rewrite(card.id, note_id, source)
            said = Words(source.front, source.back)
            if card.id in own:
                tx.words.put(card.id, own[card.id].own, said)
            if card.reported is not None and said != Words(card.source.front, card.source.back):
                put_right.append(card.id)
        ids.append(card.id)
        if card.retired:
            tally.added += 1
        elif found.how == "edited":
            tally.changed += 1
        elif found.how == "moved":
            tally.moved += 1
        else:
            tally.unchanged += 1
    _settle(tx, put_right, now)
    return ids, tally


def _begin(tx: Transaction, begun: Mapping[int, Sequence[CardEntry]], scheduler: Scheduler) -> None:
    """Give new cards the history that came with them."""
    for card, entries in begun.items():
        logged = [replace(entry, card=card) for entry in entries]
        for entry in logged:
            tx.log.append(entry)
        tx.cards.set_states({card: replay(scheduler, logged)})


def _rank(tx: Transaction) -> set[int]:
    """Bring every note's place in the learning path up to date; return those that moved."""
    ranks = tx.notes.ranks()
    path = learning_path(list(ranks), tx.notes.prerequisites())
    moved = {key: place for place, key in enumerate(path.order) if ranks[key] != place}
    tx.notes.set_rank(moved)
    return set(moved)


def _readmit(tx: Transaction, accepted: Iterable[StoredCard]) -> int:
    """Bring accepted suggestions back with their note; return how many had been away."""
    away = [card for card in accepted if card.retired]
    for card in away:
        tx.cards.rewrite(card.id, card.note_id, card.source)
    return len(away)


def _write_rest(
    tx: Transaction,
    parsed: Sequence[Parsed],
    note_ids: Sequence[int],
    card_ids: Sequence[int],
    *,
    kept: Iterable[StoredCard],
) -> None:
    """Write concepts, links and problems; ``card_ids`` runs through the cards of all notes.

    ``kept`` are accepted suggestions, which no note states: their section holds them, or the note
    where the section is gone.
    """
    by_note: dict[int, list[StoredCard]] = {}
    for card in kept:
        by_note.setdefault(card.note_id, []).append(card)
    first = 0
    for some in _parts(list(zip(note_ids, parsed, strict=True))):
        concept_ids = tx.notes.set_concepts([(key, _concepts(one.note)) for key, one in some])
        pairs: list[tuple[int, int]] = []
        for (note_id, one), concepts in zip(some, concept_ids, strict=True):
            for concept, concept_id in zip(one.note.concepts, concepts, strict=True):
                pairs += [(concept_id, card_ids[first + place]) for place in concept.cards]
            first += len(one.note.cards)
            by_slug = {c.slug: key for c, key in zip(one.note.concepts, concepts, strict=True)}
            pairs += [
                (by_slug.get(card.source.slug, concepts[0]), card.id)
                for card in by_note.get(note_id, ())
            ]
        tx.notes.set_links([(key, _links(one.note)) for key, one in some])
        tx.notes.set_problems([(key, one.note.problems) for key, one in some])
        tx.cards.set_concepts(pairs, [key for key, _ in some])


def _parts(some: list[T]) -> Iterator[list[T]]:
    """Yield a long list in parts: the rows made of each are gone before the next are made."""
    for start in range(0, len(some), _PART):
        yield some[start : start + _PART]


def _concepts(note: Note) -> list[ConceptRow]:
    return [ConceptRow(c.kind, c.title, c.slug, c.line, c.parent) for c in note.concepts]


def _sources(one: Parsed) -> list[CardSource]:
    return [_source(one, card, place) for place, card in enumerate(one.note.cards)]


def _source(one: Parsed, card: NoteCard, position: int) -> CardSource:
    section = None if card.section is None else one.note.sections[card.section]
    return CardSource(
        kind=str(card.kind),
        front=card.front,
        back=card.back,
        fingerprint=fingerprint(str(card.kind), card.front, card.back),
        section=section.title if section else "",
        slug=section.slug if section else "",
        line=card.line,
        position=position,
        block_id=card.block_id,
        passage=card.passage,
        deck=card.deck or one.source.folder or None,
    )


def _candidate(key: int, note: object, source: CardSource) -> Candidate:
    return Candidate(
        key, note, source.kind, source.front, source.back, source.position, source.block_id
    )


def _note_row(one: Parsed) -> NoteRow:
    return NoteRow(
        path=one.source.key,
        name=one.source.name,
        origin=one.source.origin,
        title=one.note.title,
        size=one.source.stamp[0],
        mtime_ns=one.source.stamp[1],
        digest=one.digest,
        front_matter=_front_matter(one.note),
        text=one.text,
        kinds=json.dumps(Counter(str(card.kind) for card in one.note.cards), sort_keys=True),
    )


def _front_matter(note: Note) -> dict[str, Any]:
    """Return what the note says about itself as what JSON can hold; links are kept apart."""
    said = note.front_matter
    names = ("difficulty", "reading_time", "study_status", "mastery")
    values = {name: getattr(said, name) for name in names}
    dates = {name: getattr(said, name) for name in ("last_reviewed", "next_review")}
    values |= {name: day.isoformat() if day else None for name, day in dates.items()}
    values["tags"] = list(said.tags)
    values["raw"] = json.loads(json.dumps(dict(said.raw), default=str, skipkeys=True))
    return values


def _links(note: Note) -> list[LinkRow]:
    said = note.front_matter
    groups = (
        ("prerequisite", said.prerequisites),
        ("related", said.related),
        ("text", note.links),
    )
    return [
        LinkRow(relation, link.target, link.heading, link.alias, link.line)
        for relation, links in groups
        for link in links
    ]
