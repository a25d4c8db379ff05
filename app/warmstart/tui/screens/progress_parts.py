"""The pictures of Progress's first page, each with its figures beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content

from warmstart.tui import phrases
from warmstart.tui.widgets import plot, temperature
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.study.figures import Recalled
    from warmstart.usecases.progress import Overview

STATES: Final = {
    "new": ("░", "$temperature-0"),
    "learning": ("▒", "$temperature-2"),
    "relearning": ("▒", "$temperature-3"),
    "young": ("▓", "$temperature-5"),
    "mature": ("█", "$temperature-7"),
    "suspended": ("·", "$faint"),
}
"""The states of cards from cold to warm, with shape and colour."""
_LABEL: Final = 9
"""Cells of what a row begins with."""


class Part(Drawing):
    """A titled picture of the overview."""

    TITLE: ClassVar[str] = ""
    overview: Overview | None = None

    def draw(self, width: int) -> Content:
        """Draw the title and, below, the picture."""
        if self.overview is None:
            return Content("")
        return titled(self.TITLE, self.lines(self.overview, width))

    def lines(self, found: Overview, width: int) -> Iterator[Content]:
        """Give the lines below the title."""
        raise NotImplementedError


def titled(title: str, lines: Iterator[Content]) -> Content:
    """Return lines under their title."""
    return Content("\n").join([Content.styled(title, "bold"), *lines])


class Known(Part):
    """Mastery over all cards, and cards by state."""

    TITLE = "Mastery"

    def lines(self, found: Overview, width: int) -> Iterator[Content]:
        """Give mastery as a bar, then the states as another with their counts."""
        if not found.states.total:
            yield Content.styled("No cards yet: warmstart import FOLDER brings some.", "$quiet")
            return
        bar = max(min(width - 30, 60), 10)
        yield Content.assemble(
            temperature.mark(found.mastery),
            " ",
            temperature.number(found.mastery),
            "  ",
            temperature.bar(found.mastery, bar),
            (f"  {phrases.count(found.cards, 'card')} in study", "$quiet"),
        )
        yield Content("")
        counts = found.states.as_dict()
        cells = _shares(list(counts.values()), width)
        yield Content.assemble(
            *((STATES[name][0] * n, STATES[name][1]) for name, n in zip(counts, cells, strict=True))
        )
        yield from wrapped(
            [
                Content.assemble(STATES[name], f" {count:,} ", (name, "$quiet"))
                for name, count in counts.items()
                if count
            ],
            width,
        )


class Answers(Part):
    """What stands above the heat map."""

    TITLE = "A year of answers"

    def lines(self, found: Overview, width: int) -> Iterator[Content]:
        """Give the year's sum, the days in a row, and the busiest day."""
        if not found.heat:
            yield Content.styled("Each day you study will show up here.", "$quiet")
            if found.states.total:
                yield Content.styled("Enter on Today begins: q, then Enter.", "$quiet")
            return
        busiest = max(found.heat, key=lambda day: (found.heat[day], day))
        spent = timedelta(milliseconds=sum(found.spent.values()))
        yield from wrapped(
            [
                Content(phrases.count(sum(found.heat.values()), "answer")),
                Content(phrases.duration(spent)),
                Content(f"{phrases.count(found.streaks.current, 'day')} in a row"),
                Content(f"longest {found.streaks.longest:,}"),
                Content(f"most {found.heat[busiest]:,} on {busiest.day} {busiest:%b}"),
            ],
            width,
        )


class RetentionPart(Part):
    """True retention against the goal."""

    TITLE = "True retention"

    def lines(self, found: Overview, width: int) -> Iterator[Content]:
        """Give a row for each period; the goal is a mark in the bar."""
        if not any(row.all.reviews for row in found.retention):
            yield Content.styled("No reviews yet of a card that was in review.", "$quiet")
            return
        bar = max(min(width - _LABEL - 36, 44), 6)
        head = f"{'all':>{bar + 6}}{'young':>9}{'mature':>9}{'reviews':>10}"
        yield Content.styled(" " * _LABEL + head, "$quiet")
        for row in found.retention:
            yield Content.assemble(
                (row.label.ljust(_LABEL), "$quiet"),
                retention_bar(row.all, found.goal, bar),
                (percent(row.all, 6), "bold"),
                (percent(row.young, 9), ""),
                (percent(row.mature, 9), ""),
                (f"{row.all.reviews:>10,}", "$quiet"),
            )
        yield Content.styled(f"│ is the goal, {found.goal:.0%}; young is below 21 days", "$quiet")


class Forecast(Part):
    """Cards due on each of the next 30 days."""

    TITLE = "Next 30 days"

    def lines(self, found: Overview, width: int) -> Iterator[Content]:
        """Give the columns, their days, and the sums; what is overdue falls to today."""
        values = [found.overdue + found.forecast[0], *found.forecast[1:]]
        if not any(values):
            yield Content.styled("Nothing is scheduled yet.", "$quiet")
            return
        labels = ["today", *("" if day % 7 else f"+{day}" for day in range(1, len(values)))]
        yield from plot.columns(values, width=width, height=5, labels=labels)
        parts = [
            Content(f"{values[0]:,} today"),
            Content(f"{sum(values[:7]):,} in 7 days"),
            Content(f"{sum(values):,} in 30"),
        ]
        if found.overdue:
            parts.insert(1, Content.styled(f"{found.overdue:,} overdue", "$cold"))
        yield from wrapped(parts, width)


def retention_bar(found: Recalled, goal: float, width: int) -> Content:
    """Return a bar of what was recalled, warm from the goal on and cold below."""
    share = found.share
    style = "$temperature-7" if share is not None and share >= goal else "$temperature-1"
    return plot.bar(share or 0.0, width, style=style, mark=goal)


def percent(found: Recalled, cells: int) -> str:
    """Return the share recalled, right-aligned; a dash where there was nothing to recall."""
    return ("–" if found.share is None else f"{found.share:.0%}").rjust(cells)


def wrapped(parts: list[Content], width: int, gap: int = 3) -> Iterator[Content]:
    """Give the parts on as few lines as hold them."""
    line = Content("")
    for part in parts:
        if not line:
            line = part
        elif line.cell_length + gap + part.cell_length > width:
            yield line
            line = part
        else:
            line = Content(" " * gap).join([line, part])
    if line:
        yield line


def _shares(counts: list[int], width: int) -> list[int]:
    """Divide ``width`` cells among ``counts``; whoever has any gets at least one."""
    total = sum(counts)
    cells = [max(1, round(count / total * width)) if count else 0 for count in counts]
    # What rounding left over or took too much falls to the largest, where it is least noticed.
    cells[cells.index(max(cells))] += width - sum(cells)
    return cells
