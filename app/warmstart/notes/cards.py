"""The cards of a scanned note: ``?`` blocks, question callouts, and the rows of glossary tables."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line, cells
from warmstart.notes.display import without_comments
from warmstart.notes.formats import CardOptions, FoundCard, Stray, find_blocks
from warmstart.notes.glossary import is_glossary, without_emphasis
from warmstart.notes.model import CardKind, NoteCard, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warmstart.notes.model import Section
    from warmstart.notes.structure import Quote, Scan, Table

_QUESTION_CALLOUTS: Final = frozenset(("question", "faq", "help"))
"""Obsidian's names for one and the same callout."""

_NO_TEXT: Final = frozenset((Line.BLANK, Line.RULE, Line.COMMENT, Line.HEADING, Line.FRONT))

_BLOCK_ID = re.compile(r"(?:^|(?<=\s))\^([A-Za-z0-9-]+)\s*$")

_STRAY = {
    "question": (
        "The separator {!r} has no question above it.",
        "Write the question on the line above it, with no empty line between.",
    ),
    "answer": (
        "The separator {!r} has no answer below it.",
        "Write the answer on the line below it, with no empty line between.",
    ),
    "gap": (
        "A second separator {!r} stands in the answer of the card above.",
        "Put an empty line between the two cards.",
    ),
}


def cards_of(
    scan: Scan, options: CardOptions
) -> tuple[list[NoteCard], list[tuple[int, int]], list[Problem]]:
    """Return the cards in order, the line ranges (from 0) of explicit ones, and the problems.

    The cards carry no section yet: a heading that turns out to lie in a card divides nothing.
    """
    blocks, strays = find_blocks(scan, options)
    made: list[NoteCard | Problem] = [_stray(stray) for stray in strays]
    made += [_from_block(scan, block) for block in blocks]
    taken = [(block.first_line, block.last_line) for block in blocks]
    in_blocks = _Ranges(taken)
    asking = [quote for quote in _question_callouts(scan) if not in_blocks.holds(quote.line)]
    made += [_from_callout(scan, quote) for quote in asking]
    taken = sorted(taken + [(quote.line, quote.last_line) for quote in asking])
    in_cards = _Ranges(taken)
    for table in scan.tables:
        if not in_cards.holds(table.line):
            made += _from_table(scan, table)
    cards = [card for card in made if isinstance(card, NoteCard)]
    cards.sort(key=lambda card: card.line)
    return cards, taken, [problem for problem in made if isinstance(problem, Problem)]


def section_at(sections: Sequence[Section], line: int) -> int | None:
    """Return the index of the innermost section that holds ``line`` (both from 1)."""
    at = bisect_right(sections, line, key=lambda section: section.line)
    return at - 1 if at else None


class _Ranges:
    """Sorted ranges of lines that do not overlap."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.ranges = ranges

    def holds(self, line: int) -> bool:
        at = bisect_right(self.ranges, line, key=lambda pair: pair[0])
        return at > 0 and line <= self.ranges[at - 1][1]


def _stray(stray: Stray) -> Problem:
    message, hint = _STRAY[stray.lacks]
    return Problem(stray.line + 1, message.format(stray.separator), hint)


def _from_block(scan: Scan, block: FoundCard) -> NoteCard | Problem:
    """Return the card of a block; a side that holds nothing but comments is missing."""
    at = block.separator_line
    front = "\n".join(scan.lines[block.first_line : at])
    back = "\n".join(scan.lines[at + 1 : block.last_line + 1])
    card = _card(CardKind.FLASHCARD, front, back, block.first_line, block.last_line)
    if card.front and card.back:
        return card
    return _stray(Stray(at, scan.lines[at].strip(), "answer" if card.front else "question"))


def _card(kind: CardKind, front: str, back: str, first: int, last: int) -> NoteCard:
    """Return a card without what is not its text: comments, indentation in common, the block id."""
    back = _tidy(back)
    found = _BLOCK_ID.search(back)
    if found:
        back = back[: found.start()].rstrip()
    return NoteCard(
        kind, _tidy(front), back, first + 1, last + 1, None, found[1] if found else None
    )


def _tidy(markdown: str) -> str:
    tidy = without_comments(markdown).strip("\n").rstrip()
    return textwrap.dedent(tidy) if tidy[:1] in (" ", "\t") else tidy


def _question_callouts(scan: Scan) -> Iterator[Quote]:
    """Yield the question callouts, but none that lies in the answer of another."""
    held: set[int] = set()
    for at, quote in enumerate(scan.quotes):
        asks = quote.callout is not None and quote.callout.type.lower() in _QUESTION_CALLOUTS
        if quote.parent in held:
            held.add(at)
        elif asks:
            held.add(at)
            yield quote


def _from_callout(scan: Scan, quote: Quote) -> NoteCard | Problem:
    """Return the card of a callout: its title asks, its body answers.

    Without a title the first paragraph of the body asks.
    """
    body = scan.inside(quote.path, quote.line + 1, quote.last_line)
    front = quote.callout.title if quote.callout else ""
    if not front:
        while body and not body[0].strip():
            del body[0]
        gap = next((i for i, line in enumerate(body) if not line.strip()), len(body))
        front, body = "\n".join(body[:gap]), body[gap:]
    card = _card(CardKind.QUESTION, front, "\n".join(body), quote.line, quote.last_line)
    if not card.front:
        return Problem(
            card.line, "The question callout asks nothing.", "Write the question behind its type."
        )
    if not card.back:
        return Problem(
            card.line,
            "The question callout has no answer.",
            "Write the answer on the lines below it, each beginning with >.",
        )
    return card if card.block_id else _with_id_below(scan, card)


def _with_id_below(scan: Scan, card: NoteCard) -> NoteCard:
    """Return ``card`` with the block id that stands alone below it, as Obsidian puts it there."""
    gap, id_line = [*scan.lines[card.last_line : card.last_line + 2], "", ""][:2]
    found = None if gap.strip() else _BLOCK_ID.match(id_line)
    return replace(card, block_id=found[1]) if found else card


def _from_table(scan: Scan, table: Table) -> Iterator[NoteCard]:
    """Yield a term card for each row, if the table is a glossary."""
    header, _, *rows = scan.inside(table.path, table.line, table.last_line)
    if not is_glossary(cells(header)):
        return
    for i, row in enumerate(rows, table.line + 2):
        term, meaning = [*cells(row), "", ""][:2]
        term = without_emphasis(term)
        if term and meaning:
            yield NoteCard(CardKind.TERM, term, meaning, i + 1, i + 1, None, None)


class TextLines:
    """The lines that are text of the note itself: no heading, no rule, no card, not empty."""

    def __init__(self, scan: Scan, taken: list[tuple[int, int]]) -> None:
        self.lines, self.kinds = scan.lines, bytearray(scan.kinds)
        headings = [(heading.line, heading.last_line) for heading in scan.headings]
        for first, last in taken + headings:
            self.kinds[first : last + 1] = bytes([Line.BLANK]) * (last - first + 1)

    def any_in(self, first: int, last: int) -> bool:
        """Whether there is one among the lines ``first`` to ``last`` (from 1, both included)."""
        return any(
            self.kinds[i] not in _NO_TEXT and not _BLOCK_ID.match(self.lines[i])
            for i in range(first - 1, last)
        )
