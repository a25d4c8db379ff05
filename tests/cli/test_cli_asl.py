"""``warmstart asl``: what each command prints, and its exit code."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.cli import main

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "charge", "Payload.$": "$"},
            "ResultPath": "$.paid",
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2}],
            "Next": "Rest",
        },
        "Rest": {"Type": "Wait", "Seconds": 31_536_000, "End": True},
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "mock.json").write_text(
        json.dumps({"Charge": [{"error": "Busy", "cause": "later"}, {"result": 7}]})
    )
    path = tmp_path / "order.asl.json"
    path.write_text(json.dumps(MACHINE, indent=2))
    return path


def run(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_run_prints_what_aws_would_record(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mock = str(file.parent / "mock.json")
    assert run(["asl", "run", str(file), "--input", '{"n": 1}', "--mock", mock, "--json"]) == 0
    answer = said(capsys)
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", {"n": 1, "paid": 7})
    assert answer["events"][-1]["timestamp"] == "2027-01-01T00:00:02+00:00"
    assert [event["type"] for event in answer["events"]][2:8] == [
        "TaskScheduled", "TaskStarted", "TaskFailed",
        "TaskScheduled", "TaskStarted", "TaskSucceeded",
    ]  # fmt: skip


def test_a_failed_execution_leaves_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["asl", "run", str(file)]) == 1
    printed = capsys.readouterr().out
    assert "FAILED\nStates.TaskFailed: Nothing answers for the task " in printed
    assert "give its answers in the file that --mock names" in printed


def test_one_state_shows_its_stages(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mock = file.parent / "mock.json"
    mock.write_text('{"Charge": [{"result": 7}]}')
    given = ["--input", '{"n": 1}', "--mock", str(mock), "--json"]
    assert run(["asl", "test", str(file), "Charge", *given]) == 0
    assert said(capsys) == {
        "input": {"n": 1},
        "afterParameters": {"FunctionName": "charge", "Payload": {"n": 1}},
        "result": 7,
        "afterResultPath": {"n": 1, "paid": 7},
        "output": {"n": 1, "paid": 7},
        "status": "SUCCEEDED",
        "nextState": "Rest",
    }


def test_check_names_line_and_fix(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["asl", "check", str(file)]) == 0
    file.write_text(file.read_text().replace('"Next": "Rest"', '"Next": "Pest"'))
    assert run(["asl", "check", str(file), "--json"]) == 1
    capsys.readouterr()
    assert run(["asl", "check", str(file)]) == 1
    out = capsys.readouterr().out
    assert "order.asl.json:20: error: Missing 'Next' target: Pest (/States/Charge/Next)" in out
    assert "Name one of Charge, Rest." in out


def test_a_word_misspelt_is_told_the_one_that_is_near(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["asl", "test", str(file), "Chrage"]) == 2
    error = capsys.readouterr().err
    assert "There is no state 'Chrage'" in error
    assert "Did you mean Charge? It has: Charge, Rest." in error
    file.write_text(
        '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Secnds": 1, "End": true}}}'
    )
    assert run(["asl", "check", str(file)]) == 1
    assert (
        "Field 'Secnds' is not supported in a Wait state (/States/Rest/Secnds)\n    Did you mean Seconds?"
        in (capsys.readouterr().out)
    )


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"StartAt": "A"}', "[" * 50_000])
def test_what_is_no_machine_is_one_sentence(
    text: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert run(["asl", "run", str(file)]) == 1
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert "order.asl.json:1: " in error
    assert run(["asl", "check", str(file)]) == 1


def test_a_graph_is_text_and_mermaid(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["asl", "graph", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("  ■ Charge\n▼ ◷ Rest\n\n■ Task   ◷ Wait\n\n")
    assert "stateDiagram-v2\n    [*] --> s_Charge\n" in out


def test_watching_opens_the_step_view_and_then_says_how_it_ended(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["asl", "run", str(file), "--mock", str(file.parent / "mock.json"), "--watch"]
    assert run(arguments) == 2
    assert "--watch needs a terminal" in capsys.readouterr().err
    opened: list[Any] = []
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr("warmstart.cli.app.run_alone", opened.append)
    assert run(arguments) == 0
    assert capsys.readouterr().out.startswith("SUCCEEDED\n")
    (screen,) = opened
    last = screen.play.events[-1]
    assert (last.type, screen.play.at(len(screen.play)).current) == ("ExecutionSucceeded", "Rest")
