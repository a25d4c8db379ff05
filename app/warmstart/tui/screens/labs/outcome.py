"""What was predicted beside what happened: below the picture of a stage, and whole over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from warmstart.notes.display import plain
from warmstart.text import safe
from warmstart.tui.screens.dialog import Dialog, keys
from warmstart.tui.widgets.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from warmstart.labs.challenge import Standing
    from warmstart.labs.run import Outcome

_MARKS: Final = {True: ("✓ ", "$success"), False: ("✗ ", "$warning"), None: ("· ", "$quiet")}


def told_of(outcome: Outcome) -> Content:
    """Return what was predicted, what happened, and why."""
    return Content.assemble(
        _MARKS[outcome.right],
        (safe(outcome.sentence), "bold"),
        (f"  {plain(outcome.prediction.explanation)}", "$quiet"),
    )


class OutcomeBar(Drawing):
    """A prediction beside what happened, and why, once its moment has come."""

    outcomes: Sequence[Outcome] = ()
    """Those revealed so far."""
    every: Sequence[Outcome] = ()
    """All of the run, in the order in which they were asked for."""
    index: int = 0
    standing: Standing | None = None
    """How the run stands to the challenge, once that may be told."""

    def place(
        self,
        every: Sequence[Outcome],
        revealed: Sequence[Outcome],
        index: int,
        standing: Standing | None = None,
    ) -> None:
        """Take over what is revealed, and which of it to show; draw again if that differs."""
        there = (tuple(revealed), tuple(every), index, standing)
        if there != (self.outcomes, self.every, self.index, self.standing):
            self.outcomes, self.every, self.index, self.standing = there
            self.refresh()

    @property
    def shown(self) -> Outcome | None:
        """The outcome on the screen."""
        return self.outcomes[self.index % len(self.outcomes)] if self.outcomes else None

    @property
    def number(self) -> str:
        """Which of the predictions it is: ``Prediction 1 of 4``, as it was asked for."""
        place = next((n for n, one in enumerate(self.every, 1) if one is self.shown), 0)
        return f"Prediction {place} of {len(self.every)}"

    def draw(self, width: int) -> Content:
        """Draw the sentence and the explanation, and the keys below at the right."""
        outcome = self.shown
        if outcome is None:
            alone = (self._waiting(), "$quiet")
            if self.standing is not None:
                alone = (safe(self.standing.sentence), "bold")
            return Content("\n").join(line.rstrip() for line in Content.styled(*alone).wrap(width))
        room = max(self.size.height - 1, 1)
        lines = [line.rstrip() for line in told_of(outcome).wrap(width)]
        if len(lines) > room:
            more = Content.assemble(" … ", _key("o", "reads on", "whole"))
            kept = lines[room - 1].truncate(max(width - more.cell_length, 0)).rstrip()
            lines = [*lines[: room - 1], kept + more]
        return Content("\n").join([*lines, self._keys(width, jumps=outcome.at is not None)])

    def _challenge(self, width: int) -> Content:
        if self.standing is None:
            return Content("")
        whole = Content.styled(safe(self.standing.sentence), "bold")
        if whole.cell_length > width:
            whole = Content.styled(safe(self.standing.brief), "bold")
        return whole.truncate(width, ellipsis=True)

    def _waiting(self) -> str:
        if not self.every:
            return ""
        if any(outcome.given is not None for outcome in self.every):
            return "What you predicted shows here when its moment comes."
        return "You predicted nothing; what happened shows here when its moment comes."

    def _keys(self, width: int, *, jumps: bool) -> Content:
        shown = Content("  ").join(
            [
                Content.styled(self.number, "$quiet"),
                *([_key("Tab", "next", "outcome")] if len(self.every) > 1 else []),
                *([_key("j", "jump", "jump")] if jumps else []),
            ]
        )
        room = max(width - shown.cell_length - 2, 0)
        left = self._challenge(room)
        return left + " " * max(width - left.cell_length - shown.cell_length, 0) + shown


def _key(key: str, does: str, action: str) -> Content:
    """Return a key of the stage with what it does; a click does the same."""
    shown = Content.assemble((key, "bold $accent"), (f" {does}", "$quiet"))
    return shown.stylize(f"@click=screen.{action}")


class OutcomeScreen(Dialog[None]):
    """All that is told of a prediction, where the bar has no room for it."""

    CSS_PATH = "labs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o,enter,space,q,escape", "dismiss", "close", show=False)
    ]

    def __init__(self, title: str, outcome: Outcome) -> None:
        super().__init__(title)
        self._outcome = outcome

    def body(self) -> Iterable[Widget]:
        """Lay out the text; the panel scrolls where it is higher than the screen."""
        yield Static(told_of(self._outcome), id="about")
        yield keys(("Esc", "back"))
