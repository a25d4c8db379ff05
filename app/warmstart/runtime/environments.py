"""One execution environment's life: INIT, one invocation at a time, frozen in between, shut down.

Rules are those of the developer guide's lambda-runtime-environment. An INIT that fails or passes
its limit is run again inside the first invocation, under the function's timeout; so is the INIT
after a reset (a crash or a timeout), which keeps ``/tmp``. With SnapStart an environment is
restored from what INIT left when its version was published (snapstart).
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from warmstart.runtime import chains, clock, report
from warmstart.runtime import system_log as log
from warmstart.runtime import trace as t
from warmstart.runtime.invocation import Failure, Invocation, Result
from warmstart.runtime.job import job, variables
from warmstart.runtime.modelled import ModelledRunner
from warmstart.runtime.process import Worker, WorkerExitedError
from warmstart.runtime.program import Program
from warmstart.runtime.scribe import Scribe
from warmstart.runtime.services.base import Caller
from warmstart.runtime.specs import FunctionSpec, arn
from warmstart.runtime.worker import tmp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from warmstart.runtime.chains import Chain
    from warmstart.runtime.endpoint.aws import AwsEndpoint
    from warmstart.runtime.forks import Zygote
    from warmstart.runtime.process import Runner, Snapshots
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.rds import Databases
    from warmstart.runtime.versions import Version
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
    databases: Databases
    stopwatch: Callable[[], float]
    """Real seconds, for the sidecar alone."""
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    """For the sidecar, by request."""
    missing: set[tuple[str, ...]] = field(default_factory=set)
    """Functions and the declared costs that were told to be nobody's."""


