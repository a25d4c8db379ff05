"""Cloze of the bold term: somebody who writes one word bold wants to know it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import ItemList, Paragraph
from warmstart.notes.suggest.rules.limits import GAP
from warmstart.notes.suggest.terms import sentences, unlinked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Item, Page

_NAME: Final = "cloze"
_LONGEST: Final = 240
_FEWEST_WORDS: Final = 5
_MAX_TERM: Final = 40
_MIN_LETTERS: Final = 3
_BOLD = re.compile(r"(?:\*\*|__)([^*_\n]{2,60})(?:\*\*|__)")
_EMPHATIC_WORDS: Final = """
    not never always must only all any no note important warning very should before after same
    every each both more less first none can cannot
    не нет никогда всегда только все всё важно очень каждый нельзя можно нужно должен до после один
    아니 항상 절대 반드시 모든 중요 주의 필수
"""
_EMPHATIC: Final = frozenset(_EMPHATIC_WORDS.split())


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a cloze for each sentence with one bold term within it."""
    for block in page.blocks:
        if isinstance(block, Paragraph):
            yield from _clozes(page, block, block.section)
        elif isinstance(block, ItemList):
            for item in block.items:
                yield from _clozes(page, item, block.section)


def _clozes(page: Page, source: Paragraph | Item, section: int | None) -> Iterator[Suggestion]:
    for sentence in sentences(unlinked(source.text)):
        found = list(_BOLD.finditer(sentence)) if len(sentence) <= _LONGEST else []
        if len(found) != 1 or found[0].start() == 0:
            continue
        term = found[0][1].strip()
        rest = sentence[: found[0].start()] + GAP + sentence[found[0].end() :]
        if len(rest.split()) <= _FEWEST_WORDS or not _is_term(term, rest):
            continue
        topic = page.topic(section)
        front = f"{topic}: {rest}" if topic and term.casefold() not in topic.casefold() else rest
        yield Suggestion(
            _NAME,
            CardKind.CLOZE,
            front,
            term,
            source.line,
            source.last_line,
            (page.mark(source.line, term, source.last_line),),
        )


def _is_term(term: str, rest: str) -> bool:
    letters = sum(map(str.isalpha, term))
    words = [word.strip(".,:;!").casefold() for word in term.split()]
    return (
        letters >= _MIN_LETTERS
        and len(term) <= _MAX_TERM
        and not term.endswith((":", "："))
        and not all(word in _EMPHATIC for word in words)
        and term.casefold() not in rest.casefold()
    )


RULE = Rule(
    name=_NAME,
    title="Bold terms as gaps",
    example=Example(
        "## Retries\n\nMessages that fail too often move to the **dead-letter queue** of their "
        "source.\n",
        (
            (
                "Retries: Messages that fail too often move to the […] of their source.",
                "dead-letter queue",
            ),
        ),
    ),
    find=find,
)
