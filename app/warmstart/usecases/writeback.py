"""Write-back: what Warmstart measured, into the notes' own front matter, when asked to.

A file is replaced whole and at once (written beside, then renamed), so that a crash leaves the old
one; a file that has changed since it was imported is refused, because what was measured belongs to
another text.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.errors import NoteError
from warmstart.notes.source import decode
from warmstart.notes.writeback import Measured, write_back
from warmstart.study.cards import Memory
from warmstart.study.status import status
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.warmths import note_trees

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.store.card_rows import StoredCard
    from warmstart.usecases.warmths import ConceptNode
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing back, by the paths of the files."""

    changed: tuple[str, ...]
    same: tuple[str, ...]
    """These said so already."""
    refused: tuple[NoteError, ...]


def write_back_notes(workspace: Workspace, notes: Iterable[int]) -> Written:
    """Write ``study_status``, ``mastery``, ``last_reviewed`` and ``next_review`` into these notes.

    Only the learner's own markdown files are written; a note without cards is left as it is.
    """
    changed: list[str] = []
    same: list[str] = []
    refused: list[NoteError] = []
    with workspace.store.read() as tx:
        roots = note_trees(workspace, tx)
        stored = tx.notes.all()
    paths = {note.id: note.path for note in stored}
    said = {note.id: note.front_matter.get("study_status") for note in stored}
    for note_id in notes:
        path = paths[note_id]
        with workspace.store.read() as tx:
            text = tx.notes.text(note_id)
            cards = [c for c in tx.cards.of_notes([note_id]) if not (c.retired or c.suspended)]
        measured = _measure(workspace, roots[note_id], cards, said.get(note_id))
        if measured is None or not Path(path).is_absolute():
            continue
        try:
            wrote = _write(Path(path), text, measured)
        except NoteError as error:
            error.path = path
            refused.append(error)
            continue
        (changed if wrote else same).append(path)
    if changed:
        import_notes(workspace, map(Path, changed))
    return Written(tuple(changed), tuple(same), tuple(refused))


def _measure(
    workspace: Workspace, root: ConceptNode, cards: Iterable[StoredCard], said: str | None
) -> Measured | None:
    """Return what a note's front matter should say; None for a note without cards.

    ``study_status`` follows the rules of ``study.status``. The dates are study days.
    """
    if root.mastery is None:
        return None
    memories = [card.memory for card in cards if isinstance(card.memory, Memory)]
    word = status(root.cards, root.studied, root.mastery, said)
    if not memories:
        return Measured(word, 0, None, None)
    return Measured(
        study_status=word,
        mastery=root.mastery,
        last_reviewed=workspace.days.day_of(max(m.last_review for m in memories)),
        next_review=workspace.days.day_of(min(m.due for m in memories)),
    )


def _write(path: Path, text: str, measured: Measured) -> bool:
    """Replace a file that still holds ``text``; return whether it had to change."""
    try:
        data = path.read_bytes()
        if decode(data) != text:
            raise NoteError(
                "This file has changed since it was imported.",
                hint="Import it first, then write back.",
            )
        new = write_back(data, measured)
        if new == data:
            return False
        mode = path.stat().st_mode
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(new)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(mode)
            Path(beside).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        raise NoteError(f"This file cannot be written: {error.strerror}.") from error
    return True
