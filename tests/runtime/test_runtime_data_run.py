"""Handlers that keep data: powertools' idempotency over a table, objects that set others going."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runtime.conftest import SECOND, events_of, log_of
from warmstart.runtime.launch import Call
from warmstart.runtime.telling import told

if TYPE_CHECKING:
    from runtime.conftest import Bench

PAYS = """
import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent,
)
store = DynamoDBPersistenceLayer(table_name="Idempotency")
config = IdempotencyConfig(event_key_jmespath="order", expires_after_seconds=60)
paid = boto3.resource("dynamodb").Table("Paid")

@idempotent(config=config, persistence_store=store)
def handler(event, context):
    answer = paid.update_item(
        Key={"id": event["order"]}, UpdateExpression="ADD times :one",
        ExpressionAttributeValues={":one": 1}, ReturnValues="UPDATED_NEW",
    )
    return {"times": int(answer["Attributes"]["times"])}
"""
KEEPS = """
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    s3.put_object(Bucket="photos", Key="in/an ü.jpg", Body=b"jpeg", Metadata={"by": "me"})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "in/an ü.jpg"})
    import urllib.request
    return urllib.request.urlopen(url).read().decode()
"""
READS = """
import boto3, json
from aws_lambda_powertools.utilities.data_classes import S3Event
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        told = S3Event(json.loads(record["body"]))
        got = s3.get_object(Bucket=told.bucket_name, Key=told.object_key)
        print(told.object_key, got["Metadata"], len(got["Body"].read()))
"""
PRINTS = """
def handler(event, context):
    for record in event["Records"]:
        told = record["s3"]["object"]
        print(record["eventName"], told["key"], told["size"])
"""


class TestTables:
    def test_what_is_sent_twice_is_done_once(self, bench: Bench) -> None:
        key = {"Name": "id", "Type": "String"}
        for name in ("Idempotency", "Paid"):
            bench.resource(name, "AWS::Serverless::SimpleTable", PrimaryKey=key, TableName=name)
        bench.function("Pay", PAYS, Timeout=30)
        order = json.dumps({"order": "o-1"})
        calls = [Call(at * SECOND, "Pay", order) for at in (0, 10, 20, 120)]
        result = bench.run(calls)
        # The fourth comes when the first is forgotten.
        assert [json.loads(o.payload) for o in result.outcomes] == [
            {"times": times} for times in (1, 1, 1, 2)
        ]
        assert len(events_of(result, "ConditionFailed")) == 2
        written = [e for e in events_of(result, "ItemWritten") if e.table == "Paid"]
        assert [(e.operation, e.source, e.key) for e in written] == [
            ("update", "Pay/1", '{"id": "o-1"}')
        ] * 2


class TestBuckets:
    def test_an_object_sets_another_function_going(self, bench: Bench) -> None:
        bench.resource("Told", "AWS::SQS::Queue", QueueName="told")
        notified = {"Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["Told", "Arn"]}}
        bench.resource(
            "Photos", "AWS::S3::Bucket", BucketName="photos",
            NotificationConfiguration={"QueueConfigurations": [notified]},
        )  # fmt: skip
        bench.function("Keep", KEEPS)
        source = {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Told", "Arn"]}}}
        bench.function("Read", READS, Events={"Told": source})
        calls = [Call(0, "Keep")]
        result = bench.run(calls)
        assert json.loads(result.outcomes[0].payload) == "jpeg"
        assert "in/an ü.jpg {'by': 'me'} 4" in log_of(result, "Read/1")
        roots = {e.root for e in events_of(result, "ObjectCreated", "MessageSent", "ObjectRead")}
        assert roots == {result.outcomes[0].request}
        assert result.trace.to_jsonl() == bench.run(calls).trace.to_jsonl()

    def test_a_function_is_called_by_the_bucket_itself(self, bench: Bench) -> None:
        bench.resource("Photos", "AWS::S3::Bucket", BucketName="photos")
        bench.function("Keep", KEEPS)
        made = {"Bucket": {"Ref": "Photos"}, "Events": "s3:ObjectCreated:*"}
        bench.function("Print", PRINTS, Events={"Made": {"Type": "S3", "Properties": made}})
        result = bench.run([Call(0, "Keep")])
        assert "ObjectCreated:Put in/an+%C3%BC.jpg 4" in log_of(result, "Print/1")
        created, asked = events_of(result, "ObjectCreated", "InvocationRequested")[-2:]
        assert (asked.function, asked.source) == ("Print", "s3")
        assert asked.at - created.at >= SECOND
        lines = [(line.where, line.text) for event in result.trace if (line := told(event))]
        assert ("photos", "Put in/an ü.jpg by Keep/1, 4 bytes") in lines
        assert ("photos", "read in/an ü.jpg by Keep/1, 4 bytes") in lines
