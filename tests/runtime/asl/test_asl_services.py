"""Tasks of each service the runtime has, and what a distributed Map reads from S3 and writes there."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from warmstart.labs.machine import plays
from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.invoke import Answer
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.dynamodb import DynamoDb
from warmstart.runtime.services.eventbridge import EventBridge
from warmstart.runtime.services.s3 import S3
from warmstart.runtime.services.sns import Sns
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.services.stepfunctions import StepFunctions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CALLER = Caller("client", "root-1")
STATES = "arn:aws:states:::"


async def invoke(_function: str, payload: str, _caller: Caller) -> Answer:
    return Answer("r", 200, payload)


class Bench:
    """An account with every service."""

    def __init__(self) -> None:
        start = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.trace: list[Any] = []
        self.account = Account(
            seed=1, start=start, region="us-east-1", model=Model(), emit=self.trace.append
        )
        self.machines = 0
        for service in (
            Sqs(self.account, []), Sns(self.account, []), EventBridge(self.account, [], [], []),
            DynamoDb(self.account, []), S3(self.account, []), StepFunctions(self.account, [], invoke),
        ):  # fmt: skip
            self.account.add(service)

    async def call(self, service: str, operation: str, **given: Any) -> dict[str, Any]:
        return await self.account.call(service, operation, given, CALLER)

    async def put(self, key: str, body: str) -> None:
        await self.call("s3", "PutObject", Bucket="bucket", Key=key, Body=body.encode())

    async def get(self, key: str) -> Any:
        answer = await self.call("s3", "GetObject", Bucket="bucket", Key=key)
        body = answer["Body"]
        text = (body if isinstance(body, bytes) else body.read()).decode()
        return (
            [json.loads(line) for line in text.splitlines()]
            if key.endswith("l")
            else (json.loads(text))
        )

    async def run(self, state: dict[str, Any], data: Any = None, **machine: Any) -> dict[str, Any]:
        """Run a machine of one state, and return how its execution ended."""
        self.machines += 1
        definition: dict[str, Any] = {"StartAt": "S", "States": {"S": state}}
        if state["Type"] != "Fail":
            definition["States"] = {"S": {**state, "End": True}}
        made = await self.call(
            "stepfunctions", "CreateStateMachine", name=f"m{self.machines}",
            definition=json.dumps(definition), **machine,
        )  # fmt: skip
        express = machine.get("type") == "EXPRESS"
        started = await self.call(
            "stepfunctions", "StartSyncExecution" if express else "StartExecution",
            stateMachineArn=made["stateMachineArn"], input=json.dumps(data), name="e",
        )  # fmt: skip
        if express:
            return started
        await self.account.work.done()
        return await self.call(
            "stepfunctions", "DescribeExecution", executionArn=started["executionArn"]
        )

    async def task(self, resource: str, **parameters: Any) -> Any:
        """Run a Task and return its output, or its error."""
        found = await self.run(
            {"Type": "Task", "Resource": STATES + resource, "Parameters": parameters}
        )
        return json.loads(found["output"]) if found["status"] == "SUCCEEDED" else found["error"]


def on_a_bench(work: Callable[[Bench], Awaitable[None]]) -> None:
    async def inside() -> None:
        await work(Bench())

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(inside())


def test_a_topic_a_bus_and_a_queue_pass_on_what_they_are_given() -> None:
    """JSON is taken where a message's text is wanted, and a token waits for its answer."""

    async def work(bench: Bench) -> None:
        url = (await bench.call("sqs", "CreateQueue", QueueName="q"))["QueueUrl"]
        queue = "arn:aws:sqs:us-east-1:123456789012:q"
        topic = (await bench.call("sns", "CreateTopic", Name="t"))["TopicArn"]
        await bench.call("sns", "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=queue,
                         Attributes={"RawMessageDelivery": "true"})  # fmt: skip
        await bench.call("events", "PutRule", Name="r", EventPattern='{"source": ["shop"]}')
        await bench.call("events", "PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": queue}])

        async def received() -> str:
            found = await bench.call("sqs", "ReceiveMessage", QueueUrl=url, WaitTimeSeconds=5)
            (message,) = found["Messages"]
            await bench.call("sqs", "DeleteMessage", QueueUrl=url,
                             ReceiptHandle=message["ReceiptHandle"])  # fmt: skip
            return str(message["Body"])

        sent = await bench.task("sqs:sendMessage", QueueUrl=url, MessageBody={"a": 1})
        assert set(sent) >= {"MessageId", "MD5OfMessageBody"}
        assert json.loads(await received()) == {"a": 1}
        assert "MessageId" in await bench.task("sns:publish", TopicArn=topic, Message={"b": [2]})
        assert json.loads(await received()) == {"b": [2]}
        entry = {"Source": "shop", "DetailType": "Sold", "Detail": {"c": 3}}
        put = await bench.task("events:putEvents", Entries=[entry])
        assert put["FailedEntryCount"] == 0
        assert json.loads(await received())["detail"] == {"c": 3}

        async def answer() -> None:
            token = json.loads(await received())["token"]
            await bench.call("stepfunctions", "SendTaskSuccess", taskToken=token, output='"ok"')

        answering = asyncio.create_task(answer())
        message = {"token.$": "$$.Task.Token"}
        assert (
            await bench.task("sqs:sendMessage.waitForTaskToken", QueueUrl=url, MessageBody=message)
            == "ok"
        )
        await answering
        assert await bench.task("sqs:sendMessage", QueueUrl=url + "x", MessageBody="a") == (
            "SQS.QueueDoesNotExist"
        )
        assert await bench.task("aws-sdk:sqs:sendMessage", QueueUrl=url + "x", MessageBody="a") == (
            "Sqs.QueueDoesNotExistException"
        )
        assert await bench.task("sqs:deleteQueue", QueueUrl=url) == "States.TaskFailed"
        assert await bench.task("aws-sdk:sqs:deleteQueue", QueueUrl=url) == {}

    on_a_bench(work)


