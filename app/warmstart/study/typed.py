"""A typed answer beside the right one: what differs, character by character, and if it counts.

A character is what a reader takes for one: a grapheme cluster (Unicode Standard Annex 29), so that
``é`` in two code points, a Korean syllable or a family of emoji counts once. Two texts are aligned
with the fewest insertions, deletions and replacements.

What no reader would call a mistake is told apart and never counts: case, white space, signs at the
end of a sentence, the shape of quotes and dashes, full-width letters, and ``ё`` written as ``е``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from warmstart.study.cards import Rating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST: Final = 1_000
"""Characters of either text that are compared; the alignment takes their product in time."""
_FORGIVEN: Final = 5
"""One mistake in so many characters is a slip of the finger."""

_ALIKE: Final = str.maketrans("‘’‚‛′`“”„«»″–—−‐‑ё", "''''''\"\"\"\"\"\"-----е")
_MARKUP = re.compile(r"(\*{1,3}|_{2,3}|`+|==|~~)(?=\S)(.+?)(?<=\S)\1")
_LIGHT: Final = frozenset(".,;:!?…。、·'\"()[]-")
"""What may be left out or added without a mistake, as white space may."""


class Kind(Enum):
    """How one character of the typed text stands to one of the expected text."""

    SAME = "same"
    ALIKE = "alike"
    """Different, but nothing that a reader would call a mistake."""
    WRONG = "wrong"
    MISSING = "missing"
    """Expected, and not typed."""
    EXTRA = "extra"
    """Typed, and not expected."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One character of each text, as they were aligned; the one that is not there is empty."""

    kind: Kind
    typed: str
    expected: str


class Verdict(Enum):
    """How well the answer was typed."""

    EXACT = "exact"
    ALIKE = "alike"
    CLOSE = "close"
    """A slip: few mistakes for its length, and none in a number."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts, aligned; joined, the pieces give both of them again (see ``tidy``)."""

    pieces: tuple[Piece, ...]

    @property
    def mistakes(self) -> int:
        """How many characters are wrong, missing or too many."""
        return sum(piece.kind not in _FINE for piece in self.pieces)

    @property
    def verdict(self) -> Verdict:
        """What all of it comes to."""
        if all(piece.kind is Kind.SAME for piece in self.pieces):
            return Verdict.EXACT
        if not self.mistakes:
            return Verdict.ALIKE
        length = sum(bool(piece.expected) for piece in self.pieces)
        amiss = [piece for piece in self.pieces if piece.kind not in _FINE]
        in_number = any((p.typed + p.expected)[:1].isdigit() or _digit(p.expected) for p in amiss)
        slip = self.mistakes * _FORGIVEN <= length and not in_number
        return Verdict.CLOSE if slip else Verdict.WRONG


_FINE: Final = (Kind.SAME, Kind.ALIKE)
_SUGGESTED: Final = {
    Verdict.EXACT: Rating.GOOD,
    Verdict.ALIKE: Rating.GOOD,
    Verdict.CLOSE: Rating.HARD,
    Verdict.WRONG: Rating.AGAIN,
}


def suggested(verdict: Verdict) -> Rating:
    """Return the rating a typed answer suggests; how easy it came is the learner's to say."""
    return _SUGGESTED[verdict]


def compare(typed: str, expected: str) -> Comparison:
    """Align what was typed with what was expected (both as ``tidy`` gives them)."""
    from rapidfuzz.distance import Levenshtein

    ours, theirs = clusters(tidy(typed)), clusters(tidy(expected))
    steps = Levenshtein.opcodes([_key(c) for c in ours], [_key(c) for c in theirs])
    pieces: list[Piece] = []
    for step in steps:
        here = ours[step.src_start : step.src_end]
        there = theirs[step.dest_start : step.dest_end]
        pieces += _pieces(step.tag, here, there)
    return Comparison(tuple(pieces))


def tidy(text: str) -> str:
    """Return ``text`` on one line, white space as one blank, without emphasis, composed (NFC)."""
    text = unicodedata.normalize("NFC", text)
    return " ".join(_MARKUP.sub(r"\2", text).split())


def clusters(text: str) -> list[str]:
    """Return the first ``LONGEST`` characters of a text as its reader counts them."""
    from itertools import islice

    from wcwidth import iter_graphemes

    return list(islice(iter_graphemes(text), LONGEST))


def _pieces(tag: str, here: Sequence[str], there: Sequence[str]) -> Iterator[Piece]:
    if tag == "equal":
        for ours, theirs in zip(here, there, strict=True):
            yield Piece(Kind.SAME if ours == theirs else Kind.ALIKE, ours, theirs)
    elif tag == "replace":
        for ours, theirs in zip(here, there, strict=True):
            light = _is_light(ours) and _is_light(theirs)
            yield Piece(Kind.ALIKE if light else Kind.WRONG, ours, theirs)
    elif tag == "insert":
        for theirs in there:
            yield Piece(Kind.ALIKE if _is_light(theirs) else Kind.MISSING, "", theirs)
    else:
        for ours in here:
            yield Piece(Kind.ALIKE if _is_light(ours) else Kind.EXTRA, ours, "")


def _key(cluster: str) -> str:
    """Return what is the same for two characters that differ in nothing that counts."""
    folded = unicodedata.normalize("NFKC", cluster).casefold()
    return unicodedata.normalize("NFC", folded).translate(_ALIKE)


def _is_light(cluster: str) -> bool:
    return cluster.isspace() or _key(cluster) in _LIGHT


def _digit(cluster: str) -> bool:
    return any(character.isdigit() for character in cluster)
