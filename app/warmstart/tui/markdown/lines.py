"""Blocks to lines, for one width.

Text wraps at words; code and diagrams never do, and tables only inside their cells. What is wider
than the screen keeps its shape and scrolls sideways: such lines are marked with the block they
belong to, and a line below them says what is cut off and names the keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.tui.markdown.blocks import Code, Image, Rule, Source, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warmstart.tui.markdown.blocks import Document, Margin

_HEADINGS: Final = ("", "bold $accent", "bold $accent", "bold", "bold $quiet", "$quiet", "$quiet")
_GAP: Final = 2
"""Cells between the columns of a table."""
MINIMUM: Final = 4
"""Text is laid out in no less than this, however narrow the screen or deep the list."""
_NARROW: Final = 8
"""No column of a table is squeezed below this; the table then scrolls sideways instead."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the screen."""

    margin: Content
    """What stands left of it and never scrolls."""
    content: Content
    ground: str = ""
    """A style for the whole line, to its right end."""
    width: int = 0
    """For a line that scrolls, or the hint below such lines: how wide their block is; else 0."""
    block: int = 0
    """Which block of the document it belongs to, from 0; those of one block scroll together."""
    is_hint: bool = False
    """Whether it says how much of its block is cut off; the text is for a block not scrolled."""
    heading: int = 0
    """1–6 on the first line of a heading."""


def lay_out(document: Document, width: int) -> tuple[Line, ...]:
    """Return the lines of ``document`` for ``width`` cells; blocks are parted by blank lines."""
    lines: list[Line] = []
    before: Margin | None = None
    for index, block in enumerate(document.blocks):
        if before is not None and not block.tight:
            lines.append(Line(_shared(before, block.margin), Content("")))
        room = max(width, MINIMUM)
        drawn = _source(block, room) if isinstance(block, Source) else _block(block, room)
        lines.extend(replace(line, block=index) for line in drawn)
        before = block.margin
    return tuple(lines)


def _shared(before: Margin, after: Margin) -> Content:
    """Return what a blank line between two blocks carries on: the bars of a quote both are in."""
    pairs = zip(before.rest.plain, after.rest.plain, strict=False)
    length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return after.rest[:length].rstrip() if length else Content("")


def _block(block: Text | Code | Table | Rule | Image, width: int) -> Iterator[Line]:
    room = max(width - block.margin.rest.cell_length, MINIMUM)
    match block:
        case Text():
            lines = _text(block, room)
        case Code():
            lines = _scrolling(_code(block), room, "on $code-background")
        case Table():
            lines = _scrolling(_table(block, room), room, "")
        case Rule():
            lines = iter([Line(Content(""), Content.styled("─" * room, "$rule"))])
        case Image():
            lines = _image(block, room)
    margin = block.margin.first
    for line in lines:
        yield replace(line, margin=margin)
        margin = block.margin.rest


def _text(block: Text, room: int) -> Iterator[Line]:
    content = block.content.stylize_before(_HEADINGS[block.level]) if block.level else block.content
    for index, line in enumerate(content.wrap(room) or [Content("")]):
        yield Line(Content(""), line, heading=block.level if not index else 0)
    if block.level == 1:
        yield Line(Content(""), Content.styled("─" * room, "$rule"))


def _image(block: Image, room: int) -> Iterator[Line]:
    for row in block.picture.rows(room):
        yield Line(Content(""), row)
    for line in block.caption.wrap(room):
        yield Line(Content(""), line)


def _scrolling(rows: Sequence[Content], room: int, ground: str) -> Iterator[Line]:
    """Give the rows of one block, and a line with the keys below them if they do not fit."""
    widest = max((row.cell_length for row in rows), default=0)
    wide = widest if widest > room else 0
    for row in rows:
        yield Line(Content(""), row, ground, wide)
    if wide:
        yield Line(Content(""), more(widest - room, room), width=wide, is_hint=True)


