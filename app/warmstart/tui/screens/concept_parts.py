"""The parts of a concept's page: the head with its figures, and the list of what it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets.option_list import Option

from warmstart.notes.display import plain
from warmstart.study.cards import Phase
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.drawing import Drawing
from warmstart.usecases import phrases as said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from warmstart.usecases.concept import ConceptCard, ConceptPage, Prerequisite, Way
    from warmstart.usecases.warmths import ConceptNode

_WIDEST: Final = 100
_NAME: Final = 42
_FIGURES: Final = 38
"""Cells of a screen that a row's name leaves to the figures behind it, margins and a scroll bar."""
_LONGEST: Final = 90
_WAYS: Final = 3
"""Cards, and concepts, that are named as what would raise it fastest."""
_BAR: Final = 20


class ConceptHead(Drawing):
    """How well it is known, its goal, and what is behind its lapses."""

    page: ConceptPage | None = None

    def draw(self, width: int) -> Content:
        """Draw the lines there is something to say in."""
        if self.page is None:
            return Content.styled("Reading …", "$quiet")
        room = min(width, _WIDEST)
        return Content("\n").join(
            line for part in self._parts(self.page) for line in part.wrap(room)
        )

    @staticmethod
    def _parts(page: ConceptPage) -> Iterator[Content]:
        node = page.node
        if node.mastery is None:
            yield Content.styled("No cards yet, and so no mastery.", "bold")
            yield Content.styled(
                "Write some into the note, or accept suggestions in the inbox (i on Today).",
                "$quiet",
            )
            return
        yield Content.assemble(
            temperature.mark(node.mastery),
            " mastery ",
            (f"{node.mastery}", "bold"),
            "  ",
            temperature.bar(node.mastery, _BAR),
            (f"  {(page.status or '').replace('_', ' ')}", "bold"),
            (f"  {node.studied} of {phrases.count(node.cards, 'card')} studied", "$quiet"),
        )
        if page.own_mastery is not None and node.children:
            own = f"{page.own_mastery:.0f} over its own cards, the rest from the concepts below"
            yield Content.styled(own, "$quiet")
        if page.goal is None:
            yield Content.styled("No goal yet: g sets one.", "$quiet")
        else:
            made = page.goal.plan
            unmet = made is not None and not made.met
            yield Content.assemble(("Goal  ", "bold"), said.goal(page.goal))
            yield Content.styled(said.plan(page.goal), "$warning" if unmet else "")
        for found in page.prerequisites:
            if found.behind:
                yield Content.styled(safe(said.behind(found)), "$warning")


def options(page: ConceptPage, now: datetime, width: int) -> Iterator[Option]:
    """Give the rows of the list for so many cells, under the names of what they are."""
    room = max(_NAME, min(width - _FIGURES, _LONGEST))
    builds_on = "Builds on"
    if not page.prerequisites:
        builds_on += " nothing: its note names no prerequisites"
    groups = (
        (
            builds_on,
            [(f"concept:{p.concept}#builds", _prerequisite(p, room)) for p in page.prerequisites],
        ),
        (
            "Would raise it fastest, for an answer now",
            [
                *((f"concept:{w.worth.key}#fast", _way(w, "concept", room)) for w in _few(page, 0)),
                *((f"card:{w.worth.key}#fast", _way(w, "card", room)) for w in _few(page, 1)),
            ],
        ),
        ("Labs that teach it", [(f"lab:{name}", Content(f"  {safe(t)}")) for name, t in page.labs]),
        (
            "Concepts below",
            [(f"concept:{c.id}", _concept(c, room)) for c in page.node.children if c.cards],
        ),
        (f"Cards  {len(page.cards)}", [(f"card:{c.id}", _card(c, now, room)) for c in page.cards]),
    )
    for title, rows in groups:
        if rows or title is builds_on:
            yield Option(Content.styled(title, "bold $accent"), disabled=True)
        for key, row in rows:
            yield Option(row, id=key)


def _few(page: ConceptPage, which: int) -> tuple[Way, ...]:
    return (page.fastest_concepts, page.fastest_cards)[which][:_WAYS]


def _concept(node: ConceptNode, room: int) -> Content:
    return Content.assemble(
        temperature.mark(node.mastery),
        " ",
        _cut(node.title, room),
        temperature.number(node.mastery),
        (f"   {node.studied} of {node.cards} studied", "$quiet"),
    )


def _cut(text: str, room: int) -> Content:
    cut = Content(plain(text)).truncate(room, ellipsis=True)
    return cut + " " * (room + 1 - cut.cell_length)


def _prerequisite(found: Prerequisite, room: int) -> Content:
    recall = "never studied" if found.recall is None else f"recall now {found.recall:.0%}"
    return Content.assemble(
        temperature.mark(found.mastery),
        " ",
        _cut(found.title, room),
        temperature.number(found.mastery),
        (f"   {recall}", "$warning" if found.behind else "$quiet"),
    )


def _way(way: Way, what: str, room: int) -> Content:
    worth = way.worth
    minutes = f"{worth.minutes:.1f} min" if worth.minutes >= 1 else f"{60 * worth.minutes:.0f} s"
    return Content.assemble(
        "  ",
        _cut(way.title, room),
        (f"+{worth.points:.1f}".rjust(5), "bold"),
        (f"  in {minutes}".ljust(14), "$quiet"),
        (what, "$quiet"),
    )


def _card(card: ConceptCard, now: datetime, room: int) -> Content:
    recall = None if card.recall is None else round(100 * card.recall)
    if card.due is None:
        when = "new"
    else:
        when = "now" if card.due <= now else f"in {phrases.interval(card.due - now)}"
    state = "" if card.phase is Phase.NEW else card.phase.name.lower()
    return Content.assemble(
        temperature.mark(recall if card.phase is not Phase.NEW else 0),
        " ",
        _cut(card.front, room),
        temperature.number(recall),
        (f"   {state:<10} {when}", "$quiet"),
    )
