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
