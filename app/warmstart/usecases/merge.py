"""Merging parsed notes into the store, within one transaction, once it is known who is who."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, repeat
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from warmstart.store.repositories.words import Words
from warmstart.study.cards import Resumed
from warmstart.study.path import learning_path
from warmstart.study.state import after, replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.engine import Transaction
    from warmstart.store.rows import CardSource
    from warmstart.study.cards import CardEntry
    from warmstart.study.match import Match
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.content import Parsed
    from warmstart.usecases.identity import Identity

T = TypeVar("T")
_PART = 500  # notes whose rows are made at a time


@dataclass(slots=True)
class Tally:
    """Cards, by what became of them."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    returned: int = 0
    retired: int = 0
    unchanged: int = 0


class _Written(NamedTuple):
    """A note that is in the store, without its cards yet."""

    id: int
    is_new: bool
    parsed: Parsed
    concepts: list[int]
    """The ids of its concepts, in their order."""


def merge(
    tx: Transaction,
    parsed: Iterable[Parsed],
    identity: Identity,
    now: datetime,
    scheduler: Scheduler,
) -> Tally:
    """Write the parsed notes, retire what is gone, and return what became of the cards.

    Notes are written as they come, so that an identity that asks nothing of them need not wait for
    the last to be read.
    """
    notes = _write_notes(tx, parsed, identity.rows, now)
    tx.notes.retire(identity.gone, now)
    moved = _rank(tx)
    placed = [(note.id, source) for note in notes for source in note.parsed.cards]
    card_ids, tally = _write_cards(tx, placed, identity, now=now)
    _begin(tx, _first_entries(notes, card_ids, identity.matches), scheduler)
    _write_tags(tx, notes, card_ids)
    used = {m.old for m in identity.matches.values()}
    written = {note.id for note in notes}
    kept = [c for c in identity.cards if c.accepted and c.id not in used and c.note_id in written]
    tally.returned += _readmit(tx, kept)
    _hold(tx, notes, card_ids, kept=kept, afresh=not identity.cards)
    tx.lab_work.link()

    used |= {card.id for card in kept}
    replaced = identity.gone.union(key for key in identity.rows if key is not None)
    left = [
        c.id for c in identity.cards if c.id not in used and not c.retired and c.note_id in replaced
    ]
    tx.cards.retire(left, now)
    new = {note.id for note in notes if note.is_new}
    new -= {placed[place][0] for place in identity.matches}  # but for cards from elsewhere
    tx.cards.follow_notes((written | moved) - new)
    tally.retired = len(left)
    return tally


def _write_notes(
    tx: Transaction, parsed: Iterable[Parsed], rows: Sequence[int | None], now: datetime
) -> list[_Written]:
    """Write notes as they come, each with all that it holds but its cards."""
    written: list[_Written] = []
    for some in _parts(zip(parsed, rows or repeat(None), strict=False)):
        keys = tx.notes.save([(key, one.row, one.take_text()) for one, key in some], now)
        read = [(key, one) for key, (one, _) in zip(keys, some, strict=True)]
        tx.notes.set_links([(key, one.links) for key, one in read])
        tx.notes.set_problems([(key, one.problems) for key, one in read])
        concepts = tx.notes.set_concepts([(key, one.concepts) for key, one in read])
        written += [
            _Written(key, before is None, one, ids)
            for key, (one, before), ids in zip(keys, some, concepts, strict=True)
        ]
    return written


def _settle(tx: Transaction, reported: Iterable[int], now: datetime) -> None:
    """Let cards that were reported as wrong come back, because their note was put right."""
    states = tx.cards.states(reported)
    resumed = {key: Resumed(key, now) for key in states}
    tx.log.append_all(list(resumed.values()))
    tx.cards.set_states({key: after(states[key], entry) for key, entry in resumed.items()})


def _write_cards(
    tx: Transaction,
    new: Sequence[tuple[int, CardSource]],
    identity: Identity,
    *,
    now: datetime,
) -> tuple[list[int], Tally]:
    before = {card.id: card for card in identity.cards}
    matches, own = identity.matches, identity.own
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
            tally.returned += 1
        elif found.how == "edited":
            tally.changed += 1
        elif found.how == "moved":
            tally.moved += 1
        else:
            tally.unchanged += 1
    _settle(tx, put_right, now)
    return ids, tally


def _write_tags(tx: Transaction, notes: Iterable[_Written], card_ids: Sequence[int]) -> None:
    """Write the tags of cards that come from a file where each card has its own."""
    ids = iter(card_ids)
    found: dict[int, tuple[str, ...]] = {}
    for _, _, one, _ in notes:
        keys = list(islice(ids, len(one.cards)))
        if one.tags is not None:
            found |= zip(keys, one.tags, strict=True)
    tx.cards.set_source_tags(found)


def _first_entries(
    notes: Iterable[_Written], card_ids: Sequence[int], matches: Mapping[int, Match]
) -> dict[int, Sequence[CardEntry]]:
    """Return what came with the cards that are new here, by id."""
    first = 0
    begun = {}
    for _, _, one, _ in notes:
        for at, entries in one.entries.items():
            if first + at not in matches:
                begun[card_ids[first + at]] = entries
        first += len(one.cards)
    return begun


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


def _hold(
    tx: Transaction,
    notes: Sequence[_Written],
    card_ids: Sequence[int],
    *,
    kept: Iterable[StoredCard],
    afresh: bool,
) -> None:
    """Write which cards concepts hold; ``card_ids`` runs through those of all notes.

    ``kept`` are accepted suggestions, which no note states: their section holds them, or the note
    where the section is gone. ``afresh`` says that no card was there before, and so none is held.
    """
    by_note: dict[int, list[StoredCard]] = {}
    for card in kept:
        by_note.setdefault(card.note_id, []).append(card)
    first = 0
    for some in _parts(notes):
        pairs: list[tuple[int, int]] = []
        for note in some:
            rows = note.parsed.concepts
            for row, concept_id in zip(rows, note.concepts, strict=True):
                pairs += [(concept_id, card_ids[first + place]) for place in row.cards]
            first += len(note.parsed.cards)
            if note.id in by_note:
                by_slug = dict(zip((row.slug for row in rows), note.concepts, strict=True))
                pairs += [
                    (by_slug.get(card.source.slug, note.concepts[0]), card.id)
                    for card in by_note[note.id]
                ]
        tx.cards.set_concepts(pairs, [] if afresh else [note.id for note in some])


def _parts(some: Iterable[T]) -> Iterator[list[T]]:
    """Yield in parts: the rows made of each are gone before the next are made."""
    rest = iter(some)
    while part := list(islice(rest, _PART)):
        yield part
