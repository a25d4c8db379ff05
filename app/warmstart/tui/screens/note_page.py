"""A note as one page: what is known about it, its text, its cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.notes.cloze import pattern_of
from warmstart.notes.display import HIGHLIGHTED, for_display, plain
from warmstart.notes.sections import Slugs
from warmstart.notes.slides import is_deck
from warmstart.text import safe
from warmstart.tui import links, phrases
from warmstart.tui.markdown.blocks import Block, Document, Links, Rule, Table, Text, parse_blocks
from warmstart.tui.screens.slide_text import slide_blocks
from warmstart.tui.widgets import temperature
from warmstart.usecases import library

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from warmstart.tui.markdown.pictures import Pictures
    from warmstart.usecases.library import LinkView, NoteView, Said
    from warmstart.usecases.warmths import ConceptNode
    from warmstart.usecases.workspace import Workspace

_BAR: Final = 20
_FRONT: Final = 120
"""Characters of a card's front that its line shows."""


@dataclass(frozen=True, slots=True)
class Page:
    """A note ready to be shown."""

    note: NoteView
    document: Document
    first_block: int
    """Where the note's own text begins among the blocks."""
    slugs: tuple[str, ...]
    """Those of its headings, in the order of the blocks that are headings of its own text."""


def page(workspace: Workspace, note_id: int) -> Page:
    """Read a note and build its page; meant for a worker thread.

    Raises:
        KeyError: there is no such note.
        StoreError: the store cannot be read.
    """
    note = library.note(workspace, note_id)
    known: dict[str, bool] = {}

    def reachable(href: str) -> bool:
        link = links.read(href)
        if not isinstance(link, links.NoteLink) or not link.target:
            return True
        if link.target not in known:
            known[link.target] = library.resolve(workspace, link.target) is not None
        return known[link.target]

    collected = Links(reachable)
    head = tuple(_head(note, collected))
    if is_deck(note.text):
        body = tuple(slide_blocks(note.text))
    else:
        own = map(pattern_of, workspace.settings.notes.cloze_patterns or ())
        text = for_display(note.text, (*HIGHLIGHTED, *filter(None, own)))
        body = parse_blocks(text, collected, _pictures(workspace, note))
    cards = tuple(_cards(note, workspace.clock()))
    slugs = Slugs()
    given = tuple(
        slugs.give(block.content.plain) for block in body if isinstance(block, Text) and block.level
    )
    document = Document((*head, *body, *cards), tuple(collected.hrefs))
    return Page(note, document, len(head), given)


def _pictures(workspace: Workspace, note: NoteView) -> Pictures | None:
    """Return what finds the note's pictures; most notes have none."""
    if "![" not in note.text:
        return None
    from warmstart.tui.markdown.pictures import finder
    from warmstart.usecases.pictures import picture_folders

    return finder(picture_folders(workspace, note.id).find)


def concept_at(page: Page, slug: str | None) -> ConceptNode:
    """Return the concept that ``slug`` names in the page's note, else the note itself."""
    return next((c for c in _all(page.note.concepts) if c.slug == slug), page.note.concepts)


def heading_for(page: Page, slug: str | None) -> int | None:
    """Return which heading of the page's text ``slug`` leads to; a term leads to its section."""
    if slug is None:
        return None
    trail = [c.slug for c in _trail(page.note.concepts, slug)] or [slug]
    for candidate in reversed(trail):
        if candidate in page.slugs:
            return page.slugs.index(candidate)
    return None


def slug_of(page: Page, heading: str) -> str | None:
    """Return the slug of a heading named as a wikilink names it: by its text, or by its slug."""
    wanted = Slugs().give(plain(heading.rpartition("#")[2]))
    return wanted if wanted in page.slugs else None


def _all(concept: ConceptNode) -> Iterator[ConceptNode]:
    yield concept
    for child in concept.children:
        yield from _all(child)


def _trail(concept: ConceptNode, slug: str) -> list[ConceptNode]:
    if concept.slug == slug:
        return [concept]
    for child in concept.children:
        if found := _trail(child, slug):
            return [concept, *found]
    return []


def _head(note: NoteView, collected: Links) -> Iterator[Block]:
    concept = note.concepts
    if concept.mastery is None:
        measured = Content.styled("no cards yet", "$quiet")
    else:
        measured = Content.assemble(
            temperature.mark(concept.mastery),
            " mastery ",
            Content.styled(f"{concept.mastery}", "bold"),
            "  ",
            temperature.bar(concept.mastery, _BAR),
            (f"  {phrases.count(concept.cards, 'card')}, {concept.studied} studied", "$quiet"),
            (f", about {note.minutes} min to do" if note.minutes else "", "$quiet"),
        )
    yield Text(measured)
    if note.paused:
        paused = "Paused: its cards rest until you resume it (m)."
        yield Text(Content.styled(paused, "$warning"), tight=True)
    if said := _said(note.said):
        yield Text(Content.styled(f"The note says: {said}.", "$quiet"), tight=True)
    for name, views in (
        ("Prerequisites", note.prerequisites),
        ("Related", note.related),
        ("Linked from", note.backlinks),
    ):
        if views:
            yield Text(_linked(name, views, collected), tight=True)
    for problem in note.problems:
        hint = f" {problem.hint}" if problem.hint else ""
        sentence = f"Line {problem.line}: {safe(problem.message + hint)}"
        yield Text(Content.styled(sentence, "$warning"), tight=True)
    yield Rule()


def _said(said: Said) -> str:
    parts = [
        said.study_status and str(said.study_status).replace("_", " "),
        said.mastery is not None and f"mastery {said.mastery:g}",
        said.difficulty and f"difficulty {said.difficulty}",
        said.reading_time and f"{said.reading_time} min to read",
        said.last_reviewed and f"last reviewed {said.last_reviewed}",
        said.next_review and f"next review {said.next_review}",
    ]
    return safe(", ".join(str(part) for part in parts if part))


def _linked(name: str, views: Sequence[LinkView], collected: Links) -> Content:
    found = [
        collected.content(
            safe(view.title), f"note:{view.target}" + (f"#{view.heading}" if view.heading else "")
        )
        for view in views
    ]
    missing = sum(view.note_id is None for view in views)
    line = Content.assemble((f"{name}  ", "bold"), Content(" · ").join(found))
    if missing:
        line += Content.styled("  (not imported yet)" if missing == len(views) else "", "$quiet")
    return line


def _cards(note: NoteView, now: datetime) -> Iterator[Block]:
    if not note.cards:
        return
    yield Rule()
    yield Text(Content.styled(f"Cards  {len(note.cards)}", "bold $accent"))
    rows = [tuple(map(Content, ("", "Card", "Kind", "Due")))]
    for card in note.cards:
        recall = None if card.recall is None else round(card.recall * 100)
        front = plain(card.front)
        rows.append(
            (
                temperature.mark(recall),
                Content(front if len(front) <= _FRONT else front[: _FRONT - 1] + "…"),
                Content.styled(safe(card.kind), "$quiet"),
                Content.styled(_due(card.due, now), "$quiet"),
            )
        )
    yield Table(tuple(rows), ("left", "left", "left", "right"))


def _due(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "new"
    return "now" if due <= now else f"in {phrases.interval(due - now)}"
