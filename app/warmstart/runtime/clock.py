"""Virtual time: an event loop whose clock jumps to the next timer when nothing runs outside it.

Everything in the runtime is ordinary asyncio, ``await asyncio.sleep(delay)`` and ``loop.time()``;
this loop is what makes it a simulator. On asyncio's own loop the same code runs in real time.

Three rules make a run depend on its inputs alone:

* While callbacks are ready, they run, and nobody looks at file descriptors: how far a worker has
  got meanwhile can then not decide what runs first.
* While something outside computes (``turn``), time stands still and the loop waits for it, without
  end. One at a time: turns are taken in the order they were asked for.
* Otherwise time jumps to the next timer. Timers due at the same microsecond run in the order in
  which they were scheduled.

The clock counts whole microseconds from 0, in a float; ``MAX_SECONDS`` bounds a run of a lab.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import selectors
import time
from typing import TYPE_CHECKING, Protocol, TypeVarTuple

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import AsyncIterator, Callable
    from contextvars import Context

    _Ts = TypeVarTuple("_Ts")

MAX_SECONDS = 90 * 24 * 3600
"""How long a run of a lab may go on; single executions of state machines may take longer."""

_SWEEP_FROM = 1_000
_POLL_EVERY = 1024
"""Jumps between two looks at the file descriptors, so that a long run can be cancelled."""


def is_virtual() -> bool:
    """Return whether the running loop's time is virtual."""
    return isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


def now_us() -> int:
    """Return the running loop's time in whole microseconds."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualTimeLoop):
        return loop.micros
    return round(loop.time() * 1_000_000)


async def sleep_us(duration: int) -> None:
    """Sleep for so many microseconds of the running loop's time."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualTimeLoop) and duration > 0:
        await loop.sleep(duration)
    else:
        await asyncio.sleep(duration / 1_000_000)


class _Timers:
    """What is to be called when, in whole microseconds; what is due together, in order.

    asyncio's own heap compares timers in Python, and does not promise the order of ties. A heap of
    whole numbers, and a list for each, costs a third of that, and keeps it.
    """

    def __init__(self) -> None:
        self._times: list[int] = []
        self._at: dict[int, list[asyncio.TimerHandle]] = {}
        self._count = 0
        self._cancelled = 0

    def add(self, at: int, handle: asyncio.TimerHandle) -> None:
        self._count += 1
        if (there := self._at.get(at)) is not None:
            there.append(handle)
        else:
            self._at[at] = [handle]
            heapq.heappush(self._times, at)

    def are_due(self, now: int) -> bool:
        """Return whether any is due, one that was cancelled included."""
        return bool(self._times) and self._times[0] <= now

    def note_cancelled(self) -> None:
        """Sweep when there are more cancelled ones than others: they may be due in a long time."""
        self._cancelled += 1
        if self._cancelled > _SWEEP_FROM and self._cancelled * 2 > self._count:
            for at, handles in list(self._at.items()):
                kept = [handle for handle in handles if not handle.cancelled()]
                if kept:
                    self._at[at] = kept
                else:
                    del self._at[at]
            self._times = list(self._at)
            heapq.heapify(self._times)
            self._count = sum(map(len, self._at.values()))
            self._cancelled = 0

    def take(self, until: int | None = None) -> tuple[int, list[asyncio.TimerHandle]] | None:
        """Take those that are due first, not after ``until``; None where there are none."""
        times = self._times
        while times and (until is None or times[0] <= until):
            at = heapq.heappop(times)
            handles = self._at.pop(at)
            live = [handle for handle in handles if not handle.cancelled()]
            self._count -= len(handles)
            self._cancelled -= len(handles) - len(live)
            if live:
                return at, live
        return None


class _VirtualSelector(selectors.DefaultSelector):
    """A selector that answers "wait until then" by setting the clock, not by waiting."""

    def __init__(self, run: Callable[[asyncio.TimerHandle], None]) -> None:
        super().__init__()
        self.now = 0.0
        self.micros = 0
        self.outside = 0
        self.timers = _Timers()
        self._run = run
        self._jumps = 0
        self._alarms: list[_Alarm] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._release(self.micros) or (timeout is not None and timeout <= 0):
            return []
        if self.outside:
            return self._wait()
        if not self._release(None):
            raise RuntimeError("Virtual time cannot go on: no timer is set and nothing computes.")
        self._jumps += 1
        return [] if self._jumps % _POLL_EVERY else super().select(0)

    def _release(self, until: int | None) -> bool:
        """Let run what is due first, and set the clock to then; return whether there is any."""
        taken = self.timers.take(until)
        if taken is None:
            return False
        at, handles = taken
        if at > self.micros:
            self.micros = at
            self.now = at / 1_000_000
        for handle in handles:
            self._run(handle)
        return True

    def set_alarm(self, limit: float, callback: Callable[[], None]) -> _Alarm:
        alarm = _Alarm(self._alarms, limit, callback)
        self._alarms.append(alarm)
        return alarm

    def _wait(self) -> list[tuple[selectors.SelectorKey, int]]:
        if not self._alarms:
            return super().select(None)
        first = min(self._alarms, key=lambda alarm: alarm.due)
        events = super().select(max(0.0, first.due - time.monotonic()))
        # Also when there are events: what never stops sending must not hold its own limit up.
        if time.monotonic() >= first.due:
            first.cancel()
            first.callback()
        return events


