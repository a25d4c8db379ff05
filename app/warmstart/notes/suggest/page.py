"""What rules look at: a note as blocks in the order of its lines, computed once.

Lines count from 1 here. What lies in an explicit card, in a list of sources or in a table of
contents is not among the blocks, and neither is a line longer than anyone writes, so that no rule
has to think of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from warmstart.notes.suggest.model import Mark
from warmstart.notes.suggest.titles import is_generic, short_title, sums_up
from warmstart.notes.suggest.wording import Wording, wording_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.model import Section

_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of prose, joined; a bold label at the head of a line begins a new one."""

    line: int
    last_line: int
    section: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list."""

    line: int
    last_line: int
    depth: int
    """Columns before its marker."""
    number: int | None
    boxed: bool
    """Whether it is a task: ``- [ ]``."""
    text: str


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list, nested entries included."""

    line: int
    last_line: int
    section: int | None
    items: tuple[Item, ...]

    @property
    def is_numbered(self) -> bool:
        """Whether every entry at the top has a number."""
        top = self.items[0].depth
        return all(item.number is not None for item in self.items if item.depth <= top)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    line: int
    last_line: int
    cells: tuple[str, ...]
    """As many as the header has."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table parsed to cells. No explicit card lies in it."""

    line: int
    last_line: int
    section: int | None
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, at: int) -> list[str]:
        """Return the cells below header ``at``."""
        return [row.cells[at] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block."""

    line: int
    last_line: int
    section: int | None
    info: str
    """Its language, or nothing."""
    body: tuple[str, ...]


Block: TypeAlias = Paragraph | ItemList | Grid | Code


@dataclass(frozen=True, slots=True)
class Page:
    """A note as rules see it."""

    title: str
    lines: Sequence[str]
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    headings: tuple[str, ...]
    """The title of each section, without its number."""
    topics: tuple[str, ...]
    """What each section is about, so that it can be understood elsewhere: ``topics_of``."""
    wording: Wording | None
    """For passages that do not tell their own language; None if the note has none."""
    is_deck: bool = False
    """Whether it is the text of slides, where every title means something."""

    def ask(self, *passage: str) -> Wording:
        """Return the questions in the language of ``passage``."""
        return wording_for(" ".join(passage), self.wording)

    def heading(self, section: int | None) -> str:
        """Return the title of a section, without its number; the note's above the first one."""
        return self.title if section is None else self.headings[section]

    def topic(self, section: int | None) -> str:
        """Return what a section is about; what the note is about above the first one."""
        return short_title(self.title) if section is None else self.topics[section]

    def beneath(self, section: int | None) -> str:
        """Return the title above a section's, with ``·`` behind it; nothing if it is no help."""
        above = None if section is None else self.sections[section].parent
        if above is None or self.sections[above].parent is None or is_generic(self.heading(above)):
            return ""
        return f"{short_title(self.heading(above))} · "

    def about(self, section: int | None, subject: str) -> str:
        """Return ``topic · **subject**``, or the subject alone where it names the topic."""
        topic = self.topic(section)
        words = set(_WORD.findall(topic.casefold()))
        bold = f"**{subject}**" if subject else ""
        if not topic or (subject and words and words <= set(_WORD.findall(subject.casefold()))):
            return bold
        return f"{topic} · {bold}" if subject else f"**{topic}**"

    def above(self, section: int | None) -> list[str]:
        """Return the titles from a section up to the top."""
        titles = []
        while section is not None:
            titles.append(self.sections[section].title)
            section = self.sections[section].parent
        return titles

    def mark(self, line: int, words: str, last_line: int = 0) -> Mark:
        """Return where ``words`` stand in a line, or in the first of several that holds them.

        It is the whole first line where they were put together from several.
        """
        for number in range(line, max(line, last_line) + 1) if words else ():
            start = self.lines[number - 1].find(words)
            if start >= 0:
                return Mark(number, start, start + len(words))
        source = self.lines[line - 1]
        bare = source.strip()
        start = source.find(bare)
        return Mark(line, start, start + len(bare))


def topics_of(title: str, headings: Sequence[str], sections: Sequence[Section]) -> tuple[str, ...]:
    """Return what each section is about, in words that can be understood elsewhere.

    A heading that any note might have ("Advantages") is preceded by the nearest one above it that
    says what of, or by the note's title; where there is none either, it says nothing.
    """
    of: list[str] = []  # what the generic headings in each section are headings of
    topics = []
    for heading, section in zip(headings, sections, strict=True):
        above = short_title(title) if section.parent is None else of[section.parent]
        if not is_generic(heading):
            above = topic = short_title(heading)
        elif sums_up(heading) or not above or above.casefold() == heading.casefold():
            topic = above
        else:
            topic = f"{above} › {heading}"
        of.append(above)
        topics.append(topic)
    return tuple(topics)