def test_a_table_is_written_on_a_condition_and_read() -> None:
    async def work(bench: Bench) -> None:
        await bench.call(
            "dynamodb", "CreateTable", TableName="table", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        )  # fmt: skip
        key = {"k": {"S": "a"}}
        once = {"TableName": "table", "Item": {**key, "n": {"N": "1"}},
                "ConditionExpression": "attribute_not_exists(k)"}  # fmt: skip
        assert await bench.task("dynamodb:putItem", **once) == {}
        failed = "ConditionalCheckFailedException"
        assert await bench.task("dynamodb:putItem", **once) == f"DynamoDB.{failed}"
        assert await bench.task("aws-sdk:dynamodb:putItem", **once) == f"DynamoDb.{failed}"
        changed = await bench.task(
            "dynamodb:updateItem", TableName="table", Key=key, UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="UPDATED_NEW",
        )  # fmt: skip
        assert changed["Attributes"] == {"n": {"N": "2"}}
        assert (await bench.task("dynamodb:getItem", TableName="table", Key=key))["Item"]["n"] == {
            "N": "2"
        }
        assert await bench.task("dynamodb:scan", TableName="table") == "States.TaskFailed"
        assert (await bench.task("aws-sdk:dynamodb:scan", TableName="table"))["Count"] == 1

    on_a_bench(work)


INNER = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED"},
    "StartAt": "P",
    "States": {"P": {"Type": "Pass", "End": True}},
}


def reading(config: dict[str, Any], key: str, **fields: Any) -> dict[str, Any]:
    reader = {"Resource": STATES + "s3:getObject", "ReaderConfig": config,
              "Parameters": {"Bucket": "bucket", "Key": key}}  # fmt: skip
    return {"Type": "Map", "ItemProcessor": INNER, "ItemReader": reader, **fields}


