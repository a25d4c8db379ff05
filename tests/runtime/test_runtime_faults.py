"""Handlers that go wrong: each is shown as Lambda would show it, and nothing stays behind."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND, Bench, events_of, log_of
from warmstart.errors import RunError
from warmstart.runtime.launch import Call, run
from warmstart.runtime.model import Model

if TYPE_CHECKING:
    from warmstart.runtime.launch import RunResult

HANDLER = "def handler(event, context):\n    "
KILLED = "Error: Runtime exited with error: signal: killed"

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "raises": (HANDLER + "raise KeyError('x')", {}),
    "unserializable": (HANDLER + "return {1, 2}", {}),
    "busy": (HANDLER + "while True: pass", {}),
    "sleeps": ("import time\n" + HANDLER + "time.sleep(60)", {}),
    "floods": (HANDLER + "print('x\\n' * 50_000); raise ValueError('after')", {}),
    "giant": (HANDLER + "print('x' * 10_000_000)", {}),
    "memory": (
        HANDLER + "x = []\n    while True: x.append(bytearray(1 << 20))",
        {"MemorySize": 128},
    ),
    "catchesmemory": (
        HANDLER + "x = []\n    try:\n        while True: x.append(bytearray(1 << 20))\n"
        "    except MemoryError: x.clear()\n    return 'went on'",
        {"MemorySize": 128},
    ),
    "exits": ("import os\n" + HANDLER + "print('bye'); os._exit(3)", {}),
    "segfaults": ("import os\n" + HANDLER + "os.kill(os.getpid(), 11)", {}),
    "terminates": ("import os\n" + HANDLER + "os.kill(os.getpid(), 15)", {}),
    "sysexit": ("import sys\n" + HANDLER + "sys.exit(1)", {}),
    "sysexit0": ("import sys\n" + HANDLER + "sys.exit()", {}),
    "sysexitsays": ("import sys\n" + HANDLER + "sys.exit('why')", {}),
    "interrupts": (HANDLER + "raise KeyboardInterrupt", {}),
    "syntax": ("def handler(event, context)\n    return 1\n", {}),
    "missing": ("import nothing_like_this\n", {}),
    "nohandler": ("x = 1\n", {}),
    "badname": (HANDLER + "return 1", {"Handler": "handler"}),
    "builtin": (HANDLER + "return 1", {"Handler": "time.sleep"}),
    "importraises": ("raise RuntimeError('at import')\n", {}),
    "importexits": ("import os; os._exit(2)\n", {}),
    "importsleeps": ("import time; time.sleep(11)\n" + HANDLER + "return 1", {"Timeout": 12}),
    "importfloods": ("print('x\\n' * 50_000)\n" + HANDLER + "return 1", {}),
    "closes": ("import os\n" + HANDLER + "os.closerange(3, 99)\n    while True: pass", {}),
    "garbage": ("import os\n" + HANDLER + "os.write(3, b'x' * 99)\n    while True: pass", {}),
    "recurses": (HANDLER + "return handler(event, context)", {}),
    "surrogate": (HANDLER + "print('\\udc80'); return '\\udc80'", {}),
    "large": (HANDLER + "return 'x' * 6_291_600", {}),
    "larger": (HANDLER + "return 'x' * 20_000_000", {}),
    "fits": (HANDLER + "return 'x' * 6_291_554", {}),
}
AGAIN = ("exits", "memory", "missing", "sleeps", "raises", "floods", "large", "unserializable")
"""Called a second time, on the environment that the first call left."""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """All faults in one run: what one function does must not touch another."""
    bench = Bench(tmp_path_factory.mktemp("faults"))
    for name, (code, properties) in CASES.items():
        bench.function(name, code, metadata={"handler_ms": 0}, **properties)
    bench.function("Fine", HANDLER + "return 'fine'")
    calls = [Call(0, name) for name in CASES]
    calls += [Call(60 * SECOND, name) for name in AGAIN]
    calls += [Call(120 * SECOND, "Fine")]
    model = Model(compute_limit_s=1, log_lines=20, log_line_chars=100)
    return bench.run(calls, model=model)


def answer(result: RunResult, name: str) -> dict[str, Any]:
    """Return the error the first call of a function gave; it must be one."""
    outcome = result.outcomes[list(CASES).index(name)]
    assert (outcome.status_code, outcome.function_error) == (200, "Unhandled")
    payload: dict[str, Any] = json.loads(outcome.payload)
    return payload


def first_log(result: RunResult, name: str) -> list[str]:
    """Return the log of the first call, request ids left out."""
    lines = log_of(result, f"{name}/1")
    end = next(index for index, line in enumerate(lines) if line.startswith("REPORT"))
    request = lines[end].split()[2]
    return [line.replace(request, "ID") for line in lines[: end + 1]]


class TestAnswers:
    @pytest.mark.parametrize(
        ("name", "kind", "message"),
        [
            ("raises", "KeyError", "'x'"),
            (
                "unserializable", "Runtime.MarshalError",
                "Unable to marshal response: Object of type set is not JSON serializable",
            ),
            ("recurses", "RecursionError", "maximum recursion depth exceeded"),
            ("floods", "ValueError", "after"),
            ("missing", "Runtime.ImportModuleError",
             "Unable to import module 'app': No module named 'nothing_like_this'"),
            ("nohandler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
            ("badname", "Runtime.MalformedHandlerName",
             "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
            ("builtin", "Runtime.BuiltInModuleConflict",
             "Cannot use built-in module time as a handler module"),
            ("importraises", "RuntimeError", "at import"),
        ],
    )  # fmt: skip
    def test_errors_the_runtime_reports(
        self, result: RunResult, name: str, kind: str, message: str
    ) -> None:
        payload = answer(result, name)
        assert (payload["errorType"], payload["errorMessage"]) == (kind, message)

    def test_a_stack_trace_shows_the_code_where_lambda_keeps_it(self, result: RunResult) -> None:
        assert answer(result, "raises")["stackTrace"] == [
            "  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('x')\n"
        ]

    def test_a_syntax_error_names_file_and_line(self, result: RunResult) -> None:
        payload = answer(result, "syntax")
        assert payload["errorType"] == "Runtime.UserCodeSyntaxError"
        assert payload["errorMessage"].startswith("Syntax error in module 'app': ")
        assert payload["stackTrace"][0].startswith('  File "/var/task/app.py" Line 1\n')

    @pytest.mark.parametrize(
        ("name", "kind", "reason"),
        [
            ("memory", "Runtime.OutOfMemory", KILLED),
            ("closes", "Runtime.ExitError", KILLED),
            ("garbage", "Runtime.ExitError", KILLED),
            ("segfaults", "Runtime.ExitError",
             "Error: Runtime exited with error: signal: segmentation fault"),
            ("terminates", "Runtime.ExitError",
             "Error: Runtime exited with error: signal: terminated"),
            ("exits", "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
            ("sysexit", "Runtime.ExitError", "Error: Runtime exited with error: exit status 1"),
            ("sysexitsays", "Runtime.ExitError", "Error: Runtime exited with error: exit status 1"),
            ("interrupts", "Runtime.ExitError", "Error: Runtime exited with error: exit status 1"),
            ("sysexit0", "Runtime.ExitError", "Error: Runtime exited without providing a reason"),
            ("importexits", "Runtime.ExitError", "Error: Runtime exited with error: exit status 2"),
            ("busy", "Sandbox.Timedout", "Error: Task timed out after 3.00 seconds"),
            ("sleeps", "Sandbox.Timedout", "Error: Task timed out after 3.00 seconds"),
        ],
    )  # fmt: skip
    def test_errors_lambda_puts_together(
        self, result: RunResult, name: str, kind: str, reason: str
    ) -> None:
        payload = answer(result, name)
        request = result.outcomes[list(CASES).index(name)].request
        assert payload == {"errorType": kind, "errorMessage": f"RequestId: {request} {reason}"}

    @pytest.mark.skipif(
        sys.version_info < (3, 12) or sys.platform != "linux",
        reason="nothing tells of an exception that was caught, or of the memory",
    )
    def test_memory_that_ran_out_and_was_caught(self, result: RunResult) -> None:
        """Lambda's kernel kills; there is nothing to catch."""
        assert answer(result, "catchesmemory")["errorType"] == "Runtime.OutOfMemory"

    def test_an_answer_past_six_megabytes(self, result: RunResult) -> None:
        assert answer(result, "large")["errorType"] == "Function.ResponseSizeTooLarge"
        (ended,) = [e for e in events_of(result, "InvocationEnded") if e.function == "large"][:1]
        assert (ended.status, ended.response) == ("error", None)
        assert ended.error.error_type == "Function.ResponseSizeTooLarge"

        assert answer(result, "larger") == answer(result, "large")

    def test_an_answer_of_just_six_megabytes(self, result: RunResult) -> None:
        """The caller gets all of it, the trace its beginning."""
        assert result.outcomes[list(CASES).index("fits")].payload == f'"{"x" * 6_291_554}"'
        (ended,) = [e for e in events_of(result, "InvocationEnded") if e.function == "fits"][:1]
        assert (len(ended.response), ended.response_bytes) == (65_536, 6_291_556)

    def test_a_lone_surrogate_is_passed_on(self, result: RunResult) -> None:
        assert result.outcomes[list(CASES).index("surrogate")].payload == '"\udc80"'

    def test_the_others_are_not_touched(self, result: RunResult) -> None:
        assert result.outcomes[-1].payload == '"fine"'
        assert result.trace[len(result.trace) - 1].kind == "RunEnded"


