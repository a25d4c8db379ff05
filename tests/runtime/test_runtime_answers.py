"""Answers that JSON does not know, or that no encoding does: what services make of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.conftest import Bench, events_of
from warmstart.runtime import jsontext
from warmstart.runtime.launch import AnyCall, ApiCall, Call, HttpCall, RunResult

ODD = {
    # name: the answer, the status that an HTTP API makes of it, that of a state machine's execution
    "surrogate": ("'\\ud800'", 500, "SUCCEEDED"),
    "header": ("{'statusCode': 200, 'headers': {'x': '\\ud800'}}", 500, "SUCCEEDED"),
    "control": ("{'statusCode': 200, 'cookies': ['a\\nb']}", 500, "SUCCEEDED"),
    "status": ("{'statusCode': float('inf')}", 500, "FAILED"),
    "informal": ("{'statusCode': 101}", 500, "SUCCEEDED"),
    "number": ("float('nan')", 200, "FAILED"),
    "deep": ("deep()", 500, "FAILED"),
    "raises": ("1 / int('\\ud800')", 500, "FAILED"),
}
CODE = """import sys
sys.setrecursionlimit(100_000)
def deep():
    found = []
    for _ in range(3_000):
        found = [found]
    return found
def handler(event, context):
    return """


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """Each answer to whoever may ask: an API, a state machine, a queue; and sent on."""
    bench = Bench(tmp_path_factory.mktemp("answers"))
    bench.resource("Ends", "AWS::SQS::Queue")
    bench.resource("Bus", "AWS::Events::EventBus", Name="bus")
    queue, bus = ({"Fn::GetAtt": [name, "Arn"]} for name in ("Ends", "Bus"))
    calls: list[AnyCall] = []
    for name, (answer, *_) in ODD.items():
        bench.resource(f"{name}In", "AWS::SQS::Queue")
        source = {
            "Queue": {"Fn::GetAtt": [f"{name}In", "Arn"]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }
        for function, target, kind in ((name, queue, "SQS"), (f"{name}2", bus, "EventBridge")):
            end = {"Type": kind, "Destination": target}
            bench.function(
                function, CODE + answer, metadata={"handler_ms": 0},
                Events={} if function != name else {
                    "Http": {"Type": "HttpApi", "Properties": {"Path": f"/{name}", "Method": "ANY"}},
                    "Queue": {"Type": "SQS", "Properties": source},
                },
                EventInvokeConfig={
                    "MaximumRetryAttempts": 0,
                    "DestinationConfig": {"OnSuccess": end, "OnFailure": end},
                },
            )  # fmt: skip
            calls.append(
                ApiCall(
                    0, "lambda", "Invoke", {"FunctionName": function, "InvocationType": "Event"}
                )
            )
        task = {"Type": "Task", "Resource": {"Fn::GetAtt": [name, "Arn"]}, "End": True}
        bench.resource(
            f"{name}Machine", "AWS::Serverless::StateMachine",
            Definition={"StartAt": "Ask", "States": {"Ask": task}},
        )  # fmt: skip
        machine = {"stateMachineArn": f"${{{name}Machine}}", "name": name}
        calls += [
            ApiCall(0, "stepfunctions", "StartExecution", machine),
            ApiCall(0, "sqs", "SendMessage", {"QueueUrl": f"${{{name}In}}", "MessageBody": "x"}),
        ]
    calls += [HttpCall(0, "ServerlessHttpApi", "GET", f"/{name}") for name in ODD]
    calls.append(Call(0, "surrogate"))
    return bench.run(calls, until=20_000_000)


class TestOddAnswers:
    def test_none_of_them_ends_the_run(self, result: RunResult) -> None:
        assert result.trace[len(result.trace) - 1].kind == "RunEnded"
        assert [event.error_code for event in events_of(result, "EventSent")] == [None] * 16

    def test_an_http_api_makes_an_error_of_what_no_client_could_read(
        self, result: RunResult
    ) -> None:
        answers = result.outcomes[-len(ODD) - 1 : -1]
        assert [answer.status_code for answer in answers] == [
            status for _, status, _ in ODD.values()
        ]
        told = {e.path[1:]: e.status for e in events_of(result, "HttpAnswered")}
        assert told == {name: status for name, (_, status, _) in ODD.items()}

    def test_a_state_machine_fails_over_what_is_no_json(self, result: RunResult) -> None:
        ended = {
            event.execution: event.type.removeprefix("Execution").upper()
            for event in events_of(result, "ExecutionEvent")
            if event.type in {"ExecutionSucceeded", "ExecutionFailed"}
        }
        assert ended == {name: status for name, (_, _, status) in ODD.items()}


class TestText:
    @pytest.mark.parametrize("value", ["\ud800", {"\udc80": ["мир", None]}, "мир", 1.5])
    def test_what_is_dumped_can_be_sent(self, value: Any) -> None:
        for compact in (False, True):
            text = jsontext.dumped(value, compact=compact)
            assert json.loads(text.encode()) == value
        assert jsontext.dumped("мир") == '"мир"'

    def test_what_is_nested_too_deeply_is_refused(self) -> None:
        wide = "[" + ",".join(["[]"] * 2_000) + "]"
        assert len(jsontext.parsed(wide)) == 2_000
        assert jsontext.parsed(json.dumps("[" * 2_000)) == "[" * 2_000
        for deep in ("[" * 501 + "]" * 501, '{"a":' * 2_000 + "1" + "}" * 2_000):
            with pytest.raises(ValueError, match="nested too deeply"):
                jsontext.parsed(deep)
