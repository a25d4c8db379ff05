"""A run while it runs: how far it is, and a key that stops it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static

from warmstart.errors import WarmstartError
from warmstart.labs.timeline import stopwatch
from warmstart.text import safe
from warmstart.tui.keymap import Named
from warmstart.tui.screens.labs.messages import RunFailed, RunFinished, RunProgressed
from warmstart.usecases.lab_run import RunReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from warmstart.usecases.lab_run import RunProgress

_SAY_EVERY_S: Final = 0.05


class RunningScreen(Named, ModalScreen[RunReport | None]):
    """Runs a lab in a worker thread; answers with the report, or None when it was stopped."""

    CSS_PATH = "labs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "stop", "stop")]

    def __init__(self, title: str, run: Callable[..., RunReport]) -> None:
        """``run`` is ``Labs.run`` or ``Labs.again``; what is left to give are its callbacks."""
        super().__init__()
        self._lab_title = title
        self._run_lab = run
        self._stop = threading.Event()
        self._failed = False

    @property
    def is_ready(self) -> bool:
        """False while the lab runs: what is typed ahead is for the screen that shows the run."""
        return self._failed

    def compose(self) -> ComposeResult:
        """Lay out what is done, how far it is, and the way out."""
        with Vertical(id="panel"):
            yield Static(f"Running {safe(self._lab_title)}", id="title", markup=False)
            yield ProgressBar(show_eta=False, show_percentage=False)
            yield Static("Starting …", id="state", markup=False)
            yield Static("Esc stops it.", id="out", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self._worker = self._carry_out()

    def on_unmount(self) -> None:
        """Let no run go on that nobody waits for."""
        self._stop.set()

    @work(thread=True)
    def _carry_out(self) -> None:
        """Run the lab; this is the thread, and all it does is post messages."""
        said = 0.0

        def say(progress: RunProgress) -> None:
            nonlocal said
            now = time.monotonic()
            if now - said >= _SAY_EVERY_S or progress.answered == progress.calls:
                said = now
                self.post_message(RunProgressed(progress))

        try:
            report = self._run_lab(on_progress=say, cancelled=self._stop.is_set)
        except WarmstartError as error:
            self.post_message(RunFailed(error))
        else:
            self.post_message(RunFinished(report))

    def on_run_progressed(self, message: RunProgressed) -> None:
        """Show how far it is."""
        progress = message.progress
        self.query_one(ProgressBar).update(total=progress.calls, progress=progress.answered)
        if not self._stop.is_set():
            self.query_one("#state", Static).update(
                f"{progress.answered} of {progress.calls} calls answered, {stopwatch(progress.at)}"
            )

    async def on_run_finished(self, message: RunFinished) -> None:
        """Hand the report over, once the thread that posted it has ended as well."""
        await self._worker.wait()
        self.dismiss(message.report if message.report.run.complete else None)

    async def on_run_failed(self, message: RunFailed) -> None:
        """Say why there is nothing to see."""
        await self._worker.wait()
        if self._stop.is_set():
            self.dismiss(None)
            return
        self._failed = True
        self.query_one(ProgressBar).display = False
        self.query_one("#title", Static).update("The lab could not be run")
        self.query_one("#state", Static).update(safe(str(message.error)))
        self.query_one("#out", Static).update("Esc closes this.")

    def action_stop(self) -> None:
        """Stop the run, or close after it failed."""
        if self._failed:
            self.dismiss(None)
            return
        self._stop.set()
        self.query_one("#state", Static).update("Stopping …")