class TestLogs:
    def test_an_exception(self, result: RunResult) -> None:
        assert first_log(result, "raises")[1:-1] == [
            "START RequestId: ID Version: $LATEST",
            "[ERROR] KeyError: 'x'",
            "Traceback (most recent call last):",
            '  File "/var/task/app.py", line 2, in handler',
            "    raise KeyError('x')",
            "END RequestId: ID",
        ]
        assert "Status" not in first_log(result, "raises")[-1]

    @pytest.mark.parametrize("name", ["busy", "sleeps"])
    def test_a_timeout_is_recorded_at_its_virtual_deadline(
        self, result: RunResult, name: str
    ) -> None:
        *_, timed_out, end, report = first_log(result, name)
        assert timed_out.endswith("Z ID Task timed out after 3.00 seconds")
        assert end == "END RequestId: ID"
        assert "\tDuration: 3000.00 ms\t" in report
        assert report.endswith("\tStatus: timeout")

    def test_a_process_that_ended(self, result: RunResult) -> None:
        assert first_log(result, "exits")[2:-1] == [
            "bye",
            "RequestId: ID Error: Runtime exited with error: exit status 3",
            "Runtime.ExitError",
            "END RequestId: ID",
        ]
        assert first_log(result, "exits")[-1].endswith(
            "\tStatus: error\tError Type: Runtime.ExitError"
        )
        assert "why" in first_log(result, "sysexitsays")
        assert any("KeyboardInterrupt" in line for line in first_log(result, "interrupts"))

    def test_memory_that_ran_out(self, result: RunResult) -> None:
        report = first_log(result, "memory")[-1]
        assert "\tMax Memory Used: 128 MB\t" in report
        assert report.endswith("\tStatus: error\tError Type: Runtime.OutOfMemory")

    def test_a_flood_is_cut_and_does_not_swallow_the_error_after_it(
        self, result: RunResult
    ) -> None:
        log = first_log(result, "floods")
        assert log.count("x") == 20
        cut = log.index("[warmstart] Cut here: more than 20 lines of output.")
        assert log[cut + 1] == "[ERROR] ValueError: after"
        assert first_log(result, "importfloods").count("x") == 20
        (line,) = [line for line in first_log(result, "giant") if line.startswith("x")]
        assert line == "x" * 100 + " [warmstart: the line is cut here]"

    def test_an_init_that_fails_runs_again_in_the_invocation(self, result: RunResult) -> None:
        """Twice the handler's module, twice INIT_REPORT, and no Init Duration to bill."""
        log = first_log(result, "missing")
        reports = [line.split("\t")[1:] for line in log if line.startswith("INIT_REPORT")]
        error = ["Status: error", "Error Type: Runtime.ImportModuleError"]
        assert reports == [["Phase: init", *error], ["Phase: invoke", *error]]
        assert "Init Duration" not in log[-1]
        assert log[-1].endswith("\t".join(error))

    def test_an_init_past_ten_seconds_runs_again_under_the_functions_timeout(
        self, result: RunResult
    ) -> None:
        log = first_log(result, "importsleeps")
        assert log[1] == "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout"
        assert result.outcomes[list(CASES).index("importsleeps")].payload == "1"
        (ended, *_) = [
            event for event in events_of(result, "InvocationEnded")
            if event.function == "importsleeps"
        ]  # fmt: skip
        assert (ended.status, ended.init_duration) == ("success", None)
        assert 11 * SECOND < ended.duration < 12 * SECOND


