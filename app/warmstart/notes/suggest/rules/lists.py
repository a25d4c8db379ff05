"""Lists one should be able to name: benefits, trade-offs, checklists, and the bullets of a slide.

A list without a lead counts only where its heading says what is listed; under any other heading
"name them" would be no question.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest import tables
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Grid, ItemList
from warmstart.notes.suggest.rules.definition_bullets import definition
from warmstart.notes.suggest.rules.steps import lead_of
from warmstart.notes.suggest.terms import has_link
from warmstart.notes.suggest.titles import clean_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Block, Page

_NAME: Final = "list"
_FEWEST: Final = 2
_MOST: Final = 8
_LONGEST: Final = 140
_LISTED = re.compile(
    r"\b(?:benefits?|advantages?|disadvantages?|drawbacks|limitations?|limits|trade-?offs?|pros|"
    r"cons|requirements?|principles|components|types of|kinds of|when (?:not )?to use|"
    r"best practices|rules|causes|symptoms|"
    r"преимущества|недостатки|плюсы|минусы|ограничения|требования|принципы|компоненты|типы|виды|"
    r"когда (?:не )?использовать|правила|причины|симптомы|подходит|не подходит|итоге)\b|"
    r"장점|단점|한계|제약|요구 ?사항|원칙|구성 ?요소|종류|유형|원인|증상",
    re.IGNORECASE,
)


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each short list whose heading or lead says what it lists."""
    above: Block | None = None
    largest: dict[str, int] = {}
    found: list[tuple[str, Suggestion]] = []
    for block in page.blocks:
        card = None
        if isinstance(block, ItemList):
            card = _card(page, block, above)
        elif isinstance(block, Grid) and tables.lists_merits(block):
            card = _merits(page, block)
        if card:
            key = page.heading(block.section) if page.is_deck else str(len(found))
            found.append((key, card))
            largest[key] = max(largest.get(key, 0), len(card.marks))
        above = block
    for key, card in found:
        if len(card.marks) == largest[key]:  # of the slides of one title, the one that says most
            yield card


def _card(page: Page, block: ItemList, above: Block | None) -> Suggestion | None:
    items = block.items
    if block.is_numbered or not _FEWEST <= len(items) <= _MOST:
        return None
    if any(_is_no_entry(item.text) for item in items) or any(map(definition, items)):
        return None
    lead = lead_of(block, above)
    boxed = all(item.boxed for item in items)
    title = page.heading(block.section)
    if lead:
        front = f"{page.about(block.section, lead)}?"
    elif boxed or page.is_deck or _LISTED.search(title):
        about = page.about(block.section, "")
        if boxed and block.section is not None:
            about = f"**{' › '.join(map(clean_title, page.above(block.section)[1::-1]))}**"
        if not about:
            return None
        front = f"{about} ({len(items)}) — {page.ask(title, items[0].text).name}"
    else:
        return None
    back = "\n".join(f"- {item.text}" for item in items)
    marks = tuple(page.mark(item.line, item.text) for item in items)
    return Suggestion(_NAME, CardKind.FLASHCARD, front, back, block.line, block.last_line, marks)


def _merits(page: Page, grid: Grid) -> Suggestion:
    """Return the card of a table of advantages or drawbacks."""
    words = page.ask(grid.header[0], page.heading(grid.section))
    front = f"{page.about(grid.section, '')} ({len(grid.rows)}) — {words.name}"
    back = "\n".join(f"- {' — '.join(filter(None, row.cells))}" for row in grid.rows)
    marks = tuple(page.mark(row.line, tables.row_name(row.cells[0])) for row in grid.rows)
    return Suggestion(_NAME, CardKind.FLASHCARD, front, back, grid.line, grid.last_line, marks)


def _is_no_entry(text: str) -> bool:
    return text.endswith("?") or len(text) > _LONGEST or (has_link(text) and "(http" not in text)


RULE = Rule(
    name=_NAME,
    title="Short lists",
    example=Example(
        "## Claim check\n\n**Benefits**:\n- small messages\n- cheap storage\n",
        (("Claim check · **Benefits**?", "- small messages\n- cheap storage"),),
    ),
    find=find,
)
