"""What a single line can begin, by CommonMark's rules and GitHub's for tables.

These are the recognisers the scanner asks once it knows which containers a line lies in. They take
a line whose tabs are spaces already, and the index of its first character that is none. The
reference is https://spec.commonmark.org/0.31.2/ as markdown-it reads it, because markdown-it
renders what the scanner found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


class Line:
    """What a line is, whatever containers it lies in.

    Bare numbers, as ``Scan.kinds`` holds them: to name a member of an enum takes eight times as
    long (until Python 3.12), and a note is scanned by these names.
    """

    TEXT: Final = 0
    BLANK: Final = 1
    HEADING: Final = 2
    """An ATX heading, or the underline of a setext one (whose text is TEXT)."""
    RULE: Final = 3
    FENCE: Final = 4
    CODE: Final = 5
    """Indented code, and HTML whose inside is verbatim (``<pre>``, ``<script>``, …)."""
    TABLE: Final = 6
    COMMENT: Final = 7
    HTML: Final = 8
    FRONT: Final = 9


@dataclass(frozen=True, slots=True)
class HtmlStart:
    """How an HTML block that begins here ends, and whether it may cut a paragraph short."""

    end: re.Pattern[str] | None
    """Found on the block's last line; None where a blank line ends it."""
    interrupts: bool
    kind: int
    """A ``Line``."""


_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_ORDERED = re.compile(r"[0-9]{1,9}[.)](?= |$)")
_HEADING = re.compile(r"(#{1,6})(?: +|$)")
_HEADING_TAIL = re.compile(r"(?:^| )#+$")
_PIPE = re.compile(r"(?<!\\)\|")
_DELIMITER = re.compile(r"-[-:|]|[:|][-:| ]")  # "- " would be a list item
_COLUMN = re.compile(r":?-+:?")
_DEFINITION = re.compile(
    r"""\[(?:[^\[\]\\]|\\.)+\]:[ ]*(?:<[^<>]*>|[^\s<]\S*)"""
    r"""(?:[ ]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ ]*$"""
)

_HTML_VERBATIM = re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_HTML_VERBATIM_END = re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE)
_HTML_BLOCK = re.compile(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|"
    r"details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|"
    r"head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|"
    r"p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)"
    r"(?=\s|/?>|$)",
    re.IGNORECASE,
)
_HTML_TAG = re.compile(
    r"""(?:<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:[^"'=<>`\s]+|'[^']*'|"[^"]*"))?)*"""
    r"""\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$"""
)
_HTML_STARTS = (
    (_HTML_VERBATIM, HtmlStart(_HTML_VERBATIM_END, interrupts=True, kind=Line.CODE)),
    (re.compile(r"<!--"), HtmlStart(re.compile(r"-->"), interrupts=True, kind=Line.COMMENT)),
    (re.compile(r"<\?"), HtmlStart(re.compile(r"\?>"), interrupts=True, kind=Line.CODE)),
    (re.compile(r"<![A-Za-z]"), HtmlStart(re.compile(r">"), interrupts=True, kind=Line.CODE)),
    (re.compile(r"<!\[CDATA\["), HtmlStart(re.compile(r"\]\]>"), interrupts=True, kind=Line.CODE)),
    (_HTML_BLOCK, HtmlStart(None, interrupts=True, kind=Line.HTML)),
    (_HTML_TAG, HtmlStart(None, interrupts=False, kind=Line.HTML)),
)


def indent_of(line: str) -> int:
    """Return the cells before a line's text; a tab goes on to the next fourth."""
    if "\t" in line:
        line = line.expandtabs(4)
    return len(line) - len(line.lstrip(" "))


def fence_start(line: str, at: int) -> tuple[str, str] | None:
    """Return the run of backticks or tildes that opens a fence, and the words behind it."""
    found = _FENCE.match(line, at)
    if found is None:
        return None
    return (found[1], found[2].strip()) if found[1] else (found[3], found[4].strip())


def closes_fence(line: str, at: int, marker: str) -> bool:
    """Whether the rest of ``line`` is a run at least as long as ``marker``, and nothing else."""
    rest = line[at:].rstrip(" \t")
    return rest.startswith(marker) and not rest.strip(marker[0])


def heading(line: str, at: int) -> tuple[int, str] | None:
    """Level and markdown text of an ATX heading."""
    found = _HEADING.match(line, at)
    if found is None:
        return None
    text = line[found.end() :].strip(" ")
    return len(found[1]), _HEADING_TAIL.sub("", text).rstrip(" ")


def is_rule(line: str, at: int) -> bool:
    """Whether three or more of ``*``, ``-`` or ``_`` stand here, and else only spaces."""
    bare = line[at:].replace(" ", "")
    return bare.startswith(("***", "---", "___")) and not bare.strip(bare[0])


def underline(line: str, at: int) -> int:
    """Return the level of the setext heading this line underlines: 1, 2, or 0 for none."""
    rest = line[at:].rstrip(" ")
    if rest.strip(rest[0]):
        return 0
    return {"=": 1, "-": 2}.get(rest[0], 0)


def list_marker(line: str, at: int) -> int:
    """Return the index behind the list marker that stands at ``at``, or 0."""
    if line[at] in "-+*":
        return at + 1 if line[at + 1 : at + 2] in ("", " ") else 0
    found = _ORDERED.match(line, at)
    return found.end() if found else 0


def may_interrupt(line: str, at: int, end: int) -> bool:
    """Whether the list item whose marker is ``line[at:end]`` may cut a paragraph short."""
    return bool(line[end:].strip(" ")) and (end == at + 1 or int(line[at : end - 1]) == 1)


def html_start(line: str, at: int) -> HtmlStart | None:
    """Return the HTML block that begins at ``at``, if one does."""
    for pattern, start in _HTML_STARTS:
        if pattern.match(line, at):
            return start
    return None


def interrupts(line: str, at: int) -> bool:
    """Whether the line begins something that ends the paragraph, quote or table before it."""
    first = line[at]
    if first == ">":
        return True
    if first == "#":
        return _HEADING.match(line, at) is not None
    if first in "`~":
        return _FENCE.match(line, at) is not None
    if first == "<":
        start = html_start(line, at)
        return start is not None and start.interrupts
    if first in "-+*_" and is_rule(line, at):
        return True
    return (first in "-+*" or first.isdecimal()) and list_marker(line, at) > 0


def is_definition(line: str, at: int) -> bool:
    """Whether a link reference definition stands here (``[a]: /url "title"``): it is no text.

    One that goes on over several lines is not seen; nothing but its own lines would read otherwise.
    """
    return _DEFINITION.match(line, at) is not None


def cells(row: str) -> list[str]:
    r"""Return the cells of a table row, trimmed; ``\|`` is a pipe inside a cell."""
    found = _PIPE.split(row.strip())
    if found and not found[0]:
        found.pop(0)
    if found and not found[-1]:
        found.pop()
    return [cell.replace(r"\|", "|").strip() for cell in found]


def table_columns(delimiter: str) -> int:
    """How many columns a delimiter row (``|---|:-:|``) sets; 0 if it is none."""
    if not _DELIMITER.match(delimiter) or delimiter.strip("-:| "):
        return 0
    columns = [column.strip() for column in delimiter.split("|")]
    if not columns[0]:
        columns.pop(0)
    if columns and not columns[-1]:
        columns.pop()
    return len(columns) if all(map(_COLUMN.fullmatch, columns)) else 0
