"""Small diagrams of arrows under a heading that names what they show: sketch it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Code
from warmstart.notes.suggest.titles import is_generic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Page

_NAME: Final = "diagram"
_MOST_LINES: Final = 12
_PLAIN: Final = frozenset(("", "text", "txt", "ascii", "plain", "plaintext", "diagram"))
_ARROW = re.compile(r"→|─[>▶►]|-->|[▼↓]")
_TREE = re.compile(r"[├└]─")
_CODE = re.compile(r"[;{}]\s*$|^\s*(?:\$|#|//)\s", re.MULTILINE)
_WORD = re.compile(r"\w{3,}")
_FEWEST_WORDS: Final = 3


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for the first diagram of each section."""
    seen: set[int | None] = set()
    for block in page.blocks:
        if not isinstance(block, Code) or block.section in seen or block.section is None:
            continue
        body = "\n".join(block.body)
        if not _is_diagram(block, body):
            continue
        seen.add(block.section)
        name = page.heading(block.section)
        if not is_generic(name):
            section = page.sections[block.section]
            front = f"{page.beneath(block.section)}**{name}** — {page.ask(name).sketch}"
            back = f"```text\n{body}\n```"
            marks = (page.mark(section.line, name),)
            yield Suggestion(
                _NAME, CardKind.FLASHCARD, front, back, block.line, block.last_line, marks
            )


def _is_diagram(block: Code, body: str) -> bool:
    return (
        block.info.lower() in _PLAIN
        and len(block.body) <= _MOST_LINES
        and len(_WORD.findall(body)) >= _FEWEST_WORDS
        and _ARROW.search(body) is not None
        and _TREE.search(body) is None
        and _CODE.search(body) is None
    )


RULE = Rule(
    name=_NAME,
    title="Small diagrams",
    example=Example(
        "## Thumbnails\n\n```\nS3 upload → Lambda → S3 thumbnails\n```\n",
        (("**Thumbnails** — sketch it", "```text\nS3 upload → Lambda → S3 thumbnails\n```"),),
    ),
    find=find,
)
