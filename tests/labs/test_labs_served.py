"""A lab that is served: its steps, what to type in another shell, and steps that are sent."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from warmstart.labs.read import read_lab
from warmstart.labs.run import plan
from warmstart.labs.served import ServedStep, examples, steps_of
from warmstart.runtime.calls import ApiCall, Call, HttpCall
from warmstart.runtime.launch import Serving, serve
from warmstart.runtime.template import load
from warmstart.runtime.trace import InvocationEnded, InvocationRequested, RunEnded

if TYPE_CHECKING:
    from warmstart.labs.definition import Lab
    from warmstart.runtime.trace import TraceEvent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

SERVING = Serving("http://127.0.0.1:1", "KEY", "s", "us-east-1", {"Shop": "http://127.0.0.1:2"})
LABS = Path(__file__).parents[2] / "labs"


class TestSteps:
    def test_times_count_from_when_a_step_is_sent(self, cold_start: Lab) -> None:
        steps = {step.name: step for step in steps_of(plan(cold_start, knobs={"burst": 3}))}
        assert [call.at for call in steps["warm"].calls] == [n * 1_000_000 for n in range(20)]
        assert [call.at for call in steps["burst"].calls] == [0, 0, 0]
        assert steps["warm"].label == "one call a second"

    def test_a_step_without_calls_is_none(self) -> None:
        lab = read_lab(LABS / "queue")
        assert "redrive" not in {step.name for step in steps_of(plan(lab))}
        assert "redrive" in {step.name for step in steps_of(plan(lab, knobs={"redrive": "yes"}))}


class TestExamples:
    def commands(self, name: str) -> list[list[str]]:
        lab = read_lab(LABS / name)
        application = load(lab.template)
        return [shlex.split(line) for line in examples(steps_of(plan(lab)), application, SERVING)]

    def test_a_function(self) -> None:
        (command,) = self.commands("cold-start")
        assert command[:5] == ["aws", "lambda", "invoke", "--function-name", "Receipts"]
        assert command[6].startswith('{"order": {"number": "1"')

    def test_an_http_api(self) -> None:
        (command, *_) = self.commands("queue")
        assert command[:6] == [
            "curl", "-X", "POST", "-H", "content-type: application/json", "-d",
        ]  # fmt: skip
        assert command[-1] == "http://127.0.0.1:2/orders"

    def test_a_function_url_that_wants_a_signature(self, tmp_path: Path) -> None:
        (tmp_path / "template.yaml").write_text(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Work:\n"
            "    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.13\n"
            "      Handler: app.handler\n      FunctionUrlConfig: {AuthType: AWS_IAM}\n"
        )
        step = ServedStep("ask", "ask", (HttpCall(0, "WorkUrl", path="/a"),))
        serving = replace(SERVING, apis={"WorkUrl": "http://127.0.0.1:2"})
        (line,) = examples([step], load(tmp_path / "template.yaml"), serving)
        assert line == (
            "curl -X GET --aws-sigv4 aws:amz:us-east-1:lambda --user KEY:s http://127.0.0.1:2/a"
        )

    def test_an_operation(self) -> None:
        commands = [
            command for command in self.commands("saga") if "start_execution(" in command[-1]
        ]
        assert commands
        for command in commands:
            assert command[:2] == ["python", "-c"]
            compile(command[2], "example", "exec")
            assert "arn:aws:states:" in command[2]

    def test_whatever_the_labs_call_has_one(self) -> None:
        for folder in sorted(LABS.iterdir()):
            lab = read_lab(folder)
            kinds = {type(call) for step in steps_of(plan(lab)) for call in step.calls}
            assert kinds <= {Call, ApiCall, HttpCall}
            assert self.commands(folder.name)


class TestSent:
    def test_a_step_is_made_when_it_is_asked_for(self, cold_start: Lab) -> None:
        """The burst, twice; what is no step is heard and forgotten."""
        planned = plan(cold_start, knobs={"burst": 2, "memory": 1769})
        steps = {step.name: step.calls for step in steps_of(planned)}
        wanted, ready = ["burst", "burst", "nothing"], list[Serving]()
        events: list[TraceEvent] = []
        serve(
            cold_start.template,
            seed=7,
            overrides=planned.overrides,
            steps=steps,
            asked=lambda: wanted.pop() if wanted and ready else None,
            on_header=lambda _: None,
            on_serving=ready.append,
            on_event=events.append,
            cancelled=lambda: sum(isinstance(e, InvocationEnded) for e in events) == 4,
        )
        asked = [event for event in events if isinstance(event, InvocationRequested)]
        assert [event.source for event in asked] == ["Client"] * 4
        ended = [event for event in events if isinstance(event, InvocationEnded)]
        assert {(event.status, event.memory_size) for event in ended} == {("success", 1769)}
        assert isinstance(events[-1], RunEnded)
