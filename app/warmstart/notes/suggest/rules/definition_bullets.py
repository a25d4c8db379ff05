"""List entries that say what something is: ``- **X** — Y``, ``- **X** (abbr): Y``, ``- X: Y``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import Example, Rule, Suggestion
from warmstart.notes.suggest.page import ItemList
from warmstart.notes.suggest.terms import MAX_TERM, Term, split_term
from warmstart.notes.suggest.titles import gives_reasons, is_generic, sums_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.notes.suggest.page import Item, Page

_NAME: Final = "definition-bullet"
_MIN_MEANING: Final = 6
"""Characters; less is a number or a sign, and other rules ask for those with their unit."""
_QUOTED: Final = ('"', "«", "“", "'")


def definition(item: Item) -> Term | None:
    """Return the term that a list entry defines."""
    if item.boxed or item.text.startswith(_QUOTED):
        return None
    term = split_term(item.text)
    if term is None or len(term.term) > MAX_TERM or term.term.startswith(_QUOTED):
        return None
    if len(term.meaning) < _MIN_MEANING and not any(map(str.isdigit, term.meaning)):
        return None
    return term


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each entry that defines a term.

    A summary repeats; what it says of a thing that has a section of its own is not asked.
    """
    told = frozenset(page.heading(at).casefold() for at in range(len(page.sections)))
    for block in page.blocks:
        if isinstance(block, ItemList):
            why = any(gives_reasons(title) for title in page.above(block.section)[:1])
            short = sums_up(page.heading(block.section))
            for item in block.items:
                term = definition(item)
                if term and not (short and term.term.casefold() in told):
                    yield _card(page, block, item, term, why=why, short=short)


def _card(
    page: Page, block: ItemList, item: Item, term: Term, *, why: bool, short: bool
) -> Suggestion:
    words = page.ask(term.meaning, page.topic(block.section))
    about = page.about(block.section, term.name)
    if why:
        front = f"{about} — {words.why}"
    elif _names_a_value(term) or (short and term.colon):
        front = f"{about}?"
    else:
        front = f"{about} — {words.means}"
    marks = (page.mark(item.line, term.term), page.mark(item.line, term.meaning))
    return Suggestion(
        _NAME, CardKind.FLASHCARD, front, term.meaning, item.line, item.last_line, marks
    )


def _names_a_value(term: Term) -> bool:
    """Whether "what does it mean" is not the question: "Limits: 15 min", "Kinds: a, b, c"."""
    return (
        is_generic(term.term)
        or (term.colon and (not term.strong or "," in term.meaning))
        or any(map(str.isdigit, term.meaning[:8]))
    )


RULE = Rule(
    name=_NAME,
    title="List entries that define a term",
    example=Example(
        "## Messaging basics\n\n- **Fan-out** — one event reaches many consumers\n"
        "- **DLQ** (dead-letter queue): keeps what could not be processed\n",
        (
            (
                "Messaging basics · **Fan-out** — what does it mean?",
                "one event reaches many consumers",
            ),
            (
                "Messaging basics · **DLQ (dead-letter queue)** — what does it mean?",
                "keeps what could not be processed",
            ),
        ),
    ),
    find=find,
)
