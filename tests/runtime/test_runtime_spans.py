"""One request followed through everything that it led to, and the ways to look at that."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from runtime import shop
from runtime.conftest import SECOND
from warmstart.runtime.launch import ApiCall, Call, HttpCall, run
from warmstart.runtime.metrics import metrics
from warmstart.runtime.perfetto import to_chrome
from warmstart.runtime.pricing import bill
from warmstart.runtime.spans import spans
from warmstart.runtime.telling import told
from warmstart.runtime.trace import (
    Header,
    InitStarted,
    InvocationRequested,
    InvocationStarted,
    InvocationThrottled,
    Trace,
)

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.spans import Span

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """An order over HTTP, through a queue into a table; then one that fails."""
    calls = [
        HttpCall(0, "Shop", "POST", "/orders", headers={"content-type": "text/plain"}, body="tea"),
        Call(70 * SECOND, "Order", '{"boom": 1}'),
    ]
    return run(shop.write(tmp_path_factory.mktemp("shop")), calls, seed=5).trace


def story(found: list[Span]) -> list[tuple[int, str, str, str]]:
    """Return depth, kind, name and status of each span, parents before children."""
    below: dict[str | None, list[Span]] = defaultdict(list)
    for span in found:
        below[span.parent].append(span)
    lines = []
    pending = [(span, 0) for span in reversed(below[None])]
    while pending:
        span, depth = pending.pop()
        lines.append((depth, span.kind, span.name, span.status))
        pending += [(child, depth + 1) for child in reversed(below[span.id])]
    return lines


class TestSpans:
    def test_one_request_through_api_function_queue_function_and_table(self, trace: Trace) -> None:
        assert story(spans(trace)) == [
            (0, "http", "POST /orders", "ok"),
            (1, "invocation", "Order", "ok"),
            (2, "init", "INIT", "ok"),
            (2, "handler", "handler", "ok"),
            (3, "api", "sqs:SendMessage", "ok"),
            (3, "queue", "Orders", "ok"),
            (4, "batch", "Work", "ok"),
            (5, "invocation", "Work", "ok"),
            (6, "init", "INIT", "ok"),
            (6, "handler", "handler", "ok"),
            (7, "api", "dynamodb:PutItem", "ok"),
            (0, "invocation", "Order", "error"),
            (1, "handler", "handler", "error"),
        ]

    def test_what_follows_from_one_request_has_one_root(self, trace: Trace) -> None:
        roots = [span.root for span in spans(trace)]
        assert len(set(roots)) == 2
        assert roots.count(roots[0]) == 11

    def test_a_span_lies_within_the_run_and_begins_after_its_parent(self, trace: Trace) -> None:
        found = {span.id: span for span in spans(trace)}
        for span in found.values():
            assert span.end is not None
            assert 0 <= span.start <= span.end <= trace.end
            assert span.parent is None or found[span.parent].start <= span.start


RELAY = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Sold: {Type: AWS::SNS::Topic}
  Orders: {Type: AWS::SQS::Queue}
  ToOrders:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Sold, Protocol: sqs, Endpoint: !GetAtt Orders.Arn}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.work
      Runtime: python3.13
      Environment: {Variables: {FLOW: !Ref Flow, MAIL: !Ref Mail}}
      Events: {Queue: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
  Mail:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.mail
      Runtime: python3.13
      EventInvokeConfig: {MaximumRetryAttempts: 1}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Both
        States:
          Both:
            Type: Parallel
            Branches:
              - StartAt: Slow
                States: {Slow: {Type: Wait, Seconds: 60, End: true}}
              - StartAt: Pay
                States:
                  Pay: {Type: Task, Resource: !GetAtt Mail.Arn, End: true}
            Catch: [{ErrorEquals: [States.ALL], Next: Undo}]
            End: true
          Undo: {Type: Pass, End: true}
"""
RELAYED = """
import os

def work(event, context):
    import boto3
    boto3.client("stepfunctions").start_execution(stateMachineArn=os.environ["FLOW"])
    boto3.client("lambda").invoke(FunctionName=os.environ["MAIL"], InvocationType="Event")

def mail(event, context):
    raise RuntimeError("no mail today")
"""


class TestCauses:
    """What a service does stands below what it does it for."""

    def test_topic_queue_function_execution_and_event(self, tmp_path: Path) -> None:
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "app.py").write_text(RELAYED)
        (tmp_path / "template.yaml").write_text(RELAY)
        published = {"TopicArn": "arn:aws:sns:us-east-1:123456789012:Sold", "Message": "tea"}
        call = ApiCall(0, "sns", "Publish", published)
        trace = run(tmp_path / "template.yaml", [call], seed=5).trace
        assert story(spans(trace)) == [
            (0, "api", "sns:Publish", "ok"),
            (1, "delivery", "Sold → Orders", "ok"),
            (2, "queue", "Orders", "ok"),
            (3, "batch", "Work", "ok"),
            (4, "invocation", "Work", "ok"),
            (5, "init", "INIT", "ok"),
            (5, "handler", "handler", "ok"),
            (6, "api", "stepfunctions:StartExecution", "ok"),
            (6, "api", "lambda:Invoke", "ok"),
            (6, "execution", "Flow", "ok"),
            (7, "state", "Both", "RuntimeError"),
            (8, "state", "Pay", "RuntimeError"),
            (9, "invocation", "Mail", "error"),
            (10, "init", "INIT", "ok"),
            (10, "handler", "handler", "error"),
            (8, "state", "Slow", "aborted"),
            (7, "state", "Undo", "ok"),
            (6, "event", "Mail", "RetriesExhausted"),
            (7, "invocation", "Mail", "error"),
            (8, "init", "INIT", "ok"),
            (8, "handler", "handler", "error"),
            (7, "invocation", "Mail", "error"),
            (8, "handler", "handler", "error"),
        ]
        assert {span.root for span in spans(trace)} == {spans(trace)[0].root}
        counted = {(c.resource, c.item): c.quantity for c in bill(trace).charges}
        assert counted["Flow", "Step Functions, Standard"] == 4
        sums = {(m.resource, m.name): m.whole.sum for m in metrics(trace)}
        assert (sums["Flow", "ExecutionsStarted"], sums["Flow", "ExecutionsSucceeded"]) == (1, 1)
        assert sums["Flow", "ExecutionTime"] > 0