class TestDistributedMap:
    def test_it_reads_json_lines_csv_an_inventory_and_a_listing(self) -> None:
        async def work(bench: Bench) -> None:
            await bench.call("s3", "CreateBucket", Bucket="bucket")
            await bench.put("in.json", '{"orders": [{"n": 1}, {"n": 2}]}')
            await bench.put("in.jsonl", '{"n": 1}\n\n{"n": "é"}\n')
            await bench.put("in.csv", 'id;name\n1;"a;b"\n2;c\n')
            await bench.put("data/0.csv", "bucket,one\nbucket,two\n")
            manifest = {"destinationBucket": "arn:aws:s3:::bucket", "fileSchema": "Bucket, Key",
                        "files": [{"key": "data/0.csv"}]}  # fmt: skip
            await bench.put("manifest.json", json.dumps(manifest))

            async def items(state: dict[str, Any]) -> Any:
                found = await bench.run(state)
                done = found["status"] == "SUCCEEDED"
                return json.loads(found["output"]) if done else (found["error"], found["cause"])

            pointed = {"InputType": "JSON", "ItemsPointer": "/orders"}
            assert await items(reading(pointed, "in.json")) == [{"n": 1}, {"n": 2}]
            assert await items(reading({"InputType": "JSONL"}, "in.jsonl")) == [
                {"n": 1},
                {"n": "é"},
            ]
            rows = {"InputType": "CSV", "CSVDelimiter": "SEMICOLON"}
            assert await items(reading(rows, "in.csv")) == [
                {"id": "1", "name": "a;b"}, {"id": "2", "name": "c"},
            ]  # fmt: skip
            given = {**rows, "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"], "MaxItems": 1}
            assert await items(reading(given, "in.csv")) == [{"x": "id"}]
            assert await items(reading({"InputType": "MANIFEST"}, "manifest.json")) == [
                {"Bucket": "bucket", "Key": "one"}, {"Bucket": "bucket", "Key": "two"},
            ]  # fmt: skip
            for state, why in (
                (reading({"InputType": "PARQUET"}, "in.csv"), "PARQUET is not supported here."),
                (reading({"InputType": "JSON"}, "nowhere"), "The specified key does not exist."),
                (reading({"InputType": "JSON"}, "in.csv"), "The items cannot be read"),
            ):
                error, cause = await items(state)
                assert (error, why in cause) == ("States.ItemReaderFailed", True)

            for number in range(1_003):
                await bench.put(f"many/{number:04}", "x")
            listing = {
                "Resource": STATES + "s3:listObjectsV2",
                "Parameters": {"Bucket": "bucket", "Prefix": "many/"},
            }
            state = {"Type": "Map", "ItemProcessor": INNER, "ItemReader": listing}
            selected = {**state, "ItemSelector": {"key.$": "$$.Map.Item.Value.Key"}}
            keys = await items(selected)
            assert (len(keys), keys[-1]) == (1_003, {"key": "many/1002"})
            (first,) = await items(
                {**state, "ItemReader": {**listing, "ReaderConfig": {"MaxItems": 1}}}
            )
            assert first == {"Etag": first["Etag"], "Key": "many/0000", "LastModified": 1767603600,
                             "Size": 1, "StorageClass": "STANDARD"}  # fmt: skip

        on_a_bench(work)

    def test_it_writes_what_its_children_gave(self) -> None:
        fails = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED"},
            "StartAt": "C",
            "States": {
                "C": {"Type": "Choice", "Default": "P",
                      "Choices": [{"Variable": "$", "IsString": True, "Next": "F"}]},
                "F": {"Type": "Fail", "Error": "Bad", "Cause": "a string"},
                "P": {"Type": "Pass", "End": True},
            },
        }  # fmt: skip

        async def work(bench: Bench) -> None:
            await bench.call("s3", "CreateBucket", Bucket="bucket")
            state = {"Type": "Map", "ItemProcessor": fails, "ToleratedFailureCount": 1}
            place = {
                "Resource": STATES + "s3:putObject",
                "Parameters": {"Bucket": "bucket", "Prefix": "r"},
            }
            found = await bench.run({**state, "ResultWriter": place}, [[1, 2], "no", 3])
            output = json.loads(found["output"])
            run = output["MapRunArn"].rpartition(":")[2]
            assert output["ResultWriterDetails"] == {
                "Bucket": "bucket",
                "Key": f"r/{run}/manifest.json",
            }
            files = (await bench.get(f"r/{run}/manifest.json"))["ResultFiles"]
            assert [len(files[name]) for name in ("FAILED", "PENDING", "SUCCEEDED")] == [1, 0, 1]
            good = await bench.get(files["SUCCEEDED"][0]["Key"])
            assert [row["Output"] for row in good] == ["[1,2]", "3"]
            (bad,) = await bench.get(files["FAILED"][0]["Key"])
            assert (bad["Input"], bad["Status"], bad["Error"]) == ('"no"', "FAILED", "Bad")

            lines = {"Transformation": "FLATTEN", "OutputType": "JSONL"}
            found = await bench.run(
                {**state, "ResultWriter": {**place, "WriterConfig": lines}}, [[1, 2], 3]
            )
            manifest = json.loads(found["output"])["ResultWriterDetails"]["Key"]
            files = (await bench.get(manifest))["ResultFiles"]
            assert await bench.get(files["SUCCEEDED"][0]["Key"]) == [1, 2, 3]
            for form, expected in (("COMPACT", [[1, 2], 3]), ("FLATTEN", [1, 2, 3])):
                config = {"WriterConfig": {"Transformation": form, "OutputType": "JSON"}}
                found = await bench.run({**state, "ResultWriter": config}, [[1, 2], 3])
                assert json.loads(found["output"]) == expected
            missing = {**place, "Parameters": {"Bucket": "nowhere"}}
            found = await bench.run({**state, "ResultWriter": missing}, [3])
            assert found["error"] == "States.ResultWriterFailed"

        on_a_bench(work)


