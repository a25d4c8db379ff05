"""The step view: a state machine's execution, stepped through by keys."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from asl_machines import SAGA, played, task
from warmstart.labs.stage import Stage
from warmstart.runtime.asl.tasks import Call, TaskError
from warmstart.runtime.trace import Header, RunEnded, StateMachineCreated, Trace
from warmstart.tui.screens.labs.machine_screen import MachineScreen
from warmstart.tui.screens.labs.trace_screen import TraceScreen
from warmstart.tui.widgets.machine_graph import MachineGraph

if TYPE_CHECKING:
    from tests.tui.conftest import Running
    from warmstart.labs.machine import Play


async def carrier_down(call: Call) -> Any:
    await asyncio.sleep(0.1)
    if call.state == "ShipOrder":
        raise TaskError("CarrierDown", "no truck\ntoday")
    return {"step": call.state, "text": "책"}


@pytest.fixture(scope="module")
def saga() -> Play:
    return played(SAGA, {"order": 7}, tasks=carrier_down)


async def test_the_stage_opens_it_at_its_own_moment(saga: Play, alone: Running) -> None:
    trace = Trace(Header(7, "2026-01-05T09:00:00Z"))
    trace.append(StateMachineCreated(0, "m", "STANDARD", json.dumps(SAGA)))
    for event in saga.events:
        trace.append(event)
    trace.append(RunEnded(saga.events[-1].at, "completed"))
    async with alone(TraceScreen(Stage(trace), "t", view="machine")) as driver:
        await driver.press(".", ".")
        assert "█ ReserveInventory" in driver.text
        head = f"1 of 1  {saga.events[0].execution}   "
        assert re.search(rf"{head}\d+ of {len(saga)} events", driver.text)
        await driver.press("end")
        assert f"{head}3 forward, 2 undone, nothing left to undo" in driver.text
        await driver.press("home", ".", ".")
        await driver.press("enter")
        screen = driver.app.screen
        assert isinstance(screen, MachineScreen)
        assert screen.play.state_of(screen.count) == "ReserveInventory"
        assert "── ReserveInventory · Task lambda:invoke · at work" in driver.text
        await driver.press("q")
        assert isinstance(driver.app.screen, TraceScreen)


@pytest.fixture(scope="module")
def chain() -> Play:
    """Thirty states."""
    names = [f"Step{at:02}" for at in range(1, 31)]
    states = {name: task(to) for name, to in zip(names, [*names[1:], None], strict=True)}
    return played({"StartAt": "Step01", "States": states}, tasks=carrier_down)


async def test_a_saga_is_stepped_through(saga: Play, alone: Running) -> None:
    screen = MachineScreen(saga, title="order")
    async with alone(screen) as driver:
        assert driver.lines[0].startswith(" State machine · order")
        assert "event 0 / " in driver.lines[0]
        assert "not been entered yet" in driver.text

        await driver.press(".", ".")
        assert "── ValidateOrder · Task lambda:invoke · at work" in driver.text
        assert '"order": 7' in driver.text
        assert "nothing yet" in driver.text
        await driver.press(">", ">", ",")
        assert "── ProcessPayment · Task lambda:invoke · done ──" in driver.text
        await driver.press("n")
        assert "── ShipOrder · Task lambda:invoke · failed" in driver.text
        assert "│ CarrierDown: no truck" in driver.text
        assert "▸ 00:00.400  TaskFailed" in driver.text

        await driver.press("end")
        assert " ✓ ReserveInventory ↩ ┄┄┄┄┄▷ ↩ RefundPayment" in driver.lines
        assert " ✗ ShipOrder ┅┅┅┅┅┅┅┅┅┅┅┅┅┅▶ ↩ ReleaseInventory" in driver.lines
        assert "── 3 forward, 2 undone, nothing left to undo ──" in driver.text
        await driver.press("down", "down")
        assert (
            "── ReleaseInventory · Task lambda:invoke · has undone ReserveInventory" in driver.text
        )
        await driver.press("left", "enter")
        assert "CarrierDown: no truck" in driver.text
        assert "↑↓  scroll    Esc  back" in driver.text
        await driver.press("q")
        await driver.press("n")
        assert "Nothing fails after this event." in driver.text

        await driver.click("ProcessPayment")
        assert "↑↓←→ choose" in driver.lines[-1]  # The graph has not taken the keys.
        assert "── ProcessPayment · Task lambda:invoke · done, undone since" in driver.text
        assert '+   "step": "ProcessPayment"' in driver.text
        assert driver.lines[-1].endswith(" ? help Esc follow q back")
        await driver.press("escape")
        assert driver.lines[-1].endswith("  ? help  q back")
        assert "── OrderFailed · Fail · failed" in driver.text
        await driver.press("home", "right", "v", "v")
        assert "ValidateOrder is not entered after this event." in driver.text
        await driver.press("escape", "home", "?")
        assert "↩ has undone" in driver.text
        await driver.press("q")
        driver._post("q")
        await driver._handled()
        assert driver.app.return_code == 0


async def test_all_of_the_data_can_be_paged_through(saga: Play, alone: Running) -> None:
    async with alone(MachineScreen(saga), size=(80, 12)) as driver:
        await driver.press("n", "enter")
        data = driver.app.screen.query_one("#scrolled")
        await driver.press("pagedown")
        assert data.scroll_y == data.max_scroll_y > 0
        await driver.press("k", "home")
        assert data.scroll_y == 0


async def test_what_is_looked_at_stays_in_view(chain: Play, alone: Running) -> None:
    """Thirty states in ten lines; a wide screen has data and history beside the graph."""
    screen = MachineScreen(chain)
    async with alone(screen) as driver:
        assert "Step01" in driver.text
        await driver.press("end")
        assert "▼ ✓ Step30" in driver.text
        assert "· Step01" not in driver.text
        await driver.press(*["<"] * 3)
        assert "█ Step28" in driver.text
        await driver.pilot.resize_terminal(140, 40)
        await driver.settle()
        assert "· Step30" in driver.text
        assert screen.query_one(MachineGraph).size.width > 70
