"""The passages of a note that are cards, as their reader means them.

Obsidian Spaced Repetition's rules are the reference: a block is a question, a line with nothing but
a separator, and an answer that ends at an empty line (or at an end marker, where one is set); a
fence in the answer may hold empty lines. A line with a separator in it is a card of its own. A
paragraph, or list item, with a cloze in it is one or more cards.

Markdown has a say too, which the plugin ignores: a heading, a rule or a table is no part of a
question, a list item ends with its list item, and nothing in code, comments, math, tables or
addresses is a card. ``docs/card-formats.md`` tells the differences.

Lines count from 0 here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from warmstart.notes.blocks import Line, indent_of
from warmstart.notes.callouts import ASKED, TITLE, callout_lines
from warmstart.notes.card_options import FoundKind
from warmstart.notes.cloze import clozes_of, has_cloze
from warmstart.notes.comments import hidden_lines
from warmstart.notes.inline import fields_among, separator_in
from warmstart.notes.schedules import CALLOUT, OPENS
from warmstart.notes.structure import find_mark

if TYPE_CHECKING:
    from warmstart.notes.card_options import Rules
    from warmstart.notes.structure import Scan


class Passage(NamedTuple):
    """A passage that is a card, or several; its schedule included."""

    kind: FoundKind
    first_line: int
    last_line: int
    separator: tuple[int, int, int] = (0, 0, 0)
    """Line of the separator, and where it begins and ends in it; nothing with a cloze."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A separator that makes no card."""

    line: int
    separator: str
    lacks: str
    """``question``, ``answer``, or ``gap`` for a second separator in one block."""


_NEVER = frozenset((Line.FENCE, Line.CODE, Line.TABLE, Line.COMMENT, Line.FRONT))
_NO_PLACE = bytes(mark in (ASKED, TITLE) for mark in range(256))
_BREAKS = frozenset((Line.BLANK, Line.HEADING, Line.RULE, Line.TABLE, Line.FRONT))
_ITEM = re.compile(r"((?:[ \t]*>)*[ \t]*)(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]|$)")
_QUOTED = re.compile(r"(?:[ \t]{0,3}>)+")


def find_passages(scan: Scan, rules: Rules) -> tuple[list[Passage], list[Stray]]:
    """Return every passage that is a card, in order, and the separators that make none."""
    finder = _Finder(scan, rules)
    finder.blocks()
    finder.lines_and_clozes()
    finder.found.sort(key=lambda passage: passage.first_line)
    return finder.found, finder.strays


