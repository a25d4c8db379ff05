"""What worker threads say to the app; they touch no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from warmstart.errors import WarmstartError
    from warmstart.tui.keymap import Keymap
    from warmstart.usecases.import_notes import ImportReport
    from warmstart.usecases.workspace import Workspace


class WorkspaceOpened(Message):
    """The store is open, and at a first start the bundled course is in it."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace


class WorkspaceFailed(Message):
    """The store could not be opened; the error says why."""

    def __init__(self, error: WarmstartError) -> None:
        super().__init__()
        self.error = error


class BackupFailed(Message):
    """The backup of the day could not be made; the error says why."""

    def __init__(self, error: WarmstartError) -> None:
        super().__init__()
        self.error = error


class KeysRead(Message):
    """The keys of the settings are what they come to; some may be wrong."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self.keymap = keymap


class NotesSaved(Message):
    """Notes were saved elsewhere and are imported; ``names`` are their files."""

    def __init__(self, report: ImportReport, names: tuple[str, ...]) -> None:
        super().__init__()
        self.report = report
        self.names = names


class WatchFailed(Message):
    """What was saved could not be imported yet; the error says why, and it is tried again."""

    def __init__(self, error: WarmstartError) -> None:
        super().__init__()
        self.error = error