class TestExecutions:
    @pytest.mark.parametrize(("seconds", "status"), [(299, "SUCCEEDED"), (301, "TIMED_OUT")])
    def test_an_express_execution_has_five_minutes(self, seconds: int, status: str) -> None:
        async def work(bench: Bench) -> None:
            found = await bench.run({"Type": "Wait", "Seconds": seconds}, {}, type="EXPRESS")
            assert found["status"] == status
            assert found.get("error") == (None if status == "SUCCEEDED" else "States.Timeout")

        on_a_bench(work)

    def test_a_nested_execution_gives_text_or_json_and_is_stopped_with_its_task(self) -> None:
        async def work(bench: Bench) -> None:
            await bench.run({"Type": "Pass", "Result": {"x": 1}})
            await bench.run({"Type": "Fail", "Error": "Bad", "Cause": "so"})
            arn = "arn:aws:states:us-east-1:123456789012:stateMachine:"
            pattern = "states:startExecution"
            old = await bench.task(f"{pattern}.sync", StateMachineArn=arn + "m1", Name="a")
            new = await bench.task(f"{pattern}.sync:2", StateMachineArn=arn + "m1", Name="b")
            assert (old["Output"], new["Output"]) == ('{"x":1}', {"x": 1})
            assert new["Status"] == "SUCCEEDED"
            failed = await bench.run({
                "Type": "Task", "Resource": f"{STATES}{pattern}.sync:2",
                "Parameters": {"StateMachineArn": arn + "m2", "Name": "c"},
            })  # fmt: skip
            assert failed["error"] == "States.TaskFailed"
            assert json.loads(failed["cause"])["Error"] == "Bad"
            again = await bench.task(pattern, StateMachineArn=arn + "m1", Name="a")
            assert again == "StepFunctions.ExecutionAlreadyExistsException"
            slow = await bench.run({"Type": "Wait", "Seconds": 60})
            assert slow["status"] == "SUCCEEDED"
            cut = await bench.run({
                "Type": "Task", "Resource": f"{STATES}{pattern}.sync:2", "TimeoutSeconds": 5,
                "Parameters": {"StateMachineArn": slow["stateMachineArn"], "Name": "slow"},
            })  # fmt: skip
            assert cut["error"] == "States.Timeout"
            inner = slow["executionArn"].rpartition(":")[0] + ":slow"
            found = await bench.call("stepfunctions", "DescribeExecution", executionArn=inner)
            assert found["status"] == "ABORTED"

        on_a_bench(work)


