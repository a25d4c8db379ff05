"""What a scenario may ask for: invocations, operations, HTTP requests."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from runtime import shop
from runtime.conftest import SECOND, events_of
from warmstart.errors import UsageError
from warmstart.runtime.launch import ApiCall, Call, HttpCall, run

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.launch import AnyCall

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop.write(tmp_path_factory.mktemp("shop"))


CALLS: list[AnyCall] = [
    HttpCall(0, "Shop", "POST", "/orders", headers={"Content-Type": "text/plain"}, body="tea"),
    ApiCall(
        2 * SECOND,
        "sqs",
        "SendMessage",
        {"QueueUrl": "${Orders}", "MessageBody": {"order": "milk"}},
        source="Buyer",
    ),
    HttpCall(3 * SECOND, "Shop", "GET", "/nothing"),
    ApiCall(3 * SECOND, "sqs", "SendMessage", {"QueueUrl": "nowhere", "MessageBody": "x"}),
]


class TestCalls:
    def test_each_kind_is_made_and_answered(self, template: Path) -> None:
        """In the order of the calls; the run lasts until all that they led to has ended."""
        result = run(template, CALLS, seed=3)
        web, sent, missing, failed = result.outcomes
        assert web.status_code == 202
        assert web.payload in {event.message for event in events_of(result, "MessageSent")}
        assert sent.status_code == 200
        assert json.loads(sent.payload)["MessageId"] != web.payload
        assert (missing.status_code, missing.payload) == (404, '{"message":"Not Found"}')
        assert failed.status_code == 400
        code = json.loads(failed.payload)["Error"]["Code"]
        assert code == "QueueDoesNotExist"
        said = [e.text for e in events_of(result, "LogLine") if e.source == "function"]
        assert said == ["an order: tea", "work: tea", 'work: {"order": "milk"}']
        assert len(events_of(result, "MessageDeleted")) == 2

    def test_who_calls_stands_in_the_trace_with_the_root_of_what_follows(
        self, template: Path
    ) -> None:
        result = run(template, CALLS[1:2], seed=3)
        called, put = events_of(result, "ApiCalled")
        (sent,) = events_of(result, "MessageSent")
        (asked,) = events_of(result, "InvocationRequested")
        assert (called.source, sent.source, asked.source) == ("Buyer", "Buyer", "sqs")
        assert called.root == sent.root == asked.root == put.root == result.outcomes[0].request
        assert called.at - called.duration == 2 * SECOND

    def test_the_same_seed_gives_the_same_trace(self, template: Path) -> None:
        texts = {run(template, CALLS, seed=3).trace.to_jsonl() for _ in range(3)}
        assert len(texts) == 1

    @pytest.mark.parametrize(
        ("call", "why"),
        [
            (Call(0, "Nobody"), "names the function 'Nobody'"),
            (HttpCall(0, "Nobody"), "names the API 'Nobody'"),
            (ApiCall(0, "sqs", "SendMail"), "names the operation sqs:SendMail"),
            (ApiCall(0, "nothing", "X"), "names the operation nothing:X"),
            (ApiCall(0, "sqs", "SendMessage", {"MessageBody": "x"}), "required parameter"),
            (ApiCall(0, "sqs", "GetQueueUrl", {"QueueName": "${Nobody}"}), "resource 'Nobody'"),
            (Call(-1, "Order"), "before its start"),
        ],
    )
    def test_what_cannot_be_is_told_before_the_run(
        self, template: Path, call: AnyCall, why: str
    ) -> None:
        with pytest.raises(UsageError, match=why):
            run(template, [call], seed=1)


class TestRealTime:
    def test_a_run_in_real_time_answers_and_ends(self, template: Path) -> None:
        """Times count from its start, its epoch is now, and no modelled cost is charged."""
        result = run(template, CALLS[:1], seed=3, real=True)
        assert result.outcomes[0].status_code == 202
        assert [e.text for e in events_of(result, "LogLine") if e.source == "function"] == [
            "an order: tea",
            "work: tea",
        ]
        assert result.trace.header.epoch > "2026-01-06"
        assert 0 < result.trace.end < 60 * SECOND
        assert not events_of(result, "CpuCharged", "RepeatabilityLost")
