"""Anki's HTML as markdown: what a card says, without how it was dressed.

Bold, italics, struck-out text, code, lists, quotes, tables, links, images and line breaks are kept;
everything else is its text. One pass over the tokens, linear in their length; any text is accepted,
because what an editor left behind need not be well formed.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from warmstart.anki.inline import Inline, escaped
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

# Neither a name nor a value may hold "<": so each character is looked at once, whatever comes.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)\s*=\s*(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_SOUND = re.compile(r"\[sound:([^\[\]]*)\]")
_TICKS = re.compile(r"`+")
_UNFIT = re.compile(r"[\s()<>\\\"`*_\[\]]")
"""What would end the address of a link, or be read as markdown in it."""

_MARKS: Final = {
    "b": "**",
    "strong": "**",
    "i": "*",
    "em": "*",
    "s": "~~",
    "del": "~~",
    "strike": "~~",
}
_PARAGRAPHS: Final = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "section", "article", "center", "figure")
)
_LINES: Final = frozenset(("div", "br", "dt", "dd", "figcaption", "summary", "details"))
_NESTS: Final = frozenset(("ul", "ol", "blockquote"))
_DROPPED: Final = frozenset(("style", "script", "template"))
_MAX_DEPTH: Final = 20
"""Lists and quotes nested deeper are shown at this depth; each level lengthens every line."""


def to_markdown(source: str) -> str:
    """Return HTML as markdown, without control characters and without empty lines at its ends."""
    writer = _Writer()
    for closing, name, value in _tokens(safe(source)):
        writer.take(closing, name, value)
    return safe(writer.text())


def image(name: str, alt: str = "") -> str:
    """Return the markdown of a picture from the media folder."""
    return f"![{escaped(alt)}]({address(name.replace('%', '%25'))})"


def address(name: str) -> str:
    """Return a file's name or a URL as it may stand between the parentheses of a link."""
    return _UNFIT.sub(lambda found: quote(found[0], safe=""), name)


def _tokens(source: str) -> Iterator[tuple[bool, str, str]]:
    """Yield (closing, tag, attributes) for tags and (False, "", text) for text between them."""
    at = text = 0
    while (at := source.find("<", at)) >= 0:
        if source.startswith("<!--", at):
            end = source.find("-->", at + 4)
            yield False, "", source[text:at]
            at = text = end + 3 if end >= 0 else len(source)
        elif tag := _TAG.match(source, at):
            yield False, "", source[text:at]
            yield bool(tag[1]), tag[2].lower(), tag[3]
            at = text = tag.end()
        else:
            at += 1
    yield False, "", source[text:]


def _attributes(source: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(source)
    }


@dataclass(slots=True)
class _Nest:
    """A list or quote that is open."""

    tag: str
    items: int = 0


