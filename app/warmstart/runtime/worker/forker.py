"""A process that forks others whenever it is handed a socket: the zygote, and a snapshot.

It does what the host commands (``protocol.COMMAND``), one command after the other, and answers each
with a number (``protocol.ANSWER``):

====== ======================================== ==========================================
fork   its socket is the descriptor that        the process's id
       comes along; of the kind that ``op``
       names: ``VIRTUAL``, ``REAL``
KILL   end a process and its group              its exit status, or minus the number of the
AWAIT  the same, of one that is about to end    signal that ended it
====== ======================================== ==========================================

Nothing else moves it, above all not a process's end. What lies where in its memory, and so in that
of every process forked from it, then depends on the commands alone, and not on how long a process
took to die: in virtual time ``print(object())`` shows the same in each run.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
from array import array
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from warmstart.runtime.worker import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_EXIT_S = 1.0
"""What a process that fell silent gets to end by itself."""
_LOOKS = 500

fork = os.fork  # By name, as sleep: in a worker, handlers have others by these names.


class Forker:
    """The loop that forks, buries and cleans up."""

    def __init__(
        self, control: socket.socket, run: Callable[[int, bytes], None], *, strays: bool
    ) -> None:
        """Fork processes that call ``run`` with the descriptor of their socket, and their kind.

        ``strays`` says whether every other child is one that lost its parent, and is to be killed.
        """
        self._control = control
        self._run = run
        self._strays = strays
        # Whatever the numbers are, it takes the same place: a set and its integers do not.
        self._workers = array("l")

    def serve(self) -> None:
        """Do what is commanded until the host is gone."""
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._control, protocol.COMMAND.size, 1)
                if not data:
                    return
                op, pid, others = protocol.COMMAND.unpack(data)
                answer = self._bury(op, pid) if pid else self._fork(op, descriptors[0])
                if others and self._strays:
                    self._bury_strays()
                self._control.sendall(protocol.ANSWER.pack(answer))
            except OSError:
                return

    def kill_all(self) -> None:
        """Kill every worker and whatever they started, and wait until all are gone."""
        for pid in self._workers:
            _kill_group(pid)
        kill_children()
        with contextlib.suppress(ChildProcessError):
            while True:  # Where nobody tells of children, there are the workers.
                os.waitpid(-1, 0)

    def _fork(self, kind: bytes, descriptor: int) -> int:
        pid = fork()
        if pid == 0:
            self._become_worker(descriptor, kind)
        os.close(descriptor)
        # Also done by the child: whoever comes first, the group is there before it can be killed.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self._workers.append(pid)
        return pid

    def _become_worker(self, descriptor: int, kind: bytes) -> None:
        status = 70
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            self._run(descriptor, kind)
            status = 0
        except BaseException:  # noqa: BLE001 - a forked child must never return into serve()
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _bury(self, op: bytes, pid: int) -> int:
        if op == protocol.KILL:
            _kill_group(pid)
            _, status = os.waitpid(pid, 0)
        else:
            status = _await(pid)
        self._workers.remove(pid)
        _kill_group(pid)
        return os.waitstatus_to_exitcode(status)

    def _bury_strays(self) -> None:
        """Kill what left its worker's group and has lost its parent: it became our child."""
        for pid in _children():
            if pid not in self._workers:
                _kill(pid)


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)  # It is there, if only as who waits to be waited for.
    os.waitpid(child, 0)


def kill_children() -> None:
    """Kill all children of this process, and those that become its children, and wait for them."""
    while children := _children():
        for pid in children:
            _kill(pid)


def _await(pid: int) -> int:
    """Wait for a process's end, and bring it about when it does not come; return its status."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, or one before 5.3
        for _ in range(_LOOKS):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return status
            sleep(_EXIT_S / _LOOKS)
    else:
        # However long it waits, it leaves the same behind in memory; a loop does not.
        select.select([descriptor], [], [], _EXIT_S)
        os.close(descriptor)
    _kill_group(pid)
    return os.waitpid(pid, 0)[1]


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