class _Alarm:
    """Something to do after so long in real time."""

    __slots__ = ("_among", "callback", "due")

    def __init__(self, among: list[_Alarm], limit: float, callback: Callable[[], None]) -> None:
        self._among = among
        self.due = time.monotonic() + limit
        self.callback = callback

    def cancel(self) -> None:
        if self in self._among:
            self._among.remove(self)


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio event loop in virtual time; see the module's docstring for its rules.

    >>> loop = VirtualTimeLoop()
    >>> loop.run_until_complete(asyncio.sleep(3600))  # takes no time
    >>> loop.time()
    3600.0
    >>> loop.close()
    """

    def __init__(self) -> None:
        self._virtual = _VirtualSelector(self._add_callback)  # type: ignore[attr-defined]
        super().__init__(self._virtual)
        # Timers lie on whole microseconds: what is due within half a one is due now. asyncio's own
        # slack of 1 ns is less than a float can tell apart after 97 days.
        self._clock_resolution = 5e-7
        self._turns = asyncio.Lock()

    def time(self) -> float:
        """Return the seconds of virtual time since the loop was made."""
        return self._virtual.now

    @property
    def micros(self) -> int:
        """The same in whole microseconds."""
        return self._virtual.micros

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Schedule ``callback`` for ``when``, rounded to a microsecond; ties keep their order."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._virtual.timers.add(round(when * 1_000_000), handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Schedule ``callback`` for so many seconds from now."""
        return self.call_at(self._virtual.now + delay, callback, *args, context=context)

    async def sleep(self, duration: int) -> None:
        """Sleep for so many microseconds, 1 or more.

        As ``asyncio.sleep``, but that cancels its timer also when it has gone off.
        """
        future: asyncio.Future[None] = self.create_future()
        handle = asyncio.TimerHandle(0, _wake, (future,), self)
        self._virtual.timers.add(self._virtual.micros + duration, handle)
        try:
            await future
        except BaseException:
            handle.cancel()
            raise

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Hear from a timer that it was cancelled (asyncio's own way of telling)."""
        del handle
        self._virtual.timers.note_cancelled()

    def alarm(self, limit: float, callback: Callable[[], None]) -> _Alarm:
        """See the function ``alarm``."""
        return self._virtual.set_alarm(limit, callback)

    async def begin_turn(self) -> None:
        """Wait until nothing else computes outside; then time stands still until ``end_turn``.

        What else is to be done at this moment is done first: how soon an answer comes from outside
        must not decide what runs before it.
        """
        await self._turns.acquire()
        self._virtual.outside += 1
        try:
            while self._others_due():  # noqa: ASYNC110 - there is no event for that
                await asyncio.sleep(0)
        except BaseException:
            self.end_turn()
            raise

    def _others_due(self) -> bool:
        ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]  # asyncio's own
        return bool(ready) or self._virtual.timers.are_due(self._virtual.micros)

    def end_turn(self) -> None:
        """End what ``begin_turn`` began."""
        self._virtual.outside -= 1
        self._turns.release()


class RealTimeLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop; only that its time, too, begins at 0, when the run does."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        super().__init__()

    def time(self) -> float:
        """Return the seconds of real time since the loop was made."""
        return super().time() - self._begun


class Cancellable(Protocol):
    """What ``alarm`` returns."""

    def cancel(self) -> None:
        """Do not call; without effect afterwards."""


def alarm(limit: float, callback: Callable[[], None]) -> Cancellable:
    """Call ``callback`` after ``limit`` seconds of real time, if something computes just then."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualTimeLoop):
        return loop.alarm(limit, callback)
    return loop.call_later(limit, callback)


class Turn:
    """What one computes within: held, or laid down for a while because its holder waits."""

    def __init__(self, limit: float, on_limit: Callable[[], None]) -> None:
        self.left = limit
        """Seconds of real time that are left to compute in."""
        self._on_limit = on_limit
        self._loop = _virtual_loop()
        self._alarm: Cancellable | None = None
        self._since = 0.0
        self._waiting = 0
        self._over = False

    async def begin(self) -> None:
        """Wait for one's turn, and take it."""
        if self._loop is not None:
            await self._loop.begin_turn()
        self._hold()

    def end(self) -> None:
        """Give it up for good."""
        self._over = True
        if self._alarm is not None:
            self._release()

    @contextlib.asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Lay the turn down while its holder waits for an answer of ours: time may go on.

        The answer is to be written within the turn again, so after the block. Several may wait at
        once (threads of one process); the turn is down while any of them does.
        """
        self._waiting += 1
        if self._waiting == 1 and self._alarm is not None:
            self._release()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                await self._take_up()

    async def _take_up(self) -> None:
        """Take the turn again, unless its holder is gone, or goes while this waits for it."""
        if self._over:
            return
        if self._loop is not None:
            await self._loop.begin_turn()
        if not self._is_over():
            self._hold()
        elif self._loop is not None:
            self._loop.end_turn()

    def _is_over(self) -> bool:
        return self._over

    def _hold(self) -> None:
        self._since = time.monotonic()
        set_alarm = alarm if self._loop is None else self._loop.alarm
        self._alarm = set_alarm(max(0.0, self.left), self._on_limit)

    def _release(self) -> None:
        assert self._alarm is not None
        self._alarm.cancel()
        self._alarm = None
        self.left -= time.monotonic() - self._since
        if self._loop is not None:
            self._loop.end_turn()


def _virtual_loop() -> VirtualTimeLoop | None:
    loop = asyncio.get_running_loop()
    return loop if isinstance(loop, VirtualTimeLoop) else None


@contextlib.asynccontextmanager
async def turn(limit: float, on_limit: Callable[[], None]) -> AsyncIterator[Turn]:
    """Within it something outside the loop computes; in virtual time alone, and time stands still.

    ``on_limit`` is called if it takes longer than ``limit`` seconds of real time, waits left out.
    It should end what computes (kill the process), so that whoever waits within the turn gets to
    know.
    """
    own = Turn(limit, on_limit)
    await own.begin()
    try:
        yield own
    finally:
        own.end()
