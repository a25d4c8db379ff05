"""A note's text to its values: the one way in."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from warmstart.notes.card_options import CardOptions, rules_of
from warmstart.notes.cards import Ranges, TextLines, cards_of, section_at
from warmstart.notes.concepts import concepts_of
from warmstart.notes.decks import Decks
from warmstart.notes.frontmatter import read_front_matter
from warmstart.notes.links import links_of
from warmstart.notes.model import FrontMatter, Note, Problem
from warmstart.notes.scan import scan
from warmstart.notes.sections import sections_of
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.cards import Cards
    from warmstart.notes.model import NoteCard, Section
    from warmstart.notes.structure import Heading, Scan

MAX_PROBLEMS: Final = 100
"""A note with more problems than this is listed with these and a count."""


def parse_note(text: str, *, name: str, options: CardOptions | None = None) -> Note:
    """Read a note. Any text is one: what cannot be used as written is among its problems.

    ``name`` is the file's stem, the title where the text gives none.
    """
    found = scan(text)
    front_matter, problems = FrontMatter(), list(_unclosed(found))
    if found.front is not None:
        front_matter, odd = read_front_matter(found.lines, *found.front)
        problems += odd
    options = options or CardOptions()
    explicit = cards_of(found, options)
    taken = explicit.taken
    sections = sections_of(_outside(found.headings, taken), len(found.lines))
    cards = _placed(explicit, sections, found, front_matter, options)
    title = front_matter.title or _first_title(sections) or safe(name)
    return Note(
        title=title,
        front_matter=front_matter,
        sections=sections,
        cards=tuple(cards),
        links=links_of(found),
        concepts=concepts_of(title, sections, cards, TextLines(found, taken)),
        problems=_bounded(problems + explicit.problems),
    )


def _placed(
    explicit: Cards,
    sections: Sequence[Section],
    scan: Scan,
    front_matter: FrontMatter,
    options: CardOptions,
) -> list[NoteCard]:
    """Return the cards with what their place in the note tells: section, deck, passage."""
    if not explicit.passages:
        return []
    spans = Ranges([(s[0].line - 1, s[0].last_line - 1) for s in explicit.passages])
    decks = Decks(scan, front_matter.tags, rules_of(options).tags, spans.holds)
    return [
        card.placed(
            section_at(sections, card.line), passage, card.deck or decks.above(card.line - 1)
        )
        for passage, siblings in enumerate(explicit.passages)
        for card in siblings
    ]


def _first_title(sections: Sequence[Section]) -> str | None:
    return next((section.title for section in sections if section.level == 1), None)


def _outside(headings: Sequence[Heading], taken: list[tuple[int, int]]) -> list[Heading]:
    """Return the headings that divide the note: in no quote or list, and in no card.

    An answer with ``---`` right below it is a card and a rule, although markdown takes the two for
    a heading.
    """
    starts = [first for first, _ in taken]
    kept = []
    for heading in headings:
        at = bisect_right(starts, heading.last_line) - 1
        in_card = at >= 0 and heading.line <= taken[at][1]
        if heading.depth == 0 and not in_card:
            kept.append(heading)
    return kept


def _unclosed(found: Scan) -> list[Problem]:
    problems = [
        Problem(
            fence.line + 1,
            "This code block is never closed: the rest is read as code.",
            "Close it with a line of the same backticks or tildes.",
        )
        for fence in found.fences
        if not fence.closed
    ]
    if found.unclosed_front:
        hint = "Put a line with --- below its last field."
        problems.insert(0, Problem(1, "The front matter is never closed.", hint))
    return problems


def _bounded(problems: list[Problem]) -> tuple[Problem, ...]:
    problems.sort(key=lambda problem: problem.line)
    if len(problems) > MAX_PROBLEMS:
        rest = len(problems) - MAX_PROBLEMS
        line = problems[MAX_PROBLEMS].line
        problems[MAX_PROBLEMS:] = [Problem(line, f"And {rest} more problems from here on.", None)]
    return tuple(problems)
