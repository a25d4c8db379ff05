"""Watching notes: what is saved elsewhere is imported within a second.

A look is a stat of every watched file, which is cheap; only what changed is read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.usecases.import_notes import ImportReport, import_notes
from warmstart.usecases.sources import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.usecases.workspace import Workspace

_LOOKS_A_LIST = 10
"""Looks for which a list of the known notes serves: reading it costs more than a look itself."""


class Watch:
    """A watch over a folder, with what appears in it and what goes; or over the known notes.

    Of the known notes it also sees, at its first look, what was saved while nobody watched.
    """

    def __init__(self, workspace: Workspace, folder: Path | None = None) -> None:
        self._workspace = workspace
        self._folder = folder
        self._known: Iterable[str] = ()
        self._looks = 0
        self._seen = self._look() if folder is not None else self._imported()

    saved: tuple[Path, ...] = ()
    """The notes that the last look found saved; a folder is read whole instead."""

    def changed(self) -> ImportReport | None:
        """Import what was saved since the last look; None when nothing was.

        Of the known notes, only those that still exist: whether a file that is gone was moved or
        deleted is seen when its folder is imported.

        Raises:
            StoreError: nothing was imported; the next look tries again.
        """
        before, seen = self._seen, self._look()
        self.saved = ()
        report = None
        if self._folder is not None and seen != before:
            report = import_notes(self._workspace, [self._folder])
        elif self._folder is None:
            saved = {key for key, stamp in seen.items() if before.get(key) != stamp}
            if (
                saved
            ):  # a note that was removed meanwhile stays so: naming its file would bring it back
                self.saved = tuple(Path(key) for key in self._in_use() if key in saved)
            if self.saved:
                report = import_notes(self._workspace, self.saved)
        self._seen = seen
        return report

    def _imported(self) -> dict[str, tuple[int, int]]:
        """Return size and time of change of the known notes as they were imported."""
        with self._workspace.store.read() as tx:
            known = tx.notes.known().values()
        return {note.path: (note.size, note.mtime_ns) for note in known}

    def _look(self) -> dict[str, tuple[int, int]]:
        """Return size and time of change of every watched file that exists."""
        stamps = {}
        for path in self._paths():
            try:
                status = os.stat(path)  # noqa: PTH116 a Path for each of 10,000 files is slow
            except OSError:
                continue
            stamps[path] = (status.st_size, status.st_mtime_ns)
        return stamps

    def _paths(self) -> Iterable[str]:
        if self._folder is not None:
            return find([self._folder], {}).sources
        if self._looks % _LOOKS_A_LIST == 0:
            self._known = self._in_use()
        self._looks += 1
        return self._known

    def _in_use(self) -> list[str]:
        with self._workspace.store.read() as tx:
            known = tx.notes.known().values()
        return [n.path for n in known if not n.retired and os.path.isabs(n.path)]  # noqa: PTH117
