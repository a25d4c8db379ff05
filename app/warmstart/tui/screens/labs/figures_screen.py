"""A run's figures and checks, beside those of the run before, with the differences in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from warmstart.text import safe
from warmstart.tui.keymap import Named
from warmstart.tui.screens.dialog import keys
from warmstart.tui.screens.labs.parts import checks_list, figures_table, told_lines
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from warmstart.labs.differences import Difference
    from warmstart.usecases.lab_run import RunReport


class Comparison(Drawing):
    """Figures, differences and checks, one under another."""

    def __init__(self, report: RunReport, told: Sequence[Difference]) -> None:
        super().__init__()
        self._report = report
        self._told = told

    def draw(self, width: int) -> Content:
        """Draw the sections."""
        report = self._report
        lines = [*figures_table(report), Content(""), *self._differences(width), Content("")]
        return Content("\n").join([*lines, *checks_list(report, width)])

    def _differences(self, width: int) -> list[Content]:
        report = self._report
        if report.before is None:
            return [
                Content.styled("This is the first run; the next is compared with it.", "$quiet")
            ]
        turned = "; ".join(report.turned) or "The same seed and knobs as before."
        lines = Content.styled(safe(turned), "bold").wrap(width)
        if not self._told:
            return [
                *lines,
                *Content(safe(" ".join(report.changes) or "No figure changed.")).wrap(width),
            ]
        return [*lines, *told_lines(self._told, width)]


class FiguresScreen(Named, ModalScreen[None]):
    """Shows the comparison over the stage."""

    CSS_PATH = "labs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,q,escape,enter,space", "dismiss", "close", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("down,j", "scroll(1)", "down", show=False),
    ]

    def __init__(self, report: RunReport, told: Sequence[Difference] = ()) -> None:
        """``told`` is how the run differs from the one before, where both traces are at hand."""
        super().__init__()
        self._report = report
        self._told = told

    def compose(self) -> ComposeResult:
        """Lay out the comparison so that it can be scrolled."""
        with Vertical(id="panel"):
            with VerticalScroll(id="scrolled", can_focus=False):
                yield Comparison(self._report, self._told)
            yield keys(("↑↓", "scroll"), ("Esc", "back"))

    def action_scroll(self, lines: int) -> None:
        """Scroll by a line."""
        self.query_one("#scrolled").scroll_relative(y=lines, animate=False)

    def on_click(self) -> None:
        """Close."""
        self.dismiss(None)
