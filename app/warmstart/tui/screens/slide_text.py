"""A text pulled out of slides as blocks: it is no markdown, so its lines stand as they are.

Read as markdown, code on a slide would run together, and lose what looks like markup in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.notes.slides import sections_of_slides
from warmstart.notes.structure import split_lines
from warmstart.text import safe
from warmstart.tui.markdown.blocks import Block, Source, SourceLine, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TAB: Final = 4
_LEVEL: Final = 2
_NO_SIGN: Final = Content("")


def slide_blocks(text: str) -> Iterator[Block]:
    """Give the slides' titles as headings, each with the lines below it as they stand.

    A title that comes again with every step of its slide is shown once, over all of them. ``text``
    is one that ``notes.slides.is_deck`` takes for a deck.
    """
    lines = split_lines(text)
    sections = sections_of_slides(text)
    before = sections[0].line - 1 if sections else len(lines)
    yield from _lines(lines[:before], "")
    for section in sections:
        yield Text(Content(safe(section.title)), level=_LEVEL)
        yield from _lines(lines[section.line - 1 : section.last_line], section.title)


def _lines(lines: Sequence[str], title: str) -> Iterator[Source]:
    """Give ``lines`` without those that repeat ``title``; of empty lines in a row one remains."""
    shown: list[str] = []
    for line in lines:
        literal = line.replace("\f", " ").expandtabs(_TAB).rstrip()
        if " ".join(literal.split()) == title or not (literal or (shown and shown[-1])):
            continue
        shown.append(literal)
    while shown and not shown[-1]:
        shown.pop()
    if shown:
        yield Source(
            tuple(SourceLine(_NO_SIGN, Content(safe(line)), shaped=False) for line in shown)
        )
