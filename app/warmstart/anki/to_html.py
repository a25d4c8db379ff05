"""Markdown as the HTML that Anki shows in a field.

One line break in the source is one on the card: cards are short, and their lines are meant. Links
between notes lead nowhere from Anki, so their text alone remains; raw HTML is shown as it is
written, because a note's must not run there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from warmstart.notes.display import for_display

if TYPE_CHECKING:
    from collections.abc import Iterator


def to_html(markdown: str) -> str:
    """Return markdown as HTML: a single paragraph without its tags."""
    parser = _parser()
    tokens = parser.parse(for_display(markdown))
    for token in _inline(tokens):
        token.children = list(_without_note_links(token.children))
        for child in token.children:
            if child.type == "image":
                child.attrSet("src", unquote(str(child.attrGet("src") or "")))
    if [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        tokens = tokens[1:2]
    return str(parser.renderer.render(tokens, parser.options, {})).strip()


def pictures(markdown: str) -> Iterator[str]:
    """Yield the addresses of the pictures and of what else it links to by a relative path."""
    for token in _inline(_parser().parse(for_display(markdown))):
        for child in token.children:
            address = child.attrGet("src" if child.type == "image" else "href")
            if address and ":" not in str(address).partition("/")[0]:
                yield unquote(str(address))


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
        ["strikethrough", "table"]
    )


def _inline(tokens: list[Any]) -> Iterator[Any]:
    return (token for token in tokens if token.type == "inline" and token.children)


def _without_note_links(children: list[Any]) -> Iterator[Any]:
    """Leave out the ends of links between notes; links do not nest."""
    in_note_link = False
    for child in children:
        if child.type == "link_open" and str(child.attrGet("href")).startswith("note:"):
            in_note_link = True
        elif child.type == "link_close" and in_note_link:
            in_note_link = False
        else:
            yield child
