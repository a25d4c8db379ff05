"""Tables: one card per row and per telling column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest import tables
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Page

_NAME: Final = "table-row"
_EMPTY: Final = frozenset(("-", "—", "–", "n/a", "?", "…", "..."))


def find(page: Page) -> Iterator[Suggestion]:
    """Yield the cards of tables that are neither a comparison nor a list of mistakes."""
    for block in page.blocks:
        if (
            isinstance(block, Grid)
            and not tables.is_no_knowledge(block)
            and not tables.is_competing(block)
            and not tables.is_wide(block)
            and not tables.lists_merits(block)
            and tables.cure_column(block) is None
        ):
            yield from _cards(page, block)


def _cards(page: Page, grid: Grid) -> Iterator[Suggestion]:
    at_name = tables.name_column(grid)
    columns = tables.telling_columns(grid, at_name)
    for row in grid.rows:
        name = tables.row_name(row.cells[at_name])
        if not name:
            continue
        about = page.about(grid.section, name)
        for at in columns:
            cell = row.cells[at]
            if not cell or cell.casefold() in _EMPTY:
                continue
            header = grid.header[at]
            if tables.describes(header):
                asked = page.ask(cell, header).means
            else:
                asked = header if header.endswith("?") else f"{header}?"
            marks = (page.mark(row.line, name), page.mark(row.line, cell))
            yield Suggestion(
                _NAME, CardKind.FLASHCARD, f"{about} — {asked}", cell, row.line, row.line, marks
            )


RULE = Rule(
    name=_NAME,
    title="Rows of tables",
    example=Example(
        "## Cold starts by runtime\n\n| Runtime | Cold start | Remedy |\n|---|---|---|\n"
        "| **Go** | 100 ms | none needed |\n| **Java** | 3–10 s | SnapStart |\n",
        (
            ("Cold starts by runtime · **Go** — Cold start?", "100 ms"),
            ("Cold starts by runtime · **Go** — Remedy?", "none needed"),
            ("Cold starts by runtime · **Java** — Cold start?", "3–10 s"),
            ("Cold starts by runtime · **Java** — Remedy?", "SnapStart"),
        ),
    ),
    find=find,
)
