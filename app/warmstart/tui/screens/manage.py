"""What one can do with a note as a whole and with the bundled course, in words.

The words of the menu, of the question before what cannot be taken back by the same key, and of what
came of it; the doing is ``usecases.manage``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.text import safe
from warmstart.tui import phrases
from warmstart.tui.screens.dialog import Entry, Question
from warmstart.usecases import manage

if TYPE_CHECKING:
    from warmstart.usecases.library import NoteSummary
    from warmstart.usecases.manage import StoreInfo
    from warmstart.usecases.workspace import Workspace


def entries(note: NoteSummary | None, *, course: bool) -> list[Entry]:
    """Return what can be done with ``note``, if one is chosen, and with the bundled course.

    ``course`` says whether the course is there.
    """
    found: list[Entry] = []
    if note is not None:
        if note.paused:
            found.append(Entry("p", "resume", "resume", "ask its cards again"))
        else:
            found.append(Entry("p", "pause", "pause", "let its cards rest until resumed"))
        found.append(Entry("r", "reset", "reset …", "make its cards new again"))
        if note.origin != "lab":  # its narrative belongs to the lab, which stays
            found.append(Entry("d", "remove", "remove …", "take it out; its history stays"))
    if course:
        found.append(Entry("c", "remove_course", "remove the course …", "the bundled notes"))
    else:
        found.append(Entry("c", "restore_course", "restore the course", "with its history"))
    found.append(Entry("i", "info", "the store", "where it lies, how large it is"))
    return found


def question(action: str, note: NoteSummary | None) -> Question | None:
    """Return what is asked before ``action``; None where it is done at once."""
    if action == "remove_course":
        return Question(
            "Remove the bundled course?",
            "Its notes and cards go out of sight and out of study. Nothing you learned is deleted: "
            "“restore the course”, here in Notes, brings all of it back with its history.",
            "remove the course",
        )
    if note is None or action not in {"reset", "remove"}:
        return None
    if action == "reset":
        return Question(
            f"Reset “{_title(note)}”?",
            "Its cards will be new again, as if you had never seen them. The log keeps your "
            "answers, but they no longer count.",
            "reset it",
        )
    back = (
        "“restore the course”, here in Notes, brings it back"
        if note.origin == "course"
        else "importing its file by name brings it back"
    )
    return Question(
        f"Remove “{_title(note)}”?",
        "The note and its cards go out of sight and out of study. Your file is not touched, and "
        f"what you learned is kept: {back}, with its history.",
        "remove it",
    )


def carry_out(workspace: Workspace, action: str, note: NoteSummary | None) -> str:
    """Do it and return a sentence that says so; meant for a worker thread.

    Raises:
        StoreError: nothing was done.
    """
    if action == "remove_course":
        count = manage.remove_course(workspace)
        return f"The bundled course is removed: {phrases.count(count, 'note')}. Its history stays."
    if action == "restore_course":
        count = manage.restore_course(workspace)
        return f"The bundled course is back: {phrases.count(count, 'card')}."
    if note is None:
        raise ValueError(action)
    do = {
        "pause": manage.pause,
        "resume": manage.resume,
        "reset": manage.reset,
        "remove": manage.remove,
    }[action]
    cards = phrases.count(do(workspace, note.id), "card")
    return {
        "pause": "Paused until you resume it: “{0}”, {1}.",
        "resume": "Resumed: “{0}”, {1}.",
        "reset": "Reset: “{0}”, {1} new again.",
        "remove": "Removed: “{0}”, {1}. What you learned is kept.",
    }[action].format(_title(note), cards)


def facts(info: StoreInfo) -> list[tuple[str, str]]:
    """Return what a dialog shows of the store."""
    return [
        ("Path", safe(str(info.path))),
        ("Size", phrases.size(info.size)),
        ("Backups", phrases.size(info.backups) if info.backups else "none yet"),
        ("Notes", f"{info.notes:,}"),
        ("Cards", f"{info.cards:,}"),
        ("Log", phrases.count(info.log, "entry", "entries")),
    ]


def _title(note: NoteSummary) -> str:
    return safe(note.title)
