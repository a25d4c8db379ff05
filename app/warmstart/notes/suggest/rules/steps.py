"""Numbered procedures: an ordered list under a heading or a lead, and numbered headings."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import MAX_BACK, Example, Rule, Suggestion
from warmstart.notes.suggest.page import ItemList, Paragraph
from warmstart.notes.suggest.terms import is_link_only, split_label
from warmstart.notes.suggest.titles import clean_title, short_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Block, Page

_NAME: Final = "steps"
_FEWEST: Final = 3
_MOST: Final = 9
"""More than this nobody recalls in one go."""
_LEAD: Final = 120
_NUMBERED = re.compile(r"\s*(?:(?:step|шаг|этап|단계)\s*)?(\d{1,2})[.):]\s", re.IGNORECASE)

_STEPS = re.compile(
    r"\b(?:steps|how to|procedure|practices|anti-?patterns|patterns|principles|rules|techniques|"
    r"mistakes|phases|stages|checklist|"
    r"шаги|этапы|порядок|практики|(?:анти)?паттерны|принципы|правила|приёмы|ошибки)\b|"
    r"단계|절차|방법|원칙|패턴|규칙",
    re.IGNORECASE,
)
"""Headings whose numbered subsections are a list and no mere division of the text."""

_PROCEDURE = re.compile(
    r"\b(?:steps?|how to|procedure|process|workflow|setup|install\w*|deploy\w*|migrat\w*|\w{3,}ing|"
    r"шаги|порядок|как|процесс|процедура|настройка|установка|развёртывание|миграция)\b|"
    r"단계|절차|방법|과정|설치|배포",
    re.IGNORECASE,
)


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each short ordered list and each run of numbered headings."""
    above: Block | None = None
    for block in page.blocks:
        if isinstance(block, ItemList) and block.is_numbered:
            yield from _from_list(page, block, above)
        above = block
    yield from _from_headings(page)


def lead_of(block: ItemList, above: Block | None) -> str | None:
    """Return the words that announce a list: the paragraph above it, if it ends with a colon."""
    if not isinstance(above, Paragraph) or above.section != block.section:
        return None
    label = split_label(above.text)
    if label and not label[1]:
        return label[0]
    bare = above.text.strip("*_ ")
    return bare.rstrip(":：*_ ") if bare.endswith((":", "：")) and len(bare) <= _LEAD else None


def _from_list(page: Page, block: ItemList, above: Block | None) -> Iterator[Suggestion]:
    top = [item for item in block.items if item.depth <= block.items[0].depth]
    numbers = [item.number for item in top]
    if not _FEWEST <= len(top) <= _MOST or numbers != list(range(1, len(top) + 1)):
        return
    if any(is_link_only(item.text) or item.text.endswith("?") for item in top):
        return
    lead = lead_of(block, above)
    words = page.ask(top[0].text, page.heading(block.section))
    if lead:
        front = f"{page.about(block.section, lead)}?"
    else:
        title = page.heading(block.section)
        asked = words.steps if _PROCEDURE.search(title) else words.order
        front = f"{page.about(block.section, '')} ({len(top)}) — {asked}"
    back = "\n".join(page.lines[block.line - 1 : block.last_line])
    if len(back) <= MAX_BACK:
        marks = tuple(page.mark(item.line, item.text) for item in top)
        yield Suggestion(_NAME, CardKind.FLASHCARD, front, back, block.line, block.last_line, marks)


def _from_headings(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each section whose subsections are numbered from 1."""
    children: dict[int, list[int]] = {}
    for at, section in enumerate(page.sections):
        if section.parent is not None:
            children.setdefault(section.parent, []).append(at)
    for parent, below in children.items():
        numbered = [(at, _NUMBERED.match(page.sections[at].title)) for at in below]
        numbers = [int(found[1]) for _, found in numbered if found]
        if len(numbers) < len(below) or not _FEWEST <= len(numbers) <= _MOST:
            continue
        if numbers[0] != 1 or any(b - a != 1 for a, b in pairwise(numbers)):
            continue
        if not (_STEPS.search(page.sections[parent].title) or all(map(_is_step, numbered))):
            continue
        titles = [short_title(clean_title(page.sections[at].title)) for at in below]
        words = page.ask(page.heading(parent), *titles)
        front = f"{page.about(parent, '')} ({len(titles)}) — {words.name}"
        back = "\n".join(f"{n}. {title}" for n, title in enumerate(titles, 1))
        marks = tuple(
            page.mark(page.sections[at].line, title)
            for at, title in zip(below, titles, strict=True)
        )
        yield Suggestion(
            _NAME, CardKind.FLASHCARD, front, back, marks[0].line, marks[-1].line, marks
        )


def _is_step(numbered: tuple[int, re.Match[str] | None]) -> bool:
    return numbered[1] is not None and numbered[1][0].lstrip()[0].isalpha()


RULE = Rule(
    name=_NAME,
    title="Numbered steps",
    example=Example(
        "## Redriving a queue\n\n1. Find the cause\n2. Deploy the fix\n3. Start the redrive\n",
        (
            (
                "**Redriving a queue** (3) — what are the steps?",
                "1. Find the cause\n2. Deploy the fix\n3. Start the redrive",
            ),
        ),
    ),
    find=find,
)
