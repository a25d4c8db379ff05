"""Editing a card where it stands: in the learner's file or, without one, in their own words.

A card of the learner's own note is edited in that note, which is then read again by itself: history
follows as at any import. A card of the bundled course, of a lab, of an Anki deck or of a suggestion
has no file of the learner's. Their words for it are kept beside what its note states, so the next
version of the course, or of the deck, does not take them away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.errors import UsageError
from warmstart.notes.model import CardKind
from warmstart.store.repositories.words import Words
from warmstart.study.cards import Resumed
from warmstart.study.state import after
from warmstart.text import safe
from warmstart.usecases.content import fingerprint
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.sources import file_of

if TYPE_CHECKING:
    from warmstart.store.card_rows import StoredCard
    from warmstart.store.repositories.notes import StoredNote
    from warmstart.usecases.import_notes import ImportReport
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class InFile:
    """The card stands in a file of the learner's."""

    path: Path
    line: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class InWords:
    """The card is in no file that is the learner's to edit."""

    front: str
    back: str
    why: str
    """Why that is so, and what becomes of other words, in a sentence."""


def card_place(workspace: Workspace, card: int) -> InFile | InWords:
    """Return where a card is edited.

    A file that was saved since it was read is read again first, so that the line is its own.

    Raises:
        StoreError: the store cannot be read or written.
    """
    stored, note = _of(workspace, card)
    where = _file_of(stored, note)
    if isinstance(where, str):
        return InWords(stored.source.front, stored.source.back, where)
    import_notes(workspace, [where])
    return InFile(where, _of(workspace, card)[0].source.line)


def note_place(workspace: Workspace, note_id: int, slug: str | None = None) -> InFile:
    """Return where a note is edited: at the concept with this slug, else at its beginning.

    Raises:
        UsageError: it has no file of the learner's; says why.
    """
    with workspace.store.read() as tx:
        note = next(note for note in tx.notes.all() if note.id == note_id)
        lines = {concept.slug: concept.line for concept in tx.notes.concepts(note_id)}
    if note.origin != "user":
        raise UsageError(
            "This note comes with Warmstart, and the next version brings it anew.",
            hint="Its cards can be put in your own words: e while you study.",
        )
    if file_of(note.path) != note.path:
        raise UsageError("This deck lies in an Anki file, which no editor can open.")
    if not Path(note.path).is_file():
        raise UsageError(f"The file of this note is gone: {safe(note.path)}.")
    return InFile(Path(note.path), lines.get(slug or "", 1))


def reread(workspace: Workspace, path: Path) -> ImportReport:
    """Read one file again, after it was edited; what became of it is in the report.

    Raises:
        StoreError: nothing was read.
    """
    return import_notes(workspace, [path])


def reword(workspace: Workspace, card: int, front: str, back: str) -> None:
    """Let a card say what the learner says; a report that it was wrong is settled by that.

    Raises:
        StoreError: nothing was changed.
    """
    words = Words(front.strip(), back.strip())
    with workspace.store.write() as tx:
        stored = tx.cards.shown(card).card
        before = tx.words.all().get(card)
        said = before.stated if before else Words(stored.source.front, stored.source.back)
        if stored.accepted:
            own = stored.source._replace(front=words.front, back=words.back)
            own = own._replace(fingerprint=fingerprint(own.kind, own.front, own.back))
            tx.cards.rewrite(card, stored.note_id, own)
        tx.words.put(card, words, None if stored.accepted else said)
        if stored.reported is not None:
            entry = Resumed(card, workspace.clock())
            tx.log.append(entry)
            tx.cards.set_states({card: after(tx.cards.states([card])[card], entry)})


def _of(workspace: Workspace, card: int) -> tuple[StoredCard, StoredNote | None]:
    with workspace.store.read() as tx:
        stored = tx.cards.shown(card).card
        note = next((note for note in tx.notes.all() if note.id == stored.note_id), None)
    return stored, note


def _file_of(card: StoredCard, note: StoredNote | None) -> Path | str:
    """Return the learner's file that a card stands in, or why there is none."""
    if card.accepted:
        from_lab = card.source.kind == CardKind.PREDICTION
        whence = "comes from a lab that you ran" if from_lab else "was a suggestion you accepted"
        return f"This card {whence}: no note states it, and it is yours."
    if note is None:
        return "The note of this card is gone. Your words stay with the card."
    if note.origin != "user":
        return "This card comes with Warmstart. Your words stay with it, also when it is updated."
    if file_of(note.path) != note.path:
        return "This card came from Anki. Your words stay with it, also when the deck is imported."
    if not Path(note.path).is_file():
        return f"Its file is gone: {safe(note.path)}. Your words stay with the card."
    return Path(note.path)
