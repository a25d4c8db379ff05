"""The host's side of the worker processes: talking to them while they compute."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Any, Protocol

from warmstart.runtime import clock
from warmstart.runtime.channel import Channel
from warmstart.runtime.forks import Forker
from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from warmstart.runtime.forks import Process
    from warmstart.runtime.model import Model
    from warmstart.runtime.worker.protocol import Job

_UNLIMITED_S = 1e6
_LONGEST_SLEEP_US = 10**12


class WorkerExitedError(Exception):
    """The worker's process ended, or had to be ended, while something was asked of it."""

    def __init__(self, status: int, *, killed: str, out_of_memory: bool) -> None:
        super().__init__(f"status {status}")
        self.status = status
        """Its exit status, or minus the number of the signal that ended it."""
        self.killed = killed
        """The sentence that says for what it was killed as one that never returns; else empty."""
        self.out_of_memory = out_of_memory


class Listener(Protocol):
    """Who hears what a worker does while it computes."""

    def log(self, lines: list[str]) -> None:
        """Hear that it printed lines."""

    def other_started(self, what: str) -> None:
        """Hear that it started something beside itself: a thread or a process."""

    async def charge(self, cause: str, name: str, cost: int) -> None:
        """Let the CPU time pass that it used."""

    async def sleep(self, duration: int) -> None:
        """Let the microseconds pass that it sleeps."""

    async def sql(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Have something done with a database; see ``worker.sql``."""


class Runner(Protocol):
    """What runs inside an execution environment: a worker, an executable, or only a model of one.

    ``init`` and ``invoke`` give the messages of ``worker.protocol`` that end them (``ready``,
    ``return``, ``error``), and raise WorkerExitedError when the process ended instead.
    """

    async def init(self, job: Job | dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Prepare it and import the handler."""

    async def snapshot(self, listener: Listener) -> tuple[dict[str, Any], Snapshots | None]:
        """Make it what others are restored from."""

    async def restore(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Make what was restored from a snapshot an environment's own."""

    async def invoke(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Run the handler."""

    def waiting(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Within it the process waits for an answer of ours, and computes nothing."""

    def freeze(self) -> None:
        """Let it stand still, as an environment does between invocations."""

    def thaw(self) -> None:
        """Let it go on."""

    def kill(self) -> None:
        """End it."""


class Snapshots(Protocol):
    """What environments are restored from."""

    async def fork(self) -> Runner:
        """Restore it once more."""

    def kill(self) -> None:
        """End it."""


class Worker:
    """One worker process, as long as it lives."""

    def __init__(self, process: Process, model: Model) -> None:
        self._process = process
        self._channel = Channel(process.sock)
        self._model = model
        self._killed = ""
        self._out_of_memory = False
        self._turn: clock.Turn | None = None
        virtual = clock.is_virtual()
        # In real time the function's own timeout is the limit.
        self._limit = model.compute_limit_s if virtual else _UNLIMITED_S

    @contextlib.asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Within it the process waits for an answer of ours, and computes nothing."""
        if self._turn is None:
            yield
        else:
            async with self._turn.waiting():
                yield

    async def init(self, job: Job | dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Prepare the process and import the handler; return ``ready`` or ``error``.

        Raises:
            WorkerExitedError: the process ended instead.
        """
        return await self._converse({"op": "init", **job}, listener)

    async def restore(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Make the fork of a snapshot an environment's own; return ``ready`` or ``error``.

        Raises:
            WorkerExitedError: the process ended instead.
        """
        return await self._converse({"op": "restore", **message}, listener)

    async def invoke(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Run the handler; return ``return`` or ``error``.

        Raises:
            WorkerExitedError: the process ended instead.
        """
        return await self._converse({"op": "invoke", **message}, listener)

    async def snapshot(self, listener: Listener) -> tuple[dict[str, Any], Snapshot | None]:
        """Take a snapshot of it after INIT; from then on it does nothing but fork itself.

        Raises:
            WorkerExitedError: the process ended instead.
        """
        reply = await self._converse({"op": "snapshot"}, listener)
        if reply["op"] == "error":
            return reply, None
        self._process.started_others = True  # Each environment that will be restored.
        return reply, Snapshot(self._process, self._channel.detach(), self._model)

    def freeze(self) -> None:
        """Stop the process and its children, as an environment stands still between invocations."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and its children."""
        self._process.kill()
        self._channel.close()

    async def _converse(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Exchange messages, letting virtual time pass when the worker waits, until it is done.

        Both limits are for all of it: a loop that pauses again and again has to end, too.
        """
        left = self._limit
        pauses = 0
        while True:
            self._turn = turn = clock.Turn(left, self._end_computing)
            await turn.begin()
            try:
                if pauses > self._model.pause_limit:
                    self._end_pausing()
                reply = await self._exchange(message, listener)
            finally:
                turn.end()
                self._turn = None
            left = turn.left
            pauses += 1
            message = {"op": "resume"}
            if reply["op"] == "sleep":
                await listener.sleep(min(max(0, int(reply["us"])), _LONGEST_SLEEP_US))
            elif reply["op"] == "charge":
                await listener.charge(reply["cause"], reply["name"], int(reply["us"]))
            elif reply["op"] == "sql":
                message["answer"] = await listener.sql(reply)
            else:
                return reply

    async def _exchange(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Send a message and hear the worker out until it waits or is done."""
        try:
            message["now"] = clock.now_us()
            await self._channel.send(message)
            while True:
                reply = await self._channel.receive()
                match reply["op"]:
                    case "log":
                        listener.log(reply["lines"])
                    case "other":
                        self._process.started_others = True
                        listener.other_started(reply["what"])
                    case "memory":
                        self._out_of_memory = True
                    case _ if not self._killed:
                        return reply
                    case _:
                        pass  # It answered while it was killed: too late.
        except (EOFError, ConnectionError):
            pass
        except protocol.BadFrameError:
            self._process.signal(signal.SIGKILL)
        # Now: one that only fell silent may reach a limit while it is buried.
        killed = self._killed
        try:
            status = await self._process.exit_status()
        finally:
            self._channel.close()
        raise WorkerExitedError(status, killed=killed, out_of_memory=self._out_of_memory)

    def _end_computing(self) -> None:
        limit = f"{self._model.compute_limit_s:g}"
        self._killed = f"Killed: it computed for more than {limit} s of real time."
        self._process.signal(signal.SIGKILL)

    def _end_pausing(self) -> None:
        limit = f"{self._model.pause_limit:,}"
        self._killed = f"Killed: it paused more than {limit} times in one go."
        self._process.signal(signal.SIGKILL)


class Snapshot:
    """A worker after INIT that does nothing but fork itself: each fork is a restored one."""

    def __init__(self, process: Process, control: socket.socket, model: Model) -> None:
        self._process = process
        self._model = model
        self._forker = Forker(control, lambda: process.signal(signal.SIGKILL))

    async def fork(self) -> Worker:
        """Fork it.

        Raises:
            RunError: its process has died.
        """
        return Worker(await self._forker.fork(), self._model)

    def kill(self) -> None:
        """End it; what was restored from it ends with it, where the kernel can do that."""
        self._process.kill()
        self._forker.close()
