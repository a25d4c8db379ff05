"""Text pulled out of a slide deck: titles in capitals, slides repeated while they build up.

Such a text has no markdown. A page ends where two empty lines or a form feed stand, or where a line
begins with a single space (what pdftotext and its like leave of a page's first line). A line in
capitals is the page's title, above or below its content. A slide that was shown six times with one
more line each time is one slide: the last.

``is_deck`` is conservative, because an ordinary note read as slides would lose its structure: a
text with a heading, a fence, a table or front matter of markdown is never one.

Lines count from 1 here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import Section
from warmstart.notes.sections import Slugs
from warmstart.notes.structure import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MIN_TITLES: Final = 6
"""A text with fewer lines in capitals may have them for any reason."""
_MAX_TITLE: Final = 60
_MIN_LETTERS: Final = 4
_SHORT: Final = 60
_MOSTLY_SHORT: Final = 0.9
_REPEATED: Final = 0.15
"""The share of lines that stand in the text more than once, from which slides build up."""
_SAME_SLIDE: Final = 0.8
"""The share of a slide's lines that the next must repeat to be the same one, grown."""
_LONGEST_SLIDE: Final = 100
"""Lines; what goes on for longer is none, and comparing it with every page would take too long."""
_LONGEST_LINE: Final = 400
_WHOLE: Final = 3
"""A slide of so many bullets takes no page that neither names its title nor repeats a line."""

_MARKDOWN = re.compile(r"^(?:#{1,6} |```|~~~|---\s*$|\|.*\||> )", re.MULTILINE)
_PAGE = re.compile(r" ?\f ?| (?=\S)")
_SLIDE_NUMBER = re.compile(r"\s*\d{1,4}\s*$")
_BULLET = re.compile(r"\s*[•▪◦‣·∙]\s*")
_LETTERS = re.compile(r"[^\W\d_]")
_TITLE = re.compile(r"[\w\s().,:&/+#«»\"'?!–—-]+")
_ADDRESS = re.compile(r"\S+://\S+")


@dataclass(frozen=True, slots=True)
class SlideLine:
    """A line of a slide, with those it was wrapped over."""

    line: int
    last_line: int
    text: str
    """Without its bullet."""
    is_bullet: bool
    step: int
    """In which step of the slide's build-up it came, from 0."""


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide as it stood at last."""

    title: str
    """Empty where the text does not tell."""
    line: int
    last_line: int
    lines: tuple[SlideLine, ...]


@dataclass(slots=True)
class _Page:
    title: str
    title_line: int
    lines: list[SlideLine]


def is_deck(text: str) -> bool:
    """Whether ``text`` is what was pulled out of a slide deck.

    It is if nothing in it is markdown, its lines are short, many are titles in capitals, and lines
    come again as slides build up.
    """
    if _MARKDOWN.search(text):
        return False
    lines = [line.strip() for line in split_lines(text)]
    lines = [line for line in lines if line]
    titles = sum(_is_title(line) for line in lines)
    if titles < MIN_TITLES or 2 * titles > len(lines):
        return False
    short = sum(len(line) <= _SHORT for line in lines)
    repeated = len(lines) - len(set(lines))
    return short >= _MOSTLY_SHORT * len(lines) and repeated >= _REPEATED * len(lines)


def slides_of(text: str) -> tuple[Slide, ...]:
    """Return the slides of a deck, each as it stood when it was complete."""
    slides: list[Slide] = []
    alone: _Page | None = None
    for page in _pages(split_lines(text)):
        if alone and not page.title:
            page.title, page.title_line = alone.title, alone.title_line
        alone = None if page.lines else page
        if alone:
            continue
        slide = _Fold(slides[-1]) if slides else None
        if slide and slide.takes(page):
            slides[-1] = slide.grown(page)
        else:
            slides.append(_slide(page))
    return tuple(slides)


def sections_of_slides(text: str) -> tuple[Section, ...]:
    """Return a deck's titles as sections, one for each run of slides that bear the same."""
    return sections_of(slides_of(text), len(split_lines(text)))


def sections_of(slides: Sequence[Slide], lines: int) -> tuple[Section, ...]:
    """Return the sections that ``slides`` make of a text of ``lines`` lines."""
    starts: list[tuple[str, int]] = []
    for slide in slides:
        if slide.title and not (starts and starts[-1][0] == slide.title):
            starts.append((slide.title, slide.line))
    slugs = Slugs()
    ends = [line - 1 for _, line in starts[1:]] + [lines]
    return tuple(
        Section(title, 1, line, max(line, end), None, slugs.give(title))
        for (title, line), end in zip(starts, ends, strict=True)
    )