class TestActivities:
    def test_a_worker_takes_a_task_whenever_it_comes(self) -> None:
        """Before the task is there or after; nothing comes of a poll after a minute."""

        async def work(bench: Bench) -> None:
            sfn = partial(bench.call, "stepfunctions")
            arn = (await sfn("CreateActivity", name="pack"))["activityArn"]
            assert (await sfn("CreateActivity", name="pack"))["activityArn"] == arn
            assert [each["name"] for each in (await sfn("ListActivities"))["activities"]] == [
                "pack"
            ]
            assert await sfn("GetActivityTask", activityArn=arn) == {}
            assert asyncio.get_running_loop().time() == 60
            state = {"Type": "Task", "Resource": arn, "TimeoutSeconds": 50, "HeartbeatSeconds": 20}

            async def worker() -> None:
                await asyncio.sleep(200)  # The task's time begins only then.
                task = await sfn("GetActivityTask", activityArn=arn, workerName="Ann")
                assert task["input"] == '{"order":1}'
                for _ in range(3):
                    await asyncio.sleep(15)
                    await sfn("SendTaskHeartbeat", taskToken=task["taskToken"])
                await sfn("SendTaskSuccess", taskToken=task["taskToken"], output='"packed"')

            polling = asyncio.create_task(worker())
            found = await bench.run(state, {"order": 1})
            await polling
            assert (found["status"], found["output"]) == ("SUCCEEDED", '"packed"')
            history = await sfn("GetExecutionHistory", executionArn=found["executionArn"])
            assert [event["type"] for event in history["events"][2:5]] == [
                "ActivityScheduled", "ActivityStarted", "ActivitySucceeded",
            ]  # fmt: skip
            assert history["events"][3]["activityStartedEventDetails"] == {"workerName": "Ann"}

            async def idle() -> None:
                await sfn("GetActivityTask", activityArn=arn)

            polling = asyncio.create_task(idle())
            late = await bench.run(state, {})
            assert late["error"] == "States.HeartbeatTimeout"
            await polling
            assert await sfn("GetActivityTask", activityArn=arn) == {}
            await sfn("DeleteActivity", activityArn=arn)
            with pytest.raises(ServiceError, match="ActivityDoesNotExist"):
                await sfn("DescribeActivity", activityArn=arn)
            gone = await bench.run(state, {})
            assert (gone["error"], "does not exist" in gone["cause"]) == ("States.TaskFailed", True)

        on_a_bench(work)


