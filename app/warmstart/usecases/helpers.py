"""Reading many notes at once: processes beside this one take a part of the work.

Python computes on one core at a time. A large import therefore starts a few more interpreters, and
hands all of them, itself included, notes by the batch until none is left. What is read is bounded:
one batch a process is under way at any time. Nothing depends on the helpers: a batch that one of
them loses is read here, and an import that is killed closes their pipes, which ends them.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from warmstart import __version__
from warmstart.usecases.content import Job, Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tell = Callable[[int, Job], object]

WORTHWHILE: Final = 4_000_000
"""Bytes of notes from which helpers are started: to start one takes as long as to read 2 MB."""
_BATCH: Final = 50
_MOST: Final = 3
"""Helpers, at most: a process takes some 35 MB, and writing to the store is one process's work."""


def outcomes(jobs: Sequence[Job], tell: Tell) -> list[Outcome]:
    """Do these jobs and return what came of each, in their order.

    ``tell`` hears, before each note that is read in this process, how many are done, and which.
    """
    return _Work(jobs, tell).run(helpers=_spare_cores() if _size(jobs) >= WORTHWHILE else 0)


class _Work:
    """Batches of jobs, and the outcomes of those that are done."""

    def __init__(self, jobs: Sequence[Job], tell: Tell) -> None:
        self.batches = [jobs[at : at + _BATCH] for at in range(0, len(jobs), _BATCH)]
        self.waiting = deque(range(len(self.batches)))
        self.done: dict[int, list[Outcome]] = {}
        self.tell = tell

    def run(self, *, helpers: int) -> list[Outcome]:
        processes = [process for _ in range(helpers) if (process := _start()) is not None]
        threads = [threading.Thread(target=self._share, args=(p,), daemon=True) for p in processes]
        try:
            for thread in threads:
                thread.start()
            self._work()
            for thread in threads:
                thread.join()
            self._work()  # what a helper has lost
        finally:
            for process in processes:
                process.kill()
            for thread in filter(threading.Thread.is_alive, threads):
                thread.join()  # its pipe has ended
            for process in processes:
                _close(process)
        return list(chain.from_iterable(self.done[n] for n in range(len(self.batches))))

    def _work(self) -> None:
        while self.waiting:
            try:
                n = self.waiting.popleft()
            except IndexError:  # a helper was faster
                return
            before = sum(map(len, list(self.done.values())))
            found: list[Outcome] = []
            for job in self.batches[n]:
                self.tell(before + len(found), job)
                found.append(outcome_of(job))
            self.done[n] = found

    def _share(self, process: subprocess.Popen[bytes]) -> None:
        """Hand a helper batch after batch."""
        assert process.stdin is not None
        assert process.stdout is not None
        while self.waiting:
            try:
                n = self.waiting.popleft()
            except IndexError:
                return
            try:
                _send(self.batches[n], process.stdin)
                self.done[n] = pickle.load(process.stdout)  # noqa: S301 our own process wrote it
            except Exception:  # noqa: BLE001 whatever is wrong with it, the work goes on here
                self.waiting.appendleft(n)
                return


def _size(jobs: Sequence[Job]) -> int:
    return sum(job.source.stamp[0] for job in jobs)


def _spare_cores() -> int:
    """Return how many helpers there is a core for, beside this process's own."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(_MOST, (cores or 1) - 1)


def _start() -> subprocess.Popen[bytes] | None:
    """Start a helper in a session of its own, so that Ctrl-C is for this process to handle."""
    try:
        return subprocess.Popen(  # noqa: S603 this very interpreter
            [sys.executable, "-P", "-m", __name__, __version__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes of a helper that has ended, or is about to."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what it has not read any more
                pipe.close()
    process.wait()


def _send(values: object, pipe: Any) -> None:
    pickle.dump(values, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def main() -> None:
    """Do the batches that come in, until the pipe is closed."""
    if sys.argv[1:] != [__version__]:
        return  # another version has been installed meanwhile
    gc.disable()  # as in the import itself
    with suppress(EOFError, BrokenPipeError):
        while True:
            jobs = pickle.load(sys.stdin.buffer)  # noqa: S301 the process that started this one
            _send([outcome_of(job) for job in jobs], sys.stdout.buffer)


if __name__ == "__main__":
    main()
