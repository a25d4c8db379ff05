"""Where a suggestion comes from: the lines of the note, as they stand there, its words marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.notes.blocks import Line
from warmstart.notes.scan import scan
from warmstart.text import safe
from warmstart.tui.markdown.blocks import Document, Source, SourceLine

if TYPE_CHECKING:
    from warmstart.usecases.inbox import Waiting

_TAB: Final = "    "
_MARKED: Final = "bold $accent"
_DRAWN = re.compile("[\u2500-\u259f]|[-=]{2,}>|<[-=]{2,}|^\\s*\\|")
"""What tells a line that was drawn: frames, blocks, arrows, the bar that begins a table's row."""
_SHAPED: Final = frozenset((Line.FENCE, Line.CODE, Line.TABLE))


def document(waiting: Waiting) -> Document:
    """Return the passage with what stands around it: numbered, its own lines with a bar."""
    own = waiting.passage.split("\n")
    lines = [*waiting.above, *own, *waiting.below]
    first = waiting.first_line - len(waiting.above)
    digits = len(str(first + len(lines)))
    kinds = scan("\n".join([*lines, ""])).kinds
    marks = _by_line(waiting)
    source = []
    for place, text in enumerate(lines):
        inside = place - len(waiting.above)
        is_own = 0 <= inside < len(own)
        content = _content(text, marks.get(inside, []))
        source.append(
            SourceLine(
                Content.assemble(
                    (f"{first + place:>{digits}} ", "$faint"), ("▎ " if is_own else "  ", "$accent")
                ),
                content if is_own else content.stylize_before("$quiet"),
                shaped=kinds[place] in _SHAPED or bool(_DRAWN.search(text)),
            )
        )
    return Document((Source(tuple(source)),), ())


def _by_line(waiting: Waiting) -> dict[int, list[tuple[int, int]]]:
    marks: dict[int, list[tuple[int, int]]] = {}
    for line, start, end in waiting.marks:
        marks.setdefault(line, []).append((start, end))
    return marks


def _content(text: str, marks: list[tuple[int, int]]) -> Content:
    """Return a line with its marked columns styled; tabs become spaces only then."""
    pieces: list[str | tuple[str, str]] = []
    at = 0
    for start, end in sorted(marks):
        pieces += [_shown(text[at:start]), (_shown(text[max(start, at) : end]), _MARKED)]
        at = max(at, end)
    return Content.assemble(*pieces, _shown(text[at:]))


def _shown(piece: str) -> str:
    return safe(piece).replace("\t", _TAB)
