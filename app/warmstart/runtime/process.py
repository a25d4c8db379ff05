"""The host's side of the worker processes: asking the zygote for them, talking to them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

from warmstart.errors import RunError
from warmstart.runtime import clock
from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from warmstart.runtime.model import Model
    from warmstart.runtime.worker.protocol import Job

_ZYGOTE_START_S = 60.0
_EXIT_S = 1.0
_ZYGOTE_DIED = "The process that starts workers died."
_LONGEST_SLEEP_US = 10**12
_ADDR_NO_RANDOMIZE = 0x0040000


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

    def thread_started(self) -> None:
        """Hear that it started a thread."""

    async def charge(self, cause: str, name: str, cost: int) -> None:
        """Let the CPU time pass that it used."""


class Zygote:
    """The process that forks workers; one a run."""

    def __init__(self, model: Model, clients: Sequence[str] = ()) -> None:
        """Start it; ``clients`` are the boto3 clients that handlers will want."""
        self._model = model
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._control = ours
        _fix_addresses()
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            # Not -I, which would ignore the hash seed, too; the environment is as good as empty.
            [sys.executable, "-P", "-m", "warmstart.runtime.worker.zygote",
             str(theirs.fileno()), ",".join(clients), *sys.argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={
                "LC_ALL": "C.UTF-8",
                "PATH": os.environ.get("PATH", os.defpath),
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            },
        )  # fmt: skip
        theirs.close()
        self._forked: asyncio.Queue[int] = asyncio.Queue()
        self._exited: dict[int, asyncio.Future[int]] = {}
        self._gone = False
        self._listening: asyncio.Task[None] | None = None

    async def fork(self) -> Worker:
        """Start a worker.

        Raises:
            RunError: the zygote has died.
        """
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        ours, theirs = socket.socketpair()
        async with clock.turn(_ZYGOTE_START_S, self._process.kill):
            with theirs:
                try:
                    socket.send_fds(self._control, [b"F"], [theirs.fileno()])
                except OSError:
                    self._forked.put_nowait(0)
            pid = await self._forked.get()
        if pid == 0:
            ours.close()
            raise RunError(_ZYGOTE_DIED)
        ours.setblocking(False)  # noqa: FBT003 - the standard library's signature
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        return Worker(pid, self._exited[pid], reader, writer, self._model)

    async def close(self) -> None:
        """End the zygote, and with it every process that descends from it; wait until it is so."""
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        self._control.close()
        try:
            self._process.wait(_EXIT_S * 5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._control.dup())
        try:
            while True:
                message = await _receive(reader)
                pid = message["pid"]
                if message["op"] == "forked":
                    self._exited[pid] = asyncio.get_running_loop().create_future()
                    self._forked.put_nowait(pid)
                elif not self._exited[pid].done():
                    self._exited[pid].set_result(message["status"])
        except (asyncio.IncompleteReadError, ConnectionError):
            self._forked.put_nowait(0)
            for exited in self._exited.values():
                if not exited.done():
                    exited.set_exception(RunError(_ZYGOTE_DIED))
                    exited.exception()  # Seen: whoever asks for it gets it raised all the same.
        finally:
            writer.close()
            await writer.wait_closed()


class Worker:
    """One worker process, as long as it lives."""

    def __init__(
        self,
        pid: int,
        exited: asyncio.Future[int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        model: Model,
    ) -> None:
        self._pid = pid
        self._exited = exited
        self._reader = reader
        self._writer = writer
        self._model = model
        self._killed = ""
        self._out_of_memory = False
        self._turn: clock.Turn | None = None

    @contextlib.asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Within it the process waits for an answer of ours, and computes nothing."""
        if self._turn is None:
            yield
        else:
            async with self._turn.waiting():
                yield

    async def init(self, job: Job, listener: Listener) -> dict[str, Any]:
        """Prepare the process and import the handler; return ``ready`` or ``error``.

        Raises:
            WorkerExitedError: the process ended instead.
        """
        return await self._converse({"op": "init", **job}, listener)

    async def invoke(
        self, request: str, event: str, deadline: int, listener: Listener
    ) -> dict[str, Any]:
        """Run the handler; return ``return`` or ``error``.

        Raises:
            WorkerExitedError: the process ended instead.
        """
        message = {"op": "invoke", "request": request, "event": event, "deadline": deadline}
        return await self._converse(message, listener)

    def freeze(self) -> None:
        """Stop the process and its children, as an environment stands still between invocations."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and its children."""
        self._signal(signal.SIGKILL)
        self._writer.close()

    async def _converse(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Exchange messages, letting virtual time pass when the worker waits, until it is done.

        Both limits are for all of it: a loop that pauses again and again has to end, too.
        """
        left = self._model.compute_limit_s
        pauses = 0
        while True:
            async with clock.turn(left, self._end_computing) as self._turn:
                if pauses > self._model.pause_limit:
                    self._end_pausing()
                reply = await self._exchange(message, listener)
            left = self._turn.left
            self._turn = None
            pauses += 1
            if reply["op"] == "sleep":
                await clock.sleep_us(min(max(0, int(reply["us"])), _LONGEST_SLEEP_US))
            elif reply["op"] == "charge":
                await listener.charge(reply["cause"], reply["name"], int(reply["us"]))
            else:
                return reply
            message = {"op": "resume"}

    async def _exchange(self, message: dict[str, Any], listener: Listener) -> dict[str, Any]:
        """Send a message and hear the worker out until it waits or is done."""
        try:
            self._writer.write(protocol.encode({**message, "now": clock.now_us()}))
            while True:
                reply = await _receive(self._reader)
                match reply["op"]:
                    case "log":
                        listener.log(reply["lines"])
                    case "thread":
                        listener.thread_started()
                    case "memory":
                        self._out_of_memory = True
                    case _ if not self._killed:
                        return reply
                    case _:
                        pass  # It answered while it was killed: too late.
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except protocol.BadFrameError:
            self._signal(signal.SIGKILL)
        killed = (
            self._killed
        )  # Now: one that only fell silent may reach a limit while it is buried.
        raise WorkerExitedError(
            await self._exit_status(), killed=killed, out_of_memory=self._out_of_memory
        )

    async def _exit_status(self) -> int:
        """Wait for the end of a process that fell silent; one that lives on is killed."""
        alarm = clock.alarm(_EXIT_S, lambda: self._signal(signal.SIGKILL))
        try:
            return await self._exited
        finally:
            alarm.cancel()
            self._writer.close()

    def _end_computing(self) -> None:
        limit = f"{self._model.compute_limit_s:g}"
        self._killed = f"Killed: it computed for more than {limit} s of real time."
        self._signal(signal.SIGKILL)

    def _end_pausing(self) -> None:
        limit = f"{self._model.pause_limit:,}"
        self._killed = f"Killed: it paused more than {limit} times in one go."
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self._exited.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, number)


def _fix_addresses() -> None:
    """Give the programs started from here on the same memory layout every time, where possible.

    Else ``print(object())`` in a handler would print something new in each run.
    """
    if sys.platform == "linux":
        libc: Any = ctypes.CDLL(None)
        libc.personality(_ADDR_NO_RANDOMIZE)


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    header = await reader.readexactly(protocol.HEADER.size)
    return protocol.decode(await reader.readexactly(protocol.body_length(header)))
