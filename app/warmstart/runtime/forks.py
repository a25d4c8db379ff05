"""The host's side of the processes that fork others: the zygote, and what is forked from it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warmstart.errors import RunError
from warmstart.runtime import clock, spawn
from warmstart.runtime.channel import Channel
from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.spawn import Started

_FORK_S = 60.0
"""Within which a fork must be there, the start of the zygote included."""
_EXIT_S = 1.0
_FORKER_DIED = "The process that starts workers died."


@dataclass(frozen=True, slots=True)
class Fork:
    """A process just forked, and our end of its socket."""

    pid: int
    exited: asyncio.Future[int]
    """Its exit status, or minus the number of the signal that ended it, once it has ended."""
    sock: socket.socket


class Forker:
    """A process that forks others whenever it is handed a socket: the zygote, or a snapshot."""

    def __init__(self, control: socket.socket, kill: Callable[[], None]) -> None:
        """Speak to it over ``control``; ``kill`` ends it if it does not answer."""
        self._control = control
        self._kill = kill
        self._asked: deque[asyncio.Future[int]] = deque()
        self._exited: dict[int, asyncio.Future[int]] = {}
        self._gone = False
        self._channel = Channel(control, self._hear)

    async def fork(self) -> Fork:
        """Start a process.

        Raises:
            RunError: the process that forks has died.
        """
        async with self.turn():
            return await self.fork_now()

    def turn(self) -> contextlib.AbstractAsyncContextManager[clock.Turn]:
        """Return the turn to fork within."""
        return clock.turn(_FORK_S, self._kill)

    async def fork_now(self) -> Fork:
        """Start a process, within a turn."""
        if self._gone:
            raise RunError(_FORKER_DIED)
        ours, theirs = socket.socketpair()
        forked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        kind = protocol.VIRTUAL if clock.is_virtual() else protocol.REAL
        with theirs:
            try:
                socket.send_fds(self._control, [kind], [theirs.fileno()])
                self._asked.append(forked)
                pid = await forked
            except (OSError, RunError):
                ours.close()
                raise RunError(_FORKER_DIED) from None
            except asyncio.CancelledError:
                ours.close()
                raise
        return Fork(pid, self._exited[pid], ours)

    def close(self) -> None:
        """Close the control socket, at which it ends, and every process that descends from it."""
        self._channel.close()

    def _hear(self, message: dict[str, Any]) -> None:
        if message["op"] == "gone":
            self._gone = True
            for waiting in (*self._asked, *self._exited.values()):
                if not waiting.done():
                    waiting.set_exception(RunError(_FORKER_DIED))
                    waiting.exception()  # Seen: whoever asks for it gets it raised all the same.
            self._asked.clear()
        elif message["op"] == "forked":
            self._exited[message["pid"]] = asyncio.get_running_loop().create_future()
            asked = self._asked.popleft()
            if not asked.done():
                asked.set_result(message["pid"])
        elif not self._exited[message["pid"]].done():
            self._exited[message["pid"]].set_result(message["status"])


class Zygote:
    """The process that forks workers; one a run, started when the first is wanted or before.

    A fork and what a worker does before it hears of its environment take half of a cold start. So
    in real time the next process is forked ahead, once a run has a second one: most have one
    environment. In virtual time none is: what lies where in a process, and shows as an object's id,
    depends on what the zygote did before, and so on who of the two was faster.
    """

    def __init__(self, started: Started | None = None) -> None:
        """Take one that has been started, else start it when it is wanted."""
        self._started = started
        self._forker: Forker | None = None
        self._forks = 0
        self._ahead: Fork | None = None
        self._forking_ahead = False

    async def fork(self) -> Fork:
        """Start a process; see ``Forker.fork``."""
        if self._forker is None:
            self._started = self._started or spawn.start(())
            self._forker = Forker(self._started.control, self._started.process.kill)
        self._forks += 1
        async with self._forker.turn():
            ahead, self._ahead = self._ahead, None
            return ahead or await self._forker.fork_now()

    def has_time(self) -> bool:
        """Return whether the next process should be forked ahead, now that nobody waits for one."""
        if clock.is_virtual() or self._forking_ahead:
            return False
        return self._forks > 1 and self._ahead is None

    async def fork_ahead(self) -> None:
        """Have the next process ready."""
        assert self._forker is not None
        self._forking_ahead = True
        try:
            async with self._forker.turn():
                self._ahead = await self._forker.fork_now()
        except RunError:
            pass  # Whoever wants one gets to know.
        finally:
            self._forking_ahead = False

    def close(self) -> None:
        """End the zygote, and with it every process that descends from it; wait until it is so."""
        if self._started is None:
            return
        if self._forker is not None:
            self._forker.close()
        if self._ahead is not None:
            self._ahead.sock.close()
        self._started.control.close()
        try:
            self._started.process.wait(_EXIT_S * 5)
        except subprocess.TimeoutExpired:
            self._started.process.kill()
            self._started.process.wait()


class Process:
    """A process that was forked, as long as it lives: signals to it and its children, its end."""

    def __init__(self, fork: Fork) -> None:
        self._pid = fork.pid
        self._exited = fork.exited

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and its children."""
        if not self._exited.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, number)

    async def exit_status(self) -> int:
        """Wait for the end of a process that fell silent; one that lives on is killed."""
        alarm = clock.alarm(_EXIT_S, lambda: self.signal(signal.SIGKILL))
        try:
            return await self._exited
        finally:
            alarm.cancel()