def _is_title(line: str, *, least: int = _MIN_LETTERS) -> bool:
    bare = line.strip()
    if len(bare) > _MAX_TITLE or bare[-1:] == "," or not bare[:1].isalpha():
        return False
    if not _TITLE.fullmatch(bare):
        return False
    letters = len(_LETTERS.findall(bare))
    return letters >= least and bare == bare.upper() and bare != bare.lower()


def _pages(lines: list[str]) -> Iterator[_Page]:
    """Yield the pages in order. One without lines is a title that stands alone."""
    known: set[str] = set()
    page = _Page("", 0, [])
    blank, wraps = 2, False
    for number, line in enumerate(lines, 1):
        bare = " ".join(line.replace("\f", " ").split())
        if _SLIDE_NUMBER.match(line):
            blank = 0
            continue
        if not bare:
            blank = 2 if "\f" in line else blank + 1
            continue
        starts = blank > 1 or _PAGE.match(line) is not None
        titled = bare in known or _is_title(bare, least=3 if blank > 1 else _MIN_LETTERS)
        titled = titled and (starts or not wraps)
        if starts or (titled and page.title not in ("", bare)):
            yield page
            page = _Page("", 0, [])
        if titled and page.title in ("", bare):
            known.add(bare)
            page.title, page.title_line = bare, number
        elif not titled and not _ADDRESS.fullmatch(bare):
            bullet = _BULLET.match(line)
            if wraps and not starts and not bullet and _goes_on(page, bare, blank):
                last = page.lines[-1]
                joined = f"{last.text} {bare}"
                page.lines[-1] = replace(last, text=joined, last_line=number)
            else:
                text = bare[1:].strip() if bullet else bare
                if text:
                    page.lines.append(SlideLine(number, number, text, bullet is not None, 0))
        wraps = bool(page.lines) and not titled and line[-1:] in (" ", ",", "\t")
        blank = 0
    yield page


def _goes_on(page: _Page, bare: str, blank: int) -> bool:
    """Whether ``bare`` carries on a line that was wrapped.

    Behind an empty line only if it is in lower case, and begins no cell that was there before.
    """
    last = page.lines[-1].text
    if len(last) > _LONGEST_LINE:
        return False
    if not blank or last.endswith(","):
        return True
    again = any(bare in line.text for line in page.lines[-_LONGEST_SLIDE:])
    return bare[0].islower() and not again


def _slide(page: _Page) -> Slide:
    numbers = [line.line for line in page.lines] + [page.title_line] * bool(page.title)
    ends = [line.last_line for line in page.lines] + [page.title_line] * bool(page.title)
    return Slide(page.title, min(numbers), max(ends), tuple(page.lines))


class _Fold:
    """A slide about to meet the page after it."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide
        self.known = {line.text: line.step for line in slide.lines}

    def takes(self, page: _Page) -> bool:
        """Whether ``page`` is the same slide again, or what was added to it."""
        slide = self.slide
        if (page.title and page.title != slide.title) or len(slide.lines) > _LONGEST_SLIDE:
            return False
        if not slide.lines or self._shares(page):
            return True
        bullets = sum(line.is_bullet for line in slide.lines)
        if page.title or not slide.title or bullets >= _WHOLE:
            return False
        return bool(bullets) == any(line.is_bullet for line in page.lines)

    def _shares(self, page: _Page) -> bool:
        return any(line.text in self.known for line in page.lines) or self._repeated(page) > 0

    def _repeated(self, page: _Page) -> float:
        """Return the share of the slide's lines that the page repeats, grown or not."""
        texts = {line.text for line in page.lines}
        first_words = {text.split(" ", 1)[0]: text for text in texts}
        again = 0
        for known in self.known:
            grown = first_words.get(known.split(" ", 1)[0], "")
            again += known in texts or grown.startswith(known)
        return again / len(self.known)

    def grown(self, page: _Page) -> Slide:
        """Return the slide with what ``page`` adds, or as ``page`` shows it anew."""
        step = 1 + max((line.step for line in self.slide.lines), default=-1)
        new = [replace(line, step=self.known.get(line.text, step)) for line in page.lines]
        if self.known and self._repeated(page) < _SAME_SLIDE:
            added = [line for line in new if line.text not in self.known]
            new = [*self.slide.lines, *added]
        slide = _slide(_Page(self.slide.title, page.title_line or self.slide.line, new))
        return replace(slide, line=min(slide.line, self.slide.line))
