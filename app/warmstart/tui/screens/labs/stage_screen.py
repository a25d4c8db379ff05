"""The stage of a lab: a run to be watched, with what was predicted of it, and the way to the next.

Predictions show when their moment has come; knobs are turned from here; the run before stands by.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from warmstart.labs.differences import differences
from warmstart.labs.stage import Stage
from warmstart.text import safe
from warmstart.tui.in_order import LEADS
from warmstart.tui.screens.base import CLOSING
from warmstart.tui.screens.labs.compare_screen import BOTH_WIDTH, CompareScreen
from warmstart.tui.screens.labs.figures_screen import FiguresScreen
from warmstart.tui.screens.labs.help_screens import offer_help
from warmstart.tui.screens.labs.outcome import OutcomeBar, OutcomeScreen, told_of
from warmstart.tui.screens.labs.own_code import edit_code
from warmstart.tui.screens.labs.parts import Caption, LogTail, Pane
from warmstart.tui.screens.labs.player_screen import MOVES, PLAYING, SHAPES, PlayerScreen
from warmstart.tui.screens.labs.theatre import Theatre
from warmstart.usecases.lab_told import in_a_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from warmstart.tui.screens.labs.session import LabSession
    from warmstart.usecases.lab_run import RunReport

_FIRST = "This is the lab's first run: k turns the knobs and runs it again."
_OUTCOME_LINES = 8
"""Lines at most for a prediction, its explanation and the keys below; o opens what needs more."""
_FEWEST = 4
"""Lines that a view which wants all there are leaves it; most explanations can be read in them."""


class StageScreen(PlayerScreen):
    """A lab's run on the stage."""

    PLACE = "Lab"
    ABOUT = (
        f"{SHAPES} The figures above count what has ended so far.\n{MOVES} A prediction shows when "
        "its moment has come; j jumps there, Tab shows the next, o the whole of one. c compares "
        "with the run before, in figures and in words; k turns the knobs and runs again, there c "
        "sets them as the challenge is judged; b shows the run that stood "
        "here before, and back; B both, side by side. e edits the code and runs again; h helps "
        "with the challenge."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 as declared above
    BINDINGS: ClassVar[list[BindingType]] = [
        *PLAYING,
        Binding("j", "jump", "jump to what was predicted", show=False),
        Binding("tab", "outcome", "next prediction", show=False),
        Binding("o", "whole", "all of an explanation", show=False),
        Binding("k", "knobs", "knobs"),
        Binding("c", "compare", "compare"),
        Binding("e", "edit", "edit the code", show=False),
        Binding("h", "hint", "hint", show=False),
        Binding("b", "swap", "the run before, and back", show=False),
        Binding("B", "both", "both runs side by side", show=False),
        *CLOSING,
    ]

    def __init__(
        self,
        session: LabSession,
        report: RunReport,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        views = report.run.lab.views
        super().__init__(Stage.of(report.run), view=views[0] if views else "lanes", ticks=ticks)
        self._session = session
        self.report = report
        """The run that is shown, with the one before it."""
        self._other: RunReport | None = None
        """The run that stood on this stage before, to look at again."""
        self._other_is_older = True
        self._chosen = 0
        """The outcome chosen with Tab, else the one revealed last."""
        self._told_to = 0
        """The moment, in microseconds, up to which outcomes have been told: they stay so."""

    def body(self) -> Iterable[Widget]:
        """Lay out picture, log and outcome; a wide screen has a pane beside them."""
        yield self.tabs()
        with Horizontal(id="stage"):
            with Vertical(id="main"):
                yield Theatre(self._view)
                yield Caption(id="caption")
                yield LogTail(id="log")
                yield OutcomeBar(id="outcome")
            yield Pane(id="pane")

    def _raise_curtain(self, *, play: bool = True) -> None:
        run = self.report.run
        turned = [f"{name}={run.lab.knob(name).write(value)}" for name, value in run.turned.items()]
        self.header.place = safe(" · ".join(["Lab", run.lab.title, *turned]))
        self._chosen = self._told_to = 0
        super()._raise_curtain(play=play)

    def _lines_around(self) -> int:
        bar = self.query_one(OutcomeBar)
        bar.display = bool(self.stage.outcomes or self.report.standing)
        around = super()._lines_around()
        lines = min(self._outcome_lines(bar), _OUTCOME_LINES)
        if self.query_one(Theatre).view.tall:
            room = self.size.height - around - self.query_one(Theatre).wanted() - 1
            lines = min(lines, max(room, _FEWEST))
        bar.styles.height = lines
        return around + (lines if bar.display else 0)

    def _outcome_lines(self, bar: OutcomeBar) -> int:
        """Return what the longest text takes: the same all the time, so that nothing jumps."""
        width = max(bar.size.width, 1)
        texts = [len(told_of(outcome).wrap(width)) for outcome in self.stage.outcomes]
        return max(texts, default=0) + 1

    # What was predicted

    def action_jump(self) -> None:
        """Go to the moment of the prediction that is shown, or of the first one."""
        outcome = self.query_one(OutcomeBar).shown or next(iter(self.stage.outcomes), None)
        if outcome is not None and outcome.at is not None:
            player = self.player.toggle() if self.player.playing else self.player
            self._move(player.seek(outcome.at))

    def action_outcome(self) -> None:
        """Show the next prediction of those revealed."""
        self._chosen += 1
        self._place()

    def action_whole(self) -> None:
        """Show all that is told of the prediction that is shown."""
        bar = self.query_one(OutcomeBar)
        if bar.shown is not None:
            self._pause()
            self.app.push_screen(OutcomeScreen(bar.number, bar.shown))

    def _place(self) -> None:
        super()._place()
        if self.is_mounted:
            self._place_outcome(self.player.cursor)
            self.query_one(Pane).place(self.report, complete=self._seen_all)

    def _place_outcome(self, cursor: int) -> None:
        bar = self.query_one(OutcomeBar)
        self._told_to = max(self._told_to, cursor)
        revealed = self.stage.outcomes if self._seen_all else self.stage.revealed(self._told_to)
        if new := [place for place, found in enumerate(revealed) if found not in bar.outcomes]:
            # What has just been revealed is what the learner wants to read now.
            self._chosen = new[0]
        elif len(revealed) < len(bar.outcomes):
            self._chosen = 0
        standing = self.report.standing if self._seen_all else None
        bar.place(self.stage.outcomes, revealed, self._chosen, standing)

    # Further runs

    def action_compare(self) -> None:
        """Show figures and checks beside those of the run before, and why they differ."""
        self._with_before(self._compare)

    def _compare(self, before: RunReport | None) -> None:
        told = () if before is None else differences(before.run.trace, self.report.run.trace)
        self.app.push_screen(FiguresScreen(self.report, told))

    def action_both(self) -> None:
        """Show this run and the one before side by side."""
        if self.size.width < BOTH_WIDTH:
            self.tell(f"Two runs need {BOTH_WIDTH} columns; b shows one after the other.")
        elif self.report.before is None and self._other is None:
            self.tell(_FIRST)
        else:
            self._with_before(self._show_both)

    def _show_both(self, before: RunReport | None) -> None:
        if before is not None:
            self.app.push_screen(CompareScreen(before, self.report, self._view, self.player.cursor))

    def _with_before(self, then: Callable[[RunReport | None], None]) -> None:
        """Hand over the run before this one, run again unless it is at hand; None if it is none.

        A run of a lab that has changed since is another run, and explains nothing.
        """
        self._pause()
        kept = self.report.before
        if self._other is not None and self._other_is_older:
            then(self._other)
        elif self._other is not None or kept is None:
            then(None)
        else:

            def take(before: RunReport) -> None:
                if kept.figures in (None, before.run.figures):
                    self._other, self._other_is_older = before, True
                    then(before)
                else:
                    then(None)

            self._session.bring_back(self.warm, kept, take)

    def _pause(self) -> None:
        if self.player.playing:
            self._move(self.player.toggle())

    def action_knobs(self) -> None:
        """Turn the knobs, predict, and run again."""
        self._pause()
        self._session.turn(self.warm, self._again, run=True)

    @work(exclusive=True, group=LEADS)
    async def action_edit(self) -> None:
        """Edit the lab's code and run it again, or say why that cannot be."""
        self._pause()
        if await edit_code(self, self._session):
            self._session.run_again(self.warm, self._changed)

    def _changed(self, report: RunReport) -> None:
        self._replace(report)
        self.tell(in_a_line(report))

    def action_hint(self) -> None:
        """Help with the challenge."""
        offer_help(self, self._session)

    def _again(self) -> None:
        self._session.predict_and_run(self.warm, self._replace)

    def _replace(self, report: RunReport) -> None:
        self._other, self._other_is_older = self.report, True
        self._show(report)
        self._raise_curtain()

    def _show(self, report: RunReport) -> None:
        self.report = report
        self._take(Stage.of(report.run))

    def action_swap(self) -> None:
        """Show the run before this one, or again the one after it, at the same moment."""
        before = self.report.before
        if self._other is not None:
            self._swap(self._other)
        elif before is not None:
            self._pause()
            self._session.bring_back(self.warm, before, self._swap)
        else:
            self.tell(_FIRST)

    def _swap(self, other: RunReport) -> None:
        kept = self.report.before
        if self._other is None and kept and kept.figures not in (None, other.run.figures):
            self.tell("The lab has changed since that run; this is how it runs today.")
        cursor, seen, told = self.player.cursor, self._seen_all, self._told_to
        older = self._other is None or self._other_is_older
        self._other, self._other_is_older = self.report, not older
        self._show(other)
        self._raise_curtain(play=False)
        self._seen_all, self._told_to = seen, told
        self.player = self.player.seek(cursor)
