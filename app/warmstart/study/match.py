"""Which card of the store a card found in the notes is: so that history survives editing.

One pure function over old and new cards. Rules run one after another over everything that is
imported together, each taking only what the ones before left, so that a certain match is never
given away to a likely one and each old card is used once:

1. same note, same text                            same
2. same text elsewhere                             moved, or back from retirement
3. same explicit ``^block-id``                     edited
4. same question or same answer in the note        edited
5. the same, written as another kind of card       edited: a block that became a callout
6. the closest text in the note, above a bound     edited
7. the closest text elsewhere, above a higher one  edited: moved to another note as well

Where several old cards would do, the one that stands closest in the note is taken. Rules 6 and 7
compare a card with those it shares the most words with, so the work grows with the cards and not
with their square.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

SIMILAR = 72.0
"""The bound of rule 6: rapidfuzz's ratio (0–100) of question and answer, three parts to one.

Below it, "What is a DLQ?" and "What is a VPC?" would pass for one another; above, a question with
two words changed would lose its history.
"""
SIMILAR_ELSEWHERE = 84.0
"""The bound of rule 7: two notes may well ask nearly the same, so only typos pass."""
_FEW = 24
"""So many rivals are compared without asking which share words."""
_COMMON = 48
"""A word that stands in more cards than this tells nothing of any of them."""
_RIVALS = 8
"""How many of those that share words are compared."""
_SHINGLE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}|\\w+")
"""A word; or two characters of a script that writes without spaces, or inflects within a word."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card as far as matching looks at it; ``key`` is the store's id or the place in the import.

    ``note`` is anything that names the note; an old card of a renamed file carries the new name.
    ``position`` is its place among the cards of its note, from 0.
    """

    key: int
    note: Hashable
    kind: str
    front: str
    back: str
    position: int
    block_id: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A new card, and the old one whose history it carries on; ``how`` names the rule."""

    new: int
    old: int
    how: str
    """"same", "moved" or "edited"."""


def match(old: Sequence[Candidate], new: Sequence[Candidate]) -> list[Match]:
    """Match each new card with at most one old card and each old card with at most one new card.

    What is left of ``old`` is gone from the notes, what is left of ``new`` is new. The answer does
    not depend on the order of ``old``.
    """
    if not old:
        return []
    matcher = _Matcher(old, new)
    matcher.by(lambda c: (c.note, c.kind, _text(c)), "same")
    matcher.by(lambda c: (c.kind, _text(c)), "moved")
    matcher.by(lambda c: (c.note, c.block_id) if c.block_id else None, "edited")
    matcher.by(lambda c: (c.note, c.kind, _squash(c.front)), "edited")
    matcher.by(lambda c: (c.note, c.kind, _squash(c.back)), "edited")
    matcher.by(lambda c: (c.note, _squash(c.front), _squash(c.back)), "edited")
    matcher.closest(lambda c: (c.note, c.kind), SIMILAR)
    matcher.closest(lambda c: c.kind, SIMILAR_ELSEWHERE)
    return sorted(matcher.matches, key=lambda m: m.new)


class _Matcher:
    def __init__(self, old: Sequence[Candidate], new: Sequence[Candidate]) -> None:
        self.old = {c.key: c for c in sorted(old, key=lambda c: c.key)}
        self.new = {c.key: c for c in new}
        self.matches: list[Match] = []

    def by(self, key: Callable[[Candidate], Hashable | None], how: str) -> None:
        """Match what agrees in ``key``; a key of None agrees with nothing."""
        groups: dict[Hashable, list[Candidate]] = defaultdict(list)
        for candidate in self.old.values():
            if (value := key(candidate)) is not None:
                groups[value].append(candidate)
        for candidate in list(self.new.values()):
            same = groups.get(key(candidate))
            if same:
                best = min(same, key=lambda c: (abs(c.position - candidate.position), c.key))
                same.remove(best)
                self._take(best, candidate, how)

    def closest(self, group: Callable[[Candidate], Hashable], bound: float) -> None:
        """Match what is similar enough within a group, the most similar pairs first."""
        groups: dict[Hashable, list[Candidate]] = defaultdict(list)
        for candidate in self.old.values():
            groups[group(candidate)].append(candidate)
        shelves = {key: _Rivals(old) for key, old in groups.items()}
        pairs = []
        for candidate in self.new.values():
            shelf = shelves.get(group(candidate))
            if shelf:
                pairs += _similar(candidate, shelf.of(candidate), bound)
        for _, _, old_key, new_key in sorted(pairs):
            if old_key in self.old and new_key in self.new:
                self._take(self.old[old_key], self.new[new_key], "edited")

    def _take(self, old: Candidate, new: Candidate, how: str) -> None:
        del self.old[old.key], self.new[new.key]
        self.matches.append(Match(new.key, old.key, how))


class _Rivals:
    """Old cards, found by the words they share with a new one."""

    def __init__(self, cards: list[Candidate]) -> None:
        self._cards = cards
        self._by_word: dict[str, list[int]] = defaultdict(list)
        if len(cards) > _FEW:
            for n, card in enumerate(cards):
                for word in _words(card):
                    self._by_word[word].append(n)

    def of(self, candidate: Candidate) -> list[Candidate]:
        """Return the cards worth comparing with this one."""
        if len(self._cards) <= _FEW:
            return self._cards
        shared: Counter[int] = Counter()
        for word in _words(candidate):
            places = self._by_word.get(word, ())
            if len(places) <= _COMMON:
                shared.update(places)
        best = sorted(shared, key=lambda n: (-shared[n], self._cards[n].key))[:_RIVALS]
        return [self._cards[n] for n in best]


def _words(card: Candidate) -> set[str]:
    return set(_SHINGLE.findall(f"{card.front} {card.back}".casefold()))


def _similar(
    candidate: Candidate, rivals: Iterable[Candidate], bound: float
) -> list[tuple[float, int, int, int]]:
    from rapidfuzz.fuzz import ratio

    front, back = _squash(candidate.front), _squash(candidate.back)
    pairs = []
    for rival in rivals:
        score = 0.75 * ratio(front, _squash(rival.front)) + 0.25 * ratio(back, _squash(rival.back))
        if score >= bound:
            distance = abs(rival.position - candidate.position)
            pairs.append((-score, distance, rival.key, candidate.key))
    return pairs


def _text(candidate: Candidate) -> tuple[str, str]:
    return candidate.front, candidate.back


def _squash(text: str) -> str:
    """Return the text without what an editor changes in passing: case and white space."""
    return " ".join(text.casefold().split())
