"""Sections and terms to the tree of concepts that mastery is counted for.

A section that holds nothing but cards ("Key cards", "Check yourself") is no concept: its cards
belong to the note, and to every heading or term of the note that their question names. The top
heading that repeats the note's title is the note itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.notes.display import plain
from warmstart.notes.model import CardKind, Concept, ConceptKind, NoteCard, Section
from warmstart.notes.names import Names
from warmstart.notes.sections import Slugs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.cards import TextLines


def concepts_of(
    title: str,
    sections: Sequence[Section],
    cards: Sequence[NoteCard],
    text_lines: TextLines,
) -> tuple[Concept, ...]:
    """Return the concepts of a note, the note first, parents before their children."""
    return _Tree(title, sections, cards, text_lines).build()


class _Tree:
    """The concepts while their cards are handed out."""

    def __init__(
        self,
        title: str,
        sections: Sequence[Section],
        cards: Sequence[NoteCard],
        text_lines: TextLines,
    ) -> None:
        self.sections = sections
        self.cards = cards
        self.top = next((at for at, section in enumerate(sections) if section.level == 1), None)
        self.kept = _holding_more_than_cards(sections, cards, text_lines)
        self.rows: list[tuple[ConceptKind, str, int, int | None, str]] = [
            (ConceptKind.NOTE, title, 1, None, "")
        ]
        self.held: list[list[int]] = [[]]
        self.slugs = Slugs()
        self.of_section: list[int] = []
        self.terms: dict[int, int] = {}

    def build(self) -> tuple[Concept, ...]:
        by_section: dict[int | None, list[int]] = {}
        for at, card in enumerate(self.cards):
            by_section.setdefault(card.section, []).append(at)
        self._add_terms(by_section.get(None, ()), 0)
        for at, section in enumerate(self.sections):
            above = 0 if section.parent is None else self.of_section[section.parent]
            itself = at == self.top and _same(section.title, self.rows[0][1])
            if self.kept[at] and not itself:
                above = self._add(
                    ConceptKind.SECTION, section.title, section.line, above, section.slug
                )
            self.of_section.append(above)
            self._add_terms(by_section.get(at, ()), above)
        self._hand_out()
        return tuple(
            Concept(kind, title, line, parent, slug, tuple(held))
            for (kind, title, line, parent, slug), held in zip(self.rows, self.held, strict=True)
        )

    def _add(self, kind: ConceptKind, title: str, line: int, parent: int, slug: str) -> int:
        self.rows.append((kind, title, line, parent, slug))
        self.held.append([])
        return len(self.rows) - 1

    def _add_terms(self, cards: Sequence[int], parent: int) -> None:
        for at in cards:
            card = self.cards[at]
            if card.kind is CardKind.TERM:
                title = plain(card.front)
                slug = "term:" + self.slugs.give(title)  # no heading has a colon in its slug
                self.terms[at] = self._add(ConceptKind.TERM, title, card.line, parent, slug)

    def _hand_out(self) -> None:
        """Give each card to the concepts that hold it."""
        names = Names()
        if not all(self.kept):
            for at, (_, title, *_rest) in enumerate(self.rows[1:], 1):
                names.add(title, at)
        for at, card in enumerate(self.cards):
            if at in self.terms:
                self.held[self.terms[at]].append(at)
            elif card.section is None or self.kept[card.section]:
                self.held[0 if card.section is None else self.of_section[card.section]].append(at)
            else:
                for concept in sorted({0} | names.named_in(plain(card.front))):
                    self.held[concept].append(at)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _holding_more_than_cards(
    sections: Sequence[Section], cards: Sequence[NoteCard], text_lines: TextLines
) -> list[bool]:
    """Return for each section whether it is a concept: all but those with cards and nothing else.

    Prose, a glossary or a subsection that is a concept make a section one; so does having nothing
    at all, since then it was meant as a heading.
    """
    asks = [False] * len(sections)
    for card in cards:
        if card.section is not None and card.kind is not CardKind.TERM:
            asks[card.section] = True
    more = [False] * len(sections)
    for at in range(len(sections) - 1, -1, -1):
        section = sections[at]
        below = sections[at + 1].line - 1 if at + 1 < len(sections) else section.last_line
        more[at] |= not asks[at] or text_lines.any_in(section.line, below)
        if section.parent is not None:
            more[section.parent] |= more[at]
            asks[section.parent] |= asks[at]
    return more
