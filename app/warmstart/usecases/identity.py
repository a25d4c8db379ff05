"""Who is who: which notes and cards of the store go on in the notes that an import has read.

A file that is gone while another holds its text, or most of its cards, was renamed: its row, its
concepts and its cards go on under the new path. Cards whose text turned up elsewhere come along
from files that are gone; a text that still stands in another note is a copy, and a card of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.study.match import Candidate, Match, match
from warmstart.usecases.sources import file_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warmstart.store.card_rows import StoredCard
    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import KnownNote
    from warmstart.store.repositories.words import Reworded
    from warmstart.store.rows import CardSource
    from warmstart.usecases.content import Parsed
    from warmstart.usecases.sources import Found


@dataclass(frozen=True, slots=True)
class Identity:
    """What the store has that goes on; nothing, where the notes that were read stand apart."""

    rows: Sequence[int | None] = ()
    """For each note that was read the row it goes on in; None for a new one."""
    gone: set[int] = field(default_factory=set)
    """Notes of the store that go on nowhere."""
    cards: Sequence[StoredCard] = ()
    """Those whose history may go on, as their notes state them."""
    matches: Mapping[int, Match] = field(default_factory=dict)
    """Which of them a card is, by its place among all that were read."""
    own: Mapping[int, Reworded] = field(default_factory=dict)
    """The cards of the store that the learner has put in other words."""


def stand_apart(tx: Transaction, found: Found) -> bool:
    """Whether nothing in these files can be anything that the store has, whatever they hold.

    So it is if no note of the store is read again or gone, and no card of it was retired: each
    stays what it is, and what is found is new.
    """
    folders = tuple(found.folders)
    return not tx.cards.any_retired() and not any(
        note.path in found.sources
        or file_of(note.path) in found.sources
        or (
            not (note.retired or found.is_same(note.path))
            and (note.path.startswith(folders) or _is_lost(note))
        )
        for note in tx.notes.known().values()
    )


def identify(tx: Transaction, parsed: Sequence[Parsed], gone: Iterable[KnownNote]) -> Identity:
    """Return what goes on in these notes; ``gone`` are those whose files were looked for."""
    known = tx.notes.known()
    for one in parsed:
        _keep_folder(tx, one, known)
    sources = [one.cards for one in parsed]
    elsewhere = tx.cards.with_fingerprints(s.fingerprint for some in sources for s in some)
    gone_ids = {note.id for note in gone} | _missing(elsewhere, known.values(), parsed)
    rows = _rows(parsed, sources, known, gone_ids, elsewhere)
    gone_ids -= {key for key in rows if key is not None}
    own = tx.words.all()
    old = [_as_stated(card, own) for card in _old_cards(tx, rows, gone_ids, elsewhere)]
    new = [(slot, source) for slot, some in enumerate(sources) for source in some]
    return Identity(rows, gone_ids, old, _matches(old, new, rows) if old else {}, own)


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
        and _is_lost(note)
    }


def _is_lost(note: KnownNote) -> bool:
    """Whether a note's file is gone; what is bundled is gone only when its folder was read."""
    files = {Path(note.path), Path(file_of(note.path))}
    return all(file.is_absolute() and not file.exists() for file in files)


def _rows(
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


def _as_stated(card: StoredCard, own: Mapping[int, Reworded]) -> StoredCard:
    """Return a card with what its note said, where the learner has put it in other words."""
    if (reworded := own.get(card.id)) is None:
        return card
    said = reworded.stated
    return replace(card, source=card.source._replace(front=said.front, back=said.back))


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


def _candidate(key: int, note: object, source: CardSource) -> Candidate:
    return Candidate(
        key, note, source.kind, source.front, source.back, source.position, source.block_id
    )
