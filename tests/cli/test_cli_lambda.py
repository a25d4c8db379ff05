"""``warmstart lambda``: one invocation, a trace read again."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runtime import shop
from warmstart.cli import main
from warmstart.cli.live import brief, printer, serve_printed, unread
from warmstart.runtime.trace import LogLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.paths import Home

    Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["lambda", *arguments])
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


@pytest.fixture
def template(tmp_path: Path) -> str:
    return str(shop.write(tmp_path / "app"))


class TestInvoke:
    def test_answer_and_log_part_ways(self, run: Run, template: str, tmp_path: Path) -> None:
        """So that the answer can be piped on; what the function led to is in the log as well."""
        (tmp_path / "event.json").write_text('{"body": "tea"}')
        code, out, err = run("invoke", template, "Order", "--event", str(tmp_path / "event.json"))
        assert code == 0
        assert json.loads(out)["statusCode"] == 202
        lines = err.splitlines()
        assert lines[0].startswith("INIT_START Runtime Version: python:3.13")
        assert "an order: tea" in lines
        assert "Work/1  work: tea" in lines
        assert any(line.startswith("REPORT RequestId:") for line in lines)

    def test_json_and_a_failure(self, run: Run, template: str) -> None:
        code, out, err = run("invoke", template, "Order", "--event", '{"boom": 1}', "--json")
        assert (code, err) == (1, "")
        answer = json.loads(out)
        assert (answer["status_code"], answer["function_error"]) == (200, "Unhandled")
        assert answer["payload"]["errorMessage"] == "no such order"
        assert any(line["text"].startswith("[ERROR] ValueError") for line in answer["log"])

    @pytest.mark.parametrize(
        ("arguments", "code", "why"),
        [
            (["Nobody"], 2, "It has: Order, Work."),
            (["Ordre"], 2, "Did you mean Order? It has: Order, Work."),
            (["Order", "--event", "nothing.json"], 2, "neither a file nor JSON"),
            (["Order", "--parameter", "Stage"], 2, "--parameter takes NAME=VALUE"),
            (["Order", "--parameter", "Stage=x"], 1, "no parameter 'Stage'. It has none."),
        ],
    )
    def test_a_call_that_is_off(
        self, run: Run, template: str, arguments: list[str], code: int, why: str
    ) -> None:
        left, out, err = run("invoke", template, *arguments)
        assert (left, out) == (code, "")
        assert why in err
        assert len(err.splitlines()) == 1

    def test_an_event_in_a_file_that_is_off(self, run: Run, template: str, tmp_path: Path) -> None:
        """A file of Windows begins with a mark, which is no part of its JSON."""
        (tmp_path / "event.json").write_bytes(b'\xef\xbb\xbf{"boom": 1')
        code, _, err = run("invoke", template, "Order", "--event", str(tmp_path / "event.json"))
        assert code == 2
        assert err.startswith(f"The event is not JSON: {tmp_path / 'event.json'} (Expecting ','")

    def test_what_is_not_there_for_an_application(self, run: Run, tmp_path: Path) -> None:
        """What is not supported, and what nobody has installed."""
        path = tmp_path / "template.yaml"
        (tmp_path / "app.py").write_text("import quite_missing\n")
        path.write_text(
            "Transform: AWS::Serverless-2016-10-31\n"
            "Parameters: {Where: {Type: String}}\n"
            "Resources:\n  Get:\n    Type: AWS::Serverless::Function\n    Properties:\n"
            "      Runtime: python3.13\n      Handler: app.handler\n      MemorySize: 1769\n"
            "      FunctionName: !Sub get-${Where}\n"
            "      Events: {Get: {Type: Kinesis, Properties: {Stream: x}}}\n"
        )
        call = ("invoke", str(path), "Get", "--parameter", "Where=here")
        code, _, err = run(*call)
        assert code == 1
        assert err.startswith(f"{path}:11: Get's Get: Kinesis streams are not supported yet.")
        assert err.endswith(" --lenient goes on without it.\n")
        code, out, err = run(*call, "--lenient")
        assert (code, json.loads(out)["errorType"]) == (1, "Runtime.ImportModuleError")
        first, *_, last = err.splitlines()
        assert first == f"[warmstart] {path}:11: Get's Get: Kinesis streams are not supported yet."
        assert (
            last.startswith("[warmstart] Measured") or "requirements.txt is not installed" in last
        )
        assert "No module named 'quite_missing': modules come from CodeUri" in err

    def test_a_function_that_was_left_out(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "template.yaml"
        path.write_text(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            "  Node: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs22.x}}\n"
        )
        code, _, err = run("invoke", str(path), "Node", "--lenient")
        assert code == 2
        assert err.endswith(
            f"It has none. {path}:3: Node: the runtime nodejs22.x is not supported.\n"
        )

    def test_a_template_that_is_wrong(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "template.yaml"
        path.write_text("Resources: {Order: {Type: AWS::Serverless::Function}}\n")
        code, _, err = run("invoke", str(path), "Order")
        assert code == 1
        assert err.startswith(f"{path}:1: The template needs Transform")


class TestShown:
    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("START RequestId: 6a441488-ddfb-46e5-9371-ada71f72a8eb Version: 1",
             "START RequestId: 6a441488 Version: 1"),
            ("[INFO]  2026-01-05T09:00:00.668Z  6a441488-ddfb-46e5-9371-ada71f72a8eb  an order",
             "[INFO]  an order"),
            ("2026-01-05T09:00:03.384Z 6a441488-ddfb-46e5-9371-ada71f72a8eb Task timed out",
             "Task timed out"),
            ('{"time":"2026-01-05T09:00:00.000Z","type":"platform.start"}',
             '{"type":"platform.start"}'),
            ('{"timestamp": "2026-01-05T09:00:00Z", "level": "INFO"}', '{"level": "INFO"}'),
            ('put {"at": "2026-01-05T09:00:03Z"}', 'put {"at": "2026-01-05T09:00:03Z"}'),
        ],
    )  # fmt: skip
    def test_what_a_terminal_has_no_room_for(self, said: str, shown: str) -> None:
        assert brief(said) == shown

    def test_only_what_a_function_says_is_shown_whole(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Its traceback is what the terminal is looked at for."""
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "80")
        show, text = printer(), "KeyError: 'routeKey' " + "and what was there instead " * 3
        for source in ("function", "platform"):
            show(LogLine(0, "Order/1", None, source, text.rstrip()))
        own, cut = capsys.readouterr().out.splitlines()
        assert own.endswith(text.rstrip())
        assert (len(cut) < 80, cut[-1]) == (True, "…")


