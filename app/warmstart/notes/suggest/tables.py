"""What a table's columns are: asked about, telling, competing, or a mistake and its cure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.glossary import is_glossary, without_emphasis
from warmstart.notes.suggest.terms import has_link, normal

if TYPE_CHECKING:
    from warmstart.notes.suggest.page import Grid

_MAX_NAME: Final = 80
_COMPARED: Final = 3
"""Columns of the smallest table that compares two things, or that numbers its rows."""
_WIDE: Final = 4
"""Attributes from which rows are better compared attribute by attribute."""
_FEW_ROWS: Final = 7
MAX_MERITS: Final = 8
_MAX_COMPARED: Final = 60
"""Characters of a cell that can be compared at a glance."""

_ASPECTS_WORDS: Final = """
    aspect feature criterion criteria characteristic property parameter metric dimension attribute
    factor comparison capability vs
    аспект критерий параметр характеристика свойство признак показатель сравнение фактор
    항목 구분 기준 비교 특성 속성 요소
"""
_ASPECTS: Final = frozenset(_ASPECTS_WORDS.split())
_DESCRIBES_WORDS: Final = """
    description meaning definition what details notes explanation summary purpose
    описание значение определение смысл суть пояснение комментарий
    설명 의미 정의 내용 비고
"""
_DESCRIBES: Final = frozenset(_DESCRIBES_WORDS.split())
_MERITS_WORDS: Final = """
    advantage advantages benefit benefits pro pros drawback drawbacks disadvantage disadvantages
    con cons limitation limitations downside upside merit merits
    преимущество преимущества недостаток недостатки плюс плюсы минус минусы ограничение
    ограничения достоинство достоинства 장점 단점 한계 제약 이점
"""
_MERITS: Final = frozenset(_MERITS_WORDS.split())
_MISTAKE = re.compile(
    r"\b(?:mistakes?|anti-?patterns?|bad|wrong|don'?ts?|problems?|issues?|symptoms?|pitfalls?|"
    r"ошибк[аи]|антипаттерны?|плохо|неправильно|проблем[аы]|симптом)\b|실수|안티패턴|나쁜|문제|증상",
    re.IGNORECASE,
)
_CURE = re.compile(
    r"\b(?:fix(?:es)?|solutions?|instead|good|right|correct|better|dos?|remedy|how to fix|"
    r"решени[ея]|вместо|хорошо|правильно|как (?:надо|правильно)|исправление|лучше)\b|"
    r"올바른|해결|대안|좋은|개선",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?:#|№|no\.?|nr\.?|id|번호)?", re.IGNORECASE)


def is_competing(grid: Grid) -> bool:
    """Whether the columns are things compared and the rows what they are compared by."""
    if name_column(grid):
        return False
    first = normal(grid.header[0])
    compared = len(grid.header) >= _COMPARED
    return compared and (not first or bool(_ASPECTS & set(first.split())))


def columns_are_things(grid: Grid) -> bool:
    """Whether, of a table without a word in its corner, the columns are the things compared.

    Things bear names, which are Latin in any language, and aspects are words; so if only one side
    is Latin, it is the things. Else it is the columns, as most people write it.
    """
    if normal(grid.header[0]):
        return True
    across, down = "".join(grid.header[1:]), "".join(grid.column(0))
    return across.isascii() or not down.isascii()


def is_wide(grid: Grid) -> bool:
    """Whether few rows have so many short attributes that one compares them column by column."""
    return (
        len(grid.header) > _WIDE
        and len(grid.rows) < _FEW_ROWS
        and all(len(cell) <= _MAX_COMPARED for row in grid.rows for cell in row.cells)
    )


def cure_column(grid: Grid) -> int | None:
    """Return the column that says what to do, if the first one tells a mistake or a problem."""
    if not _MISTAKE.search(grid.header[0]):
        return None
    return next((at for at, name in enumerate(grid.header) if at and _CURE.search(name)), None)


def is_no_knowledge(grid: Grid) -> bool:
    """Whether a table gives cards already, or only leads elsewhere."""
    if is_glossary(list(grid.header)):
        return True
    linked = sum(any(has_link(cell) for cell in row.cells) for row in grid.rows)
    return 2 * linked > len(grid.rows)


def lists_merits(grid: Grid) -> bool:
    """Whether the rows are advantages or drawbacks, each with its description.

    One wants to name them all; "No servers to manage — what does it mean?" asks for nothing.
    """
    return (
        len(grid.header) < _COMPARED
        and len(grid.rows) <= MAX_MERITS
        and bool(_MERITS & set(normal(grid.header[0]).split()))
        and describes(grid.header[1])
    )


def describes(header: str) -> bool:
    """Whether a column is headed by no more than "Description"."""
    return bool(_DESCRIBES & set(normal(header).split()))


def name_column(grid: Grid) -> int:
    """Return the column that names the rows: the first that does not number them."""
    return 1 if _NUMBERS.fullmatch(grid.header[0]) and _counts(grid) else 0


def _counts(grid: Grid) -> bool:
    numbers = (cell.rstrip(".").isdigit() for cell in grid.column(0))
    return len(grid.header) >= _COMPARED and all(numbers)


def telling_columns(grid: Grid, name: int) -> list[int]:
    """Return the columns worth asking for: filled, and not the same in every row."""
    telling = []
    for at, header in enumerate(grid.header):
        if at <= name or not header:
            continue
        cells = {cell.casefold() for cell in grid.column(at) if cell}
        if len(cells) > 1 or (cells and len(grid.rows) == 1):
            telling.append(at)
    return telling


def row_name(cell: str) -> str:
    """Return what a row is named, without emphasis; empty if it is no name."""
    name = without_emphasis(cell)
    return name if len(name) <= _MAX_NAME else ""
