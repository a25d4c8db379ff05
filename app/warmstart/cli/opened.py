"""The workspace of a command: opened, and closed whatever happens."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.usecases.workspace import Workspace


@contextmanager
def opened() -> Iterator[Workspace]:
    """Open the learner's home; the heavy imports come with it."""
    from warmstart.paths import home
    from warmstart.usecases.workspace import Workspace

    workspace = Workspace.open(home())
    try:
        yield workspace
    finally:
        workspace.close()
