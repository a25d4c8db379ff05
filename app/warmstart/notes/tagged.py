"""Cards that a tag makes: a block of Logseq, or a paragraph or heading, that ends with ``#card``.

In a list the item asks and what is nested in it answers, as Logseq has it; its properties are no
part of either, and say when the card is due. An item that holds other tagged ones only frames them.
Elsewhere the tagged line asks and the lines right below it answer, up to an empty line, as
Flashcards for Obsidian has it.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line, indent_of
from warmstart.notes.question_lists import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.structure import Scan

_MARKS: Final = ("#card", "[[card]]")
_TAG = r"(?:#card|#?\[\[card\]\])"
_OTHER = r"(?:[ \t]+(?:#[^\s#]+|#?\[\[[^\[\]]+\]\]))*"
_AT_END = re.compile(rf"\s+{_TAG}(?=(?P<others>{_OTHER})\s*$)")
_ON_ANY_LINE = re.compile(rf"[ \t]+{_TAG}(?={_OTHER}[ \t]*$)", re.MULTILINE)
_AT_START = re.compile(rf"{_TAG}\s+(?=\S)")
_ITEM = re.compile(r"( *)(?:[-+*]|[0-9]{1,9}[.)]) +")
_HEADING = re.compile(r" {0,3}#{1,6} +")
_PROPERTY = re.compile(r" *([\w./-]+):: +(.*)$")
_TEXT: Final = frozenset((Line.TEXT, Line.HEADING))
_ENDS: Final = frozenset((Line.BLANK, Line.HEADING, Line.RULE, Line.FRONT))
_CLOZE: Final = "{{cloze "
"""A block that has one is asked by it."""
_DRAWER: Final = (":LOGBOOK:", ":END:")
"""Between the two Logseq keeps times that were clocked."""


def find_tagged(scan: Scan) -> list[Question]:
    """Return the cards of a note that a tag makes, in order; none lies in another.

    ``has_tags`` tells of most notes that there are none.
    """
    found: list[Question] = []
    end = len(scan.lines)
    for i in reversed([i for i in scan.lines_with(*_MARKS) if scan.kinds[i] in _TEXT]):
        line = scan.lines[i].expandtabs(4)
        item = _ITEM.match(line)
        one = _block(scan, i, end, item) if item else _paragraph(scan, i, end, line)
        if one:
            found.append(one)
            end = i
    found.reverse()
    return found


def has_tags(markdown: str) -> bool:
    """Whether something in a text may be the tag of a card."""
    return "card" in markdown and any(mark in markdown for mark in _MARKS)


def without_tag(markdown: str) -> str:
    """Return the text of a card without the tag that marks it, at the end of any line."""
    return _ON_ANY_LINE.sub("", markdown)


def _untagged(text: str) -> str | None:
    """Return a line without the tag at its end, or its beginning; None where there is none."""
    found = _AT_END.search(text)
    if found:
        return (text[: found.start()] + found["others"]).strip()
    found = _AT_START.match(text)
    return text[found.end() :].strip() if found else None


def _block(scan: Scan, first: int, end: int, item: re.Match[str]) -> Question | None:
    """Return the card that the list item on line ``first`` is, if anything is nested in it.

    Another card begins on line ``end``; an item that reaches to it is none.
    """
    indent, content = len(item[1]), item.end()
    lines = [item.string]
    for i in range(first + 1, end):
        line = scan.lines[i].expandtabs(4)
        if line.strip() and indent_of(line) <= indent:
            break
        lines.append(line)
    else:
        if end < len(scan.lines) and indent_of(scan.lines[end]) > indent:
            return None
    while not lines[-1].strip():
        lines.pop()
    asked = _untagged(_HEADING.sub("", lines[0][content:]))
    nested = next((k for k, line in enumerate(lines[1:], 1) if _ITEM.match(line)), len(lines))
    answer = _without_properties(lines[nested:])
    if not asked or not answer or _CLOZE in asked:
        return None
    front = "\n".join([asked, *(line.strip() for line in _without_properties(lines[1:nested]))])
    back = textwrap.dedent("\n".join(answer)) + _schedule(lines[1:nested])
    return Question(front, back, first, first + len(lines) - 1)


def _paragraph(scan: Scan, first: int, end: int, line: str) -> Question | None:
    """Return the card whose question the line is, if lines stand right below it."""
    asked = _untagged(_HEADING.sub("", line).strip())
    last = first
    while last + 1 < end and scan.kinds[last + 1] not in _ENDS:
        last += 1
    if not asked or last == first:
        return None
    return Question(asked, "\n".join(scan.lines[first + 1 : last + 1]), first, last)


def _without_properties(lines: Sequence[str]) -> list[str]:
    """Return the lines of a block that Logseq shows."""
    shown = []
    drawn = fenced = False
    for line in lines:
        bare = line.strip()
        fenced ^= bare.removeprefix("- ").startswith(("```", "~~~"))
        drawn |= bare == _DRAWER[0]
        if not drawn and (fenced or not _PROPERTY.match(line)):
            shown.append(line)
        drawn &= bare != _DRAWER[1]
    return shown


def _schedule(lines: Sequence[str]) -> str:
    """Return Logseq's schedule as the plugin would write it; SM-2's terms are the same for both."""
    found = {match[1]: match[2].strip() for match in map(_PROPERTY.match, lines) if match}
    try:
        interval = float(found["card-last-interval"])
        ease = float(found["card-ease-factor"])
    except (KeyError, ValueError):
        return ""
    due = found.get("card-next-schedule", "")[: len("2026-01-31")]
    # An interval of -1 is that of a card to learn anew.
    if not due or interval < 0:
        return ""
    return f"\n<!--SR:!{due},{max(1, round(interval))},{round(100 * ease)}-->"
