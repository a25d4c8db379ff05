"""The close of a sitting: what was answered, and what it warmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive

from warmstart.study.cards import Rating
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.usecases.summary import SessionSummary, Warmed

_SHOWN = 10
"""Concepts listed at most."""
_TITLE = 40

_BOUNDS: Final = {
    "minutes": "Time is up: this sitting was to take no longer.",
    "cards": "Done: these were the cards of this sitting.",
}


class Summary(Drawing):
    """Draws a ``SessionSummary``; ``now`` is when it was taken."""

    summary: reactive[SessionSummary | None] = reactive(None, layout=True)
    now: reactive[datetime | None] = reactive(None, layout=True)

    def draw(self, width: int) -> Content:
        """Draw the figures first, then the concepts with their mastery before and after."""
        summary = self.summary
        if summary is None:
            return Content("")
        if not summary.answered:
            return Content("\n\n").join(
                [
                    Content.styled("Nothing is due.", "bold"),
                    self._next(summary),
                ]
            )
        title = "Done" if summary.bound is None else _BOUNDS[summary.bound]
        lines = [Content.styled(title, "bold $accent"), Content(""), self._figures(summary)]
        lines += [self._grades(summary), self._next(summary)]
        if summary.warmed:
            lines += [Content(""), Content.styled("Mastery, before and after", "bold")]
            lines += [self._warmed(one, width) for one in summary.warmed[:_SHOWN]]
        if len(summary.warmed) > _SHOWN:
            lines.append(Content.styled(f"and {len(summary.warmed) - _SHOWN} more", "$quiet"))
        return Content("\n").join(lines)

    @staticmethod
    def _figures(summary: SessionSummary) -> Content:
        parts = [
            phrases.count(summary.answered, "answer"),
            f"{summary.correct_share or 0:.0%} recalled",
            phrases.duration(summary.duration),
        ]
        if summary.new_learned:
            parts.append(f"{summary.new_learned} new")
        return Content("   ").join(Content.styled(part, "bold") for part in parts)

    @staticmethod
    def _grades(summary: SessionSummary) -> Content:
        return Content("   ").join(
            Content.assemble((rating.name.capitalize(), "$quiet"), f" {count}")
            for rating in Rating
            if (count := summary.by_rating.get(rating, 0))
        )

    def _next(self, summary: SessionSummary) -> Content:
        if summary.next_due is None or self.now is None:
            return Content.styled("No card is scheduled.", "$quiet")
        if summary.next_due <= self.now:
            return Content.styled("There is more to study: q, then Enter.", "$quiet")
        return Content.styled(
            f"The next card is due {phrases.due(summary.next_due, self.now)}.", "$quiet"
        )

    @staticmethod
    def _warmed(one: Warmed, width: int) -> Content:
        before, after = round(one.before), round(one.after)
        title = Content(safe(one.title)).truncate(min(_TITLE, max(width - 32, 10)), ellipsis=True)
        room = min(_TITLE, max(width - 32, 10))
        return Content.assemble(
            temperature.mark(after),
            " ",
            title.pad_right(room - title.cell_length),
            temperature.number(before),
            (" → ", "$quiet"),
            temperature.number(after),
            "  ",
            temperature.bar(after, 20),
        )
