"""Real time, the machine's load, and clients that know nothing of this runtime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from runtime.conftest import SECOND, events_of, log_of
from warm import repeated
from warmstart.runtime.launch import Call

if TYPE_CHECKING:
    from runtime.conftest import Bench
    from warm import Warm

MIXED = """
import json, os, random, time, uuid
seen = set("a handler's set has an order, too".split())
def handler(event, context):
    time.sleep(random.random())
    print(uuid.uuid4(), sorted(os.listdir("/tmp")), object(), seen)
    open("/tmp/" + context.aws_request_id[:4], "w").close()
    if event.get("die"): os._exit(1)
    if event.get("fail"): raise ValueError(str(time.time()))
    return [time.monotonic(), context.get_remaining_time_in_millis()]
"""


class TestRealTime:
    def test_sleeps_last_and_costs_are_what_they_are(self, bench: Bench) -> None:
        bench.function(
            "Now",
            "import time\n"
            "def handler(event, context):\n"
            "    time.sleep(event['s'])\n"
            "    return context.get_remaining_time_in_millis()\n",
            Timeout=1,
        )
        calls = [Call(0, "Now", '{"s": 0.1}'), Call(0, "Now", '{"s": 9}')]
        result = bench.run(calls, real=True)
        # The worker's clock starts when it is told the time, which a busy machine may delay.
        assert 500 < json.loads(result.outcomes[0].payload) < 1_000
        assert json.loads(result.outcomes[1].payload)["errorType"] == "Sandbox.Timedout"
        (fast, slow) = events_of(result, "InvocationEnded")
        assert 100_000 <= fast.duration < 600_000
        assert slow.duration == 1_000_000
        assert events_of(result, "CpuCharged") == []
        assert events_of(result, "InvocationRequested")[0].at < SECOND

    def test_a_background_thread_stands_still_between_invocations(self, bench: Bench) -> None:
        """And so does a child process: the whole group is frozen."""
        bench.function(
            "Ticks",
            "import os, subprocess, sys, threading, time\n"
            "n = 0\n"
            "child = None\n"
            "def tick():\n"
            "    global n\n"
            "    while True: n += 1; time.sleep(0.005)\n"
            "def handler(event, context):\n"
            "    global child\n"
            "    if child is None:\n"
            "        threading.Thread(target=tick, daemon=True).start()\n"
            '        code = \'import time\\nfor n in range(9999): open("ticks", "a").write("x"); time.sleep(0.005)\'\n'
            "        child = subprocess.Popen([sys.executable, '-c', code], cwd=os.environ['TMPDIR'])\n"
            "        time.sleep(0.3)\n"
            "    return [n, os.path.getsize('/tmp/ticks')]\n",
        )
        calls = [Call(0, "Ticks"), Call(1_500_000, "Ticks")]
        result = bench.run(calls, real=True)
        before, after = (json.loads(outcome.payload) for outcome in result.outcomes)
        assert before[0] >= 10
        assert before[1] >= 1
        assert after[0] - before[0] < 60
        assert after[1] - before[1] < 60


@pytest.mark.slow
def test_the_same_seed_gives_the_same_trace_under_load(
    bench: Bench, warm_processes: Warm | None
) -> None:
    """Fifty times, and so many at once that each waits for the others in places of its own."""
    bench.function("Mixed", MIXED, EventInvokeConfig={"MaximumRetryAttempts": 1})
    bench.function(
        "Kept", MIXED, SnapStart={"ApplyOn": "PublishedVersions"}, AutoPublishAlias="live"
    )
    calls = [
        Call(at * 300_000, name, payload)
        for at, payload in enumerate(("{}", '{"fail": 1}', '{"die": 1}', "{}", "{}"))
        for name in ("Mixed", "Kept:live")
    ]
    assert len(repeated(lambda: bench.run(calls).trace, 50, warm_processes)) == 1


class TestPowertools:
    """aws-lambda-powertools, unmodified."""

    def test_logger_and_batch_processor(self, bench: Bench) -> None:
        bench.function(
            "Batch",
            "from aws_lambda_powertools import Logger\n"
            "from aws_lambda_powertools.utilities.batch import (\n"
            "    BatchProcessor, EventType, process_partial_response)\n"
            "logger = Logger(service='orders')\n"
            "processor = BatchProcessor(event_type=EventType.SQS)\n"
            "def one(record):\n"
            "    if record.body == 'bad': raise ValueError('bad')\n"
            "    logger.info('took', extra={'body': record.body})\n"
            "@logger.inject_lambda_context\n"
            "def handler(event, context):\n"
            "    return process_partial_response(event=event, record_handler=one,\n"
            "                                    processor=processor, context=context)\n",
        )
        records = [
            {
                "messageId": body, "receiptHandle": "r", "body": body, "attributes": {},
                "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q", "awsRegion": "us-east-1",
            }
            for body in ("good", "bad")
        ]  # fmt: skip
        result = bench.run([Call(0, "Batch", json.dumps({"Records": records}))])
        assert json.loads(result.outcomes[0].payload) == {
            "batchItemFailures": [{"itemIdentifier": "bad"}]
        }
        (line,) = [line for line in log_of(result, "Batch/1") if '"took"' in line]
        told: dict[str, Any] = json.loads(line)
        assert told["function_request_id"] == result.outcomes[0].request
        assert (told["service"], told["body"], told["cold_start"]) == ("orders", "good", True)

    def test_idempotency(self, bench: Bench) -> None:
        bench.function(
            "Once",
            "from aws_lambda_powertools.utilities.idempotency import (\n"
            "    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent)\n"
            "layer = DynamoDBPersistenceLayer(table_name='kept')\n"
            "n = 0\n"
            "@idempotent(persistence_store=layer,\n"
            "            config=IdempotencyConfig(event_key_jmespath='id', expires_after_seconds=60))\n"
            "def handler(event, context):\n"
            "    global n\n"
            "    n += 1\n"
            "    return {'n': n}\n",
        )
        document = json.loads(bench.template.read_text())
        document["Resources"]["Kept"] = {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "kept", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        }  # fmt: skip
        bench.template.write_text(json.dumps(document))
        times = (0, 5, 6, 90)
        payloads = ('{"id": "a"}', '{"id": "a"}', '{"id": "b"}', '{"id": "a"}')
        result = bench.run(
            [Call(at * SECOND, "Once", text) for at, text in zip(times, payloads, strict=True)]
        )
        assert [json.loads(outcome.payload) for outcome in result.outcomes] == [
            {"n": 1}, {"n": 1}, {"n": 2}, {"n": 3},
        ]  # fmt: skip
