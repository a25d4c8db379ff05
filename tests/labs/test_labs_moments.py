"""The moments worth stopping at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warmstart.labs.moments import MomentFinder, describe, moments
from warmstart.runtime.trace import EventRetried, ExecutionEvent, MessageMoved

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker

S = 1_000_000


class TestMoments:
    def test_cold_starts_failures_and_ends(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        maker.call(5 * S, S, status="timeout")
        maker.reset(6 * S)
        maker.init(7 * S, S, phase="invoke", status="error")
        maker.throttle(9 * S)
        maker.reject(10 * S)
        maker.shutdown(11 * S)
        assert [(moment.at, moment.text) for moment in moments(maker.trace())] == [
            (0, "cold start of Fn/1"),
            (6 * S, "Fn/1 ended with timeout"),
            (7 * S, "INIT runs again in Fn/1"),
            (8 * S, "INIT of Fn/1 failed (error)"),
            (9 * S, "Fn is throttled"),
            (10 * S, "a request to Fn is refused"),
            (11 * S, "Fn/1 is shut down, idle"),
        ]

    def test_a_burst_is_one_moment(self, maker: TraceMaker) -> None:
        for number in range(1, 5):
            maker.call(25 * S, S, f"Fn/{number}", init=S)
        (moment,) = moments(maker.trace())
        assert describe(moment) == "25s: cold start of Fn/1 and 3 more"

    def test_two_things_at_once(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        maker.throttle(0)
        (moment,) = moments(maker.trace())
        assert moment.text == "cold start of Fn/1 and Fn is throttled"
        assert moment.kinds == {"cold", "throttle"}

    def test_a_plain_run_has_none(self, maker: TraceMaker) -> None:
        maker.call(0, S)
        trace = maker.trace()
        assert moments(trace) == []
        assert moments([replace(trace[-1], at=99)]) == []

    def test_what_goes_wrong_between_functions(self) -> None:
        finder = MomentFinder()
        finder.take(EventRetried(1, "r", "Fn", "r", "error", 1, S))
        finder.take(EventRetried(2, "r", "Fn", "r", "throttled", 1, S))
        finder.take(MessageMoved(3, "Jobs", "m", "r", "Lost", "max-receives"))
        finder.take(ExecutionEvent(4, "Saga", "e", "r", 9, 8, "ExecutionFailed", {}))
        assert [moment.text for moment in finder.found] == [
            "an event for Fn will be tried again after attempt 1",
            "a message of Jobs goes to Lost",
            "an execution of Saga failed",
        ]
        assert finder.of_kind["error"] == [4]
