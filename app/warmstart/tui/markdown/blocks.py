"""Markdown to blocks: what stands in a document, before it is laid out for a width.

Inline text becomes Textual's ``Content``: its styles are theme variables, and a link is a span with
the action that opens it. Raw HTML stays readable as text; comments are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from rich.cells import cell_len
from textual.content import Content, Span
from textual.style import Style

from warmstart.notes.latex import readable
from warmstart.tui.links import PICTURE
from warmstart.tui.markdown import math

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from markdown_it.token import Token

    from warmstart.tui.markdown.pictures import Picture, Pictures

_BULLETS: Final = ("•", "◦", "▪")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PROSE = re.compile(r"[^\W\d_](?:[^\W_]|[,;?!'\"()%–—…-]| (?!$)|[.:](?= |$))*")
"""One line in which nothing has a meaning to markdown, or looks like an address: most questions. It
needs no parser, and importing that is a tenth of the time to the first card."""
_MARKS: Final = {"em": "italic", "strong": "bold", "s": "strike"}
_TAB: Final = 4
_WRAPPED: Final = 50
"""From this many cells on, the end of a line is taken for an editor's wrapping."""

MISSING: Final = "◌"
"""Stands behind a link to a note that is not imported yet."""


@dataclass(frozen=True, slots=True)
class Margin:
    """What stands left of a block: quote bars, bullets, the indentation of a list."""

    first: Content
    rest: Content