class _Writer:
    """The markdown so far, and what of the HTML is still open."""

    def __init__(self) -> None:
        self.out = Inline()
        self.nests: list[_Nest] = []
        self.deeper = 0
        """Lists and quotes that are open beyond ``_MAX_DEPTH``."""
        self.code: list[str] = []
        self.code_tag = ""
        """``code`` or ``pre`` while one is open: its text is kept as it is."""
        self.dropped = ""
        self.cells = 0
        """Cells in the open row of a table."""
        self.header = False
        """Whether the table's first row is still to come."""
        self.in_table = False

    def text(self) -> str:
        if self.code_tag:
            self._end_code()
        return self.out.text()

    def take(self, closing: bool, name: str, value: str) -> None:  # noqa: FBT001 a token's parts
        if self.dropped:
            if closing and name == self.dropped:
                self.dropped = ""
        elif self.code_tag:
            self._in_code(name, value, closing=closing)
        elif not name:
            self._plain(html.unescape(value))
        elif closing:
            self._close(name)
        else:
            self._open(name, value)

    def _plain(self, text: str) -> None:
        at = 0
        for sound in _SOUND.finditer(text):
            self.out.write(text[at : sound.start()])
            self.out.raw(f"[{escaped(sound[1])}]({address(sound[1])})")
            at = sound.end()
        self.out.write(text[at:])

    def _open(self, name: str, attributes: str) -> None:
        if name in _MARKS:
            self.out.open(name, _MARKS[name], _MARKS[name])
        elif name == "a":
            target = _attributes(attributes).get("href", "")
            if target.startswith(("http://", "https://", "mailto:")):
                self.out.open(name, "[", f"]({address(target)})")
        elif name == "img":
            self._image(_attributes(attributes))
        elif name in ("code", "tt", "kbd", "samp", "pre"):
            self.code_tag = name
        elif name in _DROPPED:
            self.dropped = name
        elif name in ("table", "tr", "td", "th"):
            self._table(name)
        elif name in _LINES or name in _PARAGRAPHS or name == "hr":
            self._break(name)
        elif name in _NESTS:
            self._nest(name)
        elif name == "li":
            self._item()

    def _close(self, name: str) -> None:
        if name in _MARKS or name == "a":
            self.out.close(name)
        elif name in ("table", "tr"):
            self._end_row()
            if name == "table" and self.in_table:
                self.in_table = self.out.flat = False
                self.out.paragraph()
        elif name in _NESTS:
            self._unnest(name)
        elif name == "li":
            self.out.line()
        elif name != "br" and (name in _LINES or name in _PARAGRAPHS):
            self._break(name, closing=True)

    def _break(self, name: str, *, closing: bool = False) -> None:
        if name == "hr":
            self.out.paragraph()
            self.out.raw("---")
            self.out.paragraph()
        elif name == "br":
            self.out.line(again=True)
        elif name in _LINES:
            self.out.line()
        else:
            self.out.paragraph()
            if name[0] == "h" and not closing:
                self.out.heading = int(name[1])

    def _nest(self, name: str) -> None:
        if len(self.nests) == _MAX_DEPTH:
            self.deeper += 1
            return
        tight = name != "blockquote" and self.nests and self.nests[-1].tag != "blockquote"
        self.out.line() if tight else self.out.paragraph()
        self.nests.append(_Nest(name))
        self.out.push("> " if name == "blockquote" else "")

    def _unnest(self, name: str) -> None:
        if self.deeper:
            self.deeper -= 1
            return
        if all(nest.tag != name for nest in self.nests):
            return
        while self.nests.pop().tag != name:
            self.out.pop()
        self.out.pop()
        in_list = name != "blockquote" and self.nests and self.nests[-1].tag != "blockquote"
        self.out.line() if in_list else self.out.paragraph()

    def _item(self) -> None:
        if not self.nests or self.nests[-1].tag == "blockquote":  # an item without its list
            self._nest("ul")
        if not self.nests or self.nests[-1].tag == "blockquote":
            self.out.line()
            return
        nest = self.nests[-1]
        nest.items += 1
        self.out.item(f"{nest.items}. " if nest.tag == "ol" else "- ")

    def _image(self, attributes: dict[str, str]) -> None:
        source = attributes.get("src", "").strip()
        alt = " ".join(attributes.get("alt", "").split())
        if source.startswith("data:") or not source:
            self.out.write(f"[{alt or 'picture'}]")
        else:
            self.out.raw(image(source, alt))

    def _table(self, name: str) -> None:
        if name == "table":
            self.out.paragraph()
            self.in_table = self.header = True
            self.cells = 0
        elif not self.in_table:
            self.out.line()
        elif name == "tr":
            self._end_row()
        else:
            if not self.cells:
                self.out.flat = False
                self.out.tight()
            self.out.cell("| " if not self.cells else " | ")
            self.cells += 1
            self.out.flat = True

    def _end_row(self) -> None:
        if not self.in_table or not self.cells:
            return
        self.out.cell(" |")
        self.out.flat = False
        if self.header:
            self.out.tight()
            self.out.raw("|" + " --- |" * self.cells)
            self.header = False
        self.cells = 0

    def _in_code(self, name: str, value: str, *, closing: bool) -> None:
        if not name:
            self.code.append(html.unescape(value))
        elif closing and name == self.code_tag:
            self._end_code()
        elif name == "br" or (closing and name in ("div", "p")):
            self.code.append("\n")

    def _end_code(self) -> None:
        code, block = "".join(self.code), self.code_tag == "pre"
        self.code, self.code_tag = [], ""
        ticks = "`" * (max(map(len, _TICKS.findall(code)), default=0) + 1)
        if block and not self.in_table:
            lines = safe(code).strip("\n").split("\n")
            fence = ticks if len(ticks) > 3 else "```"  # noqa: PLR2004 markdown's shortest fence
            self.out.paragraph()
            self.out.block([fence, *lines, fence])
            self.out.paragraph()
        elif code.strip():
            code = " ".join(code.split())
            pad = " " if code[0] == "`" or code[-1] == "`" else ""
            self.out.raw(f"{ticks}{pad}{code}{pad}{ticks}")
