"""From a key to what it changes on the screen, while cards are studied, read and looked through.

The app runs in this process at 80×24, over the bundled course and a note with code, a table, a
formula and options. The time runs from the key event to the last update that it causes, the bytes
for the terminal included; an answer waits for the disk within it. What comes after that is the
terminal's.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.events import Key
from textual.widgets import Input, Static

from warmstart.paths import Home
from warmstart.settings import DisplaySettings, Settings
from warmstart.tui import app
from warmstart.tui.app import WarmstartApp
from warmstart.tui.widgets.card_view import CardView
from warmstart.tui.widgets.concept_tree import ConceptTree
from warmstart.usecases.import_notes import import_notes
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType
    from textual.screen import Screen

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
GOAL_MS = 20
CARDS = 60
KEYS = 100
"""Keys of the floor."""
_QUIET = 0.06
"""Seconds without an update after which a key has had its effect."""
_LONGEST = 20.0
"""Seconds after which something is amiss."""
_NOTE = """# A note

What does it do?
?
```python
def handler(event, context):
    for record in event["Records"]:
        queue.send_message(QueueUrl=URL, MessageBody=record["body"])
```

State Bayes' rule.
?
It is $P(A|B)=\\frac{P(B|A)P(A)}{P(B)}$.

How do they compare?
?
| Service | Order | Delivery |
| --- | --- | --- |
| SQS | no | at least once |

> [!question] Which fan out?
> a) SQS
> b) SNS
> c) EventBridge
>> [!success] Answer
>> b, c) So.
"""


class Timed(App[None]):
    """An app that tells when it last had something for the terminal."""

    updated = computed = 0.0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable.render_segments(self._terminal)
            self.updated, self.computed = time.perf_counter(), time.process_time()
        super()._display(screen, renderable)

    _terminal = Console(force_terminal=True, color_system="truecolor", width=80, height=24)


class Warmstart(Timed, WarmstartApp):
    """The app."""

    CSS_PATH = Path(app.__file__).with_name("warmstart.tcss")


class Floor(Timed):
    """A minimal Textual app that answers every key with another line of text."""

    def compose(self) -> Iterable[Static]:
        yield Static("0")

    def on_key(self, event: Key) -> None:
        self.query_one(Static).update(f"{time.perf_counter()} {event.key}")


async def press(on: Timed, key: str, character: str | None = None) -> tuple[float, float] | None:
    """Return the milliseconds from a key to the last update it led to; None if it led to none.

    The second figure is what this process computed meanwhile: on a machine that does nothing else,
    both differ by what was waited for, and a busy one distorts only the first.
    """
    start, computed = time.perf_counter(), time.process_time()
    on.post_message(Key(key, character or (key if len(key) == 1 else None)))
    async with asyncio.timeout(_LONGEST):
        while True:
            seen = on.updated
            await asyncio.sleep(_QUIET / 4)
            busy = any(worker.is_running for worker in on.workers)
            if not busy and seen == on.updated and time.perf_counter() - max(seen, start) > _QUIET:
                break
    if on.updated <= start:
        return None
    return 1000 * (on.updated - start), 1000 * (on.computed - computed)


Times = dict[str, list[tuple[float, float]]]


async def _time(on: Timed, times: Times, name: str, key: str, character: str | None = None) -> None:
    # The disk and the threads are given time to finish what they cannot show.
    if (took := await press(on, key, character)) is not None:
        times.setdefault(name, []).append(took)
    await asyncio.sleep(0.02)


async def _browse(on: Warmstart, times: Times) -> None:
    """Go through the list of cards, a card's page, and the tree of notes."""
    timed = partial(_time, on, times)
    await on.action_go("cards")
    await asyncio.sleep(0.5)
    for key in "jjjjjjjjjjkkkkk":
        await timed("list: next card", key)
    for key in ("pagedown", "pagedown", "pagedown", "pageup", "pageup"):
        await timed("list: a page", key)
    for _ in range(4):
        await timed("list: a card", "enter", "\r")
        await timed("list: back", "q")
    await on.action_go("notes")
    await asyncio.sleep(0.5)
    on.screen.set_class(False, "-reading")
    on.screen.query_one(ConceptTree).focus()
    await asyncio.sleep(0.2)
    for key in ["down"] * 10 + ["up"] * 5:
        await timed("tree: next note", key)


