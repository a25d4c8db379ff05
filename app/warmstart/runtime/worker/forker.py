"""A process that forks others whenever it is handed a socket: the zygote, and a snapshot.

On the control socket, the host sends one byte with one file descriptor: fork, and give both to the
child, which speaks over that socket and is of the kind that the byte names (``protocol``). Back go
frames: ``forked`` with ``pid``; ``exited`` with ``pid``, ``status`` (an exit status, or minus the
number of the signal).

It is also who cleans up. Each child leads a process group, which is killed when its leader ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_fork = os.fork  # By name: in a snapshot, what handlers call it by is told to the host.


class Forker:
    """The loop that forks, reaps and cleans up."""

    def __init__(
        self, control: socket.socket, run: Callable[[int, bytes], None], *, strays: bool
    ) -> None:
        """Fork processes that call ``run`` with the descriptor of their socket, and their kind.

        ``strays`` says whether every other child is one that lost its parent, and is to be killed.
        """
        self._control = control
        self._run = run
        self._strays = strays
        self._workers: set[int] = set()
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(wake_write, False)
        self._wake_write = wake_write
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork and reap until the host is gone."""
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._wake_read], [], [])
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._fork_one():
                return

    def kill_all(self) -> None:
        """Kill every worker and whatever they started, and wait until all are gone."""
        for pid in self._workers:
            _kill_group(pid)
        while True:
            for pid in _children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def _fork_one(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        except OSError:
            return False
        if not data or not descriptors:
            return False
        pid = _fork()
        if pid == 0:
            self._become_worker(descriptors[0], data)
        os.close(descriptors[0])
        # Also done by the child: whoever comes first, the group is there before it can be killed.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self._workers.add(pid)
        return self._tell({"op": "forked", "pid": pid})

    def _become_worker(self, descriptor: int, kind: bytes) -> None:
        status = 70
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            self._run(descriptor, kind)
            status = 0
        except BaseException:  # noqa: BLE001 - a forked child must never return into serve()
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._workers:
                self._workers.discard(pid)
                _kill_group(pid)
                if self._strays:
                    self._kill_strays()
                self._tell(
                    {"op": "exited", "pid": pid, "status": os.waitstatus_to_exitcode(status)}
                )

    def _kill_strays(self) -> None:
        """Kill what left its worker's group and has lost its parent: it became our child."""
        for pid in _children():
            if pid not in self._workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _tell(self, message: dict[str, Any]) -> bool:
        try:
            self._control.sendall(protocol.encode(message))
        except OSError:
            return False
        return True


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _children() -> list[int]:
    """Return this process's children; where /proc cannot tell, none."""
    try:
        return [int(pid) for pid in Path("/proc/thread-self/children").read_text().split()]
    except OSError:
        return []


def prctl(option: int, value: int) -> None:
    """Linux's prctl; elsewhere nothing, and the zygote's own cleaning up has to do."""
    if sys.platform == "linux":
        _LIBC.prctl(option, value, 0, 0, 0)


_LIBC: Any = ctypes.CDLL(None) if sys.platform == "linux" else None
