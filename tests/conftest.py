"""What all tests share: a home of their own, a clock that stands still, and the recorded cases."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import warm
from warmstart.paths import Home
from warmstart.study.day import Days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warmstart.usecases.workspace import Workspace

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class FrozenClock:
    """A clock that moves only when told to."""

    now: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**by)
        return self.now


def pytest_collection_finish() -> None:
    """Keep the thousands of tests just collected out of every collection of garbage to come."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def warm_processes() -> Iterator[warm.Warm | None]:
    """Let hosts and judges start at once, where they can be forked."""
    if sys.platform == "win32":
        yield None
        return
    with warm.processes() as processes:
        yield processes


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that starts on a Friday morning."""
    return FrozenClock()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home, which is also the one the command line finds."""
    root = tmp_path / "home"
    monkeypatch.setenv("WARMSTART_HOME", str(root))
    return Home(root)


@pytest.fixture
def empty_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the bundled course, for tests that count their own cards."""
    for name in ("content", "labs"):
        (tmp_path / "bundled" / name).mkdir(parents=True)
    monkeypatch.setattr(
        "warmstart.usecases.sources.bundled", lambda name: tmp_path / "bundled" / name
    )


@pytest.fixture
def open_workspace(home: Home, clock: FrozenClock) -> Iterator[Callable[[], Workspace]]:
    """Opens the home, as often as asked: every opening is a restart."""
    from warmstart.usecases.workspace import Workspace

    opened: list[Workspace] = []

    def open_() -> Workspace:
        opened.append(Workspace.open(home, clock=clock, days=Days(4, UTC)))
        return opened[-1]

    yield open_
    for workspace in opened:
        workspace.close()


@pytest.fixture
def cases() -> Path:
    """The folder of recorded cases and of real notes."""
    folder = os.environ.get("WARMSTART_CASES")
    if not folder:
        pytest.skip("WARMSTART_CASES does not name the folder of recorded cases")
    return Path(folder)
