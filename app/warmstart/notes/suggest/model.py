"""What a rule finds, and what a rule is.

Lines count from 1 here, columns from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warmstart.notes.model import CardKind
    from warmstart.notes.suggest.page import Page

MAX_FRONT: Final = 300
"""Characters: a question that takes longer to read is not one question."""
MAX_BACK: Final = 900
"""Characters: what is longer cannot be recalled as a whole."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of the source a card was made from: columns ``start`` to ``end`` of one line."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A card somebody might want, and where it comes from. Nothing is scheduled unasked."""

    rule: str
    """``Rule.name`` of the rule that found it."""
    kind: CardKind
    front: str
    """Markdown, at most MAX_FRONT characters. The gap of a cloze is ``[…]``."""
    back: str
    """Markdown, at most MAX_BACK characters."""
    line: int
    last_line: int
    marks: tuple[Mark, ...]
    """In the order of the lines; the first is what the card is about."""


@dataclass(frozen=True, slots=True)
class Example:
    """A note in small, and the cards the rule finds in it; tests and documentation show it."""

    markdown: str
    cards: tuple[tuple[str, str], ...]
    """Front and back of each."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which ordinary notes hold cards."""

    name: str
    """Stored with every suggestion: it never changes."""
    title: str
    """What a person reads in the inbox."""
    example: Example
    find: Callable[[Page], Iterable[Suggestion]]
    """Takes time linear in the page; may give too much, too long or twice: ``suggest`` chooses."""
