"""Keeping order: pause, resume, reset or remove a note with its cards; see how large the store is.

A removed note is out of sight and out of study, and comes back with its history when its file is
named in an import: nothing that was learned is deleted. The bundled course can be removed like any
note; it stays away until it is restored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.errors import NoteError, UsageError
from warmstart.notes.display import plain
from warmstart.text import meant
from warmstart.usecases import actions
from warmstart.usecases.sources import COURSE

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.store.engine import Transaction
    from warmstart.store.repositories.notes import StoredNote
    from warmstart.usecases.workspace import Workspace


_ASKED = 60
"""Characters of a question that a sentence about its card repeats."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Where the store lies and what it holds; sizes in bytes."""

    path: Path
    size: int
    """The store with what SQLite keeps beside it."""
    backups: int
    notes: int
    cards: int
    log: int
    """Entries of the log."""


def pause(workspace: Workspace, note_id: int) -> int:
    """Take a note's cards out of study until it is resumed; return how many there are."""
    return _pause(workspace, note_id, workspace.clock())


def resume(workspace: Workspace, note_id: int) -> int:
    """Take a paused note's cards into study again; return how many there are."""
    return _pause(workspace, note_id, None)


def reset(workspace: Workspace, note_id: int) -> int:
    """Make every studied card of a note new again; return how many there were.

    The log keeps what was answered; a ``Reset`` entry says that it no longer counts.
    """
    with workspace.store.read() as tx:
        cards = [card.id for card in tx.cards.of_notes([note_id]) if not card.retired]
    return actions.reset(workspace, cards)


def remove(workspace: Workspace, note_id: int) -> int:
    """Remove a note with its cards from sight and study; return how many cards there were."""
    now = workspace.clock()
    with workspace.store.write() as tx:
        return _remove(tx, [note_id], now)


def remove_course(workspace: Workspace) -> int:
    """Remove the bundled course until it is restored; return how many notes there were."""
    now = workspace.clock()
    with workspace.store.write() as tx:
        course = [note.id for note in tx.notes.all() if note.origin == "course"]
        _remove(tx, course, now)
        return len(course)


def restore_course(workspace: Workspace) -> int:
    """Bring the bundled course back with its history; return how many cards came back."""
    from warmstart.usecases.import_notes import import_bundled

    with workspace.store.write() as tx:
        known = tx.notes.known().values()
        tx.notes.readmit(note.id for note in known if note.path.startswith(COURSE))
    return import_bundled(workspace).returned


def info(workspace: Workspace) -> StoreInfo:
    """Return where the store lies and what it holds."""
    path = workspace.home.store
    beside = [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))]
    with workspace.store.read() as tx:
        return StoreInfo(
            path=path,
            size=sum(file.stat().st_size for file in beside if file.exists()),
            backups=sum(file.stat().st_size for file in workspace.home.backups.glob("*.db")),
            notes=len(tx.notes.all()),
            cards=tx.cards.count(),
            log=tx.log.length(),
        )


def problems(workspace: Workspace) -> list[NoteError]:
    """Return what is amiss: files and places in notes that could not be read, and reported cards.

    A card that was reported as wrong is settled once its text changes at an import, or once it is
    resumed.
    """
    with workspace.store.read() as tx:
        found = tx.notes.all_problems()
        unread = tx.notes.unread()
        reported = tx.cards.reported()
    return [
        *unread,
        *(NoteError(p.message, path=path, line=p.line, hint=p.hint) for path, p in found),
        *(
            NoteError(
                reported_sentence(card.source.front, card.reported or ""),
                path=path,
                line=card.source.line,
                hint="Put it right in the note, or resume the card, and it is asked again.",
            )
            for path, card in reported
        ),
    ]


def reported_sentence(front: str, text: str) -> str:
    """Return what is told of a card that was reported as wrong, with the learner's sentence."""
    asked = plain(front)
    asked = asked if len(asked) <= _ASKED else asked[: _ASKED - 1] + "…"
    said = f"You reported “{asked}” as wrong" + (f": {text}" if text else "")
    return said if said.endswith((".", "!", "?")) else said + "."


def named(workspace: Workspace, name: str) -> StoredNote:
    """Return the note with this name, path or title.

    Raises:
        UsageError: there is none, or several; says which names come close.
    """
    with workspace.store.read() as tx:
        notes = tx.notes.all()
    resolved = str(Path(name).resolve())
    for key in ("path", "name", "title"):
        wanted = {name, resolved} if key == "path" else {name}
        found = [note for note in notes if getattr(note, key) in wanted]
        if len(found) == 1:
            return found[0]
        if found:
            paths = ", ".join(note.path for note in found)
            raise UsageError(f"Several notes are called {name!r}: {paths}.", hint="Give its path.")
    near = meant(name, [note.name for note in notes], 3, cutoff=0.4).rstrip()
    hint = near or "`warmstart notes` lists them."
    raise UsageError(f"There is no note called {name!r}.", hint=hint)


def _pause(workspace: Workspace, note_id: int, at: datetime | None) -> int:
    with workspace.store.write() as tx:
        tx.notes.pause(note_id, at)
        tx.cards.follow_notes([note_id])
        return sum(not card.retired for card in tx.cards.of_notes([note_id]))


def _remove(tx: Transaction, notes: list[int], now: datetime) -> int:
    cards = [card.id for card in tx.cards.of_notes(notes) if not card.retired]
    tx.cards.retire(cards, now)
    tx.notes.retire(notes, now, removed=True)
    return len(cards)
