"""Hosts and judges that start within a millisecond: forked from a process that has imported them.

More than two hundred of these tests' processes import the whole runtime first, at 0.2 s of
computing each. Here one process does (this file as a script), and forks what ``launch`` and
``check`` ask ``Popen`` for. What is forked gets pipes, an environment, a folder and a session of its
own, as after an exec, and what it starts itself, the zygote among it, is started as ever. Only its
hash seed and its addresses are those of the process it is forked from: tests that hold runs against
one another want it made anew between them (``repeated``).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warmstart.runtime.trace import Trace

HOST, JUDGE = "warmstart.runtime.host", "warmstart.labs.judge"
HOSTING = "warmstart.runtime.hosting"
USERS = ("warmstart.runtime.launch", "warmstart.labs.check")


class Forked:
    """A forked process, with as much of ``Popen`` as its users use."""

    def __init__(self, pid: int, life: socket.socket, pipes: list[int], text: bool) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._life = life
        files: list[Any] = [os.fdopen(pipes[0], "wb"), *(os.fdopen(fd, "rb") for fd in pipes[1:])]
        if text:
            files = [io.TextIOWrapper(f, "utf-8", "backslashreplace") for f in files]
        self.stdin, self.stdout, self.stderr = files

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._life], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0)
            self.returncode = os.waitstatus_to_exitcode(int.from_bytes(self._life.recv(4), "big"))
            self._life.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        # Like Popen, never to a process that has been waited for: its number may be another's.
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            self.wait(0)
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self.stdin, self.stdout, self.stderr):
            file.close()
        self.wait()


class Warm:
    """The process that forks; started when it is first wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._started: list[subprocess.Popen[bytes]] = []

    def popen(self, arguments: list[str], **options: Any) -> Forked | subprocess.Popen[Any]:
        """Fork what can be forked; a host with arguments is looked for by them, and executed."""
        python, module, rest = arguments[:3], arguments[3], arguments[4:]
        known = module == JUDGE or (module == HOST and not rest)
        if python != [sys.executable, "-P", "-m"] or not known:
            return subprocess.Popen(arguments, **options)
        (stdin, to_it), (from_it, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
        ours, life = socket.socketpair()
        request = {
            "module": module,
            "arguments": rest,
            "environment": options.get("env", dict(os.environ)),
            "folder": str(Path.cwd()),
        }
        theirs = [stdin, stdout, stderr, life.fileno()]
        with self._lock, life:
            control = self._start()
            socket.send_fds(control, [json.dumps(request).encode()], theirs)
            pid = int(control.recv(32))
        for descriptor in theirs[:3]:
            os.close(descriptor)
        return Forked(pid, ours, [to_it, from_it, errors], options.get("text", False))

    def renew(self) -> None:
        """Let what is forked from now on have another hash seed and other addresses."""
        with self._lock:
            if self._control is not None:
                self._control.close()
                self._control = None

    def close(self) -> None:
        """End the process, and wait for it."""
        self.renew()
        for process in self._started:
            process.wait()

    def _start(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-P", __file__, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._started.append(process)
        return self._control


@contextlib.contextmanager
def processes() -> Iterator[Warm]:
    """Within it, hosts and judges are forked."""
    warm = Warm()
    names = types.SimpleNamespace(**{**vars(subprocess), "Popen": warm.popen})
    modules = [importlib.import_module(name) for name in USERS]
    for module in modules:
        module.subprocess = names  # type: ignore[attr-defined]
    yield warm
    for module in modules:
        module.subprocess = subprocess  # type: ignore[attr-defined]
    warm.close()


def repeated(run: Callable[[], Trace], times: int, warm: Warm | None) -> set[str]:
    """Return the traces that differ among those of so many runs: one, if they repeat.

    There are always twice as many under way as there are cores, so that they get in one another's
    way, and every ten have a hash seed of their own.
    """
    found = set()
    with ThreadPoolExecutor(2 * (os.cpu_count() or 2)) as pool:
        for first in range(0, times, 10):
            if warm is not None:
                warm.renew()
            found |= set(pool.map(lambda _: run().to_jsonl(), range(first, min(first + 10, times))))
    return found


def serve(control: socket.socket) -> None:
    """Fork whatever is asked for, and tell how each process ended, until nobody can ask."""
    ended, write = os.pipe()
    os.set_blocking(write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    lives: dict[int, socket.socket] = {}
    asked = [control]
    while asked or lives:
        ready, _, _ = select.select([*asked, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            reap(lives)
        if control in ready:
            request, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 4)
            if not request:
                asked = []
                continue
            pid = os.fork()
            if pid == 0:
                become(json.loads(request), descriptors[:3])
            for descriptor in descriptors[:3]:
                os.close(descriptor)
            lives[pid] = socket.socket(fileno=descriptors[3])
            control.send(str(pid).encode())


def reap(lives: dict[int, socket.socket]) -> None:
    while lives:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with lives.pop(pid) as life, contextlib.suppress(OSError):  # nobody waits for it any more
            life.send(status.to_bytes(4, "big"))


def become(request: dict[str, Any], pipes: list[int]) -> NoReturn:
    """Be the process that was asked for, and end as it."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for standard, pipe in enumerate(pipes):
            os.dup2(pipe, standard)
        os.closerange(3, 256)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv[1:] = request["arguments"]
        status = sys.modules[request["module"]].main() or 0
        sys.stdout.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


if __name__ == "__main__":
    for module in (HOST, HOSTING, JUDGE):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
