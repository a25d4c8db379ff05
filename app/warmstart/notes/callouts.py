"""Question callouts, and which lines callouts take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.structure import Quote, Scan

_QUESTIONS: Final = frozenset(("question", "faq", "help"))
"""Obsidian's names for one and the same callout."""

OTHER: Final = 1
"""A line of a callout that asks nothing."""
TITLE: Final = 2
"""A line that says what a callout is."""
ASKED: Final = 3
"""A line of a question callout, or of what lies in one."""


def question_callouts(scan: Scan) -> Iterator[Quote]:
    """Yield the question callouts, but none that lies in the answer of another."""
    held: set[int] = set()
    for at, quote in enumerate(scan.quotes):
        if quote.parent in held:
            held.add(at)
        elif quote.callout is not None and quote.callout.type.lower() in _QUESTIONS:
            held.add(at)
            yield quote


def callout_lines(scan: Scan) -> bytearray:
    """Return for each line what it is to a callout: 0 where it lies in none."""
    marks = bytearray(len(scan.lines))
    if not scan.quotes:
        return marks
    for quote in scan.quotes:
        if quote.callout:
            size = quote.last_line - quote.line + 1
            marks[quote.line : quote.last_line + 1] = bytes([OTHER]) * size
    for quote in scan.quotes:
        if quote.callout:
            marks[quote.line] = TITLE
    for quote in question_callouts(scan):
        size = quote.last_line - quote.line + 1
        marks[quote.line : quote.last_line + 1] = bytes([ASKED]) * size
    return marks
