"""Handlers that call services with boto3, in virtual time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runtime.conftest import SECOND, events_of
from warmstart.runtime.launch import Call

if TYPE_CHECKING:
    from runtime.conftest import Bench

ASKS = """
import boto3, json
from botocore.exceptions import ClientError
sqs = boto3.client("sqs")
def handler(event, context):
    try:
        sqs.get_queue_url(QueueName="nobody")
    except ClientError as error:
        return error.response["Error"]["Code"]
"""

LOOKS = """
import boto3, datetime, time
sqs = boto3.client("sqs")
def handler(event, context):
    queue = sqs.create_queue(QueueName="empty")["QueueUrl"]
    clocks = (time.time, time.monotonic, lambda: datetime.datetime.now().timestamp(),
              lambda: -context.get_remaining_time_in_millis() / 1000)
    before = [clock() for clock in clocks]
    polls = 0
    while context.get_remaining_time_in_millis() > 2_000:  # As a poller does that knows its time.
        answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
        polls += 1
    return {
        "polls": polls,
        "took": [clock() - earlier for clock, earlier in zip(clocks, before)],
        "headers": [name for name in answer["ResponseMetadata"]["HTTPHeaders"] if "warm" in name],
    }
"""
INVOKES = """
import boto3
def handler(event, context):
    boto3.client("lambda").invoke(FunctionName="Slow")
"""
SLOW = """
import time
def handler(event, context):
    time.sleep(3)
    return "done"
"""


class TestCalls:
    def test_a_call_takes_virtual_time_and_is_attributed(self, bench: Bench) -> None:
        bench.function("Ask", ASKS)
        result = bench.run([Call(0, "Ask"), Call(5 * SECOND, "Ask")])
        assert [json.loads(o.payload) for o in result.outcomes] == [
            "AWS.SimpleQueueService.NonExistentQueue"
        ] * 2
        calls = events_of(result, "ApiCalled")
        assert [(c.source, c.service, c.operation) for c in calls] == [
            ("Ask/1", "sqs", "GetQueueUrl")
        ] * 2
        assert [c.request for c in calls] == [o.request for o in result.outcomes]
        assert all(6_000 <= c.duration <= 10_000 for c in calls)
        assert (
            result.trace.to_jsonl()
            == bench.run([Call(0, "Ask"), Call(5 * SECOND, "Ask")]).trace.to_jsonl()
        )

    def test_a_handlers_clocks_go_on_while_a_service_answers(self, bench: Bench) -> None:
        bench.function("Look", LOOKS, Timeout=10)
        result = bench.run([Call(0, "Look")])
        found = json.loads(result.outcomes[0].payload)
        polled = [c for c in events_of(result, "ApiCalled") if c.operation == "ReceiveMessage"]
        assert found["polls"] == len(polled) == 8
        took = sum(call.duration for call in polled) / SECOND
        assert found["took"] == [pytest.approx(took, abs=0.002)] * 4
        assert found["headers"] == []

    def test_what_a_function_has_invoked_goes_on_when_its_caller_times_out(
        self, bench: Bench
    ) -> None:
        """And is part of the run: what it does in the end is not lost."""
        bench.function("Impatient", INVOKES, Timeout=1)
        bench.function("Slow", SLOW, Timeout=5)
        result = bench.run([Call(0, "Impatient")])
        ended = events_of(result, "InvocationEnded")
        assert [(end.function, end.status, end.response) for end in ended] == [
            ("Impatient", "timeout", None),
            ("Slow", "success", '"done"'),
        ]


STARTS = """
import boto3, json
sfn = boto3.client("stepfunctions")
def handler(event, context):
    passes = {"Type": "Pass", "End": True}
    made = sfn.create_state_machine(
        name="m", type="EXPRESS", roleArn="arn:aws:iam::123456789012:role/r",
        definition=json.dumps({"StartAt": "P", "States": {"P": passes}}),
    )
    ran = sfn.start_sync_execution(stateMachineArn=made["stateMachineArn"], input='{"a": 1}')
    activity = sfn.create_activity(name="pack")["activityArn"]
    nothing = sfn.get_activity_task(activityArn=activity)
    tested = sfn.test_state(definition=json.dumps(passes), input="2")
    return [ran["output"], nothing.get("taskToken"), tested["output"]]
"""


class TestStateMachines:
    def test_a_handler_runs_them_and_polls_for_work(self, bench: Bench) -> None:
        """boto3 would send two of these to another host, sync-127.0.0.1, if it were not told."""
        bench.function("Start", STARTS, Timeout=90)
        (outcome,) = bench.run([Call(0, "Start")]).outcomes
        assert json.loads(outcome.payload) == ['{"a": 1}', None, "2"]
