"""The text of notes to their values: the one way in."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

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
    from collections.abc import Iterable, Sequence

    from warmstart.notes.cards import Cards
    from warmstart.notes.model import Link, NoteCard, Section
    from warmstart.notes.structure import Heading, Scan

MAX_PROBLEMS: Final = 100
"""A note with more problems than this is listed with these and a count."""


class NoteText(NamedTuple):
    """A note that is to be read."""

    text: str
    name: str
    """The file's stem, the title where the text gives none."""
    options: CardOptions


def parse_note(text: str, *, name: str, options: CardOptions | None = None) -> Note:
    """Read a note. Any text is one: what cannot be used as written is among its problems.

    ``name`` is the file's stem, the title where the text gives none.
    """
    (note,) = parse_notes([NoteText(text, name, options or CardOptions())])
    return note


def parse_notes(given: Iterable[NoteText]) -> list[Note]:
    """Read notes, as ``parse_note`` does one.

    Each step is done for all of them before the next. A processor has at hand what one step needs
    of the interpreter, but not what all do: a score of notes take a fifth less time than as many
    read one after the other.
    """
    notes = [_Reading(one) for one in given]
    for step in _STEPS:
        for note in notes:
            step(note)
    return [note.done() for note in notes]


class _Reading:
    """A note while it is read. Its steps are done in their order, each once."""

    scan: Scan
    front_matter: FrontMatter
    explicit: Cards
    sections: tuple[Section, ...]
    cards: list[NoteCard]
    links: tuple[Link, ...]

    def __init__(self, given: NoteText) -> None:
        self.given = given
        self.problems: list[Problem] = []

    def find_blocks(self) -> None:
        self.scan = scan(self.given.text)
        self.problems += _unclosed(self.scan)

    def read_front_matter(self) -> None:
        self.front_matter = FrontMatter()
        if self.scan.front is not None:
            self.front_matter, odd = read_front_matter(self.scan.lines, *self.scan.front)
            self.problems += odd

    def find_cards(self) -> None:
        self.explicit = cards_of(self.scan, self.given.options)
        self.problems += self.explicit.problems

    def divide(self) -> None:
        headings = _outside(self.scan.headings, self.explicit.taken)
        self.sections = sections_of(headings, len(self.scan.lines))

    def place_cards(self) -> None:
        """Tell the cards what their place in the note tells: section, deck, passage."""
        self.cards = []
        passages = self.explicit.passages
        if not passages:
            return
        spans = Ranges([(some[0].line - 1, some[0].last_line - 1) for some in passages])
        tags = rules_of(self.given.options).tags
        decks = Decks(self.scan, self.front_matter.tags, tags, spans.holds)
        self.cards = [
            card.placed(
                section_at(self.sections, card.line),
                passage,
                card.deck or decks.above(card.line - 1),
            )
            for passage, siblings in enumerate(passages)
            for card in siblings
        ]

    def find_links(self) -> None:
        self.links = links_of(self.scan)

    def done(self) -> Note:
        title = self.front_matter.title or _first_title(self.sections) or safe(self.given.name)
        text_lines = TextLines(self.scan, self.explicit.taken)
        return Note(
            title=title,
            front_matter=self.front_matter,
            sections=self.sections,
            cards=tuple(self.cards),
            links=self.links,
            concepts=concepts_of(title, self.sections, self.cards, text_lines),
            problems=_bounded(self.problems),
        )


_STEPS: Final = (
    _Reading.find_blocks,
    _Reading.read_front_matter,
    _Reading.find_cards,
    _Reading.divide,
    _Reading.place_cards,
    _Reading.find_links,
)


def _first_title(sections: Sequence[Section]) -> str | None:
    return next((section.title for section in sections if section.level == 1), None)


def _outside(headings: Sequence[Heading], taken: list[tuple[int, int]]) -> list[Heading]:
    """Return the headings that divide the note: in no quote or list, and in no card.

    An answer with ``---`` right below it is a card and a rule, although markdown takes the two for
    a heading. A heading that a card begins with is what it asks, and divides all the same.
    """
    starts = [first for first, _ in taken]
    kept = []
    for heading in headings:
        at = bisect_right(starts, heading.last_line) - 1
        in_card = at >= 0 and heading.line <= taken[at][1]
        asks = in_card and heading.line == heading.last_line == taken[at][0]
        if heading.depth == 0 and (asks or not in_card):
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
