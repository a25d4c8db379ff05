"""Queues over virtual time: who sees a message when, what is refused, what a mapping does."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.webapis import answered
from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.queue_source import QueueMapping
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.specs import QueueSource, QueueSpec, arn

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from warmstart.runtime.invoke import Answer
    from warmstart.runtime.trace import TraceEvent

CALLER = Caller("client", "root-1")
MAIN = QueueSpec(
    "Main", "main", dead_letter=arn(QueueSpec, "dead", "us-east-1"), max_receive_count=2
)
DEAD = QueueSpec("Dead", "dead")
FIFO = QueueSpec("Ordered", "ordered.fifo", fifo=True, content_based_deduplication=True)
OLD = "00000000-0000-4000-8000-000000000000"
"""A receipt that nobody has any more."""
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"


class Desk:
    """An account with some queues, and boto3's names for what one does with them."""

    def __init__(self, *specs: QueueSpec) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1,
            start=datetime(2026, 1, 5, 9, tzinfo=UTC),
            region="us-east-1",
            model=Model(),
            emit=self.events.append,
        )
        self.sqs = Sqs(self.account, specs)

    def __getattr__(self, operation: str) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
        async def call(queue: str = "", **parameters: Any) -> dict[str, Any]:
            if queue:
                parameters["QueueUrl"] = f"{self.sqs.base_url}/{queue}"
            return await self.sqs.operations[operation](parameters, CALLER)

        return call

    async def bodies(self, queue: str, most: int = 10, **parameters: Any) -> list[str]:
        """Receive, and return what came."""
        found = await self.ReceiveMessage(queue, MaxNumberOfMessages=most, **parameters)
        return [message["Body"] for message in found.get("Messages", ())]

    def told(self, *kinds: str) -> list[tuple[float, str]]:
        """Return (seconds, kind) of the events of some kinds."""
        return [(e.at / 1e6, e.kind) for e in self.events if e.kind in kinds]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class TestQueue:
    def test_a_message_in_flight_is_invisible_until_its_time_is_up(self) -> None:
        async def work() -> None:
            desk = Desk(replace(MAIN, dead_letter=None))
            await desk.SendMessage("main", MessageBody="a")
            assert await desk.bodies("main") == ["a"]
            await asyncio.sleep(29.9)
            assert await desk.bodies("main") == []
            await asyncio.sleep(0.2)
            assert await desk.bodies("main", VisibilityTimeout=5) == ["a"]
            assert desk.told("MessageReturned") == [(30.0, "MessageReturned")]
            await asyncio.sleep(6)
            got = await desk.ReceiveMessage("main", MessageSystemAttributeNames=["All"])
            (message,) = got["Messages"]
            assert message["Attributes"]["ApproximateReceiveCount"] == "3"
            receipt = message["ReceiptHandle"]
            await desk.ChangeMessageVisibility("main", ReceiptHandle=receipt, VisibilityTimeout=0)
            assert len(await desk.bodies("main")) == 1
            await desk.DeleteMessage("main", ReceiptHandle=receipt)  # No longer good: no error.
            assert (await desk.GetQueueAttributes("main", AttributeNames=["All"]))["Attributes"][
                "ApproximateNumberOfMessagesNotVisible"
            ] == "1"

        run(work())

    def test_a_wait_ends_with_the_message_that_it_waited_for(self) -> None:
        async def work() -> float:
            desk = Desk(DEAD)
            waiting = asyncio.create_task(desk.bodies("dead", WaitTimeSeconds=20))
            await asyncio.sleep(3)
            await desk.SendMessage("dead", MessageBody="late", DelaySeconds=4)
            assert await waiting == ["late"]
            loop = asyncio.get_running_loop()
            assert await desk.bodies("dead", WaitTimeSeconds=2) == []
            return loop.time()

        assert run(work()) == 9.0

    def test_after_too_many_receives_it_is_among_the_dead_and_can_be_sent_back(self) -> None:
        async def work() -> None:
            desk = Desk(MAIN, DEAD)
            await desk.SendMessage("main", MessageBody="poison")
            for _ in range(2):
                assert await desk.bodies("main", VisibilityTimeout=1) == ["poison"]
                await asyncio.sleep(1)
            assert await desk.bodies("main") == []
            dead = await desk.ReceiveMessage(
                "dead", VisibilityTimeout=0, MessageSystemAttributeNames=["All"]
            )
            attributes = dead["Messages"][0]["Attributes"]
            assert attributes["DeadLetterQueueSourceArn"].endswith(":main")
            await asyncio.sleep(1)
            sources = await desk.ListDeadLetterSourceQueues("dead")
            assert [url.rpartition("/")[2] for url in sources["queueUrls"]] == ["main"]
            await desk.StartMessageMoveTask(SourceArn=arn(QueueSpec, "dead", "us-east-1"))
            await desk.account.work.done()
            (task,) = (await desk.ListMessageMoveTasks(SourceArn=MAIN.dead_letter))["Results"]
            assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
            again = await desk.ReceiveMessage("main", MessageSystemAttributeNames=["All"])
            (message,) = again["Messages"]
            assert message["Body"] == "poison"
            assert message["MessageId"] != dead["Messages"][0]["MessageId"]
            assert message["Attributes"]["ApproximateReceiveCount"] == "1"
            assert "DeadLetterQueueSourceArn" not in message["Attributes"]

        run(work())

    def test_a_fifo_queue_keeps_order_within_groups_and_knows_what_it_was_sent(self) -> None:
        async def work() -> None:
            desk = Desk(FIFO)
            for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("a1", "a")):
                await desk.SendMessage("ordered.fifo", MessageBody=body, MessageGroupId=group)
            first = await desk.ReceiveMessage("ordered.fifo")
            assert first["Messages"][0]["Body"] == "a1"
            assert await desk.bodies("ordered.fifo") == ["b1"]  # Group a stands still.
            await desk.DeleteMessage(
                "ordered.fifo", ReceiptHandle=first["Messages"][0]["ReceiptHandle"]
            )
            assert await desk.bodies("ordered.fifo", VisibilityTimeout=1) == ["a2"]
            await asyncio.sleep(300)  # By now the first is forgotten, and a1 is new again.
            await desk.SendMessage("ordered.fifo", MessageBody="a1", MessageGroupId="a")
            assert await desk.bodies("ordered.fifo") == ["a2", "b1", "a1"]

        run(work())

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from("srdcw"), st.integers(0, 9)), max_size=40))
    def test_no_message_is_lost_or_seen_twice_at_once(self, keys: list[tuple[str, int]]) -> None:
        """Send, receive, delete, change and wait at random: each message is in one place."""

        async def work() -> None:
            desk = Desk(replace(DEAD, visibility_timeout=7))
            sent, deleted = 0, 0
            held: dict[str, str] = {}
            for key, n in keys:
                if key == "s":
                    await desk.SendMessage("dead", MessageBody=str(sent), DelaySeconds=n % 3)
                    sent += 1
                elif key == "r":
                    for message in (await desk.ReceiveMessage("dead")).get("Messages", ()):
                        held[message["Body"]] = message["ReceiptHandle"]
                elif key == "d" and held:
                    _, receipt = held.popitem()
                    deleted += desk.sqs.queue(arn(QueueSpec, "dead", "us-east-1")).delete(receipt)
                elif key == "w":
                    await asyncio.sleep(n)
                queue = desk.sqs.queue(arn(QueueSpec, "dead", "us-east-1"))
                assert queue.visible + queue.delayed + queue.in_flight == sent - deleted

        run(work())


