"""The log at the cursor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from warmstart.labs.log import (
    brief,
    build_log,
    failures,
    key_lines,
    milliseconds,
    tail,
    warnings,
)
from warmstart.runtime.trace import (
    Cause,
    CostNotFound,
    CpuCharged,
    FunctionError,
    InitEnded,
    LogLine,
    RepeatabilityLost,
)

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker
    from warmstart.runtime.trace import Phase

S = 1_000_000
MS = 1_000


class TestLog:
    def test_platform_lines_lose_their_tabs(self, maker: TraceMaker) -> None:
        maker.call(0, S)
        assert [(entry.text, entry.tone) for entry in build_log(maker.trace())] == [
            ("START RequestId: r1", "platform"),
            ("REPORT RequestId: r1  Billed", "platform"),
        ]

    def test_what_a_handler_prints(self, maker: TraceMaker) -> None:
        maker.events.append(LogLine(5, "Fn/1", "r1", "function", "hello\n"))
        (entry,) = build_log(maker.trace())
        assert (entry.at, entry.where, entry.text, entry.tone) == (5, "Fn/1", "hello", "function")

    def test_what_took_the_time_and_at_whose_cost(self, maker: TraceMaker) -> None:
        maker.charge(0)
        maker.charge(1, phase="invoke", charged=1_382 * MS)
        maker.charge(2, charged=4 * MS)
        assert [entry.text for entry in build_log(maker.trace())] == [
            "import reportlib.charts takes 400 ms of INIT",
            "import reportlib.charts takes 1,382 ms of INVOKE (400 ms at one vCPU)",
        ]

    def test_what_goes_wrong(self, maker: TraceMaker) -> None:
        maker.throttle(1)
        maker.reject(2)
        maker.reset(3)
        maker.shutdown(4)
        maker.shutdown(5, reason="run-ended")
        maker.events.append(RepeatabilityLost(6, "Fn/1", None, "a thread was started"))
        assert [(entry.text, entry.tone) for entry in build_log(maker.trace())] == [
            ("429 TooManyRequestsException: ConcurrentInvocationLimitExceeded", "error"),
            ("413 RequestTooLargeException: 6 MB", "error"),
            ("environment reset (timeout): INIT runs again", "error"),
            ("shut down: idle for too long", "event"),
            ("not repeatable from here on: a thread was started", "error"),
        ]

    def test_every_cause_of_a_charge_has_words(self, maker: TraceMaker) -> None:
        for at, cause in enumerate(get_args(Cause)):
            phase: Phase = "restore" if cause == "restore" else "init"
            maker.events.append(CpuCharged(at, "Fn/1", "r1", phase, cause, "x", S, S))
        entries = [entry.text for entry in build_log(maker.trace())]
        assert len(entries) == len(get_args(Cause))
        assert "bringing the snapshot back takes 1,000 ms of RESTORE" in entries

    def test_why_something_failed(self, maker: TraceMaker) -> None:
        maker.call(0, S, status="error")
        maker.init(2 * S, S, status="error")
        errors = [entry.text for entry in build_log(maker.trace()) if entry.tone == "error"]
        assert errors == ["Oops: it broke", "INIT failed: Runtime.Unknown: no"]

    def test_where_something_failed(self, maker: TraceMaker) -> None:
        """The last line of the function's own code, unless the message has it already."""
        maker.call(0, S, status="error")
        frames = ('  File "/var/task/a.py", line 3, in handler\n    b.go()\n',
                  '  File "/var/task/sub/b.py", line 9, in go\n    1 / 0\n',
                  '  File "/usr/lib/python3/json.py", line 1, in loads\n')  # fmt: skip
        for at, message in enumerate(("no", "no (sub/b.py, line 9)")):
            error = FunctionError("Oops", message, frames)
            maker.events.append(InitEnded((2 + at) * S, "Fn/1", "init", None, "error", S, error))
        errors = [entry.text for entry in build_log(maker.trace()) if entry.tone == "error"]
        assert errors[1:] == ["INIT failed: Oops: no (sub/b.py, line 9)"] * 2

    def test_each_reason_for_failed_calls_once(self, maker: TraceMaker) -> None:
        maker.call(0, S, status="error")
        maker.throttle(2 * S)
        maker.call(3 * S, S, status="error")
        maker.reject(4 * S)
        for error in (FunctionError("Oops", "it broke"), FunctionError("Ouch", "no")):
            maker.events.append(InitEnded(5 * S, "Fn/1", "init", None, "error", S, error))
        assert list(failures(maker.trace()).items()) == [
            ("Oops: it broke", 2),
            ("429 TooManyRequestsException: ConcurrentInvocationLimitExceeded", 1),
            ("413 RequestTooLargeException: 6 MB", 1),
            ("INIT failed: Ouch: no", 1),
        ]

    def test_what_makes_a_run_say_less_than_it_seems_to(self, maker: TraceMaker) -> None:
        maker.events += [
            CostNotFound(5, "Fn/1", "r1", "call", "app.rendr", "app has no rendr."),
            RepeatabilityLost(6, "Fn/1", None, "a thread was started."),
            RepeatabilityLost(7, "Fn/2", None, "a thread was started."),
        ]
        said = [
            "the template's calls name app.rendr, which costs nothing: app has no rendr.",
            "not repeatable from here on: a thread was started.",
        ]
        assert warnings(maker.trace()) == said
        for lines in (build_log, key_lines):
            texts = [entry.text for entry in lines(maker.trace()) if entry.tone == "error"]
            assert texts == [*said, said[1]]

    def test_tail_ends_at_the_cursor(self, maker: TraceMaker) -> None:
        for at in range(5):
            maker.events.append(LogLine(at * 10, "Fn/1", None, "function", str(at)))
        entries = build_log(maker.trace())
        assert [entry.text for entry in tail(entries, 25, 2)] == ["1", "2"]
        assert [entry.text for entry in tail(entries, 20, 9)] == ["0", "1", "2"]
        assert list(tail(entries, -1, 3)) == []
        assert list(tail(entries, 25, 0)) == []

    def test_milliseconds(self) -> None:
        assert [milliseconds(us) for us in (400, 21_900, 1_382_000)] == [
            "0.4 ms", "21.9 ms", "1,382 ms",
        ]  # fmt: skip


