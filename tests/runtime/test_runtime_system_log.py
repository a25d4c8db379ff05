"""What Lambda itself writes to the log: lines of text, and objects with their levels."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from warmstart.runtime import report
from warmstart.runtime import system_log as log
from warmstart.runtime.trace import FunctionError

R = "fd576323-09f5-4b5e-b5a5-0e7d1f1b8d11"
AT = datetime(2026, 1, 5, 9, 0, 3, 4_000, tzinfo=UTC)
OWN = FunctionError("Runtime.ImportModuleError", "x")
OTHER = FunctionError("ValueError", "x")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:greet"
BOX = log.Sandbox(
    "on-demand", "greet", "$LATEST", "python3.13", "eu-west-1",
    "2026/01/05/greet[$LATEST]0123456789abcdef0123456789abcdef", 256,
)  # fmt: skip
COLD = log.Report(R, "success", None, 308_860, 1_175_000, 512, 39, 865_187)
WARM = log.Report(R, "success", None, 5_000_000, 5_000_000, 128, 94, None)
EXITED = report.exit_error(R, 3, out_of_memory=False)


def done(
    status: str, error: FunctionError | None = None, *, exited: bool = False
) -> log.RuntimeDone:
    at = AT if status == "timeout" else None
    return log.RuntimeDone(R, at, status, error, exited, 3, 3_000_000, 16)  # type: ignore[arg-type]


class TestText:
    def test_cold_and_warm(self) -> None:
        assert COLD.lines() == [
            f"END RequestId: {R}",
            (
                f"REPORT RequestId: {R}\tDuration: 308.86 ms\tBilled Duration: 1175 ms\t"
                "Memory Size: 512 MB\tMax Memory Used: 39 MB\tInit Duration: 865.19 ms"
            ),
        ]
        assert "Init Duration" not in WARM.lines()[1]

    def test_starts(self) -> None:
        assert log.Start(R, ARN, "$LATEST").lines() == [f"START RequestId: {R} Version: $LATEST"]
        (line,) = log.InitStart(BOX).lines()
        assert line.startswith(
            "INIT_START Runtime Version: python:3.13.v0\t"
            "Runtime Version ARN: arn:aws:lambda:eu-west-1::runtime:"
        )
        provided = log.Sandbox("on-demand", "greet", "1", "provided.al2023", "x", "i", 128)
        (line,) = log.RestoreStart(provided).lines()
        assert line.startswith("RESTORE_START Runtime Version: provided:al2023.v0\t")

    def test_an_invocation_that_did_not_end_well(self) -> None:
        assert done("timeout").lines() == [
            f"2026-01-05T09:00:03.004Z {R} Task timed out after 3.00 seconds"
        ]
        assert done("error", EXITED, exited=True).lines() == [
            f"RequestId: {R} Error: Runtime exited with error: exit status 3",
            "Runtime.ExitError",
        ]
        assert done("error", OWN).lines() == []
        assert done("success").lines() == []

    def test_init_report_names_only_lambdas_own_errors(self) -> None:
        assert log.InitReport("on-demand", "init", "error", 1_236_040, OWN).lines() == [
            (
                "INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: error\t"
                "Error Type: Runtime.ImportModuleError"
            )
        ]
        (line,) = log.InitReport("on-demand", "invoke", "error", 0, OTHER).lines()
        assert line.endswith("Error Type: Runtime.Unknown")
        (line,) = log.InitReport("on-demand", "init", "timeout", 10_000_000, None).lines()
        assert line.endswith("Status: timeout")

    @pytest.mark.parametrize(
        ("kind", "phase", "lines"),
        [
            ("on-demand", "init", 0), ("provisioned-concurrency", "init", 1),
            ("snap-start", "init", 1), ("provisioned-concurrency", "invoke", 0),
        ],
    )  # fmt: skip
    def test_of_an_init_that_went_well_only_what_ran_ahead_is_said(
        self, kind: str, phase: str, lines: int
    ) -> None:
        said = log.InitReport(kind, phase, "success", 9, None).lines()  # type: ignore[arg-type]
        assert len(said) == lines


class TestObjects:
    """Keys are in the order of logs from AWS, which are written without blanks."""

    def test_whole(self) -> None:
        assert log.Start(R, ARN, "$LATEST").object(AT) == (
            '{"time":"2026-01-05T09:00:03.004Z","type":"platform.start","record":'
            f'{{"requestId":"{R}","functionArn":"{ARN}","version":"$LATEST"}}}}'
        )
        assert COLD.object(AT).partition('"record":')[2] == (
            f'{{"requestId":"{R}","metrics":{{"durationMs":308.86,"billedDurationMs":1175,'
            '"memorySizeMB":512,"maxMemoryUsedMB":39,"initDurationMs":865.187},'
            '"status":"success"}}'
        )
        assert done("timeout").object(AT).partition('"record":')[2] == (
            f'{{"requestId":"{R}","status":"timeout","metrics":'
            '{"durationMs":3000.0,"producedBytes":16}}}'
        )
        init = log.InitReport("on-demand", "init", "error", 10_000_487, OWN)
        assert init.object(AT).partition('"record":')[2] == (
            '{"initializationType":"on-demand","phase":"init","status":"error",'
            '"errorType":"Runtime.ImportModuleError","metrics":{"durationMs":10000.487}}}'
        )

    def test_whose_environment_it_is(self) -> None:
        record = json.loads(log.InitStart(BOX).object(AT))["record"]
        assert list(record) == [
            "initializationType", "phase", "runtimeVersion", "runtimeVersionArn", "functionName",
            "functionVersion", "instanceId", "instanceMaxMemory",
        ]  # fmt: skip
        assert (record["instanceId"], record["instanceMaxMemory"]) == (BOX.instance, 268_435_456)
        restored = json.loads(log.RestoreStart(BOX).object(AT))["record"]
        assert list(restored) == list(record)[2:]

    def test_restores(self) -> None:
        told = log.RestoreReport("success", 15_190, None).object(AT)
        assert told.endswith('{"status":"success","metrics":{"durationMs":15.19}}}')
        report = log.Report(R, "success", None, 5, 1_000, 128, 9, None, (70_870, 13_000))
        metrics = json.loads(report.object(AT))["record"]["metrics"]
        assert list(metrics.items())[-2:] == [
            ("restoreDurationMs", 70.87), ("billedRestoreDurationMs", 13)
        ]  # fmt: skip


class TestLevels:
    @pytest.mark.parametrize(
        ("event", "level"),
        [
            (log.InitStart(BOX), "INFO"),
            (log.InitRuntimeDone("on-demand", "init", "success", None), "DEBUG"),
            (log.InitRuntimeDone("on-demand", "init", "error", OWN), "WARN"),
            (log.InitReport("on-demand", "init", "success", 1, None), "DEBUG"),
            (log.InitReport("provisioned-concurrency", "init", "success", 1, None), "INFO"),
            (log.InitReport("provisioned-concurrency", "init", "timeout", 1, None), "WARN"),
            (log.RestoreStart(BOX), "INFO"),
            (log.RestoreRuntimeDone("success", None), "DEBUG"),
            (log.RestoreRuntimeDone("timeout", None), "WARN"),
            (log.RestoreReport("success", 1, None), "INFO"),
            (log.RestoreReport("error", 1, OWN), "WARN"),
            (log.Start(R, ARN, "1"), "INFO"),
            (done("success"), "DEBUG"),
            (done("timeout"), "WARN"),
            (COLD, "INFO"),
            (log.Report(R, "error", EXITED, 1, 1, 1, 1, None), "WARN"),
        ],
    )
    def test_the_mapping_of_aws(self, event: log.SystemEvent, level: str) -> None:
        assert event.level() == level