class TestMetrics:
    def test_as_cloudwatch_names_them(self, trace: Trace) -> None:
        sums = {(m.namespace, m.resource, m.name): m.whole.sum for m in metrics(trace)}
        assert sums["AWS/Lambda", "Order", "Invocations"] == 2
        assert sums["AWS/Lambda", "Order", "Errors"] == 1
        assert sums["AWS/Lambda", "Work", "Invocations"] == 1
        assert sums["AWS/ApiGateway", "Shop", "Count"] == 1
        assert sums["AWS/ApiGateway", "Shop", "4xx"] == 0
        assert sums["AWS/SQS", "Orders", "NumberOfMessagesSent"] == 1
        assert sums["AWS/SQS", "Orders", "NumberOfMessagesDeleted"] == 1
        assert sums["AWS/SQS", "Orders", "SentMessageSize"] == len("tea")
        assert sums["AWS/DynamoDB", "Sold", "ConsumedWriteCapacityUnits"] == 1

    def test_a_call_counts_while_its_environment_is_made(self) -> None:
        """Two calls at once, both cold: INIT is part of an execution; a throttled one is none."""
        trace = Trace(Header(seed=1, epoch="2026-01-05T09:00:00Z"))
        for request in ("a", "b", "c"):
            trace.append(InvocationRequested(0, request, "Fn", 2, "client", request))
            if request == "c":
                trace.append(InvocationThrottled(0, request, "Fn", "no"))
            else:
                trace.append(InitStarted(0, f"Fn/{request}", "init", request))
        for at, request in ((5, "a"), (9, "b")):
            trace.append(InvocationStarted(at, request, f"Fn/{request}", "Fn", cold=True))
        found = {metric.name: metric.whole for metric in metrics(trace)}
        assert found["ConcurrentExecutions"].values == (1, 2)
        assert (found["Invocations"].sum, found["Throttles"].sum) == (2, 1)

    def test_by_periods(self, trace: Trace) -> None:
        """The failing call comes in the second minute."""
        (errors,) = [m for m in metrics(trace, 60) if (m.resource, m.name) == ("Order", "Errors")]
        assert [(p.start, p.sum, p.count) for p in errors.points] == [
            (0, 0, 1), (60 * SECOND, 1, 1),
        ]  # fmt: skip
        assert (errors.whole.average, errors.whole.maximum) == (0.5, 1)
        assert [errors.whole.percentile(p) for p in (0.5, 0.51, 1.0)] == [0, 1, 1]


class TestChrome:
    def test_it_opens_and_what_is_in_one_thread_nests(self, trace: Trace) -> None:
        """Complete events of a thread that overlap must lie within one another."""
        said = json.loads(to_chrome(trace))
        events: list[dict[str, Any]] = said["traceEvents"]
        assert {event["ph"] for event in events} <= {"X", "M", "i"}
        names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
        threads = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
        complete = [event for event in events if event["ph"] == "X"]
        assert len(complete) == len(spans(trace))
        assert {names[event["pid"]] for event in complete} >= {"Order", "Work", "Shop", "Orders"}
        rows: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for event in complete:
            assert event["dur"] >= 0
            assert (event["pid"], event["tid"]) in threads
            rows[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
        for row in rows.values():
            ends: list[int] = []
            for start, end in sorted(row, key=lambda span: (span[0], -span[1])):
                while ends and ends[-1] <= start:
                    ends.pop()
                assert not ends or end <= ends[-1]
                ends.append(end)

    def test_the_same_trace_the_same_text(self, trace: Trace) -> None:
        assert to_chrome(trace) == to_chrome(trace)


class TestLooks:
    def test_the_bill_names_every_resource(self, trace: Trace) -> None:
        """A request to the queue for sending, receiving and deleting each."""
        counted = {(c.resource, c.item): c.quantity for c in bill(trace).charges}
        assert counted["Order", "Lambda requests"] == 2
        assert counted["Shop", "HTTP API requests"] == 1
        assert counted["Orders", "SQS requests, standard"] == 3
        assert counted["Sold", "DynamoDB writes, on demand"] == 1

    def test_every_event_has_a_line_or_none(self, trace: Trace) -> None:
        lines = [line for line in map(told, trace) if line is not None]
        assert ("Shop", "POST /orders 202") in {
            (line.where, line.text.partition(" in ")[0]) for line in lines
        }
        assert not [line for line in lines if "at=" in line.text]
        assert {line.tone for line in lines} == {"plain", "quiet", "good", "bad"}
