"""Proposing parameters without making a screen wait: once, and beside the app where it takes long.

fsrs-rs holds the interpreter while it fits, so a thread would not keep the keys alive over a long
log: a process of its own does, which ends with its answer or with whoever waits for it. Nothing
depends on it. Where it does not start, or is lost, the proposal is made in a thread here.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from warmstart import __version__
from warmstart.usecases import optimize

if TYPE_CHECKING:
    from datetime import date

    from warmstart.settings import StudySettings
    from warmstart.usecases.optimize import Proposal
    from warmstart.usecases.workspace import Workspace

WORTHWHILE: Final = 5_000
"""Entries of the log from which a process is started. A fit to fewer holds the interpreter for less
than 0.1 s; to start a process takes half a second."""


class Basis(NamedTuple):
    """What a proposal rests on: while this is the same, a new one would say the same."""

    entries: int
    """Of the log, which also has the parameters in force."""
    cards: int
    settings: StudySettings
    today: date
    """The study day: a simulated year begins with it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal, and what it rests on."""

    proposal: Proposal
    basis: Basis


def basis_of(workspace: Workspace) -> Basis:
    """Return what a proposal made now would rest on; takes no time worth naming."""
    today = workspace.days.day_of(workspace.clock())
    with workspace.store.read() as tx:
        return Basis(tx.log.length(), tx.cards.count(), workspace.settings.study, today)


async def propose(workspace: Workspace) -> Kept:
    """Return a proposal; the event loop stays free meanwhile, and cancelling ends the work.

    Raises:
        StoreError: the store could not be read.
    """
    basis = await asyncio.to_thread(basis_of, workspace)
    found = await _beside(workspace) if basis.entries >= WORTHWHILE else None
    if found is None:
        found = await asyncio.to_thread(optimize.propose, workspace)
    return Kept(found, basis)


async def _beside(workspace: Workspace) -> Proposal | None:
    """Return what a process of its own proposes; None if none could be had."""
    study = workspace.settings.study  # a proposal goes by no other settings
    values = (workspace.home, study, workspace.days, workspace.clock())
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", __name__, __version__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process to handle
        )
    except OSError:
        return None
    try:
        answer, _ = await process.communicate(pickle.dumps(values))
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    if process.returncode:
        return None
    found: Proposal = pickle.loads(answer)  # noqa: S301 our own process wrote it
    return found


def main() -> None:
    """Read a workspace's values, and write the proposal for it."""
    if sys.argv[1:] != [__version__]:
        sys.exit(1)  # another version has been installed meanwhile
    from warmstart.settings import Settings
    from warmstart.store.engine import Store
    from warmstart.usecases.workspace import Workspace

    home, study, days, now = pickle.load(sys.stdin.buffer)  # noqa: S301 as above
    settings = Settings(study=study)
    workspace = Workspace(home, settings, lambda: now, days, Store(home.store))
    with closing(workspace):
        sys.stdout.buffer.write(pickle.dumps(optimize.propose(workspace)))


if __name__ == "__main__":
    main()
