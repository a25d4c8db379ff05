"""Writing markdown piece by piece: text is escaped, marks open and close where they can.

HTML may open a mark anywhere; markdown's must hug their text and end before a new paragraph. So a
mark is written only when text comes that wants it, and ended when text comes that does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])"  # a backslash that would escape what follows
    r"|[`*]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore is a letter
    r"|\](?=\()|\[(?=\[)|(?<=\[)\["
    r"|<(?=[a-zA-Z/!?])"
    r"|&(?=#?\w{1,32};)"
    r"|~(?=~)|(?<=~)~"
)
_LINE_START = re.compile(
    r"(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|-{2,}\s*$|=+\s*$)|(\d{1,9})([.)])(?=\s|$)"
)
_MAX_GAP: Final = 2


def escaped(text: str) -> str:
    """Return plain text as markdown that says the same, where it stands inside a line."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


@dataclass(frozen=True, slots=True)
class _Mark:
    tag: str
    before: str
    after: str


@dataclass(slots=True)
class _Written:
    """A mark whose beginning is written."""

    mark: _Mark
    piece: int
    """Where among the pieces it stands."""
    preceded: str
    """The character before it."""


class Inline:
    """The pieces of a markdown text, and the marks that are open."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._last = ""  # the last character written, "" at the start of a line
        self._space = False
        self._gap = 0  # line feeds owed before the next text
        self._hard = False  # whether the one owed is a line break
        self._wanted: list[_Mark] = []
        self._open: list[_Written] = []
        self._ended = False  # whether the last thing written ended a mark
        self._fragile: tuple[int, int] | None = None
        self._prefixes: list[str] = []
        self._marker = ""
        self.heading = 0
        """The level of the heading that the next text begins; 0 for none."""
        self.flat = False
        """Whether everything must stay on one line: in a table's cell."""

    def text(self) -> str:
        """Return what was written."""
        self._end_marks()
        return "".join(self._pieces).strip("\n").rstrip()

    # -- lines -------------------------------------------------------------------------------

    def line(self, *, again: bool = False) -> None:
        """Begin a new line; ``again`` leaves an empty one where one was begun already."""
        if self.flat:
            self._space = True
        elif again and self._gap:
            self._gap = min(_MAX_GAP, self._gap + 1)
        elif not self._gap:
            self._gap, self._hard = 1, True

    def tight(self) -> None:
        """Begin a new line that is no line break: the next row of a table."""
        if self._gap <= 1:
            self._gap, self._hard = 1, False

    def paragraph(self) -> None:
        """Begin a new paragraph."""
        if self.flat:
            self._space = True
        else:
            self._gap, self.heading = _MAX_GAP, 0

    def push(self, prefix: str) -> None:
        """Begin what puts a prefix before each of its lines: a quote, a list."""
        self._prefixes.append(prefix)

    def pop(self) -> None:
        """End it."""
        if self._prefixes:
            self._prefixes.pop()
            self._marker = ""

    def item(self, marker: str) -> None:
        """Begin an item of the list that the innermost prefix stands for."""
        if self.flat:
            self._space = True
            return
        self._end_marks()
        self._prefixes[-1] = " " * len(marker)
        self._marker = marker
        self._gap, self._hard = max(self._gap, 1), False

    # -- text --------------------------------------------------------------------------------

    def open(self, tag: str, before: str, after: str) -> None:
        """Let the text that follows stand between these marks."""
        if all(mark.before != before for mark in self._wanted):
            self._wanted.append(_Mark(tag, before, after))

    def close(self, tag: str) -> None:
        """End the mark that this tag opened."""
        self._wanted = [mark for mark in self._wanted if mark.tag != tag]

    def write(self, text: str) -> None:
        """Write plain text; white space of any kind and length is one space."""
        body = _SPACE.sub(" ", text)
        self._space = self._space or body.startswith(" ")
        core = body.strip(" ")
        if not core:
            return
        starts = self._begin(core[0])
        done = escaped(core)
        if starts and not self.heading:
            done = _LINE_START.sub(_escape_start, done, count=1) if _starts(done) else done
        self.heading = 0
        self._put(done.replace("|", "\\|") if self.flat else done)
        self._space = body.endswith(" ")

    def raw(self, markdown: str) -> None:
        """Write markdown as it is, within the line."""
        self._begin(markdown[0])
        self.heading = 0
        self._put(markdown)

    def cell(self, bar: str) -> None:
        """Write what parts two cells of a table; a space before it is none of theirs."""
        self._space = False
        self.raw(bar)

    def block(self, lines: list[str]) -> None:
        """Write lines of markdown as they are, each behind the prefixes that are open."""
        self._wanted, wanted = [], self._wanted
        self._begin("`")
        prefix = "".join(self._prefixes)
        self._put("\n".join([lines[0], *((prefix + line).rstrip() for line in lines[1:])]))
        self._wanted = wanted

    def _put(self, markdown: str) -> None:
        self._pieces.append(markdown)
        self._last = markdown[-1]

    def _begin(self, first: str) -> bool:
        """Write what is owed before text that begins so; return whether it begins a line."""
        starts = self._begin_line()
        keep = 0
        for written, mark in zip(self._open, self._wanted, strict=False):
            if written.mark != mark:
                break
            keep += 1
        self._end_marks(keep)
        if self._space and not starts:
            self._put(" ")
            self._ended = False
        self._space = False
        self._mend(first)
        for mark in self._wanted[keep:]:
            if self._ended and self._last == mark.before[-1]:
                continue  # "**a***b*" would be read otherwise
            self._open.append(_Written(mark, len(self._pieces), self._last))
            self._put(mark.before)
        self._ended = False
        return starts

    def _begin_line(self) -> bool:
        """Write the line feeds and prefixes that are owed; return whether a line begins."""
        if self._pieces and not self._gap and not self._marker:
            return False
        self._end_marks()
        prefix = "".join(self._prefixes)
        if self._marker:
            prefix = prefix.removesuffix(" " * len(self._marker)) + self._marker
        if self._pieces:
            between = "".join(self._prefixes[:-1] if self._marker else self._prefixes).rstrip()
            if self._gap > 1:
                self._pieces.append("\n" + between)
            elif self._hard and not self._marker:
                self._pieces.append("  ")
            self._pieces.append("\n")
        self._pieces.append(prefix + ("#" * self.heading + " " if self.heading else ""))
        self._gap, self._hard, self._marker, self._last = 0, False, "", ""
        self._space = False
        return True

    def _end_marks(self, keep: int = 0) -> None:
        while len(self._open) > keep:
            written = self._open.pop()
            inner = next((p[0] for p in self._pieces[written.piece + 1 :] if p), "")
            if _is_word(written.preceded) and _is_sign(inner) and written.mark.before != "[":
                self._pieces[written.piece] = ""  # markdown would not read it as a mark
                continue
            if _is_sign(self._last) and written.mark.before != "[":
                self._fragile = (written.piece, len(self._pieces))
            self._put(written.mark.after)
            self._ended = True

    def _mend(self, following: str) -> None:
        """Take back a mark that ended in a sign, if a word follows: it would not end there."""
        if self._fragile and _is_word(following) and self._last not in ("", " "):
            for piece in self._fragile:
                self._pieces[piece] = ""
        self._fragile = None


def _starts(text: str) -> bool:
    return _LINE_START.match(text) is not None


def _escape_start(found: re.Match[str]) -> str:
    return f"{found[2]}\\{found[3]}" if found[2] else "\\" + found[0]


def _is_word(character: str) -> bool:
    return character.isalnum()


def _is_sign(character: str) -> bool:
    return bool(character) and not character.isalnum() and not character.isspace()
