"""Carrying out one run, in the host's process: reading its job, and saying what happens.

What its lines mean stands in ``host``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import platform
import resource
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.errors import InputError, UsageError, WarmstartError
from warmstart.runtime import calls as made
from warmstart.runtime import clock, code
from warmstart.runtime.client import Client, prepared
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.environments import World
from warmstart.runtime.forks import Zygote
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account
from warmstart.runtime.services.build import build
from warmstart.runtime.services.functions import LambdaService
from warmstart.runtime.services.rds import Databases
from warmstart.runtime.serving import listen, serving
from warmstart.runtime.specs import DatabaseProxySpec, DatabaseSpec
from warmstart.runtime.template import load
from warmstart.runtime.trace import Header, RunEnded, event_to_json
from warmstart.runtime.worker.forker import PR_SET_CHILD_SUBREAPER, kill_children, prctl

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.calls import AnyCall
    from warmstart.runtime.launch import Outcome
    from warmstart.runtime.spawn import Started
    from warmstart.runtime.template import Application
    from warmstart.runtime.trace import RunStatus, TraceEvent

_FLUSH_S = 0.05
_OPEN_FILES = 4_096


class _Out:
    """Standard output, flushed often enough to be watched, and not more often."""

    def __init__(self) -> None:
        self._flushed = time.monotonic()
        self._at = 0

    def line(self, tag: str, text: str) -> None:
        sys.stdout.write(f"{tag} {text}\n")
        if time.monotonic() - self._flushed > _FLUSH_S:
            self.flush()

    def event(self, event: TraceEvent) -> None:
        if event.at < self._at:  # In real time the clock goes on between a look at it and this.
            event = replace(event, at=self._at)
        self._at = event.at
        self.line("E", event_to_json(event))

    def flush(self) -> None:
        sys.stdout.flush()
        self._flushed = time.monotonic()

    def keep_flushing(self) -> None:
        """Flush also while a worker computes, and no line comes to do it."""
        self.flush()
        clock.alarm(_FLUSH_S, self.keep_flushing)


class _Run:
    """One run: the calls of a job against an application."""

    def __init__(
        self,
        job: dict[str, Any],
        calls: list[AnyCall],
        application: Application,
        out: _Out,
        *,
        steps: dict[str, list[AnyCall]],
        zygote: Zygote,
    ) -> None:
        self._calls = calls
        self._steps = steps
        self._said = b""
        """What was heard of the next line."""
        self._take_step: Callable[[str], None] = lambda _name: None
        self._until: int | None = job["until"]
        self._port: int | None = job.get("port")
        self._seed: int = job["seed"]
        self._epoch: str = job["epoch"] or f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        self._scratch = Path(job["scratch"])
        self._model = Model.from_json(job["model"])
        self._application = code.place(application, self._scratch / "task")
        self._out = out
        self._zygote = zygote
        self._cancelled = asyncio.Event()
        self._outcomes: dict[int, Outcome] = {}
        self._status: RunStatus = "completed"

    async def go(self) -> dict[str, Any]:
        """Carry the run out, and return its outcomes and sidecar."""
        watch = time.perf_counter()
        self._out.keep_flushing()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._on_input)
        self._out.line("H", Header(self._seed, self._epoch, self._application.region).to_json())
        account = Account(
            seed=self._seed,
            start=datetime.fromisoformat(self._epoch),
            region=self._application.region,
            model=self._model,
            emit=self._out.event,
        )
        endpoint = AwsEndpoint(account)
        await listen(endpoint.server, self._port or 0)
        databases = Databases(
            account, self._application.all(DatabaseSpec), self._application.all(DatabaseProxySpec)
        )
        world = World(
            account, self._zygote, self._scratch, endpoint, databases, stopwatch=time.perf_counter
        )
        try:
            await self._carry_out(world)
        finally:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            await account.close()
            await endpoint.server.close()
            world.zygote.close()
            code.remove(self._scratch)
        return {
            "outcomes": [asdict(self._outcomes[call]) for call in sorted(self._outcomes)],
            "sidecar": {
                "python": platform.python_version(),
                "seconds": time.perf_counter() - watch,
                "invocations": world.measured,
            },
            "warnings": list(self._application.warnings),
        }

    async def _carry_out(self, world: World) -> None:
        account = world.account
        functions = LambdaService(world, self._application.functions.values())
        account.add(functions)
        apis = build(account, self._application, functions.invoker.answer)
        client = Client(account, functions.invoker, world.endpoint, apis)
        await functions.start(at_once=self._model.provisioned_at_start)
        async with contextlib.AsyncExitStack() as stack:
            if self._port is not None:
                told = await stack.enter_async_context(
                    serving(self._application, account, world.endpoint, apis, self._port)
                )
                self._take_step = lambda name: self._begin_step(name, client, account)
                self._out.line("S", json.dumps(asdict(told)))
            await self._until_the_end(client, account)
        functions.fleet.shut_down()
        account.emit(RunEnded(clock.now_us(), self._status))

    async def _until_the_end(self, client: Client, account: Account) -> None:
        ends: list[asyncio.Future[Any]] = [
            asyncio.create_task(self._make_calls(client, account)),
            asyncio.create_task(self._cancelled.wait()),
            asyncio.create_task(account.broken()),
        ]
        if self._until is not None:
            ends.append(asyncio.create_task(clock.sleep_us(self._until)))
        calls, cancelled, broken = ends[:3]
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if calls in done and calls.exception() is None:
            if self._until is not None and not (cancelled in done or broken in done):
                done, _ = await asyncio.wait(ends[1:], return_when=asyncio.FIRST_COMPLETED)
        elif cancelled not in done:
            self._status = "until"
        if self._cancelled.is_set():
            self._status = "cancelled"
        failed = [end for end in (calls, broken) if end.done()]
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        for end in failed:
            end.result()

    async def _make_calls(self, client: Client, account: Account) -> None:
        order = sorted(range(len(self._calls)), key=lambda index: self._calls[index].at)
        async with asyncio.TaskGroup() as group:
            for index in order:
                await clock.sleep_us(max(0, self._calls[index].at - clock.now_us()))
                group.create_task(self._call(client, index))
        # What the calls have set going, in queues and on buses, is part of the run.
        await account.work.done()
        if self._port is not None:
            await self._cancelled.wait()

    async def _call(self, client: Client, index: int) -> None:
        self._outcomes[index] = await client.make(index, self._calls[index])

    def _begin_step(self, name: str, client: Client, account: Account) -> None:
        async def make(call: AnyCall) -> None:
            await clock.sleep_us(call.at)
            await client.make(-1, call)

        for call in self._steps.get(name, ()):
            account.spawn(make(call))

    def _on_input(self) -> None:
        heard = os.read(sys.stdin.fileno(), 4096)
        if not heard:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._cancelled.set()
        *lines, self._said = (self._said + heard).split(b"\n")
        for line in lines:
            self._take_step(line.decode())


def _check(job: dict[str, Any], calls: list[AnyCall], application: Application) -> None:
    profiles = job["model"].get("profiles", {})
    for spec in application.functions.values():
        if spec.costs.profile not in profiles:
            raise UsageError(f"The model has no profile {spec.costs.profile!r}.")
    for call in calls:
        _check_time(call.at)
    _check_time(job["until"] or 0)


def _check_time(at: int) -> None:
    if not 0 <= at <= clock.MAX_SECONDS * 1_000_000:
        raise UsageError("A call or the end of a run lies before its start, or after 90 days.")


def _allow_many_files() -> None:
    """Raise the limit of open files: each environment takes one, and 256 is macOS's default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _carry_out(job: dict[str, Any], out: _Out, started: Started | None) -> dict[str, Any]:
    application = load(Path(job["template"]), job["overrides"], lenient=job["lenient"])
    calls = prepared(map(made.from_json, job["calls"]), application)
    steps = {
        name: prepared(map(made.from_json, own), application)
        for name, own in job.get("steps", {}).items()
    }
    _check(job, calls, application)
    _allow_many_files()
    loop = clock.RealTimeLoop if job["epoch"] is None else clock.VirtualTimeLoop
    # A trace is a hundred thousand objects that stay: not to be looked through again and again.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    with asyncio.Runner(loop_factory=loop) as runner:
        zygote = Zygote(started)
        run = _Run(job, calls, application, out, steps=steps, zygote=zygote)
        return runner.run(run.go())


def _describe(error: WarmstartError) -> dict[str, Any]:
    where = (error.path, error.line) if isinstance(error, InputError) else (None, None)
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "path": None if where[0] is None else str(where[0]),
        "line": where[1],
    }


def _first(group: ExceptionGroup[Exception]) -> WarmstartError:
    """Return the first of our errors among those of a task group; raise what there is instead."""
    found: BaseException = group.subgroup(WarmstartError) or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    if not isinstance(found, WarmstartError):
        raise found  # Not the group: the last line of its traceback, which the user sees, is a box.
    return found


def host(job: dict[str, Any], zygote: Started | None) -> None:
    """Carry out a job, and write what happens to standard output."""
    out = _Out()
    # What loses its parent when a handler kills the zygote becomes a child of this process.
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        with contextlib.suppress(BrokenPipeError):
            try:
                out.line("R", json.dumps(_carry_out(job, out, zygote)))
            except WarmstartError as error:
                out.line("X", json.dumps(_describe(error)))
            except ExceptionGroup as group:
                out.line("X", json.dumps(_describe(_first(group))))
            out.flush()
    finally:
        kill_children()
