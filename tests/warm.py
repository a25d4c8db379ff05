"""Hosts, judges and zygotes that start within milliseconds: forked from what has imported them.

More than two hundred of these tests' processes import the whole runtime first, at 0.2 s of
computing each, and their zygotes boto3, at as much again. Here one process does (this file as a
script), and forks what ``launch`` and ``check`` ask ``Popen`` for. What is forked gets pipes, an
environment, a folder and a session of its own, as after an exec. Only its hash seed and its
addresses are those of the process it is forked from: tests that hold runs against one another want
it made anew between them (``repeated``).

Zygotes have a hash seed and addresses that never change. So theirs are forked from a process apart,
the nursery: within it one process for each set of boto3 clients, which does nothing but fork.
"""

from __future__ import annotations

import contextlib
import functools
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

from warmstart.runtime import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warmstart.runtime.trace import Trace

HOST, JUDGE = "warmstart.runtime.host", "warmstart.labs.judge"
HOSTING = "warmstart.runtime.hosting"
VALIDATE = "botocore.validate"
"""What the host imports once a scenario calls an operation."""
ZYGOTE = "warmstart.runtime.worker.zygote"
USERS = ("warmstart.runtime.launch", "warmstart.labs.check")
NURSERY = "nursery"


class Child:
    """A forked process, with as much of ``Popen`` as is used of one without pipes."""

    def __init__(self, life: socket.socket) -> None:
        """Take the socket on which it is told: its number, and then how it ended."""
        self.pid = int.from_bytes(life.recv(4), "big")
        if not self.pid:
            raise RuntimeError("The process that should have forked is gone.")
        self.returncode: int | None = None
        self._life = life

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


class Forked(Child):
    """One with pipes."""

    def __init__(self, life: socket.socket, pipes: list[int], text: bool) -> None:
        files: list[Any] = [os.fdopen(pipes[0], "wb"), *(os.fdopen(fd, "rb") for fd in pipes[1:])]
        if text:
            files = [io.TextIOWrapper(f, "utf-8", "backslashreplace") for f in files]
        self.stdin, self.stdout, self.stderr = files
        super().__init__(life)

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
        for descriptor in theirs[:3]:
            os.close(descriptor)
        return Forked(ours, [to_it, from_it, errors], options.get("text", False))

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
            self._control, theirs = pair()
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-P", __file__, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            self._started.append(process)
        return self._control


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a line of requests, each of which stays one, with its descriptors."""
    kind = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_STREAM
    return socket.socketpair(socket.AF_UNIX, kind)


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


def serve(control: socket.socket, act: Callable[[dict[str, Any], list[int]], NoReturn]) -> None:
    """Fork whatever is asked for, and tell how each process ended, until nobody can ask.

    ``act`` is called in the child with the request and its descriptors, but for the last one: on
    that is told what becomes of the child.
    """
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
                act(json.loads(request), descriptors[:-1])
            for descriptor in descriptors[:-1]:
                os.close(descriptor)
            lives[pid] = socket.socket(fileno=descriptors[-1])
            with contextlib.suppress(OSError):
                lives[pid].send(pid.to_bytes(4, "big"))


def reap(lives: dict[int, socket.socket]) -> None:
    while lives:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with lives.pop(pid) as life, contextlib.suppress(OSError):  # nobody waits for it any more
            life.send(status.to_bytes(4, "big"))


def begin(kept: list[int]) -> None:
    """Be a process of one's own: of all descriptors above the standard ones, keep these."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for descriptor in range(3, 256):
        if descriptor not in kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def end_with(work: Callable[[], int | None]) -> NoReturn:
    """Do what a process is there for, and end it."""
    status = 1
    try:
        status = work() or 0
        sys.stdout.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def become(nursery: int | None, request: dict[str, Any], pipes: list[int]) -> NoReturn:
    """Be the host or judge that was asked for, and end as it."""

    def work() -> int | None:
        os.setsid()
        for standard, pipe in enumerate(pipes):
            os.dup2(pipe, standard)
        begin([] if nursery is None else [nursery])
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv[1:] = request["arguments"]
        if nursery is not None:
            popen = functools.partial(popen_zygote, socket.socket(fileno=nursery))
            sys.modules[spawn.__name__].subprocess = types.SimpleNamespace(  # type: ignore[attr-defined]
                **{**vars(subprocess), "Popen": popen}
            )
        status: int | None = sys.modules[request["module"]].main()
        return status

    end_with(work)


