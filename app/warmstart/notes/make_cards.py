"""From what was found in a note to its cards: the text of both sides, and what goes with it."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from warmstart.notes.blocks import Line, cells, heading
from warmstart.notes.card_options import FoundKind
from warmstart.notes.choices import multiple_choice
from warmstart.notes.cloze import MAX_CARDS, cloze_cards, clozes_of
from warmstart.notes.comments import without_comments
from warmstart.notes.decks import take_tags
from warmstart.notes.glossary import is_glossary, without_emphasis
from warmstart.notes.inline import PREFIX
from warmstart.notes.model import CardKind, NoteCard, Problem
from warmstart.notes.passages import Stray
from warmstart.notes.schedules import Schedule, is_readable, take_schedules
from warmstart.notes.tagged import without_tag

if TYPE_CHECKING:
    from warmstart.notes.card_options import Rules
    from warmstart.notes.cloze import Cloze
    from warmstart.notes.passages import Passage
    from warmstart.notes.structure import Quote, Scan, Table

BLOCK_ID = re.compile(r"(?:^|(?<=\s))\^([A-Za-z0-9-]+)\s*$")

_ITEM = re.compile(r"^[ \t]*(?:[-+*]|[0-9]{1,9}[.)])[ \t]", re.MULTILINE)
_TAG = re.compile(r"(?<!\S)#\S+")
_QUOTED = re.compile(r"^(?:[ \t]{0,3}> ?)+")
_LONGEST: Final = 10_000
"""Characters of a passage with clozes: each of its cards repeats it."""

_ROOM: Final = 5_000_000
"""Characters of all cards with clozes in one note, for the same reason."""

_STRAY = {
    "question": (
        "The separator {!r} has no question above it.",
        "Write the question on the line above it, with no empty line between.",
    ),
    "answer": (
        "The separator {!r} has no answer below it.",
        "Write the answer on the line below it, with no empty line between.",
    ),
    "gap": (
        "A second separator {!r} stands in the answer of the card above.",
        "Put an empty line between the two cards.",
    ),
}


def stray_problem(stray: Stray) -> Problem:
    """Return what to tell of a separator that makes no card."""
    message, hint = _STRAY[stray.lacks]
    return Problem(stray.line + 1, message.format(stray.separator), hint)


class Maker:
    """Makes the cards of one note. Siblings come as one list; lines are from 1 in all it makes."""

    def __init__(self, scan: Scan, rules: Rules, *, tagged: bool) -> None:
        self.scan = scan
        self.rules = rules
        self.made: list[list[NoteCard]] = []
        self.problems: list[Problem] = []
        self.room = _ROOM
        self.tagged = tagged

    def passage(self, passage: Passage) -> None:
        """Make the cards of a passage."""
        first, last = passage.first_line, passage.last_line
        if passage.kind is FoundKind.CLOZE:
            self._clozes(first, last)
            return
        at, start, end = passage.separator
        lines = self.scan.lines
        if end:
            prefix = PREFIX.match(lines[at])
            front = lines[at][prefix.end() if prefix else 0 : start].strip()
            back = "\n".join([lines[at][end:].strip(), *lines[at + 1 : last + 1]])
        else:
            front = "\n".join(lines[first:at])
            if self.scan.kinds[first] == Line.HEADING:
                asked = heading(front.lstrip(), 0)
                front = asked[1] if asked else ""
            back = "\n".join(lines[at + 1 : last + 1])
        front, _ = take_schedules(front)
        back, schedules = self._schedules(back, at)
        card = self._card(CardKind.FLASHCARD, front, back, first, last)
        if not card.front or not card.back:
            if not end:
                lacks = "answer" if card.front else "question"
                self.problems.append(stray_problem(Stray(at, lines[at].strip(), lacks)))
            return
        siblings = [card]
        if passage.kind.is_reversed:
            siblings.append(card._replace(front=card.back, back=card.front))
        self._add(siblings, schedules)

    def callout(self, quote: Quote) -> None:
        """Make the card of a question callout: its title asks, its body answers.

        Without a title the first paragraph of the body asks.
        """
        body = self.scan.inside(quote.path, quote.line + 1, quote.last_line)
        front = quote.callout.title if quote.callout else ""
        if not front:
            while body and not body[0].strip():
                del body[0]
            gap = next((i for i, line in enumerate(body) if not line.strip()), len(body))
            front, body = "\n".join(body[:gap]), body[gap:]
        offered = multiple_choice(body)
        if offered:
            front = "\n\n".join(filter(None, (front, offered.stem, offered.options)))
        back, schedules = self._schedules(
            offered.answer if offered else "\n".join(body), quote.line
        )
        card = self._card(CardKind.QUESTION, front, back, quote.line, quote.last_line)
        if not card.front:
            self._problem(
                quote.line,
                "The question callout asks nothing.",
                "Write the question behind its type.",
            )
        elif not card.back:
            self._problem(
                quote.line,
                "The question callout has no answer.",
                "Write the answer on the lines below it, each beginning with >.",
            )
        else:
            if not card.block_id:
                card = self._with_id_below(card)
            self._add([card._replace(choices=offered.choices) if offered else card], schedules)

    def question(self, front: str, back: str, first: int, last: int) -> None:
        """Make the card of a question in a list, if it has an answer."""
        back, schedules = self._schedules(back, first)
        card = self._card(CardKind.QUESTION, front, back, first, last)
        if card.front and card.back:
            self._add([card], schedules)

    def table(self, table: Table) -> None:
        """Make a term card of each row, if the table is a glossary."""
        header, _, *rows = self.scan.inside(table.path, table.line, table.last_line)
        if not is_glossary(cells(header)):
            return
        for i, row in enumerate(rows, table.line + 2):
            term, meaning = [*cells(row), "", ""][:2]
            term = without_emphasis(term)
            if term and meaning:
                self.made.append(
                    [NoteCard(CardKind.TERM, term, meaning, i + 1, i + 1, None, None, 0)]
                )

    def _clozes(self, first: int, last: int) -> None:
        lines = [_QUOTED.sub("", line, count=1) for line in self.scan.lines[first : last + 1]]
        text, schedules = self._schedules("\n".join(lines), first)
        if len(text) > _LONGEST:
            self._problem(
                first, "The passage is too long for its clozes.", "Split it into paragraphs."
            )
            return
        card = self._card(CardKind.CLOZE, "", text, first, last)
        clozes = clozes_of(card.back, self.rules.clozes)
        cards = cloze_cards(card.back, clozes)
        if len(clozes) > MAX_CARDS:
            message = f"The passage holds {len(clozes)} clozes; the first {MAX_CARDS} became cards."
            self._problem(first, message, "Split it into paragraphs.")
        if len(clozes) == 1 and not clozes[0].hint and not _has_words(card.back, clozes[0]):
            return  # all of it is marked: that is a highlight, and would ask "[…]"
        given = schedules or ()
        self.room -= 2 * len(card.back) * len(cards)
        if self.room < 0:
            self._problem(
                first,
                "The note holds too many clozes; this and those below are left out.",
                "Split the note.",
            )
            return
        made = [
            card._replace(
                front=made.front,
                back=made.back,
                schedule=given[made.sibling] if made.sibling < len(given) else None,
            )
            for made in cards
        ]
        if made:
            self.made.append(made)

    def _add(self, siblings: list[NoteCard], schedules: tuple[Schedule | None, ...] | None) -> None:
        if schedules:
            given = [*schedules, None, None][: len(siblings)]
            siblings = [
                card._replace(schedule=schedule)
                for card, schedule in zip(siblings, given, strict=True)
            ]
        self.made.append(siblings)

    def _card(self, kind: CardKind, front: str, back: str, first: int, last: int) -> NoteCard:
        """Return a card without what is not its text: comments, tags, markers, the block id."""
        tags = self.rules.tags
        if self.tagged:
            front, back = without_tag(front), without_tag(back)
        front, deck = take_tags(without_comments(front), tags)
        back, below = take_tags(without_comments(back), tags)
        front, back = _without_marker(_tidy(front)), _tidy(back)
        found = BLOCK_ID.search(back) if "^" in back else None
        if found:
            back = back[: found.start()].rstrip()
        if kind is CardKind.CLOZE:
            back = _without_marker(back)
        block_id = found[1] if found else None
        return NoteCard(
            kind, front, back, first + 1, last + 1, None, block_id, 0, deck=deck or below
        )

    def _with_id_below(self, card: NoteCard) -> NoteCard:
        """Return ``card`` with the block id that Obsidian puts on a line of its own below it."""
        gap, id_line = [*self.scan.lines[card.last_line : card.last_line + 2], "", ""][:2]
        found = None if gap.strip() else BLOCK_ID.match(id_line)
        return card._replace(block_id=found[1]) if found else card

    def _schedules(self, text: str, line: int) -> tuple[str, tuple[Schedule | None, ...] | None]:
        bare, schedules = take_schedules(text)
        if schedules is not None and not is_readable(text):
            message = "The schedule of this card cannot be read; the card is taken as new."
            self._problem(line, message, "Write it like <!--SR:!2026-01-31,12,250-->.")
        return bare, schedules

    def _problem(self, line: int, message: str, hint: str) -> None:
        self.problems.append(Problem(line + 1, message, hint))


def _tidy(markdown: str) -> str:
    tidy = markdown.strip("\n").rstrip()
    return textwrap.dedent(tidy) if tidy[:1] in (" ", "\t") else tidy


def _without_marker(text: str) -> str:
    """Return ``text`` without its list marker, if it is one list item."""
    if text[:1] not in "-+*0123456789" or len(_ITEM.findall(text)) != 1:
        return text
    prefix = PREFIX.match(text)
    return text[prefix.end() :] if prefix else text


def _has_words(text: str, cloze: Cloze) -> bool:
    """Whether anything but the cloze can be read; tags are for finding."""
    return any(map(str.isalnum, _TAG.sub("", text[: cloze.start] + " " + text[cloze.end :])))