class TestAfterwards:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [("exits", "crash"), ("memory", "crash"), ("missing", "crash"), ("sleeps", "timeout")],
    )
    def test_the_environment_is_reset_and_the_next_invocation_pays_for_init(
        self, result: RunResult, name: str, reason: str
    ) -> None:
        mine = [event for event in result.trace if getattr(event, "environment", "") == f"{name}/1"]
        kinds = [event.kind for event in mine]
        reset = kinds.index("EnvironmentReset")
        assert mine[reset].reason == reason
        assert "EnvironmentFrozen" not in kinds[: reset + 2]
        second = mine[kinds.index("InvocationStarted", reset) :]
        assert not second[0].cold
        assert (second[1].kind, second[1].phase) == ("InitStarted", "invoke")
        ended = next(event for event in second if event.kind == "InvocationEnded")
        assert ended.init_duration is None
        assert ended.duration >= 300_000

    @pytest.mark.parametrize("name", ["raises", "floods", "large", "unserializable"])
    def test_an_exception_leaves_the_environment_as_it_is(
        self, result: RunResult, name: str
    ) -> None:
        resets = {event.environment for event in events_of(result, "EnvironmentReset")}
        assert f"{name}/1" not in resets


class TestTheZygote:
    def test_a_handler_that_kills_it_ends_the_run_with_a_sentence(self, bench: Bench) -> None:
        bench.function(
            "Kill", "import os\n" + HANDLER + "os.kill(os.getppid(), 9)\n    while True: pass"
        )
        with pytest.raises(RunError, match="starts workers died"):
            bench.run([Call(0, "Kill"), Call(SECOND, "Kill")])


class TestRefusedRequests:
    def test_what_never_reaches_an_environment(self, bench: Bench) -> None:
        bench.function("Echo", HANDLER + "return event")
        payloads = ['{"a": 1}', "", "not json", f'"{"x" * 6_291_456}"']
        result = bench.run([Call(0, "Echo", payload, "test") for payload in payloads])
        assert [outcome.status_code for outcome in result.outcomes] == [200, 200, 400, 413]
        assert [outcome.payload for outcome in result.outcomes[:2]] == ['{"a": 1}', "{}"]
        rejected = events_of(result, "InvocationRejected")
        assert [event.error_type for event in rejected] == [
            "InvalidRequestContentException",
            "RequestTooLargeException",
        ]
        assert {event.source for event in events_of(result, "InvocationRequested")} == {"test"}

    def test_memory_is_bounded_by_what_this_machine_gives(self, bench: Bench) -> None:
        """A function of 10 GB must not eat the learner's machine."""
        code, _ = CASES["memory"]
        bench.function("Big", code, MemorySize=10_240)
        model = replace(Model(), real_memory_mb=64)
        result = run(bench.template, [Call(0, "Big")], seed=1, model=model)
        assert "Runtime.OutOfMemory" in result.outcomes[0].payload
