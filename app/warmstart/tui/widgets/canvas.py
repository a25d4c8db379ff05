"""A sheet of cells to draw on in any order, given back as lines of styled text."""

from __future__ import annotations

from itertools import groupby

from textual.content import Content

from warmstart.text import width


class Canvas:
    """Cells of a fixed number; what is put outside them is lost."""

    def __init__(self, columns: int, rows: int) -> None:
        self.width, self.height = columns, rows
        self._cells: list[list[tuple[str, str]]] = [[(" ", "")] * columns for _ in range(rows)]

    def put(self, x: int, y: int, text: str, style: str = "") -> int:
        """Write a text; return the column after it. A wide character takes two cells."""
        for character in text:
            wide = width(character)
            if 0 <= y < self.height and 0 <= x <= self.width - wide:
                self._cells[y][x : x + wide] = [(character, style), ("", style)][:wide]
            x += wide
        return x

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
