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
from typing import TYPE_CHECKING, Final

from warmstart.errors import RunError
from warmstart.runtime import clock, spawn
from warmstart.runtime.channel import received
from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.spawn import Started

_FORK_S: Final = 60.0
"""Within which a fork must be there, the start of the zygote included."""
_BURIAL_S: Final = 20.0
"""Within which a process must be buried: each takes a second at most, and others may come first."""
_EXIT_S: Final = 5.0
_UNANSWERED: Final = 64
"""Commands; their answers, and they, must fit into a socket."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A process that is being forked, and our end of its socket."""

    pid: asyncio.Future[int]
    sock: socket.socket


class Forker:
    """A process that forks others: the zygote, or a snapshot. It answers in the order of asking."""

    def __init__(self, control: socket.socket, kill: Callable[[], None]) -> None:
        """Command it over ``control``; ``kill`` ends it if it does not answer."""
        control.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._control = control
        self._kill = kill
        self._commands: deque[tuple[bytes, socket.socket | None]] = deque()
        self._answers: deque[asyncio.Future[int]] = deque()
        self._data = bytearray()
        self._gone = False
        self._forks = 0
        self._ahead: deque[Fork] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(control.fileno(), self._hear)

    async def fork(self) -> Process:
        """Start a process.

        Raises:
            RunError: the process that forks has died.
        """
        async with clock.turn(_FORK_S, self._kill):
            if not self._ahead:
                self._begin()
            fork = self._ahead.popleft()
            try:
                pid = await asyncio.shield(fork.pid)
            except asyncio.CancelledError:
                self._ahead.appendleft(fork)  # Whoever wanted it has gone: the next one has it.
                raise
            except RunError:
                fork.sock.close()
                raise
        self._forks += 1
        return Process(self, pid, fork.sock)

    def fork_ahead(self) -> None:
        """Have the next process forked, now that nobody waits for one.

        A fork, and what a worker does before it hears of its environment, take half of a cold
        start. Not before there were two: most runs have one environment.
        """
        if self._forks > 1 and not self._ahead and not self._gone:
            self._begin()

    def bury(self, op: bytes, pid: int, *, others: bool) -> asyncio.Future[int]:
        """Have a process ended (``protocol.KILL``, ``AWAIT``), and all others that it started.

        Gives its exit status, or minus the number of the signal that ended it; RunError when the
        process that forked it has died.
        """
        return self._command(protocol.command(op, pid, others=others), None)

    def give_up(self) -> None:
        """End it because it does not answer: a handler can stop the process that forked it."""
        self._kill()

    def close(self) -> None:
        """Close the control socket, at which it ends, and every process that descends from it."""
        self._end()
        for fork in self._ahead:
            fork.sock.close()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        kind = protocol.VIRTUAL if clock.is_virtual() else protocol.REAL
        pid = self._command(protocol.command(kind), theirs)
        self._ahead.append(Fork(pid, ours))

    def _command(self, command: bytes, theirs: socket.socket | None) -> asyncio.Future[int]:
        answer: asyncio.Future[int] = self._loop.create_future()
        self._commands.append((command, theirs))
        self._answers.append(answer)
        if self._gone:
            self._end()
        else:
            self._send()
        return answer

    def _send(self) -> None:
        """Send as many commands as may be unanswered."""
        while self._commands and len(self._answers) - len(self._commands) < _UNANSWERED:
            command, theirs = self._commands.popleft()
            try:
                if theirs is None:
                    self._control.send(command)
                else:
                    with theirs:
                        socket.send_fds(self._control, [command], [theirs.fileno()])
            except OSError:
                self._end()

    def _hear(self) -> None:
        data = received(self._control)
        if data is None:
            return
        if not data:
            self._end()
            return
        self._data += data
        whole = len(self._data) // protocol.ANSWER.size * protocol.ANSWER.size
        for (value,) in protocol.ANSWER.iter_unpack(bytes(self._data[:whole])):
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_result(value)
        del self._data[:whole]
        self._send()

    def _end(self) -> None:
        """Let everybody know who waits for an answer, or will, that there is none."""
        if not self._gone:
            self._gone = True
            self._loop.remove_reader(self._control.fileno())
            self._control.close()
        for _, theirs in self._commands:
            if theirs is not None:
                theirs.close()
        self._commands.clear()
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(RunError("The process that starts workers died."))
                answer.exception()  # Seen: whoever asks for it gets it raised all the same.
        self._answers.clear()


class Process:
    """A process that was forked, as long as it lives, and our end of its socket."""

    def __init__(self, forker: Forker, pid: int, sock: socket.socket) -> None:
        self.pid = pid
        self.sock = sock
        self.started_others = False
        """Whether it started processes of its own, as far as is known."""
        self._forker = forker
        self._status: asyncio.Future[int] | None = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and its children."""
        if self._status is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it, and what it started; wait for nothing."""
        self.signal(signal.SIGKILL)
        self._bury(protocol.KILL)

    async def exit_status(self) -> int:
        """Wait for the end of a process that fell silent; one that lives on is killed.

        Raises:
            RunError: the process that forked it has died.
        """
        alarm = clock.alarm(_BURIAL_S, self._forker.give_up)
        try:
            return await asyncio.shield(self._bury(protocol.AWAIT))
        finally:
            alarm.cancel()

    def _bury(self, op: bytes) -> asyncio.Future[int]:
        if self._status is None:
            self._status = self._forker.bury(op, self.pid, others=self.started_others)
        return self._status


class Zygote:
    """The process that forks workers; one a run, started when the first is wanted or before."""

    def __init__(self, started: Started | None = None) -> None:
        """Take one that has been started, else start it when it is wanted."""
        self._started = started
        self._forker: Forker | None = None

    async def fork(self) -> Process:
        """Start a process; see ``Forker.fork``."""
        if self._forker is None:
            self._started = self._started or spawn.start(())
            self._forker = Forker(self._started.control, self._started.process.kill)
        return await self._forker.fork()

    def fork_ahead(self) -> None:
        """Have the next process forked; see ``Forker.fork_ahead``."""
        if self._forker is not None:
            self._forker.fork_ahead()

    def close(self) -> None:
        """End the zygote, and with it every process that descends from it; wait until it is so."""
        if self._started is None:
            return
        if self._forker is not None:
            self._forker.close()
        self._started.control.close()
        try:
            self._started.process.wait(_EXIT_S)
        except subprocess.TimeoutExpired:
            self._started.process.kill()
            self._started.process.wait()
