"""Markdown as it may be shown: nothing that speaks to the terminal, nothing only Obsidian reads."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from warmstart.notes.blocks import Line
from warmstart.notes.card_options import HIGHLIGHTS
from warmstart.notes.cloze import ClozePattern, pattern_of, uncovered
from warmstart.notes.comments import VERBATIM, obsidian_comments, strip_line
from warmstart.notes.links import WIKILINK, code_spans, is_attachment, is_picture, wikilink
from warmstart.notes.scan import scan
from warmstart.notes.structure import front_matter_lines, split_lines
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warmstart.notes.model import Link

_MAX_PLAIN: Final = 1_000
"""Characters ``plain`` looks at: it is for titles and lists, and inline markup can be hostile."""

_BLOCK_ID = re.compile(r"(?:^|(?<=\s))\^[A-Za-z0-9-]+\s*$")
_CALLOUT = re.compile(r"\[!([^\[\]|]+)(?:\|[^\[\]]*)?\][+-]?[ \t]*(.*)$")
_MARKUP = re.compile(r"[*_`\[\]<>&\\~=!]")
_LABEL_SPECIAL = re.compile(r"([\\\[\]`*_<>])")
_ESCAPED = r"\\\1"
_SIZE = re.compile(r"\d+(?:x\d+)?")
"""What Obsidian takes behind the bar of a picture for the width it is shown at."""
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|^[^<>]*-->")
_OPENS = re.compile(
    r"\s*(?:>\s?)*(?:\[!\w[^\[\]]*\][+-]?|#{1,6}(?=\s)|(?:[-+*]\s+)?\[[ xX]\](?=\s))?\s*"
)
"""What lines begin with: quotes, types of callouts, signs of headings, boxes of tasks."""
_FRAME = re.compile(r"[\s>]*(?:`{3,}.*|~{3,}.*|[-=*_|:+\s]{3,})")
"""A line that only says something where lines are kept: a fence, a rule, a table's second."""
_BOXES = re.compile("[\u2500-\u259f]+")
_CUT_LINK = re.compile(r"(!?\[\[[^\[\]]*)$")
_LINK_CUT = re.compile(r"^(…?)[^\[\]|]*\|(?=[^\[\]]*\]\])")
_LINKED = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\)|…?$)")
_EMPHASIS = re.compile(
    r"(?<!\\)(?:(\*{2,3}|~~)(?=\S)([^*~]+)(?<![\s\\])\1"
    r"|(?<![\w=*\\])(==|\*)(?=\S)([^*=]+)(?<![\s\\])\3(?![\w=*]))"
)
_HALF = re.compile(
    r"!?\[\[|\]\]|(?<=[^\s\\])(?:\*\*|==|~~)(?![^\s.,;:!?…])|(?<![^\s…])(?:\*\*|==|~~)(?=\S)"
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOT_QUOTE = re.compile(r"[^>\s]")


HIGHLIGHTED: Final = tuple(filter(None, [pattern_of(HIGHLIGHTS)]))
"""What Obsidian highlights: a cloze unless a setting says otherwise, and bold in any case."""


def body_of(text: str) -> str:
    """Return ``text`` without its front matter."""
    lines = split_lines(text)
    front = front_matter_lines(lines)
    return "\n".join(lines[front[1] + 1 :] if front else lines)


def for_display(markdown: str, clozes: Sequence[ClozePattern] = HIGHLIGHTED) -> str:
    """Return what a markdown renderer may be given for ``markdown``, a note or a part of one.

    Wikilinks become links to ``note:target#heading`` (quoted as in a URL), embedded pictures those
    of markdown, the first line of a callout a line with its type in bold; front matter, comments
    and block ids are dropped, control characters replaced; of ``clozes`` the answers are in bold,
    without their hints. Code stays as it is.
    """
    found = scan(body_of(safe(markdown)))
    openers = {quote.line for quote in found.quotes if quote.callout}
    shown: list[str] = []
    in_comment = False
    hidden = obsidian_comments(found.lines, found.kinds)
    for i, source in enumerate(found.lines):
        line, kind = source, found.kinds[i]
        if hidden[i]:
            continue
        if kind in VERBATIM:
            shown.append(line)
            continue
        if kind == Line.BLANK:
            in_comment = False
        elif in_comment or "<!--" in line or "%%" in line:
            line, in_comment = strip_line(line, inside=in_comment)
            if not line.strip():
                if kind == Line.COMMENT and shown and shown[-1]:
                    shown.append("")  # what stood above and below it are two paragraphs
                continue
        if i in openers:
            shown.extend(_callout(line))
        else:
            if any(pattern.opening in line for pattern in clozes):
                line = uncovered(line, clozes)
            shown.append(_inline(line))
    return "\n".join(shown)


def plain(markdown: str) -> str:
    """Return ``markdown`` as one line of plain text, for lists and titles."""
    text = safe(markdown[: _MAX_PLAIN + 1])
    if len(text) > _MAX_PLAIN:
        text = text[:_MAX_PLAIN] + "…"
    if not _MARKUP.search(text) and "\n" not in text:
        return " ".join(text.split())
    text = WIKILINK.sub(lambda m: _named(m, _label) or m[0], text).replace("==", "")
    parser = _parser()
    tokens = parser.parse(text) if "\n" in text.strip() else parser.parseInline(text)
    words: list[str] = []
    for token in tokens:
        if token.type == "inline":
            words += [_inline_text(child) for child in token.children or ()]
            words.append(" ")
        elif token.type in ("fence", "code_block"):
            words += (token.content, " ")
    return " ".join("".join(words).split())


def passage(cut: str) -> str:
    """Return a passage cut out of markdown as one line of text.

    It may begin and end anywhere, so that no parser could read it: what marks something whose other
    half was cut off goes too. Code stays as it is, without its fences.
    """
    lines = [line for line in _BOXES.sub(" ", cut).split("\n") if not _FRAME.fullmatch(line)]
    lines = [_BLOCK_ID.sub("", _COMMENT.sub("", _OPENS.sub("", line, 1))) for line in lines]
    text = " ".join(" ".join(lines).split())
    parts: list[str] = []
    at = 0
    for start, end in [*code_spans(text), (len(text), len(text))]:
        parts += (_unmarked(text[at:start]), text[start:end].strip("`"))
        at = end
    return " ".join("".join(parts).split())


def _unmarked(text: str) -> str:
    """Return a part of a line, without code, as text."""
    text = _LINK_CUT.sub(r"\1", _CUT_LINK.sub(r"\1]]", text))
    text = WIKILINK.sub(lambda m: _named(m, _label) or m[0], text)
    text = _LINKED.sub(r"\1", text)
    text = _EMPHASIS.sub(lambda m: m[2] or m[4], text)
    return _ESCAPE.sub(r"\1", _HALF.sub("", text))


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["strikethrough", "table"])


