"""The pictures of Progress's other pages: how cards are remembered, and when one studies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content

from warmstart.study.figures import MATURE
from warmstart.tui import phrases
from warmstart.tui.screens.progress_parts import percent, retention_bar, titled
from warmstart.tui.widgets import plot
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warmstart.study.figures import Bins
    from warmstart.usecases.progress import Details, Overview

_HEIGHT: Final = 5
_WEEKS: Final = 52
_RATINGS: Final = (
    ("Again", "░", "$temperature-0"),
    ("Hard", "▒", "$temperature-2"),
    ("Good", "▓", "$temperature-5"),
    ("Easy", "█", "$temperature-7"),
)


class MorePart(Drawing):
    """A titled picture of the details."""

    TITLE: ClassVar[str] = ""
    details: Details | None = None
    overview: Overview | None = None

    def draw(self, width: int) -> Content:
        """Draw the title and, below, the picture."""
        if self.details is None or self.overview is None:
            return Content("")
        return titled(self.TITLE, self.lines(self.details, self.overview, width))

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:
        """Give the lines below the title."""
        raise NotImplementedError


class RecallNow(MorePart):
    """How the studied cards are spread over the probability of recall now."""

    TITLE = "Recall now, %"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give the histogram from cold to warm, and how many cards would be recalled."""
        yield from _histogram(
            more.recall,
            [f"{100 * edge:.0f}" if n % 4 == 0 else "" for n, edge in enumerate(more.recall.edges)],
            width,
            warm=True,
        )
        if more.recall.cards:
            yield Content.assemble(
                f"{more.recalled:,.0f} of {more.recall.cards:,} ",
                ("studied cards would be recalled now", "$quiet"),
            )


class BySpan(MorePart):
    """True retention by the interval that cards had been given."""

    TITLE = "Retention by interval"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:
        """Give a row for each span; the goal is a mark in the bar."""
        if not any(row.recalled.reviews for row in more.by_span):
            yield Content.styled("No reviews yet of a card that was in review.", "$quiet")
            return
        bar = max(min(width - 33, 44), 6)
        for span, row in enumerate(more.by_span):
            age = "mature" if span == MATURE else "young" if not span else ""
            yield Content.assemble(
                (row.label.rjust(9) + " ", "$quiet"),
                retention_bar(row.recalled, first.goal, bar),
                (percent(row.recalled, 6), "bold"),
                (f"{row.recalled.reviews:>9,}", "$quiet"),
                (f" {age}", "$quiet"),
            )


class Stability(MorePart):
    """How the studied cards are spread over stability."""

    TITLE = "Stability, days until recall falls to 90 %"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give the histogram; its steps widen, as forgetting does."""
        labels = [f"{edge:g}" for edge in more.stability.edges[:-1]]
        yield from _histogram(more.stability, labels, width)


class Difficulty(MorePart):
    """How the studied cards are spread over difficulty."""

    TITLE = "Difficulty, 1 easy to 10 hard"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give the histogram."""
        edges = more.difficulty.edges
        yield from _histogram(
            more.difficulty, [f"{e:g}" if n % 2 == 0 else "" for n, e in enumerate(edges)], width
        )


class Hours(MorePart):
    """Answers by the hour of the day."""

    TITLE = "Hours of the day"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give a column an hour, and the best hour."""
        values = [hour.reviews for hour in more.hours]
        if not any(values):
            yield Content.styled("When you answer will show here.", "$quiet")
            return
        labels = [str(hour) if hour % 3 == 0 else "" for hour in range(24)]
        yield from plot.columns(values, width=width, height=_HEIGHT, labels=labels)
        most = max(range(24), key=lambda hour: values[hour])
        # An hour with a handful of answers says nothing about when one remembers best.
        enough = [h for h in range(24) if values[h] >= max(20, sum(values) // 50)]
        said = Content(f"most at {most}:00")
        if enough:
            best = max(enough, key=lambda hour: more.hours[hour].share or 0)
            said += Content.assemble(
                f"   best recall at {best}:00 ", (percent(more.hours[best], 0), "bold")
            )
        yield said


class TimeSpent(MorePart):
    """Minutes by week."""

    TITLE = "Minutes a week"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give a column a week, and the means."""
        if not first.spent:
            yield Content.styled("How long you study will show here.", "$quiet")
            return
        weeks = by_week(first.spent, first.today, _WEEKS)
        labels = [f"{monday:%b}" if monday.day <= 7 else "" for monday, _ in weeks]  # noqa: PLR2004
        minutes = [round(ms / 60_000) for _, ms in weeks]
        yield from plot.columns(minutes, width=width, height=_HEIGHT, labels=labels)
        total = sum(first.spent.values())
        answers = sum(first.heat.values())
        day = timedelta(milliseconds=total / first.streaks.studied)
        yield Content.assemble(
            f"{phrases.duration(day)} ",
            ("a day studied   ", "$quiet"),
            f"{total / answers / 1000:.1f} s ",
            ("an answer", "$quiet"),
        )


class AnswerButtons(MorePart):
    """Which buttons were pressed, for cards in learning, young and mature."""

    TITLE = "Answer buttons"

    def lines(self, more: Details, first: Overview, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give a full bar for each group, divided by the buttons."""
        if not any(row.recalled.reviews for row in more.buttons):
            yield Content.styled("Which buttons you press will show here.", "$quiet")
            return
        for row in more.buttons:
            total = row.recalled.reviews
            yield Content.assemble(
                f"{row.label:<9}",
                (f"{total:>8,} answers", "$quiet"),
                (percent(row.recalled, 7), "bold"),
                (" recalled", "$quiet"),
            )
            ends = [round(width * sum(row.counts[: n + 1]) / max(total, 1)) for n in range(4)]
            starts = [0, *ends[:-1]]
            yield (
                Content.assemble(
                    *(
                        (shape * (end - start), style)
                        for (_, shape, style), start, end in zip(
                            _RATINGS, starts, ends, strict=True
                        )
                    )
                )
                if total
                else Content.styled("·" * width, "$rule")
            )
        yield Content("   ").join(
            Content.assemble((shape * 2, style), (f" {name}", "$quiet"))
            for name, shape, style in _RATINGS
        )


def by_week(spent: Mapping[date, int], today: date, weeks: int) -> list[tuple[date, int]]:
    """Return the last weeks by their Monday, with the sum of each."""
    this = today - timedelta(days=today.weekday())
    mondays = [this - timedelta(weeks=n) for n in range(weeks - 1, -1, -1)]
    return [
        (monday, sum(spent.get(monday + timedelta(days=n), 0) for n in range(7)))
        for monday in mondays
    ]


def _histogram(
    bins: Bins, labels: list[str], width: int, *, warm: bool = False
) -> Iterator[Content]:
    if not bins.cards:
        yield Content.styled("No card was studied yet.", "$quiet")
        return
    last = len(bins.counts) - 1
    yield from plot.columns(
        bins.counts,
        width=width,
        height=_HEIGHT,
        labels=labels,
        style=(lambda n: f"$temperature-{7 * n // last}") if warm else "$accent",
    )
