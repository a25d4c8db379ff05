"""What worker threads say to the app; they touch no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from warmstart.errors import WarmstartError
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
