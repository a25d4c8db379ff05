"""Topics and buses over virtual time: who gets what, when, how often, and what becomes of the rest."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, SNSEvent

from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.model import Model
from warmstart.runtime.services import schedule, transform
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.services.eventbridge import EventBridge
from warmstart.runtime.services.sns import Sns
from warmstart.runtime.services.sqs import Sqs
from warmstart.runtime.specs import (
    ArchiveSpec,
    QueueSpec,
    RuleSpec,
    Subscription,
    Target,
    TopicSpec,
    arn,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from warmstart.runtime.trace import TraceEvent

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
CALLER = Caller("client", "root-1")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
TOPIC = arn(TopicSpec, "news", "us-east-1")


def queue_arn(name: str) -> str:
    return arn(QueueSpec, name, "us-east-1")


class Desk:
    """An account with two queues, a function that can refuse, and what one publishes to."""

    def __init__(self, *rules: RuleSpec, topic: TopicSpec | None = None, **more: Any) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1, start=START, region="us-east-1", model=Model(), emit=self.events.append
        )
        self.sqs = Sqs(self.account, [QueueSpec("A", "a"), QueueSpec("Dead", "dead")])
        self.sns = Sns(self.account, [] if topic is None else [topic])
        self.bus = EventBridge(self.account, [], rules, **more)
        for service in (self.sqs, self.sns, self.bus):
            self.account.add(service)
        self.got: list[tuple[float, Any]] = []
        self.refuse: list[ServiceError] = []

        async def work(payload: str, caller: Caller) -> None:
            if self.refuse:
                raise self.refuse.pop(0)
            self.got.append((asyncio.get_running_loop().time(), json.loads(payload)))

        self.account.takes(FUNCTION, work)
        self.bus.start()

    async def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        return await self.account.call(service, operation, parameters, CALLER)

    async def put(self, **entry: Any) -> dict[str, Any]:
        said = {"Source": "shop", "DetailType": "placed", "Detail": "{}", **entry}
        return await self.ask("events", "PutEvents", Entries=[said])

    def bodies(self, name: str) -> list[str]:
        return [message.body for message in self.sqs.queue(queue_arn(name)).receive(10, "test")]

    def told(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.kind == kind]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class TestTopics:
    def test_each_subscriber_gets_its_own_copy_if_it_wants_it(self) -> None:
        topic = TopicSpec(
            "News", "news",
            subscriptions=(
                Subscription("sqs", queue_arn("a"), {"kind": ["order"]}, raw=True),
                Subscription("lambda", FUNCTION),
            ),
        )  # fmt: skip

        async def work() -> None:
            desk = Desk(topic=topic)
            for kind in ("order", "noise"):
                attributes = {"kind": {"DataType": "String", "StringValue": kind}}
                await desk.ask(
                    "sns", "Publish", TopicArn=TOPIC, Message=kind, MessageAttributes=attributes
                )
            await desk.account.work.done()
            assert desk.bodies("a") == ["order"]
            events = [SNSEvent(event) for _, event in desk.got]
            assert [event.sns_message for event in events] == ["order", "noise"]
            record = next(events[0].records)
            assert record.sns.message_attributes["kind"].value == "order"
            assert [e.to for e in desk.told("EventFiltered")] == [queue_arn("a")]

        run(work())

    def test_an_envelope_says_where_it_comes_from(self) -> None:
        topic = TopicSpec("News", "news", subscriptions=(Subscription("sqs", queue_arn("a")),))

        async def work() -> dict[str, Any]:
            desk = Desk(topic=topic)
            await desk.ask("sns", "Publish", TopicArn=TOPIC, Message="hi", Subject="s")
            await desk.account.work.done()
            (body,) = desk.bodies("a")
            found: dict[str, Any] = json.loads(body)
            return found

        said = run(work())
        assert (said["Type"], said["TopicArn"], said["Subject"]) == ("Notification", TOPIC, "s")
        assert (said["Message"], said["Timestamp"]) == ("hi", "2026-01-05T09:00:00.000Z")
        assert "MessageAttributes" not in said

    def test_a_subscriber_that_fails_is_tried_again_and_one_that_is_gone_is_not(self) -> None:
        gone = "arn:aws:lambda:us-east-1:123456789012:function:gone"
        topic = TopicSpec(
            "News", "news",
            subscriptions=(
                Subscription("lambda", FUNCTION),
                Subscription("lambda", gone, dead_letter=queue_arn("dead")),
            ),
        )  # fmt: skip

        async def work() -> None:
            desk = Desk(topic=topic)
            desk.refuse = [ServiceError("ServiceException", "x", 500)] * 5
            await desk.ask("sns", "Publish", TopicArn=TOPIC, Message="hi")
            await desk.account.work.done()
            (at, _), failures = desk.got[0], desk.told("EventFailed")
            assert round(at, 3) == 2.015  # Three times at once, then twice after a second.
            assert [f.attempt for f in failures if f.to == FUNCTION] == [1, 2, 3, 4, 5]
            (given,) = [f for f in failures if f.to == gone]
            assert (given.error_code, given.retry_in) == ("ResourceNotFoundException", None)
            assert len(desk.bodies("dead")) == 1

        run(work())

    @pytest.mark.parametrize(
        ("operation", "parameters", "code"),
        [
            ("Publish", {"TopicArn": TOPIC, "Message": "x"}, "NotFound"),
            ("Publish", {"Message": "x"}, "InvalidParameter"),
            ("CreateTopic", {"Name": "a b"}, "InvalidParameter"),
            ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": "x"}, "NotFound"),
            ("Publish", {"TopicArn": "junk", "Message": "x"}, "InvalidParameter"),
            ("Publish", {"PhoneNumber": "+49", "Message": "x"}, "NotImplemented"),
            ("ListTopics", {"NextToken": "x"}, "InvalidParameter"),
        ],
    )
    def test_what_is_refused(self, operation: str, parameters: dict[str, Any], code: str) -> None:
        async def work() -> None:
            with pytest.raises(ServiceError) as caught:
                await Desk().ask("sns", operation, **parameters)
            assert caught.value.code == code

        run(work())


SUBSCRIBED = TopicSpec("News", "news", subscriptions=(Subscription("sqs", queue_arn("a")),))
ORDERED = TopicSpec("News", "news.fifo", fifo=True)


def text(value: str, type_: str = "String") -> dict[str, Any]:
    return {"a": {"DataType": type_, "StringValue": value}}


class TestRefusedMessages:
    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"Message": ""}, "InvalidParameter"),
            ({"Message": "x" * 262_145}, "InvalidParameter"),
            (
                {"MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"x" * 262_144}}},
                "InvalidParameter",
            ),
            ({"Subject": ""}, "InvalidParameter"),
            ({"Subject": "x" * 101}, "InvalidParameter"),
            ({"Subject": "a\nb"}, "InvalidParameter"),
            ({"MessageStructure": "xml"}, "InvalidParameter"),
            ({"MessageStructure": "json", "Message": "{}"}, "InvalidParameter"),
            ({"MessageAttributes": text("")}, "ParameterValueInvalid"),
            ({"MessageAttributes": text("x", "Text")}, "ParameterValueInvalid"),
            ({"MessageAttributes": text("x", "Number")}, "ParameterValueInvalid"),
        ],
    )
    def test_what_a_topic_does_not_take(self, parameters: dict[str, Any], code: str) -> None:
        async def work() -> None:
            with pytest.raises(ServiceError) as caught:
                await Desk(topic=SUBSCRIBED).ask(
                    "sns", "Publish", **{"TopicArn": TOPIC, "Message": "x", **parameters}
                )
            assert caught.value.code == code

        run(work())

    def test_a_fifo_topic_delivers_a_repetition_once(self) -> None:
        """To a standard queue too, which could not tell; so a queue that is not FIFO may be told."""

        async def work() -> None:
            desk = Desk(topic=ORDERED)
            arn_ = f"{TOPIC}.fifo"
            await desk.ask(
                "sns", "Subscribe", TopicArn=arn_, Protocol="sqs", Endpoint=queue_arn("a"),
                Attributes={"RawMessageDelivery": "true"},
            )  # fmt: skip
            said = {"TopicArn": arn_, "MessageGroupId": "g", "MessageDeduplicationId": "d"}
            first, again = [await desk.ask("sns", "Publish", Message=m, **said) for m in "ab"]
            assert first == again
            await asyncio.sleep(301)
            await desk.ask("sns", "Publish", Message="c", **said)
            await desk.account.work.done()
            assert desk.bodies("a") == ["a", "c"]

        run(work())

    @pytest.mark.parametrize(
        ("topic", "protocol", "endpoint", "reason"),
        [
            (SUBSCRIBED, "nope", queue_arn("a"), "does not support this protocol string: nope"),
            (SUBSCRIBED, "email", "a@b.example", "sns:Subscribe: email is not supported here"),
            (SUBSCRIBED, "sqs", "http://x", "SQS endpoint ARN"),
            (SUBSCRIBED, "sqs", queue_arn("b.fifo"), "can not be subscribed to standard"),
            (SUBSCRIBED, "sqs", queue_arn("a"), "already exists with different attributes"),
            (ORDERED, "lambda", FUNCTION, "Invalid protocol type: lambda"),
        ],
    )
    def test_who_cannot_subscribe(
        self, topic: TopicSpec, protocol: str, endpoint: str, reason: str
    ) -> None:
        async def work() -> None:
            with pytest.raises(ServiceError, match=reason):
                await Desk(topic=topic).ask(
                    "sns", "Subscribe", TopicArn=TOPIC.removesuffix("news") + topic.name,
                    Protocol=protocol, Endpoint=endpoint,
                    Attributes={"RawMessageDelivery": "true"},
                )  # fmt: skip

        run(work())

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("RedrivePolicy", "no json"),
            ("RawMessageDelivery", "yes"),
            ("FilterPolicyScope", "Message"),
            ("FilterPolicy", json.dumps({name: ["x"] for name in "abcdef"})),
            ("FilterPolicy", json.dumps({"a": list("abcdefghij"), "b": list("abcdefghijklmnop")})),
            ("Nothing", "x"),
        ],
    )
    def test_attributes_that_a_subscription_cannot_have(self, name: str, value: str) -> None:
        async def work() -> None:
            desk = Desk(topic=SUBSCRIBED)
            (one,) = (await desk.ask("sns", "ListSubscriptions"))["Subscriptions"]
            with pytest.raises(ServiceError, match="Invalid parameter"):
                await desk.ask(
                    "sns", "SetSubscriptionAttributes", SubscriptionArn=one["SubscriptionArn"],
                    AttributeName=name, AttributeValue=value,
                )  # fmt: skip

        run(work())

    def test_batches(self) -> None:
        async def work() -> None:
            desk = Desk(topic=SUBSCRIBED)
            for entries, code in (
                ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId"),
                ([{"Id": i, "Message": "x" * 140_000} for i in "ab"], "BatchRequestTooLong"),
            ):
                with pytest.raises(ServiceError) as caught:
                    await desk.ask(
                        "sns", "PublishBatch", TopicArn=TOPIC, PublishBatchRequestEntries=entries
                    )
                assert caught.value.code == code

        run(work())


class TestTargets:
    @pytest.mark.parametrize(
        "said",
        [
            {"Input": "no json"},
            {"InputPath": "detail"},
            {"InputPath": "$.detail["},
            {"Input": "{}", "InputPath": "$.detail"},
            {"InputTransformer": {"InputPathsMap": {"a": "detail"}, "InputTemplate": "<a>"}},
        ],
    )
    def test_what_could_not_be_made_of_an_event(self, said: dict[str, Any]) -> None:
        """Refused where it is asked for: when an event comes, nobody would hear of it."""

        async def work() -> None:
            desk = Desk(rule())
            with pytest.raises(ServiceError) as caught:
                await desk.ask(
                    "events", "PutTargets", Rule="placed",
                    Targets=[{"Id": "x", "Arn": FUNCTION, **said}],
                )  # fmt: skip
            assert caught.value.code == "ValidationException"

        run(work())


def rule(**settings: Any) -> RuleSpec:
    target = Target("t", FUNCTION, **settings)
    return RuleSpec("R", "placed", pattern={"source": ["shop"]}, targets=(target,))


class TestBuses:
    def test_what_matches_reaches_the_target_whole(self) -> None:
        async def work() -> None:
            desk = Desk(rule())
            answer = await desk.put(Detail='{"id": 7}')
            await desk.put(Source="other")
            await desk.account.work.done()
            ((_, event),) = desk.got
            found = EventBridgeEvent(event)
            assert (found.detail_type, found.source, found.detail) == ("placed", "shop", {"id": 7})
            assert found.get_id == answer["Entries"][0]["EventId"]
            assert found.time == "2026-01-05T09:00:00Z"

        run(work())

    @pytest.mark.parametrize(
        ("entry", "code"),
        [
            ({"Source": ""}, "InvalidArgument"),
            ({"Detail": "[1]"}, "MalformedDetail"),
            ({"Detail": "{"}, "MalformedDetail"),
            ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
        ],
    )
    def test_an_entry_that_is_wrong_fails_alone(self, entry: dict[str, str], code: str) -> None:
        async def work() -> None:
            answer = await Desk().put(**entry)
            assert answer["FailedEntryCount"] == 1
            assert answer["Entries"][0]["ErrorCode"] == code

        run(work())

    def test_a_target_is_tried_as_often_as_its_policy_says(self) -> None:
        async def work() -> None:
            desk = Desk(rule(maximum_retry_attempts=2, dead_letter=queue_arn("dead")))
            desk.refuse = [ServiceError("TooManyRequestsException", "x", 429)] * 9
            await desk.put()
            await desk.account.work.done()
            failures = desk.told("EventFailed")
            assert [f.attempt for f in failures] == [1, 2, 3]
            assert failures[-1].dead_letter == queue_arn("dead")
            (message,) = desk.sqs.queue(queue_arn("dead")).receive(10, "test")
            assert message.attributes["ERROR_CODE"]["StringValue"] == "TooManyRequestsException"

        run(work())

    def test_an_archive_replays_what_it_kept(self) -> None:
        async def work() -> None:
            kept = ArchiveSpec("Kept", "kept", "default", {"source": ["shop"]})
            desk = Desk(rule(), kept=[kept])
            for number in range(3):
                await desk.put(Detail=json.dumps({"n": number}))
                await asyncio.sleep(60)
            await desk.ask(
                "events", "StartReplay", ReplayName="again",
                EventSourceArn=arn(ArchiveSpec, "kept", "us-east-1"),
                EventStartTime=START + timedelta(seconds=30), EventEndTime=START + timedelta(days=1),
                Destination={"Arn": "arn:aws:events:us-east-1:123456789012:event-bus/default"},
            )  # fmt: skip
            await desk.account.work.done()
            replayed = [e for _, e in desk.got if e.get("replay-name") == "again"]
            assert [e["detail"]["n"] for e in replayed] == [1, 2]
            shown = await desk.ask("events", "DescribeArchive", ArchiveName="kept")
            assert shown["EventCount"] == 3
            replay = await desk.ask("events", "DescribeReplay", ReplayName="again")
            assert replay["State"] == "COMPLETED"

        run(work())

    def test_a_schedule_ticks_and_keeps_no_run_alive(self) -> None:
        async def work() -> None:
            ticking = RuleSpec(
                "S", "tick", schedule="rate(5 minutes)", targets=(Target("t", FUNCTION),)
            )
            desk = Desk(ticking)
            await desk.account.work.done()  # At once: nothing is under way.
            await asyncio.sleep(901)
            assert [round(at) for at, _ in desk.got] == [300, 600, 900]
            assert desk.got[0][1]["detail-type"] == "Scheduled Event"
            await desk.ask("events", "DisableRule", Name="tick")
            await asyncio.sleep(3600)
            assert len(desk.got) == 3
            await desk.account.close()

        run(work())


class TestSchedule:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("rate(1 hour)", "2026-01-05 10:00"),
            ("cron(15 10 * * ? *)", "2026-01-05 10:15"),
            ("cron(0 9 * * ? *)", "2026-01-06 09:00"),
            ("cron(0/20 * * * ? *)", "2026-01-05 09:20"),
            ("cron(0 18 ? * MON-FRI *)", "2026-01-05 18:00"),
            ("cron(0 8 1 * ? *)", "2026-02-01 08:00"),
            ("cron(0 8 L * ? *)", "2026-01-31 08:00"),
            ("cron(0 8 ? * 6L *)", "2026-01-30 08:00"),
            ("cron(0 8 ? * TUE#2 *)", "2026-01-13 08:00"),
            ("cron(0 8 10W * ? *)", "2026-01-09 08:00"),
            ("cron(0 0 29 2 ? *)", "2028-02-29 00:00"),
            ("cron(0 0 1 1 ? 2020)", None),
        ],
    )
    def test_when_it_comes_next(self, expression: str, expected: str | None) -> None:
        found = schedule.parse(expression).after(START)
        assert (None if found is None else f"{found:%Y-%m-%d %H:%M}") == expected

    @pytest.mark.parametrize(
        "expression",
        ["", "daily", "rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "cron(* * * * *)",
         "cron(0 9 * * * *)", "cron(60 9 * * ? *)", "cron(0 9 ? * FUN *)", "cron(5-1 9 * * ? *)"],
    )  # fmt: skip
    def test_what_is_none(self, expression: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            schedule.parse(expression)


class TestTransform:
    EVENT: ClassVar[dict[str, Any]] = {
        "id": "1",
        "time": "t",
        "detail": {"n": [5, {"k": 'a"b'}], "s": "x"},
    }

    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({"input": '{"a": 1}'}, {"a": 1}),
            ({"input_path": "$.detail.n[1].k"}, 'a"b'),
            ({"input_path": "$.detail.none"}, None),
            (
                {"input_paths": {"n": "$.detail.n[0]", "k": "$.detail.n[1].k"},
                 "input_template": '{"n": <n>, "text": "k is <k>", "all": <k>}'},
                {"n": 5, "text": 'k is a"b', "all": 'a"b'},
            ),
            ({"input_paths": {"s": "$.detail.s"}, "input_template": '"s is <s>"'}, "s is x"),
            ({"input_paths": {}, "input_template": '{"rule": "<aws.events.rule-name>"}'},
             {"rule": "r"}),
        ],
    )  # fmt: skip
    def test_inputs(self, settings: dict[str, Any], expected: Any) -> None:
        target = Target("t", FUNCTION, **settings)
        found = transform.payload(target, self.EVENT, "arn:aws:events:x:y:rule/r")
        assert json.loads(found) == expected
