"""What a call's latency is made of, as the trace accounts for it.

The parts of a call add up to what its caller waited: the wait for an environment, what INIT ran,
what the handler computed, the services it called, and what is left of the handler (it slept, say).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warmstart.labs.log import charged_for
from warmstart.runtime.trace import (
    ApiCalled,
    CpuCharged,
    InvocationEnded,
    InvocationRequested,
    InvocationStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.trace import TraceEvent

WAIT: Final = "the wait for an environment"
RESTORE: Final = "restoring the snapshot"
REST: Final = "waiting within the handler"


@dataclass(slots=True)
class Call:
    """One invocation that ended."""

    request: str
    function: str
    start: int
    """When it was asked for."""
    latency: int
    """Microseconds from asking to the answer."""
    cold: bool
    parts: dict[str, int] = field(default_factory=dict)
    """Microseconds by what took them; those of INIT are named so."""


def calls(trace: Iterable[TraceEvent]) -> dict[str, Call]:
    """Return the invocations that ended, by request, each with its parts.

    Of an asynchronous invocation with several attempts it is the last one.
    """
    asked: dict[str, int] = {}
    begun: dict[str, InvocationStarted] = {}
    charged: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    found: dict[str, Call] = {}
    for event in trace:
        match event:
            case InvocationRequested(at=at, request=request):
                asked[request] = at
            case InvocationStarted(request=request):
                begun[request] = event
            case CpuCharged(request=request, charged=took, phase=phase) if request is not None:
                where = " in INIT" if phase == "init" else ""
                charged[request][_name(event) + where] += took
            case ApiCalled(request=request, duration=took) if request is not None:
                charged[request][f"{event.service}:{event.operation}"] += took
            case InvocationEnded(request=request) if request in begun:
                start = begun[request]
                since = asked.get(request, start.at)
                call = Call(request, event.function, since, event.at - since, start.cold)
                call.parts = _parts(event, start.at - since, charged.pop(request, {}))
                found[request] = call
            case _:
                pass
    return found


def _name(event: CpuCharged) -> str:
    """Return what took the time; what a package imports is part of its import."""
    match event.cause:
        case "import":
            return f"the import of {event.name.partition('.')[0]}"
        case "handler":
            return "the handler's own work"
        case _:
            return charged_for(event)


def _parts(ended: InvocationEnded, waited: int, charged: Mapping[str, int]) -> dict[str, int]:
    init = {part: took for part, took in charged.items() if part.endswith(" in INIT")}
    handler = {part: took for part, took in charged.items() if part not in init}
    parts = {**init, **handler}
    if ended.restore_duration is not None:
        parts[RESTORE] = ended.restore_duration
    # What the model charges within the handler may run past a time-out; no part is below nothing.
    parts[REST] = max(ended.duration - sum(handler.values()), 0)
    parts[WAIT] = max(waited - sum(init.values()) - parts.get(RESTORE, 0), 0)
    return {part: took for part, took in parts.items() if took}
