"""Problems and their solutions: ``**Problem**: … **Solution**: …``, and tables of mistakes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest import tables
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Grid, ItemList, Paragraph
from warmstart.notes.suggest.terms import split_label
from warmstart.notes.suggest.titles import is_generic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Block, Page

_NAME: Final = "problem-solution"
_PROBLEM = re.compile(
    r"(?:the )?(?:problem|issue|symptom|mistake)|проблема|симптом|ошибка|문제점?|증상|실수",
    re.IGNORECASE,
)
_SOLUTION = re.compile(
    r"(?:the )?(?:solution|fix|remedy|instead|better)|решение|исправление|как правильно|лучше|"
    r"해결(?:책|방법|방안)?|해결 방법|대안",
    re.IGNORECASE,
)


def find(page: Page) -> Iterator[Suggestion]:
    """Yield two cards for each pair of labels, and one for each row of mistake and cure."""
    problem: tuple[Paragraph, str] | None = None
    for at, block in enumerate(page.blocks):
        if problem and block.section != problem[0].section:
            problem = None
        if isinstance(block, Grid):
            yield from _from_table(page, block)
        label = split_label(block.text) if isinstance(block, Paragraph) else None
        if label is None or not isinstance(block, Paragraph):
            continue
        if _PROBLEM.fullmatch(label[0]) and label[1]:
            problem = (block, label[1])
            yield from _what_problem(page, block, label[1])
        elif problem and _SOLUTION.fullmatch(label[0]):
            below = page.blocks[at + 1] if at + 1 < len(page.blocks) else None
            yield from _what_solution(page, problem, block, label[1], below)
            problem = None


def _what_problem(page: Page, block: Paragraph, text: str) -> Iterator[Suggestion]:
    """Ask what is wrong with the thing the section is named for."""
    name = page.heading(block.section)
    if block.section is None or is_generic(name):
        return
    front = f"**{name}** — {page.ask(text).problem}"
    marks = (page.mark(page.sections[block.section].line, name), page.mark(block.line, text))
    yield Suggestion(_NAME, CardKind.FLASHCARD, front, text, block.line, block.last_line, marks)


def _what_solution(
    page: Page, problem: tuple[Paragraph, str], block: Paragraph, text: str, below: Block | None
) -> Iterator[Suggestion]:
    first, asked = problem
    last_line, back = block.last_line, text
    if isinstance(below, ItemList) and below.section == block.section and not text:
        last_line = below.last_line
        back = "\n".join(page.lines[below.line - 1 : last_line])
    name = page.heading(first.section)
    about = f"{name}: {asked}" if first.section is not None and not is_generic(name) else asked
    front = f"{about.rstrip('.')} — {page.ask(asked).solution}"
    marks = (page.mark(first.line, asked), page.mark(block.line, text))
    yield Suggestion(_NAME, CardKind.FLASHCARD, front, back, first.line, last_line, marks)


def _from_table(page: Page, grid: Grid) -> Iterator[Suggestion]:
    cure = tables.cure_column(grid)
    if cure is None or tables.is_no_knowledge(grid):
        return
    for row in grid.rows:
        mistake, back = tables.row_name(row.cells[0]), row.cells[cure]
        if mistake and back:
            words = page.ask(mistake, back)
            front = f"{page.about(grid.section, mistake)} — {words.instead}"
            marks = (page.mark(row.line, mistake), page.mark(row.line, back))
            yield Suggestion(_NAME, CardKind.FLASHCARD, front, back, row.line, row.line, marks)


RULE = Rule(
    name=_NAME,
    title="Problems and their solutions",
    example=Example(
        "## Lambda calls Lambda\n\n**Problem**: the caller pays while it waits\n\n"
        "**Solution**: put a queue between them\n\n"
        "## Connections\n\n| Mistake | Fix |\n|---|---|\n"
        "| Connect inside the handler | Connect once, outside it |\n",
        (
            ("**Lambda calls Lambda** — what is the problem?", "the caller pays while it waits"),
            (
                "Lambda calls Lambda: the caller pays while it waits — what is the solution?",
                "put a queue between them",
            ),
            (
                "Connections · **Connect inside the handler** — what should one do instead?",
                "Connect once, outside it",
            ),
        ),
    ),
    find=find,
)
