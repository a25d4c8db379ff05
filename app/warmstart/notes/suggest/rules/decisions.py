"""Decisions: trees drawn with ``├─ condition ──> choice``, and entries ``condition → choice``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import Code, ItemList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Item, Page

_NAME: Final = "decision"
_LONGEST: Final = 120

_BRANCH = re.compile(r"(?P<indent>[\s│|]*)(?:[├└+`|\\][─━-]+[>╴]?|[├└])\s*(?P<text>\S.*)$")
_ARROW = re.compile(r"\s*(?:[─━=-]{1,60}(?:>|▶|►|→)|→|⇒|➜|➡\ufe0f?|▶)\s*")
_DRAWN = re.compile(r"[│┌┐└┘├┤┬┴┼─━▼▲↓↑|\s]*")
_BOX: Final = frozenset("┌┐┘┤┬┴┼")


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each branch that ends in a choice."""
    for block in page.blocks:
        if isinstance(block, Code):
            yield from _from_tree(page, block)
        elif isinstance(block, ItemList):
            yield from _from_list(page, block)


def _from_tree(page: Page, block: Code) -> Iterator[Suggestion]:
    if not any("├" in line or "└" in line or "--" in line for line in block.body):
        return
    root = ""
    open_: list[tuple[int, str]] = []  # where a branch begins, and its condition
    for line, text in enumerate(block.body, block.line + 1):
        if len(text) > 4 * _LONGEST or _BOX & set(text):
            root, open_ = "", []  # a picture of boxes, where lines mean something else
            continue
        found = _BRANCH.match(text)
        if found is None:
            if not _DRAWN.fullmatch(text):
                root, open_ = "" if _ARROW.search(text) else text.strip(" :："), []
            continue
        column = len(found["indent"])
        while open_ and open_[-1][0] >= column:
            open_.pop()
        condition, choice = _parted(found["text"])
        if choice and root and len(condition) <= _LONGEST:
            path = " → ".join([*(step for _, step in open_), condition])
            front = f"{root} · **{path}** — {page.ask(root, condition).choose}"
            marks = (page.mark(line, condition), page.mark(line, choice))
            yield Suggestion(_NAME, CardKind.FLASHCARD, front, choice, line, line, marks)
        open_.append((column, condition))


def _parted(text: str) -> tuple[str, str]:
    """Return condition and choice of a branch; no choice if it leads on or says neither."""
    match _ARROW.split(text, maxsplit=1):
        case [condition, choice] if condition.strip():
            return condition.strip(), choice.strip()
    return text.strip(" :：?"), ""


def _from_list(page: Page, block: ItemList) -> Iterator[Suggestion]:
    for item in block.items:
        if len(item.text) > 2 * _LONGEST or item.boxed:
            continue
        if "](" in item.text or "`" in item.text:
            continue
        match _ARROW.split(item.text):
            case [condition, choice] if condition and choice:
                yield _card_of_entry(page, block, item, condition.strip("* "), choice.strip())


def _card_of_entry(
    page: Page, block: ItemList, item: Item, condition: str, choice: str
) -> Suggestion:
    front = f"{page.about(block.section, condition)} — {page.ask(item.text).choose}"
    marks = (page.mark(item.line, condition), page.mark(item.line, choice))
    return Suggestion(_NAME, CardKind.FLASHCARD, front, choice, item.line, item.last_line, marks)


RULE = Rule(
    name=_NAME,
    title="Decision trees and lists",
    example=Example(
        "```\nWhere should it run?\n  ├─ under 15 min, now and then ──> Lambda\n"
        "  └─ all day long ──> containers\n```\n",
        (
            (
                "Where should it run? · **under 15 min, now and then** — what do you choose?",
                "Lambda",
            ),
            ("Where should it run? · **all day long** — what do you choose?", "containers"),
        ),
    ),
    find=find,
)
