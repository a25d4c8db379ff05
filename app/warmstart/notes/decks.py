"""Decks that tags assign: ``#flashcards/topic`` on a card, above it, or in the front matter.

A tag counts if it is one of the flashcard tags or lies below one. The name of the deck is what
stands behind ``flashcards/``; a flashcard tag of another name is part of the deck's. Below
``#flashcards`` alone is no deck.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line
from warmstart.notes.verbatim import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warmstart.notes.structure import Scan

_TAG = re.compile(r"(?<![^\s(\[{])#([^\s#.,;:!?()\[\]{}<>\"'`]+)[ \t]?")
_MARKER: Final = "flashcards"
_TEXT: Final = frozenset((Line.TEXT, Line.HEADING))


def deck_of(tag: str, flashcard_tags: tuple[str, ...]) -> str | None:
    """Return the deck a tag (without ``#``) assigns; None if it assigns none."""
    if not is_flashcard_tag(tag, flashcard_tags):
        return None
    path = [part for part in tag.split("/") if part]
    if path and path[0].lower() == _MARKER:
        del path[0]
    return "/".join(path) or None


def is_flashcard_tag(tag: str, flashcard_tags: tuple[str, ...]) -> bool:
    """Whether a tag (without ``#``) is one of the flashcard tags, or lies below one."""
    tag = tag.lower()
    return any(tag == given or tag.startswith(given + "/") for given in flashcard_tags)


@lru_cache(maxsize=32)
def _names(flashcard_tags: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"#(?i:{'|'.join(map(re.escape, flashcard_tags))})")


def take_tags(text: str, flashcard_tags: tuple[str, ...]) -> tuple[str, str | None]:
    """Return ``text`` without its flashcard tags, and the deck the first of them names."""
    if "#" not in text:
        return text, None
    decks: list[str | None] = []
    kept: list[str] = []
    for line in text.split("\n"):
        parts, at = [], 0
        for found in _TAG.finditer(masked(line)) if "#" in line else ():
            if is_flashcard_tag(found[1], flashcard_tags):
                decks.append(deck_of(found[1], flashcard_tags))
                parts.append(line[at : found.start()])
                at = found.end()
        rest = "".join(parts) + line[at:]
        if not parts or rest.strip():
            kept.append(rest.rstrip() if parts else line)
    return "\n".join(kept), next(filter(None, decks), None)


class Decks:
    """The decks that the tags of a note assign to the cards below them.

    A tag that stands in a card is that card's alone.
    """

    def __init__(
        self,
        scan: Scan,
        front_matter: Iterable[str],
        flashcard_tags: tuple[str, ...],
        in_card: Callable[[int], bool],
    ) -> None:
        decks = (deck_of(tag, flashcard_tags) for tag in front_matter)
        self.lines = [-1]
        self.decks = [next(filter(None, decks), None)]
        if not flashcard_tags:
            return
        names = _names(flashcard_tags)
        if not names.search(scan.text):
            return
        for i in scan.lines_with("#"):
            if not names.search(scan.lines[i]):
                continue
            if scan.kinds[i] in _TEXT and not in_card(i):
                for found in _TAG.finditer(masked(scan.lines[i])):
                    if is_flashcard_tag(found[1], flashcard_tags):
                        self.lines.append(i)
                        self.decks.append(deck_of(found[1], flashcard_tags))
                        break

    def above(self, line: int) -> str | None:
        """Return the deck of the nearest tag above ``line`` (from 0)."""
        return self.decks[bisect_left(self.lines, line) - 1]
