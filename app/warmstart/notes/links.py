r"""Links to other notes: wikilinks, and markdown links to ``.md`` files; none inside code.

A wikilink is written in every order people use: ``[[note]]``, ``[[note#heading|alias]]`` as
Obsidian does, ``[[note|alias#heading]]``, ``[[#heading]]`` and ``![[note]]``. In a table its pipe
is escaped: ``[[note\|alias]]``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from warmstart.notes.blocks import Line
from warmstart.notes.model import Link
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.structure import Scan

# Neither pattern can look at a character twice for two starting points: what stands between
# brackets holds no bracket, so a line of a million "[[" takes one pass.
WIKILINK = re.compile(r"(!?)\[\[([^\[\]\n]+)\]\]")
_MARKDOWN_LINK = re.compile(
    r"""(!?)\[([^\[\]]*)\]\([ ]*<?((?:[^\s<>\[\]()]|\([^\s<>\[\]()]*\))+)>?"""
    r"""(?:[ ]+"[^"\[\]]*")?[ ]*\)"""
)
_BACKTICKS = re.compile(r"`+")
_ALIAS_HEADING = re.compile(r"(.*?)#(\^?[^\W_].*)$")
_SUFFIX = re.compile(r"\.(?:md|markdown)$", re.IGNORECASE)
_ATTACHMENT = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|avif|bmp|pdf|mp[34]|webm|ogg|wav|mov|canvas|base|excalidraw)$",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|bmp|tiff?)$", re.IGNORECASE)
_NO_LINKS = frozenset((Line.FENCE, Line.CODE, Line.COMMENT, Line.FRONT))


def links_of(scan: Scan) -> tuple[Link, ...]:
    """Every link of the text to a note, in order; front matter and code aside."""
    found: list[Link] = []
    for i in scan.lines_with("](", "[["):
        if scan.kinds[i] not in _NO_LINKS:
            found.extend(links_in(scan.lines[i], i + 1))
    return tuple(found)


def links_in(text: str, line: int) -> Iterator[Link]:
    """Return the links of one line of markdown, in order; inline code aside."""
    text = without_code(text)
    found = [(m.start(), wikilink(m[2], line, embed=bool(m[1]))) for m in WIKILINK.finditer(text)]
    if "](" in text:
        found += [(m.start(), _markdown_link(m, line)) for m in _MARKDOWN_LINK.finditer(text)]
        found.sort(key=lambda pair: pair[0])
    for _, link in found:
        if link is not None and not is_attachment(link):
            yield link


def wikilink(inside: str, line: int, *, embed: bool = False) -> Link | None:
    """Return the link written ``[[inside]]``; None if it names nothing."""
    target, _, alias = safe(inside).replace(r"\|", "|").partition("|")
    target, _, heading = target.partition("#")
    alias = alias.strip()
    if not heading and alias:
        swapped = _ALIAS_HEADING.match(alias)
        if swapped:
            alias, heading = swapped[1].strip(), swapped[2]
    target = target.strip()
    if "." in target:
        target = _SUFFIX.sub("", target)
    heading = heading.strip(" #")
    if not target and not heading:
        return None
    return Link(target, heading or None, alias or None, line, embed)


def is_attachment(link: Link) -> bool:
    """Whether the link leads to a picture or another file that is no note."""
    return "." in link.target and _ATTACHMENT.search(link.target) is not None


def is_picture(address: str) -> bool:
    """Whether a file of this name is a picture."""
    return _PICTURE.search(address) is not None


def _markdown_link(found: re.Match[str], line: int) -> Link | None:
    path, _, heading = found[3].partition("#")
    if ":" in path or not _SUFFIX.search(path):
        return None
    target = _SUFFIX.sub("", safe(unquote(path))).removeprefix("./")
    heading, alias = safe(unquote(heading)), safe(found[2]).strip()
    return Link(target, heading or None, alias or None, line, bool(found[1]))


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where the inline code of ``text`` lies: each run of backticks up to the next equal one.

    A regular expression with a back reference would take quadratic time on runs that all differ.
    """
    if "`" not in text:
        return []
    runs = [(m.start(), m.end()) for m in _BACKTICKS.finditer(text)]
    next_equal: list[int] = [-1] * len(runs)
    last: dict[int, int] = {}
    for k in range(len(runs) - 1, -1, -1):
        length = runs[k][1] - runs[k][0]
        next_equal[k] = last.get(length, -1)
        last[length] = k
    spans, k = [], 0
    while k < len(runs):
        close = next_equal[k]
        if close < 0 or (runs[k][0] and text[runs[k][0] - 1] == "\\"):
            k += 1
            continue
        spans.append((runs[k][0], runs[close][1]))
        k = close + 1
    return spans


def without_code(text: str) -> str:
    """``text`` with its inline code blanked out, so that positions stay."""
    spans = code_spans(text)
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += (text[at:start], " " * (end - start))
        at = end
    parts.append(text[at:])
    return "".join(parts)
