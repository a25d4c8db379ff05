"""The workspace of a command: opened, and closed whatever happens."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from warmstart.labs.definition import Lab
    from warmstart.usecases.lab_run import Labs
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


@contextmanager
def opened_labs() -> Iterator[Labs]:
    """Open the learner's labs."""
    from warmstart.usecases.lab_run import Labs

    with opened() as workspace:
        yield Labs(workspace)


def marked(labs: Labs, lab: Lab) -> str:
    """Return a lab's title, with whose it is where it does not run as it ships."""
    whose = labs.whose(lab)
    return safe(f"{lab.title} ({whose})" if whose else lab.title)


def ask_for_trust(labs: Labs, folder: Path, *, trust: bool) -> None:
    """See that a lab in a folder of its own may run: as ``--trust`` says, or whoever is asked.

    Nobody is asked without a terminal; running the lab says what is missing then.
    """
    import sys

    import click

    if labs.trusted(folder):
        return
    if not trust and sys.stdin.isatty() and sys.stderr.isatty():
        question = f"Running this lab runs the code in {folder}. Do you trust this folder?"
        trust = click.confirm(question, err=True)
    if trust:
        labs.trust(folder)
