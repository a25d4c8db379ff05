"""What marks a card in a note: the options, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from warmstart.notes.cloze import ClozePattern, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HIGHLIGHTS = "==[123;;]answer[;;hint]=="
BOLD = "**[123;;]answer[;;hint]**"
LOGSEQ = "{{cloze answer}}"
CURLY = "{{[123;;]answer[;;hint]}}"


class FoundKind(StrEnum):
    """The formats told apart."""

    SINGLE_LINE_BASIC = "single_line_basic"
    SINGLE_LINE_REVERSED = "single_line_reversed"
    MULTI_LINE_BASIC = "multi_line_basic"
    MULTI_LINE_REVERSED = "multi_line_reversed"
    CLOZE = "cloze"

    @property
    def is_reversed(self) -> bool:
        """Whether the card is asked in both directions."""
        return self in _REVERSED


_REVERSED: Final = (FoundKind.SINGLE_LINE_REVERSED, FoundKind.MULTI_LINE_REVERSED)


@dataclass(frozen=True, slots=True)
class CardOptions:
    """What marks a card; the defaults are Obsidian Spaced Repetition's.

    Each is one string or a sequence of them, all active at once, and is kept as a tuple. An empty
    one is off.
    """

    single_line_card_separator: str | Sequence[str] = "::"
    """Parts question and answer on one line."""
    single_line_reversed_card_separator: str | Sequence[str] = ":::"
    """The same, asked in both directions."""
    multiline_card_separator: str | Sequence[str] = "?"
    """Alone on a line, parts the question above it from the answer below it."""
    multiline_reversed_card_separator: str | Sequence[str] = "??"
    """The same, asked in both directions."""
    multiline_card_end_marker: str | Sequence[str] = ""
    """Alone on a line, ends an answer; where there is none, an empty line does."""
    cloze_patterns: str | Sequence[str] = (HIGHLIGHTS, LOGSEQ)
    """What a cloze looks like: ``answer`` between two delimiters, with an optional number and an
    optional hint in brackets, as in ``==[123;;]answer[;;hint]==``."""
    flashcard_tags: str | Sequence[str] = ("#flashcards",)
    """The tags that assign a deck; what stands behind a slash is its name."""

    def __post_init__(self) -> None:
        for field in fields(self):
            given = getattr(self, field.name)
            several = (given,) if isinstance(given, str) else tuple(given)
            object.__setattr__(self, field.name, tuple(filter(None, several)))


@dataclass(frozen=True, slots=True)
class Rules:
    """The options as the finders use them."""

    inline: tuple[tuple[str, FoundKind], ...]
    """Separators within a line; the longest first, since one may be part of another."""
    blocks: dict[str, FoundKind]
    """Separators that stand alone on their line."""
    block_marks: tuple[str, ...]
    """One of these is in every line that is a separator."""
    line_marks: tuple[str, ...]
    """One of these is in every line that is a card or holds a cloze."""
    end_markers: frozenset[str]
    clozes: tuple[ClozePattern, ...]
    tags: tuple[str, ...]
    """Without ``#``, in lower case."""


@lru_cache(maxsize=32)
def rules_of(options: CardOptions) -> Rules:
    """Return what follows from ``options``; a cloze pattern without ``answer`` is left out."""

    def several(value: object) -> tuple[str, ...]:
        return cast("tuple[str, ...]", value)  # __post_init__ made it one

    inline = [(s, FoundKind.SINGLE_LINE_BASIC) for s in several(options.single_line_card_separator)]
    inline += [
        (s, FoundKind.SINGLE_LINE_REVERSED)
        for s in several(options.single_line_reversed_card_separator)
    ]
    inline.sort(key=lambda pair: len(pair[0]), reverse=True)
    reversed_ = several(options.multiline_reversed_card_separator)
    blocks = dict.fromkeys(reversed_, FoundKind.MULTI_LINE_REVERSED)
    basic = several(options.multiline_card_separator)
    blocks |= dict.fromkeys(basic, FoundKind.MULTI_LINE_BASIC)
    clozes = tuple(filter(None, map(pattern_of, several(options.cloze_patterns))))
    return Rules(
        tuple(inline),
        blocks,
        _shortest(blocks),
        _shortest([s for s, _ in inline] + [pattern.opening for pattern in clozes]),
        frozenset(several(options.multiline_card_end_marker)),
        clozes,
        tuple(tag.strip().lstrip("#").lower() for tag in several(options.flashcard_tags)),
    )


def _shortest(marks: Iterable[str]) -> tuple[str, ...]:
    """Return ``marks`` without those that hold another of them."""
    unique = sorted(set(marks), key=len)
    return tuple(
        mark for k, mark in enumerate(unique) if not any(other in mark for other in unique[:k])
    )
