"""A running app picks up what is saved: a look every half second, in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.errors import WarmstartError
from warmstart.tui import phrases
from warmstart.tui.messages import NotesSaved, WatchFailed
from warmstart.usecases.watch import Watch

if TYPE_CHECKING:
    from textual.message import Message

    from warmstart.usecases.import_notes import ImportReport
    from warmstart.usecases.workspace import Workspace

INTERVAL: Final = 0.5
"""Seconds between two looks."""


class Watcher:
    """Looks at the notes on disk; one look at a time, each in a worker thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._watch = Watch(workspace)

    def look(self) -> Message | None:
        """Import what was saved and return what there is to say of it, if anything."""
        try:
            report = self._watch.changed()
        except WarmstartError as error:
            return WatchFailed(error)
        if report is None:
            return None
        return NotesSaved(report, tuple(path.name for path in self._watch.saved))


def sentence(report: ImportReport, names: tuple[str, ...]) -> str:
    """Return what an import changed: ``queues.md: 2 cards changed, history kept``."""
    parts = []
    if report.added:
        parts.append(f"{phrases.count(report.added, 'card')} added")
    if report.changed or report.moved:
        parts.append(
            f"{phrases.count(report.changed + report.moved, 'card')} changed, history kept"
        )
    if report.returned:
        parts.append(f"{phrases.count(report.returned, 'card')} back, history kept")
    if report.retired:
        parts.append(f"{phrases.count(report.retired, 'card')} gone, history kept")
    where = names[0] if len(names) == 1 else phrases.count(len(names), "note")
    return f"{where}: {', '.join(parts) or 'read again, no card changed'}"


def problems(report: ImportReport) -> str | None:
    """Return a sentence for what could not be read; None where all of it could."""
    if not report.problems:
        return None
    more = len(report.problems) - 1
    return f"{report.problems[0]}" + (f" And {more:,} more." if more else "")