class TestDefinitions:
    def test_a_state_is_tested_with_its_stages_retries_and_catchers(self) -> None:
        state = {
            "Type": "Task", "Resource": STATES + "lambda:invoke", "Next": "After",
            "Parameters": {"FunctionName": "f", "Payload": {"n.$": "$.n"}},
            "ResultSelector": {"got.$": "$.Payload.n"}, "ResultPath": "$.r",
            "Retry": [{"ErrorEquals": ["Slow"], "IntervalSeconds": 2, "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry", "ResultPath": "$.e"}],
        }  # fmt: skip

        async def work(bench: Bench) -> None:
            async def test(definition: Any = state, **given: Any) -> dict[str, Any]:
                return await bench.call(
                    "stepfunctions", "TestState", definition=json.dumps(definition),
                    **{"input": '{"n": 1}', **given},
                )  # fmt: skip

            assert await test() == {
                "status": "SUCCEEDED", "nextState": "After", "output": '{"n":1,"r":{"got":1}}',
            }  # fmt: skip
            inspected = (await test(inspectionLevel="DEBUG"))["inspectionData"]
            assert inspected["afterParameters"] == '{"FunctionName":"f","Payload":{"n":1}}'
            assert inspected["afterResultSelector"] == '{"got":1}'
            slow = {"errorOutput": {"error": "Slow", "cause": "so"}}
            again = await test(mock=slow, inspectionLevel="DEBUG",
                               stateConfiguration={"retrierRetryCount": 1})  # fmt: skip
            assert (again["status"], again["error"]) == ("RETRIABLE", "Slow")
            assert again["inspectionData"]["errorDetails"] == {
                "retryIndex": 0, "retryBackoffIntervalSeconds": 4,
            }  # fmt: skip
            caught = await test(mock=slow, stateConfiguration={"retrierRetryCount": 2})
            assert (caught["status"], caught["nextState"]) == ("CAUGHT_ERROR", "Sorry")
            assert json.loads(caught["output"])["e"] == {"Error": "Slow", "Cause": "so"}
            mocked = await test(mock={"result": '{"Payload": {"n": 5}}'})
            assert json.loads(mocked["output"])["r"] == {"got": 5}

            token = {**state, "Resource": state["Resource"] + ".waitForTaskToken"}
            with pytest.raises(ServiceError, match="A mock must be specified"):
                await test(token)
            assert (await test(token, mock={"result": '{"Payload": {"n": 5}}'}))["nextState"] == (
                "After"
            )
            each = {"Type": "Map", "End": True, "ItemProcessor": {
                "StartAt": "P", "States": {"P": {"Type": "Fail"}},
            }, "ResultPath": "$.all"}  # fmt: skip
            mapped = await test(each, mock={"result": "[1, 2]"})
            assert json.loads(mapped["output"]) == {"n": 1, "all": [1, 2]}
            picks = {"Type": "Choice", "QueryLanguage": "JSONata", "Default": "B",
                     "Choices": [{"Condition": "{% $v > 1 %}", "Next": "A"}]}  # fmt: skip
            assert (await test(picks, variables='{"v": 2}'))["nextState"] == "A"
            whole = {"StartAt": "P", "States": {"P": picks, "A": {"Type": "Succeed"},
                                                "B": {"Type": "Succeed"}}}  # fmt: skip
            assert (await test(whole, stateName="P", variables='{"v": 1}'))["nextState"] == "B"
            for definition, message in (
                ({"Type": "Nap"}, "InvalidDefinition"), (whole, "no state"), ([], "InvalidDefinition"),
            ):  # fmt: skip
                with pytest.raises(ServiceError, match=message):
                    await test(definition)

        on_a_bench(work)

    def test_a_definition_is_replaced_and_what_runs_keeps_its_own(self) -> None:
        def waits(name: str) -> str:
            wait = {"Type": "Wait", "Seconds": 10, "End": True}
            return json.dumps({"StartAt": name, "States": {name: wait}})

        async def work(bench: Bench) -> None:
            sfn = partial(bench.call, "stepfunctions")
            arn = (await sfn("CreateStateMachine", name="m", definition=waits("Old")))[
                "stateMachineArn"
            ]
            old = (await sfn("StartExecution", stateMachineArn=arn, name="a"))["executionArn"]
            await asyncio.sleep(1)
            await sfn("UpdateStateMachine", stateMachineArn=arn, definition=waits("New"))
            await sfn("StartExecution", stateMachineArn=arn, name="b")
            await bench.account.work.done()
            found = await sfn("DescribeStateMachineForExecution", executionArn=old)
            assert found["definition"] == waits("Old")
            first, second = plays(bench.trace)
            assert [list(each.states) for each in (first, second)] == [["Old"], ["New"]]
            assert first.at(len(first)).states["Old"].status.sign == "✓"

        on_a_bench(work)

    def test_a_definition_is_validated_before_it_is_created(self) -> None:
        async def work(bench: Bench) -> None:
            broken = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
            found = await bench.call(
                "stepfunctions", "ValidateStateMachineDefinition", definition=json.dumps(broken)
            )
            assert (found["result"], found["truncated"]) == ("FAIL", False)
            (first,) = found["diagnostics"]
            assert (first["code"], first["location"]) == (
                "MISSING_TRANSITION_TARGET", "/States/A/Next",
            )  # fmt: skip

        on_a_bench(work)