def more(columns: int, room: int) -> Content:
    """Return what is said of ``columns`` cut off at the right, with the keys; nothing of none."""
    if columns <= 0:
        return Content(" " * room)
    said = f"{columns:,} more column{'' if columns == 1 else 's'}  ← →"
    hint = Content.styled(said, "$quiet").truncate(room)
    return hint.pad_left(room - hint.cell_length)


def _source(block: Source, width: int) -> Iterator[Line]:
    signs = max((line.sign.cell_length for line in block.lines), default=0)
    room = max(width - signs, MINIMUM)
    widest = max((line.content.cell_length for line in block.lines if line.shaped), default=0)
    wide = widest if widest > room else 0
    for line in block.lines:
        if line.shaped:
            yield Line(line.sign, line.content, "", wide)
            continue
        for index, part in enumerate(line.content.wrap(room) or [Content("")]):
            yield Line(Content(" " * signs) if index else line.sign, part)
    if wide:
        # It may stand below the signs too: where they leave little room, it would be cut.
        hint = more(widest - room, signs + room)
        yield Line(Content(""), hint, width=signs + wide, is_hint=True)


def _code(block: Code) -> list[Content]:
    code = Content(block.text)
    if block.language:
        # Pygments, behind it, takes as long to import as a screen to draw.
        from warmstart.tui.markdown.highlight import highlight

        code = highlight(block.text, block.language)
    # A cell of ground on both sides, so that code does not touch the edge of its patch.
    return [line.pad(1, 1) for line in code.split("\n", allow_blank=True)] or [Content(" ")]


def _table(block: Table, room: int) -> list[Content]:
    count = max(map(len, block.rows))
    rows = [(*row, *[Content("")] * (count - len(row))) for row in block.rows]
    widths = _column_widths(rows, room - _GAP * (count - 1))
    head, *body = [_row(row, widths, block.aligns) for row in rows]
    total = sum(widths) + _GAP * (count - 1)
    rule = Content.styled("─" * total, "$rule")
    lines = [line.stylize_before("bold") for line in head]
    lines.append(rule)
    # Where cells wrap, a blank line keeps the rows apart.
    apart = any(len(row) > 1 for row in body)
    for index, row in enumerate(body):
        if apart and index:
            lines.append(Content(""))
        lines.extend(row)
    return lines


def _column_widths(rows: Sequence[Sequence[Content]], room: int) -> list[int]:
    """Return the columns' widths: as wide as their text, the widest squeezed first to fit."""
    widths = [
        max(max((line.cell_length for line in cell.split("\n")), default=0) for cell in column)
        for column in zip(*rows, strict=True)
    ]
    while sum(widths) > room and (widest := max(widths)) > _NARROW:
        # Take the widest down to the next narrower one at a time, not cell by cell.
        at_widest = [index for index, width in enumerate(widths) if width == widest]
        below = max((width for width in widths if width < widest), default=_NARROW)
        excess = -(-(sum(widths) - room) // len(at_widest))
        target = max(widest - excess, below, _NARROW)
        for index in at_widest:
            widths[index] = target
    return [max(width, 1) for width in widths]


def _row(cells: Sequence[Content], widths: Sequence[int], aligns: Sequence[str]) -> list[Content]:
    wrapped = [cell.wrap(width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for parts in zip_longest(*wrapped, fillvalue=Content("")):
        padded = [
            _aligned(part, width, align)
            for part, width, align in zip_longest(parts, widths, aligns[: len(widths)])
        ]
        lines.append(Content(" " * _GAP).join(padded))
    return lines


def _aligned(part: Content, width: int, align: str | None) -> Content:
    part = part.rstrip()
    space = max(width - part.cell_length, 0)
    if align == "right":
        return part.pad_left(space)
    if align == "center":
        return part.pad(space // 2, space - space // 2)
    return part.pad_right(space)
