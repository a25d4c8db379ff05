"""Functions that feed themselves: Lambda counts along what it knows, and stops them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import events_of
from warmstart.runtime import chains
from warmstart.runtime.launch import Call

if TYPE_CHECKING:
    from runtime.conftest import Bench

AGAIN = """
import boto3, json, os
client = boto3.client(os.environ["SERVICE"])
def handler(event, context):
    service, to = os.environ["SERVICE"], os.environ["TO"]
    if service == "sqs":
        client.send_message(QueueUrl=to, MessageBody="again")
    elif service == "sns":
        client.publish(TopicArn=to, Message="again")
    elif service == "s3":
        client.put_object(Bucket=to, Key="again", Body=b"")
    elif service == "lambda":
        how = "Event" if event.get("later") else "RequestResponse"
        client.invoke(FunctionName=to, InvocationType=how, Payload=json.dumps(event))
"""
STOPPED = "RecursiveInvocationException"


class TestChains:
    def test_each_function_is_counted_by_itself(self) -> None:
        chain = chains.longer(chains.longer(chains.longer((), "a"), "b"), "a")
        assert (chains.times(chain, "a"), chains.times(chain, "b")) == (2, 1)
        assert chains.times(chain, "c") == 0

    def test_a_batch_counts_as_its_longest_message(self) -> None:
        chain = chains.joined([(("a", 3), ("b", 1)), (), (("a", 2), ("b", 4))])
        assert dict(chain) == {"a": 3, "b": 4}


@pytest.fixture
def again(bench: Bench) -> Any:
    def add(name: str, service: str, to: Any, **properties: Any) -> None:
        variables = {"SERVICE": service, "TO": to}
        bench.function(
            name, AGAIN, Timeout=60, Environment={"Variables": variables}, **properties,
            metadata={"handler_ms": 0},
        )  # fmt: skip

    return add


class TestLoops:
    def test_lambda_stops_them_along_sqs_sns_s3_and_itself(self, bench: Bench, again: Any) -> None:
        """After sixteen invocations; what is stopped goes where failures go."""
        bench.resource("Dead", "AWS::SQS::Queue")
        redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 1}
        bench.resource("Queue", "AWS::SQS::Queue", RedrivePolicy=redrive, VisibilityTimeout=60)
        queue = {"Queue": {"Fn::GetAtt": ["Queue", "Arn"]}}
        again("Eats", "sqs", {"Ref": "Queue"}, Events={"Q": {"Type": "SQS", "Properties": queue}})
        bench.resource("Topic", "AWS::SNS::Topic")
        topic = {"Topic": {"Ref": "Topic"}}
        dead = {"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
        again(
            "Told", "sns", {"Ref": "Topic"}, DeadLetterQueue=dead,
            Events={"T": {"Type": "SNS", "Properties": topic}},
        )  # fmt: skip
        bench.resource("Bucket", "AWS::S3::Bucket", BucketName="loop")
        puts = {"Bucket": {"Ref": "Bucket"}, "Events": "s3:ObjectCreated:*"}
        again("Stored", "s3", "loop", Events={"S": {"Type": "S3", "Properties": puts}})
        again("Self", "lambda", "Self")
        again("Later", "lambda", "Later")

        names = ["Eats", "Told", "Stored", "Self", "Later"]
        calls = [Call(0, name, '{"Records": [], "later": 1}') for name in names]
        calls[3] = Call(0, "Self", "{}")
        result = bench.run(calls)
        ran = Counter(event.function for event in events_of(result, "InvocationStarted"))
        assert ran == dict.fromkeys(names, 16)
        stopped = events_of(result, "InvocationRejected")
        assert Counter(event.function for event in stopped) == dict.fromkeys(names, 1)
        assert {event.error_type for event in stopped} == {STOPPED}
        # boto3 raised it where the function that was stopped was waited for, or only asked for.
        failed = [end for end in events_of(result, "InvocationEnded") if end.error is not None]
        assert [(end.function, end.error.error_type) for end in failed] == [("Self", STOPPED)]
        (moved,) = events_of(result, "MessageMoved")
        assert (moved.queue, moved.to) == ("Queue", "Dead")
        sent = events_of(result, "EventSent")
        assert [(event.function, event.sent_as, event.error_code) for event in sent] == [
            ("Told", "dead-letter", None)
        ]

    def test_many_from_one_event_are_no_loop_and_a_loop_may_be_allowed(
        self, bench: Bench, again: Any
    ) -> None:
        spreads = "import boto3\ndef handler(event, context):\n"
        spreads += (
            "    for _ in range(20):\n        boto3.client('lambda').invoke(FunctionName='Leaf')"
        )
        bench.function("Spreads", spreads, Timeout=60)
        bench.function("Leaf", "def handler(event, context):\n    return 1")
        result = bench.run([Call(0, "Spreads")])
        assert len(events_of(result, "InvocationStarted")) == 21

        again("Self", "lambda", "Self", RecursiveLoop="Allow", ReservedConcurrentExecutions=20)
        result = bench.run([Call(0, "Self", "{}")])
        assert len(events_of(result, "InvocationStarted")) == 20  # Then it waits for itself.
        assert events_of(result, "InvocationRejected") == []
