"""A slide deck to a page: bullets are lists, and a slide of columns is a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.notes.slides import sections_of, slides_of
from warmstart.notes.structure import split_lines
from warmstart.notes.suggest.page import Block, Grid, Item, ItemList, Page, Row, topics_of
from warmstart.notes.suggest.read import MAX_LINE, section_at
from warmstart.notes.suggest.titles import clean_title
from warmstart.notes.suggest.wording import wording_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.slides import Slide, SlideLine

_MIN_ROWS: Final = 3
_MIN_COLUMNS: Final = 2
_MAX_CELL: Final = 60


def read_deck(text: str) -> Page:
    """Return what rules look at in the text of slides. Slides without a title give nothing."""
    lines, slides = split_lines(text), slides_of(text)
    sections = sections_of(slides, len(lines))
    blocks: list[Block] = []
    for slide in slides:
        if slide.title and all(len(line.text) <= MAX_LINE for line in slide.lines):
            blocks += _blocks(slide, section_at(sections, slide.line))
    headings = tuple(clean_title(section.title) for section in sections)
    topics = topics_of("", headings, sections)
    wording = wording_of(text)
    return Page("", lines, sections, tuple(blocks), headings, topics, wording, is_deck=True)


def _blocks(slide: Slide, section: int | None) -> list[Block]:
    bullets = [line for line in slide.lines if line.is_bullet]
    if bullets:
        items = tuple(
            Item(line.line, line.last_line, 0, None, boxed=False, text=line.text)
            for line in bullets
        )
        return [ItemList(slide.line, slide.last_line, section, items)]
    if len(slide.lines) <= _MIN_ROWS:
        return []
    head, *below = slide.lines
    names = head.text.split(" ")
    rows = _rows_of_words(below, len(names)) or _rows_of_steps(below, len(names))
    if len(names) < _MIN_COLUMNS or len(rows) < _MIN_ROWS:
        return []
    return [Grid(slide.line, slide.last_line, section, ("", *names), tuple(rows))]


def _rows_of_words(lines: Sequence[SlideLine], columns: int) -> list[Row]:
    """Return the rows of a table whose cells are single words, or none if it is not one."""
    rows = []
    for line in lines:
        words = line.text.split(" ")
        if len(words) <= columns:
            return []
        name = " ".join(words[:-columns])
        rows.append(Row(line.line, line.last_line, (name, *words[-columns:])))
    return rows


def _rows_of_steps(lines: Sequence[SlideLine], columns: int) -> list[Row]:
    """Return the rows of a table that was shown row by row: each step of it began one.

    A row's first word is its name. If its cells do not come out even, there is no telling which is
    which, and no row.
    """
    groups: list[list[SlideLine]] = []
    for line in lines:
        if not groups or groups[-1][-1].step != line.step:
            groups.append([])
        groups[-1].append(line)
    rows = []
    for group in groups:
        name, _, first = group[0].text.partition(" ")
        texts = [first, *(line.text for line in group[1:])]
        whole = [line.line == line.last_line for line in group]
        cells = _even(texts, whole, columns)
        if cells and all(0 < len(cell) <= _MAX_CELL for cell in cells):
            rows.append(Row(group[0].line, group[-1].last_line, (name, *cells)))
    return rows


def _even(texts: list[str], whole: list[bool], columns: int) -> list[str]:
    """Return as many cells as there are columns.

    Cells short enough for one line came out on one line together; if one such line is all that
    could be halved and one cell is missing, it was two.
    """
    if len(texts) == columns - 1:
        halves = [
            at
            for at, text in enumerate(texts)
            if whole[at] and "," not in text and len(text.split(" ")) % 2 == 0
        ]
        if len(halves) == 1:
            words = texts[halves[0]].split(" ")
            half = len(words) // 2
            pair = [" ".join(words[:half]), " ".join(words[half:])]
            texts = [*texts[: halves[0]], *pair, *texts[halves[0] + 1 :]]
    return texts if len(texts) == columns else []
