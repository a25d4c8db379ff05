"""The virtual-time loop."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.runtime import clock

if TYPE_CHECKING:
    from collections.abc import Coroutine


def play(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=clock.VirtualTimeLoop) as runner:
        return runner.run(work)


class TestJumping:
    def test_a_day_takes_no_time(self) -> None:
        async def work() -> float:
            await asyncio.sleep(86_400)
            return asyncio.get_running_loop().time()

        started = time.monotonic()
        assert play(work()) == 86_400
        assert time.monotonic() - started < 5

    def test_timers_run_in_order_of_time(self) -> None:
        async def work() -> list[tuple[str, int]]:
            seen: list[tuple[str, int]] = []

            async def note(name: str, us: int) -> None:
                await clock.sleep_us(us)
                seen.append((name, clock.now_us()))

            await asyncio.gather(note("c", 30), note("a", 10), note("b", 20))
            return seen

        assert play(work()) == [("a", 10), ("b", 20), ("c", 30)]

    def test_timers_due_together_run_in_order_of_scheduling(self) -> None:
        """asyncio's heap alone gives ties in any order; 50 of them show it."""

        async def work() -> list[int]:
            loop, seen = asyncio.get_running_loop(), []
            for number in range(50):
                # The same microsecond, come upon in different ways.
                loop.call_at(0.3 if number % 2 else 0.1 + 0.2, seen.append, number)
            await asyncio.sleep(1)
            return seen

        assert play(work()) == list(range(50))

    def test_timeouts_are_virtual(self) -> None:
        async def work() -> int:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await asyncio.sleep(6)
            return clock.now_us()

        assert play(work()) == 5_000_000

    def test_microseconds_stay_exact_after_weeks(self) -> None:
        async def work() -> int:
            await asyncio.sleep(60 * 86_400)
            await clock.sleep_us(1)
            await clock.sleep_us(1)
            return clock.now_us()

        assert play(work()) == 60 * 86_400 * 1_000_000 + 2

    def test_waiting_for_nothing_is_an_error(self) -> None:
        loop = clock.VirtualTimeLoop()
        future = loop.create_future()
        with pytest.raises(RuntimeError, match="no timer is set"):
            loop.run_until_complete(future)
        loop.close()


class TestTurns:
    def test_time_stands_still_while_something_computes(self) -> None:
        async def work() -> tuple[int, list[int]]:
            loop = asyncio.get_running_loop()
            rung: list[int] = []
            loop.call_later(0.001, lambda: rung.append(clock.now_us()))
            read, write = os.pipe()
            arrived = asyncio.Event()
            loop.add_reader(read, arrived.set)
            loop.run_in_executor(None, lambda: (time.sleep(0.05), os.write(write, b"x")))
            async with clock.turn(5, lambda: None):
                await arrived.wait()
                during = clock.now_us()
                assert rung == []
            loop.remove_reader(read)
            os.close(read)
            os.close(write)
            await asyncio.sleep(1)
            async with clock.turn(5, lambda: None):  # The executor's thread ends outside, too.
                await loop.shutdown_default_executor()
            return during, rung

        assert play(work()) == (0, [1_000])

    def test_one_computes_at_a_time_first_come_first_served(self) -> None:
        async def work() -> list[str]:
            seen: list[str] = []

            async def compute(name: str) -> None:
                async with clock.turn(5, lambda: None):
                    seen.append(f"{name} begins")
                    await asyncio.sleep(0)
                    seen.append(f"{name} ends")

            await asyncio.gather(compute("a"), compute("b"))
            return seen

        assert play(work()) == ["a begins", "a ends", "b begins", "b ends"]

    def test_what_is_due_at_this_moment_is_done_before_something_computes(self) -> None:
        """Else it came before or after an answer, depending on how soon that comes."""

        async def work() -> list[str]:
            seen: list[str] = []

            async def other() -> None:
                await asyncio.sleep(0)
                asyncio.get_running_loop().call_later(0, seen.append, "other")

            task = asyncio.create_task(other())
            asyncio.get_running_loop().call_later(1e-6, seen.append, "later")
            async with clock.turn(5, lambda: None):
                seen.append("computes")
            await task
            await asyncio.sleep(1)
            return seen

        assert play(work()) == ["other", "computes", "later"]

    def test_one_who_gives_up_before_its_turn_begins_leaves_it_to_others(self) -> None:
        async def work() -> bool:
            async def compute() -> None:
                async with clock.turn(5, lambda: None):
                    pass

            due = asyncio.create_task(asyncio.sleep(0))
            task = asyncio.create_task(compute())
            asyncio.get_running_loop().call_soon(task.cancel)
            await asyncio.wait([due, task])
            await compute()
            return task.cancelled()

        assert play(work())

    def test_ready_callbacks_run_before_anyone_looks_at_sockets(self) -> None:
        """Else the speed of a worker would decide what comes first."""

        async def work() -> list[str]:
            loop, seen = asyncio.get_running_loop(), []
            read, write = os.pipe()
            os.write(write, b"x")
            arrived = asyncio.Event()

            def readable() -> None:
                seen.append("socket")
                loop.remove_reader(read)
                arrived.set()

            loop.add_reader(read, readable)
            async with clock.turn(5, lambda: None):
                for _ in range(20):
                    await asyncio.sleep(0)
                seen.append("callbacks")
                await arrived.wait()
            os.close(read)
            os.close(write)
            return seen

        assert play(work()) == ["callbacks", "socket"]

    @pytest.mark.parametrize("factory", [clock.VirtualTimeLoop, asyncio.SelectorEventLoop])
    def test_a_turn_that_takes_too_long_in_real_time_is_ended(self, factory: Any) -> None:
        async def work() -> bool:
            ended = asyncio.Event()
            async with clock.turn(0.02, ended.set):
                await ended.wait()
            return ended.is_set()

        with asyncio.Runner(loop_factory=factory) as runner:
            assert runner.run(work())
