"""Labs: which there are, and what came of the last run of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from warmstart.labs.load import BrokenLab
from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.keymap import Named
from warmstart.tui.screens.base import CLOSING, DataScreen, go
from warmstart.tui.screens.labs.lab_screen import LabScreen
from warmstart.tui.widgets.marked_list import MarkedList
from warmstart.usecases.lab_run import Labs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from textual.binding import BindingType
    from textual.widget import Widget

    from warmstart.usecases.lab_run import LabEntry
    from warmstart.usecases.workspace import Workspace

_NONE = "There are no labs: the bundled ones are missing. Reinstall Warmstart to get them back."


class LabList(Named, MarkedList):
    """The labs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "open", key_display="Enter"),
    ]

    def fill(self, labs: Sequence[Option]) -> None:
        """Take over the labs; the cursor stays where it is."""
        before = self.highlighted
        self.clear_options()
        self.add_options(labs)
        if labs:
            self.highlighted = min(before or 0, len(labs) - 1)


class LabsScreen(DataScreen):
    """All labs, to open one."""

    PLACE = "Labs"
    ABOUT = (
        "A lab is a small serverless application that runs here, on a Lambda of Warmstart's own. "
        "Enter opens one: read what it is about, say what you expect, run it, and watch what "
        "happens. Its time is simulated; a quarter of an hour passes in a moment."
    )
    CSS_PATH = "labs.tcss"
    AUTO_FOCUS = "LabList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *go("notes", "progress"),
        *CLOSING,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._labs: Labs | None = None

    def body(self) -> Iterable[Widget]:
        """Lay out the list."""
        yield LabList(id="labs")
        none = Static(_NONE, id="none", classes="quiet", markup=False)
        none.display = False  # nothing is missing until one has looked
        yield none

    async def show(self, workspace: Workspace) -> None:
        """Fill the list; the cursor stays on its lab."""
        self._labs = labs = Labs(workspace)
        entries = await asyncio.to_thread(labs.entries)
        now = workspace.clock()
        found = self.query_one(LabList)
        found.fill([Option(_describe(entry, now), id=entry.key) for entry in entries])
        found.display = bool(entries)
        self.query_one("#none").display = not entries
        self.header.fact = Content(phrases.count(len(entries), "lab"))

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open a lab."""
        if self._labs is not None and event.option_id is not None:
            await self.app.push_screen(LabScreen(self._labs, event.option_id))


def _describe(entry: LabEntry, now: datetime) -> Content:
    """Draw a lab in three lines: its title, what it is about, and how it stands."""
    lab = entry.lab
    if isinstance(lab, BrokenLab):
        return Content("\n").join(
            [
                Content.assemble((safe(lab.name), "bold"), ("  cannot be read", "$error")),
                Content.styled(safe(str(lab.error)), "$quiet"),
            ]
        )
    last = entry.last
    stands = (
        Content.styled("not run yet", "$cold")
        if last is None
        else Content.styled(
            f"run {phrases.ago((now - last.at).days)}"
            f"{'' if (now - last.at).days == 0 else ' ago'}: {last.in_words}",
            "$running",
        )
    )
    if entry.due is not None and entry.due <= now:
        stands = Content.assemble(stands, ("   due again", "bold $accent"))
    return Content("\n").join(
        [
            Content.assemble(
                (safe(lab.title), "bold"),
                (f"   {lab.minutes} min", "$quiet"),
                (f"   {entry.whose}", "$quiet"),
            ),
            Content(safe(lab.summary)),
            Content.assemble(stands, (f"   {safe(' · '.join(lab.concepts))}", "$quiet")),
            Content(""),
        ]
    )
