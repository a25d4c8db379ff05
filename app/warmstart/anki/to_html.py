"""Markdown as the HTML that Anki shows in a field.

One line break in the source is one on the card: cards are short, and their lines are meant. Links
between notes lead nowhere from Anki, so their text alone remains; raw HTML is shown as it is
written, because a note's must not run there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from warmstart.anki.package import is_sound
from warmstart.notes.display import for_display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def to_html(markdown: str, media: Mapping[str, str] | None = None) -> str:
    """Return markdown as HTML: a single paragraph without its tags.

    ``media`` gives the names that files have among Anki's media by the addresses they have here.
    """
    parser = _parser()
    tokens = parser.parse(for_display(markdown, ()))
    for token in _inline(tokens):
        token.children = list(_children(token.children, media or {}))
    if [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        tokens = tokens[1:2]
    return str(parser.renderer.render(tokens, parser.options, {})).strip()


def files(markdown: str) -> Iterator[str]:
    """Yield the relative addresses of the pictures and of what else is linked to."""
    for token in _inline(_parser().parse(for_display(markdown, ()))):
        for child in token.children:
            address = _address(child)
            if address and ":" not in address:
                yield address


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
        ["strikethrough", "table"]
    )


def _inline(tokens: list[Any]) -> Iterator[Any]:
    return (token for token in tokens if token.type == "inline" and token.children)


def _address(token: Any) -> str:
    return unquote(str(token.attrGet("src" if token.type == "image" else "href") or ""))


def _children(children: list[Any], media: Mapping[str, str]) -> Iterator[Any]:
    """Give files their names at Anki; leave out the ends of links between notes.

    Links do not nest, so that one state is enough.
    """
    state = ""
    for child in children:
        address = _address(child)
        if child.type == "image":
            child.attrSet("src", media.get(address, address))
        if child.type == "link_open" and address.startswith("note:"):
            state = "note"
        elif child.type == "link_open" and is_sound(address) and address in media:
            state = "sound"
            child.type, child.tag, child.content = "text", "", f"[sound:{media[address]}]"
            yield child
        elif child.type == "link_close" and state:
            state = ""
        elif state != "sound":
            yield child
