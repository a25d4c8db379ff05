"""A lab: its narrative, where its knobs stand, and the way to a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

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
from warmstart.text import counted, safe
from warmstart.tui import phrases
from warmstart.tui.in_order import LEADS
from warmstart.tui.markdown.blocks import parse
from warmstart.tui.screens.base import CLOSING, WarmScreen
from warmstart.tui.screens.dialog import Question
from warmstart.tui.screens.labs.help_screens import offer_help
from warmstart.tui.screens.labs.lab_bar import LabBar
from warmstart.tui.screens.labs.own_code import edit_code
from warmstart.tui.screens.labs.session import LabSession
from warmstart.tui.screens.labs.stage_screen import StageScreen
from warmstart.tui.screens.labs.sweep_screen import SweepScreen
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.usecases.lab_told import in_a_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from textual.widget import Widget

    from warmstart.labs.definition import Lab
    from warmstart.usecases.lab_history import LastRun
    from warmstart.usecases.lab_run import Labs, RunReport

_LOOK_S: Final = 0.5
_BECAME = "Cards were made of {}: what happened will be asked in Review."
_REST = Content.assemble(
    "The rest opens after your first run: ", ("r", "bold $accent"),
    ".  ", ("E", "bold $accent"), " opens it now.",
)  # fmt: skip


class LabScreen(WarmScreen):
    """One lab, to be read and run."""

    PLACE = "Lab"
    ABOUT = (
        "Read what the lab is about; r asks what you expect, runs it, and shows what happened. k "
        "turns its knobs: memory, where an import stands, and so on; what stands elsewhere than "
        "usual is bright; c sets them as the challenge is judged. e opens a file of the lab in "
        "your editor, in a copy of your own; saved, there or beside the app, it runs again. R puts "
        "the copy away. h tells a hint for the challenge, and leads to the solution; w shows the "
        "last run once more; s runs it through the values of a knob. The text's answers open after "
        "the first run, or with E."
    )
    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = "MarkdownView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "run"),
        Binding("k", "knobs", "knobs"),
        Binding("c", "as_judged", "as judged"),
        Binding("e", "edit", "edit"),
        Binding("h", "hint", "hint"),
        Binding("w", "watch", "watch again", show=False),
        Binding("s", "sweep", "sweep", show=False),
        Binding("R", "reset", "put your copy away", show=False),
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
        self._stamp: object = None
        """Of the lab's files, as they were run or read last."""
        self._seen: object = None
        """The stamp of a moment ago: what is still being written is not run yet."""
        self._unreadable = False
        """Whether the line above the keys says why the lab cannot be read."""
        self._whole = False
        """Whether the learner wants all of it although the lab was never run."""
        self._report: RunReport | None = None
        """The run made here last, to be watched again."""
        self._bar = LabBar(id="bar")

    @property
    def is_ready(self) -> bool:
        """Whether the lab has been read, or cannot be."""
        return self._session is not None or self._unreadable

    def body(self) -> Iterable[Widget]:
        """Lay out the narrative and the bar."""
        with VerticalScroll(id="reader", can_focus=False):
            yield MarkdownView(id="narrative")
            yield Static(_REST, id="rest", classes="quiet")
        yield self._bar

    def on_mount(self) -> None:
        """Begin to look whether the learner saves a file of the lab, wherever they edit it."""
        self.set_interval(_LOOK_S, self._look)

    def _look(self) -> None:
        """Run the lab again when a file of the learner's was saved beside the app."""
        session = self._session
        if session is None or not self.is_current or self._labs.is_bundled(session.lab):
            return
        stamp = self._labs.stamp(session.lab)
        settled, self._seen = stamp == self._seen, stamp
        if settled and stamp and stamp != self._stamp:
            known, self._stamp = self._stamp is not None, stamp
            if known and self._bar.last is not None:
                self._run_changed()

    @work(exclusive=True, group=LEADS)
    async def _run_changed(self) -> None:
        """Run the lab as its files are now."""
        if self._session is None:
            return
        try:
            lab = await asyncio.to_thread(self._labs.find, self._lab_name)
        except WarmstartError as error:
            self.problem(error)
            return
        self._session.replace(lab)
        if await asyncio.to_thread(self._labs.trusted, lab.folder):
            self.problem(None)
            self._session.run_again(self.warm, self._changed)

    def on_screen_resume(self) -> None:
        """Read the lab again: its files are the learner's to edit, and a run may have been made."""
        self._open()

    @work(exclusive=True, group="open")
    async def _open(self) -> None:
        try:
            lab, narrative, last, due = await asyncio.to_thread(self._read)
        except WarmstartError as error:
            self._unreadable = True
            self.problem(error)
            return
        if self._unreadable:  # else what is said there is of something else
            self._unreadable = False
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
        self._bar.last, self._bar.due = last, due
        self._bar.now = self.warm.clock()
        self._turned()

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

    def _read(self) -> tuple[Lab, str, LastRun | None, datetime | None]:
        lab = self._labs.find(self._lab_name)
        return lab, self._labs.narrative(lab), self._labs.last(lab), self._labs.due(lab)

    @work(exclusive=True, group=LEADS)
    async def action_run(self) -> None:
        """Ask for predictions, run, and show the stage."""
        self.problem(None)
        session = self._session
        if session is not None and await self._may_run():
            self._stamp = self._labs.stamp(session.lab)
            session.predict_and_run(self.warm, self._show_stage)

    def _show_stage(self, report: RunReport) -> None:
        made = _BECAME.format(counted(report.cards, "prediction")) if report.cards else ""
        self._report, self._bar.changed = report, made
        if self._session is not None:
            self.app.push_screen(StageScreen(self._session, report))

    def action_knobs(self) -> None:
        """Turn knobs."""
        if (session := self._session) is not None:
            session.turn(self.warm, self._turned)

    def action_sweep(self) -> None:
        """Run the lab through the values of the knob that it names."""
        session = self._session
        if session is None:
            return
        lab, values = session.lab, session.values
        turned = {each.name: values[each.name] for each in lab.knobs
                  if values[each.name] != each.default}  # fmt: skip
        try:
            sweep = prepare(lab, seed=int(values[SEED]), knobs=turned)
        except WarmstartError as error:
            self.problem(error)
        else:
            self.app.push_screen(SweepScreen(self._labs, sweep))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to set the knobs as judged where they stand elsewhere."""
        if action == "as_judged":
            return self._session is not None and bool(self._session.elsewhere)
        return super().check_action(action, parameters)

    def action_as_judged(self) -> None:
        """Set the knobs where the challenge is judged; the others stay."""
        if self._session is not None:
            self._session.values |= self._session.elsewhere
            self._turned()

    def _turned(self) -> None:
        self._bar.refresh(layout=True)
        self.refresh_bindings()

    @work(exclusive=True, group=LEADS)
    async def action_edit(self) -> None:
        """Open a file of the lab in the editor, and run the lab again where it was changed."""
        session = self._session
        if session is None or not await self._may_run():
            return
        changed = await edit_code(self, session)
        self._stamp = self._labs.stamp(session.lab)
        if changed:
            session.run_again(self.warm, self._changed)
        self._open()

    def _changed(self, report: RunReport) -> None:
        """Say what came of an edit; w shows the run."""
        self._report = report
        self._bar.changed = f"{in_a_line(report)} w shows it."
        self._open()

    @work(exclusive=True, group=LEADS)
    async def action_reset(self) -> None:
        """Put the learner's copy away, after asking; without one, say so at once."""
        question = Question(
            "Put your copy away?",
            "The lab runs as it ships again. Your copy is kept beside it, in a folder with a date.",
            "put it away",
        )
        bundled = self._session is not None and self._labs.is_bundled(self._session.lab)
        if not bundled and not await self.app.push_screen_wait(question):
            return
        try:
            kept = await asyncio.to_thread(self._labs.reset, self._lab_name)
        except WarmstartError as error:
            self.problem(error)
            return
        self._report, self._bar.changed = None, ""
        self.tell(f"Your copy is in {kept}.")
        self._open()

    def action_hint(self) -> None:
        """Help with the challenge."""
        if (session := self._session) is not None:
            offer_help(self, session)

    def action_watch(self) -> None:
        """Show the last run on the stage."""
        session, last = self._session, self._bar.last
        if session is None:
            return
        if self._report is not None:
            self._show_stage(self._report)
        elif last is not None:
            session.bring_back(self.warm, last, self._show_stage)
        else:
            self.tell("There is no run yet: r makes one.")

    async def _may_run(self) -> bool:
        """Ask, of a lab elsewhere on the disk, whether the learner trusts its folder."""
        assert self._session is not None
        folder = self._session.lab.folder
        if await asyncio.to_thread(self._labs.trusted, folder):
            return True
        question = Question(
            "Trust this folder?",
            f"Running this lab runs the code in {safe(str(folder))}.",
            "trust it",
        )
        if not await self.app.push_screen_wait(question):
            return False
        await asyncio.to_thread(self._labs.trust, folder)
        return True

    async def on_markdown_view_followed(self, message: MarkdownView.Followed) -> None:
        """Follow a link of the narrative."""
        await self.warm.follow(message.href)
