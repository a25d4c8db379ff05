"""A lab: its narrative, where its knobs stand, and the way to a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from warmstart.errors import WarmstartError
from warmstart.labs.definition import SEED
from warmstart.labs.narrative import before_the_first_run
from warmstart.labs.sweep import prepare
from warmstart.notes.display import for_display
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.markdown.blocks import parse
from warmstart.tui.screens.base import CLOSING, WarmScreen
from warmstart.tui.screens.labs.session import LabSession
from warmstart.tui.screens.labs.stage_screen import StageScreen
from warmstart.tui.screens.labs.sweep_screen import SweepScreen
from warmstart.tui.widgets.drawing import Drawing
from warmstart.tui.widgets.markdown_view import MarkdownView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from warmstart.labs.definition import Knob, Lab
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.usecases.lab_history import LastRun
    from warmstart.usecases.lab_run import Labs, RunReport

_BUTTON = " r  predict and run "
_GAP = Content("  ")
_REST = Content.assemble(
    "The rest opens after your first run: ", ("r", "bold $accent"),
    ".  ", ("E", "bold $accent"), " opens it now.",
)  # fmt: skip


class LabBar(Drawing):
    """Where the knobs stand, what came of the last run, and the button that runs the lab."""

    session: LabSession | None = None
    last: LastRun | None = None

    def draw(self, width: int) -> Content:
        """Draw where the knobs stand, and below it the last run and the button."""
        if self.session is None:
            return Content("\n")
        button = Content.styled(_BUTTON, "bold $background on $accent").stylize("@click=screen.run")
        room = max(width - button.cell_length - 2, 0)
        left = Content.styled(self._last(room), "$quiet").truncate(room, ellipsis=True)
        gap = width - left.cell_length - button.cell_length
        knobs = [line.stylize("@click=screen.knobs") for line in self._knobs(self.session, width)]
        return Content("\n").join([*knobs, Content.assemble(left, " " * max(gap, 0), button)])

    def _last(self, room: int) -> str:
        if self.last is None:
            return "Not run yet."
        words = f"Last run: {self.last.in_words}"
        return words if len(words) <= room else self.last.in_words

    @staticmethod
    def _knobs(session: LabSession, width: int) -> list[Content]:
        """Say where each knob stands: in one line if it fits, be it without the units."""
        for units in (True, False):
            parts = [_knob(dial, session.values[dial.name], units=units) for dial in session.dials]
            line = _GAP.join(parts)
            if line.cell_length <= width:
                return [line]
        lines = parts[:1]
        for part in parts[1:]:
            longer = _GAP.join([lines[-1], part])
            if longer.cell_length <= width:
                lines[-1] = longer
            else:
                lines.append(part)
        return [line.truncate(width, ellipsis=True) for line in lines]


def _knob(knob: Knob, value: Scalar, *, units: bool) -> Content:
    text = f"{knob.write(value)} {knob.unit if units else ''}".rstrip()
    style = "$foreground" if value == knob.default else "bold $accent"
    return Content.assemble((f"{safe(knob.name)} ", "$quiet"), (safe(text), style))


class LabScreen(WarmScreen):
    """One lab, to be read and run."""

    PLACE = "Lab"
    ABOUT = (
        "Read what the lab is about; r asks what you expect, runs it, and shows what happened. k "
        "turns its knobs: memory, where an import stands, and so on; what stands elsewhere than "
        "usual is bright. e copies the lab to your own folder, where you may change its code; the "
        "copy is what runs from then on. s runs it through the values of a knob. The text's "
        "answers open after the first run, or with E."
    )
    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = "MarkdownView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "run"),
        Binding("k", "knobs", "knobs"),
        Binding("e", "copy", "edit a copy"),
        Binding("s", "sweep", "sweep", show=False),
        Binding("E", "open_rest", "open the rest of the text", show=False),
        Binding("slash", "app.find", "search"),
        *CLOSING,
    ]

    def __init__(self, labs: Labs, name: str) -> None:
        super().__init__()
        self._labs = labs
        self._lab_name = name
        self._session: LabSession | None = None
        self._shown: str | None = None
        """The markdown on the screen."""
        self._whole = False
        """Whether the learner wants all of it although the lab was never run."""
        self._bar = LabBar(id="bar")

    def body(self) -> Iterable[Widget]:
        """Lay out the narrative and the bar."""
        with VerticalScroll(id="reader", can_focus=False):
            yield MarkdownView(id="narrative")
            yield Static(_REST, id="rest", classes="quiet")
        yield self._bar

    def on_screen_resume(self) -> None:
        """Read the lab again: its files are the learner's to edit, and a run may have been made."""
        self._open()

    @work(exclusive=True, group="open")
    async def _open(self) -> None:
        try:
            lab, narrative, last = await asyncio.to_thread(self._read)
        except WarmstartError as error:
            self.problem(error)
            return
        self.problem(None)
        self.header.place = f"Lab · {safe(lab.title)}"
        own = f"   {self._labs.whose(lab)}".rstrip()
        self.header.fact = Content(f"{phrases.count(lab.minutes, 'minute')}{own}")
        if self._session is None:
            self._session = LabSession(self._labs, lab)
            self._bar.session = self._session
        elif lab != self._session.lab:
            self._session.replace(lab)
        self._show(narrative, whole=self._whole or last is not None)
        self._bar.last = last
        self._bar.refresh(layout=True)

    def _show(self, narrative: str, *, whole: bool) -> None:
        """Show the narrative, its answers only where they are wanted; the place read at stays."""
        opened = narrative if whole else before_the_first_run(narrative)
        self.query_one("#rest").display = opened != narrative
        if opened != self._shown:
            keep = self._shown is not None
            self._shown = opened
            self.query_one(MarkdownView).show_document(parse(for_display(opened)), keep=keep)

    def action_open_rest(self) -> None:
        """Show all of the narrative although the lab was never run."""
        self._whole = True
        self._open()

    def _read(self) -> tuple[Lab, str, LastRun | None]:
        lab = self._labs.find(self._lab_name)
        return lab, self._labs.narrative(lab), self._labs.last(lab)

    def action_run(self) -> None:
        """Ask for predictions, run, and show the stage."""
        if self._session is not None:
            self._session.predict_and_run(self.warm, self._show_stage)

    def _show_stage(self, report: RunReport) -> None:
        if self._session is not None:
            self.app.push_screen(StageScreen(self._session, report))

    def action_knobs(self) -> None:
        """Turn knobs."""
        if self._session is not None:
            self._session.turn(self.warm, self._turned)

    def action_sweep(self) -> None:
        """Run the lab through the values of the knob that it names."""
        if self._session is None:
            return
        lab, values = self._session.lab, self._session.values
        turned = {each.name: values[each.name] for each in lab.knobs
                  if values[each.name] != each.default}  # fmt: skip
        try:
            sweep = prepare(lab, seed=int(values[SEED]), knobs=turned)
        except WarmstartError as error:
            self.problem(error)
        else:
            self.app.push_screen(SweepScreen(self._labs, sweep))

    def _turned(self) -> None:
        self._bar.refresh(layout=True)

    async def action_copy(self) -> None:
        """Copy the lab to the learner's folder."""
        try:
            target = await asyncio.to_thread(self._labs.copy, self._lab_name)
        except WarmstartError as error:
            self.problem(error)
        else:
            self.notify(f"Copied to {target}. Edit it there and run it here.", markup=False)
            self._open()

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the narrative."""
        await self.warm.follow(message.href)
