"""Text as it may be shown: nothing in a note can speak to the terminal.

Notes are data. A note may carry escape sequences, other control characters or bidirectional
overrides, by accident or by design; none of them reaches the screen.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# C0 without tab and newline, DEL, C1 (where U+009B is an 8-bit CSI), the bidirectional controls
# that reorder what follows, and lone surrogates, which no encoder can write.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


_AROUND = 50
"""Characters of a long line that are shown at either side of a place in it."""


def safe(text: str) -> str:
    """Return ``text`` with every character a terminal might act on replaced by U+FFFD.

    Tabs and newlines stay; CRLF and lone CR become LF first, so that a Windows note shows as it
    should.
    """
    if text.isprintable():  # so is most of what is short, and no character of ``_UNSAFE``
        return text
    return _UNSAFE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def width(text: str) -> int:
    """Return how many cells a terminal gives ``text``: two for wide characters, none for marks."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fit(text: str, cells: int) -> str:
    """Return ``text`` in exactly this many cells: padded, or cut with an ellipsis."""
    if width(text) > cells:
        while text and width(text) > cells - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (cells - width(text))


def nearest(word: str, known: Iterable[str], most: int = 1, *, cutoff: float = 0.6) -> list[str]:
    """Return the known words, ``most`` of them, that ``word`` was probably meant to be.

    The closest comes first. ``cutoff`` is difflib's: 1 wants the word itself.
    """
    from difflib import get_close_matches  # most commands know every word they are told

    return get_close_matches(word, list(known), n=most, cutoff=cutoff)


def asked(near: Iterable[str]) -> str:
    """Return ``Did you mean queue or topic? ``, or "" for none; a sentence can follow as it is."""
    words = " or ".join(near)
    return f"Did you mean {words}? " if words else ""


def meant(word: str, known: Iterable[str], most: int = 1, *, cutoff: float = 0.6) -> str:
    """Ask after what ``nearest`` finds, as ``asked`` does."""
    return asked(nearest(word, known, most, cutoff=cutoff))


def counted(number: int, word: str) -> str:
    """Return a number with its word: ``1 card``, ``2 cards``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def listing(words: Sequence[str], last: str = "and") -> str:
    """Return words as a sentence lists them: ``7, 8 and 9``."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def pointed(text: str, start: int, end: int) -> str:
    """Return ``text`` and below it carets under the characters ``start`` up to before ``end``.

    At least one; only what stands around them where the text is long.
    """
    first = max(0, start - _AROUND)
    cut = "…" if first else ""
    before, marked, behind = (
        safe(part).replace("\n", " ")
        for part in (text[first:start], text[start:end], text[end : end + _AROUND])
    )
    carets = "^" * max(width(marked), 1)
    return f"  {cut}{before}{marked}{behind}\n  {' ' * width(cut + before)}{carets}"
