"""Question callouts, and which lines callouts take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    """Yield the question callouts, but none that lies in the answer of another.

    One that holds several question callouts and nothing else is a frame around them: its title is
    theirs ("Check yourself"), and they ask.
    """
    frames = _frames(scan)
    held: set[int] = set()
    for at, quote in enumerate(scan.quotes):
        if quote.parent in held:
            held.add(at)
        elif _asks(quote) and at not in frames:
            held.add(at)
            yield quote


def _asks(quote: Quote) -> bool:
    return quote.callout is not None and quote.callout.type.lower() in _QUESTIONS


def _frames(scan: Scan) -> set[int]:
    """Return the question callouts in which nothing stands but question callouts, two or more."""
    inner: dict[int, list[Quote]] = {}
    for quote in scan.quotes:
        parent = quote.parent
        if parent is not None and _asks(quote) and _asks(scan.quotes[parent]):
            inner.setdefault(parent, []).append(quote)
    return {
        at
        for at, quotes in inner.items()
        if len(quotes) > 1 and _is_filled(scan, scan.quotes[at], quotes)
    }


def _is_filled(scan: Scan, frame: Quote, inner: Iterable[Quote]) -> bool:
    """Whether each line below the title of ``frame`` is empty or lies in one of ``inner``."""
    after = frame.line + 1
    for quote in inner:
        if any(scan.lines[i].strip(" \t>") for i in range(after, quote.line)):
            return False
        after = quote.last_line + 1
    return not any(scan.lines[i].strip(" \t>") for i in range(after, frame.last_line + 1))


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
