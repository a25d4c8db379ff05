r"""Clozes: passages with words left out, in any notation a pattern describes.

A pattern is written as Obsidian Spaced Repetition (its library clozecraft) writes it: ``answer``
between an opening and a closing delimiter, with the number and the hint in brackets, since both may
be missing: ``==[123;;]answer[;;hint]==``, ``{{[123::]answer[::hint]}}``, or with footnotes,
``==answer==[^\[hint\]][\[^123\]]``. A bracket that is text itself has a backslash.

In place of a number a cloze may say what happens to it on each card of its passage: ``a`` asks,
``h`` hides, ``s`` shows, so that ``==ash;;answer==`` is asked on the first card of three.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warmstart.notes.verbatim import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_CARDS: Final = 50
"""Cards that one passage gives. Each repeats the passage, and a list of a thousand is no text."""

_FIELD = re.compile(r"\[((?:\\.|[^\]\\])*(?:hint|[0-9])(?:\\.|[^\]\\])*)\]")
_ESCAPE = re.compile(r"\\(.)")
_DIGITS = re.compile(r"[0-9]+")
_SEQUENCE: Final = "ahs"
_LONGEST: Final = 1_000
"""Characters of one cloze: who marks more than that highlights, and asks nothing."""
_POINTS: Final = frozenset(",.;:!?)]")
_QUOTES: Final = frozenset(("''", '""', "()", "[]", "“”", "‘’", "«»", "„“", "「」"))
_NO_SPACES_FROM: Final = "\u0e00"
"""From Thai on, nearly all scripts write words without spaces: they may touch a delimiter."""


@dataclass(frozen=True, slots=True)
class ClozePattern:
    """A notation for clozes: opening, what may follow it, answer, what may follow that, closing."""

    opening: str
    closing: str
    after_opening: re.Pattern[str]
    before_closing: re.Pattern[str] | None
    """Found in what stands between the delimiters, behind the answer's first character."""
    after_closing: re.Pattern[str]
    plain: ClozePattern | None = None
    """The same notation where letters in place of a number are the answer: ``==hash;;hint==``."""

    def in_line(self, line: str) -> bool:
        """Whether the line holds a cloze by the plugin's rule, which knows no code and no words."""
        at = line.find(self.opening)
        while at >= 0:
            found = self.after_opening.match(line, at + len(self.opening))
            if found:
                return len(line) > found.end() and line.find(self.closing, found.end() + 1) >= 0
            at = line.find(self.opening, at + 1)
        return False


@dataclass(frozen=True, slots=True)
class Cloze:
    """One cloze of a passage; ``start`` and ``end`` are places in its text."""

    start: int
    end: int
    answer: str
    hint: str | None
    number: str | None
    """Digits, or a sequence of ``a``, ``h`` and ``s``."""


@dataclass(frozen=True, slots=True)
class ClozeCard:
    """One card of a passage."""

    front: str
    back: str
    sibling: int
    """Its place among the schedules of the passage, from 0."""


def pattern_of(written: str) -> ClozePattern | None:
    """Return the notation that ``written`` describes; None if it lacks answer or delimiters."""
    plain = _pattern(written, "[0-9]{1,4}")
    number = f"[0-9]{{1,4}}|[{_SEQUENCE}]{{1,{MAX_CARDS}}}"
    found = _pattern(written, number) if plain else None
    return replace(found, plain=plain) if found else None


def _pattern(written: str, number: str) -> ClozePattern | None:
    before, found, behind = written.partition("answer")
    opening, close = _parts(before, number), _parts(behind, number)
    if not found or not opening or not close or not isinstance(opening[0], str):
        return None
    at = next((k for k, part in enumerate(close) if isinstance(part, str)), None)
    if at is None:
        return None
    return ClozePattern(
        opening[0],
        str(close[at]),
        re.compile(_regex(opening[1:])),
        re.compile(_regex(close[:at]) + "$") if at else None,
        re.compile(_regex(close[at + 1 :])),
    )


def _parts(written: str, number: str) -> list[str | re.Pattern[str]]:
    """Return one side of a pattern as literals and, compiled, the number and the hint."""
    parts: list[str | re.Pattern[str]] = []
    at = 0
    for found in _FIELD.finditer(written):
        parts += (_ESCAPE.sub(r"\1", written[at : found.start()]), _field(found[1], number))
        at = found.end()
    parts.append(_ESCAPE.sub(r"\1", written[at:]))
    return [part for part in parts if part != ""]


