"""Headings to sections: which lies in which, where each ends, and the slug it is linked by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from warmstart.notes.display import plain
from warmstart.notes.model import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.notes.structure import Heading

_NOT_IN_SLUG = re.compile(r"[^\w\- ]+")


class Slugs:
    """Gives each title a slug as GitHub does, and each slug only once."""

    def __init__(self) -> None:
        self.given: dict[str, int] = {}

    def give(self, title: str) -> str:
        """Return the slug of ``title``: lower case, hyphens for spaces, ``-1`` behind a second."""
        base = _NOT_IN_SLUG.sub("", title.strip().lower()).replace(" ", "-") or "section"
        slug = base
        while slug in self.given:
            slug = f"{base}-{self.given[base]}"
            self.given[base] += 1
        self.given[slug] = 1
        return slug


def sections_of(headings: Iterable[Heading], lines: int) -> tuple[Section, ...]:
    """Return the sections that ``headings`` make of a note of ``lines`` lines."""
    ordered = list(headings)
    last = [lines] * len(ordered)
    parents: list[int | None] = [None] * len(ordered)
    open_: list[int] = []
    for at, heading in enumerate(ordered):
        while open_ and ordered[open_[-1]].level >= heading.level:
            last[open_.pop()] = heading.line  # the line before it, counted from 1
        parents[at] = open_[-1] if open_ else None
        open_.append(at)
    slugs = Slugs()
    found = []
    for at, heading in enumerate(ordered):
        title = plain(heading.text)
        section = Section(
            title, heading.level, heading.line + 1, last[at], parents[at], slugs.give(title)
        )
        found.append(section)
    return tuple(found)
