"""Mastery as temperature: a shape, a number, a bar, all in one colour of the scale."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from warmstart.tui.theme import colour, shape

FULL: Final = "█"
EMPTY: Final = "░"


def mark(mastery: int | None) -> Content:
    """Return the one-cell shape of a mastery of 0–100; None is a concept without cards."""
    return Content.styled(shape(mastery), colour(mastery))


def number(mastery: int | None) -> Content:
    """Return the mastery right-aligned in three cells, ``–`` for none."""
    text = "–" if mastery is None else str(mastery)
    return Content.styled(text.rjust(3), colour(mastery))


def bar(mastery: int | None, width: int) -> Content:
    """Return a bar ``width`` cells long of which mastery's share is filled."""
    filled = 0 if mastery is None else round(mastery / 100 * width)
    return Content.assemble((FULL * filled, colour(mastery)), (EMPTY * (width - filled), "$rule"))
