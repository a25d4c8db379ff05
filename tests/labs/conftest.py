"""Traces made by hand: short, and wrong in one place where a test wants that."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from warmstart.labs.read import read_lab
from warmstart.resources import bundled
from warmstart.runtime.trace import (
    CpuCharged,
    EnvironmentCreated,
    EnvironmentFrozen,
    EnvironmentReset,
    EnvironmentShutdown,
    EnvironmentThawed,
    FunctionError,
    Header,
    InitEnded,
    InitStarted,
    InitStatus,
    InvocationEnded,
    InvocationRejected,
    InvocationRequested,
    InvocationStarted,
    InvocationStatus,
    InvocationThrottled,
    LogLine,
    Phase,
    RunEnded,
    RunStatus,
    ShutdownReason,
    Trace,
    TraceEvent,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.labs.definition import Lab

MS = 1_000
SECOND = 1_000_000


class TraceMaker:
    """Notes down events in any order; ``trace`` sorts them, ties in the order they were noted."""

    function = "Fn"
    environment = "Fn/1"

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []
        self._requests = itertools.count(1)

    def create(self, at: int, environment: str = environment) -> None:
        self.events.append(
            EnvironmentCreated(
                at, environment, self.function, "$LATEST", "on-demand", "x86_64", 512, "python"
            )
        )

    def init(
        self,
        at: int,
        duration: int,
        environment: str = environment,
        *,
        request: str | None = None,
        phase: Phase = "init",
        status: InitStatus = "success",
    ) -> None:
        error = None if status == "success" else FunctionError("Runtime.Unknown", "no")
        self.events += [
            InitStarted(at, environment, phase, request),
            InitEnded(at + duration, environment, phase, request, status, duration, error),
        ]

    def call(
        self,
        at: int,
        duration: int,
        environment: str = environment,
        *,
        init: int | None = None,
        status: InvocationStatus = "success",
        source: str = "Client",
    ) -> str:
        """A request served by an environment; with ``init`` (µs) it waits for a new one."""
        request = f"r{next(self._requests)}"
        self.events.append(InvocationRequested(at, request, self.function, 2, source, request))
        if init is not None:
            self.create(at, environment)
            self.init(at, init, environment, request=request)
        else:
            self.events.append(EnvironmentThawed(at, environment, request))
        start = at + (init or 0)
        end = start + duration
        billed = -(-(duration + (init or 0)) // MS) * MS
        error = None if status == "success" else FunctionError("Oops", "it broke")
        self.events += [
            InvocationStarted(start, request, environment, self.function, init is not None),
            LogLine(start, environment, request, "platform", f"START RequestId: {request}"),
            LogLine(end, environment, request, "platform", f"REPORT RequestId: {request}\tBilled"),
            InvocationEnded(
                end, request, environment, self.function, status, duration, billed, init,
                512, 40, error, None if error else '"ok"', 4,
            ),
            EnvironmentFrozen(end, environment),
        ]  # fmt: skip
        return request

    def throttle(self, at: int) -> None:
        request = f"r{next(self._requests)}"
        self.events += [
            InvocationRequested(at, request, self.function, 2, "Client", request),
            InvocationThrottled(at, request, self.function, "ConcurrentInvocationLimitExceeded"),
        ]

    def reject(self, at: int) -> None:
        request = f"r{next(self._requests)}"
        self.events += [
            InvocationRequested(at, request, self.function, 2, "Client", request),
            InvocationRejected(at, request, self.function, 413, "RequestTooLargeException", "6 MB"),
        ]

    def shutdown(
        self, at: int, environment: str = environment, reason: ShutdownReason = "idle"
    ) -> None:
        self.events.append(EnvironmentShutdown(at, environment, reason))

    def reset(self, at: int, environment: str = environment) -> None:
        self.events.append(EnvironmentReset(at, environment, "timeout"))

    def charge(
        self,
        at: int,
        environment: str = environment,
        *,
        phase: Phase = "init",
        name: str = "reportlib.charts",
        cost: int = 400 * MS,
        charged: int = 400 * MS,
    ) -> None:
        self.events.append(CpuCharged(at, environment, "r1", phase, "import", name, cost, charged))

    def trace(self, *, status: RunStatus = "completed", end: int = 0) -> Trace:
        trace = Trace(Header(seed=7, epoch="2026-01-05T09:00:00Z"))
        for event in sorted(self.events, key=lambda event: event.at):
            trace.append(event)
        trace.append(RunEnded(max(end, trace.end), status))
        return trace


@pytest.fixture
def maker() -> TraceMaker:
    return TraceMaker()


@pytest.fixture(scope="session")
def cold_start() -> Lab:
    """The bundled lab."""
    return read_lab(bundled("labs") / "cold-start")


LAB = """\
title: A lab
summary: What it is about.
concepts: [a-note]
minutes: 5
seed: 3
knobs:
  memory:
    {label: Memory, help: Much., kind: choice, unit: MB, sets: [Fn.MemorySize],
     choices: [128, 512], default: 512}
  size:
    {label: Size, help: Many., kind: int, range: [1, 9], default: 2, sets: [scenario.rush.count]}
  eager:
    {label: Eager, help: When., kind: bool, default: true, sets: [Fn.Environment.Variables.E]}
scenario:
  function: Fn
  source: Client
  payloads:
    small: {n: "{n}"}
    big: {n: "{n}", list: ["a{n}", 2]}
  steps:
    rush: {at: 1s, count: 2}
    steady: {kind: regular, at: 2s, every: 500ms, count: 3, payloads: [small, big]}
    storm: {kind: poisson, at: 9s, lasting: 1ms}
predictions:
  cold:
    {label: Cold, question: "How many?", kind: number, truth: cold, explanation: So., jump: rush}
"""


@pytest.fixture
def lab_text() -> str:
    """A small lab.yaml that is right."""
    return LAB


@pytest.fixture
def make_lab(tmp_path: Path) -> Callable[[str], Path]:
    """Write a lab.yaml into a folder of its own and return the folder."""

    def write(text: str, name: str = "a-lab") -> Path:
        folder = tmp_path / "labs" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lab.yaml").write_text(text, encoding="utf-8")
        return folder

    return write
