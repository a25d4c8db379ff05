"""Numbers with units: the sentence is kept, the number is the gap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import ItemList, Paragraph
from warmstart.notes.suggest.terms import sentences, split_label, unlinked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Item, Page

_NAME: Final = "limit"
GAP: Final = "[…]"
_SHORTEST: Final = 12
"""Characters around the gap: less leaves nothing to tell what is asked."""
_LONGEST: Final = 200
_MOST: Final = 2
"""Quantities in a sentence; one with more is a list, and a gap in it is a riddle."""

_DIGIT = re.compile(r"\d")
_NUMBER = r"\d+(?:[.,\u00a0]\d+)*"
_UNIT = (
    r"(?:%|[$€₽]|(?:ns|ms|µs|s|secs?|seconds?|min(?:s|utes?)?|hours?|hrs?|h|days?|weeks?|months?|"
    r"years?|[KMGT]i?B|bytes|vCPUs?|RPS|req/s|requests|messages|connections|times|x)\b|"
    r"(?:мс|сек(?:унд[аы]?)?|мин(?:ут[аы]?)?|час(?:а|ов)?|д(?:ень|ня|ней)|недел[ьия]|месяц(?:а|ев)?|"
    r"[КМГТ]Б|байт|раза?|запрос(?:а|ов)|сообщени[йя]|подключени[йя]|рублей)\b|"
    r"초|분|시간|일|주|개월|년|개|회|배|원|달러|번)"
)
_SIGN = r"(?:[<>≤≥=~≈±+-][ \u00a0]?){0,3}"
_QUANTITY = re.compile(
    rf"(?<![\w.,/:-]){_SIGN}\$?{_NUMBER}(?:[ \u00a0]?[-–—~][ \u00a0]?{_NUMBER})?"
    rf"(?:[ \u00a0-]?{_UNIT})(?![\w/])"
    rf"|(?<![\w.,/:-]){_SIGN}{_NUMBER}(?:[-–~]{_NUMBER})?[ ]?(?:초|분|시간|일|개|회|배|번|MB|GB|KB)"
)


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a cloze for each sentence that tells a quantity, or two that belong together."""
    for block in page.blocks:
        if isinstance(block, Paragraph):
            if block.section is not None or not page.sections:  # else what a page was scraped with
                label, text = split_label(block.text) or ("", block.text)
                yield from _clozes(page, block, text, block.section, label)
        elif isinstance(block, ItemList):
            for item in block.items:
                yield from _clozes(page, item, item.text, block.section, "")


def _clozes(
    page: Page, source: Paragraph | Item, text: str, section: int | None, label: str
) -> Iterator[Suggestion]:
    if not _DIGIT.search(text):
        return
    about = " · ".join(filter(None, (page.topic(section), label)))
    for sentence in sentences(unlinked(text)):
        if len(sentence) > _LONGEST:
            continue
        hidden = [found[0].strip() for found in _QUANTITY.finditer(sentence)]
        gapped = _QUANTITY.sub(GAP, sentence).strip()
        if not 0 < len(hidden) <= _MOST or len(gapped) - len(GAP) < _SHORTEST:
            continue
        front = f"{about}: {gapped}" if about else gapped
        marks = tuple(page.mark(source.line, number, source.last_line) for number in hidden)
        yield Suggestion(
            _NAME,
            CardKind.CLOZE,
            front,
            " · ".join(hidden),
            source.line,
            source.last_line,
            marks,
        )


RULE = Rule(
    name=_NAME,
    title="Limits and numbers with units",
    example=Example(
        "## AWS Lambda\n\nA function may run for 15 min. The payload is at most 6 MB.\n",
        (
            ("AWS Lambda: A function may run for […].", "15 min"),
            ("AWS Lambda: The payload is at most […].", "6 MB"),
        ),
    ),
    find=find,
)