async def _study(on: Timed, times: Times) -> None:
    timed = partial(_time, on, times)

    def card() -> CardView:
        return on.screen.query_one(CardView)

    await press(on, "enter", "\r")
    await asyncio.sleep(0.5)
    for number in range(CARDS):
        if number % 5 == 0:
            await timed("flag", "f")
            await timed("flag chosen", "3")
            await timed("help", "question_mark", "?")
            await timed("help closed", "q")
        if number % 4 == 0 and card().offer is None:
            await timed("typing begins", "t")
            async with asyncio.timeout(_LONGEST):
                while not (found := on.screen.query(Input)):  # noqa: ASYNC110 the line tells nobody
                    await asyncio.sleep(_QUIET)
            found.first().cursor_blink = False
            for letter in "queue":
                await timed("a letter typed", letter)
            await timed("typed answer", "enter", "\r")
        elif card().offer is not None:
            await timed("option picked", "2")
            await timed("answer shown", "space", " ")
        else:
            await timed("answer shown", "space", " ")
        await timed("grade, next card", "4")
        if number % 6 == 0:
            await timed("undo", "u")
            await timed("answer shown", "space", " ")
            await timed("grade, next card", "3")
    await timed("note opened", "o")
    for _ in range(20):
        await timed("scroll", "pagedown")


async def _run(home: Home) -> Times:
    settings = replace(Settings(), display=DisplaySettings(reduced_motion=True))
    settings = replace(settings, study=replace(settings.study, new_per_day=2 * CARDS))
    on = Warmstart(home, settings, clock=lambda: NOW)
    times: Times = {}
    async with on.run_test(size=(80, 24)):
        async with asyncio.timeout(_LONGEST):
            while on.workspace is None:  # noqa: ASYNC110 the app knows no event for it
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        gc.freeze()
        await _study(on, times)
        await _browse(on, times)
    return times


async def _floor() -> list[tuple[float, float]]:
    """Return milliseconds from a key to the update of a minimal app."""
    on, times = Floor(), list[tuple[float, float]]()
    async with on.run_test(size=(80, 24)):
        for number in range(KEYS):
            if (took := await press(on, "ab"[number % 2])) is not None:
                times.append(took)
            await asyncio.sleep(0.02)
    return times


def measure() -> Times:
    """Return milliseconds by kind of key."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        note = Path(folder) / "note.md"
        note.write_text(_NOTE, encoding="utf-8")
        workspace = Workspace.open(home, clock=lambda: NOW)
        import_notes(workspace, [note])
        workspace.close()
        home.settings.write_text(f"[study]\nnew_per_day = {2 * CARDS}\n", encoding="utf-8")
        return asyncio.run(_run(home))


def main() -> None:
    """Print the median and the 95th percentile of each kind of key, of all, and of the floor."""
    floor, times = asyncio.run(_floor()), measure()
    for name, some in times.items():
        print(f"  {name}: {_said(some)}")
    every = [one for some in times.values() for one in some]
    print(f"  {len(every)} keys: {_said(every)} (goal ≤ {GOAL_MS} ms)")
    print(f"  a minimal Textual app, in the same run: {_said(floor)}")


def _said(some: list[tuple[float, float]]) -> str:
    passed, computed = zip(*some, strict=True)
    return (
        f"median {statistics.median(passed):.1f} ms, p95 {_p95(passed):.1f} ms;"
        f" computing {statistics.median(computed):.1f} and {_p95(computed):.1f} ms"
    )


def _p95(some: Sequence[float]) -> float:
    return sorted(some)[min(len(some) - 1, int(0.95 * len(some)))]


if __name__ == "__main__":
    main()