NO_MARGIN: Final = Margin(Content(""), Content(""))


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph or, with a level of 1–6, a heading; it wraps."""

    content: Content
    margin: Margin = NO_MARGIN
    level: int = 0
    tight: bool = False
    """Whether it follows the block before it without a blank line, as in a tight list."""


@dataclass(frozen=True, slots=True)
class Code:
    """A fence or indented code: its lines never wrap."""

    text: str
    """As it is shown: tabs are blanks."""
    language: str
    margin: Margin = NO_MARGIN
    tight: bool = False
    source: str = ""
    """As it was written, which is what is copied."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the header first; ``aligns`` holds "left", "center" or "right" per column."""

    rows: tuple[tuple[Content, ...], ...]
    aligns: tuple[str, ...]
    margin: Margin = NO_MARGIN
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""

    margin: Margin = NO_MARGIN
    tight: bool = False


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file as it stands there, with a sign left of it, such as its number.

    A shaped one never wraps; any other wraps as text does.
    """

    sign: Content
    content: Content
    shaped: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Lines of a file; their signs are of one width."""

    lines: tuple[SourceLine, ...]
    margin: Margin = NO_MARGIN
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that stands by itself, drawn, with a line below it that opens it."""

    picture: Picture
    caption: Content
    margin: Margin = NO_MARGIN
    tight: bool = False


Block = Text | Code | Table | Rule | Source | Image


@dataclass(slots=True)
class Links:
    """The links of a document that is being built, in order.

    ``reachable`` says of a link's target whether it can be followed; what cannot, a note not yet
    imported, is shown dim with ``MISSING`` behind it, and can be marked but not clicked.
    """

    reachable: Callable[[str], bool] = lambda _: True
    hrefs: list[str] = field(default_factory=list)

    def add(self, href: str) -> tuple[tuple[Style | str, ...], str]:
        """Keep a link and return the styles of its text, and what stands behind it."""
        index = len(self.hrefs)
        self.hrefs.append(href)
        if self.reachable(href):
            meta = {"@click": f"follow({index})", "link": index}
            return ("underline $link-color", Style.from_meta(meta)), ""
        return ("$quiet", Style.from_meta({"link": index})), f" {MISSING}"

    def content(self, text: str, href: str) -> Content:
        """Return ``text`` as a link."""
        styles, behind = self.add(href)
        return Content(text, [Span(0, len(text), s) for s in styles]) + Content.styled(
            behind, "$quiet"
        )


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks, and where their links lead; the style of a link names its index in ``links``."""

    blocks: tuple[Block, ...]
    links: tuple[str, ...]

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code in it, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Code))

    @property
    def is_shaped(self) -> bool:
        """Whether anything in it may be wider than the screen."""
        return not all(isinstance(block, Text) for block in self.blocks)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The addresses of its pictures, in order."""
        return tuple(h.removeprefix(PICTURE) for h in self.links if h.startswith(PICTURE))


def parse(markdown: str, pictures: Pictures | None = None) -> Document:
    """Read ``markdown``, which is safe to show (``notes.display.for_display``).

    ``pictures`` finds and reads those that stand by themselves; without it they are only named.
    """
    links = Links()
    return Document(parse_blocks(markdown, links, pictures), tuple(links.hrefs))


def parse_blocks(
    markdown: str, links: Links, pictures: Pictures | None = None
) -> tuple[Block, ...]:
    """Read ``markdown`` as a part of a document whose links are collected in ``links``."""
    if _PROSE.fullmatch(markdown):
        return (Text(Content(markdown)),)
    if not markdown:
        return ()
    tokens = math.parser_for(markdown).parse(markdown)
    return tuple(_Reader(iter(tokens), links, pictures).blocks())


@dataclass(slots=True)
class _Container:
    """A quote or a list item that is open."""

    rest: Content
    first: Content
    """Until its first block has been given, which bears the bullet."""


@dataclass(slots=True)
class _Reader:
    """Walks the tokens once, keeping the open containers on a stack."""

    tokens: Iterator[Token]
    links: Links
    pictures: Pictures | None = None
    containers: list[_Container] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    """For each open list the number of its next item; None in a bullet list."""
    tight: bool = False
    """Whether the next block belongs to a tight list and is not the first one there."""
    fresh: bool = False
    """Whether an outermost list has just begun."""

    def blocks(self) -> Iterator[Block]:
        for token in self.tokens:
            match token.type:
                case "inline":
                    content = self.inline(token)
                    margin, tight = self.place()
                    picture = self.picture(token)
                    if picture is None or isinstance(picture, str):
                        amiss = Content.styled(f"\n{picture}" if picture else "", "$warning")
                        yield Text(content + amiss, margin, tight=tight)
                    else:
                        yield Image(picture, content, margin, tight)
                case math.BLOCK:
                    margin, tight = self.place()
                    formula = Content.styled(readable(token.content), "$code")
                    yield Text(formula, margin, tight=tight)
                case "heading_open":
                    yield self.heading(int(token.tag[1:]))
                case "fence" | "code_block":
                    margin, tight = self.place()
                    text = token.content.expandtabs(_TAB).rstrip("\n")
                    language = token.info.split(" ")[0]
                    yield Code(text, language, margin, tight, token.content)
                case "hr":
                    yield Rule(*self.place())
                case "table_open":
                    yield self.table()
                case "html_block":
                    if text := _COMMENT.sub("", token.content).strip():
                        margin, tight = self.place()
                        yield Text(Content(text), margin, tight=tight)
                case _:
                    self.contain(token)

    def contain(self, token: Token) -> None:
        """Open or close a container."""
        match token.type:
            case "blockquote_open":
                bar = Content.styled("▎ ", "$faint")
                self.containers.append(_Container(bar, bar))
            case "bullet_list_open" | "ordered_list_open":
                self.fresh = self.fresh or not self.numbers
                start = token.attrGet("start")
                ordered = token.type == "ordered_list_open"
                self.numbers.append(int(1 if start is None else start) if ordered else None)
            case "list_item_open":
                self.containers.append(self.item(token.markup))
            case "paragraph_open":
                self.tight = token.hidden and not self.fresh
            case "blockquote_close" | "list_item_close":
                self.containers.pop()
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()

    def item(self, delimiter: str) -> _Container:
        """Make the container of a list's next item; its number ends as the author wrote it."""
        number = self.numbers[-1]
        if number is None:
            sign = f"{_BULLETS[(len(self.numbers) - 1) % len(_BULLETS)]} "
        else:
            sign = f"{number}{delimiter} "
            self.numbers[-1] = number + 1
        return _Container(Content(" " * len(sign)), Content.styled(sign, "$accent"))

    def place(self) -> tuple[Margin, bool]:
        """Return the margin of the next block, and whether it stands tight; uses the bullet up."""
        margin = Margin(
            Content("").join(container.first for container in self.containers),
            Content("").join(container.rest for container in self.containers),
        )
        for container in self.containers:
            container.first = container.rest
        tight, self.tight, self.fresh = self.tight, False, False
        return margin, tight

    def heading(self, level: int) -> Text:
        content = self.inline(next(self.tokens))
        next(self.tokens)
        return Text(content, self.place()[0], level)

    def table(self) -> Table:
        rows: list[list[Content]] = []
        aligns: list[str] = []
        for token in self.tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                if token.type == "th_open":
                    style = str(token.attrGet("style") or "")
                    aligns.append(style.rpartition(":")[2] or "left")
                rows[-1].append(self.inline(next(self.tokens)))
        return Table(tuple(map(tuple, rows)), tuple(aligns), *self.place())

    def picture(self, token: Token) -> Picture | str | None:
        """Return the picture that is all a paragraph holds, if it can be drawn, or why not."""
        children = token.children or []
        if self.pictures is None or len(children) != 1 or children[0].type != "image":
            return None
        return self.pictures(unquote(str(children[0].attrGet("src") or "")))

    def inline(self, token: Token) -> Content:
        """Turn the children of an inline token into styled text."""
        text = _Inline()
        for child in token.children or ():
            match child.type:
                case "softbreak":
                    text.soft_break()
                case "hardbreak":
                    text.add("\n")
                case "code_inline":
                    text.add(child.content, "$code on $code-background")
                case "image":
                    src = unquote(str(child.attrGet("src") or ""))
                    text.open(*self.links.add(PICTURE + src))
                    text.add(f"▣ {child.content or src}")
                    text.close()
                case math.INLINE | "math_inline_double":
                    text.add(readable(child.content), "$code")
                case "html_inline":
                    html = _BREAK.sub("\n", _COMMENT.sub("", child.content))
                    text.add(html)
                case "link_open":
                    text.open(*self.links.add(str(child.attrGet("href") or "")))
                case kind if kind.endswith("_open"):
                    text.open((_MARKS.get(child.tag, ""),))
                case kind if kind.endswith("_close"):
                    text.close()
                case _:
                    text.add(child.content)
        return text.content()