class TestReceipts:
    def test_a_late_delete_works_until_somebody_else_has_the_message(self) -> None:
        """A receipt outlives the visibility timeout of a standard queue, not the next receive."""

        async def work() -> None:
            desk = Desk(DEAD)
            for late in (True, False):
                await desk.SendMessage("dead", MessageBody="a")
                (message,) = (await desk.ReceiveMessage("dead"))["Messages"]
                await asyncio.sleep(31)
                if not late:
                    assert await desk.bodies("dead", VisibilityTimeout=1) == ["a"]
                await desk.DeleteMessage("dead", ReceiptHandle=message["ReceiptHandle"])
                await asyncio.sleep(2)
                assert await desk.bodies("dead") == ([] if late else ["a"])

        run(work())

    def test_a_fifo_queue_refuses_a_receipt_that_has_expired(self) -> None:
        async def work() -> None:
            desk = Desk(FIFO)
            await desk.SendMessage("ordered.fifo", MessageBody="a", MessageGroupId="g")
            (message,) = (await desk.ReceiveMessage("ordered.fifo"))["Messages"]
            receipt = message["ReceiptHandle"]
            await asyncio.sleep(31)
            with pytest.raises(ServiceError, match="The receipt handle has expired"):
                await desk.DeleteMessage("ordered.fifo", ReceiptHandle=receipt)
            said = await desk.DeleteMessageBatch(
                "ordered.fifo", Entries=[{"Id": "a", "ReceiptHandle": receipt}]
            )
            assert [one["Code"] for one in said["Failed"]] == ["InvalidParameterValue"]
            (message,) = (await desk.ReceiveMessage("ordered.fifo"))["Messages"]
            for _ in range(2):  # What is deleted already may be deleted again.
                await desk.DeleteMessage("ordered.fifo", ReceiptHandle=message["ReceiptHandle"])

        run(work())

    def test_nobody_holds_a_message_for_more_than_twelve_hours(self) -> None:
        async def work() -> None:
            desk = Desk(DEAD)
            await desk.SendMessage("dead", MessageBody="a")
            got = await desk.ReceiveMessage("dead", VisibilityTimeout=100)
            receipt = got["Messages"][0]["ReceiptHandle"]
            await asyncio.sleep(50)
            for seconds in (43_150, 43_151):
                asked = desk.ChangeMessageVisibility(
                    "dead", ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
                if seconds == 43_150:
                    await asked
                else:
                    with pytest.raises(ServiceError, match="beyond the limit"):
                        await asked

        run(work())


class TestMoveTasks:
    def test_one_at_a_time_which_can_be_cancelled(self) -> None:
        async def work() -> None:
            desk = Desk(MAIN, DEAD)
            source, target = (arn(QueueSpec, name, "us-east-1") for name in ("dead", "main"))
            for body in "abc":
                await desk.SendMessage("dead", MessageBody=body)
            said = {"SourceArn": source, "DestinationArn": target}
            task = await desk.StartMessageMoveTask(**said, MaxNumberOfMessagesPerSecond=1)
            with pytest.raises(ServiceError, match="already a task running"):
                await desk.StartMessageMoveTask(**said)
            await asyncio.sleep(0.5)
            moved = await desk.CancelMessageMoveTask(**task)
            assert moved == {"ApproximateNumberOfMessagesMoved": 1}
            await asyncio.sleep(1)
            (shown,) = (await desk.ListMessageMoveTasks(SourceArn=source))["Results"]
            assert (shown["Status"], await desk.bodies("main")) == ("CANCELLED", ["a"])
            with pytest.raises(ServiceError, match="Only active tasks"):
                await desk.CancelMessageMoveTask(**task)

        run(work())

    def test_what_never_came_from_elsewhere_has_no_way_back(self) -> None:
        async def work() -> None:
            desk = Desk(MAIN, DEAD)
            source = arn(QueueSpec, "dead", "us-east-1")
            await desk.SendMessage("dead", MessageBody="a")
            await desk.StartMessageMoveTask(SourceArn=source)
            await asyncio.sleep(1)
            (shown,) = (await desk.ListMessageMoveTasks(SourceArn=source))["Results"]
            assert shown["FailureReason"] == "CouldNotDetermineMessageSource"

        run(work())


class TestCreated:
    @pytest.mark.parametrize(
        ("policy", "reason"),
        [
            ({"deadLetterTargetArn": "DEAD", "maxReceiveCount": 0}, "from 1 to 1000"),
            ({"deadLetterTargetArn": "DEAD"}, "mandatory attribute: maxReceiveCount"),
            ({"deadLetterTargetArn": "none", "maxReceiveCount": "3"}, "does not exist"),
            ({"deadLetterTargetArn": "FIFO", "maxReceiveCount": 3}, "same type of queue"),
            ({"deadLetterTargetArn": "CLOSED", "maxReceiveCount": 3}, "does not have permission"),
            ([], "not a valid JSON map"),
        ],
    )
    def test_a_queue_whose_redrive_policy_is_wrong_is_not_made(
        self, policy: Any, reason: str
    ) -> None:
        closed = replace(DEAD, name="closed", redrive_allow='{"redrivePermission":"denyAll"}')
        text = json.dumps(policy)
        for name, spec in (("DEAD", DEAD), ("FIFO", FIFO), ("CLOSED", closed)):
            text = text.replace(name, arn(QueueSpec, spec.name, "us-east-1"))

        async def work() -> None:
            desk = Desk(DEAD, FIFO, closed)
            with pytest.raises(ServiceError, match=reason):
                await desk.CreateQueue(QueueName="new", Attributes={"RedrivePolicy": text})
            with pytest.raises(ServiceError, match="does not exist"):
                await desk.GetQueueUrl(QueueName="new")

        run(work())

    def test_the_name_of_one_that_was_deleted_is_free_after_a_minute(self) -> None:
        async def work() -> None:
            desk = Desk(DEAD)
            await desk.PurgeQueue("dead")
            with pytest.raises(ServiceError, match="every 60 seconds"):
                await desk.PurgeQueue("dead")
            await desk.DeleteQueue("dead")
            with pytest.raises(ServiceError, match="wait 60 seconds"):
                await desk.CreateQueue(QueueName="dead")
            await asyncio.sleep(60)
            await desk.CreateQueue(QueueName="dead")

        run(work())

    def test_lists_come_in_pages(self) -> None:
        async def work() -> None:
            desk = Desk(*(replace(DEAD, name=f"q{n}") for n in range(5)))
            page, sizes = await desk.ListQueues(MaxResults=2), list[int]()
            while sizes.append(len(page["QueueUrls"])) or "NextToken" in page:
                page = await desk.ListQueues(MaxResults=2, NextToken=page["NextToken"])
            assert sizes == [2, 2, 1]

        run(work())

    def test_deduplication_may_be_within_the_group(self) -> None:
        async def work() -> None:
            desk = Desk()
            said = {
                "FifoQueue": "true", "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId",
            }  # fmt: skip
            await desk.CreateQueue(QueueName="q.fifo", Attributes=said)
            for group in "ggh":
                await desk.SendMessage(
                    "q.fifo", MessageBody=group, MessageGroupId=group, MessageDeduplicationId="d"
                )
            assert await desk.bodies("q.fifo") == ["g", "h"]
            shown = await desk.GetQueueAttributes("q.fifo", AttributeNames=["All"])
            assert said.items() <= shown["Attributes"].items()

        run(work())


class TestRefused:
    @pytest.mark.parametrize(
        ("operation", "queue", "parameters", "code"),
        [
            ("SendMessage", "nobody", {"MessageBody": "x"}, "QueueDoesNotExist"),
            ("SendMessage", "dead", {"MessageBody": "\x00"}, "InvalidMessageContents"),
            ("SendMessage", "dead", {"MessageBody": "x" * 1_048_577}, "InvalidParameterValue"),
            ("SendMessage", "dead", {"MessageBody": ""}, "MissingRequiredParameterException"),
            (
                "SendMessage",
                "ordered.fifo",
                {"MessageBody": "x"},
                "MissingRequiredParameterException",
            ),
            ("SendMessageBatch", "dead", {"Entries": []}, "EmptyBatchRequest"),
            ("ReceiveMessage", "dead", {"MaxNumberOfMessages": 11}, "InvalidParameterValue"),
            ("ReceiveMessage", "dead", {"WaitTimeSeconds": 21}, "InvalidParameterValue"),
            (
                "ChangeMessageVisibility",
                "dead",
                {"ReceiptHandle": OLD, "VisibilityTimeout": 1},
                "MessageNotInflight",
            ),
            (
                "ChangeMessageVisibility",
                "dead",
                {"ReceiptHandle": "x", "VisibilityTimeout": 1},
                "ReceiptHandleIsInvalid",
            ),
            ("DeleteMessage", "dead", {"ReceiptHandle": "x"}, "ReceiptHandleIsInvalid"),
            ("ListQueues", "", {"MaxResults": 0}, "InvalidParameterValue"),
            (
                "SendMessage",
                "dead",
                {"MessageBody": "x", "MessageDeduplicationId": "d"},
                "InvalidParameterValue",
            ),
            (
                "SendMessage",
                "ordered.fifo",
                {"MessageBody": "x", "MessageGroupId": "a b"},
                "InvalidParameterValue",
            ),
            (
                "SendMessageBatch",
                "dead",
                {"Entries": [{"Id": "a b", "MessageBody": "x"}]},
                "InvalidBatchEntryId",
            ),
            ("StartMessageMoveTask", "", {"SourceArn": "no"}, "ResourceNotFoundException"),
            ("CancelMessageMoveTask", "", {"TaskHandle": "no"}, "ResourceNotFoundException"),
            (
                "CreateQueue",
                "",
                {"QueueName": "q", "Attributes": {"FifoQueue": "false"}},
                "InvalidAttributeName",
            ),
            (
                "SetQueueAttributes",
                "ordered.fifo",
                {"Attributes": {"FifoThroughputLimit": "perMessageGroupId"}},
                "InvalidAttributeValue",
            ),
            ("CreateQueue", "", {"QueueName": "a b"}, "InvalidParameterValue"),
            (
                "SetQueueAttributes",
                "dead",
                {"Attributes": {"VisibilityTimeout": "99999"}},
                "InvalidAttributeValue",
            ),
        ],
    )
    def test_codes(self, operation: str, queue: str, parameters: dict[str, Any], code: str) -> None:
        async def work() -> None:
            with pytest.raises(ServiceError) as caught:
                await getattr(Desk(DEAD, FIFO), operation)(queue, **parameters)
            assert caught.value.code == code

        run(work())


@dataclass
class Function:
    """Stands where Lambda stands: takes events, answers as told, after some seconds."""

    answers: Callable[[list[str]], Answer] = lambda _: answered()
    seconds: float = 1
    seen: list[tuple[float, list[str]]] = field(default_factory=list)
    most: int = 0
    _now: int = 0

    async def __call__(self, function: str, payload: str, caller: Caller) -> Answer:
        assert (function, caller.source) == (FUNCTION, "sqs")
        records = json.loads(payload)["Records"]
        self._now += 1
        self.most = max(self.most, self._now)
        self.seen.append((asyncio.get_running_loop().time(), [r["body"] for r in records]))
        await asyncio.sleep(self.seconds)
        self._now -= 1
        return self.answers([record["messageId"] for record in records])


async def mapped(
    bodies: list[str], function: Function, source: QueueSource, main: QueueSpec = MAIN
) -> Desk:
    """Send messages to a queue that a function takes, and wait until all is done."""
    desk = Desk(main, DEAD)
    queue = desk.sqs.queue(arn(QueueSpec, "main", "us-east-1"))
    for body in bodies[: len(bodies) // 2]:
        await desk.SendMessage("main", MessageBody=body)
    QueueMapping(desk.account, queue, source, function).start()
    for body in bodies[len(bodies) // 2 :]:
        await desk.SendMessage("main", MessageBody=body)
    await desk.account.work.done()
    await desk.account.close()
    assert queue.visible + queue.in_flight == 0
    return desk


SOURCE = QueueSource("arn:aws:sqs:us-east-1:123456789012:main", FUNCTION)


class TestMapping:
    def test_batches_are_as_large_as_they_may_be(self) -> None:
        function = Function()
        run(mapped([str(n) for n in range(24)], function, SOURCE))
        assert [len(bodies) for _, bodies in function.seen] == [10, 10, 4]
        assert function.most == 3

    def test_it_begins_with_five_at_a_time_and_grows_while_messages_wait(self) -> None:
        function = Function(seconds=10)
        run(mapped(["x"] * 100, function, replace(SOURCE, batch_size=1)))
        at = [seconds for seconds, _ in function.seen]
        assert at.count(0.0) == 5
        assert sum(seconds <= 2 for seconds in at) == 15  # 300 a minute are five a second.

    def test_a_maximum_is_a_maximum(self) -> None:
        function = Function()
        run(mapped(["x"] * 30, function, replace(SOURCE, batch_size=1, maximum_concurrency=2)))
        assert function.most == 2

    def test_a_window_waits_for_more(self) -> None:
        async def work() -> list[tuple[float, list[str]]]:
            function, desk = Function(), Desk(MAIN, DEAD)
            queue = desk.sqs.queue(arn(QueueSpec, "main", "us-east-1"))
            source = replace(SOURCE, maximum_batching_window=5)
            QueueMapping(desk.account, queue, source, function).start()
            for body in ("a", "b"):
                await desk.SendMessage("main", MessageBody=body)
                await asyncio.sleep(2)
            await desk.account.work.done()
            return function.seen

        assert run(work()) == [(5.0, ["a", "b"])]

    def test_mappings_of_one_queue_take_each_other_s_messages(self) -> None:
        async def work() -> list[list[str]]:
            desk, functions = Desk(MAIN, DEAD), [Function(), Function(), Function()]
            queue = desk.sqs.queue(arn(QueueSpec, "main", "us-east-1"))
            for function in functions:
                QueueMapping(desk.account, queue, SOURCE, function).start()
            for body in "abcdef":
                await desk.SendMessage("main", MessageBody=body)
                await asyncio.sleep(3)
            await desk.account.work.done()
            return [["".join(bodies) for _, bodies in function.seen] for function in functions]

        assert run(work()) == [["a", "d"], ["b", "e"], ["c", "f"]]

    def test_what_fails_returns_after_its_visibility_timeout_and_dies_in_the_end(self) -> None:
        function = Function(lambda _: answered(function_error="Unhandled", payload="{}"))
        desk = run(mapped(["a", "b"], function, SOURCE))
        assert function.seen == [(0.0, ["a", "b"]), (30.0, ["a", "b"])]
        assert len(desk.told("MessageMoved")) == 2

    def test_a_throttled_batch_is_offered_again_while_it_is_hidden(self) -> None:
        """Of two receives the first ends in time, the second not; each counts once."""
        answers = iter([answered(status_code=429)] * 2)
        function = Function(lambda _: next(answers, answered()), seconds=0)
        desk = run(mapped(["a"], function, SOURCE))
        assert [at for at, _ in function.seen] == [0.0, 1.0, 3.0]
        assert len(desk.told("MessageDeleted")) == 1
        function = Function(lambda _: answered(status_code=429), seconds=0)
        desk = run(mapped(["a"], function, SOURCE))
        assert [at for at, _ in function.seen] == [
            *(0.0, 1.0, 3.0, 7.0, 15.0),
            *(30.0, 31.0, 33.0, 37.0, 45.0),
        ]
        assert desk.told("BatchEnded", "MessageReturned") == [
            (15.0, "BatchEnded"), (30.0, "MessageReturned"),
            (45.0, "BatchEnded"), (60.0, "MessageReturned"),
        ]  # fmt: skip
        assert len(desk.told("MessageMoved")) == 1

    @pytest.mark.parametrize(
        ("payload", "deleted"),
        [
            ("null", 2),
            ('{"batchItemFailures": null}', 2),
            ('{"batchItemFailures": []}', 2),
            ('{"batchItemFailures": [{"itemIdentifier": "FIRST"}]}', 1),
            ('{"batchItemFailures": [{"itemIdentifier": ""}]}', 0),
            ('{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', 0),
            ('{"batchItemFailures": [{}]}', 0),
            ('"text"', 0),
        ],
    )
    def test_partial_batch_responses(self, payload: str, deleted: int) -> None:
        main = replace(MAIN, max_receive_count=1)
        function = Function(lambda ids: answered(payload=payload.replace("FIRST", ids[0])))

        async def work() -> int:
            desk = Desk(main, DEAD)
            queue = desk.sqs.queue(arn(QueueSpec, "main", "us-east-1"))
            for body in ("a", "b"):
                await desk.SendMessage("main", MessageBody=body)
            source = replace(SOURCE, report_batch_item_failures=True)
            QueueMapping(desk.account, queue, source, function).start()
            await desk.account.work.done()
            return len(desk.told("MessageDeleted"))

        assert run(work()) == deleted

    def test_what_the_filter_does_not_want_never_reaches_the_function(self) -> None:
        function = Function()
        bodies = [json.dumps({"kind": kind}) for kind in ("order", "noise", "order")]
        source = replace(SOURCE, filters=({"body": {"kind": ["order"]}},))
        run(mapped(bodies, function, source))
        assert [json.loads(b)["kind"] for _, some in function.seen for b in some] == ["order"] * 2
