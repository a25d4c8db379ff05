"""The explicit cards of a scanned note, siblings together.

What is a card and what is text of the note is told here once: the finders below each know one kind
of card, and a line that one of them took is no other's.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line
from warmstart.notes.callouts import question_callouts
from warmstart.notes.card_options import CardOptions, FoundKind, rules_of
from warmstart.notes.make_cards import BLOCK_ID, Maker, stray_problem
from warmstart.notes.passages import find_passages
from warmstart.notes.question_lists import find_questions
from warmstart.notes.tagged import find_tagged, has_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.model import NoteCard, Problem, Section
    from warmstart.notes.passages import Passage
    from warmstart.notes.question_lists import Question
    from warmstart.notes.structure import Scan

_NO_TEXT: Final = frozenset((Line.BLANK, Line.RULE, Line.COMMENT, Line.HEADING, Line.FRONT))


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a note. None knows its section, its deck from above or its passage yet."""

    passages: list[list[NoteCard]]
    """Siblings together, in the order of their lines."""
    taken: list[tuple[int, int]]
    """The lines (from 0) that are cards and nothing else; a paragraph with a cloze is text."""
    problems: list[Problem]


def cards_of(scan: Scan, options: CardOptions) -> Cards:
    """Return the explicit cards of a note.

    A heading that turns out to lie in a card divides nothing, so that sections come after cards.
    """
    rules = rules_of(options)
    found, strays = find_passages(scan, rules)
    tagged = has_tags(scan.text)
    maker = Maker(scan, rules, tagged=tagged)
    maker.problems += map(stray_problem, strays)
    listed = find_questions(scan) + (find_tagged(scan) if tagged else [])
    listed = _apart(listed, found)
    if listed:
        asked = Ranges([(one.first_line, one.last_line) for one in listed])
        found = [p for p in found if not asked.meets(p.first_line, p.last_line)]
    for passage in found:
        maker.passage(passage)
    taken = [(p.first_line, p.last_line) for p in found if p.kind is not FoundKind.CLOZE]
    in_cards = Ranges(taken)
    asking = [quote for quote in question_callouts(scan) if not in_cards.holds(quote.line)]
    for quote in asking:
        maker.callout(quote)
    taken = sorted(taken + [(quote.line, quote.last_line) for quote in asking])
    if listed:
        in_cards = Ranges(taken)
        listed = [q for q in listed if not in_cards.meets(q.first_line, q.last_line)]
        for one in listed:
            maker.question(one.front, one.back, one.first_line, one.last_line)
        taken = sorted(taken + [(one.first_line, one.last_line) for one in listed])
    in_cards = Ranges(taken)
    for table in scan.tables:
        if not in_cards.holds(table.line):
            maker.table(table)
    maker.made.sort(key=lambda siblings: siblings[0].line)
    return Cards(maker.made, taken, maker.problems)


def _apart(listed: list[Question], passages: Sequence[Passage]) -> list[Question]:
    """Return the questions that no block or line with a separator lies in, in order.

    A highlight in an answer is no card of its own.
    """
    listed.sort(key=lambda one: one.first_line)
    cards = Ranges([(p.first_line, p.last_line) for p in passages if p.kind is not FoundKind.CLOZE])
    kept: list[Question] = []
    for one in listed:
        in_another = kept and one.first_line <= kept[-1].last_line
        if not in_another and not cards.meets(one.first_line, one.last_line):
            kept.append(one)
    return kept


def section_at(sections: Sequence[Section], line: int) -> int | None:
    """Return the index of the innermost section that holds ``line`` (both from 1)."""
    at = bisect_right(sections, line, key=lambda section: section.line)
    return at - 1 if at else None


class Ranges:
    """Sorted ranges of lines that do not overlap."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.ranges = ranges

    def holds(self, line: int) -> bool:
        """Whether one of the ranges has the line."""
        return self.meets(line, line)

    def meets(self, first: int, last: int) -> bool:
        """Whether one of the ranges has a line in common with this one."""
        at = bisect_right(self.ranges, last, key=lambda pair: pair[0])
        return at > 0 and first <= self.ranges[at - 1][1]


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
            self.kinds[i] not in _NO_TEXT and not BLOCK_ID.match(self.lines[i])
            for i in range(first - 1, last)
        )
