"""Merging parsed notes into the store, within one transaction: identity, then rows.

A file that is gone while another holds its text, or most of its cards, was renamed: its row, its
concepts and its cards go on under the new path. Cards whose text turned up elsewhere come along
from files that are gone; a text that still stands in another note is a copy, and a card of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from warmstart.store.repositories.words import Words
from warmstart.study.cards import Resumed
from warmstart.study.match import Candidate, Match, match
from warmstart.study.path import learning_path
from warmstart.study.state import after, replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.store.repositories.words import Reworded
    from warmstart.store.rows import CardSource
    from warmstart.study.cards import CardEntry
    from warmstart.study.schedule import Scheduler
    from warmstart.usecases.content import Parsed


T = TypeVar("T")
_PART = 500  # notes whose rows are made at a time


@dataclass(slots=True)
class Tally:
    """Cards, by what became of them."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    retired: int = 0
    unchanged: int = 0


def merge(
    tx: Transaction,
    parsed: Sequence[Parsed],
    gone: Iterable[KnownNote],
    now: datetime,
    scheduler: Scheduler,
) -> Tally:
    """Write the parsed notes, retire what is gone, and return what became of the cards."""
    known = tx.notes.known()
    for one in parsed:
        _keep_folder(tx, one, known)
    sources = [one.cards for one in parsed]
    elsewhere = tx.cards.with_fingerprints(s.fingerprint for some in sources for s in some)
    gone_ids = {note.id for note in gone} | _missing(elsewhere, known.values(), parsed)
    ids = _identities(parsed, sources, known, gone_ids, elsewhere)
    gone_ids -= {key for key in ids if key is not None}

    own = tx.words.all()
    old = [_as_stated(card, own) for card in _old_cards(tx, ids, gone_ids, elsewhere)]
    new = [(slot, source) for slot, some in enumerate(sources) for source in some]
    matches = _matches(old, new, ids) if old else {}

    note_ids = _write_notes(tx, ids, parsed, now)
    tx.notes.retire(gone_ids, now)
    moved = _rank(tx)
    placed = [(note_ids[slot], source) for slot, source in new]
    card_ids, tally = _write_cards(tx, placed, matches, old, own, now=now)
    _begin(tx, _first_entries(parsed, card_ids, matches), scheduler)
    _write_tags(tx, parsed, card_ids)
    used = {m.old for m in matches.values()}
    written = set(note_ids)
    kept = [c for c in old if c.accepted and c.id not in used and c.note_id in written]
    tally.added += _readmit(tx, kept)
    _write_concepts(tx, parsed, note_ids, card_ids, kept=kept)

    used |= {card.id for card in kept}
    replaced = {*gone_ids, *(key for key in ids if key is not None)}
    left = [c.id for c in old if c.id not in used and not c.retired and c.note_id in replaced]
    tx.cards.retire(left, now)
    new_notes = {note_ids[slot] for slot, key in enumerate(ids) if key is None}
    new_notes -= {placed[place][0] for place in matches}  # but for cards from elsewhere
    tx.cards.follow_notes({*note_ids, *moved} - new_notes)
    tally.retired = len(left)
    return tally


def _matches(
    old: Iterable[StoredCard], new: Iterable[tuple[int, CardSource]], ids: Iterable[int | None]
) -> dict[int, Match]:
    """Return which old card a new one is, by the place of the new one."""
    slots = {key: slot for slot, key in enumerate(ids) if key is not None}
    found = match(
        [_candidate(c.id, slots.get(c.note_id, f"note {c.note_id}"), c.source) for c in old],
        [_candidate(place, slot, source) for place, (slot, source) in enumerate(new)],
    )
    return {m.new: m for m in found}


def _missing(
    cards: Iterable[StoredCard], known: Iterable[KnownNote], parsed: Iterable[Parsed]
) -> set[int]:
    """Return the notes that hold one of these cards, or the same text, and whose file is gone."""
    owners = {card.note_id for card in cards if not card.retired}
    digests = {one.row.digest for one in parsed}
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
        same = digests.get(one.row.digest)
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


