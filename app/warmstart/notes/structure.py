"""What the scanner finds: lines, and the blocks they make.

Lines and their indices count from 0 here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

QUOTE: Final = 0
"""A quote in a path of containers. A list item is there as its indentation, 2 spaces or more."""

CODE_INDENT: Final = 4
"""So many spaces make a line code where no paragraph is open."""

_HOPS: Final = 32
_FRONT_KEY = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s#\-\[\]{}>|@`"'&*!%?][^:]*)[ \t]*:(?:\s|$)|\{""")


class Heading(NamedTuple):
    """A heading, ATX or setext."""

    level: int
    text: str
    """Markdown."""
    line: int
    last_line: int
    depth: int
    """How many containers it lies in; only those at 0 divide a note into sections."""


class Fence(NamedTuple):
    """A fenced code block, its fences included."""

    info: str
    """What stands behind the opening fence: usually a language."""
    line: int
    last_line: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table, from its header row to its last row."""

    line: int
    last_line: int
    path: tuple[int, ...]
    """The containers it lies in, for ``Scan.inside``."""


@dataclass(frozen=True, slots=True)
class Callout:
    """What a quote's first line says, if the quote is an Obsidian callout: ``[!type]- title``."""

    type: str
    """As written."""
    fold: str
    """``+``, ``-`` or nothing."""
    title: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote, plain or a callout."""

    line: int
    last_line: int
    callout: Callout | None
    parent: int | None
    """Index of the quote it lies in."""
    path: tuple[int, ...]
    """The containers up to and including itself, for ``Scan.inside``."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scanner found; each tuple is in the order of the lines."""

    text: str
    """The note, its lines ended by ``\\n`` alone."""
    lines: list[str]
    """Without line ends."""
    kinds: bytes
    """A ``Line`` for each line."""
    front: tuple[int, int] | None
    """Return the lines that open and close the front matter."""
    unclosed_front: bool
    """Whether the note begins like front matter that nothing closes."""
    headings: tuple[Heading, ...]
    fences: tuple[Fence, ...]
    tables: tuple[Table, ...]
    quotes: tuple[Quote, ...]

    def lines_with(self, *marks: str) -> list[int]:
        """Return the lines that hold one of ``marks``, in order.

        Searching the text as a whole costs a tenth of asking each line.
        """
        found: list[int] = []
        for mark in marks:
            found += self._with(mark)
        return sorted(set(found)) if len(marks) > 1 else found

    def _with(self, mark: str) -> list[int]:
        """Return the lines that hold ``mark``, in order; it is looked for as in ``find_mark``."""
        text, found = self.text, []
        sought, hops = mark[0], 0
        line = counted = at = 0
        while (at := text.find(sought, at)) >= 0:
            if not text.startswith(mark, at):
                at += 1
                hops += 1
                if hops == _HOPS:
                    sought = mark
                continue
            line += text.count("\n", counted, at)
            found.append(line)
            at = counted = text.find("\n", at)
            if at < 0:
                break
        return found

    def inside(self, path: tuple[int, ...], first: int, last: int) -> list[str]:
        """Lines ``first`` to ``last`` without the ``>`` and the indentation of ``path``.

        The line that opens a list item must not be among them; one that continues a paragraph
        lazily loses what prefix it has.
        """
        lines = map(_without_leading_tabs, self.lines[first : last + 1])
        return [line[match_containers(line, path)[0] :] for line in lines]


def find_mark(text: str, mark: str, at: int = 0) -> int:
    """Return where ``mark`` stands from ``at`` on, or -1, as ``str.find`` does.

    Python finds one character fifty times as fast as two. Most marks are not in a note, nor is
    their first character, or hardly.
    """
    for _ in range(_HOPS):
        at = text.find(mark[0], at)
        if at < 0 or text.startswith(mark, at):
            return at
        at += 1
    return text.find(mark, at)


def _without_leading_tabs(line: str) -> str:
    """Return ``line`` with the tabs of its indentation and quote marks as spaces."""
    if "\t" not in line:
        return line
    prefix = line[: len(line) - len(line.lstrip(" \t>"))]
    return prefix.expandtabs(4) + line[len(prefix) :]


def with_line_feeds(text: str) -> str:
    r"""Return ``text`` with its lines ended by ``\n`` alone, and without a byte order mark."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff")


def split_lines(text: str) -> list[str]:
    r"""Lines as an editor counts them: ``\n``, ``\r\n`` and ``\r`` end one, nothing else does."""
    lines = with_line_feeds(text).split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def front_matter_lines(lines: list[str]) -> tuple[int, int] | None:
    """Return the lines that open and close the front matter, if the note begins with some.

    ``---`` on the first line alone may also be a rule, so what follows must look like YAML.
    """
    if not lines or lines[0].rstrip() != "---" or not looks_like_front_matter(lines):
        return None
    for i in range(1, len(lines)):
        if lines[i].startswith(("---", "...")) and lines[i].rstrip() in ("---", "..."):
            return 0, i
    return None


def looks_like_front_matter(lines: list[str]) -> bool:
    """Whether what follows the first line begins as YAML does: with a key, or with its end."""
    for line in lines[1:]:
        bare = line.strip()
        if bare and not bare.startswith("#"):
            return bare in ("---", "...") or _FRONT_KEY.match(bare) is not None
    return False


def first_nonspace(line: str, at: int) -> int:
    """Return the index of the first character from ``at`` on that is no space, or the length."""
    end = len(line)
    while at < end and line[at] == " ":
        at += 1
    return at


def match_containers(line: str, path: tuple[int, ...] | list[int]) -> tuple[int, int, int]:
    """Walk ``line`` through the containers of ``path``.

    Returns where its content begins, where its first character that is no space stands, and how
    many of the containers it lies in.
    """
    at = 0
    start = first_nonspace(line, 0)
    for matched, container in enumerate(path):
        if container == QUOTE:
            if start - at >= CODE_INDENT or line[start : start + 1] != ">":
                return at, start, matched
            at = start + 2 if line[start + 1 : start + 2] == " " else start + 1
            start = first_nonspace(line, at)
        elif start == len(line):
            at = min(at + container, start)
        elif start - at < container:
            return at, start, matched
        else:
            at += container
    return at, start, len(path)
