"""Check the bundled course, and the narratives of the labs that link to it.

    python tests/content_lint.py content labs

Everything wrong is printed as ``file:line: sentence``, and the exit code is 1; with nothing wrong
there is one line of tally, and 0. The files are read by the very parser that imports them, so what
passes here is what a learner gets.

A rule is a function from all pages to findings. To add one, write it and put it into ``RULES``.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warmstart.errors import NoteError
from warmstart.notes.blocks import Line, cells
from warmstart.notes.glossary import is_glossary
from warmstart.notes.links import without_code
from warmstart.notes.parse import parse_note
from warmstart.notes.scan import Scan, scan
from warmstart.notes.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from warmstart.notes.model import Link, Note, Section
    from warmstart.notes.scan import Table

LONGEST_ANSWER: Final = 900
"""Characters. What is longer cannot be judged as recalled or not; it is several cards."""

NOTE_FIELDS: Final = (
    "title", "created", "tags", "prerequisites", "related", "reading_time", "difficulty",
    "study_status", "mastery", "last_reviewed", "next_review",
)  # fmt: skip
LAB_FIELDS: Final = ("title",)
MAY_BE_EMPTY: Final = frozenset(("prerequisites", "related", "last_reviewed", "next_review"))
DIFFICULTIES: Final = tuple(str(level) for level in range(1, 11))

LABS: Final = "labs/"
SOURCES: Final = "Sources"
_WEB_LINK = re.compile(r"\]\(https?://[^)\s]+\)")
_TARGETS = re.compile(r"\]\([^)]*\)|\[\[[^\]]*\]\]")
_MARKUP = re.compile(r"[*_`\"'“”‘’]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Page:
    """A note of the course, or the narrative of a lab."""

    path: Path
    name: str
    """What links call it: the file's name without ``.md``, or the lab's folder."""
    is_note: bool
    scan: Scan
    note: Note

    def finding(self, line: int, sentence: str) -> Finding:
        return Finding(self.path, line, sentence)


def read_pages(content: Path, labs: Path) -> tuple[list[Page], list[Finding]]:
    """Every page of both folders, by path, and the files that could not be read."""
    pages: list[Page] = []
    unreadable: list[Finding] = []
    files = [(path, path.stem, True) for path in sorted(content.glob("*.md"))]
    files += [(path, path.parent.name, False) for path in sorted(labs.glob("*/README.md"))]
    for path, name, is_note in files:
        try:
            text = decode(path.read_bytes())
        except NoteError as error:
            unreadable.append(Finding(path, error.line or 1, error.message))
            continue
        pages.append(Page(path, name, is_note, scan(text), parse_note(text, name=name)))
    return pages, unreadable


def parser_problems(pages: Sequence[Page]) -> Iterator[Finding]:
    """What the importer would complain about."""
    for page in pages:
        for problem in page.note.problems:
            hint = f" {problem.hint}" if problem.hint else ""
            yield page.finding(problem.line, problem.message + hint)


def front_matter(pages: Sequence[Page]) -> Iterator[Finding]:
    """Fields that are missing, empty, or outside their scale."""
    for page in pages:
        raw = page.note.front_matter.raw
        for name in NOTE_FIELDS if page.is_note else LAB_FIELDS:
            if name not in raw:
                yield page.finding(1, f"The front matter has no {name}.")
            elif raw[name] in (None, "", []) and name not in MAY_BE_EMPTY:
                yield page.finding(1, f"The front matter leaves {name} empty.")
        difficulty = page.note.front_matter.difficulty
        if page.is_note and difficulty and difficulty not in DIFFICULTIES:
            yield page.finding(1, f"The difficulty is {difficulty}; it must be a number, 1 to 10.")


def questions_asked_twice(pages: Sequence[Page]) -> Iterator[Finding]:
    """Questions, over the whole course: whoever meets the second has seen the answer."""
    first: dict[str, tuple[Page, int]] = {}
    for page in pages:
        for card in page.note.cards:
            key = _plain(card.front).rstrip("?.:! ")
            if key in first:
                other, line = first[key]
                yield page.finding(
                    card.line, f"The question is asked already in {other.path}:{line}."
                )
            else:
                first[key] = page, card.line


def answers(pages: Sequence[Page]) -> Iterator[Finding]:
    """Terms without a meaning (other cards without an answer are problems of the parser), and
    answers that are too long for one card.
    """
    for page in pages:
        for table in _glossaries(page):
            for i in range(table.line + 2, table.last_line + 1):
                row = [*cells(page.scan.lines[i]), "", ""]
                if not (row[0] and row[1]):
                    yield page.finding(i + 1, "The row has no term, or a term without a meaning.")
        for card in page.note.cards:
            length = len(card.back)
            if length > LONGEST_ANSWER:
                yield page.finding(
                    card.line,
                    f"The answer has {length} characters; more than {LONGEST_ANSWER} is "
                    "several cards.",
                )


def links(pages: Sequence[Page]) -> Iterator[Finding]:
    """Links and prerequisites that lead nowhere."""
    by_name = _by_name(pages)
    for page in pages:
        matter = page.note.front_matter
        for link in (*matter.prerequisites, *matter.related, *page.note.links):
            target = _target(by_name, link) if link.target else page
            if target is None:
                yield page.finding(link.line, f"There is no note or lab called {link.target}.")
            elif link.heading and not _has_heading(target.note, link.heading):
                yield page.finding(
                    link.line, f"{target.path} has no heading “{link.heading}” to link to."
                )


def broken_links(pages: Sequence[Page]) -> Iterator[Finding]:
    """Wikilinks that run over the end of their line, where nobody reads them as links."""
    for page in pages:
        for i, line in enumerate(page.scan.lines):
            if "[[" in line and page.scan.kinds[i] not in (Line.FENCE, Line.CODE):
                text = without_code(line)
                if text.rfind("[[") > text.rfind("]]"):
                    yield page.finding(
                        i + 1, "A wikilink begins here and does not end on the same line."
                    )


def cycles(pages: Sequence[Page]) -> Iterator[Finding]:
    """Prerequisites that come back to where they started: nobody could begin."""
    by_name = _by_name(pages)
    done: set[Path] = set()

    def visit(trail: tuple[Page, ...]) -> Iterator[Finding]:
        paths = [page.path for page in trail]
        for link in trail[-1].note.front_matter.prerequisites:
            needed = _target(by_name, link)
            if needed is not None and needed.path in paths:
                names = [page.name for page in trail[paths.index(needed.path) :]]
                circle = " → ".join((*names, needed.name))
                yield trail[-1].finding(
                    link.line, f"The prerequisites go round in a circle: {circle}."
                )
            elif needed is not None and needed.path not in done:
                yield from visit((*trail, needed))
        done.add(trail[-1].path)

    for page in pages:
        if page.path not in done:
            yield from visit((page,))


def sources(pages: Sequence[Page]) -> Iterator[Finding]:
    """Notes and sections that state figures without a link to where they come from.

    A section answers for its own text, not for the sections below it. Those of cards alone are
    exempt, and so are those without a digit; figures in code are examples and no claims.
    """
    for page in pages:
        if not page.is_note:
            continue
        for section, own in _own_lines(page):
            text = "\n".join(page.scan.lines[i] for i in own)
            if section.title == SOURCES:
                if not _WEB_LINK.search(text):
                    yield page.finding(section.line, f"“{SOURCES}” lists no link.")
            elif _states_figures(page, own) and not _WEB_LINK.search(text):
                yield page.finding(
                    section.line, f"“{section.title}” states figures, but links to no source."
                )
        if all(section.title != SOURCES for section in page.note.sections):
            yield page.finding(1, f"The note has no section “{SOURCES}”.")


def whitespace(pages: Sequence[Page]) -> Iterator[Finding]:
    """Spaces at the ends of lines, and tabs: nobody sees them, and every editor shows a change."""
    for page in pages:
        for number, line in enumerate(page.scan.lines, start=1):
            if line != line.rstrip():
                yield page.finding(number, "The line ends in white space.")
            if "\t" in line:
                yield page.finding(number, "The line holds a tab; write spaces.")


RULES: Final[tuple[Callable[[Sequence[Page]], Iterator[Finding]], ...]] = (
    parser_problems,
    front_matter,
    questions_asked_twice,
    answers,
    links,
    broken_links,
    cycles,
    sources,
    whitespace,
)


def _plain(markdown: str) -> str:
    """Text as a reader compares it: without markup, case and differences in spacing."""
    return _SPACES.sub(" ", _MARKUP.sub("", markdown)).strip().casefold()


def _by_name(pages: Sequence[Page]) -> dict[str, Page]:
    """Where links lead: to a note before a lab of the same name, which is ``labs/NAME`` then."""
    labs = {f"{LABS}{page.name}": page for page in pages if not page.is_note}
    return labs | {page.name: page for page in sorted(pages, key=lambda page: page.is_note)}


def _target(by_name: dict[str, Page], link: Link) -> Page | None:
    is_lab = link.target.startswith(LABS)
    return by_name.get(link.target if is_lab else link.target.rsplit("/", 1)[-1])


def _has_heading(note: Note, heading: str) -> bool:
    wanted = _plain(heading)
    return any(wanted in (_plain(section.title), section.slug) for section in note.sections)


def _own_lines(page: Page) -> Iterator[tuple[Section, range]]:
    """Each section with the lines (from 0) between its heading and the next one of any level."""
    sections = page.note.sections
    for section, following in zip(sections, (*sections[1:], None), strict=True):
        end = following.line - 1 if following else len(page.scan.lines)
        yield section, range(section.line, end)


def _states_figures(page: Page, own: range) -> bool:
    """Whether the lines hold a digit that is neither code nor part of a link's target or a card."""
    of_cards = _card_lines(page)
    return any(
        any(character.isdigit() for character in _TARGETS.sub("]", page.scan.lines[i]))
        for i in own
        if page.scan.kinds[i] not in (Line.FENCE, Line.CODE) and i not in of_cards
    )


