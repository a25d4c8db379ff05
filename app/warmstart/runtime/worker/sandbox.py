"""A worker's surroundings: its files, its environment, its limits.

This keeps accidents in, not attackers: a handler can still read what its user can read.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
import socket
import sys
import tempfile
import time
from typing import TYPE_CHECKING, NoReturn

from warmstart.runtime.worker.forker import fork

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.worker.protocol import Job

_SOCKET = 3
_MB = 1024 * 1024
_OPEN_FILES = 1_024
"""Lambda's own limit (gettingstarted-limits)."""
_SPARE_MB = 16
"""What a process whose memory ran out gets, to say so."""


def keep_socket(descriptor: int) -> socket.socket:
    """Keep the socket where a worker has it, whatever was there before."""
    if descriptor != _SOCKET:
        os.dup2(descriptor, _SOCKET, inheritable=False)
        os.close(descriptor)
    return socket.socket(fileno=_SOCKET)


def take_socket(descriptor: int) -> socket.socket:
    """Keep the socket, and close every other file descriptor that was inherited."""
    kept = keep_socket(descriptor)
    os.closerange(_SOCKET + 1, _open_files_limit())
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    # A process that a handler forks must not speak for the worker.
    os.register_at_fork(after_in_child=lambda: os.close(_SOCKET))
    return kept


def enter(job: Job, on_memory: Callable[[], None]) -> int:
    """Make the process the function's own.

    ``on_memory`` is called when memory has run out, where only a look at it now and then tells.
    Returns the file that collects what is written to the file descriptors 1 and 2.
    """
    os.environ.clear()
    os.environ.update(job["environment"])
    if os.environ["TZ"] not in {"UTC", ":UTC"}:  # As it is already.
        time.tzset()
    os.chdir(job["code"])
    sys.path[:0] = [job["code"], *_layers(job)]
    sys.argv = [""]
    sys.dont_write_bytecode = True
    tempfile.tempdir = None
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_FSIZE, job["storage_mb"] * _MB)
    if sys.platform == "linux":
        # Private writable memory; the reserved-only address space that threads ask for is free.
        _lower(
            resource.RLIMIT_DATA, _data_bytes() + job["headroom_mb"] * _MB, spare=_SPARE_MB * _MB
        )
    else:
        _watch_memory(peak_kb() + job["headroom_mb"] * 1024, on_memory)
    return collect_output(job["scratch"])


def collect_output(scratch: str) -> int:
    """Let the file descriptors 1 and 2 write to a new file, and return it."""
    try:
        below = os.open(scratch, os.O_TMPFILE | os.O_RDWR, 0o600)
    except (AttributeError, OSError):  # Not every system, nor file system, has files without names.
        with tempfile.TemporaryFile(dir=scratch) as file:
            below = os.dup(file.fileno())
    for standard in (1, 2):
        os.dup2(below, standard)
    fcntl.fcntl(1, fcntl.F_SETFL, os.O_APPEND)
    return below


def run_program(job: Job, sock: socket.socket) -> NoReturn:
    """Run the executable that the job names, and end as it ends.

    What it prints goes to the socket as it is; when it ends, so does the socket, whoever else may
    have it by then.
    """
    for standard in (1, 2):
        os.dup2(sock.fileno(), standard)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pid = fork()
    if pid == 0:
        _become_program(job)
    _, status = os.waitpid(pid, 0)
    sock.shutdown(socket.SHUT_RDWR)
    status = os.waitstatus_to_exitcode(status)
    if status < 0:
        with contextlib.suppress(OSError):  # SIGKILL needs no handler, and takes none.
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def _become_program(job: Job) -> NoReturn:
    os.chdir(job["code"])
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_FSIZE, job["storage_mb"] * _MB)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_DATA, max(job["headroom_mb"], job["memory_mb"]) * _MB)
    path: str = job["program"]  # type: ignore[typeddict-item]  # only this kind of job has it
    try:
        os.execve(path, [path], job["environment"])  # noqa: S606 - the very point
    except OSError as error:
        message = f"fork/exec /var/task/bootstrap: {error.strerror}\n"
        os.write(1, message.encode())
    finally:
        os._exit(126)


def _layers(job: Job) -> list[str]:
    """Return where a layer's modules stand, in the order in which Lambda looks there."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return [
        os.path.join(layer, *place)  # noqa: PTH118 - no Path in a worker's heap
        for layer in job["layers"]
        for place in (("python",), ("python", "lib", version, "site-packages"))
    ]


def peak_kb() -> int:
    """Return the most memory this process ever had, in kB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "linux" else peak // 1024


def _watch_memory(limit_kb: int, on_memory: Callable[[], None]) -> None:
    """Look at the peak every 20 ms of CPU time: macOS lets nobody limit memory."""

    def look(*_: object) -> None:
        if peak_kb() > limit_kb:
            on_memory()

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, 0.02, 0.02)


def watch_memory_errors(on_memory: Callable[[], None]) -> None:
    """Notice a MemoryError where it is raised: the handler may catch it, and Lambda has none."""
    if sys.platform == "linux" and sys.version_info >= (3, 12):
        monitoring = sys.monitoring

        def raised(_code: object, _offset: int, error: BaseException) -> None:
            if isinstance(error, MemoryError):
                monitoring.set_events(monitoring.PROFILER_ID, 0)
                _, hard = resource.getrlimit(resource.RLIMIT_DATA)
                resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))  # To have some to end with.
                on_memory()

        monitoring.use_tool_id(monitoring.PROFILER_ID, "warmstart")
        monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.RAISE, raised)
        monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.RAISE)


def _data_bytes() -> int:
    # Not as text: to find the codec takes each worker a millisecond, a third of its start.
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        return int(os.read(statm, 256).split()[5]) * resource.getpagesize()
    finally:
        os.close(statm)


def _lower(limit: int, value: int, *, spare: int = 0) -> None:
    _, hard = resource.getrlimit(limit)
    top = value + spare
    if hard != resource.RLIM_INFINITY:
        value, top = min(value, hard), min(top, hard)
    resource.setrlimit(limit, (value, top))


def _open_files_limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 20
