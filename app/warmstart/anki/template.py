"""Anki's card templates: HTML with ``{{Field}}``, filters and conditionals, filled in.

https://docs.ankiweb.net/templates/intro.html describes them. What only a screen can do is left
out: input boxes, audio, scripts. The answer is given without the question it repeats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.anki import cloze

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.anki.model import NoteType

_TAG = re.compile(r"\{\{\s*([#^/!]?)([^{}]*)\}\}")
_ANSWER = re.compile(r"<hr\b[^<>]*\bid\s*=\s*[\"']?answer\b[^<>]*>", re.IGNORECASE)
_EMPTY = re.compile(r"(?:\s|&nbsp;|</?(?:br|div)\s*/?>)*", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
_MAX_SIDE: Final = 1_000_000
"""Characters that one side of a card may come to: a template can repeat a field without end."""


class CardTooLong(ValueError):
    """A card comes to more text than anybody could study."""


def sides(kind: NoteType, fields: Mapping[str, str], ord_: int) -> tuple[str, str]:
    """Return question and answer of a note's card, as HTML; empty for a card there is no more.

    Raises:
        CardTooLong: a side is longer than a million characters.
    """
    number = ord_ + 1
    if kind.cloze:
        if not kind.templates or not any(number in cloze.numbers(f) for f in fields.values()):
            return "", ""
        template = kind.templates[0]
    elif ord_ < len(kind.templates):
        template = kind.templates[ord_]
    else:
        return "", ""
    question = _Side(fields, number, answer=False).render(template.question)
    answer = _Side(fields, number, answer=True).render(template.answer)
    above, *below = _ANSWER.split(answer, maxsplit=1)
    return question, "".join(below) if "".join(below).strip() else above


class _Side:
    """One side of one card, being rendered."""

    def __init__(self, fields: Mapping[str, str], number: int, *, answer: bool) -> None:
        self.fields = fields
        self.number = number
        self.answer = answer
        self.room = _MAX_SIDE

    def render(self, template: str) -> str:
        parts: list[str] = []
        hidden: list[bool] = []
        at = 0
        for tag in _TAG.finditer(template):
            sign, name = tag[1], tag[2].strip()
            if not any(hidden[-1:]):
                parts.append(template[at : tag.start()])
                parts.append("" if sign else self._value(name))
            at = tag.end()
            if sign in ("#", "^"):
                # Inside what is hidden, everything is.
                hidden.append(any(hidden[-1:]) or self._has(name) is (sign == "^"))
            elif sign == "/" and hidden:
                hidden.pop()
        if not any(hidden[-1:]):
            parts.append(template[at:])
        return "".join(parts)

    def _has(self, name: str) -> bool:
        """Whether a conditional on ``name`` holds: a field that is not empty, or a cloze."""
        if name[:1] == "c" and name[1:].isdecimal():
            return int(name[1:]) == self.number
        return _EMPTY.fullmatch(self.fields.get(name, "")) is None

    def _value(self, reference: str) -> str:
        """Return what ``filter:…:Field`` stands for; nothing for what is not known."""
        *filters, name = (part.strip() for part in reference.split(":"))
        value = self.fields.get(name, "")
        self.room -= len(value)
        if self.room < 0:
            raise CardTooLong
        for filter_ in reversed(filters):
            value = self._filtered(filter_, value)
        return value

    def _filtered(self, name: str, value: str) -> str:
        if name in ("type", "hint") or name.startswith("tts"):
            # A box to type into, a fold to open, a voice: the question must not give it away.
            return value if self.answer and not name.startswith("tts") else ""
        if name == "cloze":
            render = cloze.answered if self.answer else cloze.asked
            return render(value, self.number)
        if name == "text":
            return _MARKUP.sub("", value)
        return value
