"""Reading many notes at once: processes beside this one take a part of the work.

Python computes on one core at a time. A large import therefore starts a few more interpreters, and
hands them notes by the batch until none is left. This process takes what they have read, in order,
and reads a batch itself only where the next is not there yet: whatever it does with the notes comes
first, as nobody else can do it. Nothing depends on the helpers: a batch that one of them loses is
read here, and an import that is killed closes their pipes, which ends them.
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
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from warmstart import __version__
from warmstart.usecases.content import Job, Outcome, outcomes_of, packed, together, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    Tell = Callable[[int, Job], object]

WORTHWHILE: Final = 4_000_000
"""Bytes of notes from which helpers are started: to start one takes as long as to read 2 MB."""
_BATCH: Final = 40
_MOST: Final = 3
"""Helpers, at most: a process takes some 35 MB, and writing to the store is one process's work."""
_SIZE: Final = 8
"""Bytes that say how long a batch is."""
_PIPE: Final = 1 << 20
"""Bytes that a pipe is to hold, where the system lets us say so: a batch as it was read, so that a
helper goes on with the next while this process is busy."""


def outcomes(jobs: Sequence[Job], tell: Tell) -> Generator[Outcome, None, None]:
    """Do these jobs and yield what came of each, in their order; to be closed if left early.

    ``tell`` hears, before notes are read in this process, how many are done, and which is next.
    """
    return _Work(jobs, tell).run(helpers=_spare_cores() if _size(jobs) >= WORTHWHILE else 0)


class _Work:
    """Batches of jobs: those that nobody has taken yet, and those that helpers have done."""

    def __init__(self, jobs: Sequence[Job], tell: Tell) -> None:
        self.batches = [jobs[at : at + _BATCH] for at in range(0, len(jobs), _BATCH)]
        self.waiting = deque(range(len(self.batches)))
        self.arrived: SimpleQueue[tuple[int, bytes | None]] = SimpleQueue()
        """Batches as helpers have sent them; None for one that was lost."""
        self.read = 0
        self.tell = tell

    def run(self, *, helpers: int) -> Generator[Outcome, None, None]:
        processes = [process for _ in range(helpers) if (process := _start()) is not None]
        threads = [threading.Thread(target=self._share, args=(p,), daemon=True) for p in processes]
        done: dict[int, list[Outcome]] = {}
        try:
            for thread in threads:
                thread.start()
            for n in range(len(self.batches)):
                while n not in done:
                    at, found = self._next()
                    done[at] = found
                yield from done.pop(n)
        finally:
            for process in processes:
                process.kill()
            for thread in filter(threading.Thread.is_alive, threads):
                thread.join()  # its pipe has ended
            for process in processes:
                _close(process)

    def _next(self) -> tuple[int, list[Outcome]]:
        """Return a batch that a helper has read; if there is none, one that is read here."""
        try:
            n, sent = self.arrived.get_nowait()
        except Empty:
            taken = self._take()
            n, sent = self.arrived.get() if taken is None else (taken, None)
        if sent is None:
            return n, self._work(n)
        found = [unpacked(one) for one in pickle.loads(sent)]  # noqa: S301 our own process wrote it
        self.read += len(found)
        return n, found

    def _work(self, n: int) -> list[Outcome]:
        found: list[Outcome] = []
        for jobs in together(self.batches[n]):
            self.tell(self.read, jobs[0])
            found += outcomes_of(jobs)
            self.read += len(jobs)
        return found

    def _take(self) -> int | None:
        """Take a batch that nobody has taken yet."""
        try:
            return self.waiting.popleft()
        except IndexError:
            return None

    def _share(self, process: subprocess.Popen[bytes]) -> None:
        """Hand a helper batch after batch, the next before the last has come back."""
        this, after = self._take(), None
        try:
            self._hand(this, process)
            while this is not None:
                after = self._take()
                self._hand(after, process)
                self.arrived.put((this, _receive(process)))
                this, after = after, None
        except Exception:  # noqa: BLE001 whatever is wrong with it, the work goes on here
            for lost in (this, after):
                if lost is not None:
                    self.arrived.put((lost, None))

    def _hand(self, n: int | None, process: subprocess.Popen[bytes]) -> None:
        """Send a batch; nothing where there is no other."""
        assert process.stdin is not None
        pickle.dump([] if n is None else self.batches[n], process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()


def _size(jobs: Sequence[Job]) -> int:
    return sum(job.source.stamp[0] for job in jobs)


def _spare_cores() -> int:
    """Return how many helpers there is a core for, beside this process's own."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(_MOST, (cores or 1) - 1)


def _start() -> subprocess.Popen[bytes] | None:
    """Start a helper in a session of its own, so that Ctrl-C is for this process to handle."""
    for size in (_PIPE, -1):  # a system may grant nobody, or nobody else, so large a pipe
        with suppress(OSError):
            return subprocess.Popen(  # noqa: S603 this very interpreter
                [sys.executable, "-P", "-m", __name__, __version__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pipesize=size,
            )
    return None


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes of a helper that has ended, or is about to."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what it has not read any more
                pipe.close()
    process.wait()


def _receive(process: subprocess.Popen[bytes]) -> bytes:
    """Return the next batch as the helper has sent it."""
    assert process.stdout is not None
    size = int.from_bytes(process.stdout.read(_SIZE), "big")
    sent = process.stdout.read(size)
    if not size or len(sent) < size:
        raise EOFError
    return sent


def main() -> None:
    """Do the batches that come in, until an empty one comes or the pipe is closed.

    The next is taken from its pipe before the last is given back: neither side can then wait for
    the other, however little a pipe holds.
    """
    if sys.argv[1:] != [__version__]:
        return  # another version has been installed meanwhile
    gc.disable()  # as in the import itself
    with suppress(EOFError, BrokenPipeError):
        jobs = _jobs()
        while jobs:
            done = [packed(one) for some in together(jobs) for one in outcomes_of(some)]
            jobs = _jobs()
            said = pickle.dumps(done, pickle.HIGHEST_PROTOCOL)
            sys.stdout.buffer.write(len(said).to_bytes(_SIZE, "big") + said)
            sys.stdout.buffer.flush()


def _jobs() -> list[Job]:
    jobs: list[Job] = pickle.load(sys.stdin.buffer)  # noqa: S301 the process that started this one
    return jobs


if __name__ == "__main__":
    main()