def _inline_text(token: Any) -> str:
    if token.type in ("text", "code_inline", "image"):
        return str(token.content)
    return " " if token.type in ("softbreak", "hardbreak") else ""


def _inline(line: str) -> str:
    """Return one line with its wikilinks made links and its block id dropped."""
    line = _BLOCK_ID.sub("", line) if "^" in line else line
    if "[[" not in line:
        return line
    parts: list[str] = []
    at = 0
    for start, end in [*code_spans(line), (len(line), len(line))]:
        parts.append(WIKILINK.sub(lambda m: _named(m, _as_link) or m[0], line[at:start]))
        parts.append(line[start:end])
        at = end
    return "".join(parts)


def _named(found: re.Match[str], write: Callable[[Link], str]) -> str | None:
    link = wikilink(found[2], 0, embed=bool(found[1]))
    return None if link is None else write(link)


def _label(link: Link) -> str:
    if link.alias:
        return link.alias
    return " › ".join(filter(None, (link.target, link.heading)))


def _as_link(link: Link) -> str:
    label = _LABEL_SPECIAL.sub(_ESCAPED, _label(link))
    if link.embed and is_picture(link.target):
        if _SIZE.fullmatch(label):
            label = _LABEL_SPECIAL.sub(_ESCAPED, link.target)
        return f"![{label}]({quote(link.target, safe='/')})"
    if is_attachment(link):
        return label
    address = "note:" + quote(link.target, safe="/")
    if link.heading:
        address += "#" + quote(link.heading, safe="")
    return f"[{label}]({address})"


def _callout(line: str) -> list[str]:
    """Return the first line of a callout as a line of the quote, parted from what follows it."""
    found = _CALLOUT.search(line)
    if found is None:
        return [_inline(line)]
    kind = found[1].strip()
    kind = kind[:1].upper() + kind[1:]
    head = f"**{kind}:** {found[2]}" if found[2] else f"**{kind}**"
    prefix = line[: found.start()]
    return [prefix + _inline(head), _NOT_QUOTE.sub(" ", prefix).rstrip()]
