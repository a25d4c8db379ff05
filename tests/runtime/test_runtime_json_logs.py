"""``LogFormat: JSON``: what a function's log holds then, line by line."""

from __future__ import annotations

import contextlib
import json
import logging
from typing import Any

import pytest

from runtime.conftest import SECOND, Bench, log_of
from warmstart.errors import TemplateError
from warmstart.runtime.launch import Call, RunResult
from warmstart.runtime.template import load
from warmstart.runtime.worker import json_log, levels

HANDLER = "def handler(event, context):\n    "
LOGS = """
import json, logging, os, time
log = logging.getLogger("shop")
log.info("at import")
def handler(event, context):
    log.debug("never")
    log.warning("low on %s", "tea", extra={"left": 3, "who": {1}})
    log.info({"a": 1})
    log.log(25, "ü")
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("went wrong")
    print("plain", {"a": 1})
    print('{"level": "debug", "msg": "told", "timestamp": "2024-11-02T16:51:31.587199Z"}')
    print('{"level": "debug", "msg": "no time"}')
    os.write(1, b"past Python\\n")
    if event: raise KeyError("x\\ny")
    return [os.environ[name] for name in ("AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL")]
"""
QUIET = """
import logging
logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(levelname)s\\n%(message)s"))
def handler(event, context):
    logging.getLogger().setLevel("DEBUG")
    print("plain")
    logging.info("below")
    logging.error("above")
    raise ValueError
"""
POWERTOOLS = """
from aws_lambda_powertools import Logger
logger = Logger(service="orders")
timed = Logger(service="timed", use_rfc3339=True)
@logger.inject_lambda_context
def handler(event, context):
    logger.info("took", extra={"body": 1})
    logger.error("no time by RFC 3339")
    timed.info("timed info")
    timed.error("timed error")
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """All in one run, which is the cheapest way."""
    bench = Bench(tmp_path_factory.mktemp("jsonlogs"))

    def add(name: str, code: str, *, keep: Any = None, **levels_: str) -> None:
        config = {"LogFormat": "JSON", **levels_}
        bench.function(name, code, LoggingConfig=config, metadata={"handler_ms": 0}, **(keep or {}))

    add("Logs", LOGS)
    add("Debug", HANDLER + "print('in'); return 'ok'", SystemLogLevel="DEBUG")
    add("Warn", HANDLER + "return event", SystemLogLevel="WARN")
    add("Quiet", QUIET, ApplicationLogLevel="ERROR")
    add("Silent", HANDLER + "raise ValueError", ApplicationLogLevel="FATAL")
    add("Slow", "import time\n" + HANDLER + "time.sleep(9)")
    add("Exits", "import os\n" + HANDLER + "os._exit(3)")
    add("Missing", "import nothing_like_this\n")
    add("Tools", POWERTOOLS)
    add("Strict", POWERTOOLS, ApplicationLogLevel="ERROR")
    add("Ahead", HANDLER + "return 1", keep={
        "AutoPublishAlias": "live",
        "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
    })  # fmt: skip
    add("Snap", HANDLER + "return 1", keep={
        "AutoPublishAlias": "live", "SnapStart": {"ApplyOn": "PublishedVersions"},
    })  # fmt: skip
    add("Shell", "", keep={"Runtime": "provided.al2023"}, ApplicationLogLevel="WARN")
    script = (
        "#!/bin/sh\necho plain\n"
        'echo \'{"level":"error","timestamp":"2024-11-02T16:51:31Z"}\'\nexit 4\n'
    )
    (bench.root / "shell/bootstrap").write_text(script)
    (bench.root / "shell/bootstrap").chmod(0o755)
    names = ("Logs", "Debug", "Warn", "Quiet", "Silent", "Slow", "Exits", "Missing", "Tools")
    calls = [Call(0, name) for name in (*names, "Strict", "Ahead:live", "Snap:live", "Shell")]
    return bench.run([*calls, Call(SECOND, "Logs", "[1]")])


def told(result: RunResult, environment: str, *, types: bool = False) -> list[Any]:
    """Return a log's lines, those that are objects read; with ``types`` only Lambda's own."""
    lines = [
        json.loads(line) if line.startswith("{") else line for line in log_of(result, environment)
    ]
    if not types:
        return lines
    return [line["type"].removeprefix("platform.") for line in lines if "type" in line]


class TestWhatTheFunctionWrites:
    def test_records_are_objects_and_print_stays_as_it_is(self, result: RunResult) -> None:
        _, imported, start, *lines, report = told(result, "Logs/1")[:11]
        request = start["record"]["requestId"]
        assert list(imported.items())[1:] == [
            ("level", "INFO"), ("message", "at import"), ("logger", "shop"), ("requestId", ""),
        ]  # fmt: skip
        warning, of_dict, between, exception, *printed = lines
        assert list(warning.items()) == [
            ("timestamp", warning["timestamp"]), ("level", "WARNING"),
            ("message", "low on tea"), ("logger", "shop"), ("requestId", request),
            ("left", 3), ("who", "{1}"),
        ]  # fmt: skip
        assert warning["timestamp"].startswith("2026-01-05T09:00:0")
        assert len(warning["timestamp"]) == len("2026-01-05T09:00:00Z")
        assert of_dict["message"] == {"a": 1}
        assert (between["level"], between["message"]) == ("INFO", "ü")
        assert list(exception) == [
            "timestamp", "level", "message", "logger", "stackTrace", "errorType", "errorMessage",
            "requestId", "location",
        ]  # fmt: skip
        assert exception["stackTrace"][0].startswith('  File "/var/task/app.py", line 11, in ')
        assert (exception["errorType"], exception["errorMessage"]) == ("ValueError", "no")
        assert exception["location"] == "/var/task/app.py:handler:13"
        assert printed == [
            "plain {'a': 1}", {"level": "debug", "msg": "no time"}, "past Python"
        ]  # fmt: skip
        assert report["type"] == "platform.report"

    def test_an_exception_nobody_caught(self, result: RunResult) -> None:
        line = log_of(result, "Logs/1")[-2]
        assert line.startswith('{"timestamp": "2026-01-05T09:00:0')
        error = json.loads(line)
        assert list(error.items())[1:] == [
            ("level", "ERROR"), ("errorMessage", "'x\\ny'"), ("errorType", "KeyError"),
            ("requestId", result.outcomes[-1].request),
            ("stackTrace", json.loads(result.outcomes[-1].payload)["stackTrace"]),
        ]  # fmt: skip
        assert told(result, "Logs/1")[-1]["record"]["status"] == "success"

    def test_the_variables_are_set(self, result: RunResult) -> None:
        assert json.loads(result.outcomes[0].payload) == ["JSON", "INFO"]

    def test_a_level_drops_what_is_below_it(self, result: RunResult) -> None:
        """Whoever formats: the runtime tells Lambda the level. What is printed counts as INFO."""
        lines = told(result, "Quiet/1")[2:-1]
        assert lines[:2] == ["ERROR", "above"]
        assert lines[2]["errorType"] == "ValueError"
        assert len(lines) == 3
        assert told(result, "Silent/1", types=True) == ["initStart", "start", "report"]
        assert len(told(result, "Silent/1")) == 3

    def test_an_executables_lines_have_levels_too(self, result: RunResult) -> None:
        lines = [line for line in told(result, "Shell/1") if "type" not in line]
        assert lines == [{"level": "error", "timestamp": "2024-11-02T16:51:31Z"}] * 2

    def test_powertools(self, result: RunResult) -> None:
        """Its objects are written as they are; without a time by RFC 3339 they count as INFO."""
        request = result.outcomes[8].request
        lines = [line for line in told(result, "Tools/1") if "type" not in line]
        assert [line["message"] for line in lines] == [
            "took", "no time by RFC 3339", "timed info", "timed error"
        ]  # fmt: skip
        assert (lines[0]["function_request_id"], lines[0]["body"]) == (request, 1)
        strict = [line for line in told(result, "Strict/1") if "type" not in line]
        assert [line["message"] for line in strict] == ["timed error"]


class TestWhatLambdaWrites:
    @pytest.mark.parametrize(
        ("environment", "types"),
        [
            ("Logs/1", ["initStart", "start", "report"] * 2),
            ("Debug/1", ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone",
                         "report"]),
            ("Warn/1", []),
            ("Slow/1", ["initStart", "start", "runtimeDone", "report"]),
            ("Missing/1", ["initStart", "initRuntimeDone", "initReport", "initRuntimeDone",
                           "initReport", "start", "runtimeDone", "report"]),
            ("Ahead/1", ["initStart", "initReport", "start", "report"]),
            ("Snap/1", ["initStart", "initReport"]),
            ("Snap/2", ["restoreStart", "restoreReport", "start", "report"]),
        ],
    )  # fmt: skip
    def test_which_at_which_level(
        self, result: RunResult, environment: str, types: list[str]
    ) -> None:
        found = told(result, environment, types=True)
        assert found == (types if environment != "Logs/1" else ["initStart", *types[1:3] * 2])

    def test_all_of_it_belongs_together(self, result: RunResult) -> None:
        lines = told(result, "Debug/1")
        request = result.outcomes[1].request
        init, done, init_report, start, printed, runtime_done, report = lines
        assert printed == "in"
        assert init["record"]["runtimeVersion"] == "python:3.13.v0"
        assert init["record"]["instanceId"].startswith("2026/01/05/Debug[$LATEST]")
        assert init["record"]["instanceMaxMemory"] == 1769 << 20
        assert done["record"] == {
            "initializationType": "on-demand", "phase": "init", "status": "success"
        }  # fmt: skip
        assert start["record"] == {
            "requestId": request,
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:Debug",
            "version": "$LATEST",
        }
        assert runtime_done["record"]["metrics"]["producedBytes"] == 4
        metrics = report["record"]["metrics"]
        assert metrics["initDurationMs"] == init_report["record"]["metrics"]["durationMs"] > 300
        assert metrics["billedDurationMs"] == -(-(metrics["initDurationMs"] * 1_000) // 1_000)
        assert init["time"] == "2026-01-05T09:00:00.000Z" < start["time"] == report["time"]

    @pytest.mark.parametrize(
        ("environment", "status"),
        [
            ("Slow/1", {"status": "timeout"}),
            ("Exits/1", {"status": "error", "errorType": "Runtime.ExitError"}),
            ("Missing/1", {"status": "error", "errorType": "Runtime.ImportModuleError"}),
        ],
    )
    def test_what_went_wrong(
        self, result: RunResult, environment: str, status: dict[str, str]
    ) -> None:
        """In objects alone: there is no line about it besides."""
        *_, done, report = told(result, environment)
        for one in (done["record"], report["record"]):
            assert {key: one[key] for key in ("status", "errorType") if key in one} == status
        assert done["record"]["metrics"]["producedBytes"] == 0
        assert all(isinstance(line, dict) for line in told(result, environment))

    def test_a_restore(self, result: RunResult) -> None:
        _, restored, _, report = told(result, "Snap/2")
        metrics = report["record"]["metrics"]
        assert metrics["restoreDurationMs"] == restored["record"]["metrics"]["durationMs"] > 100
        assert "initDurationMs" not in metrics
        (init,) = [line for line in told(result, "Snap/1") if line["type"].endswith("initReport")]
        assert init["record"]["initializationType"] == "snap-start"


class TestTheRecordOfAwsOwnRuntime:
    """awslambdaric's formatter, on the same records."""

    def test_they_are_the_same(self) -> None:
        theirs = pytest.importorskip("awslambdaric.lambda_runtime_log_utils").JsonFormatter()
        ours = json_log.JsonFormatter()

        def record(msg: Any, *args: Any, level: int = 20, **extra: Any) -> logging.LogRecord:
            made = logging.LogRecord(
                "shop", level, "/var/task/app.py", 7, msg, args, None, "handle"
            )
            made.__dict__ |= {"aws_request_id": "R", "tenant_id": None, **extra}
            return made

        caught = KeyError("why")
        with contextlib.suppress(KeyError):
            raise caught
        for made in (
            lambda: record("a %s", "b"),
            lambda: record("ü \udc80\n"),
            lambda: record({"a": {1}}),
            lambda: record({"a": 1}, level=5),
            lambda: record("x", level=99),
            lambda: record("x", level=35, left=3, none=None, requestId="no", level_="yes"),
            lambda: record("x", level=40, exc_info=(KeyError, caught, caught.__traceback__)),
            lambda: record("x", stack_info="s", taskName="Task-1", thread=object()),
        ):
            one, other = made(), made()
            other.created = one.created
            assert ours.format(one) == theirs.format(other).removesuffix("\n")

    def test_exception_where_there_is_none(self) -> None:
        """Theirs raises AttributeError into the handler; that is not worth teaching."""
        made = logging.LogRecord("shop", 40, "app.py", 7, "x", (), (None, None, None), "handle")
        assert json.loads(json_log.JsonFormatter().format(made)).keys() == {
            "timestamp", "level", "message", "logger"
        }  # fmt: skip


