"""Multiple choice in a question callout: its options, and which of them are right.

Options are tasks, the right ones checked (``- [x] b``), or lines with letters (``a) …``, ``б) …``,
``C. …``) below which the answer names a letter. Tasks of which none is checked need an answer that
repeats one. Where nothing tells which is right, a callout is a question like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

_TASK = re.compile(r" {0,3}[-+*][ \t]+\[([ xX])\][ \t]+(\S.*)$")
_LETTER = re.compile(r" {0,3}(?:[-+*][ \t]+)?(?:\*\*)?([^\W\d_])[.)](?:\*\*)?[ \t]+(\S.*)$")
_ALPHABETS: Final = ("abcdefghijklmnop", "абвгдежзиклмнопр", "абвгґдеєжзиіїйкл")
_FEWEST: Final = 2
_BULLET: Final = "- "
_LETTERED = re.compile(r"([^\W\d_])\) ")

_MARKS = re.compile(r"^[>\s]*(?:\[![^\]]*\][+-]?)?\s*")
_ANSWER = re.compile(
    r"\A[*_]*(?:the\s+)?(?:correct\s+|right\s+|правильный\s+)?"
    r"(?:answers?|solution|ответы?|верно|відповідь|antwort|lösung|réponse|respuesta|정답|답)"
    r"(?:\s+(?:is|are))?[*_\s]*(?:[:—–-]+[*_\s]*|$)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"[*_`\"'(]*([^\W\d_](?:[*_`\"')]*\s*(?:,|/|\+|&|and|und|и|та)\s*[*_`\"'(]*[^\W\d_])*)"
    r"(?=[*_`\"']*(?:[).:;,]|\s*[—–-]|\s*$))(?![\w])",
    re.IGNORECASE,
)
_ONE_LETTER = re.compile(r"(?<!\w)[^\W\d_](?!\w)")
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a card that offers some, as its front shows it."""

    label: str
    """The author's letter; empty where there is none."""
    text: str
    correct: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """The two sides of a multiple choice card, taken apart again."""

    question: str
    options: tuple[Option, ...]
    explanation: str
    """What the answer says besides which options are right; may be empty."""


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """The body of a question callout, taken apart."""

    stem: str
    """What stands above the options; part of the question."""
    options: str
    """The options as a list that does not tell the right ones."""
    choices: tuple[Choice, ...]
    answer: str
    """The right options as a list, then what stands below the options."""


def multiple_choice(body: Sequence[str]) -> MultipleChoice | None:
    """Return the options in the body of a callout; None if it has none, or none known as right."""
    for pattern in (_TASK, _LETTER):
        first = next((i for i, line in enumerate(body) if pattern.match(line)), len(body))
        found = []
        for line in body[first:]:
            option = pattern.match(line)
            if option is None:
                break
            found.append((option[1], option[2].strip()))
        if len(found) < _FEWEST:
            continue
        below = body[first + len(found) :]
        is_task = pattern is _TASK
        right = _checked(found) if is_task else _named(found, below)
        if right is None or not any(right):
            right = _repeated(found, below)
        if any(right):
            return _made(body[:first], found, right, below, lettered=not is_task)
    return None


def offer(front: str, back: str) -> Offer | None:
    """Return what a card with these sides offers to choose from; None if it offers nothing.

    The sides are as ``multiple_choice`` makes them: the front ends with the options, and the back
    begins with the right ones. So a card needs to keep no more than its two sides.
    """
    lines = front.split("\n")
    first = len(lines)
    while first and lines[first - 1].startswith(_BULLET):
        first -= 1
    shown = [line.removeprefix(_BULLET) for line in lines[first:]]
    told = back.split("\n")
    right: list[str] = []
    while len(right) < len(told) and told[len(right)].startswith(_BULLET):
        right.append(told[len(right)].removeprefix(_BULLET))
    if not _FEWEST <= len(shown) <= len(_ALPHABETS[0]) or not right or not set(right) <= set(shown):
        return None
    lettered = [_LETTERED.match(text) for text in shown]
    labels = [found[1] if found else "" for found in lettered] if all(lettered) else []
    options = tuple(
        Option(
            labels[place] if labels else "",
            text.removeprefix(labels[place] + ")").lstrip() if labels else text,
            text in right,
        )
        for place, text in enumerate(shown)
    )
    explanation = "\n".join(told[len(right) :]).strip("\n")
    return Offer("\n".join(lines[:first]).rstrip(), options, explanation)


def _checked(found: list[tuple[str, str]]) -> list[bool]:
    return [box != " " for box, _ in found]


def _named(found: list[tuple[str, str]], below: Sequence[str]) -> list[bool] | None:
    """Return which options the answer below them names by letter; None if the letters are none."""
    letters = "".join(letter.lower() for letter, _ in found)
    if not any(alphabet.startswith(letters) for alphabet in _ALPHABETS):
        return [False] * len(found)
    for line in below:
        said = _said(line)
        if not said:
            continue
        named = _NAMED.match(said)
        if named is None:
            return None
        given = {letter.lower() for letter in _ONE_LETTER.findall(named[1])}
        return [letter in given for letter in letters] if given <= set(letters) else None
    return None


def _repeated(found: list[tuple[str, str]], below: Sequence[str]) -> list[bool]:
    """Return which option the first line below them repeats."""
    for line in below:
        said = _words(_said(line))
        if said:
            return [_words(text) == said for _, text in found]
    return [False] * len(found)


def _said(line: str) -> str:
    """Return a line of the answer without quote marks, type of callout, and "answer:"."""
    return _ANSWER.sub("", _MARKS.sub("", line).strip(), count=1).strip()


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text).strip().casefold()


def _made(
    stem: Sequence[str],
    found: list[tuple[str, str]],
    right: list[bool],
    below: Sequence[str],
    *,
    lettered: bool,
) -> MultipleChoice:
    shown = [_BULLET + (f"{mark}) {text}" if lettered else text) for mark, text in found]
    answer = [line for line, is_right in zip(shown, right, strict=True) if is_right]
    rest = "\n".join(below).strip("\n")
    return MultipleChoice(
        "\n".join(stem).strip(),
        "\n".join(shown),
        tuple(Choice(text, is_right) for (_, text), is_right in zip(found, right, strict=True)),
        "\n".join(answer) + (f"\n\n{rest}" if rest.strip() else ""),
    )
