"""Suggestions over imports: what was decided holds, what is gone is forgotten.

A suggestion is matched with the ones the store has by the rules that match cards, so a passage that
was reworded a little does not come back to somebody who has dismissed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.notes.formats import CardOptions
from warmstart.store.repositories.suggestions import WAITING, SuggestionRow
from warmstart.study.match import Candidate, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.suggest.model import Suggestion
    from warmstart.store.engine import Transaction
    from warmstart.usecases.workspace import Workspace

_BATCH = 20  # notes looked at between two writes


def update_suggestions(workspace: Workspace) -> int:
    """Let the rules look at every note that has changed; return how many there were.

    Work of its own, after an import and before the inbox is shown: an import of thousands of notes
    does not wait for it, and it holds the write lock for a moment only.
    """
    from warmstart.notes.suggest import suggest
    from warmstart.usecases.reading import given_options

    options = CardOptions(**given_options(workspace.settings.notes))
    total = last = 0
    while True:
        with workspace.store.read() as tx:
            some = tx.suggestions.pending(_BATCH, last)
        if not some and not last:
            return total
        last = some[-1].id if some else 0  # once more from the first: notes are saved meanwhile
        found = [(one.id, suggest(one.text, name=one.name, options=options)) for one in some]
        if some:
            with workspace.store.write() as tx:
                _merge(tx, found)
                tx.suggestions.seen(some)
        total += len(some)


def _merge(tx: Transaction, found: Sequence[tuple[int, Sequence[Suggestion]]]) -> None:
    """Bring the store in line with what the rules found: pairs of note and its suggestions."""
    rows = [
        _row(note_id, suggestion, position)
        for note_id, suggestions in found
        for position, suggestion in enumerate(suggestions)
    ]
    old = {stored.id: stored for stored in tx.suggestions.of_notes(note for note, _ in found)}
    if not rows and not old:
        return
    matches = match(
        [_candidate(key, stored.row) for key, stored in old.items()],
        [_candidate(place, row) for place, row in enumerate(rows)],
    )
    known = {m.new: m.old for m in matches}
    for place, key in known.items():
        if old[key].row != rows[place]:
            tx.suggestions.rewrite(key, rows[place])
    tx.suggestions.add(row for place, row in enumerate(rows) if place not in known)
    matched = set(known.values())
    # A decision outlives its passage: the passage may come back.
    tx.suggestions.delete(
        key for key, stored in old.items() if key not in matched and stored.state == WAITING
    )


def _row(note_id: int, suggestion: Suggestion, position: int) -> SuggestionRow:
    return SuggestionRow(
        note_id=note_id,
        rule=suggestion.rule,
        kind=str(suggestion.kind),
        front=suggestion.front,
        back=suggestion.back,
        line=suggestion.line,
        last_line=suggestion.last_line,
        position=position,
        marks=[[mark.line, mark.start, mark.end] for mark in suggestion.marks],
    )


def _candidate(key: int, row: SuggestionRow) -> Candidate:
    return Candidate(key, row.note_id, row.rule, row.front, row.back, row.position)
