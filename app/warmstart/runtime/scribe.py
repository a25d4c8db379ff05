"""What an execution environment writes down while it works, and the time that its work takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.worker import levels

if TYPE_CHECKING:
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.rds import Client
    from warmstart.runtime.specs import FunctionSpec
    from warmstart.runtime.system_log import SystemEvent

_CAUSES = frozenset(get_args(t.Cause))
_NOT_CODE = frozenset({"runtime", "package", "vpc"})
"""Model: what Lambda does before any of the function's code runs takes as long at any memory."""


class Scribe:
    """One environment's; it is what a runner tells about its work (``process.Listener``)."""

    def __init__(
        self,
        account: Account,
        spec: FunctionSpec,
        name: str,
        missing: set[tuple[str, ...]],
        databases: Client,
    ) -> None:
        self._account = account
        self._spec = spec
        self._name = name
        self._missing = missing
        self._databases = databases
        self.request: str | None = None
        """The invocation that it is about."""
        self.phase: t.Phase = "init"
        self.others = False
        """Whether something runs beside the handler that has to be frozen: threads, processes."""
        self.skipped: int | None = None
        """Where the work was done before the run began: how long it took, though no time passes."""
        self.tail: list[str] | None = None
        """The lines of this invocation's log, where somebody wants them."""

    def emit(self, event: t.TraceEvent) -> None:
        """Add an event to the trace."""
        self._account.emit(event)

    def say(self, source: t.Source, text: str) -> None:
        """Add a line to the log."""
        if self.tail is not None:
            self.tail.append(text)
        self._account.emit(t.LogLine(clock.now_us(), self._name, self.request, source, text))

    def tell(self, event: SystemEvent) -> None:
        """Add to the log what Lambda itself has to say, as the function wants it."""
        logging = self._spec.logging
        if not logging.as_json:
            for line in event.lines():
                self.say("platform", line)
        elif levels.passes(event.level(), logging.system_log_level):
            self.say("platform", event.object(self._account.now()))

    def log(self, lines: list[str]) -> None:
        """Add what the handler printed to the log."""
        for line in lines:
            self.say("function", line)

    def other_started(self, what: str) -> None:
        """Say, once, that the run can no longer be repeated; in real time it never could."""
        if not self.others:
            self.others = True
            if clock.is_virtual():
                reason = f"The handler started a {what}; what these do in which order varies."
                self.emit(t.RepeatabilityLost(clock.now_us(), self._name, self.request, reason))

    async def charge(self, cause: str, name: str, cost: int) -> None:
        """Let CPU time pass, as long as it takes at this function's memory in this phase."""
        if cost <= 0:
            return
        model = self._account.model
        full_cpu = cause in _NOT_CODE or (self.phase == "init" and model.init_full_cpu)
        charged = model.charged_us(cost, self._spec.memory_size, full_cpu=full_cpu)
        known = cast("t.Cause", cause if cause in _CAUSES else "call")
        self._account.emit(
            t.CpuCharged(
                clock.now_us(), self._name, self.request, self.phase, known, name, cost, charged
            )
        )
        await self.sleep(charged)

    async def spend(self, cause: t.Cause, name: str, cost_ms: float) -> None:
        """Charge milliseconds."""
        await self.charge(cause, name, round(cost_ms * 1_000))

    async def sleep(self, duration: int) -> None:
        """Let so many microseconds pass."""
        if self.skipped is None:
            await clock.sleep_us(duration)
        else:
            self.skipped += duration

    async def sql(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Have something done with a database, and return the answer for the worker."""
        return await self._databases.answer(asked)

    def check_skipped(self, limit: int) -> None:
        """Check what was done before the run began against the time it may take.

        Raises:
            TimeoutError: it took longer.
        """
        if self.skipped is not None and self.skipped > limit:
            raise TimeoutError

    def tell_missing(self, reply: dict[str, Any]) -> None:
        """Say, once a function, which of its declared costs are nobody's."""
        for cause, name, reason in reply["missing"]:
            key = (self._spec.name, cause, name)
            if key not in self._missing:
                self._missing.add(key)
                now = clock.now_us()
                self.emit(t.CostNotFound(now, self._name, self.request, cause, name, reason))
