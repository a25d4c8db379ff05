"""Search: words in notes and cards, with the passage they stand in."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warmstart.notes.display import passage
from warmstart.notes.model import ConceptKind
from warmstart.notes.scan import scan
from warmstart.notes.sections import sections_of
from warmstart.store.repositories.search import MARK_OFF, MARK_ON, marked, words
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.store.engine import Transaction
    from warmstart.usecases.workspace import Workspace

__all__ = ["MARK_OFF", "MARK_ON", "Found", "search", "update_index"]

_BATCH: Final = 20
"""Notes indexed in one transaction: it takes some hundredths of a second."""
_BREATH: Final = 0.03
"""Seconds between two: an answer that waits for the lock looks for it every 25 ms, and would meet
it taken again for as long as there are notes to index."""
_TITLES = 20
"""Titles given at most, so that a common word leaves room for what stands in the text."""
_LONGEST: Final = 1_000
"""Characters of a passage that are looked at: a line without spaces can be very long."""
_MARKS = re.compile(f"{MARK_ON}[^{MARK_ON}{MARK_OFF}]+{MARK_OFF}|[{MARK_ON}{MARK_OFF}]")
_TARGET = re.compile(rf"(\[\[[^\[\]|]*{MARK_ON}[^\[\]|]*)\|[^\[\]]*(?=\]\]|$)")
_ORDER = (ConceptKind.NOTE, ConceptKind.SECTION, ConceptKind.TERM)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was found, ready to be shown and opened."""

    note_id: int
    note: str
    """The title of the note."""
    card: int | None
    """The card, where it is one and not the note's text."""
    titled: bool
    """Whether it is the title of a note, section or term that holds the words."""
    section: str
    slug: str
    """Where in the note to open it: the section's slug, empty for its beginning."""
    snippet: str
    """One line of text, with ``MARK_ON`` and ``MARK_OFF`` around the words found."""
    both_ways: bool = False
    """Whether it is a card that is asked both ways; each way is a card, and this is the better."""


def update_index(workspace: Workspace) -> int:
    """Index all notes that have changed; return how many there were.

    In short transactions, so that nobody who writes meanwhile waits for long.
    """
    total = place = 0
    while True:
        with workspace.store.read() as tx:
            first = tx.search.behind(place)
        if first is None and not place:
            return total
        place = 0  # once more from the first, when the last is done: notes are saved meanwhile
        if first is not None:
            with workspace.store.write() as tx:
                done = tx.search.index(_BATCH, first)
            place = max(done, default=first) + 1
            total += len(done)
            if len(done) == _BATCH:
                time.sleep(_BREATH)


def search(workspace: Workspace, query: str, most: int = 50) -> tuple[Found, ...]:
    """Return what holds every word of ``query``: titles first, then the rest, the best first."""
    update_index(workspace)
    terms = words(query)
    if not terms:
        return ()
    with workspace.store.read() as tx:
        found = list(_titles(tx, terms))[: min(_TITLES, most)]
        named = {(hit.note_id, hit.slug) for hit in found}
        pairs: dict[tuple[int, frozenset[str]], int] = {}
        for hit in tx.search.find(query, most):
            if hit.card is not None:
                source = tx.cards.shown(hit.card).card.source
                section, slug = source.section, source.slug
                pair = hit.note_id, frozenset((source.front, source.back))
                if pair in pairs:
                    found[pairs[pair]] = replace(found[pairs[pair]], both_ways=True)
                    continue
                pairs[pair] = len(found)
            else:
                section, slug = _section(tx, hit.note_id, hit.snippet)
                if not named.isdisjoint({(hit.note_id, ""), (hit.note_id, slug)}):
                    continue  # its title is among them
            title = tx.notes.title(hit.note_id)
            found.append(
                Found(
                    hit.note_id,
                    title,
                    hit.card,
                    titled=False,
                    section=section,
                    slug=slug,
                    snippet=_shown(hit.snippet),
                )
            )
    return tuple(found[:most])


def _titles(tx: Transaction, terms: list[str]) -> Iterator[Found]:
    """Give the concepts whose title holds every word: notes, then sections, then terms."""
    folded = [term.casefold() for term in terms]
    concepts = tx.notes.concepts()
    notes = {c.note_id: c.title for c in concepts if c.kind is ConceptKind.NOTE}
    holding = [c for c in concepts if all(term in c.title.casefold() for term in folded)]
    for concept in sorted(holding, key=lambda c: _ORDER.index(c.kind)):
        is_note = concept.kind is ConceptKind.NOTE
        yield Found(
            note_id=concept.note_id,
            note=notes[concept.note_id],
            card=None,
            titled=True,
            section="" if is_note else concept.title,
            slug="" if is_note else concept.slug,
            snippet=marked(" ".join(safe(concept.title).split()), terms),
        )


def _shown(snippet: str) -> str:
    """Return a passage of markdown as text, with what was found in it.

    A link whose target was found shows that, and not the words it has in its place.
    """
    first = max(0, snippet.find(MARK_ON) - _LONGEST // 2)
    text = passage(_TARGET.sub(r"\1", snippet[first : first + _LONGEST]))
    return _MARKS.sub(lambda found: found[0] if len(found[0]) > 1 else "", text)


def _section(tx: Transaction, note_id: int, snippet: str) -> tuple[str, str]:
    """Return title and slug of the section that a snippet of a note's text stands in."""
    tokens = snippet.strip("…").split()
    first = next((n for n, token in enumerate(tokens) if MARK_ON in token), 0)
    parts = [re.escape(re.sub(f"[{MARK_ON}{MARK_OFF}]", "", token)) for token in tokens]
    parts[first : first + 1] = [f"({part})" for part in parts[first : first + 1]]
    text = safe(tx.notes.text(note_id))
    place = re.search(r"\s+".join(parts), text)
    if place is None or not place.groups():
        return "", ""  # the title, before which nothing stands
    line = text.count("\n", 0, place.start(1))
    headings = [heading for heading in scan(text).headings if heading.line <= line]
    if not headings:
        return "", ""
    section = sections_of(headings, line)[-1]
    return section.title, section.slug
