"""Questions that hide their answer: ``<details>`` whose ``<summary>`` asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import MAX_BACK, Example, Rule, Suggestion
from warmstart.notes.suggest.page import Code
from warmstart.notes.suggest.titles import asks, clean_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Page

_NAME: Final = "folded"
_SUMMARY = re.compile(r"<summary>(.*?)</summary>(.*)$", re.IGNORECASE)
_CLOSES: Final = "</details>"
_OPENS: Final = "<details"
_TAG = re.compile(r"</?(?:b|strong|i|em|p|br|h[1-6]|font|code)\b[^<>]*>", re.IGNORECASE)
_LONGEST: Final = 40
"""Lines of an answer; what is longer is no answer that one recalls."""


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each fold whose summary ends with a question mark."""
    code = {
        line
        for block in page.blocks
        if isinstance(block, Code)
        for line in range(block.line, block.last_line + 1)
    }
    for number, line in enumerate(page.lines, 1):
        found = _SUMMARY.search(line) if "<" in line and number not in code else None
        front = clean_title(_TAG.sub("", found[1])) if found else ""
        if found is None or not asks(front):
            continue
        rest = [found[2], *page.lines[number : number + _LONGEST]]
        end = next((i for i, below in enumerate(rest) if _CLOSES in below.lower()), None)
        if end is None or any(_OPENS in below.lower() for below in rest[: end + 1]):
            continue
        rest[end] = rest[end][: rest[end].lower().index(_CLOSES)]
        back = _without_tags(rest[: end + 1])
        if back and len(back) <= MAX_BACK:
            mark = page.mark(number, found[1])
            yield Suggestion(_NAME, CardKind.QUESTION, front, back, number, number + end, (mark,))


def _without_tags(lines: list[str]) -> str:
    """Return the lines without the tags that only dress them; those within a fence keep theirs."""
    kept, fenced = [], False
    for line in lines:
        fence = line.lstrip().startswith(("```", "~~~"))
        kept.append(line if fence or fenced else _TAG.sub("", line).rstrip())
        fenced ^= fence
    return "\n".join(kept).strip()


RULE = Rule(
    name=_NAME,
    title="Folded answers",
    example=Example(
        "<details>\n<summary><b>Why does a queue grow?</b></summary><br>\n\n"
        "More comes in than is taken out.\n\n</details>\n",
        (("Why does a queue grow?", "More comes in than is taken out."),),
    ),
    find=find,
)
