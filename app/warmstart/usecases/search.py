"""Search: words in notes and cards, with the passage they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmstart.usecases.workspace import Workspace

_BATCH = 50  # notes indexed in one transaction: a tenth of a second at most


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found, ready to be shown and opened."""

    note_id: int
    note: str
    """The title of the note."""
    card: int | None
    """The card, where it is one and not the note's text."""
    section: str
    slug: str
    """Where in the note to open it: the section's slug, empty for its beginning."""
    snippet: str
    """One line, with ``store.repositories.search``'s marks around the words found."""


def update_index(workspace: Workspace) -> int:
    """Index all notes that have changed; return how many there were.

    In short transactions, so that nobody who writes meanwhile waits for long.
    """
    total = 0
    while _is_behind(workspace):
        with workspace.store.write() as tx:
            total += tx.search.index(_BATCH)
    return total


def _is_behind(workspace: Workspace) -> bool:
    with workspace.store.read() as tx:
        return tx.search.is_behind()


def search(workspace: Workspace, query: str, most: int = 50) -> tuple[Found, ...]:
    """Return the notes and cards that hold every word of ``query``, the best first."""
    update_index(workspace)
    found = []
    with workspace.store.read() as tx:
        for hit in tx.search.find(query, most):
            title = tx.notes.title(hit.note_id)
            section = slug = ""
            if hit.card is not None:
                source = tx.cards.shown(hit.card).card.source
                section, slug = source.section, source.slug
            found.append(Found(hit.note_id, title, hit.card, section, slug, hit.snippet))
    return tuple(found)
