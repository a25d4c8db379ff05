"""Who calls what, and when: a scenario's steps, and the calls they stand for.

A scenario is the same for every run with the same seed; only Poisson steps draw from it.
All times are whole microseconds of virtual time, counted from the run's start.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from warmstart.errors import UsageError
from warmstart.runtime.calls import ApiCall, Call, HttpCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warmstart.runtime.calls import AnyCall

CALL_LIMIT = 100_000
"""Calls one scenario may make: more is a slip of the pen, and would not fit on a screen."""

TIMES = ("at", "every", "lasting")
"""Which of a step's numbers are times: written ``2m30s``, kept in microseconds."""

LOWEST = {"count": 0, "per_minute": 1}
"""The least that a knob may set the others to: no calls at all, but not a rate of none."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function is invoked, its answer awaited; the payload is the event."""

    name: str
    """Its logical id."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a service is called; the payload is its parameters."""

    service: str
    name: str


@dataclass(frozen=True, slots=True)
class Http:
    """An API gets a request; the payload is ``REQUEST_PARTS`` of it, all optional."""

    api: str
    """Its logical id."""


Target: TypeAlias = Function | Operation | Http

REQUEST_PARTS = ("method", "path", "query", "headers", "body")


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of a scenario; ``name`` is how predictions and knobs point at it."""

    kind: ClassVar[str]

    name: str
    label: str
    """What the stage writes where the step begins: "a burst"."""
    at: int
    payloads: tuple[str, ...]
    """Names of payloads, taken in turn, call by call."""
    target: Target
    """What is called."""
    source: str
    """Who calls, in the scenario's words: "Client"."""


@dataclass(frozen=True, slots=True)
class Burst(Step):
    """``count`` calls at the same moment; one call is a burst of one."""

    kind: ClassVar[str] = "burst"

    count: int = 1


@dataclass(frozen=True, slots=True)
class Regular(Step):
    """``count`` calls, one every ``every`` microseconds."""

    kind: ClassVar[str] = "regular"

    count: int = 1
    every: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Poisson(Step):
    """Independent arrivals at a mean rate for a while, as many unrelated clients make them."""

    kind: ClassVar[str] = "poisson"

    per_minute: int = 60
    lasting: int = 60_000_000


AnyStep: TypeAlias = Burst | Regular | Poisson


@dataclass(frozen=True, slots=True)
class Scenario:
    """The steps of a scenario in the order of the file, and the payloads they name."""

    steps: tuple[AnyStep, ...]
    payloads: Mapping[str, Any]
    until: int | None = None
    """When the run ends, whoever still waits; None: when the last call is answered."""

    def step(self, name: str) -> AnyStep | None:
        """Return the step of that name."""
        return next((step for step in self.steps if step.name == name), None)

    def with_settings(self, settings: Mapping[str, int]) -> Scenario:
        """Return the scenario with some numbers changed: ``{"burst.count": 3}``.

        Raises:
            KeyError: no such step, or the step has no such number.
        """
        steps = list(self.steps)
        for target, value in settings.items():
            name, _, setting = target.partition(".")
            for index, step in enumerate(steps):
                if step.name == name and setting in settable(step):
                    changed: dict[str, Any] = {setting: value}
                    steps[index] = replace(step, **changed)
                    break
            else:
                raise KeyError(target)
        return replace(self, steps=tuple(steps))


def settable(step: AnyStep) -> list[str]:
    """Return the names of a step's numbers: what a knob may set."""
    return [item.name for item in fields(step) if isinstance(getattr(step, item.name), int)]


def arrivals(step: AnyStep, seed: int) -> Iterator[int]:
    """Yield when a step's calls are made, in order."""
    match step:
        case Burst():
            yield from (step.at for _ in range(step.count))
        case Regular():
            yield from (step.at + number * step.every for number in range(step.count))
        case Poisson():
            draw = random.Random(f"{seed}:{step.name}")
            mean = 60_000_000 / step.per_minute
            after = 0.0
            while (after := after - math.log(1.0 - draw.random()) * mean) < step.lasting:
                yield step.at + round(after)


def expand(scenario: Scenario, seed: int) -> list[AnyCall]:
    """Return the calls a scenario makes, in order of time; ties keep the order of the steps.

    ``{n}`` in a payload's texts becomes the call's number within its step, from 1.

    Raises:
        UsageError: more than ``CALL_LIMIT`` calls.
    """
    calls: list[AnyCall] = []
    for step in scenario.steps:
        for number, at in enumerate(arrivals(step, seed), start=1):
            payload = scenario.payloads[step.payloads[(number - 1) % len(step.payloads)]]
            calls.append(_call(at, step, _numbered(payload, number)))
            if len(calls) > CALL_LIMIT:
                raise UsageError(
                    f"The scenario makes more than {CALL_LIMIT} calls.",
                    hint=f"Lower the numbers of its step {step.name}.",
                )
    return sorted(calls, key=lambda call: call.at)


def _call(at: int, step: AnyStep, payload: Any) -> AnyCall:
    match step.target:
        case Function(name):
            return Call(at, name, json.dumps(payload, ensure_ascii=False), step.source)
        case Operation(service, name):
            return ApiCall(at, service, name, payload, step.source)
        case Http(api):
            body = payload.get("body", "")
            headers = {name: str(value) for name, value in payload.get("headers", {}).items()}
            if not isinstance(body, str):  # Sent as JSON, and said so: else it arrives as base64.
                if not any(name.lower() == "content-type" for name in headers):
                    headers["content-type"] = "application/json"
                body = json.dumps(body, ensure_ascii=False)
            return HttpCall(
                at,
                api,
                str(payload.get("method", "GET")),
                str(payload.get("path", "/")),
                [(name, str(value)) for name, value in payload.get("query", {}).items()],
                headers,
                body,
                step.source,
            )


def _numbered(payload: Any, number: int) -> Any:
    match payload:
        case str():
            return payload.replace("{n}", str(number))
        case dict():
            return {key: _numbered(value, number) for key, value in payload.items()}
        case list():
            return [_numbered(value, number) for value in payload]
        case _:
            return payload
