"""A sheet of cells to draw on in any order, given back as lines of styled text."""

from __future__ import annotations

from itertools import groupby

from textual.content import Content


class Canvas:
    """Cells of a fixed number; what is put outside them is lost."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells: list[list[tuple[str, str]]] = [[(" ", "")] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, style: str = "") -> int:
        """Write a text of characters one cell wide; return the column after it."""
        if 0 <= y < self.height:
            row = self._cells[y]
            for offset, character in enumerate(text):
                if 0 <= x + offset < self.width:
                    row[x + offset] = (character, style)
        return x + len(text)

    def at(self, x: int, y: int) -> str:
        """Return the character of a cell; a blank outside the sheet."""
        inside = 0 <= y < self.height and 0 <= x < self.width
        return self._cells[y][x][0] if inside else " "

    def lines(self) -> list[Content]:
        """Return the rows, from the top."""
        return [
            Content.assemble(
                *(
                    ("".join(character for character, _ in run), style)
                    for style, run in groupby(row, key=lambda cell: cell[1])
                )
            )
            for row in self._cells
        ]