class TestKeyLines:
    def test_the_cold_the_failed_and_the_first_of_each_cost(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        maker.charge(0)
        maker.call(5 * S, S)
        maker.call(7 * S, S, "Fn/2", init=S)
        maker.charge(7 * S, "Fn/2")
        maker.charge(7 * S, "Fn/2", phase="invoke")
        maker.call(10 * S, S, status="error")
        lines = [(entry.at // S, entry.where, entry.tone) for entry in key_lines(maker.trace())]
        assert lines == [
            (0, "Fn/1", "cost"),
            (2, "Fn/1", "platform"),
            (7, "Fn/2", "cost"),
            (9, "Fn/2", "platform"),
            (11, "Fn/1", "error"),
        ]

    def test_a_report_is_one_as_json_too(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        text = '{"time":"2026-01-05T09:00:00.000Z","type":"platform.report","record":{}}'
        maker.events = [
            replace(event, text=text)
            if isinstance(event, LogLine) and event.text.startswith("REPORT")
            else event
            for event in maker.events
        ]
        assert [entry.text for entry in key_lines(maker.trace())] == [text]

    def test_brief(self) -> None:
        request = "RequestId: 1a93b5b4-6b6e-45c1-a1c8-6a9d1a2a3f4b"
        assert brief(f"START {request} Version: $LATEST") == "START … Version: $LATEST"
        report = (
            f"REPORT {request}  Duration: 71.45 ms  Billed Duration: 901 ms  Memory Size: 512 MB  "
            "Max Memory Used: 43 MB  Init Duration: 828.92 ms"
        )
        assert brief(report) == (
            "REPORT …  Duration: 71.45 ms  Init Duration: 828.92 ms  Billed Duration: 901 ms  "
            "Memory Size: 512 MB  Max Memory Used: 43 MB"
        )
        line = '{"timestamp": "2026-01-05T09:00:00Z", "level": "INFO", "message": "a"}'
        assert brief(line) == '{"level": "INFO", "message": "a"}'