def popen_zygote(
    nursery: socket.socket, arguments: list[str], **options: Any
) -> Child | subprocess.Popen[bytes]:
    """Let the nursery fork a zygote; one that finds its programs elsewhere is executed."""
    *python, module, control, clients = arguments
    if python != [sys.executable, "-P", "-m"] or module != ZYGOTE or options["env"] != SAME:
        return subprocess.Popen(arguments, **options)
    ours, life = socket.socketpair()
    request = json.dumps({"clients": clients, "folder": str(Path.cwd())}).encode()
    with life:
        socket.send_fds(nursery, [request], [int(control), 2, life.fileno()])
    return Child(ours)


def start_nursery() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the nursery, and return it with the line on which to ask it."""
    ours, theirs = pair()
    spawn.fix_addresses()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(theirs.fileno()), NURSERY],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=SAME,
        )
    return process, ours


def nurse(control: socket.socket) -> None:
    """Hand each request to the process that has its clients; that is forked when first wanted."""
    zygote = importlib.import_module(ZYGOTE)
    broods: dict[str, socket.socket] = {}
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 4)
        if not request:
            break
        clients = json.loads(request)["clients"]
        if clients not in broods:
            broods[clients], theirs = pair()
            if os.fork() == 0:

                def work(theirs: socket.socket = theirs, clients: str = clients) -> None:
                    begin([theirs.fileno()])
                    zygote.prepare([name for name in clients.split(",") if name])
                    breed(theirs, zygote)

                end_with(work)
            theirs.close()
        socket.send_fds(broods[clients], [request], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
    for brood in broods.values():
        brood.close()
        os.wait()


def breed(asked: socket.socket, zygote: Any) -> None:
    """Fork zygotes that are all alike.

    So this does one thing after another, and the same each time: what lies where in its memory must
    not depend on how soon a zygote ends. Each has a process of its own that waits for that.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, 1 << 16, 3)
        if not request:
            break
        if os.fork() == 0:
            mind(zygote, json.loads(request)["folder"], *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
    with contextlib.suppress(ChildProcessError):
        os.wait()  # for all of them


def mind(zygote: Any, folder: str, control: int, errors: int, life: int) -> NoReturn:
    """Fork a zygote, and tell how it ended; the host's standard error is its own."""

    def be() -> None:
        os.dup2(errors, 2)
        begin([control])
        os.chdir(folder)
        zygote.detach()
        zygote.serve(socket.socket(fileno=control))

    def wait() -> None:
        os.close(control)
        with socket.socket(fileno=life) as line, contextlib.suppress(OSError):  # nobody waits
            line.send(pid.to_bytes(4, "big"))
            line.send(os.waitpid(pid, 0)[1].to_bytes(4, "big"))

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    end_with(wait if pid else be)


if __name__ == "__main__":
    SAME = spawn.environment()
    asking = socket.socket(fileno=int(sys.argv[1]))
    if sys.argv[2:] == [NURSERY]:
        nurse(asking)
    else:
        nursery, line = start_nursery() if sys.platform == "linux" else (None, None)
        for module in (HOST, HOSTING, JUDGE, VALIDATE):
            importlib.import_module(module)
        gc.collect()
        gc.freeze()
        serve(asking, functools.partial(become, line and line.fileno()))
        if nursery is not None and line is not None:
            line.close()
            nursery.wait()
