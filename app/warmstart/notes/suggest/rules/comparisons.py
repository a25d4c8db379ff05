"""Comparisons: tables whose columns compete, wide tables of few rows, and "X vs Y"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.glossary import without_emphasis
from warmstart.notes.model import CardKind
from warmstart.notes.suggest import tables
from warmstart.notes.suggest.model import MAX_BACK, Example, Rule, Suggestion
from warmstart.notes.suggest.page import Grid, ItemList, Paragraph
from warmstart.notes.suggest.terms import split_term
from warmstart.notes.suggest.titles import clean_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Block, Page

_NAME: Final = "comparison"
_VERSUS = re.compile(r"(.{2,60}?)\s+(?:vs\.?|versus|против|↔|대)\s+(.{2,60})$", re.IGNORECASE)


def find(page: Page) -> Iterator[Suggestion]:
    """Yield one card per row or column compared, and one per "X vs Y"."""
    told: set[int | None] = set()
    for block in page.blocks:
        if isinstance(block, Grid):
            told.add(block.section)
            yield from _from_table(page, block)
        elif isinstance(block, ItemList | Paragraph):
            yield from _from_entries(page, block)
            if block.section not in told:
                told.add(block.section)
                yield from _from_heading(page, block)


def _from_table(page: Page, grid: Grid) -> Iterator[Suggestion]:
    if tables.is_no_knowledge(grid) or tables.cure_column(grid) is not None:
        return
    if tables.is_wide(grid) and not (tables.is_competing(grid) and tables.columns_are_things(grid)):
        names = [tables.row_name(name) for name in grid.column(0)]
        for at in tables.telling_columns(grid, 0):
            pairs = list(zip(names, grid.column(at), strict=True))
            yield from _card(page, grid, grid.header[at], pairs, (grid.line, grid.last_line))
    elif tables.is_competing(grid):
        names = [without_emphasis(name) for name in grid.header[1:]]
        for row in grid.rows:
            pairs = list(zip(names, row.cells[1:], strict=True))
            yield from _card(page, grid, row.cells[0], pairs, (row.line, row.last_line))


def _card(
    page: Page, grid: Grid, aspect: str, pairs: list[tuple[str, str]], lines: tuple[int, int]
) -> Iterator[Suggestion]:
    """Yield the card that asks for one aspect of all that is compared, if they differ in it."""
    aspect = without_emphasis(aspect)
    pairs = [(name, value) for name, value in pairs if name and value]
    if not aspect or all(value == pairs[0][1] for _, value in pairs):
        return
    names = ", ".join(name for name, _ in pairs)
    front = f"{page.about(grid.section, aspect)}: {names}?"
    back = "\n".join(f"- **{name}**: {value}" for name, value in pairs)
    mark = page.mark(lines[0], aspect)
    yield Suggestion(_NAME, CardKind.FLASHCARD, front, back, *lines, (mark,))


def _from_entries(page: Page, block: ItemList | Paragraph) -> Iterator[Suggestion]:
    """Yield the cards of ``**X vs Y** — …``."""
    entries = block.items if isinstance(block, ItemList) else (block,)
    for entry in entries:
        term = split_term(entry.text)
        versus = _VERSUS.match(term.term) if term else None
        if term and versus:
            front = page.ask(entry.text).differ.format(versus[1], versus[2])
            marks = (page.mark(entry.line, term.term), page.mark(entry.line, term.meaning))
            yield Suggestion(
                _NAME, CardKind.FLASHCARD, front, term.meaning, entry.line, entry.last_line, marks
            )


def _from_heading(page: Page, block: Block) -> Iterator[Suggestion]:
    """Yield the card of a heading "X vs Y" that a short text or list follows."""
    if block.section is None:
        return
    section = page.sections[block.section]
    versus = _VERSUS.match(clean_title(section.title))
    back = "\n".join(page.lines[block.line - 1 : block.last_line]).strip()
    if versus and len(back) <= MAX_BACK:
        front = page.ask(section.title, back[:200]).differ.format(versus[1], versus[2])
        marks = (page.mark(section.line, versus[0]),)
        yield Suggestion(_NAME, CardKind.FLASHCARD, front, back, block.line, block.last_line, marks)


RULE = Rule(
    name=_NAME,
    title="Comparisons",
    example=Example(
        "## Compute on AWS\n\n| Aspect | Lambda | Fargate |\n|---|---|---|\n"
        "| Longest run | 15 min | no limit |\n\n## Queue vs topic\n\n"
        "A queue gives each message to one consumer, a topic to every subscriber.\n",
        (
            (
                "Compute on AWS · **Longest run**: Lambda, Fargate?",
                "- **Lambda**: 15 min\n- **Fargate**: no limit",
            ),
            (
                "How do **Queue** and **topic** differ?",
                "A queue gives each message to one consumer, a topic to every subscriber.",
            ),
        ),
    ),
    find=find,
)
