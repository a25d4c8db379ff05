"""What suggested cards ask, in the language of their note.

A question is asked in English, Russian or Korean; elsewhere a front asks without words
("**X** — ?"), which is better than the wrong language. Korean has forms that need no particle,
since the particle would depend on how the last syllable of the term ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable


@dataclass(frozen=True, slots=True)
class Wording:
    """The questions of one language; ``{}`` stands for what is asked about."""

    what: str
    what_many: str
    means: str
    why: str
    instead: str
    problem: str
    solution: str
    wrong: str
    steps: str
    order: str
    name: str
    when: str
    choose: str
    differ: str
    sketch: str


ENGLISH: Final = Wording(
    what="What is {}?",
    what_many="What are {}?",
    means="what does it mean?",
    why="why?",
    instead="what should one do instead?",
    problem="what is the problem?",
    solution="what is the solution?",
    wrong="What is wrong here, and what would be right?",
    steps="what are the steps?",
    order="list them in order",
    name="name them",
    when="When do you use **{}**?",
    choose="what do you choose?",
    differ="How do **{}** and **{}** differ?",
    sketch="sketch it",
)
RUSSIAN: Final = Wording(
    what="Что такое {}?",
    what_many="Что такое {}?",
    means="что это значит?",
    why="почему?",
    instead="как поступить правильно?",
    problem="в чём проблема?",
    solution="каково решение?",
    wrong="Что здесь не так и как правильно?",
    steps="какие шаги?",
    order="перечислите по порядку",
    name="перечислите",
    when="Когда применяют **{}**?",
    choose="что выбрать?",
    differ="Чем отличаются **{}** и **{}**?",
    sketch="нарисуйте схему",
)
KOREAN: Final = Wording(
    what="{}: 무엇인가요?",
    what_many="{}: 무엇인가요?",
    means="무슨 뜻인가요?",
    why="왜 그런가요?",
    instead="올바른 방법은?",
    problem="무엇이 문제인가요?",
    solution="해결 방법은?",
    wrong="무엇이 잘못됐고, 어떻게 고치나요?",
    steps="어떤 단계를 거치나요?",
    order="순서대로 말해 보세요",
    name="모두 말해 보세요",
    when="**{}**: 언제 쓰나요?",
    choose="무엇을 선택하나요?",
    differ="**{}** / **{}**: 어떻게 다른가요?",
    sketch="구조를 그려 보세요",
)
WORDLESS: Final = Wording(
    what="{} — ?",
    what_many="{} — ?",
    means="?",
    why="← ?",
    instead="→ ?",
    problem="❌ ?",
    solution="→ ?",
    wrong="❌ → ✅ ?",
    steps="1, 2, 3 … ?",
    order="1, 2, 3 … ?",
    name="… ?",
    when="**{}** ← ?",
    choose="→ ?",
    differ="**{}** ≠ **{}** — ?",
    sketch="→ … → ?",
)

_SAMPLE: Final = 6_000
"""Characters a language is told from."""
_TELLING: Final = 0.08
"""The share of its letters from which a script decides: notes on software are full of Latin."""
_MOSTLY: Final = 0.5
_ACCENTED: Final = 0.01
_CLEARLY_ENGLISH: Final = 2

_HANGUL = re.compile(r"[가-힣]")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_NOT_RUSSIAN = re.compile(r"[іїєґўђјљњћџѓќ]", re.IGNORECASE)
_OTHER_SCRIPT = re.compile(r"[\u0370-\u03ff\u0530-\u08ff\u0900-\u0dff\u0e00-\u10ff\u3040-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_LATIN_ACCENTED = re.compile(r"[À-ÖØ-öø-ſ]")
_WORD = re.compile(r"\w+")
_ENGLISH_WORDS = frozenset(
    _WORD.findall("the and of to is are for with by when use an on that"),
)
_FOREIGN_WORDS = frozenset(
    _WORD.findall(
        "der die das und ist ein eine el los las que una para le les des est une il che"
        " sono een het niet não uma och är jest nie"
    )
)


def wording_of(text: str, *, share: float = _TELLING) -> Wording | None:
    """Return the questions for ``text``; None where it holds no letters that would tell.

    A script other than Latin decides from that ``share`` of the letters on.
    """
    text = text[:_SAMPLE]
    if text.isascii():
        return _of_latin(text) if _LATIN.search(text) else None
    latin = len(_LATIN.findall(text))
    hangul, cyrillic, other = (
        len(pattern.findall(text)) for pattern in (_HANGUL, _CYRILLIC, _OTHER_SCRIPT)
    )
    enough = max(1, share * (hangul + cyrillic + other + latin))
    if other >= max(enough, hangul, cyrillic):
        return WORDLESS
    if hangul >= max(enough, cyrillic):
        return KOREAN
    if cyrillic >= enough:
        return WORDLESS if len(_NOT_RUSSIAN.findall(text)) > _ACCENTED * cyrillic else RUSSIAN
    if not latin:
        return None
    accented = len(_LATIN_ACCENTED.findall(text))
    return WORDLESS if accented > _ACCENTED * latin else _of_latin(text)


def _of_latin(text: str) -> Wording:
    """Return English, unless the small words of another language are the more frequent."""
    words = _WORD.findall(text.lower())
    foreign = _count(words, _FOREIGN_WORDS)
    return WORDLESS if foreign and foreign > _count(words, _ENGLISH_WORDS) else ENGLISH


def _count(words: Iterable[str], among: Container[str]) -> int:
    return sum(1 for word in words if word in among)


def wording_for(passage: str, note: Wording | None) -> Wording:
    """Return the questions for a passage of a note that is asked about as ``note`` says.

    A passage goes its own way only where it is clear: written for the most part in another script,
    or in English sentences. A line of Latin names is in the language of its note.
    """
    own = wording_of(passage, share=_MOSTLY)
    if own is None or note is None:
        return own or note or WORDLESS
    if own is ENGLISH:
        clear = _count(_WORD.findall(passage.lower()), _ENGLISH_WORDS) >= _CLEARLY_ENGLISH
        return own if clear and not _has_own_script(passage) else note
    return own


def _has_own_script(text: str) -> bool:
    return bool(_HANGUL.search(text) or _CYRILLIC.search(text) or _OTHER_SCRIPT.search(text))
