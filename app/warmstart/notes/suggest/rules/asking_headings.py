"""Headings that ask, and the text below them: how most lists of interview questions are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import MAX_BACK, Example, Rule, Suggestion
from warmstart.notes.suggest.page import Paragraph
from warmstart.notes.suggest.terms import is_link_only
from warmstart.notes.suggest.titles import asks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Block, Page

_NAME: Final = "asking-heading"
_BRIEF: Final = 4
"""Words: what is no longer ("What is it?") is asked of something that a title above names."""
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no spaces between words."""


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each section that asks in its heading and has no sections below it."""
    parents = {section.parent for section in page.sections}
    below: dict[int, list[Block]] = {}
    for block in page.blocks:
        if block.section is not None:
            below.setdefault(block.section, []).append(block)
    for at, blocks in below.items():
        front = page.topic(at)
        if at in parents or not asks(front):
            continue
        section = page.sections[at]
        if len(front.split()) <= _BRIEF and not _WIDE.search(front):
            front = page.about(section.parent, front)
        last = _answer_end(page, section.line, blocks)
        if _folds(page, last):
            continue  # what stands above is more of the question
        back = "\n".join(page.lines[section.line : last]).strip("\n")
        if back and len(back) <= MAX_BACK:
            mark = page.mark(section.line, page.heading(at))
            yield Suggestion(_NAME, CardKind.QUESTION, front, back, blocks[0].line, last, (mark,))


def _answer_end(page: Page, heading: int, blocks: list[Block]) -> int:
    """Return the last line of what stands below a heading with nothing in between.

    A rule, a card or a tag of HTML ends it: what follows them is seldom the answer still.
    """
    last = heading
    for block in blocks:
        if any(line.strip() for line in page.lines[last : block.line - 1]):
            break
        if isinstance(block, Paragraph) and (
            block.text in ("?", "??") or is_link_only(block.text.strip("*_ "))
        ):
            break  # a card that lacks a side, or "back to top"
        last = block.last_line
    return last


def _folds(page: Page, last: int) -> bool:
    """Whether ``<details>`` follows line ``last``."""
    below = next((line for line in page.lines[last : last + 3] if line.strip()), "")
    return below.lstrip().lower().startswith("<details")


RULE = Rule(
    name=_NAME,
    title="Headings that ask",
    example=Example(
        "## 2. Why does a poison record block its shard?\n\n"
        "The batch is tried again until it passes or expires.\n",
        (
            (
                "Why does a poison record block its shard?",
                "The batch is tried again until it passes or expires.",
            ),
        ),
    ),
    find=find,
)
