"""Lending the terminal to the learner's editor, and copying code: for cards and notes alike."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.worker import WorkerError

from warmstart.errors import UsageError, WarmstartError
from warmstart.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from warmstart.tui.app import WarmstartApp
    from warmstart.tui.markdown.blocks import Code
    from warmstart.usecases.editing import InFile
    from warmstart.usecases.workspace import Workspace


async def edit_in(
    app: WarmstartApp, workspace: Workspace, place: InFile
) -> WarmstartError | str | None:
    """Open a file in the editor, wait for it, and read that file again; return what went amiss.

    Raises:
        WarmstartError: no editor was opened, or the file could not be read again.
    """
    from warmstart.tui.watching import problems
    from warmstart.usecases.editing import reread

    amiss = lend(app, place.path, place.line)
    app.is_reading = True  # else a look at the notes reads the file too, and has nothing to tell
    try:
        # One that was under way may have read it already; it has nothing to tell either.
        looks = [worker for worker in app.workers if worker.group == "watch"]
        if looks:
            with suppress(WorkerError):
                await app.workers.wait_for_complete(looks)
        report = await asyncio.to_thread(reread, workspace, place.path)
    finally:
        app.is_reading = False
    return amiss or problems(report)


def lend(app: WarmstartApp, path: Path, line: int = 1) -> WarmstartError | None:
    """Lend the terminal to the editor that is set, and return what went amiss with it.

    Raises:
        UsageError: there is none, or this terminal cannot be lent.
    """
    from warmstart.tui.editor import chosen, edit

    editor = chosen(os.environ)
    amiss = None
    try:
        with app.suspend():
            try:
                edit(editor, path, line)
            except WarmstartError as error:
                # Textual takes the terminal back only if nothing is raised in here.
                amiss = error
    except SuspendNotSupported as error:
        raise UsageError("This terminal cannot be lent to an editor.") from error
    if isinstance(amiss, UsageError):
        raise amiss
    return amiss


class Copier:
    """Goes through the code of a text: each time it is asked, the next."""

    def __init__(self) -> None:
        self._before: tuple[Sequence[Code], int] = ((), -1)

    def copy(self, app: WarmstartApp, codes: Sequence[Code]) -> str:
        """Copy code, where the terminal allows it, and return what to say of that."""
        before, place = self._before
        place = (place + 1) % len(codes) if codes == before else 0
        self._before = codes, place
        code = codes[place]
        app.copy_to_clipboard(code.source)
        named = f" of {code.language}" if code.language else ""
        lines = counted(code.source.rstrip("\n").count("\n") + 1, "line")
        more = f" ({place + 1} of {len(codes)}; y copies the next)" if len(codes) > 1 else ""
        return f"Copied {lines}{named}{more}."