def _field(written: str, number: str) -> re.Pattern[str]:
    written = _ESCAPE.sub(r"\1", written)
    before, hint, after = written.partition("hint")
    if hint:
        inside = f"(?P<hint>[^{re.escape(after[0])}]+)" if after else "(?P<hint>.+)"
    else:
        before, after = _DIGITS.split(written, maxsplit=1)
        inside = f"(?P<number>{number})"
    return re.compile(f"(?:{re.escape(before)}{inside}{re.escape(after)})")


def _regex(parts: Sequence[str | re.Pattern[str]]) -> str:
    """Return an expression in which the literals must stand and the fields may."""
    return "".join(
        re.escape(part) if isinstance(part, str) else f"{part.pattern}?" for part in parts
    )


def has_cloze(line: str, patterns: Sequence[ClozePattern]) -> bool:
    """Whether the line holds a cloze."""
    for pattern in patterns:  # most lines hold no opening: a generator would be all the work
        if pattern.opening in line and next(_clozes(line, masked(line), pattern), None):
            return True
    return False


def clozes_of(text: str, patterns: Sequence[ClozePattern]) -> list[Cloze]:
    """Return the clozes of a passage, by pattern and then by place, as their schedules stand.

    None reaches over the end of a line, and none lies in code, math, comments or addresses. Of two
    that overlap the one whose pattern comes first counts. A sequence of letters needs another in
    the passage; alone it is an answer that happens to be written with those letters.
    """
    found = _clozes_of(text, patterns)
    if sum(_is_sequence(cloze) for cloze in found) == 1:
        return _clozes_of(text, [pattern.plain or pattern for pattern in patterns])
    return found


def _is_sequence(cloze: Cloze) -> bool:
    return cloze.number is not None and not cloze.number.isdecimal()


def _clozes_of(text: str, patterns: Sequence[ClozePattern]) -> list[Cloze]:
    kept: list[Cloze] = []
    taken = bytearray(len(text))
    at = 0
    lines = []
    for line in text.split("\n"):
        lines.append((at, line, masked(line)))
        at += len(line) + 1
    for pattern in patterns:
        for at, line, bare in lines:
            for found in _clozes(line, bare, pattern):
                start, end = at + found.start, at + found.end
                if not any(taken[start:end]):
                    taken[start:end] = b"\1" * (end - start)
                    kept.append(Cloze(start, end, found.answer, found.hint, found.number))
    return kept


def _clozes(line: str, bare: str, pattern: ClozePattern) -> Iterator[Cloze]:
    """Yield the clozes of one line; ``bare`` is the line without what is no prose."""
    opening, closing = pattern.opening, pattern.closing
    alike = opening == closing
    closers = [at for at in _places(bare, closing) if at and not (alike and line[at - 1].isspace())]
    done = 0
    for at in _places(bare, opening):
        if at < done or (alike and _opens_nothing(line, at, at + len(opening))):
            continue
        first = pattern.after_opening.match(line, at + len(opening))
        place = bisect_left(closers, first.end() + 1) if first else len(closers)
        if not first or place == len(closers) or closers[place] > at + _LONGEST:
            continue
        inside = line[first.end() : closers[place]]
        last = pattern.after_closing.match(line, closers[place] + len(closing))
        end = last.end() if last else closers[place] + len(closing)
        said = {**first.groupdict(), **(last.groupdict() if last else {})}
        if pattern.before_closing:
            within = pattern.before_closing.search(inside, 1)
            if within:
                said |= within.groupdict()
                inside = inside[: within.start()]
        if alike and _is_comparison(line, at, end, inside):
            continue
        done = end
        yield Cloze(at, end, inside, said.get("hint"), said.get("number"))


def _places(text: str, literal: str) -> Iterator[int]:
    """Yield where ``literal`` stands, no two overlapping; part of a longer run it does not stand.

    ``===`` is an operator and ``***`` a rule or bold italics: neither is ``==`` or ``**`` and one
    character more.
    """
    same = literal if len(set(literal)) == 1 else ""
    size, at = len(literal), text.find(literal)
    while at >= 0:
        end = at + size
        if same and end < len(text) and text[end] == same[0]:
            while end < len(text) and text[end] == same[0]:
                end += 1
        elif not (at and text[at - 1] == "\\"):
            yield at
        at = text.find(literal, end)


