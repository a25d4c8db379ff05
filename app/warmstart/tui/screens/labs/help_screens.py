"""Help with a lab's challenge: hints one by one, and what the solution changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from warmstart.errors import WarmstartError
from warmstart.labs.definition import Knob
from warmstart.notes.display import plain
from warmstart.text import counted, safe
from warmstart.tui.in_order import LEADS
from warmstart.tui.screens.dialog import Dialog, keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from warmstart.labs.definition import Lab
    from warmstart.tui.screens.base import WarmScreen
    from warmstart.tui.screens.labs.session import LabSession
    from warmstart.usecases.lab_run import Hint, Labs, Solution

_SURE: Final = (
    "Press s once more, and it shows. The lab then comes due again as one that was not known; a "
    "hint costs less."
)
_TONES: Final = {"+": "$success", "-": "$failed", "@": "$accent"}


def offer_help(screen: WarmScreen, session: LabSession) -> None:
    """Open the hints of a lab's challenge, or say that it has none."""
    if session.lab.challenge is None:
        screen.tell("This lab has no challenge.")
    else:
        screen.app.push_screen(HintScreen(session.labs, session.lab))


class HintScreen(Dialog[None]):
    """The goal, and the hints told so far; each key press tells one more."""

    CSS_PATH = "labs.tcss"
    SCROLLS = "#scrolled"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hint", "next hint"),
        Binding("s", "solution", "solution"),
        Binding("q,escape", "dismiss", "leave"),
    ]

    def __init__(self, labs: Labs, lab: Lab) -> None:
        super().__init__("Challenge")
        self._labs = labs
        self._lab = lab
        self._told: Sequence[Hint] = ()

    def body(self) -> Iterable[Widget]:
        """Lay out the goal, the hints, and what went amiss."""
        challenge = self._lab.challenge
        assert challenge is not None
        with VerticalScroll(id="scrolled", can_focus=False):
            yield Static(safe(plain(challenge.goal)), id="about", markup=False)
            yield Static(id="hints", markup=False)
        yield Static(id="said", markup=False)
        yield keys(("h", "next hint"), ("s", "solution"), ("Esc", "back"))

    def on_mount(self) -> None:
        """Show the hints told earlier; where there are none, the first."""
        self._tell(first=True)

    def action_hint(self) -> None:
        """Tell one more."""
        self._tell()

    @work(exclusive=True)
    async def _tell(self, *, first: bool = False) -> None:
        try:
            told = await asyncio.to_thread(self._labs.hints, self._lab)
            if not (first and told):
                before = len(told)
                await asyncio.to_thread(self._labs.hint, self._lab)
                told = await asyncio.to_thread(self._labs.hints, self._lab)
                if before == len(told):
                    self._say("There is no further hint.")
        except WarmstartError as error:
            self._say(str(error))
            return
        self._told = told
        self.query_one("#hints", Static).update(
            Content("\n\n").join(
                Content.assemble(
                    (f"{hint.number} of {hint.total}  ", "bold $accent"), safe(plain(hint.text))
                )
                for hint in told
            )
        )
        self.query_one("#scrolled").scroll_end(animate=False)

    @work(exclusive=True, group=LEADS)
    async def action_solution(self) -> None:
        """Show the solution; the first time it is asked for, only ask back."""
        try:
            found = await asyncio.to_thread(self._labs.solution, self._lab)
        except WarmstartError as error:
            self._say(str(error))
            return
        if found is None:
            self._say(_SURE)
        else:
            self._say("")
            await self.app.push_screen(SolutionScreen(self._lab, found))

    def _say(self, sentence: str) -> None:
        self.query_one("#said", Static).update(safe(sentence))


class SolutionScreen(Dialog[None]):
    """What the solution changes: where knobs stand, and its files against the lab's own."""

    CSS_PATH = "labs.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", "down", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("enter,space,q,escape", "dismiss", "close", show=False),
    ]

    def __init__(self, lab: Lab, solution: Solution) -> None:
        changed = counted(len(solution.files), "file")
        super().__init__(f"Solution of {lab.title}: {changed} changed")
        self._lab = lab
        self._solution = solution

    def body(self) -> Iterable[Widget]:
        """Lay out knobs and differences, to be scrolled."""
        lines = [
            Content.assemble(
                (f"{safe(self._lab.knob(name).label)} ", "$quiet"),
                (safe(self._lab.knob(name).show(value)), "bold"),
                (f"   {name}={Knob.write(value)}", "$quiet"),
            )
            for name, value in self._solution.knobs.items()
        ]
        for difference in self._solution.files:
            lines += [Content("")] if lines else []
            lines += [_coloured(safe(line)) for line in difference.lines]
        with VerticalScroll(id="difference"):
            yield Static(Content("\n").join(lines))
        yield keys(("↑↓", "scroll"), ("Esc", "back"))

    def action_scroll(self, lines: int) -> None:
        """Scroll by a line."""
        self.query_one("#difference").scroll_relative(y=lines, animate=False)


def _coloured(line: str) -> Content:
    style = "bold" if line.startswith(("+++ ", "--- ")) else _TONES.get(line[:1], "$foreground")
    return Content.styled(line, style)
