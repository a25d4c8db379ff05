"""Time and randomness that come from the run, so that a handler does the same every time.

``datetime``, ``time.time`` and the like go through time-machine, which patches the C functions
themselves: ``isinstance`` holds, and so does a name bound by ``from time import time``. It leaves
``sleep`` and the monotonic clocks alone; those are replaced as attributes of ``time``, before any
code of the handler is imported.

Time stands still while a handler computes. Yet each look at a clock takes a microsecond, so that
two of them differ and a loop that waits by looking at the clock ends, after the right time. No
sleep is shorter than such a look, so that a loop of sleeps gets somewhere, too. What passes while
a service answers, its answer tells.
"""

from __future__ import annotations

import http.client
import os
import random
import selectors
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from warmstart.runtime.worker.protocol import NOW_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.worker.link import Link

_READ_NS = 1_000
_SYNC_NS = 1_000_000
"""How far the clock may run ahead of the run's before the run follows."""

_MONOTONIC_START_NS = 1_000_000_000_000
"""Monotonic clocks start anywhere but at 0, which code tends to read as "never"."""


class Clock:
    """The handler's clocks: nanoseconds since the run's start, advanced by the host's messages."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._epoch_ns = 0
        self._synced = 0
        self._now = 0
        link.on_now = self.catch_up

    def begin(self, epoch_us: int) -> None:
        """Learn when the run's time began: microseconds since 1970."""
        self._epoch_ns = epoch_us * 1_000

    def catch_up(self, now_us: int) -> None:
        """Hear the run's time."""
        self._synced = now_us * 1_000
        self._now = max(self._now, self._synced)

    def now_ns(self) -> int:
        """Look at the clock."""
        self._now += _READ_NS
        if self._now - self._synced >= _SYNC_NS and self._link.in_main_thread():
            self._link.sleep((self._now - self._synced) // 1_000)
        return self._now

    def wall_ns(self) -> int:
        """Return nanoseconds since 1970."""
        return self._epoch_ns + self.now_ns()

    def monotonic_ns(self) -> int:
        """Return nanoseconds since an arbitrary moment."""
        return _MONOTONIC_START_NS + self.now_ns()

    def sleep(self, seconds: float, /) -> None:
        """Replace ``time.sleep``: takes virtual time and no real time."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if self._link.in_main_thread():
            self._link.sleep(max(_READ_NS // 1_000, round(seconds * 1_000_000)))
        else:
            _real_sleep(seconds)


_real_sleep = time.sleep


def install(link: Link) -> Clock:
    """Put the run's time and randomness in the place of the process's.

    Neither is known yet: ``Clock.begin`` tells of the one, ``seed`` of the other.
    """
    _install_randomness()
    clock = Clock(link)
    _install_clock(clock)
    return clock


def _install_clock(clock: Clock) -> None:
    import time_machine

    traveller: Any = time_machine.travel(datetime(1970, 1, 1, tzinfo=UTC), tick=False).start()
    traveller.time_ns = clock.wall_ns

    def seconds() -> float:
        return clock.monotonic_ns() / 1_000_000_000

    clocks: dict[str, Callable[..., Any]] = {"sleep": clock.sleep}
    # Of what shows a time and takes now's where it is given none, time-machine leaves these alone.
    show, show_parts = time.ctime, time.asctime
    clocks["ctime"] = lambda at=None, /: show(time.time() if at is None else at)
    clocks["asctime"] = lambda *at: show_parts(*(at or (time.localtime(),)))
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        clocks |= {name: seconds, f"{name}_ns": clock.monotonic_ns}
    for name, function in clocks.items():
        setattr(time, name, function)
    _install_selector(clock)
    _install_answers(clock)


def _install_selector(clock: Clock) -> None:
    """Let an event loop in a handler sleep in virtual time: its timers expire in its selector."""

    class VirtualSelector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is None:
                return super().select(None)
            ready = super().select(0)
            if not ready and timeout > 0:
                clock.sleep(timeout)
                ready = super().select(0)
            return ready

    setattr(selectors, "DefaultSelector", VirtualSelector)  # noqa: B010 - mypy: not a type


def _install_answers(clock: Clock) -> None:
    """Take the time out of the endpoint's answers, where the handler does not see it."""
    begin = http.client.HTTPResponse.begin

    def begin_and_catch_up(self: http.client.HTTPResponse) -> None:
        begin(self)
        now = self.headers[NOW_HEADER]
        if now is not None:
            del self.headers[NOW_HEADER]
            clock.catch_up(int(now))

    setattr(http.client.HTTPResponse, "begin", begin_and_catch_up)  # noqa: B010 - mypy: no variable


_source = random.Random(0)
_seed = random.Random.seed


def _install_randomness() -> None:
    """Let everything that a handler can draw from draw from one source.

    ``secrets`` and ``uuid4`` draw from ``os.urandom``, and so does ``random.SystemRandom``, through
    a name of its own. An unseeded ``random.Random()`` would ask the kernel, so it is seeded too.
    """
    source = _source

    def urandom(size: int, /) -> bytes:
        return source.randbytes(size)

    def seed_from_source(self: random.Random, a: Any = None, version: int = 2) -> None:
        _seed(self, source.getrandbits(256) if a is None else a, version)

    for module, name, value in (
        (os, "urandom", urandom),
        (random, "_urandom", urandom),
        (random.Random, "seed", seed_from_source),
    ):
        setattr(module, name, value)


def seed(entropy: str) -> None:
    """Seed all that a handler can draw from: ``random``, ``os.urandom``, ``secrets``, ``uuid``."""
    _seed(_source, entropy)
    node = _source.getrandbits(48) | (1 << 40)
    setattr(uuid, "getnode", lambda: node)  # noqa: B010 - mypy: a function is no variable
    random.seed(_source.getrandbits(256))


def reseed(entropy: str) -> None:
    """Give an environment restored from a snapshot entropy of its own, as Lambda's kernel does.

    What has drawn from it before stays as it was (``random``'s own generator): that is what
    AWS warns of (snapstart-uniqueness).
    """
    _seed(_source, entropy)
