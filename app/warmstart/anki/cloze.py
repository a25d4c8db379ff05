"""Cloze deletions: ``{{c1::answer::hint}}`` in the text of a field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_TOKEN = re.compile(r"\{\{c(\d{1,3}(?:,\d{1,3})*)::|::|\}\}")
_OPENING = re.compile(r"\{\{c(\d{1,3}(?:,\d{1,3})*)::")
_MAX_DEPTH: Final = 8
"""Anki's own limit on clozes inside clozes; a deeper one is text."""


@dataclass(slots=True)
class _Open:
    """A cloze whose end has not come yet."""

    numbers: frozenset[int]
    opening: str
    parts: list[str] = field(default_factory=list)
    hint: list[str] | None = None

    def add(self, text: str) -> None:
        (self.parts if self.hint is None else self.hint).append(text)


def numbers(text: str) -> set[int]:
    """Return the numbers of the clozes in ``text``."""
    return {int(n) for found in _OPENING.finditer(text) for n in found[1].split(",")}


def asked(text: str, number: int) -> str:
    """Return the question: the clozes of this number hidden behind their hint, others shown."""
    return _render(text, number, answer=False)


def answered(text: str, number: int) -> str:
    """Return the answer: the clozes of this number in bold, in the text they stand in."""
    return _render(text, number, answer=True)


def _render(text: str, number: int, *, answer: bool) -> str:
    stack = [_Open(frozenset(), "")]
    at = 0
    for token in _TOKEN.finditer(text):
        stack[-1].add(text[at : token.start()])
        at = token.end()
        if token[1] and len(stack) <= _MAX_DEPTH:
            stack.append(_Open(frozenset(map(int, token[1].split(","))), token[0]))
        elif token[0] == "::" and len(stack) > 1 and stack[-1].hint is None:
            stack[-1].hint = []
        elif token[0] == "}}" and len(stack) > 1:
            closed = stack.pop()
            stack[-1].add(_shown(closed, number, answer=answer))
        else:
            stack[-1].add(token[0])
    stack[-1].add(text[at:])
    while len(stack) > 1:  # never closed: the text it is
        rest = stack.pop()
        hint = "" if rest.hint is None else "::" + "".join(rest.hint)
        stack[-1].add(rest.opening + "".join(rest.parts) + hint)
    return "".join(stack[0].parts)


def _shown(cloze: _Open, number: int, *, answer: bool) -> str:
    inner = "".join(cloze.parts)
    if number not in cloze.numbers:
        return inner
    if answer:
        return f"<b>{inner}</b>"
    return f"[{''.join(cloze.hint or ()).strip() or '…'}]"
