"""Pictures as a terminal can show them: two pixels a cell, the upper half block over its ground.

Every terminal with colours can do that, over ssh and in tmux as well. The protocols that show a
picture's own pixels were left out: finding out which one a terminal speaks means to ask it before
the app starts, on every start. What is too small to read this way opens in a viewer with one key.

Pillow takes some 15 ms to load and a photograph some 50 ms to read, so a picture is read once, made
small, and kept; a screen reads a card's pictures in a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from textual.color import Color
from textual.content import Content, Span
from textual.style import Style

from warmstart.errors import WarmstartError

if TYPE_CHECKING:
    from pathlib import Path

_ROWS: Final = 40
"""A picture is at most this high, and at most a sixth of its room: on a screen of 80 columns and 24
lines, question and grades stay in sight."""
_SIXTH: Final = 6
_COLUMNS: Final = 100
_LARGEST: Final = 50_000_000
"""Pixels; what claims more is not read, whatever it is."""
_GROUND: Final = "white"
"""Under what is transparent: most such pictures are drawings made for paper."""

Pictures = Callable[[str], "Picture | str | None"]
"""Gives the picture with this address; a sentence if it is not there, None if it is not drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that was read: small, and opaque."""

    pixels: Any
    """A ``PIL.Image`` in RGB."""

    def rows(self, width: int) -> list[Content]:
        """Return its lines for ``width`` cells, in its own proportions and no larger than it is."""
        wide, high = self.pixels.size
        scale = min(
            min(width, _COLUMNS) / wide, 2 * min(max(width // _SIXTH, 1), _ROWS) / high, 1.0
        )
        columns, lines = max(1, round(wide * scale)), max(1, round(high * scale / 2))
        small = self.pixels.resize((columns, 2 * lines))
        data = list(small.get_flattened_data())
        upper = [data[2 * y * columns : (2 * y + 1) * columns] for y in range(lines)]
        lower = [data[(2 * y + 1) * columns : (2 * y + 2) * columns] for y in range(lines)]
        return [_row(above, below) for above, below in zip(upper, lower, strict=True)]


def load(path: Path) -> Picture | None:
    """Read the picture in a file; None if it is no picture that can be drawn."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return None
    return _load(path, stamp)


def finder(find: Callable[[str], Path]) -> Pictures:
    """Return what reads the picture with an address, given what finds its file."""

    def read(address: str) -> Picture | str | None:
        try:
            return load(find(address))
        except WarmstartError as error:
            return str(error)

    return read


@lru_cache(maxsize=64)
def _load(path: Path, stamp: int) -> Picture | None:  # noqa: ARG001 a new stamp is a new picture
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            if image.width * image.height > _LARGEST:
                return None
            image.draft("RGB", (2 * _COLUMNS, 4 * _ROWS))
            image.thumbnail((2 * _COLUMNS, 4 * _ROWS))
            clear = image.convert("RGBA")
            ground = Image.new("RGBA", clear.size, _GROUND)
            return Picture(Image.alpha_composite(ground, clear).convert("RGB"))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def _row(above: list[tuple[int, int, int]], below: list[tuple[int, int, int]]) -> Content:
    """Return one line; neighbours of the same colours share a span."""
    spans: list[Span] = []
    start = 0
    pairs = list(zip(above, below, strict=True))
    for place in range(1, len(pairs) + 1):
        if place == len(pairs) or pairs[place] != pairs[start]:
            top, bottom = pairs[start]
            style = Style(background=Color(*bottom), foreground=Color(*top))
            spans.append(Span(start, place, style))
            start = place
    return Content("▀" * len(pairs), spans)
