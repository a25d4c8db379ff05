"""What happens in executions of state machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from warmstart.runtime.trace.base import Event


@dataclass(frozen=True, slots=True)
class StateMachineCreated(Event):
    """There is a state machine from now on; with its definition a trace can be drawn."""

    kind: ClassVar[str] = "StateMachineCreated"

    machine: str
    """Its name."""
    type: Literal["STANDARD", "EXPRESS"]
    definition: str
    """In the States Language, as JSON text."""


@dataclass(frozen=True, slots=True)
class ExecutionEvent(Event):
    """An execution's history grew by one event; AWS's own names, ids and details."""

    kind: ClassVar[str] = "ExecutionEvent"

    machine: str
    execution: str
    """Its name; that of a distributed Map's child begins with its parent's."""
    root: str
    number: int
    """The event's id, from 1 in each execution."""
    previous: int
    type: str
    """``TaskStateEntered``, ``LambdaFunctionFailed``, …"""
    details: dict[str, Any]
    """What GetExecutionHistory gives under ``…EventDetails``; empty where it gives nothing."""
    workflow: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    """The machine's type; it decides the price."""
    cause: str | None = None
    """Of an execution's first event: what started it."""


MachineEvent = StateMachineCreated | ExecutionEvent
