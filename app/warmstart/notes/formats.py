"""The explicit card formats people already have in their notes.

Obsidian Spaced Repetition's rules are the reference: a block is a question, a line with nothing but
a separator, and an answer that ends at an empty line (or at an end marker, where one is set). A
fence in the answer may hold empty lines.

Markdown has a say too, which the plugin ignores: a heading, a rule or a table above is no part of
the question, and a separator inside a callout is none. ``compat=True`` reads as the plugin does.

Lines count from 0 here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from warmstart.notes.blocks import Line
from warmstart.notes.scan import scan

if TYPE_CHECKING:
    from warmstart.notes.structure import Scan


class FoundKind(StrEnum):
    """The formats told apart."""

    MULTI_LINE_BASIC = "multi_line_basic"


@dataclass(frozen=True, slots=True)
class CardOptions:
    """What marks a card; the defaults are Obsidian Spaced Repetition's."""

    multi_line: tuple[str, ...] = ("?",)
    """The lines that part question and answer; several may be active at once."""
    end_marker: str = ""
    """The line that ends an answer; where it is empty, an empty line does."""


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card as it stands in the text."""

    kind: FoundKind
    text: str
    """All its lines; comments other than a schedule left out, and spaces at line ends."""
    first_line: int
    last_line: int
    separator_line: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A separator that makes no card."""

    line: int
    separator: str
    lacks: str
    """``question``, ``answer``, or ``gap`` for a second separator in one block."""


_NEVER = frozenset((Line.FENCE, Line.CODE, Line.TABLE, Line.COMMENT, Line.FRONT))
_NEVER_COMPAT = frozenset((Line.FENCE, Line.COMMENT))
_BREAKS = frozenset((Line.BLANK, Line.HEADING, Line.RULE, Line.TABLE, Line.FRONT))
_BREAKS_COMPAT = frozenset((Line.BLANK,))
_SCHEDULE = "<!--SR:"


def find_cards(
    text: str, options: CardOptions | None = None, *, compat: bool = False
) -> list[FoundCard]:
    """Every explicit card of ``text``, in order."""
    return find_blocks(scan(text), options or CardOptions(), compat=compat)[0]


def find_blocks(
    scan: Scan, options: CardOptions, *, compat: bool = False
) -> tuple[list[FoundCard], list[Stray]]:
    """Every card written as a block with a separator line, and the separators that make none."""
    return _Blocks(scan, options, compat=compat).find()


class _Blocks:
    """One search. Each line is looked at once going up and once going down."""

    def __init__(self, scan: Scan, options: CardOptions, *, compat: bool) -> None:
        self.lines, self.kinds = scan.lines, scan.kinds
        self.options = options
        self.never = _NEVER_COMPAT if compat else _NEVER
        self.breaks = _BREAKS_COMPAT if compat else _BREAKS
        self.callouts = bytearray(len(scan.lines))
        if not compat:
            for quote in scan.quotes:
                if quote.callout:
                    size = quote.last_line - quote.line + 1
                    self.callouts[quote.line : quote.last_line + 1] = b"\1" * size

    def find(self) -> tuple[list[FoundCard], list[Stray]]:
        cards: list[FoundCard] = []
        strays: list[Stray] = []
        separators = frozenset(filter(None, self.options.multi_line))
        floor = 0  # what lies above belongs to a card, or was given up
        for i, line in enumerate(self.lines):
            separator = line.strip()
            if separator not in separators or self.kinds[i] in self.never or self.callouts[i]:
                continue
            if i < floor:
                strays.append(Stray(i, separator, "gap"))
                continue
            first = self._question(i, floor)
            last = self._answer(i)
            floor = max(i, last) + 1
            if first == i:
                strays.append(Stray(i, separator, "question"))
            elif last == i or not any(map(str.strip, self.lines[i + 1 : last + 1])):
                strays.append(Stray(i, separator, "answer"))
            else:
                text = self._text(first, last)
                cards.append(FoundCard(FoundKind.MULTI_LINE_BASIC, text, first, last, i))
        return cards, strays

    def _question(self, separator: int, floor: int) -> int:
        """Return the first line of the question, or ``separator`` itself if there is none."""
        first = separator
        for i in range(separator - 1, floor - 1, -1):
            if self.kinds[i] in self.breaks or self.callouts[i] or self._ends_answers(i):
                break
            if self.kinds[i] != Line.COMMENT:
                first = i
        return first

    def _answer(self, separator: int) -> int:
        """Return the last line of the answer, or ``separator`` itself if there is none."""
        for i in range(separator + 1, len(self.lines)):
            if self.options.end_marker:
                if self._ends_answers(i):
                    return i - 1
            elif self.kinds[i] in self.breaks and self.kinds[i] != Line.TABLE:
                return i - 1
        return len(self.lines) - 1

    def _ends_answers(self, i: int) -> bool:
        end = self.options.end_marker
        return bool(end) and self.lines[i].strip() == end and self.kinds[i] != Line.FENCE

    def _text(self, first: int, last: int) -> str:
        """Return the lines as the plugin gives them."""
        kept = []
        for i in range(first, last + 1):
            line, kind = self.lines[i], self.kinds[i]
            if kind != Line.COMMENT or line.lstrip().startswith(_SCHEDULE):
                kept.append(line if kind == Line.FENCE else line.rstrip())
        return "\n".join(kept).strip()
