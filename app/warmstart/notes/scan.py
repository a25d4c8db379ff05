"""The line scanner: which lines of a note are headings, code, tables, quotes, comments, text.

One pass over the lines, in an explicit state machine. Its state is a stack of open containers
(quotes and list items), the paragraph that is open, and the leaf that swallows lines until it ends
(a fence, a table, an HTML block). A full parse would also build the inline structure of everything
and costs many times as much; here the common line, text or nothing, is looked at by its first
character and left alone.

Nothing in it can take more than linear time: a line is looked at a bounded number of times, since
containers nest at most ``MAX_DEPTH`` deep (what lies deeper is text).

Lines and their indices count from 0 here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from warmstart.notes import blocks
from warmstart.notes.blocks import HtmlStart, Line
from warmstart.notes.structure import (
    CODE_INDENT,
    QUOTE,
    Callout,
    Fence,
    Heading,
    Quote,
    Scan,
    Table,
    first_nonspace,
    front_matter_lines,
    looks_like_front_matter,
    match_containers,
    split_lines,
    with_line_feeds,
)

MAX_DEPTH: Final = 32
"""How deep containers nest. People write three; renderers give up at some 20 to 100."""

_SPECIAL: Final = frozenset(" \t#>`~-*+_=<|:[0123456789")
"""What a line must begin with to be anything but text or a table's first row."""

_PLAIN_ITEM = re.compile(
    r"[-+*] (?:[^ \t#>`~\-*+_=<|:\[0-9]|\*\*[^\W_]|`[^`|\t]|\[\[|\[[ xX]\] )[^|\t]*$"
)
"""An item of a list that stands in no container and opens nothing but a paragraph."""

_CALLOUT = re.compile(r"\[!([^\[\]|]+)(?:\|[^\[\]]*)?\]([+-]?)(?: +(.*))?$")


def scan(text: str) -> Scan:
    """Find the blocks of a note. Any text is a note; nothing is raised."""
    text = with_line_feeds(text)
    return _Scanner(text, split_lines(text)).run()


