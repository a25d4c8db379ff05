"""A store with two notes in it, made once, and the app over a copy of it."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from textual.events import Key
from textual.worker import WorkerCancelled

from warmstart.paths import Home
from warmstart.settings import DisplaySettings, Settings
from warmstart.tui.alone import LoneApp
from warmstart.tui.app import WarmstartApp
from warmstart.tui.widgets.markdown_view import MarkdownView
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import Screen

    from warmstart.tui.screens.base import WarmScreen

    Running = Callable[..., AbstractAsyncContextManager["Driver"]]

WIDE_LINE = "Client ──▶ " + "Queue ──▶ " * 12 + "the end"
QUEUES = (
    f"""---
prerequisites: ["[[not-here]]"]
related: ["[[second]]"]
mastery: 40
study_status: in_progress
---
# Queues

A queue holds messages; see [[second#Where they go|the second note]], [[nowhere]] and
[the docs](https://example.org/queues).

## Мёртвые письма

What is a dead letter queue?
?
Where messages go that failed **too often**.

```
{WIDE_LINE}
```

## 한국어 절

| Term | Meaning |
|------|---------|
| 콜드 스타트 | 첫 호출의 초기화 |
| DLQ | where failed messages wait |
"""
    + "\n\nMore.\n" * 20
)
SECOND = (
    "# Second\n\nIntroduction.\n"
    + "\nText.\n" * 20
    + "\n## Where they go\n\nThere.\n"
    + "\nText.\n" * 20
)


STILL = replace(Settings(), display=DisplaySettings(reduced_motion=True))
"""The default settings without animations, which tests would have to wait for."""
_HOPS = 6
_QUIET = 2
"""Rounds without a worker after which nothing is under way."""
_LONGEST = 10.0
"""Seconds after which what is waited for will not come."""
_KEYS = {
    "/": "slash", "?": "question_mark", "!": "exclamation_mark", ".": "full_stop", ",": "comma",
    "<": "less_than_sign", ">": "greater_than_sign",
}  # fmt: skip
_CHARACTERS = {"space": " ", "enter": "\r", "tab": "\t", "escape": "\x1b"}


class Driver:
    """Types keys into the app and reads its screen."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.app = pilot.app

    async def settle(self) -> None:
        """Wait until no worker runs, every message is handled, and all of it is drawn."""
        await self._handled()
        await self._drawn()
        while self.app.screen._layout_required:
            await self._drawn()
        # A text goes to its heading once it is laid out, and scrolls there when that is drawn.
        while any(view._goal for view in self.app.screen.query(MarkdownView)):
            await self._drawn()
            await self._drawn()

    async def _drawn(self) -> None:
        drawn = asyncio.Event()
        if self.app._exception is None and self.app.screen.call_after_refresh(drawn.set):
            await drawn.wait()
        await self.pilot.pause()

    async def _handled(self) -> None:
        # A pause of no length lets every widget handle what waits for it. A key takes several: it
        # goes from the app to the focused widget and up again. Textual's own pause waits for an
        # idle processor instead; after each key, that makes a test last a second.
        #
        # A worker may begin and end within one round, and what it posted last is handled in the
        # next: on a busy machine a thread often ends before it is seen to run.
        quiet = 0
        while quiet < _QUIET:
            await self._hop()
            quiet += 1
            while any(worker.is_running for worker in self.app.workers):
                quiet = 0
                with suppress(WorkerCancelled):  # a newer reading replaced it
                    await self.app.workers.wait_for_complete()

    async def _hop(self) -> None:
        for _ in range(_HOPS):
            await self.pilot.pause(0)

    async def press(self, *keys: str) -> None:
        """Press keys one after another, each when the one before has done its work."""
        for key in keys:
            self._post(key)
            await self._handled()
        await self.settle()

    async def answer(self, dialog: type[Screen[Any]], *keys: str) -> None:
        """Press keys in a dialog once it is up: a worker waits for what it answers.

        So nothing here waits for workers; ``settle`` does, after the last key.
        """
        async with asyncio.timeout(_LONGEST):
            while not isinstance(self.app.screen, dialog):
                await self.pilot.pause(0)
        await self._hop()
        for key in keys:
            self._post(key)
            await self._hop()

    def _post(self, key: str) -> None:
        character = key if len(key) == 1 else _CHARACTERS.get(key)
        self.app.post_message(Key(_KEYS.get(key, key), character))

    async def click(self, text: str) -> None:
        """Click where ``text`` first stands on the screen."""
        y, line = next((y, line) for y, line in enumerate(self.lines) if text in line)
        await self.pilot.click(offset=(cell_len(line[: line.index(text)]), y))
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """What stands on the screen, as one text."""
        return "\n".join(self.lines)


@pytest.fixture(scope="session")
def notes_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the two notes imported (three cards), and without the bundled course."""
    from conftest import FrozenClock

    root = tmp_path_factory.mktemp("tui")
    notes = root / "notes"
    notes.mkdir()
    (notes / "queues.md").write_text(QUEUES, encoding="utf-8")
    (notes / "second.md").write_text(SECOND, encoding="utf-8")
    for name in ("content", "labs"):
        (root / "bundled" / name).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warmstart.usecases.sources.bundled", lambda name: root / "bundled" / name)
        workspace = Workspace.open(Home(root / "home"), clock=FrozenClock())
        report = import_notes(workspace, [notes])
        workspace.close()
    assert report.cards == {"flashcard": 1, "term": 2}
    return root / "home"


@pytest.fixture
def running(notes_home: Path, home: Home, clock: object, empty_course: None) -> Running:
    """Runs the app over a copy of the notes' home, until the store is open."""

    @asynccontextmanager
    async def run(
        *,
        size: tuple[int, int] = (80, 24),
        empty: bool = False,
        toml: str = "",
        settings: Settings | None = None,
    ) -> AsyncIterator[Driver]:
        if not empty and not home.root.exists():
            shutil.copytree(notes_home, home.root)
        if toml:
            home.settings.write_text(toml, encoding="utf-8")
        app = WarmstartApp(home, settings or STILL, clock=clock)
        async with app.run_test(size=size) as pilot:
            driver = Driver(pilot)
            await driver.settle()
            yield driver

    return run


@pytest.fixture
def alone(home: Home) -> Running:
    """Runs an app that shows one screen."""

    @asynccontextmanager
    async def run(screen: WarmScreen, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Driver]:
        async with LoneApp(home, STILL, screen).run_test(size=size) as pilot:
            driver = Driver(pilot)
            await driver.settle()
            yield driver

    return run
