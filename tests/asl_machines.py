"""Machines for tests: run one in virtual time and get its execution."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from warmstart.labs.machine import Play
from warmstart.runtime.asl.history import traced
from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.trace import ExecutionEvent

INVOKE = "arn:aws:states:::lambda:invoke"


def execute(definition: Any, data: Any = None, **world: Any) -> Execution:
    """Run a definition over an input to its end."""
    identity = world.pop("identity", Identity())
    text = definition if isinstance(definition, str) else json.dumps(definition)

    async def work() -> Execution:
        execution = Execution(parse(text), json.dumps(data), identity, World(**world))
        await execution.run()
        return execution

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work())


def played(definition: Any, data: Any = None, **world: Any) -> Play:
    """Run a definition and return its execution, to be looked at event by event."""
    events: list[ExecutionEvent] = []

    def watch(identity: Identity, event: Any) -> None:
        events.append(traced(event, identity, "r"))

    execute(definition, data, watch=watch, identity=Identity(machine="m"), **world)
    return Play(parse(json.dumps(definition)), "execution", events)


def task(name: str | None = None, *, catch: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a Task that leads to a state, or ends; ``catch`` takes all errors."""
    state = {"Type": "Task", "Resource": INVOKE, **fields}
    state |= {"Next": name} if name else {"End": True}
    if catch:
        state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": catch, "ResultPath": "$.error"}]
    return state


SAGA = {
    "StartAt": "ValidateOrder",
    "States": {
        "ValidateOrder": task("ProcessPayment", catch="OrderFailed"),
        "ProcessPayment": task("ReserveInventory", catch="OrderFailed"),
        "ReserveInventory": task("ShipOrder", catch="RefundPayment"),
        "ShipOrder": task("OrderComplete", catch="ReleaseInventory", Retry=[
            {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 2},
        ]),
        "OrderComplete": {"Type": "Succeed"},
        "ReleaseInventory": task("RefundPayment"),
        "RefundPayment": task("OrderFailed"),
        "OrderFailed": {"Type": "Fail", "Error": "OrderFailed"},
    },
}  # fmt: skip


def types(execution: Execution) -> list[str]:
    """Return the types of its events."""
    return [event["type"] for event in execution.history.events]


def entered(execution: Execution) -> list[str]:
    """Return the names of the states in the order in which they were entered."""
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in execution.history.events
        if "stateEnteredEventDetails" in event
    ]
