"""The lines round the picture on a stage: the road, the caption, the log, the pane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from warmstart.labs.figures import FIGURES, dollars, written
from warmstart.labs.log import brief, tail
from warmstart.labs.moments import describe
from warmstart.labs.timeline import stopwatch
from warmstart.text import fit, safe
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.labs.check import CheckResult
    from warmstart.labs.differences import Difference
    from warmstart.labs.log import Entry, Tone
    from warmstart.labs.moments import Moment
    from warmstart.labs.run import LabRun
    from warmstart.labs.stage import SoFar, Stage
    from warmstart.usecases.lab_run import RunReport

TONES: Final[dict[Tone, str]] = {
    "platform": "$foreground",
    "function": "$foreground",
    "cost": "$cold",
    "event": "$quiet",
    "error": "$failed",
}

_NARROWEST: Final = 20
"""Cells an error is wrapped to at least, however narrow the screen."""


class Road(Drawing):
    """Who calls what, with how many environments, and the figures so far."""

    stops: Sequence[str] = ()
    environments: int = 0
    figures: SoFar | None = None

    def place(self, stage: Stage, cursor: int) -> None:
        """Stand at a moment of a run; draw again if anything differs there."""
        there = (stage.road, stage.environments(cursor), stage.tally.at(cursor))
        if there != (self.stops, self.environments, self.figures):
            self.stops, self.environments, self.figures = there
            self.refresh()

    def draw(self, width: int) -> Content:
        """Draw the road on the left and the figures on the right."""
        if self.figures is None:
            return Content("")
        left = Content(" ──▶ ").join(Content.styled(safe(stop), "bold") for stop in self.stops)
        number = f" ×{self.environments}" if self.environments else ""
        left = Content.assemble(left, (number, "$running"))
        right = _so_far(self.figures)
        left = left.truncate(max(width - right.cell_length - 2, 0), ellipsis=True)
        gap = width - left.cell_length - right.cell_length
        return Content.assemble(left, " " * max(gap, 1), right)


def _so_far(figures: SoFar) -> Content:
    return Content.assemble(
        ("cold ", "$quiet"),
        (f"{figures.cold}/{figures.invocations}", "bold $cold" if figures.cold else ""),
        ("   p50 ", "$quiet"), written(figures.p50_ms, "ms"),
        ("   p99 ", "$quiet"), written(figures.p99_ms, "ms"),
        ("   ", ""), dollars(figures.usd),
    )  # fmt: skip


class Caption(Drawing):
    """A rule that carries what happens exactly at the cursor."""

    moment: Moment | None = None

    def draw(self, width: int) -> Content:
        """Draw the rule."""
        if self.moment is None:
            return Content.styled("─" * width, "$rule")
        text = Content.assemble(
            ("── ", "$rule"), (f"{safe(describe(self.moment))} ", "bold $accent")
        )
        text = text.truncate(width, ellipsis=True)
        return Content.assemble(text, ("─" * (width - text.cell_length), "$rule"))


class LogTail(Drawing):
    """The lines of the log up to the cursor, the latest on top; the latest error is told whole."""

    entries: Sequence[Entry] = ()
    _at: tuple[Stage, int] | None = None
    """The run, and the moment at which it is seen."""

    def place(self, stage: Stage, cursor: int) -> None:
        """Stand at a moment of a run; draw again if another line is the last one there."""
        self._at = stage, cursor
        self.on_resize()

    def on_resize(self) -> None:
        """Take as many lines as there is room for."""
        if self._at is None:
            return
        stage, cursor = self._at
        entries = tail(stage.log, cursor, max(self.size.height, 1))
        if entries != self.entries:
            self.entries = entries
            self.refresh()

    def draw(self, width: int) -> Content:
        """Draw as many lines as fit."""
        entries = self.entries[::-1]
        where = max((len(entry.where) for entry in entries), default=0)
        lines: list[Content] = []
        wrapped = False
        for entry in entries:
            head = Content.styled(
                f"{stopwatch(entry.at)}  {fit(safe(entry.where), where)}  ", "$quiet"
            )
            text = Content.styled(safe(brief(entry.text)).replace("\n", " "), TONES[entry.tone])
            room = width - head.cell_length
            if entry.tone == "error" and text.cell_length > room and not wrapped:
                wrapped = True
                first, *more = text.wrap(max(room, _NARROWEST))
                lines.append(head + first.rstrip())
                lines += [Content(" " * head.cell_length) + line.rstrip() for line in more]
            else:
                lines.append((head + text).truncate(width, ellipsis=True))
        return Content("\n").join(lines)


class Pane(Drawing):
    """What a wide screen has room for: knobs, figures beside the run before, checks."""

    report: RunReport | None = None
    complete: bool = False

    def place(self, report: RunReport, *, complete: bool) -> None:
        """Take over a run; its figures are not given away before it was seen to its end."""
        if report is not self.report or complete != self.complete:
            self.report, self.complete = report, complete
            self.refresh(layout=True)

    def draw(self, width: int) -> Content:
        """Draw the sections one under another."""
        if self.report is None:
            return Content("")
        lines = [*self._knobs(self.report.run, width), Content("")]
        if self.complete:
            lines += [*figures_table(self.report), Content(""), *checks_list(self.report, width)]
        else:
            lines.append(Content.styled("Figures and checks show at the end.", "$quiet"))
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    @staticmethod
    def _knobs(run: LabRun, width: int) -> list[Content]:
        names = max((len(knob.label) for knob in run.lab.knobs), default=0) + 2
        lines = []
        for knob in run.lab.knobs:
            value = run.knobs[knob.name]
            style = "$foreground" if value == knob.default else "bold $accent"
            line = Content.assemble(
                (fit(safe(knob.label), names), "$quiet"), (safe(knob.show(value)), style)
            )
            lines.append(line.truncate(width, ellipsis=True))
        return lines


def figures_table(report: RunReport) -> list[Content]:
    """Return the figures of a run as lines, with those of the run before where there is one."""
    before = report.before.figures if report.before else None
    head = "this run".rjust(33) + ("before".rjust(12) if before else "")
    lines = [Content.styled(head, "$quiet")]
    for figure in FIGURES:
        now = report.run.figures.show(figure)
        then = before.show(figure) if before else ""
        changed = bool(then) and now != then
        lines.append(
            Content.assemble(
                (fit(figure.label, 21), "$quiet"),
                (now.rjust(12), "bold $accent" if changed else "$foreground"),
                (then.rjust(12) if then else "", "$quiet"),
            )
        )
    return lines


def told_lines(
    differences: Sequence[Difference], width: int, chosen: Difference | None = None
) -> list[Content]:
    """Return how two runs differ as lines; why stands out less than what."""
    lines = []
    for told in differences:
        mark = "▸ " if told is chosen else "· "
        text = Content.assemble((mark, "bold $accent"), safe(told.what))
        if told.because:
            text = Content.assemble(text, (f", because {safe(told.because)}", "$quiet"))
        first, *rest = (text + ".").wrap(max(width - 2, 10))
        lines += [first, *(Content.assemble("  ", line) for line in rest)]
    return lines


def checks_list(report: RunReport, width: int) -> list[Content]:
    """Return the challenge and the checks as lines; what does not hold says why."""
    lines = []
    if report.standing is not None:
        lines += Content.styled(safe(report.standing.sentence), "bold").wrap(max(width, 10))
        lines += [line for check in report.standing.checks for line in _check(check, width)]
        lines.append(Content(""))
    return lines + [line for check in report.run.checks for line in _check(check, width)]


def _check(check: CheckResult, width: int) -> list[Content]:
    mark = ("✓ ", "$success") if check.passed else ("✗ ", "$failed")
    title, *rest = Content(safe(check.title)).wrap(max(width - 2, 10))
    lines = [Content.assemble(mark, title), *(Content.assemble("  ", line) for line in rest)]
    if not check.passed:
        why = Content.styled(safe(check.sentence), "$quiet").wrap(max(width - 2, 10))
        lines += [Content.assemble("  ", line) for line in why]
    return lines
