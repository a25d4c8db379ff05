"""A scanned note to a page: paragraphs, lists, tables and code, each with its section."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line, cells
from warmstart.notes.suggest.page import (
    Block,
    Code,
    Grid,
    Item,
    ItemList,
    Page,
    Paragraph,
    Row,
    topics_of,
)
from warmstart.notes.suggest.terms import begins_with_label
from warmstart.notes.suggest.titles import clean_title, holds_sources
from warmstart.notes.suggest.wording import wording_of

if TYPE_CHECKING:
    from warmstart.notes.model import Note, Section
    from warmstart.notes.structure import Fence, Scan, Table

MAX_LINE: Final = 2_000
"""Characters. A longer line is data, no sentence; nothing is looked for in it."""
MAX_TEXT: Final = 4_000
"""Characters of a paragraph or an entry of a list; a longer one is not looked through."""
MAX_ROWS: Final = 60
"""A table of more rows is data to look things up in, not to learn by heart."""
MAX_CODE: Final = 120
"""Lines of code a rule is shown."""

MAX_ITEMS: Final = 500
"""A list of more entries is data, too."""
MAX_COLUMNS: Final = 12

_MARKER = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+•▪◦]|(\d{1,3})[.)])[ \t]+(\[[ xX]\][ \t]+)?")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)*(?:\[![^\]]*\][+-]?)?")
_INDENTED: Final = ("  ", "\t")


def read_page(scan: Scan, note: Note) -> Page:
    """Return what rules look at in a note and its scan."""
    blocks = _Reader(scan, note).run()
    prose = " ".join(block.text for block in blocks if isinstance(block, Paragraph))
    others = (block for block in blocks if not isinstance(block, Paragraph | Code))
    rest = " ".join(scan.lines[block.line - 1][:MAX_LINE] for block in others)
    titles = " ".join(section.title for section in note.sections)
    wording = wording_of(f"{note.title} {titles} {prose} {rest}")
    title = clean_title(note.title)
    headings = tuple(clean_title(section.title) for section in note.sections)
    topics = topics_of(title, headings, note.sections)
    return Page(title, scan.lines, note.sections, tuple(blocks), headings, topics, wording)


def section_at(sections: tuple[Section, ...], line: int) -> int | None:
    """Return the index of the innermost section that holds ``line``."""
    at = bisect_right(sections, line, key=lambda section: section.line)
    return at - 1 if at else None


def quiet_sections(sections: tuple[Section, ...]) -> frozenset[int]:
    """Return the sections that list where to read on, with all that lie in them."""
    quiet: set[int] = set()
    for at, section in enumerate(sections):
        if section.parent in quiet or holds_sources(section.title):
            quiet.add(at)
    return frozenset(quiet)


class _Reader:
    """One pass over the lines. ``run`` may be called once."""

    def __init__(self, scan: Scan, note: Note) -> None:
        self.scan, self.note = scan, note
        self.quiet = quiet_sections(note.sections)
        self.fences = {fence.line: fence for fence in scan.fences}
        self.tables = {table.line: table for table in scan.tables}
        self.skip = bytearray(len(scan.lines))
        for heading in scan.headings:
            self._skip(heading.line, heading.last_line)
        for card in note.cards:
            self._skip(card.line - 1, card.last_line - 1)
        self.blocks: list[Block] = []
        self.para: list[str] = []
        self.items: list[Item] = []
        self.texts: list[str] = []  # the lines of the open item
        self.first = 0
        self.section: int | None = None

    def _skip(self, first: int, last: int) -> None:
        self.skip[first : last + 1] = b"\1" * (last - first + 1)

    def run(self) -> list[Block]:
        lines, kinds, sections = self.scan.lines, self.scan.kinds, self.note.sections
        starts = [section.line - 1 for section in sections]
        at, i = 0, 0
        while i < len(lines):
            while at < len(starts) and starts[at] <= i:
                self._flush(i)
                self.section = at
                at += 1
            kind = kinds[i]
            if self.skip[i] or self.section in self.quiet or len(lines[i]) > MAX_LINE:
                self._flush(i)
            elif kind == Line.TEXT:
                self._text(i)
            elif kind == Line.BLANK:
                self._blank(i)
            else:
                self._flush(i)
                if i in self.fences:
                    i = self._fence(self.fences[i])
                elif i in self.tables:
                    i = self._table(self.tables[i])
            i += 1
        self._flush(len(lines))
        return self.blocks

    def _text(self, i: int) -> None:
        line = self.scan.lines[i]
        found = _MARKER.match(line)
        if found:
            self._end_paragraph(i)
            self._end_item(i)
            if not self.items:
                self.first = i
            text = line[found.end() :].strip()
            number = int(found[1]) if found[1] else None
            depth = len(line) - len(line.lstrip(" \t>"))
            self.items.append(Item(i + 1, i + 1, depth, number, bool(found[2]), text))
            self.texts = [text]
            return
        prefix = _QUOTE.match(line)
        text = line[prefix.end() if prefix else 0 :].strip()
        label = begins_with_label(text)
        if self.texts and not label and (line.startswith(_INDENTED) or not self._after_blank(i)):
            self.texts.append(text)
            return
        self._end_list(i)
        if label:
            self._end_paragraph(i)
        if text:
            if not self.para:
                self.first = i
            self.para.append(text)

    def _after_blank(self, i: int) -> bool:
        return i > 0 and self.scan.kinds[i - 1] == Line.BLANK

    def _blank(self, i: int) -> None:
        self._end_paragraph(i)

    def _flush(self, i: int) -> None:
        """End what is open before line ``i``."""
        self._end_paragraph(i)
        self._end_list(i)

    def _end_paragraph(self, i: int) -> None:
        if self.para:
            text = " ".join(self.para)
            self.para = []
            if len(text) > MAX_TEXT:
                return
            self.blocks.append(Paragraph(self.first + 1, i, self.section, text))

    def _end_item(self, i: int) -> None:
        if len(self.texts) > 1:
            item = self.items[-1]
            last = item.line + len(self.texts) - 1
            text = " ".join(self.texts)
            text = "" if len(text) > MAX_TEXT else text
            self.items[-1] = Item(
                item.line, min(last, i), item.depth, item.number, item.boxed, text
            )
        self.texts = []

    def _end_list(self, i: int) -> None:
        self._end_item(i)
        items = tuple(item for item in self.items if item.text)
        if 0 < len(items) <= MAX_ITEMS:
            last = items[-1].last_line
            self.blocks.append(ItemList(self.first + 1, last, self.section, items))
        self.items = []

    def _fence(self, fence: Fence) -> int:
        """Keep a closed fence of some lines; return its last line."""
        body = fence.last_line - fence.line - 1
        if fence.closed and 0 < body <= MAX_CODE:
            lines = self.scan.lines[fence.line + 1 : fence.last_line]
            if max(map(len, lines)) <= MAX_LINE:
                text = textwrap.dedent("\n".join(lines)).split("\n")
                info = fence.info.split(" ")[0]
                self.blocks.append(
                    Code(fence.line + 1, fence.last_line + 1, self.section, info, tuple(text))
                )
        return fence.last_line

    def _table(self, table: Table) -> int:
        """Keep a table that is not too long and holds no card; return its last line."""
        first, last = table.line, table.last_line
        source = self.scan.lines[first : last + 1]
        small = last - first <= MAX_ROWS + 1 and max(map(len, source)) <= MAX_LINE
        if small and not any(self.skip[first : last + 1]):
            header, _, *below = self.scan.inside(table.path, first, last)
            names = tuple(cells(header))
            rows = []
            for i, line in enumerate(below, first + 3):
                row = [*cells(line), *[""] * len(names)][: len(names)]
                rows.append(Row(i, i, tuple(row)))
            if rows and 1 < len(names) <= MAX_COLUMNS:
                self.blocks.append(Grid(first + 1, last + 1, self.section, names, tuple(rows)))
        return last
