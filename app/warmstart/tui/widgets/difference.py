"""A typed answer over the right one, character above character."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from warmstart.study.typed import Comparison, Kind, Verdict
from warmstart.text import safe
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warmstart.study.typed import Piece

_TYPED: Final = "you typed  "
_ANSWER: Final = "answer     "
_GAP: Final = "·"
# Each has a shape besides its colour: reversed, struck through, underlined.
_STYLES: Final = {
    Kind.SAME: ("$success", "$success"),
    Kind.ALIKE: ("$quiet", "$quiet"),
    Kind.WRONG: ("reverse $error", "underline bold"),
    Kind.MISSING: ("$faint", "underline bold"),
    Kind.EXTRA: ("strike $error", "$faint"),
}
_SAID: Final = {
    Verdict.EXACT: "✓ exactly so",
    Verdict.ALIKE: "✓ right",
    Verdict.CLOSE: "≈ a slip",
    Verdict.WRONG: "✗ not the same",
}


class Difference(Drawing):
    """Draws a comparison in pairs of lines, and what it comes to."""

    comparison: reactive[Comparison | None] = reactive(None, layout=True)

    def draw(self, width: int) -> Content:
        """Lay the pieces out for the width; what is missing on either side leaves a gap."""
        if self.comparison is None:
            return Content("")
        verdict = self.comparison.verdict
        said = _SAID[verdict]
        if mistakes := self.comparison.mistakes:
            said += f" · {mistakes} character{'' if mistakes == 1 else 's'} off"
        colour = "$success" if verdict in {Verdict.EXACT, Verdict.ALIKE} else "$error"
        lines = [Content.styled(said, "$warning" if verdict is Verdict.CLOSE else colour)]
        room = max(width - len(_TYPED), 8)
        for pieces in _rows(self.comparison.pieces, room):
            above, below = (Content.assemble(*_side(pieces, side)) for side in (0, 1))
            lines.append(Content.assemble((_TYPED, "$quiet"), above))
            lines.append(Content.assemble((_ANSWER, "$quiet"), below))
        return Content("\n").join(lines)


def _cells(piece: Piece) -> int:
    return max(cell_len(safe(piece.typed)), cell_len(safe(piece.expected)), 1)


def _rows(pieces: Sequence[Piece], room: int) -> Iterator[list[Piece]]:
    """Break the pieces into rows that fit, after a blank where there is one in the last third."""
    row: list[Piece] = []
    used = 0
    for piece in pieces:
        if used + _cells(piece) > room:
            blanks = [n for n, one in enumerate(row) if (one.expected or one.typed).isspace()]
            cut = blanks[-1] + 1 if blanks and blanks[-1] * 3 > len(row) * 2 else len(row)
            yield row[:cut]
            row = row[cut:]
            used = sum(map(_cells, row))
        row.append(piece)
        used += _cells(piece)
    if row:
        yield row


def _side(pieces: Sequence[Piece], side: int) -> Iterator[tuple[str, str]]:
    for piece in pieces:
        text = safe(piece.expected if side else piece.typed)
        # A mark with nothing below it needs a place to stand on.
        if text and not cell_len(text):
            text = "◌" + text
        cells = max(_cells(piece), cell_len(text))
        style = _STYLES[piece.kind][side]
        shown = text or (_GAP if piece.kind is not Kind.ALIKE else " ")
        yield shown, style
        if (pad := cells - cell_len(shown)) > 0:
            yield " " * pad, ""
