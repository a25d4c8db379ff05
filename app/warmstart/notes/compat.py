"""Cards as Obsidian Spaced Repetition finds them, line by line and blind to the rest of markdown.

This is its reading of a note with what a reader would call its errors: a comment over several lines
ends at the end of the note, the line below a comment is lost, headings and tables are text.
``warmstart.notes.passages`` reads notes as they are meant; this is to tell where the two differ.

The rules are those of the plugin's parser (MIT) at its commit 22fbea0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.card_options import FoundKind
from warmstart.notes.schedules import CALLOUT, OPENS

if TYPE_CHECKING:
    from warmstart.notes.card_options import Rules

Found = tuple[FoundKind, str, int, int]
"""Kind, text, first and last line (from 0)."""

_SPACE: Final = (
    " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript trims; Python's ``strip`` takes other control characters along."""

_FENCE = re.compile(r"`+|~+")
_COMMENT: Final = "<!--"


def find_as_plugin(text: str, rules: Rules) -> list[Found]:
    """Return the cards of ``text`` in order."""
    return _Machine(text.replace("\r\n", "\n").split("\n"), rules).run()


class _Machine:
    """The plugin's state: the text gathered since the last card ended, and the kind it has."""

    def __init__(self, lines: list[str], rules: Rules) -> None:
        self.lines = lines
        self.rules = rules
        self.found: list[Found] = []
        self.text: list[str] = []
        self.kind: FoundKind | None = None
        self.first = 0

    def run(self) -> list[Found]:
        i = 0
        while i < len(self.lines):
            i = self._line(i, self.lines[i]) + 1
        if self.kind and self.text:
            self._end(len(self.lines) - 1)
        return self.found

    def _line(self, i: int, line: str) -> int:
        """Take line ``i``, and return the last line taken with it."""
        if line.startswith(_COMMENT) and not line.startswith(OPENS):
            return i + 1 if "-->" in line else len(self.lines)
        bare = line.strip(_SPACE)
        markers = self.rules.end_markers
        if bare in markers or (not bare and (self.kind is None or not markers)):
            if self.kind:
                self._end(i - 1)
            self.text, self.kind, self.first = [], None, i + 1
            return i
        self.text.append(line.rstrip(_SPACE))
        inline = self._inline(line)
        if inline:
            return self._single(i, inline)
        if bare in self.rules.blocks:
            if len(self.text) > 1 or len(self.text[0]) > 1:
                self.kind = self.rules.blocks[bare]
        elif line.startswith(("```", "~~~")):
            return self._fence(i, line)
        elif self.kind is None and any(p.in_line(line) for p in self.rules.clozes):
            self.kind = FoundKind.CLOZE
        return i

    def _end(self, last: int) -> None:
        if self.kind:
            text = "\n".join(self.text).rstrip(_SPACE)
            self.found.append((self.kind, text, self.first, last))

    def _inline(self, line: str) -> FoundKind | None:
        """Return the kind of the first separator that stands outside of inline code."""
        for separator, kind in self.rules.inline:
            at = line.find(separator)
            if at < 0:
                continue
            behind = at + len(separator)
            if not (line.count("`", 0, at) % 2 and line.count("`", behind) % 2):
                return kind
        return None

    def _single(self, i: int, kind: FoundKind) -> int:
        last = i
        below = self.lines[i + 1] if i + 1 < len(self.lines) else ""
        if below.startswith(OPENS):
            last = i + 1
        elif below.startswith(CALLOUT):
            last = next(
                (j for j in range(i + 1, len(self.lines)) if OPENS in self.lines[j]),
                len(self.lines) - 1,
            )
        self.found.append((kind, "\n".join(self.lines[i : last + 1]), i, last))
        self.text, self.kind, self.first = [], None, i
        return last

    def _fence(self, i: int, line: str) -> int:
        run = _FENCE.match(line)
        close = run[0] if run else ""
        for j in range(i + 1, len(self.lines)):
            if self.lines[j].startswith(close):
                break
            self.text.append(self.lines[j])
        else:
            j = len(self.lines)
        self.text.append(close)
        return j
