"""What a run's worker thread says to the screen that waits for it; it touches no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from warmstart.errors import WarmstartError
    from warmstart.runtime.launch import Serving
    from warmstart.usecases.lab_run import RunProgress, RunReport


@dataclass
class Served(Message):
    """An application is served; here is how it is reached."""

    serving: Serving


@dataclass
class RunProgressed(Message):
    """Another call was answered; said some twenty times a second at most."""

    progress: RunProgress


@dataclass
class RunFinished(Message):
    """The run is over: played to its end, or stopped."""

    report: RunReport


@dataclass
class RunFailed(Message):
    """The run could not be carried out; the error says why."""

    error: WarmstartError
