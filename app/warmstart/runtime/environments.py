"""One execution environment's life: INIT, one invocation at a time, frozen in between, shut down.

Rules are those of the developer guide's lambda-runtime-environment. An INIT that fails or passes
its limit is run again inside the first invocation, under the function's timeout; so is the INIT
after a reset (a crash or a timeout), which keeps ``/tmp``.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast, get_args

from warmstart.runtime import clock, report
from warmstart.runtime import trace as t
from warmstart.runtime.process import WorkerExitedError
from warmstart.runtime.services.base import Caller
from warmstart.runtime.specs import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from warmstart.runtime.endpoint.aws import AwsEndpoint
    from warmstart.runtime.process import Worker, Zygote
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.specs import FunctionSpec
    from warmstart.runtime.worker.protocol import Job

_US = 1_000_000


@dataclass(frozen=True, slots=True)
class World:
    """What all execution environments of one run share."""

    account: Account
    zygote: Zygote
    scratch: Path
    """Folder under which each environment gets its ``/tmp``."""
    endpoint: AwsEndpoint
    stopwatch: Callable[[], float]
    """Real seconds, for the sidecar alone."""
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    """For the sidecar, by request."""
    missing: set[tuple[str, ...]] = field(default_factory=set)
    """Functions and the declared costs that were told to be nobody's."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why INIT or an invocation did not go well."""

    status: t.InvocationStatus
    error: t.FunctionError
    exited: bool = False
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one invocation gave: a payload (JSON text) and, if it failed, that it did."""

    payload: str
    failed: bool


class Environment:
    """One execution environment."""

    def __init__(self, world: World, spec: FunctionSpec, number: int) -> None:
        self.name = f"{spec.name}/{number}"
        self.spec = spec
        self._world = world
        self._worker: Worker | None = None
        self._tmp = world.scratch / f"{spec.name}-{number}"
        self._tmp.mkdir()
        self._inits = 0
        self._init_duration: int | None = None
        self._request: str | None = None
        self._root = ""
        self._phase: t.Phase = "init"
        self._threads = False
        self._killed = ""
        account = self._account = world.account
        draw = account.draw("environment", self.name)
        self._stream = f"{account.start:%Y/%m/%d}/[{report.VERSION}]{draw.getrandbits(128):032x}"
        model = account.model
        self.idle_us = round(draw.uniform(model.idle_min_s, model.idle_max_s) * _US)
        """How long this environment is kept without an invocation."""
        self._credentials = world.endpoint.grant(self.name, self._caller, self._waiting)
        account.emit(
            t.EnvironmentCreated(
                clock.now_us(), self.name, spec.name, report.VERSION, "on-demand",
                spec.architecture, spec.memory_size, spec.costs.profile,
            )
        )  # fmt: skip

    # -- the life ---------------------------------------------------------------------------------

    async def first_init(self, request: str) -> None:
        """Run the INIT phase for a request that waits for it."""
        self._request = request
        self._say("platform", report.init_start(self.spec.runtime, self._account.region))
        started = clock.now_us()
        limit = started + round(self._account.model.init_timeout_s * _US)
        if await self._init("init", limit) is None:
            self._init_duration = clock.now_us() - started

    async def invoke(self, request: str, event: str, *, cold: bool, root: str) -> Result:
        """Run the handler with ``event``; always gives a result."""
        self._request, self._root = request, root
        started = clock.now_us()
        watch = self._world.stopwatch()
        deadline = started + self.spec.timeout * _US
        self._emit(t.InvocationStarted(started, request, self.name, self.spec.name, cold))
        failure = None if self._worker else await self._init("invoke", deadline)
        self._say("platform", report.start(request))
        payload = ""
        if failure is None:
            failure, payload = await self._handle(request, event, deadline)
        result = self._end(request, started, failure, payload)
        self._world.measured.setdefault(request, {})["seconds"] = self._world.stopwatch() - watch
        self._request = None
        return result

    def freeze(self) -> None:
        """Stand still until the next request."""
        if self._worker is not None:
            if self._threads:  # Else nothing runs in it, and a signal more a call is saved.
                self._worker.freeze()
            self._emit(t.EnvironmentFrozen(clock.now_us(), self.name))

    def thaw(self, request: str) -> None:
        """Go on, for a request."""
        if self._worker is not None:
            if self._threads:
                self._worker.thaw()
            self._emit(t.EnvironmentThawed(clock.now_us(), self.name, request))

    def shut_down(self, reason: t.ShutdownReason) -> None:
        """End the process and throw ``/tmp`` away. Without extensions, SHUTDOWN takes no time."""
        self._kill()
        self._world.endpoint.revoke(self._credentials)
        shutil.rmtree(self._tmp, ignore_errors=True)
        self._emit(t.EnvironmentShutdown(clock.now_us(), self.name, reason))

    # -- INIT -------------------------------------------------------------------------------------

    async def _init(self, phase: t.Phase, limit: int) -> Failure | None:
        """Start a worker and import the handler, until the time ``limit``; return what failed."""
        self._phase = phase
        self._inits += 1
        started = clock.now_us()
        self._emit(t.InitStarted(started, self.name, phase, self._request))
        failure: Failure | None
        try:
            async with asyncio.timeout_at(limit / _US):
                failure = await self._load()
        except TimeoutError:
            error = report.timeout_error(self._request or "", self.spec.timeout)
            failure = Failure("timeout", error)
            self._say_killed()
        now = clock.now_us()
        status: t.InitStatus = "success"
        if failure is not None:
            status = "timeout" if failure.status == "timeout" else "error"
            self._kill()
        error_shown = failure.error if failure and status == "error" else None
        self._emit(
            t.InitEnded(now, self.name, phase, self._request, status, now - started, error_shown)
        )
        if failure is not None:
            self._say("platform", report.init_report(now - started, phase, status, error_shown))
        self._phase = "invoke"
        return failure

    async def _load(self) -> Failure | None:
        model, costs = self._account.model, self.spec.costs
        draw = self._account.draw("init", self.name, self._inits)
        await self._spend("runtime", costs.profile, model.init_ms(costs.profile, draw))
        await self._spend("package", "package", costs.package_mb * model.package_ms_per_mb)
        if self.spec.vpc:
            await self._spend("vpc", "vpc", draw.uniform(0, model.vpc_max_ms))
        try:
            self._worker = await self._world.zygote.fork()
            reply = await self._worker.init(self._job(), self)
        except WorkerExitedError as ended:
            return await self._exited(ended)
        if reply["op"] == "error":
            return Failure("crash", t.FunctionError.from_payload(reply["error"]))
        self._tell_missing(reply)
        return None

    def _job(self) -> Job:
        spec, account = self.spec, self._account
        environment = {
            "AWS_ACCESS_KEY_ID": self._credentials.access_key,
            "AWS_DEFAULT_REGION": account.region,
            "AWS_ENDPOINT_URL": self._world.endpoint.server.url,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_size),
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": report.VERSION,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            "AWS_REGION": account.region,
            "AWS_SECRET_ACCESS_KEY": self._credentials.secret,
            "AWS_SESSION_TOKEN": "-",
            "HOME": str(self._tmp),
            "LAMBDA_TASK_ROOT": str(spec.code),
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": str(self._tmp),
            "TZ": "UTC",
            "_HANDLER": spec.handler,
            **spec.environment,
        }
        return {
            "function": spec.name,
            "handler": spec.handler,
            "code": str(spec.code),
            "scratch": str(self._tmp),
            "environment": environment,
            "arn": f"arn:aws:lambda:{account.region}:{ACCOUNT}:function:{spec.name}",
            "version": report.VERSION,
            "memory_mb": spec.memory_size,
            "headroom_mb": self._headroom(),
            "storage_mb": spec.ephemeral_storage,
            "entropy": f"{account.seed}/{self.name}/{self._inits}",
            "epoch_us": round(account.start.timestamp() * _US),
            "virtual": isinstance(asyncio.get_running_loop(), clock.VirtualTimeLoop),
            "imports": {name: round(ms * 1_000) for name, ms in spec.costs.imports.items()},
            "calls": {name: round(ms * 1_000) for name, ms in spec.costs.calls.items()},
            "log_lines": account.model.log_lines,
            "log_line_chars": account.model.log_line_chars,
        }

    # -- INVOKE -----------------------------------------------------------------------------------

    async def _handle(self, request: str, event: str, deadline: int) -> tuple[Failure | None, str]:
        model, costs = self._account.model, self.spec.costs
        draw = self._account.draw("handler", request)
        base = model.handler_ms if costs.handler_ms is None else costs.handler_ms
        assert self._worker is not None
        try:
            async with asyncio.timeout_at(deadline / _US):
                jitter = draw.uniform(-model.handler_jitter, model.handler_jitter)
                await self._spend("handler", self.spec.handler, base * (1 + jitter))
                try:
                    reply = await self._worker.invoke(request, event, deadline, self)
                except WorkerExitedError as ended:
                    return await self._exited(ended), ""
        except TimeoutError:
            self._say_killed()
            return Failure("timeout", report.timeout_error(request, self.spec.timeout)), ""
        self._world.measured.setdefault(request, {})["peak_mb"] = reply["peak_kb"] / 1024
        if reply["op"] == "error":
            return Failure("error", t.FunctionError.from_payload(reply["error"])), ""
        self._tell_missing(reply)
        if reply["bytes"] > report.RESPONSE_LIMIT:
            return Failure("error", report.too_large_error()), ""
        return None, reply["payload"]

    def _end(self, request: str, started: int, failure: Failure | None, payload: str) -> Result:
        """Write what ends an invocation to log and trace, and reset the environment if need be."""
        now = clock.now_us()
        init_duration, self._init_duration = self._init_duration, None
        duration = now - started
        billed = report.billed(duration, init_duration)
        error = failure.error if failure else None
        out_of_memory = error is not None and error.error_type == "Runtime.OutOfMemory"
        used = self.spec.memory_size if out_of_memory else self._base_memory()
        if failure and failure.status == "timeout":
            at = self._account.start + timedelta(microseconds=now)
            self._say("platform", report.timed_out(request, at, self.spec.timeout))
        elif failure and failure.exited:
            for line in report.exit_lines(failure.error):
                self._say("platform", line)
        self._say("platform", report.end(request))
        status = {"timeout": "timeout", "crash": "error"}.get(failure.status if failure else "")
        self._say(
            "platform",
            report.report(
                request, duration=duration, billed=billed, memory_size=self.spec.memory_size,
                max_memory_used=used, init_duration=init_duration, status=status, error=error,
            ),
        )  # fmt: skip
        answer = error.to_text() if error else payload
        self._emit(
            t.InvocationEnded(
                now, request, self.name, self.spec.name, failure.status if failure else "success",
                duration, billed, init_duration, self.spec.memory_size, used, error,
                None if error else payload[: t.RESPONSE_SHOWN], t.size(answer),
            )
        )  # fmt: skip
        if failure and failure.status in {"timeout", "crash"}:
            self._kill()
            reason: t.ResetReason = "timeout" if failure.status == "timeout" else "crash"
            self._emit(t.EnvironmentReset(now, self.name, reason))
        return Result(answer, failed=error is not None)

    async def _exited(self, ended: WorkerExitedError) -> Failure:
        """Say how the process ended; if it was killed for computing on and on, wait to be cut."""
        self._worker = None
        if ended.killed:
            self._killed = ended.killed
            await asyncio.Event().wait()
        error = report.exit_error(
            self._request or "", ended.status, out_of_memory=ended.out_of_memory
        )
        return Failure("crash", error, exited=True)

    # -- what the worker asks of services ----------------------------------------------------------

    def _caller(self) -> Caller:
        return Caller(self.name, self._root, self._request)

    @contextlib.asynccontextmanager
    async def _waiting(self) -> AsyncIterator[None]:
        if self._worker is None:
            yield
        else:
            async with self._worker.waiting():
                yield

    # -- what the worker does while it computes (process.Listener) ---------------------------------

    def log(self, lines: list[str]) -> None:
        """Write what the handler printed to the log."""
        for line in lines:
            self._say("function", line)

    def thread_started(self) -> None:
        """Say, once, that the run can no longer be repeated."""
        if not self._threads:
            self._threads = True
            self._emit(
                t.RepeatabilityLost(
                    clock.now_us(), self.name, self._request,
                    "The handler started a thread; what threads do in which order varies.",
                )
            )  # fmt: skip

    async def charge(self, cause: str, name: str, cost: int) -> None:
        """Let CPU time pass, as long as it takes at this function's memory in this phase."""
        if cost <= 0:
            return
        model = self._account.model
        full_cpu = self._phase == "init" and model.init_full_cpu
        charged = model.charged_us(cost, self.spec.memory_size, full_cpu=full_cpu)
        known = cast("t.Cause", cause if cause in get_args(t.Cause) else "call")
        self._emit(
            t.CpuCharged(
                clock.now_us(), self.name, self._request, self._phase, known, name, cost, charged
            )
        )
        await clock.sleep_us(charged)

    # -- small things -----------------------------------------------------------------------------

    async def _spend(self, cause: t.Cause, name: str, cost_ms: float) -> None:
        await self.charge(cause, name, round(cost_ms * 1_000))

    def _tell_missing(self, reply: dict[str, Any]) -> None:
        """Say, once a function, which of its declared costs are nobody's."""
        for cause, name, reason in reply["missing"]:
            key = (self.spec.name, cause, name)
            if key not in self._world.missing:
                self._world.missing.add(key)
                now = clock.now_us()
                self._emit(t.CostNotFound(now, self.name, self._request, cause, name, reason))

    def _headroom(self) -> int:
        """Return the MB the handler itself may allocate; never so few that Python cannot run."""
        free = self.spec.memory_size - self._base_memory()
        return min(max(16, free), self._account.model.real_memory_mb)

    def _base_memory(self) -> int:
        costs = self.spec.costs
        own = self._account.model.profiles[costs.profile].memory_mb
        return min(self.spec.memory_size, round(own + costs.package_mb + costs.memory_mb))

    def _say_killed(self) -> None:
        """Say why a process was killed: at its deadline, because real time varies."""
        if self._killed:
            self._say("platform", f"[warmstart] {self._killed}")
            self._killed = ""

    def _kill(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None
        self._threads = False

    def _emit(self, event: t.TraceEvent) -> None:
        self._account.emit(event)

    def _say(self, source: t.Source, text: str) -> None:
        self._emit(t.LogLine(clock.now_us(), self.name, self._request, source, text))
