"""Today: what is due, what is going cold, and the lab to run next.

The one screen on the road to the first frame: it is drawn from ``today.glance``, which reads the
store through sqlite3 alone, and imports nothing that is heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.sparkline import sparkline
from warmstart.usecases.today import glance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.usecases.today import ColdConcept, Today
    from warmstart.usecases.workspace import Workspace

_IMPORT_HINT = "warmstart import FOLDER"
_ROOMY: Final = 100
"""From this width on, notes stand beside their concepts and bars are longer."""
_WIDE_BAR: Final = 40
_BUTTON = " Enter  study "


class Load(Drawing):
    """What there is to study now, and in the days to come."""

    today: Today | None = None

    def draw(self, width: int) -> Content:
        """Draw the counts with the button at the right end, and the week below."""
        today = self.today
        if today is None:
            return Content.assemble(
                ("Warming up. ", "bold"),
                ("The store is being created and the bundled course read into it.", "$quiet"),
            )
        lines = [self._counts(today, width), self._week(today)]
        if not today.due and not today.new:
            lines.insert(1, self._nothing(today))
        return Content("\n").join(lines)

    def _counts(self, today: Today, width: int) -> Content:
        due = Content.assemble((f"{today.due:,}", "bold $accent" if today.due else "bold"), " due")
        new = Content.assemble((f"{today.new:,}", "bold $cold" if today.new else "bold"), " new")
        parts = [due, new]
        if today.due or today.new:
            parts.append(Content.styled(f"about {today.minutes} min", "$quiet"))
        if today.studied:
            parts.append(Content.styled(f"{today.studied:,} answered today", "$quiet"))
        left = Content("      " if width >= _ROOMY else "    ").join(parts)
        if not (today.due or today.new):
            return left
        button = Content.styled(_BUTTON, "bold $background on $accent").stylize(
            "@click=screen.study"
        )
        gap = width - left.cell_length - button.cell_length
        return Content.assemble(left, " " * max(gap, 2), button)

    def _week(self, today: Today) -> Content:
        if not any(today.week):
            return Content.assemble(sparkline(today.week), ("  nothing due in 7 days", "$quiet"))
        figures = " ".join(str(count) for count in today.week)
        return Content.assemble(
            sparkline(today.week), ("  next 7 days: ", "$quiet"), (figures, "$foreground")
        )

    def _nothing(self, today: Today) -> Content:
        if not today.cards:
            return Content.assemble(
                ("No cards yet. Bring your notes in with  ", "$quiet"), (_IMPORT_HINT, "bold")
            )
        days = next((day for day, count in enumerate(today.week) if day and count), None)
        if days is None:
            return Content.styled("Nothing is due, and nothing in the next 7 days.", "$quiet")
        when = "tomorrow" if days == 1 else f"in {days} days"
        return Content.styled(
            f"Nothing is due now. {phrases.count(today.week[days], 'card')} will be {when}.",
            "$quiet",
        )


class GoingCold(Drawing):
    """The concepts about to be forgotten: temperature, title, mastery, bar, when last seen."""

    concepts: tuple[ColdConcept, ...] = ()

    def draw(self, width: int) -> Content:
        """Draw a row for each; the titles give way to the figures where room is short."""
        if not self.concepts:
            return Content.assemble(
                ("Going cold", "bold"),
                "\n",
                ("Nothing yet: what you have studied shows up here as it fades.", "$quiet"),
            )
        bar = _WIDE_BAR if width >= _ROOMY else 20
        tail = max(len(self._seen(concept)) for concept in self.concepts)
        title = max(width - 2 - 3 - 2 - bar - 3 - tail - 2, 12)
        # The heading of the figures stands over the bar they are drawn as.
        head = Content.assemble(
            Content.styled("Going cold", "bold").extend_right(title + 2 + 2 + 3 + 2 - 10),
            ("recall in 30 days", "$quiet"),
        )
        rows = [self._row(concept, title, bar) for concept in self.concepts]
        return Content("\n").join([head, *rows])

    @staticmethod
    def _seen(concept: ColdConcept) -> str:
        return f"last seen {phrases.ago(concept.last_seen_days)}"

    def _row(self, concept: ColdConcept, title: int, bar: int) -> Content:
        name = Content(safe(concept.title))
        if bar == _WIDE_BAR and concept.note != concept.title:
            name += Content.styled(f"  {safe(concept.note)}", "$quiet")
        name = name.truncate(title, ellipsis=True)
        return Content.assemble(
            temperature.mark(concept.mastery),
            " ",
            name.extend_right(title - name.cell_length),
            "  ",
            temperature.number(concept.mastery),
            "  ",
            temperature.bar(concept.mastery, bar),
            "   ",
            (self._seen(concept), "$quiet"),
        )


class NextLab(Drawing):
    """The lab to run next."""

    today: Today | None = None

    def draw(self, width: int) -> Content:
        """Draw its title and how long it takes; nothing where there is no lab."""
        if self.today is None or self.today.next_lab is None:
            return Content("")
        lab = self.today.next_lab
        minutes = "" if lab.minutes is None else f"{lab.minutes} min"
        right = Content.assemble((minutes, "$quiet"), "   ", (" l ", "bold $accent on $panel"))
        title = Content(safe(lab.title)).truncate(
            max(width - 12 - right.cell_length - 2, 8), ellipsis=True
        )
        left = Content.assemble(("Next lab", "bold"), "    ", title)
        gap = " " * max(width - left.cell_length - right.cell_length, 2)
        return Content.assemble(left, gap, right).stylize("@click=app.go('labs')")


class TodayScreen(DataScreen):
    """Where the app opens."""

    PLACE = "Warmstart · Today"
    ABOUT = (
        "What is due now, how many new cards the day brings, and about how long both take. The "
        "row of columns is the load of the next seven days, today first.\n"
        "Going cold lists the concepts that will lose the most recall within a week. The number "
        "and the bar are mastery: the share of a concept's cards you would still recall 30 days "
        "from now."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "study", "study", key_display="Enter"),
        *go("notes", "labs", "progress"),
        CLOSING[0],
        Binding("q,escape", "leave", "quit", key_display="q"),
    ]

    def body(self) -> Iterable[Widget]:
        """Lay out load, cold concepts and the next lab, drawn from a first glance at the store."""
        self._load, self._cold, self._lab = Load(), GoingCold(), NextLab()
        self._glance()
        yield Vertical(self._load, self._cold, self._lab, id="today")

    def fact(self) -> Content:
        """Say which day it is."""
        return Content(phrases.day(self.warm.clock().astimezone()))

    def _glance(self) -> None:
        warm = self.warm
        try:
            today = glance(warm.home, warm.settings, warm.clock())
        except WarmstartError as error:
            self.call_after_refresh(self.problem, error)
            return
        self._load.today = self._lab.today = today
        if today is not None:
            self._cold.concepts = today.cold
        self._cold.display = today is not None

    async def show(self, workspace: Workspace) -> None:  # noqa: ARG002
        """Look again: the store was just created, or a review has changed it."""
        self._glance()
        for drawing in (self._load, self._cold, self._lab):
            drawing.refresh(layout=True)

    def action_study(self) -> None:
        """Start, or go on with, a review."""
        from warmstart.tui.screens.review import ReviewScreen

        self.app.push_screen(ReviewScreen())