class TestAReaderThatHasLeft:
    """``| head``: nothing is wrong, and there is nobody to tell."""

    def test_it_is_noticed_with_nothing_to_write(self, tmp_path: Path) -> None:
        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as pipe, (tmp_path / "out").open("w") as file:
            assert not unread(pipe)
            assert not unread(file)
            os.close(reader)
            assert unread(pipe)
        assert not unread(io.StringIO())

    def test_serving_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[bool] = []

        def serving(*, cancelled: Callable[[], bool], **_: object) -> None:
            asked.append(cancelled())
            os.close(reader)
            asked.append(cancelled())

        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as pipe:
            monkeypatch.setattr(sys, "stdout", pipe)
            serve_printed(serving, trace_file=None)
        assert asked == [False, True]

    def test_any_command_ends_well(self) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        ended = subprocess.run(
            [sys.executable, "-m", "warmstart", "--help"],
            stdout=writer, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
        os.close(writer)
        assert (ended.returncode, ended.stderr) == (0, b"")


class TestTrace:
    def test_a_trace_is_read_again(self, run: Run, template: str, tmp_path: Path) -> None:
        file, chrome = str(tmp_path / "t.jsonl"), tmp_path / "t.json"
        run("invoke", template, "Order", "--event", '{"body": "tea"}', "--trace", file)
        _, out, _ = run("trace", file)
        assert re.search(r"Orders                  message [0-9a-f]{8} from Order/1, 3 bytes", out)
        assert out.splitlines()[-1].endswith("completed")
        _, out, _ = run("trace", file, "--spans")
        assert [line.split()[2] for line in out.splitlines()] == [
            "invocation", "init", "handler", "api", "queue", "batch", "invocation", "init",
            "handler", "api",
        ]  # fmt: skip
        _, out, _ = run("trace", file, "--metrics")
        assert any(
            line.startswith("AWS/SQS Orders NumberOfMessagesSent") for line in out.split("\n")
        )
        code, _, err = run("trace", file, "--watch")
        assert (code, "--watch needs a terminal" in err) == (2, True)
        _, out, _ = run("trace", file, "--bill")
        assert out.splitlines()[-1].startswith("Total")
        _, out, _ = run("trace", file, "--chrome", str(chrome))
        assert "ui.perfetto.dev" in out
        assert json.loads(chrome.read_text())["traceEvents"]

    def test_a_trace_without_its_beginning(self, run: Run, template: str, tmp_path: Path) -> None:
        file = tmp_path / "t.jsonl"
        run("invoke", template, "Order", "--event", '{"body": "tea"}', "--trace", str(file))
        header, *lines = file.read_text().splitlines()
        kept = [line for line in lines if "EnvironmentCreated" not in line]
        file.write_text("\n".join([header, *kept]))
        code, _, err = run("trace", str(file), "--bill")
        assert code == 1
        assert "nothing before this line creates Order/1" in err

    def test_what_is_no_trace(self, run: Run, template: str) -> None:
        code, _, err = run("trace", template)
        assert code == 1
        assert err.startswith(f"{template}:2: ")
