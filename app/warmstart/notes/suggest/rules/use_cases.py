"""Pattern catalogues: ``### Pattern: X`` with ``**Use case**: …`` below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Paragraph
from warmstart.notes.suggest.terms import split_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Page

_NAME: Final = "use-case"
_LABEL = re.compile(
    r"use cases?|when to use(?: it)?|use (?:it )?when|use for|best for|good for|ideal for|"
    r"(?:когда )?(?:использовать|применять)|применение|назначение|сценарии?|подходит для|"
    r"사용 ?사례|사용 ?시기|용도|언제 (?:쓰나|사용)|적합한 경우",
    re.IGNORECASE,
)


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each section that says what its subject is used for."""
    for block in page.blocks:
        if not isinstance(block, Paragraph) or block.section is None:
            continue
        label = split_label(block.text)
        if label and label[1] and _LABEL.fullmatch(label[0]):
            name = page.heading(block.section)
            front = page.beneath(block.section) + page.ask(label[1], name).when.format(name)
            line = page.sections[block.section].line
            marks = (page.mark(line, name), page.mark(block.line, label[1]))
            yield Suggestion(
                _NAME, CardKind.FLASHCARD, front, label[1], block.line, block.last_line, marks
            )


RULE = Rule(
    name=_NAME,
    title="What a pattern is used for",
    example=Example(
        "### Pattern: Claim check\n\n**Use case**: payloads larger than a message may be\n",
        (("When do you use **Claim check**?", "payloads larger than a message may be"),),
    ),
    find=find,
)