def _opens_nothing(line: str, start: int, end: int) -> bool:
    """Whether a space or a point follows the delimiter, or it stands by itself in quotes."""
    before, behind = line[start - 1 : start] if start else "", line[end : end + 1]
    return behind.isspace() or behind in _POINTS or before + behind in _QUOTES


def _is_comparison(line: str, start: int, end: int, inside: str) -> bool:
    """Whether the delimiters are operators, as in ``a==b and c==d``.

    Between two words they mark a part of a word, which is letters then, or nothing.
    """
    before, behind = line[start - 1 : start] if start else "", line[end : end + 1]
    return (
        before != ""
        and behind != ""
        and before < _NO_SPACES_FROM > behind
        and (before.isalnum() or before in "_)]")
        and (behind.isalnum() or behind in "_([-\"'")
        and not inside.replace("-", "").isalpha()
    )


def uncovered(text: str, patterns: Sequence[ClozePattern]) -> str:
    """Return a text as it is to be read: of each cloze its answer in bold, no number and no hint.

    >>> uncovered("It is ==90 %;;a share== ==then==.", [pattern_of("==answer[;;hint]==")])
    'It is **90 %** **then**.'
    """
    shown: list[str] = []
    at = 0
    for cloze in sorted(clozes_of(text, patterns), key=lambda cloze: cloze.start):
        shown += (text[at : cloze.start], _marked(cloze, text))
        at = cloze.end
    return "".join([*shown, text[at:]])


def cloze_cards(text: str, clozes: Sequence[Cloze]) -> list[ClozeCard]:
    """Return the cards of a passage: one for each cloze, or each number where they have numbers.

    A front has ``[…]`` or ``[hint]`` in place of what is asked, and shows the rest; a back shows
    all, with what was asked in bold. At most ``MAX_CARDS`` are made.
    """
    numbered = [cloze for cloze in clozes if cloze.number and not _is_sequence(cloze)]
    if numbered:
        of = [int(cloze.number or 0) for cloze in numbered]
        return [
            _card(text, numbered, ["a" if each == n else "s" for each in of], n - 1)
            for n in sorted(set(of))[:MAX_CARDS]
            if n
        ]
    sequenced = [c for c in clozes if c.number]
    if sequenced:
        size = max(len(c.number or "") for c in sequenced)
        does = [(c.number or "").ljust(size, "s") for c in sequenced]
        return [
            _card(text, sequenced, [each[n] for each in does], n)
            for n in range(size)
            if any(each[n] == "a" for each in does)
        ]
    return [
        _card(text, clozes, ["a" if k == n else "s" for k in range(len(clozes))], n)
        for n in range(min(len(clozes), MAX_CARDS))
    ]


def _card(text: str, clozes: Sequence[Cloze], does: list[str], sibling: int) -> ClozeCard:
    front: list[str] = []
    back: list[str] = []
    at = 0
    for cloze, does_it in sorted(zip(clozes, does, strict=True), key=lambda pair: pair[0].start):
        between = text[at : cloze.start]
        front += (between, _shown(cloze, does_it, text[cloze.end : cloze.end + 1]))
        back += (between, _marked(cloze, text) if does_it == "a" else cloze.answer)
        at = cloze.end
    return ClozeCard("".join([*front, text[at:]]), "".join([*back, text[at:]]), sibling)


def _shown(cloze: Cloze, does: str, follows: str) -> str:
    if does == "s":
        return cloze.answer
    gap = f"[{cloze.hint or '…'}]" if does == "a" else "…"
    return gap + "\\" if follows and follows in "([" else gap  # or it would be a link


def _marked(cloze: Cloze, text: str) -> str:
    """Return the answer in bold, unless it is bold as it stands."""
    answer = cloze.answer
    inside = answer.startswith("**") and answer.endswith("**")
    around = text.startswith("**", cloze.start - 2) and text.startswith("**", cloze.end)
    return answer if inside or (around and cloze.start > 1) else f"**{answer.strip()}**"
