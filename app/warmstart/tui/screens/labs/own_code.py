"""The learner's own code: a file of the lab in their editor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from warmstart.errors import WarmstartError
from warmstart.text import safe
from warmstart.tui.screens.dialog import Entry, Menu
from warmstart.tui.screens.in_editor import lend

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.tui.app import WarmstartApp
    from warmstart.tui.screens.base import WarmScreen
    from warmstart.tui.screens.labs.session import LabSession

_KEYS: Final = "123456789"


async def edit_code(screen: WarmScreen, session: LabSession) -> bool:
    """Let the learner edit a file of the lab, in a copy where it is one that ships.

    Tell whether it was changed; the session has the lab as it is then. What goes wrong is said on
    the screen. Must run in a worker, because it asks which file.
    """
    labs, key = session.labs, session.labs.key(session.lab)
    screen.problem(None)
    try:
        await asyncio.to_thread(labs.find, key)  # it may be gone, and says so
        files = await asyncio.to_thread(labs.files, session.lab)
        file = files[0] if len(files) == 1 else await _choose(screen.warm, files)
        if file is None:
            return False
        if labs.is_bundled(session.lab):
            await asyncio.to_thread(labs.copy, key)
            session.replace(await asyncio.to_thread(labs.find, key))
        path = session.lab.folder / file
        before = await asyncio.to_thread(_content, path)
        amiss = lend(screen.warm, path)
        after = await asyncio.to_thread(_content, path)
        session.replace(await asyncio.to_thread(labs.find, key))
    except WarmstartError as error:
        screen.problem(error)
        return False
    if amiss is not None:
        screen.problem(amiss)
    elif after == before:
        screen.tell(f"{file} is as it was, in {session.lab.folder}.")
    return after != before


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # Deleted meanwhile, in the editor or beside it: a change like any other.
        return None


async def _choose(app: WarmstartApp, files: list[Path]) -> Path | None:
    """Ask which file."""
    entries = [
        Entry(_KEYS[place] if place < len(_KEYS) else "", str(place), safe(file.as_posix()), "")
        for place, file in enumerate(files)
    ]
    chosen = await app.push_screen_wait(Menu("Edit which file?", entries))
    return None if chosen is None else files[int(chosen)]
