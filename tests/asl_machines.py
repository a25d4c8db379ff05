"""Machines for tests: run one in virtual time and get its execution."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.clock import VirtualTimeLoop


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
