"""Take the pictures of the README and of docs: the real app over the bundled course, after six simulated weeks.

``make pictures``. The learner is simulated, the clock stands still and the seed is fixed, so that a
picture changes only when the screen does.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart import settings
from warmstart.paths import Home
from warmstart.study.cards import New, Rating
from warmstart.usecases.review import ReviewSession
from warmstart.usecases.workspace import Workspace

if TYPE_CHECKING:
    from warmstart.labs.machine import Play

TODAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WEEKS = 6
NEW_PER_DAY = 4
SIZE = (96, 30)
FOLDER = Path(__file__).parents[1] / "docs" / "pictures"


class Clock:
    """The simulated time."""

    now = TODAY - timedelta(weeks=WEEKS)

    def __call__(self) -> datetime:
        return self.now


def live(home: Home, clock: Clock) -> None:
    """Study most days for six weeks: recall follows the card's own predicted recall."""
    rng = random.Random(20261120)
    home.root.mkdir(exist_ok=True)
    home.settings.write_text(f"[study]\nnew_per_day = {NEW_PER_DAY}\n", encoding="utf-8")
    workspace = Workspace.open(home, clock=clock)
    while clock.now.date() < TODAY.date():
        if rng.random() < 0.85:
            session = ReviewSession(workspace)
            for _ in range(200):
                if session.current is None:
                    break
                with workspace.store.read() as tx:
                    memory = tx.cards.memory(session.current.id)
                recall = workspace.scheduler.recall(memory, clock())
                if isinstance(memory, New):
                    rating = rng.choices((Rating.AGAIN, Rating.GOOD, Rating.EASY), (3, 6, 1))[0]
                elif rng.random() > recall:
                    rating = Rating.AGAIN
                else:
                    rating = rng.choices((Rating.HARD, Rating.GOOD, Rating.EASY), (2, 9, 2))[0]
                session.answer(rating, timedelta(seconds=rng.uniform(4, 14)))
                clock.now += timedelta(seconds=15)
        clock.now = clock.now.replace(hour=8, minute=0, second=0) + timedelta(days=1)
    clock.now = TODAY
    workspace.close()


async def shoot(home: Home, clock: Clock) -> None:
    """Go through the screens and take a picture of each."""
    from warmstart.tui.app import WarmstartApp
    from warmstart.usecases.goals import find_concept

    app = WarmstartApp(home, settings.load(home.settings), clock=clock)
    async with app.run_test(size=SIZE) as pilot:

        async def settle() -> None:
            for _ in range(20):
                await pilot.pause(0.05)
            await app.workers.wait_for_complete()

        async def picture(name: str) -> None:
            await settle()
            save(name, app.export_screenshot(title="Warmstart"))

        await picture("today")
        await pilot.press("S")
        await picture("settings")
        await pilot.press("q")
        await settle()
        await pilot.press("enter")
        await settle()
        await pilot.press("space")
        await picture("review")
        await pilot.press("q")
        await settle()
        await pilot.press("p")
        await picture("progress")
        app.open_concept(find_concept(app.workspace, "Sagas with Step Functions"))
        await picture("concept")
        await pilot.press("q")
        await settle()
        await app.action_go("cards")
        await settle()
        await pilot.press("slash", *"prop:s<10 -is:new", "enter")
        await picture("cards")
        await app.action_go("labs")
        await settle()
        await pilot.press("enter")
        await settle()
        await pilot.press("r")
        await settle()
        await pilot.press("ctrl+r")
        await settle()
        await settle()
        for _ in range(3):
            await pilot.press("n")
        await picture("stage")


def saga() -> Play:
    """Run an order whose shipment fails, until all that was done is undone."""
    from asl_machines import SAGA, played
    from warmstart.runtime.asl.tasks import Call, TaskError

    errors = ["States.Timeout", "CarrierDown"]

    async def work(call: Call) -> Any:
        await asyncio.sleep(0.4)
        if call.state == "ShipOrder":
            raise TaskError(errors.pop(0), "no truck today")
        return {"order": 7, "step": call.state}

    return played(SAGA, {"order": 7}, tasks=work)


async def shoot_machine(home: Home, play: Play) -> None:
    """Take the picture of a state machine's step view."""
    from warmstart.tui.alone import LoneApp
    from warmstart.tui.screens.labs.machine_screen import MachineScreen

    screen = MachineScreen(play, title="order")
    app = LoneApp(home, settings.load(home.settings), screen)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.2)
        await pilot.press("end", "down", "down")
        await pilot.pause(0.2)
        save("machine", app.export_screenshot(title="Warmstart"))


async def shoot_stage(home: Home) -> None:
    """Take pictures of the stage's views: who calls whom, a queue's depth, one request."""
    from warmstart.labs.read import read_lab
    from warmstart.labs.run import carry_out, plan
    from warmstart.labs.stage import Stage
    from warmstart.resources import bundled
    from warmstart.tui.alone import LoneApp
    from warmstart.tui.screens.labs.trace_screen import TraceScreen

    still = {"display": replace(settings.Settings().display, reduced_motion=True)}
    for name, lab, knobs, seconds, keys in (
        ("topology", "fan-out", {"wiring": "topic"}, 3.3, ("1",)),
        ("queues", "queue", {}, 62.0, ("3",)),
        ("waterfall", "fan-out", {"wiring": "topic"}, 3.3, ("5", "s")),
    ):
        run = carry_out(plan(read_lab(bundled("labs") / lab), knobs=knobs))
        screen = TraceScreen(Stage.of(run), run.lab.title)
        app = LoneApp(home, replace(settings.Settings(), **still), screen)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause(0.3)
            screen._move(screen.player.seek(round(seconds * 1_000_000)))
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.3)
            save(name, app.export_screenshot(title="Warmstart"))


def save(name: str, svg: str) -> None:
    """Write a picture without the web fonts it would load: any monospace will do.

    Spaces are told to stay: some renderers drop those at the beginning of a text.
    """
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(FOLDER / f"{name}.svg")


def main() -> None:
    """Take all pictures."""
    if len(sys.argv) > 1:
        sys.exit("This takes no arguments.")
    with tempfile.TemporaryDirectory() as folder:
        home, clock = Home(Path(folder)), Clock()
        live(home, clock)
        asyncio.run(shoot(home, clock))
        asyncio.run(shoot_machine(home, saga()))
        asyncio.run(shoot_stage(home))


if __name__ == "__main__":
    main()
