"""Two runs compared in words, and what a call is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.conftest import TraceMaker
from warmstart.labs.anatomy import REST, WAIT, calls
from warmstart.labs.differences import differences
from warmstart.runtime.trace import ApiCalled, CpuCharged, MessageMoved

if TYPE_CHECKING:
    from warmstart.runtime.trace import Phase, Trace

S = 1_000_000
MS = 1_000


def charge(at: int, request: str, took: int, phase: Phase, name: str = "lib.part") -> CpuCharged:
    return CpuCharged(at, "Fn/1", request, phase, "import", name, took, took)


def said(before: Trace, after: Trace) -> list[str]:
    return [found.sentence for found in differences(before, after)]


class TestCalls:
    def test_the_parts_add_up_to_the_latency(self, maker: TraceMaker) -> None:
        request = maker.call(0, 300 * MS, init=500 * MS)
        maker.events += [
            charge(0, request, 400 * MS, "init"),
            charge(0, request, 60 * MS, "init", "lib.other"),
            charge(500 * MS, request, 100 * MS, "invoke", "json"),
            ApiCalled(700 * MS, "Fn/1", request, request, "sqs", "SendMessage", 8 * MS, 200, None),
        ]
        (call,) = calls(maker.trace()).values()
        assert (call.cold, call.latency) == (True, 800 * MS)
        assert call.parts == {
            "the import of lib in INIT": 460 * MS,
            "the import of json": 100 * MS,
            "sqs:SendMessage": 8 * MS,
            REST: 192 * MS,
            WAIT: 40 * MS,
        }
        assert sum(call.parts.values()) == call.latency


class TestDifferences:
    def test_an_import_that_moved(self) -> None:
        """The slowest call's own parts say why the percentiles differ, once for both of them."""
        traces = []
        for phase, took in (("init", 400 * MS), ("invoke", 100 * MS)):
            maker = TraceMaker()
            for number in range(3):
                init = 500 * MS if number == 0 else None
                request = maker.call(number * 10 * S, 100 * MS, init=init)
                if number == 0:
                    maker.events.append(charge(0, request, took, phase))
            if phase == "invoke":
                maker.events = [
                    event for event in maker.events if getattr(event, "request", "") != "r1"
                ]
                maker.call(0, 400 * MS)
            traces.append(maker.trace())
        assert said(traces[0], traces[0]) == []
        found = said(*traces)
        assert found[0] == ("Cold starts fell from 1 to 0.")
        assert (
            "p90 fell from 600 ms to 400 ms (by 33%), because the call there no longer spends 400 ms on the "
            "import of lib in INIT (it is in 0 of 3 calls, before in 1 of 3)."
        ) in found
        assert sum(sentence.startswith(("p90", "p99", "Slowest")) for sentence in found) == 1

    def test_more_at_once(self) -> None:
        one, two = TraceMaker(), TraceMaker()
        one.call(0, S, init=S)
        one.call(5 * S, S)
        for number in (1, 2):
            two.call(0, S, f"Fn/{number}", init=S)
        two.throttle(0)
        found = said(one.trace(), two.trace())
        assert (
            "Cold starts rose from 1 to 2, because up to 2 calls ran at the same time, 1 before."
            in found
        )
        assert (
            "Throttled calls rose from 0 to 1, because Fn (ConcurrentInvocationLimitExceeded) "
            "refused 1 call, 0 before."
        ) in found

    def test_failures_and_what_became_of_messages(self) -> None:
        one, two = TraceMaker(), TraceMaker()
        one.call(0, S, init=S)
        two.call(0, S, init=S, status="error")
        two.events.append(MessageMoved(3 * S, "Jobs", "m", "r", "Lost", "max-receives"))
        assert said(one.trace(), two.trace()) == [
            "Errors rose from 0 to 1, because Oops of Fn came 1 time, 0 before.",
            "Messages moved from Jobs to Lost: 1, before 0.",
        ]

    def test_a_small_difference_needs_no_cause(self) -> None:
        one, two = TraceMaker(), TraceMaker()
        one.call(0, 1_000 * MS, init=S)
        two.call(0, 1_020 * MS, init=S)
        assert said(one.trace(), two.trace())[0] == "p50 rose from 2,000 ms to 2,020 ms."

    def test_nothing_at_all(self, maker: TraceMaker) -> None:
        nothing = TraceMaker()
        maker.call(0, S, init=S)
        assert said(nothing.trace(), nothing.trace()) == []
        assert said(nothing.trace(), maker.trace())[0] == (
            "Invocations rose from 0 to 1, because Fn ran 1 time, 0 before."
        )