class _Finder:
    """One search. Each line is looked at once going up and once going down."""

    def __init__(self, scan: Scan, rules: Rules) -> None:
        self.lines, self.kinds = scan.lines, scan.kinds
        self.scan = scan
        self.rules = rules
        self.callouts = callout_lines(scan)
        self.inline = any(find_mark(scan.text, mark) >= 0 for mark, _ in reversed(rules.inline))
        self.clozes = tuple(p for p in rules.clozes if find_mark(scan.text, p.opening) >= 0)
        self.scheduled = find_mark(scan.text, OPENS) >= 0
        self.hidden: bytearray | None = None
        self.found: list[Passage] = []
        self.strays: list[Stray] = []

    def blocks(self) -> None:
        """Find the questions and answers that a line with a separator parts."""
        separators = self.rules.blocks
        floor = 0  # what lies above belongs to a card, or was given up
        for i in self.scan.lines_with(*self.rules.block_marks):
            separator = self.lines[i].strip()
            if separator not in separators or self.kinds[i] in _NEVER:
                continue
            if self.callouts[i] or self._is_hidden(i):
                continue
            if i < floor:
                self.strays.append(Stray(i, separator, "gap"))
                continue
            first = self._question(i, floor)
            last = self._answer(i, first)
            if self.scheduled:
                last = self._with_schedule(last, i)
            floor = max(i, last) + 1
            if first == i:
                self.strays.append(Stray(i, separator, "question"))
            elif last == i or not any(map(str.strip, self.lines[i + 1 : last + 1])):
                self.strays.append(Stray(i, separator, "answer"))
            else:
                self.found.append(Passage(separators[separator], first, last, (i, 0, 0)))

    def _question(self, separator: int, floor: int) -> int:
        """Return the first line of the question, or ``separator`` itself if there is none."""
        first, inner = separator, indent_of(self.lines[separator])
        ends = self.rules.end_markers
        for i in range(separator - 1, floor - 1, -1):
            if self.kinds[i] in _BREAKS or self.callouts[i] or (ends and self._ends_answers(i)):
                break
            if self.inline and not self.kinds[i] and self._separator(i):
                break
            if self.kinds[i] == Line.COMMENT:
                if OPENS in self.lines[i]:
                    break
                continue
            first = i
            if inner and 0 <= self._item(i) < inner:
                break
        above = separator - 1
        if first == separator and above >= floor and self._is_heading(above):
            return above  # with nothing between the two it is what is asked
        return first

    def _is_heading(self, i: int) -> bool:
        return self.kinds[i] == Line.HEADING and self.lines[i].lstrip().startswith("#")

    def _answer(self, separator: int, first: int) -> int:
        """Return the last line of the answer, or ``separator`` itself if there is none."""
        inner = indent_of(self.lines[separator])
        item = self._item(first) if inner else -1
        in_item = 0 <= item < inner
        for i in range(separator + 1, len(self.lines)):
            if self.rules.end_markers:
                if self._ends_answers(i):
                    return i - 1
            elif self.kinds[i] in _BREAKS and self.kinds[i] != Line.TABLE:
                return i - 1
            if in_item and 0 <= self._item(i) <= item:
                return i - 1
        return len(self.lines) - 1

    def _item(self, i: int) -> int:
        """Return how far the list item that begins on line ``i`` is indented; -1 if none does."""
        found = None if self.kinds[i] else _ITEM.match(self.lines[i])
        return indent_of(self.lines[i]) if found else -1

    def _ends_answers(self, i: int) -> bool:
        return self.lines[i].strip() in self.rules.end_markers and self.kinds[i] != Line.FENCE

    def lines_and_clozes(self) -> None:
        """Find the cards on one line and the clozes, in what the blocks have left."""
        lines = [i for i in self.scan.lines_with(*self.rules.line_marks) if not self.kinds[i]]
        taken = self._taken() if lines else bytearray()
        for i in fields_among(self.lines, lines) if self.inline else ():
            taken[i] = 1
        after = 0
        for i in lines:
            line = self.lines[i]
            if i < after or taken[i]:
                continue
            if self._is_hidden(i) or _is_row(line):
                continue
            separator = self._separator(i)
            if separator:
                kind, start, end = separator
                passage = Passage(kind, i, self._with_schedule(i, i), (i, start, end))
            elif has_cloze(line, self.clozes):
                first, last = self._paragraph(i, after, taken)
                passage = Passage(FoundKind.CLOZE, first, self._with_schedule(last, first))
            else:
                continue
            self.found.append(passage)
            after = passage.last_line + 1

    def _taken(self) -> bytearray:
        """Return which lines hold no passage of their own: cards, titles of callouts, headings."""
        taken = self.callouts.translate(_NO_PLACE)
        setext = [(h.line, h.last_line) for h in self.scan.headings if h.line < h.last_line]
        for first, last in setext + [(p.first_line, p.last_line) for p in self.found]:
            taken[first : last + 1] = b"\1" * (last - first + 1)
        return taken

    def _separator(self, i: int) -> tuple[FoundKind, int, int] | None:
        """Return the separator that makes line ``i`` a card, unless it stands in a cloze."""
        line = self.lines[i]
        found = separator_in(line, self.rules.inline) if self.inline else None
        if not found or not self.clozes or not has_cloze(line, self.clozes):
            return found
        clozes = clozes_of(line, self.clozes)
        return None if any(c.start < found[1] < c.end for c in clozes) else found

    def _paragraph(self, i: int, floor: int, taken: bytearray) -> tuple[int, int]:
        """Return the first and the last line of the paragraph, or list item, that holds line i."""

        def belongs(k: int) -> bool:
            return (
                not self.kinds[k]
                and not taken[k]
                and _depth(self.lines[k]) == depth
                and not self._is_hidden(k)
                and not self._separator(k)
            )

        depth = _depth(self.lines[i])
        first = last = i
        while not _ITEM.match(self.lines[first]) and first > floor and belongs(first - 1):
            first -= 1
        end = len(self.lines) - 1
        while last < end and belongs(last + 1) and not _ITEM.match(self.lines[last + 1]):
            last += 1
        return first, last

    def _with_schedule(self, last: int, first: int) -> int:
        """Return the last line of the schedule that stands below line ``last``, or it.

        Formatters put an empty line before a comment: one may be there, unless lines ``first`` to
        ``last`` hold a schedule themselves.
        """
        if not self.scheduled or last + 1 >= len(self.lines):
            return last
        below = self.lines[last + 1].lstrip()
        beyond = self.lines[last + 2].lstrip() if last + 2 < len(self.lines) else ""
        if below.startswith(OPENS):
            return last + 1
        if not below and beyond.startswith(OPENS):
            has_one = any(OPENS in line for line in self.lines[first : last + 1])
            return last if has_one else last + 2
        if below.startswith(CALLOUT):
            last += 1
            while last + 1 < len(self.lines) and self.lines[last + 1].lstrip().startswith(">"):
                last += 1
        return last

    def _is_hidden(self, i: int) -> bool:
        """Whether the line lies in a comment of Obsidian's or a block of math."""
        if self.hidden is None:
            self.hidden = hidden_lines(self.scan)
        return bool(self.hidden and self.hidden[i])


def _depth(line: str) -> int:
    """Return how many quote marks a line begins with."""
    found = _QUOTED.match(line)
    return found[0].count(">") if found else 0


def _is_row(line: str) -> bool:
    """Whether the line looks like a row of a table, be it one that lacks its delimiter row."""
    bare = line.strip(" \t>")
    return bare.startswith("|") and bare.endswith("|") and len(bare) > 1