class _Scanner:
    """The state of one pass. ``run`` may be called once."""

    def __init__(self, text: str, lines: list[str]) -> None:
        self.text = text
        self.lines = lines
        self.kinds = bytearray(len(lines))
        self.headings: list[Heading] = []
        self.fences: list[Fence] = []
        self.tables: list[Table] = []
        self.quotes: list[Quote] = []
        self.stack: list[int] = []
        self.open_quotes: list[tuple[int, int]] = []  # (index in quotes, depth on the stack)
        self.para = -1  # the line the open paragraph began on
        self.para_at = 0  # and the index its text began at
        self.leaf: int = Line.TEXT  # FENCE, TABLE, or the kind of an HTML block that is open
        self.leaf_line = 0
        self.fence = ("", "")
        self.html_end: re.Pattern[str] | None = None
        self.empty_item = -1  # the line of a list item that has no text yet

    def run(self) -> Scan:
        lines = self.lines
        front = front_matter_lines(lines)
        unclosed = front is None and bool(lines) and lines[0].rstrip() == "---"
        i = 0
        if front is not None:
            i = front[1] + 1
            self.kinds[:i] = bytes([Line.FRONT]) * i
        total = len(lines)
        while i < total:
            if not self.stack and self.leaf == Line.TEXT:
                i = self._skip_text(i)
                if i == total:
                    break
            after = self._common(i)
            i = self._line(i) if after == i else after
        self._close(0, total)
        return Scan(
            self.text,
            lines,
            bytes(self.kinds),
            front,
            unclosed and looks_like_front_matter(lines),
            tuple(self.headings),
            tuple(self.fences),
            tuple(self.tables),
            tuple(self.quotes),
        )

    def _skip_text(self, i: int) -> int:
        """Pass over text and empty lines outside any container; stop at what may be more."""
        lines, kinds, para = self.lines, self.kinds, self.para
        total = len(lines)
        while i < total:
            line = lines[i]
            if not line:
                kinds[i] = Line.BLANK
                para = -1
            elif line[0] in _SPECIAL or "|" in line:
                break
            elif para < 0:
                para = i
                self.para_at = 0
            i += 1
        self.para = para
        return i

    def _common(self, i: int) -> int:
        """Take line ``i`` if it is one of the few that most notes are made of; else return ``i``.

        ``_line`` would come to the same by a longer way. None of them is indented or quoted, so
        that none lies in a container that is open.
        """
        line = self.lines[i]
        if not line:
            if QUOTE not in self.stack:
                self._blank(i, len(self.stack))
                i += 1
        elif self.leaf != Line.TEXT and not self.stack:
            pass
        elif line[0] in "-+*":
            if _PLAIN_ITEM.match(line):
                return self._plain_item(i)
        elif not self.stack:
            return self._top_level(i, line)
        elif self.para < 0 and line[0] not in _SPECIAL:
            self._close(0, i)
            return self._skip_text(i)
        return i

    def _plain_item(self, i: int) -> int:
        self._close(0, i)
        self.stack.append(len("- "))
        self.para = i
        self.para_at = len("- ")
        return i + 1

    def _top_level(self, i: int, line: str) -> int:
        """Take line ``i`` if it is a heading or begins a fence, outside any container."""
        if "|" not in line and "\t" not in line:
            if line[0] == "#":
                found = blocks.heading(line, 0)
                if found:
                    self._heading(found[0], found[1], i, i)
                    return i + 1
            elif line.startswith(("```", "~~~")):
                fence = blocks.fence_start(line, 0)
                if fence:
                    return self._open_fence(i, fence)
        return i

    def _line(self, i: int) -> int:
        """Take line ``i`` and return the index of the next one."""
        line = self.lines[i]
        if "\t" in line:
            line = line.expandtabs(4)
        at, start, matched = match_containers(line, self.stack)
        if start == len(line):
            self._blank(i, matched)
            return i + 1
        in_list = False
        if matched < len(self.stack):
            if self._continues_paragraph(i, line, at, start, matched):
                return i + 1
            in_list = self.stack[matched] != QUOTE and blocks.list_marker(line, start) > 0
            self._close(matched, i)
        if self.leaf != Line.TEXT and self._continues_leaf(i, line, at, start):
            return i + 1
        return self._open(i, line, at, in_list=in_list)

    def _blank(self, i: int, matched: int) -> None:
        if matched < len(self.stack):
            self._close(matched, i)
        elif self.stack and self.empty_item == i - 1:
            self._close(len(self.stack) - 1, i)  # an item may begin with one empty line, not two
        if self.leaf == Line.FENCE or (self.leaf != Line.TEXT and self.html_end):
            self.kinds[i] = self.leaf
            return
        if self.leaf != Line.TEXT:
            self._end_leaf(i)
        self.para = -1
        self.kinds[i] = Line.BLANK

    def _continues_paragraph(self, i: int, line: str, at: int, start: int, matched: int) -> bool:
        """Whether a line outside the open containers carries on their paragraph ("lazily")."""
        if self.para < 0:
            return False
        if start - at >= CODE_INDENT:
            return True
        if blocks.interrupts(line, start):
            return False
        return not (
            "|" in line and QUOTE not in self.stack[matched:] and self._is_table(i, line, start)
        )

    def _continues_leaf(self, i: int, line: str, at: int, start: int) -> bool:
        """Whether the open fence, HTML block or table takes the line; ends it if need be."""
        if self.leaf == Line.TABLE:
            if start - at >= CODE_INDENT or blocks.interrupts(line, start):
                self._end_leaf(i)
                return False
            self.kinds[i] = Line.TABLE
            return True
        self.kinds[i] = self.leaf
        if self.leaf == Line.FENCE:
            if start - at < CODE_INDENT and blocks.closes_fence(line, start, self.fence[0]):
                self._end_leaf(i + 1, closed=True)
        elif self.html_end and self.html_end.search(line, at):
            self._end_leaf(i + 1)
        return True

    def _end_leaf(self, i: int, *, closed: bool = False) -> None:
        """End the open leaf before line ``i``."""
        if self.leaf == Line.FENCE:
            self.fences.append(Fence(self.fence[1], self.leaf_line, i - 1, closed))
        elif self.leaf == Line.TABLE:
            self.tables.append(Table(self.leaf_line, i - 1, tuple(self.stack)))
        self.leaf = Line.TEXT
        self.html_end = None

    def _close(self, depth: int, i: int) -> None:
        """Close the containers deeper than ``depth``, and what is open in them, before line i."""
        if self.leaf != Line.TEXT:
            self._end_leaf(i)
        self.para = -1
        if len(self.stack) == depth:
            return
        while self.open_quotes and self.open_quotes[-1][1] >= depth:
            at, _ = self.open_quotes.pop()
            self.quotes[at] = replace(self.quotes[at], last_line=i - 1)
        del self.stack[depth:]

    def _open(self, i: int, line: str, at: int, *, in_list: bool) -> int:
        """Open what line ``i`` begins at ``at``: containers first, then one leaf.

        ``in_list`` says that it begins the next item of a list, and so is no row of a table.
        """
        while True:
            start = first_nonspace(line, at)
            if start == len(line):
                return i + 1
            if start - at >= CODE_INDENT:
                if self.para < 0:
                    self.kinds[i] = Line.CODE
                return i + 1
            if line[start] not in _SPECIAL and "|" not in line:
                break
            if self.para >= 0 and line[start] in "-=" and self._underline(i, line, start):
                return i + 1
            if "|" in line and not in_list and self._is_table(i, line, start):
                return self._open_table(i)
            in_list = False
            if blocks.is_rule(line, start):
                self.kinds[i] = Line.RULE
                self.para = -1
                return i + 1
            inside = self._open_container(i, line, at, start)
            if not inside:
                break
            at = inside
        return self._open_leaf(i, line, start)

    def _open_container(self, i: int, line: str, at: int, start: int) -> int:
        """Open the quote or list item that begins at ``start``; where its content begins, or 0."""
        if len(self.stack) >= MAX_DEPTH:
            return 0
        if line[start] == ">":
            inside = start + 2 if line[start + 1 : start + 2] == " " else start + 1
            self.stack.append(QUOTE)
            self._open_quote(i, line[inside:])
        else:
            end = blocks.list_marker(line, start)
            if not end or (self.para >= 0 and not blocks.may_interrupt(line, start, end)):
                return 0
            content = first_nonspace(line, end)
            if content == len(line):
                self.empty_item = i
                inside = end + 1
            else:
                inside = end + 1 if content - end > CODE_INDENT else content
            self.stack.append(inside - at)
            inside = min(inside, len(line))
        self.para = -1
        return inside

    def _open_quote(self, i: int, first: str) -> None:
        parent = self.open_quotes[-1][0] if self.open_quotes else None
        found = _CALLOUT.match(first.strip(" "))
        callout = Callout(found[1].strip(), found[2], (found[3] or "").strip()) if found else None
        self.open_quotes.append((len(self.quotes), len(self.stack) - 1))
        self.quotes.append(Quote(i, i, callout, parent, tuple(self.stack)))

    def _open_leaf(self, i: int, line: str, start: int) -> int:
        first = line[start]
        if first == "#":
            found = blocks.heading(line, start)
            if found:
                self._heading(found[0], found[1], i, i)
                return i + 1
        elif first in "`~":
            fence = blocks.fence_start(line, start)
            if fence:
                return self._open_fence(i, fence)
        elif first == "<":
            html = blocks.html_start(line, start)
            if html and (html.interrupts or self.para < 0):
                self._open_html(i, line, start, html)
                return i + 1
        if self.para < 0 and not (first == "[" and blocks.is_definition(line, start)):
            self.para = i
            self.para_at = start
        return i + 1

    def _heading(self, level: int, text: str, line: int, last: int) -> None:
        self.kinds[last] = Line.HEADING
        self.headings.append(Heading(level, text, line, last, len(self.stack)))
        self.para = -1

    def _underline(self, i: int, line: str, start: int) -> bool:
        """Make the open paragraph a setext heading if line ``i`` underlines it."""
        level = blocks.underline(line, start)
        if not level:
            return False
        text = [self.lines[self.para].expandtabs(4)[self.para_at :].strip()]
        below = self.lines[self.para + 1 : i]
        text += [row[match_containers(row, self.stack)[0] :].strip() for row in below]
        self._heading(level, " ".join(text).strip(), self.para, i)
        return True

    def _is_table(self, i: int, line: str, start: int) -> bool:
        """Whether line ``i`` is the header row of a table: the next one must be its delimiter."""
        if i + 1 >= len(self.lines):
            return False
        below = self.lines[i + 1].expandtabs(4)
        at, first, matched = match_containers(below, self.stack)
        if matched < len(self.stack) or first - at >= CODE_INDENT:
            return False
        columns = blocks.table_columns(below[first:].rstrip(" "))
        return columns > 0 and columns == len(blocks.cells(line[start:]))

    def _open_table(self, i: int) -> int:
        self.para = -1
        self.leaf = Line.TABLE
        self.leaf_line = i
        self.kinds[i] = self.kinds[i + 1] = Line.TABLE
        return i + 2

    def _open_html(self, i: int, line: str, start: int, html: HtmlStart) -> None:
        self.para = -1
        self.kinds[i] = html.kind
        if html.end is None or not html.end.search(line, start):
            self.leaf = html.kind
            self.leaf_line = i
            self.html_end = html.end

    def _open_fence(self, i: int, fence: tuple[str, str]) -> int:
        self.para = -1
        self.leaf = Line.FENCE
        self.leaf_line = i
        self.fence = fence
        self.kinds[i] = Line.FENCE
        return i + 1 if self.stack else self._skip_fence(i + 1)

    def _skip_fence(self, i: int) -> int:
        """Pass over a fence that lies in no container: half of what notes on software hold."""
        lines, marker, first = self.lines, self.fence[0], i
        while i < len(lines):
            line = lines[i]
            i += 1
            if marker in line:
                line = line.expandtabs(4)
                start = first_nonspace(line, 0)
                if start < CODE_INDENT and blocks.closes_fence(line, start, marker):
                    self._end_leaf(i, closed=True)
                    break
        self.kinds[first:i] = bytes([Line.FENCE]) * (i - first)
        return i
