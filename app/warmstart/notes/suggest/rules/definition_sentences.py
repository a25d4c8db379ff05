"""Sentences that say what something is: "**X** — это …", "X is a …", "X는 … 이다"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.glossary import without_emphasis
from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Paragraph
from warmstart.notes.suggest.terms import first_sentences, split_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Page

_NAME: Final = "definition-sentence"
_LONGEST: Final = 400
_MIN_MEANING: Final = 15

_NAME_BOLD = r"(?:\*\*|__)(?P<bold>[^*_]{2,60})(?:\*\*|__)(?P<note>[ ]*\([^()]{1,80}\))?"
_NAME_PLAIN = r"(?P<plain>[A-Za-zА-ЯЁ가-힣][\w./+#-]{0,30}(?:[ ][\w./+#-]{1,30}){0,4}?)"
_NAMED = (
    rf"(?P<article>(?:An?|The)[ ])?(?:{_NAME_BOLD}|{_NAME_PLAIN}(?P<note2>[ ]*\([^()]{{1,80}}\))?)"
)
_SHAPES = (
    re.compile(rf"{_NAMED}[ ]*[—–-]{{1,3}}[ ]*это[ ](?P<rest>.+)$"),
    re.compile(rf"{_NAME_BOLD}[ ]*[—–][ ]*(?P<rest>.+)$"),
    re.compile(rf"{_NAMED}[ ](?P<verb>is|are)[ ](?P<rest>(?:an?|the)[ ].+)$"),
    re.compile(rf"{_NAME_BOLD}[ ](?P<verb>is|are|means|refers to)[ ](?P<rest>.+)$"),
    re.compile(
        r"(?:\*\*(?P<bold>[^*]{1,60})\*\*|"
        r"(?P<plain>[\w가-힣./+#-]{1,30}(?:[ ][\w가-힣./+#-]{1,30}){0,2}?))"
        r"(?P<note>[ ]?\([^()]{1,80}\))?(?:이란|란|은|는)[ ](?P<rest>.+?(?:이다|입니다|다)[.]?.*)$"
    ),
)
_NO_NAME_WORDS: Final = """
    this it these those that there here what which who when where why how one each every all both
    some many most another if they we you he she so such note warning the a an
    это этот эта эти тот то там здесь что кто как если всё все каждый один некоторые важно
    이 그 저 이것 그것 여기 우리 모든 각 하지만 그리고 또한 경우
"""
_NO_NAME: Final = frozenset(_NO_NAME_WORDS.split())


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each paragraph that opens with a definition."""
    for block in page.blocks:
        if isinstance(block, Paragraph) and split_label(block.text) is None:
            yield from _cards(page, block)


def _cards(page: Page, block: Paragraph) -> Iterator[Suggestion]:
    text = block.text
    for shape in _SHAPES:
        found = shape.match(text)
        if found is None:
            continue
        groups = found.groupdict()
        name = without_emphasis(found["bold"] or groups.get("plain") or "")
        meaning = first_sentences(found["rest"], _LONGEST)
        if (
            not _is_name(name)
            or _is_vague(groups)
            or len(meaning) < _MIN_MEANING
            or meaning[-1] in ":："
        ):
            continue
        note = (found["note"] or groups.get("note2") or "").strip()
        asked = f"{(groups.get('article') or '').lower()}**{name}**{note and ' '}{note}"
        words = page.ask(text)
        front = (words.what_many if groups.get("verb") == "are" else words.what).format(asked)
        marks = (page.mark(block.line, name), page.mark(block.line, meaning, block.last_line))
        yield Suggestion(
            _NAME, CardKind.FLASHCARD, front, meaning, block.line, block.last_line, marks
        )
        return


def _is_vague(groups: dict[str, str | None]) -> bool:
    """Whether the sentence tells of something at hand: "The danger is …"."""
    plain = groups.get("plain") or ""
    return (groups.get("article") or "").strip() == "The" and plain.islower()


def _is_name(name: str) -> bool:
    words = name.casefold().split()
    return bool(words) and words[0] not in _NO_NAME


RULE = Rule(
    name=_NAME,
    title="Sentences that define a term",
    example=Example(
        "A cold start is the delay before a new environment takes its first call.\n\n"
        "**Идемпотентность** — это свойство операции давать тот же результат при повторе.\n\n"
        "**멱등성**은 같은 요청을 여러 번 보내도 결과가 같은 성질이다.\n",
        (
            (
                "What is a **cold start**?",
                "the delay before a new environment takes its first call.",
            ),
            (
                "Что такое **Идемпотентность**?",
                "свойство операции давать тот же результат при повторе.",
            ),
            ("**멱등성**: 무엇인가요?", "같은 요청을 여러 번 보내도 결과가 같은 성질이다."),
        ),
    ),
    find=find,
)