class TestLevels:
    @pytest.mark.parametrize(
        ("line", "level"),
        [
            ("hello", "INFO"),
            ("", "INFO"),
            ('{"level":"ERROR"', "INFO"),
            ('{"level":"ERROR"}', "INFO"),
            ('{"level":"ERROR","timestamp":"2024-11-02T16:51:31Z"}', "ERROR"),
            ('  {"level":"warning","time":"2024-11-02 16:51:31.5+09:00"}', "WARN"),
            ('{"level":"critical","timestamp":"2024-11-02T16:51:31Z"}', "FATAL"),
            ('{"level":"trace","timestamp":"2024-11-02T16:51:31Z"}', "TRACE"),
            ('{"level":"NOTICE","timestamp":"2024-11-02T16:51:31Z"}', "INFO"),
            ('{"level":3,"timestamp":"2024-11-02T16:51:31Z"}', "INFO"),
            ('{"level":"ERROR","timestamp":"2024-11-02 16:51:31,123+0000"}', "INFO"),
            ('{"level":"ERROR","timestamp":1730566291}', "INFO"),
            ('{"a":' * 99_999, "INFO"),
        ],
        ids=str,
    )  # fmt: skip
    def test_of_a_printed_line(self, line: str, level: str) -> None:
        assert levels.of_line(line) == level

    def test_of_a_record(self) -> None:
        numbers = (-1, 0, 5, 10, 19, 20, 25, 30, 40, 50, 99)
        assert [levels.of_number(number) for number in numbers] == [
            "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL",
            "FATAL",
        ]  # fmt: skip


