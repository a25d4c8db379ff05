"""Comments, HTML's and Obsidian's, which a reader does not see.

``<!-- … -->`` ends at an empty line at the latest, where it stands in a paragraph. ``%% … %%``
stands in a line, beside no letter or digit outside (``100%% or 50%%`` is text), or over several
lines, from one that begins with it to the next that has it. One that is never closed hides nothing:
the rest of a note is no comment by mistake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line
from warmstart.notes.links import without_code
from warmstart.notes.scan import scan
from warmstart.notes.structure import find_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.structure import Scan

VERBATIM: Final = frozenset((Line.FENCE, Line.CODE))
"""Lines in which nothing is a comment."""

_MARK: Final = "%%"
_MATH: Final = "$$"
_INLINE = re.compile(r"(?<![\w(])%%(?:(?!%%).)*%%(?!\w)")
_BEFORE_TEXT: Final = " \t>"


def without_comments(markdown: str) -> str:
    """Return ``markdown`` without the comments that are not in code."""
    if "<!--" not in markdown and _MARK not in markdown:
        return markdown
    found = scan(markdown)
    hidden = obsidian_comments(found.lines, found.kinds)
    kept: list[str] = []
    inside = False
    for line, kind, is_hidden in zip(found.lines, found.kinds, hidden, strict=True):
        if is_hidden:
            continue
        if kind in VERBATIM:
            kept.append(line)
            continue
        inside = inside and kind != Line.BLANK
        rest, inside = strip_line(line, inside=inside)
        if rest.strip() or not line.strip():
            kept.append(rest)
    return "\n".join(kept)


def strip_line(line: str, *, inside: bool) -> tuple[str, bool]:
    """Return the line without its comments, and whether one of HTML's is open at its end.

    ``inside`` says that one is open at its beginning.
    """
    if inside:
        _, found, line = line.partition("-->")
        if not found:
            return "", True
    if "<!--" not in line and _MARK not in line:
        return line, False
    outside = without_code(line)
    kept, at = [], 0
    while (start := outside.find("<!--", at)) >= 0:
        kept.append(line[at:start])
        end = line.find("-->", start + 2)
        if end < 0:
            return "".join(kept), True
        at = end + 3
    line = "".join(kept) + line[at:]
    if line.count(_MARK) > 1:
        kept, at = [], 0
        for inline in _INLINE.finditer(without_code(line)):
            kept.append(line[at : inline.start()])
            at = inline.end()
        line = "".join(kept) + line[at:]
    return line, False


def hidden_lines(scan: Scan) -> bytearray:
    """Return for each line whether it lies in a comment over several lines, or a block of math.

    Where a note has neither, that is nothing at all.
    """
    lines, kinds = scan.lines, scan.kinds
    if all(find_mark(scan.text, mark) < 0 for mark in ("<!--", _MARK, _MATH)):
        return bytearray()
    hidden = _blocks(lines, kinds, (_MARK, _MATH))
    inside = False
    for i, line in enumerate(lines):
        if kinds[i] == Line.TEXT and (inside or "<!--" in line):
            hidden[i] |= inside
            _, inside = strip_line(line, inside=inside)
        elif kinds[i] == Line.BLANK:
            inside = False
    return hidden


def obsidian_comments(lines: Sequence[str], kinds: bytes) -> bytearray:
    """Return for each line whether it lies in a comment of Obsidian's over several lines."""
    return _blocks(lines, kinds, (_MARK,))


def _blocks(lines: Sequence[str], kinds: bytes, marks: tuple[str, ...]) -> bytearray:
    """Return for each line whether it lies between two lines with the same of ``marks``."""
    hidden = bytearray(len(lines))
    last = {
        mark: max((i for i, ln in enumerate(lines) if mark in ln), default=-1) for mark in marks
    }
    marks = tuple(mark for mark in marks if last[mark] >= 0)
    if not marks:
        return hidden
    opened = ""
    for i, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        if opened:
            hidden[i] = 1
            if opened in line:
                opened = ""
        elif kind not in VERBATIM:
            bare = line.lstrip(_BEFORE_TEXT)
            for mark, end in last.items():
                if bare.startswith(mark) and line.count(mark) == 1 and end > i:
                    opened = mark
                    hidden[i] = 1
    return hidden