def _card_lines(page: Page) -> set[int]:
    """The lines (from 0) that cards and glossaries take up."""
    cards = {i for card in page.note.cards for i in range(card.line - 1, card.last_line)}
    return cards.union(*(range(table.line, table.last_line + 1) for table in _glossaries(page)))


def _glossaries(page: Page) -> list[Table]:
    """The tables that give a term card per row."""
    lines = page.scan.lines
    return [table for table in page.scan.tables if is_glossary(cells(lines[table.line]))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check both folders and print what is found; 0 if nothing is."""
    parser = argparse.ArgumentParser(
        description="Check the bundled course and the labs' narratives."
    )
    parser.add_argument("content", type=Path, help="the folder of the course's notes")
    parser.add_argument("labs", type=Path, help="the folder of the labs")
    folders = parser.parse_args(arguments)
    pages, findings = read_pages(folders.content, folders.labs)
    notes = sum(page.is_note for page in pages)
    if not notes and not findings:
        findings.append(Finding(folders.content, 1, "There are no notes in this folder."))
    for rule in RULES:
        findings += rule(pages)
    for finding in sorted(findings, key=lambda found: (str(found.path), found.line)):
        print(finding)
    counts = {
        "note": notes,
        "lab": len(pages) - notes,
        "card": sum(len(page.note.cards) for page in pages),
        "problem": len(findings),
    }
    tally = ", ".join(
        f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items()
    )
    print(tally, file=sys.stderr if findings else sys.stdout)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