class TestTemplates:
    def test_globals_as_sam_init_writes_them(self, bench: Bench) -> None:
        bench.function("Greet", HANDLER + "return 1", LoggingConfig={"SystemLogLevel": "WARN"})
        document = json.loads(bench.template.read_text())
        document["Globals"] = {"Function": {"LoggingConfig": {"LogFormat": "JSON"}}}
        bench.template.write_text(json.dumps(document))
        config = load(bench.template).functions["Greet"].logging
        assert (config.log_format, config.log_group) == ("JSON", "/aws/lambda/Greet")
        assert (config.application_log_level, config.system_log_level) == ("INFO", "WARN")

    @pytest.mark.parametrize(
        ("config", "complaint"),
        [
            ({"LogFormat": "json"}, "LogFormat is 'json', and must be Text or JSON"),
            ({"SystemLogLevel": "INFO"}, "Logs as text have no SystemLogLevel"),
            ({"LogFormat": "JSON", "SystemLogLevel": "ERROR"}, "must be DEBUG or INFO or WARN"),
            ({"LogFormat": "JSON", "ApplicationLogLevel": "WARNING"}, "is 'WARNING'"),
        ],
    )
    def test_what_is_refused(self, bench: Bench, config: dict[str, str], complaint: str) -> None:
        bench.function("Greet", HANDLER + "return 1", LoggingConfig=config)
        with pytest.raises(TemplateError, match=complaint):
            load(bench.template)