class Environment:
    """One execution environment."""

    def __init__(
        self,
        world: World,
        version: Version,
        number: int,
        kind: t.InitializationType = "on-demand",
    ) -> None:
        self.version = version
        self.kind = kind
        self.spec = spec = version.spec
        self.name = f"{spec.name}/{number}"
        self._world = world
        self._runner: Runner | None = None
        self._tmp = world.scratch / f"{spec.name}-{number}"
        self._inits = 0
        self._init_duration: int | None = None
        self._restored: tuple[int, int] | None = None
        self._root = ""
        self._chain: Chain = ()
        self._killed = ""
        self._keeps_tmp = False
        self._tmp_changed = 0
        account = self._account = world.account
        self._arn = arn(FunctionSpec, spec.name, account.region)
        self._databases = world.databases.client(self._caller)
        self._scribe = Scribe(account, spec, self.name, world.missing, self._databases)
        draw = account.draw("environment", self.name)
        model = account.model
        bits = draw.getrandbits(128)
        day, instance = f"{account.start:%Y/%m/%d}", f"[{version.number}]{bits:032x}"
        # A group of its own need not name the function (monitoring-cloudwatchlogs-loggroups).
        alone = spec.logging.log_group in {"", f"/aws/lambda/{spec.name}"}
        self._stream = f"{day}/{'' if alone else spec.name}{instance}"
        self._sandbox = log.Sandbox(
            kind, spec.name, version.number, spec.runtime, account.region,
            f"{day}/{spec.name}{instance}", spec.memory_size,
        )  # fmt: skip
        self.idle_us = round(draw.uniform(model.idle_min_s, model.idle_max_s) * _US)
        """How long this environment is kept without an invocation."""
        if spec.modelled is None:
            self._tmp.mkdir()
            self._credentials = world.endpoint.grant(self.name, self._caller, self._waiting)
        self._scribe.emit(
            t.EnvironmentCreated(
                clock.now_us(), self.name, spec.name, version.number, kind,
                spec.architecture, spec.memory_size, spec.costs.profile,
            )
        )  # fmt: skip

    # -- the life ---------------------------------------------------------------------------------

    async def first_init(self, request: str | None, *, at_once: bool = False) -> Failure | None:
        """Run the INIT phase: for a request that waits for it, or ahead of any.

        ``at_once``: it was done before the run began, and takes none of its time.
        """
        scribe, model = self._scribe, self._account.model
        scribe.request = request
        scribe.tell(log.InitStart(self._sandbox))
        scribe.skipped = 0 if at_once else None
        seconds = model.init_timeout_s
        if self.kind != "on-demand":
            seconds = min(900, max(model.init_long_s, self.spec.timeout))
        started = clock.now_us()
        failure = await self._init("init", started + round(seconds * _US))
        if failure is None:
            self._init_duration = clock.now_us() - started + (scribe.skipped or 0)
        scribe.skipped = None
        return failure

    async def snapshot(self, *, at_once: bool) -> Snapshots | None:
        """Run INIT, and return what environments are restored from; None if it failed."""
        failure = await self.first_init(None, at_once=at_once)
        if failure is not None or self._runner is None:
            return None
        scribe, started = self._scribe, clock.now_us()
        scribe.phase, scribe.skipped = "init", 0 if at_once else None
        snapshot: Snapshots | None = None
        try:
            reply, snapshot = await self._runner.snapshot(scribe)
            failure = self._ready(reply)
        except WorkerExitedError as ended:
            self._killed = ended.killed
            error = report.exit_error("", ended.status, out_of_memory=ended.out_of_memory)
            failure = Failure("crash", error, exited=True)
        duration = clock.now_us() - started + (self._init_duration or 0) + (scribe.skipped or 0)
        scribe.skipped = None
        if failure is not None:
            self._say_killed()
            scribe.tell(log.InitReport(self.kind, "init", "error", duration, failure.error))
            return None
        self._runner = None
        self._keeps_tmp = True
        now = clock.now_us()
        scribe.tell(log.InitReport(self.kind, "init", "success", duration, None))
        scribe.emit(t.SnapshotTaken(now, self.name, self.spec.name, self.version.number, duration))
        return snapshot

    async def restore(self, request: str, snapshot: Snapshots) -> Failure | None:
        """Begin with what INIT left, in the place of INIT."""
        scribe, model = self._scribe, self._account.model
        scribe.request, scribe.phase = request, "restore"
        scribe.tell(log.RestoreStart(self._sandbox))
        started = clock.now_us()
        scribe.emit(t.RestoreStarted(started, self.name, request))
        draw = self._account.draw("restore", self.name)
        ms = draw.uniform(model.restore_min_ms, model.restore_max_ms)
        billed_from = started + round(1_000 * ms)
        failure: Failure | None
        try:
            async with asyncio.timeout_at(started / _US + model.restore_timeout_s):
                await clock.sleep_us(billed_from - started)
                await scribe.spend("restore", "runtime", model.restore_runtime_ms)
                failure = await self._restore(snapshot)
        except TimeoutError:
            failure = Failure("timeout", report.restore_timeout_error())
            self._say_killed()
        now = clock.now_us()
        billed = report.billed(max(0, now - billed_from), None)
        status: t.InitStatus = "success"
        if failure is not None:
            status = "timeout" if failure.status == "timeout" else "error"
            self._kill()
        else:
            self._restored = now - started, billed
        error = failure.error if failure else None
        scribe.tell(log.RestoreRuntimeDone(status, error))
        scribe.tell(log.RestoreReport(status, now - started, error))
        scribe.emit(t.RestoreEnded(now, self.name, request, status, now - started, billed, error))
        scribe.phase = "invoke"
        return failure

    async def invoke(self, call: Invocation, *, cold: bool) -> Result:
        """Run the handler; always gives a result."""
        scribe, request = self._scribe, call.request
        scribe.request, self._root = request, call.root
        self._chain = chains.longer(call.chain, self.spec.name)
        scribe.tail = [] if call.tail else None
        started = clock.now_us()
        watch = self._world.stopwatch()
        deadline = started + self.spec.timeout * _US
        scribe.emit(t.InvocationStarted(started, request, self.name, self.spec.name, cold))
        failure = None if self._runner else await self._init("invoke", deadline)
        scribe.tell(log.Start(request, self._arn, self.version.number))
        payload = ""
        if failure is None:
            failure, payload = await self._handle(call, deadline)
        answer = self._end(request, started, failure, payload)
        self._world.zygote.fork_ahead()
        if self.spec.modelled is None:
            self._world.measured.setdefault(request, {})["seconds"] = (
                self._world.stopwatch() - watch
            )
        tail, scribe.tail, scribe.request = tuple(scribe.tail or ()), None, None
        return Result(answer, failed=failure is not None, log=tail)

    def freeze(self) -> None:
        """Stand still until the next request."""
        if self._runner is not None:
            if self._scribe.others:  # Else nothing runs in it, and a signal a call is saved.
                self._runner.freeze()
            self._scribe.emit(t.EnvironmentFrozen(clock.now_us(), self.name))

    def thaw(self, request: str) -> None:
        """Go on, for a request."""
        if self._runner is not None:
            if self._scribe.others:
                self._runner.thaw()
            self._scribe.emit(t.EnvironmentThawed(clock.now_us(), self.name, request))

    def shut_down(self, reason: t.ShutdownReason) -> None:
        """End the process and throw ``/tmp`` away. Without extensions, SHUTDOWN takes no time.

        Model: the virtual machine vanishes, with whatever was connected; a database is not told.
        """
        if reason == "run-ended":
            self._databases.forget()
        else:
            self._databases.abandon()
        self._kill()
        if self.spec.modelled is None:
            self._world.endpoint.revoke(self._credentials)
            if not self._keeps_tmp:  # A snapshot's is part of what is restored.
                shutil.rmtree(self._tmp, ignore_errors=True)
        self._scribe.emit(t.EnvironmentShutdown(clock.now_us(), self.name, reason))

    # -- INIT -------------------------------------------------------------------------------------

    async def _init(self, phase: t.Phase, limit: int) -> Failure | None:
        """Start what runs inside and import the handler, until ``limit``; return what failed."""
        scribe = self._scribe
        scribe.phase = phase
        self._inits += 1
        started = clock.now_us()
        scribe.emit(t.InitStarted(started, self.name, phase, scribe.request))
        failure: Failure | None
        try:
            async with asyncio.timeout_at(limit / _US):
                failure = await self._load()
                scribe.check_skipped(limit - started)
        except TimeoutError:
            error = report.timeout_error(scribe.request or "", self.spec.timeout)
            failure = Failure("timeout", error)
            self._say_killed()
        now = clock.now_us()
        duration = now - started + (scribe.skipped or 0)
        status: t.InitStatus = "success"
        if failure is not None:
            status = "timeout" if failure.status == "timeout" else "error"
            self._kill()
        shown = failure.error if failure and status == "error" else None
        scribe.emit(t.InitEnded(now, self.name, phase, scribe.request, status, duration, shown))
        scribe.tell(log.InitRuntimeDone(self.kind, phase, status, shown))
        # That of a snapshot is over only when it has been taken.
        if failure is not None or phase == "invoke" or self.kind != "snap-start":
            scribe.tell(log.InitReport(self.kind, phase, status, duration, shown))
        scribe.phase = "invoke"
        return failure

    async def _load(self) -> Failure | None:
        model, costs, scribe = self._account.model, self.spec.costs, self._scribe
        draw = self._account.draw("init", self.name, self._inits)
        await scribe.spend("runtime", costs.profile, model.init_ms(costs.profile, draw))
        await scribe.spend("package", "package", costs.package_mb * model.package_ms_per_mb)
        if self.spec.vpc:
            await scribe.spend("vpc", "vpc", draw.uniform(0, model.vpc_max_ms))
        try:
            reply = await self._start()
        except WorkerExitedError as ended:
            return await self._exited(ended)
        return self._ready(reply)

    async def _start(self) -> dict[str, Any]:
        """Start what runs inside, and hear what its INIT came to."""
        account, spec = self._account, self.spec
        if spec.modelled is not None:
            self._runner = ModelledRunner(account, spec, self._databases)
            return await self._runner.init({}, self._scribe)
        process = await self._world.zygote.fork()
        program = spec.runtime.startswith("provided")
        self._scribe.others = program  # Nobody knows what runs in an executable.
        self._runner = Program(process, account) if program else Worker(process, account.model)
        return await self._runner.init(self._job(), self._scribe)

    async def _restore(self, snapshot: Snapshots) -> Failure | None:
        try:
            self._runner = runner = await snapshot.fork()
            reply = await runner.restore(dict(self._job()), self._scribe)
        except WorkerExitedError as ended:
            return await self._exited(ended)
        return self._ready(reply)

    def _ready(self, reply: dict[str, Any]) -> Failure | None:
        if reply["op"] == "error":
            return Failure("crash", t.FunctionError.from_payload(reply["error"]))
        self._scribe.tell_missing(reply)
        return None

    def _job(self) -> Job | dict[str, Any]:
        if self.spec.modelled is not None:
            return {}
        account = self._account
        environment = variables(
            account, self.version, self.kind,
            scratch=self._tmp, stream=self._stream, url=self._world.endpoint.server.url,
            credentials=self._credentials,
        )  # fmt: skip
        return job(
            account, self.version, environment,
            arn=self._arn, scratch=self._tmp,
            headroom_mb=self._headroom(), databases=bool(self._world.databases),
            entropy=f"{account.seed}/{self.name}/{self._inits}",
        )  # fmt: skip

    # -- INVOKE -----------------------------------------------------------------------------------

    async def _handle(self, call: Invocation, deadline: int) -> tuple[Failure | None, str]:
        request, modelled = call.request, self.spec.modelled
        try:
            if modelled is not None and modelled.keeps_deadline and not self.spec.costs.handler_ms:
                reply = await self._ask(call, deadline)
            else:
                async with asyncio.timeout_at(deadline / _US):
                    await self._spend_handler(request)
                    try:
                        reply = await self._ask(call, deadline)
                    except WorkerExitedError as ended:
                        return await self._exited(ended), ""
        except TimeoutError:
            self._say_killed()
            return Failure("timeout", report.timeout_error(request, self.spec.timeout)), ""
        if reply["peak_kb"]:
            self._world.measured.setdefault(request, {})["peak_mb"] = reply["peak_kb"] / 1024
        if reply["op"] == "error":
            return Failure("error", t.FunctionError.from_payload(reply["error"])), ""
        self._scribe.tell_missing(reply)
        if reply["bytes"] > report.RESPONSE_LIMIT:
            return Failure("error", report.too_large_error()), ""
        return None, reply["payload"]

    async def _ask(self, call: Invocation, deadline: int) -> dict[str, Any]:
        assert self._runner is not None
        message = {
            "request": call.request,
            "event": call.event,
            "deadline": deadline,
            "arn": call.arn,
            "client_context": call.client_context,
            "trace": report.trace_header(self._account.start, call.root),
        }
        return await self._runner.invoke(message, self._scribe)

    async def _spend_handler(self, request: str) -> None:
        """Charge what an invocation costs besides the calls that are declared."""
        model, base = self._account.model, self.spec.costs.handler_ms
        if base is None:
            base = 0.0 if self.spec.modelled else model.handler_ms
        if base:
            jitter = self._account.draw("handler", request).uniform(
                -model.handler_jitter, model.handler_jitter
            )
            await self._scribe.spend("handler", self.spec.handler, base * (1 + jitter))

    def _end(self, request: str, started: int, failure: Failure | None, payload: str) -> str:
        """Write what ends an invocation to log and trace, and reset the environment if need be."""
        scribe, now = self._scribe, clock.now_us()
        init_duration, self._init_duration = self._init_duration, None
        restored, self._restored = self._restored, None
        # Real time goes on until somebody notices; what Lambda shows and bills is the timeout.
        duration = min(now - started, self.spec.timeout * _US)
        billed = report.billed(duration, init_duration)
        error = failure.error if failure else None
        out_of_memory = error is not None and error.error_type == "Runtime.OutOfMemory"
        used = self.spec.memory_size if out_of_memory else self._base_memory()
        ended: t.InitStatus = "success"
        if failure and failure.status != "error":
            ended = "timeout" if failure.status == "timeout" else "error"
        answer = error.to_text() if error else payload
        size = t.size(answer)
        scribe.tell(
            log.RuntimeDone(
                request, self._account.now() if ended == "timeout" else None, ended, error,
                bool(failure and failure.exited), self.spec.timeout, duration,
                size if ended == "success" else 0,
            )
        )  # fmt: skip
        if self.spec.modelled is None:
            self._check_storage()
        scribe.tell(
            log.Report(
                request, ended, error, duration, billed, self.spec.memory_size, used,
                init_duration, restored,
            )
        )  # fmt: skip
        scribe.emit(
            t.InvocationEnded(
                now, request, self.name, self.spec.name, failure.status if failure else "success",
                duration, billed, init_duration, self.spec.memory_size, used, error,
                None if error else payload[: t.RESPONSE_SHOWN], size,
                *(restored or (None, None)),
            )
        )  # fmt: skip
        if ended != "success":
            self._kill()
            reason: t.ResetReason = "timeout" if ended == "timeout" else "crash"
            scribe.emit(t.EnvironmentReset(now, self.name, reason))
        return answer

    async def _exited(self, ended: WorkerExitedError) -> Failure:
        """Say how the process ended; if it was killed for computing on and on, wait to be cut."""
        self._runner = None
        self._databases.end()
        if ended.killed:
            self._killed = ended.killed
            await asyncio.Event().wait()
        error = report.exit_error(
            self._scribe.request or "", ended.status, out_of_memory=ended.out_of_memory
        )
        return Failure("crash", error, exited=True)

    def _check_storage(self) -> None:
        """Say so where ``/tmp`` holds too much: only what Python opens is held to it in time."""
        try:
            changed = self._tmp.stat().st_mtime_ns
        except OSError:
            return  # Somebody has taken the whole folder away.
        if changed == self._tmp_changed and not self._scribe.others:
            return  # Nothing came or went; to look costs more than the call may have taken.
        self._tmp_changed = changed
        used, most = tmp.count(str(self._tmp))[0], self.spec.ephemeral_storage
        if used > most << 20:
            self._scribe.say("platform", report.storage_exceeded(used >> 20, most))

    # -- small things -----------------------------------------------------------------------------

    def _caller(self) -> Caller:
        return Caller(self.name, self._root, self._scribe.request, chain=self._chain)

    @contextlib.asynccontextmanager
    async def _waiting(self) -> AsyncIterator[None]:
        """While a service answers its call, the process computes nothing."""
        if self._runner is None:
            yield
        else:
            async with self._runner.waiting():
                yield

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
            self._scribe.say("platform", f"[warmstart] {self._killed}")
            self._killed = ""

    def _kill(self) -> None:
        if self._runner is not None:
            self._runner.kill()
            self._runner = None
            self._databases.end()
        self._scribe.others = False
