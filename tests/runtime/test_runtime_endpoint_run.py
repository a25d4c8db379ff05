"""Handlers that call services with boto3, in virtual time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
