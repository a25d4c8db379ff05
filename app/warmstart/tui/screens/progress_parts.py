"""The pictures of Progress, each with its figures beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.sparkline import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.usecases.progress import Progress, RetentionRow
    from warmstart.usecases.warmths import ConceptNode

_STATES: Final = {
    "new": ("░", "$temperature-0"),
    "learning": ("▒", "$temperature-2"),
    "relearning": ("▒", "$temperature-4"),
    "review": ("█", "$temperature-6"),
    "suspended": ("·", "$faint"),
}
"""The states of cards from cold to warm, with shape and colour."""
_DEEPEST: Final = 2
"""Levels of concepts below a note that are listed; all of them are in Notes."""


class Part(Drawing):
    """A titled picture of the progress."""

    TITLE = ""
    progress: Progress | None = None

    def draw(self, width: int) -> Content:
        """Draw the title and, below, the picture."""
        if self.progress is None:
            return Content("")
        return Content("\n").join(
            [Content.styled(self.TITLE, "bold"), *self.lines(self.progress, width)]
        )

    def lines(self, progress: Progress, width: int) -> Iterator[Content]:
        """Give the lines below the title."""
        raise NotImplementedError


class Mastery(Part):
    """Mastery by concept: every note, and the concepts in it that have cards."""

    TITLE = "Mastery by concept"

    def lines(self, progress: Progress, width: int) -> Iterator[Content]:
        """Give a row for all cards, then a row for each concept."""
        with_cards = [concept for concept in progress.concepts if concept.cards]
        cards = sum(concept.cards for concept in with_cards)
        yield _mastery_row("All cards", progress.mastery, cards, width, 0)
        for concept in with_cards:
            for depth, node in _walk(concept, 0):
                row = _mastery_row(safe(node.title), node.mastery, node.cards, width, depth)
                yield row.stylize(f"@click=screen.open_concept({node.id})")


def _walk(concept: ConceptNode, depth: int) -> Iterator[tuple[int, ConceptNode]]:
    yield depth, concept
    if depth < _DEEPEST:
        for child in concept.children:
            # Terms are one card each: a list of them says no more than the note's cards do.
            if child.cards and child.kind != "term":
                yield from _walk(child, depth + 1)


def _mastery_row(title: str, mastery: int | None, cards: int, width: int, depth: int) -> Content:
    bar = 20
    figures = phrases.count(cards, "card").rjust(10)
    room = max(width - bar - len(figures) - 9 - 2 * depth, 8)
    name = Content(title).truncate(room, ellipsis=True)
    return Content.assemble(
        "  " * depth,
        temperature.mark(mastery),
        " ",
        Content.styled(name.plain, "" if depth else "bold").pad_right(room - name.cell_length),
        temperature.number(mastery),
        "  ",
        temperature.bar(mastery, bar),
        (figures, "$quiet"),
    )


class Answers(Part):
    """What stands under the heat map."""

    TITLE = "Answers"

    def lines(self, progress: Progress, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give the year's sum, the days in a row, and the busiest day."""
        if not progress.heat:
            yield Content.styled("Each day you study will show up here.", "$quiet")
            return
        busiest = max(progress.heat, key=lambda day: (progress.heat[day], day))
        yield Content("   ").join(
            [
                Content(phrases.count(sum(progress.heat.values()), "answer") + " in a year"),
                Content(phrases.count(_streak(progress), "day") + " in a row"),
                Content(f"most {progress.heat[busiest]:,} on {busiest.day} {busiest:%b}"),
            ]
        )


def _streak(progress: Progress) -> int:
    """Return the days studied without a gap up to today; today may still come."""
    day = progress.today
    if day not in progress.heat:
        day -= timedelta(days=1)
    length = 0
    while day in progress.heat:
        length += 1
        day -= timedelta(days=1)
    return length


class Retention(Part):
    """True retention against the goal."""

    TITLE = "True retention"

    def lines(self, progress: Progress, width: int) -> Iterator[Content]:
        """Give a row for each period; the goal is a mark in the bar."""
        bar = max(min(width - 30, 40), 10)
        for row in progress.retention:
            yield _retention_row(row, progress.goal, bar)
        yield Content.styled(
            f"│ is the goal, {progress.goal:.0%}: cards in review that you recalled", "$quiet"
        )


def _retention_row(row: RetentionRow, goal: float, bar: int) -> Content:
    label = Content.styled(row.label.ljust(8), "$quiet")
    if row.share is None:
        return label + Content.styled("no reviews yet", "$faint")
    filled = round(row.share * bar)
    mark = min(bar - 1, round(goal * bar))
    colour = "$temperature-7" if row.share >= goal else "$temperature-1"
    cells = [
        ("│", "$foreground") if at == mark else ("█", colour) if at < filled else ("░", "$rule")
        for at in range(bar)
    ]
    return Content.assemble(
        label,
        *cells,
        (f"{row.share:>6.0%}", "bold"),
        (f"{row.passed:>8,} of {row.reviews:,}", "$quiet"),
    )


class States(Part):
    """Cards by state."""

    TITLE = "Cards by state"

    def lines(self, progress: Progress, width: int) -> Iterator[Content]:
        """Give one bar with a stretch for each state, and the counts below it."""
        counts = {name: progress.states.get(name, 0) for name in _STATES}
        total = sum(counts.values())
        if not total:
            yield Content.styled("No cards yet.", "$quiet")
            return
        yield Content.assemble(
            *(
                (_STATES[name][0] * cells, _STATES[name][1])
                for name, cells in zip(counts, _shares(list(counts.values()), width), strict=True)
            )
        )
        yield Content("   ").join(
            Content.assemble(_STATES[name], f" {count:,} ", (name, "$quiet"))
            for name, count in counts.items()
            if count
        )


def _shares(counts: list[int], width: int) -> list[int]:
    """Divide ``width`` cells among ``counts``; whoever has any gets at least one."""
    total = sum(counts)
    cells = [max(1, round(count / total * width)) if count else 0 for count in counts]
    # What rounding left over or took too much falls to the largest, where it is least noticed.
    cells[cells.index(max(cells))] += width - sum(cells)
    return cells


class Forecast(Part):
    """Cards due on each of the next 30 days."""

    TITLE = "Next 30 days"

    def lines(self, progress: Progress, width: int) -> Iterator[Content]:
        """Give the columns, their days, and the sum."""
        values = progress.forecast
        if not any(values):
            yield Content.styled("Nothing is scheduled yet.", "$quiet")
            return
        wide = width >= 3 * len(values)
        step = 3 if wide else 2 if width >= 2 * len(values) else 1
        yield from columns(values, height=4, width=max(step - 1, 1), gap=int(step > 1)).split("\n")
        labels = [" "] * (len(values) * step + 4)
        for day in range(0, len(values), 7):
            text = "today" if not day else f"+{day}"
            labels[day * step : day * step + len(text)] = text
        yield Content.styled("".join(labels).rstrip(), "$quiet")
        most = max(range(len(values)), key=lambda day: values[day])
        when = ("today", "tomorrow")[most] if most < 2 else f"in {most} days"  # noqa: PLR2004
        yield Content.assemble(
            f"{values[0]:,} today   {sum(values[:7]):,} in 7 days   {sum(values):,} in 30 days   ",
            (f"most {values[most]:,}, {when}", "$quiet"),
        )