def _keep_folder(tx: Transaction, one: Parsed, known: Mapping[str, KnownNote]) -> None:
    """Let a known note that was named by itself stay in the folder it was imported with.

    The folder is the deck of its cards, and only an import of the folder can tell; a note that was
    saved, and is read again alone, must not lose it.
    """
    note = known.get(one.source.key)
    if note is None or not one.source.named or one.source.folder:
        return
    lies_in = Path(one.source.key).parent.as_posix()
    decks = {card.source.deck or "" for card in tx.cards.of_notes([note.id])}
    folder = max((deck for deck in decks if deck and lies_in.endswith(f"/{deck}")), default="")
    if folder:
        one.put_in(folder)


def _as_stated(card: StoredCard, own: Mapping[int, Reworded]) -> StoredCard:
    """Return a card with what its note said, where the learner has put it in other words."""
    if (reworded := own.get(card.id)) is None:
        return card
    said = reworded.stated
    return replace(card, source=card.source._replace(front=said.front, back=said.back))


def _settle(tx: Transaction, reported: Iterable[int], now: datetime) -> None:
    """Let cards that were reported as wrong come back, because their note was put right."""
    states = tx.cards.states(reported)
    resumed = {key: Resumed(key, now) for key in states}
    tx.log.append_all(list(resumed.values()))
    tx.cards.set_states({key: after(states[key], entry) for key, entry in resumed.items()})


def _write_notes(
    tx: Transaction, ids: Sequence[int | None], parsed: Sequence[Parsed], now: datetime
) -> list[int]:
    """Write notes, their links and their problems; return the notes' ids."""
    note_ids: list[int] = []
    for some in _parts(list(zip(ids, parsed, strict=True))):
        keys = tx.notes.save([(key, one.row, one.take_text()) for key, one in some], now)
        tx.notes.set_links([(key, one.links) for key, (_, one) in zip(keys, some, strict=True)])
        tx.notes.set_problems(
            [(key, one.problems) for key, (_, one) in zip(keys, some, strict=True)]
        )
        note_ids += keys
    return note_ids


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


def _write_tags(tx: Transaction, parsed: Iterable[Parsed], card_ids: Sequence[int]) -> None:
    """Write the tags of cards that come from a file where each card has its own."""
    ids = iter(card_ids)
    found: dict[int, tuple[str, ...]] = {}
    for one in parsed:
        keys = list(islice(ids, len(one.cards)))
        if one.tags is not None:
            found |= zip(keys, one.tags, strict=True)
    tx.cards.set_source_tags(found)


def _first_entries(
    parsed: Iterable[Parsed], card_ids: Sequence[int], matches: Mapping[int, Match]
) -> dict[int, Sequence[CardEntry]]:
    """Return what came with the cards that are new here, by id."""
    first = 0
    begun = {}
    for one in parsed:
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


def _write_concepts(
    tx: Transaction,
    parsed: Sequence[Parsed],
    note_ids: Sequence[int],
    card_ids: Sequence[int],
    *,
    kept: Iterable[StoredCard],
) -> None:
    """Write concepts, and which cards they hold; ``card_ids`` runs through those of all notes.

    ``kept`` are accepted suggestions, which no note states: their section holds them, or the note
    where the section is gone.
    """
    by_note: dict[int, list[StoredCard]] = {}
    for card in kept:
        by_note.setdefault(card.note_id, []).append(card)
    first = 0
    for some in _parts(list(zip(note_ids, parsed, strict=True))):
        concept_ids = tx.notes.set_concepts([(key, one.concepts) for key, one in some])
        pairs: list[tuple[int, int]] = []
        for (note_id, one), concepts in zip(some, concept_ids, strict=True):
            for concept, concept_id in zip(one.concepts, concepts, strict=True):
                pairs += [(concept_id, card_ids[first + place]) for place in concept.cards]
            first += len(one.cards)
            if note_id in by_note:
                slugs = [concept.slug for concept in one.concepts]
                by_slug = dict(zip(slugs, concepts, strict=True))
                pairs += [
                    (by_slug.get(card.source.slug, concepts[0]), card.id)
                    for card in by_note[note_id]
                ]
        tx.cards.set_concepts(pairs, [key for key, _ in some])


def _parts(some: list[T]) -> Iterator[list[T]]:
    """Yield a long list in parts: the rows made of each are gone before the next are made."""
    for start in range(0, len(some), _PART):
        yield some[start : start + _PART]


def _candidate(key: int, note: object, source: CardSource) -> Candidate:
    return Candidate(
        key, note, source.kind, source.front, source.back, source.position, source.block_id
    )