@dataclass(slots=True)
class _Inline:
    """Styled text that is being put together."""

    pieces: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    opened: list[tuple[int, tuple[Style | str, ...], str]] = field(default_factory=list)
    position: int = 0
    line: int = 0
    """The piece that the present line of the source begins with."""

    def add(self, piece: str, style: Style | str = "") -> None:
        if style:
            self.spans.append(Span(self.position, self.position + len(piece), style))
        self.pieces.append(piece)
        self.position += len(piece)

    def soft_break(self) -> None:
        """End a line of the source: in prose that an editor wrapped, the text just goes on.

        A line that ends early was not wrapped but meant as a line: of a verse, of an answer, or
        the question and the ``?`` of a card.
        """
        line = "".join(self.pieces[self.line :])
        wrapped = cell_len(line) >= _WRAPPED
        self.add(" " if wrapped else "\n")
        self.line = len(self.pieces)

    def open(self, styles: tuple[Style | str, ...], behind: str = "") -> None:
        """Begin a stretch with ``styles``; ``behind`` is written where it ends."""
        self.opened.append((self.position, styles, behind))

    def close(self) -> None:
        start, styles, behind = self.opened.pop()
        self.spans += [Span(start, self.position, style) for style in styles if style]
        self.add(behind)

    def content(self) -> Content:
        return Content("".join(self.pieces), self.spans)
