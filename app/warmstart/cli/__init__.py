"""The command line: one command a file, found by name and imported only when it is called.

``warmstart --help`` imports click and nothing else, so the help of each command stands here, in the
table that finds it. Two things do not even wait for click: the app's first frame, and ``warmstart
due``, which a shell calls before every prompt.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "study": ("warmstart.cli.study", "study", "Study what is due, or a part of it; cram."),
    "import": ("warmstart.cli.import_", "import_", "Import markdown notes: files or folders."),
    "export": ("warmstart.cli.export", "export", "Export cards to Anki, CSV or JSON."),
    "lab": ("warmstart.cli.lab", "lab", "List the labs, or run one without the screen."),
    "lambda": ("warmstart.cli.lambda_", "lambda_", "Run a SAM application; no Docker, no account."),
    "asl": ("warmstart.cli.asl", "asl", "Run, test, check and draw state machines."),
    "inbox": ("warmstart.cli.inbox", "inbox", "Decide on the cards that your notes suggest."),
    "notes": ("warmstart.cli.notes", "notes", "List notes; pause, reset, remove, write back."),
    "cards": ("warmstart.cli.cards", "cards", "List cards by a search; change them all at once."),
    "search": ("warmstart.cli.search", "search", "Search notes and cards for words."),
    "due": ("warmstart.cli.due", "due", "Print what is due in one line, for a shell prompt."),
    "progress": ("warmstart.cli.progress", "progress", "Print mastery, retention and load."),
    "concept": ("warmstart.cli.concept", "concept", "Print a concept: mastery, causes, ways up."),
    "goal": ("warmstart.cli.goal", "goal", "Set a mastery to reach by a day, and see the plan."),
    "optimize": ("warmstart.cli.optimize", "optimize", "Fit the schedule to your own reviews."),
    "settings": ("warmstart.cli.settings", "settings", "List, read or change the settings."),
    "backup": ("warmstart.cli.backup", "backup", "Copy the store; list the copies there are."),
    "restore": ("warmstart.cli.backup", "restore", "Put a backup in the store's place."),
    "doctor": ("warmstart.cli.doctor", "doctor", "Check the store, and repair it."),
    "completion": ("warmstart.cli.completion", "completion", "Print a shell's completion script."),
    "store": ("warmstart.cli.store", "store", "Say where the store lies and how large it is."),
}
"""Each command's module, the name of its function there, and its one-line help."""

_COMPLETE = "_WARMSTART_COMPLETE"
"""What tells click, and nobody else, to print a completion script or completions."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and leave with the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["due"]:
        from warmstart.cli.prompt import answer

        if (line := answer(given[1:])) is not None:
            print(line)  # noqa: T201 click would cost more than the rest
            sys.exit(0)
    if not given and on_terminal() and _COMPLETE not in os.environ:
        from warmstart.cli.app import run_app

        try:
            run_app()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 it is told, as any is
            from warmstart.cli.group import told

            sys.exit(told(error))
    from warmstart.cli.group import run

    sys.exit(run(given))


def on_terminal() -> bool:
    """Whether the app can be shown."""
    return sys.stdin.isatty() and sys.stdout.isatty()
