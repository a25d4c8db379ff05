"""The pictures of Today, for the widths of a terminal from a phone's to a wall's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.keymap import key_of
from warmstart.tui.widgets import temperature
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.sparkline import columns, sparkline

if TYPE_CHECKING:
    from datetime import date

    from warmstart.usecases.goals import GoalView
    from warmstart.usecases.today import ColdConcept, Today

_IMPORT_HINT: Final = "warmstart import FOLDER"
_BUTTON: Final = " Enter  study "
_ROOMY: Final = 100
"""From this width on the week is a chart, and notes stand beside their concepts."""
_TIGHT: Final = 70
_BARS: Final = ((_ROOMY, 40), (_TIGHT, 20), (0, 8))
"""How long the bars are, by the width there is."""
_GOALS: Final = 2
"""Goals that are shown."""
_NAME: Final = 12
"""Cells of what a line that leads somewhere begins with."""
_DAY: Final = 9
"""Cells of a day in the chart of the week."""


class Load(Drawing):
    """What there is to study now, and in the days to come."""

    today: Today | None = None
    failure: str | None = None
    """Why there is no store to show anything of."""
    day: date | None = None
    """Which day it is, for the names under the chart."""

    def draw(self, width: int) -> Content:
        """Draw the counts with the button at the right end, and the week below."""
        today = self.today
        if self.failure is not None:
            why = Content.styled(safe(self.failure), "$error").wrap(width)
            title = Content.styled("The store could not be opened.", "bold")
            return Content("\n").join([title, Content(""), *why])
        if today is None:
            return Content.assemble(
                ("Warming up. ", "bold"),
                ("The store is being made, and the bundled course read.", "$quiet"),
            )
        lines = [self._counts(today, width)]
        if not today.due and not today.new:
            lines.append(self._nothing(today))
        if width >= _ROOMY and self.day is not None and any(today.week):
            lines += [Content(""), self._chart(today, self.day)]
        else:
            lines.append(self._week(today))
        return Content("\n").join(lines)

    def _counts(self, today: Today, width: int) -> Content:
        parts = [
            Content.assemble((f"{today.due:,}", "bold $accent" if today.due else "bold"), " due"),
            Content.assemble((f"{today.new:,}", "bold $cold" if today.new else "bold"), " new"),
        ]
        button = Content("")
        if today.due or today.new:
            parts.append(Content.styled(f"about {today.minutes} min", "$quiet"))
            button = Content.styled(_BUTTON, "bold $background on $accent")
            button = button.stylize("@click=screen.study")
            some = Content.assemble((" f", "bold $accent"), (" some", "$quiet"))
            button += some.stylize("@click=screen.sit")
        if today.studied:
            parts.append(Content.styled(f"{today.studied:,} answered today", "$quiet"))
        left = Content("      " if width >= _ROOMY else "    ").join(parts)
        if left.cell_length + button.cell_length >= width:
            left = Content("   ").join(parts[:2])
        return left + button.pad_left(max(width - left.cell_length - button.cell_length, 1))

    @staticmethod
    def _week(today: Today) -> Content:
        if not any(today.week):
            return Content.assemble(sparkline(today.week), ("  nothing due in 7 days", "$quiet"))
        figures = " ".join(str(count) for count in today.week)
        return Content.assemble(sparkline(today.week), ("  next 7 days: ", "$quiet"), figures)

    @staticmethod
    def _chart(today: Today, first: date) -> Content:
        """Draw the week as columns, the counts and the days below them."""
        bars = columns(today.week, height=4, width=_DAY - 3, gap=3)
        counts = "".join(f"{count:,}".ljust(_DAY) for count in today.week)
        days = [first + timedelta(days=n) for n in range(len(today.week))]
        names = ["today", *(f"{day:%a} {day.day}" for day in days[1:])]
        return Content("\n").join(
            [
                bars,
                Content(counts),
                Content.styled("".join(name.ljust(_DAY) for name in names), "$quiet"),
            ]
        )

    def _nothing(self, today: Today) -> Content:
        if not today.cards:
            return Content.assemble(
                ("No cards yet. Bring your notes in with  ", "$quiet"), (_IMPORT_HINT, "bold")
            )
        if today.held:
            return Content.styled(
                f"The day is done. {phrases.count(today.held, 'due card')} more:"
                " beyond its limit, buried, or siblings of what was asked.",
                "$quiet",
            )
        days = next((day for day, count in enumerate(today.week) if day and count), None)
        if days is None:
            return Content.styled("Nothing is due, and nothing in the next 7 days.", "$quiet")
        when = "tomorrow" if days == 1 else f"in {days} days"
        return Content.styled(
            f"Nothing is due now. {phrases.count(today.week[days], 'card')} will be {when}.",
            "$quiet",
        )


class Back(Drawing):
    """That a backlog was spread, on the day it was."""

    sentence: str | None = None
    undoable: bool = False

    def draw(self, width: int) -> Content:
        """Draw the sentence, and the key that takes it back while one does."""
        if self.sentence is None:
            return Content("")
        lines = Content.styled(self.sentence, "$cold").wrap(width)
        if self.undoable:
            key = Content.assemble((" u ", "bold $accent on $panel"), (" takes it back", "$quiet"))
            lines.append(key.stylize("@click=screen.unspread"))
        return Content("\n").join(lines)


class GoingCold(Drawing):
    """The concepts about to be forgotten: temperature, title, mastery, bar, when last seen."""

    concepts: tuple[ColdConcept, ...] = ()

    def draw(self, width: int) -> Content:
        """Draw a row for each; the titles give way to the figures where room is short."""
        if not self.concepts:
            nothing = "Nothing yet: what you have studied shows up here as it fades."
            said = Content.styled(nothing, "$quiet").wrap(width)
            return Content("\n").join([Content.styled("Going cold", "bold"), *said])
        bar = next(length for least, length in _BARS if width >= least)
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
        if bar == _BARS[0][1] and concept.note != concept.title:
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
        ).stylize(f"@click=screen.open_concept({concept.id})")


class Goals(Drawing):
    """What the nearest goals take a day."""

    goals: tuple[GoalView, ...] = ()

    def draw(self, width: int) -> Content:
        """Draw two lines a goal: what it is, and its plan; a click opens its concept."""
        from warmstart.usecases import phrases as said

        lines = []
        for view in self.goals[:_GOALS]:
            made = view.plan
            unmet = made is not None and not made.met
            name = Content.assemble(
                ("Goal".ljust(_NAME), "bold"), safe(view.title), (f"  {said.goal(view)}", "$quiet")
            )
            plan = Content(" " * _NAME) + Content.styled(
                safe(said.brief(view)), "$warning" if unmet else "$foreground"
            )
            for line in (name, plan):
                shown = line.truncate(width, ellipsis=True)
                opens = view.concept is not None
                lines.append(
                    shown.stylize(f"@click=screen.open_concept({view.concept})") if opens else shown
                )
        if len(self.goals) > _GOALS:
            more = f"and {len(self.goals) - _GOALS} more: warmstart goal"
            lines.append(Content.styled(" " * _NAME + more, "$quiet"))
        return Content("\n").join(lines)


class NextLab(Drawing):
    """The lab to run next."""

    today: Today | None = None

    def draw(self, width: int) -> Content:
        """Draw its title and how long it takes; nothing where there is no lab."""
        if self.today is None or self.today.next_lab is None:
            return Content("")
        lab = self.today.next_lab
        facts = ["due again"] * lab.again + [f"{lab.minutes} min"] * (lab.minutes is not None)
        key = key_of(self, "app.go('labs')", "l")
        return _way("Next lab", safe(lab.title), ", ".join(facts), key, width).stylize(
            "@click=app.go('labs')"
        )


class Suggested(Drawing):
    """That suggested cards wait, when there are any."""

    waiting: int = 0

    def draw(self, width: int) -> Content:
        """Draw how many."""
        if not self.waiting:
            return Content("")
        verb = "waits" if self.waiting == 1 else "wait"
        said = f"{phrases.count(self.waiting, 'suggested card')} {verb} in the inbox"
        key = key_of(self, "app.go('inbox')", "i")
        return _way("New", said, "", key, width).stylize("@click=app.go('inbox')")


def _way(name: str, title: str, fact: str, key: str, width: int) -> Content:
    """Draw one line that leads somewhere: what it is, a title, a fact, and the key."""
    right = Content.assemble((fact, "$quiet"), "   ", (f" {key} ", "bold $accent on $panel"))
    room = max(width - _NAME - right.cell_length - 2, 8)
    left = Content.assemble(
        (name.ljust(_NAME), "bold"), Content(title).truncate(room, ellipsis=True)
    )
    return left + " " * max(width - left.cell_length - right.cell_length, 2) + right
