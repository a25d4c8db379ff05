"""The parts of the Parameters screen: a verdict, figures, what retention costs, the numbers."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.study.fit import Fitted
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.plot import Scale, Series, lines, scale
from warmstart.usecases.optimize import Judged, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.study.fit import Accuracy
    from warmstart.study.workload import Workload
    from warmstart.usecases.optimize import Choice, Proposal

_COLUMNS: Final = ("log loss", "RMSE", "min a day", "recalled")
_NAME: Final = 12
_CELL: Final = 12
_WIDEST: Final = 72
_NUMBERS_A_LINE: Final = 7


class Part(Drawing):
    """A part that draws a proposal once it is there."""

    proposal: Proposal | None = None

    def draw(self, width: int) -> Content:
        """Draw the lines of the part."""
        if self.proposal is None:
            return Content("")
        return Content("\n").join(self.lines(self.proposal, width))

    def lines(self, proposal: Proposal, width: int) -> Iterator[Content]:
        """Give the lines."""
        raise NotImplementedError


class Verdict(Part):
    """What came of it, in a sentence or two; before that, what is going on."""

    def draw(self, width: int) -> Content:
        """Say what is done while there is nothing to show yet."""
        if self.proposal is None:
            return Content.styled("Fitting to your reviews, and simulating a year …", "$quiet")
        return super().draw(width)

    def lines(self, proposal: Proposal, width: int) -> Iterator[Content]:
        """Give the verdict, and what was left out."""
        for line in textwrap.wrap(verdict(proposal), min(width, _WIDEST)):
            yield Content.styled(line, "bold")
        if proposal.left_out and isinstance(proposal.outcome, Fitted | Judged):
            left_out = (
                f"{proposal.left_out:,} answers teach nothing: within a day of the one before, or "
                "of a card whose beginning is not known."
            )
            for line in textwrap.wrap(left_out, min(width, _WIDEST)):
                yield Content.styled(line, "$quiet")


class Figures(Part):
    """How well the parameters predict, and what they cost."""

    def lines(self, proposal: Proposal, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give a row for what is in force, what is proposed, and the defaults."""
        outcome = proposal.outcome
        if not isinstance(outcome, Fitted | Judged) or outcome.before is None:
            return
        head = "".join(name.rjust(_CELL) for name in _COLUMNS)
        yield Content.styled(" " * _NAME + head, "$quiet")
        yield self._row("in force", outcome.before, proposal.now)
        if proposal.then is not None and outcome.after is not None:
            style = "bold $accent" if outcome.better else ""
            yield self._row("proposed", outcome.after, proposal.then, style)
        if isinstance(outcome, Fitted) and outcome.default != outcome.before:
            yield self._row("defaults", outcome.default, None)

    @staticmethod
    def _row(name: str, found: Accuracy, year: Workload | None, style: str = "") -> Content:
        cells = [f"{found.log_loss:.4f}", f"{found.rmse:.1%}"]
        if year is not None:
            recalled = "–" if year.recalled is None else f"{year.recalled:.1%}"
            cells += [f"{year.daily_minutes:.1f}", recalled]
        return Content.assemble(
            (name.ljust(_NAME), "$quiet"), ("".join(cell.rjust(_CELL) for cell in cells), style)
        )


class Retentions(Part):
    """Desired retention against workload."""

    def lines(self, proposal: Proposal, width: int) -> Iterator[Content]:
        """Give the plot of minutes a day by retention, and three rows of it in figures."""
        choices = proposal.choices
        if not choices:
            yield Content.styled("Import notes first: there is no card to study yet.", "$quiet")
            return
        yield Content.styled("Minutes a day, by the retention desired", "bold")
        now = next(c for c in choices if c.retention == proposal.retention)
        low, high = choices[0].retention, choices[-1].retention
        x = Scale(low, high, tuple((c.retention, f"{c.retention:.0%}") for c in choices))
        y = scale(max(c.minutes for c in choices), most=4)
        points = [(c.retention, c.minutes) for c in choices]
        here = [(now.retention, y.low), (now.retention, now.minutes)]
        yield from lines(
            [Series(points), Series(here, "$foreground")],
            width=min(width, _WIDEST),
            height=7,
            x=x,
            y=y,
        )
        yield Content("")
        yield Content.styled("desired     min a day     cards known after a year", "$quiet")
        for choice in _around(choices, now):
            yield self._row(choice, bold=choice is now)

    @staticmethod
    def _row(choice: Choice, *, bold: bool) -> Content:
        return Content.assemble(
            (f"{choice.retention:>7.0%}", "bold" if bold else ""),
            (f"{choice.minutes:>14.1f}{choice.known:>21,.0f}", "bold" if bold else ""),
            ("   as set", "$quiet") if bold else "",
        )


def _around(choices: tuple[Choice, ...], now: Choice) -> list[Choice]:
    """Return the retention that is set, with two below it and two above."""
    at = choices.index(now)
    return list(choices[max(0, at - 2) : at + 3])


class Numbers(Part):
    """The parameters themselves."""

    def lines(self, proposal: Proposal, width: int) -> Iterator[Content]:  # noqa: ARG002
        """Give the 21 numbers, seven a line, of what is proposed or in force."""
        named = "in force" if proposal.proposed is None else "proposed"
        yield Content.styled(f"The 21 numbers, {named}", "bold")
        found = proposal.proposed or proposal.in_force
        for start in range(0, len(found), _NUMBERS_A_LINE):
            row = found[start : start + _NUMBERS_A_LINE]
            yield Content.styled("".join(f"{weight:>9.4g}" for weight in row), "$quiet")
