"""Amazon SNS: topics, their subscriptions, and who gets which message.

Each subscription gets its own copy, on its own: one that fails holds up no other. Retries are those
that the developer guide gives for SQS and Lambda (sns-message-delivery-retries), message and event
shapes those of sns-sqs-as-subscriber and with-sns; a filter policy is ``patterns``' business.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services import delivery
from warmstart.runtime.services.base import Caller, Operation, ServiceError
from warmstart.runtime.services.patterns import InvalidPattern, filter_policy_matches
from warmstart.runtime.specs import Subscription, TopicSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from warmstart.runtime.services.base import Account

MESSAGE_LIMIT: Final = 262_144
BATCH_LIMIT: Final = 10
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,256}(\.fifo)?")


def _pauses() -> Iterator[float]:
    """Give the pauses between attempts for SQS and Lambda: 100,015 attempts in 23 days."""
    yield from (0.0, 0.0, 0.0)
    yield from (1.0, 1.0)
    for step in range(10):
        yield min(20.0, 2.0**step)
    for _ in range(100_000):
        yield 20.0


class Sns:
    """The service."""

    name = "sns"

    def __init__(self, account: Account, specs: Iterable[TopicSpec]) -> None:
        self._account = account
        self._topics: dict[str, TopicSpec] = {}
        self._subscriptions: dict[str, tuple[str, Subscription]] = {}
        """By the subscription's ARN: the topic's ARN, and what it says."""
        self._sequences: dict[str, int] = {}
        for spec in specs:
            self._add_topic(spec)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "CreateTopic": self._create,
            "DeleteTopic": self._delete,
            "ListTopics": self._list,
            "GetTopicAttributes": self._topic_attributes,
            "Subscribe": self._subscribe,
            "Unsubscribe": self._unsubscribe,
            "ListSubscriptions": self._list_subscriptions,
            "ListSubscriptionsByTopic": self._list_subscriptions,
            "GetSubscriptionAttributes": self._get_attributes,
            "SetSubscriptionAttributes": self._set_attributes,
            "Publish": self._publish_one,
            "PublishBatch": self._publish_batch,
        }

    # -- topics and subscriptions -----------------------------------------------------------------

    def _add_topic(self, spec: TopicSpec) -> str:
        key = arn(TopicSpec, spec.name, self._account.region)
        self._topics[key] = spec

        async def take(payload: str, caller: Caller) -> None:
            # An event that another service sends to a FIFO topic is one of a group of its own.
            group = {"MessageGroupId": caller.root} if spec.fifo else {}
            await self._publish_one({"TopicArn": key, "Message": payload, **group}, caller)

        self._account.takes(key, take)
        for subscription in spec.subscriptions:
            self._add_subscription(key, subscription)
        return key

    def _add_subscription(self, topic: str, subscription: Subscription) -> str:
        key = f"{topic}:{self._account.new_id('subscription')}"
        self._subscriptions[key] = (topic, subscription)
        return key

    def _topic(self, key: object) -> TopicSpec:
        spec = self._topics.get(str(key))
        if spec is None:
            raise ServiceError("NotFound", "Topic does not exist", 404)
        return spec

    async def _create(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name = str(parameters.get("Name", ""))
        said = parameters.get("Attributes") or {}
        fifo = said.get("FifoTopic") == "true"
        if not _NAME.fullmatch(name) or fifo is not name.endswith(".fifo"):
            raise _invalid("Topic Name")
        key = arn(TopicSpec, name, self._account.region)
        if key not in self._topics:
            content = said.get("ContentBasedDeduplication") == "true"
            spec = TopicSpec("", name, fifo=fifo, content_based_deduplication=content)
            self._add_topic(spec)
        return {"TopicArn": key}

    async def _delete(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        key = parameters.get("TopicArn")
        if self._topics.pop(str(key), None) is not None:
            gone = [k for k, (topic, _) in self._subscriptions.items() if topic == key]
            for subscription in gone:
                del self._subscriptions[subscription]
        return {}

    async def _list(self, _parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return {"Topics": [{"TopicArn": key} for key in self._topics]}

    async def _topic_attributes(
        self, parameters: dict[str, Any], _caller: Caller
    ) -> dict[str, Any]:
        key = str(parameters.get("TopicArn"))
        spec = self._topic(key)
        count = sum(topic == key for topic, _ in self._subscriptions.values())
        attributes = {
            "TopicArn": key,
            "Owner": self._account.id,
            "DisplayName": "",
            "SubscriptionsConfirmed": str(count),
            "SubscriptionsPending": "0",
            "SubscriptionsDeleted": "0",
        }
        if spec.fifo:
            content = str(spec.content_based_deduplication).lower()
            attributes |= {"FifoTopic": "true", "ContentBasedDeduplication": content}
        return {"Attributes": attributes}

    async def _subscribe(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        topic = str(parameters.get("TopicArn"))
        spec = self._topic(topic)
        protocol, endpoint = parameters.get("Protocol"), str(parameters.get("Endpoint", ""))
        if protocol not in {"sqs", "lambda"}:
            raise _invalid(f"Protocol: only sqs and lambda are supported here, not {protocol}")
        if not endpoint.startswith("arn:"):
            raise _invalid("Endpoint")
        if spec.fifo and not endpoint.endswith(".fifo"):
            raise _invalid(
                "Endpoint Reason: Please use FIFO SQS queue when subscribing to a FIFO topic"
            )
        for key, (known, said) in self._subscriptions.items():
            if (known, said.protocol, said.endpoint) == (topic, protocol, endpoint):
                return {"SubscriptionArn": key}
        subscription = Subscription(cast("Any", protocol), endpoint)
        for name, value in (parameters.get("Attributes") or {}).items():
            subscription = _with_attribute(subscription, name, value)
        return {"SubscriptionArn": self._add_subscription(topic, subscription)}

    async def _unsubscribe(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._subscriptions.pop(str(parameters.get("SubscriptionArn")), None)
        return {}

    async def _list_subscriptions(
        self, parameters: dict[str, Any], _caller: Caller
    ) -> dict[str, Any]:
        wanted = parameters.get("TopicArn")
        if wanted is not None:
            self._topic(wanted)
        return {
            "Subscriptions": [
                {
                    "SubscriptionArn": key,
                    "Owner": self._account.id,
                    "Protocol": said.protocol,
                    "Endpoint": said.endpoint,
                    "TopicArn": topic,
                }
                for key, (topic, said) in self._subscriptions.items()
                if wanted in {None, topic}
            ]
        }

    def _subscription(self, parameters: Mapping[str, Any]) -> tuple[str, str, Subscription]:
        key = str(parameters.get("SubscriptionArn"))
        if key not in self._subscriptions:
            raise ServiceError("NotFound", "Subscription does not exist", 404)
        return key, *self._subscriptions[key]

    async def _get_attributes(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        key, topic, said = self._subscription(parameters)
        attributes = {
            "SubscriptionArn": key,
            "TopicArn": topic,
            "Owner": self._account.id,
            "Protocol": said.protocol,
            "Endpoint": said.endpoint,
            "RawMessageDelivery": str(said.raw).lower(),
            "PendingConfirmation": "false",
            "ConfirmationWasAuthenticated": "true",
        }
        if said.filter_policy:
            attributes |= {
                "FilterPolicy": json.dumps(said.filter_policy),
                "FilterPolicyScope": said.filter_scope,
            }
        if said.dead_letter:
            policy = {"deadLetterTargetArn": said.dead_letter}
            attributes["RedrivePolicy"] = json.dumps(policy)
        return {"Attributes": attributes}

    async def _set_attributes(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        key, topic, said = self._subscription(parameters)
        name, value = parameters["AttributeName"], parameters.get("AttributeValue", "")
        self._subscriptions[key] = (topic, _with_attribute(said, name, value))
        return {}

    # -- publishing -------------------------------------------------------------------------------

    async def _publish_one(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        topic = parameters.get("TopicArn") or parameters.get("TargetArn")
        if topic is None:
            raise _invalid("TopicArn or TargetArn Reason: no value for required parameter")
        return self._publish(str(topic), parameters, caller)

    async def _publish_batch(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        topic = str(parameters.get("TopicArn"))
        self._topic(topic)
        entries = parameters.get("PublishBatchRequestEntries") or []
        ids = [entry["Id"] for entry in entries]
        if not entries:
            raise ServiceError(
                "EmptyBatchRequest", "The batch request doesn't contain any entries."
            )
        if len(entries) > BATCH_LIMIT:
            raise ServiceError(
                "TooManyEntriesInBatchRequest",
                "The batch request contains more entries than permissible.",
            )
        if len(set(ids)) < len(ids):
            raise ServiceError(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            )
        done: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for entry in entries:
            try:
                done["Successful"].append(
                    {"Id": entry["Id"], **self._publish(topic, entry, caller)}
                )
            except ServiceError as error:
                failed = {"Code": error.code, "Message": error.message, "SenderFault": True}
                done["Failed"].append({"Id": entry["Id"], **failed})
        return done

    def _publish(self, topic: str, said: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        spec = self._topic(topic)
        message = _Message.read(self._account, topic, spec, said)
        answer = {"MessageId": message.id}
        if spec.fifo:
            self._sequences[topic] = self._sequences.get(topic, 0) + 1
            message.sequence = f"{10_000_000_000_000_000_000 + self._sequences[topic] * 1_000}"
            answer["SequenceNumber"] = message.sequence
        self._account.emit(
            t.TopicPublished(
                clock.now_us(), spec.name, message.id, caller.root, caller.source, caller.request,
                len(message.body.encode()), caller.cause,
            )
        )  # fmt: skip
        for key, (own, subscription) in self._subscriptions.items():
            if own == topic:
                self._account.spawn(self._deliver(spec, message, key, subscription, caller))
        return answer

    async def _deliver(
        self, spec: TopicSpec, message: _Message, key: str, to: Subscription, by: Caller
    ) -> None:
        account, root = self._account, by.root
        if not message.wanted_by(to):
            event = t.EventFiltered(clock.now_us(), spec.name, message.id, root, to.endpoint)
            account.emit(event)
            return
        await clock.sleep_us(round(1_000 * account.model.delivery_ms))
        parcel = delivery.Parcel(spec.name, message.id, root, to.endpoint)
        caller = Caller("sns", root, cause=parcel.id, chain=by.chain)
        body = message.for_subscription(to, key)

        async def hand_over() -> None:
            if to.protocol == "lambda":
                await account.deliver(to.endpoint, body, caller)
                return
            parameters: dict[str, Any] = {
                "QueueUrl": to.endpoint.rpartition(":")[2],
                "MessageBody": body,
            }
            if to.raw and message.attributes:
                parameters["MessageAttributes"] = message.attributes
            if message.group is not None and to.endpoint.endswith(".fifo"):
                parameters["MessageGroupId"] = message.group
                parameters["MessageDeduplicationId"] = message.deduplication
            await account.call("sqs", "SendMessage", parameters, caller)

        async def give_up(_error: ServiceError) -> str | None:
            return await delivery.to_queue(account, to.dead_letter, body, caller, {})

        await delivery.deliver(account, parcel, hand_over, _pauses(), give_up)


@dataclasses.dataclass(slots=True, eq=False)
class _Message:
    """A message on its way."""

    id: str
    topic: str
    body: str
    bodies: Mapping[str, str]
    """By protocol, of a message with a structure."""
    subject: str | None
    attributes: Mapping[str, Mapping[str, Any]]
    moment: datetime
    group: str | None
    deduplication: str | None
    region: str
    sequence: str | None = None

    @classmethod
    def read(
        cls, account: Account, topic: str, spec: TopicSpec, said: Mapping[str, Any]
    ) -> _Message:
        body = said.get("Message")
        if not body:
            raise _invalid("Empty message")
        attributes = said.get("MessageAttributes") or {}
        size = len(body.encode(errors="surrogatepass")) + sum(
            len(name) + len(str(v.get("StringValue", ""))) for name, v in attributes.items()
        )
        if size > MESSAGE_LIMIT:
            raise _invalid("Message too long")
        bodies: Any = {}
        if said.get("MessageStructure") == "json":
            try:
                bodies = json.loads(body)
            except ValueError as error:
                raise _invalid("Message Structure - JSON message body failed to parse") from error
            if not isinstance(bodies, dict) or "default" not in bodies:
                raise _invalid("Message Structure - No default entry in JSON message body")
        group, deduplication = said.get("MessageGroupId"), said.get("MessageDeduplicationId")
        if spec.fifo:
            if group is None:
                raise _invalid("The MessageGroupId parameter is required for FIFO topics")
            if deduplication is None and not spec.content_based_deduplication:
                raise _invalid(
                    "The topic should either have ContentBasedDeduplication enabled or"
                    " MessageDeduplicationId provided explicitly"
                )
        return cls(
            account.new_id("sns message"), topic, bodies.get("default", body), bodies,
            said.get("Subject"), attributes, account.now(), group, deduplication, account.region,
        )  # fmt: skip

    def wanted_by(self, to: Subscription) -> bool:
        if not to.filter_policy:
            return True
        if to.filter_scope == "MessageBody":
            return filter_policy_matches(to.filter_policy, self.body, "MessageBody")
        texts = {name: v for name, v in self.attributes.items() if "StringValue" in v}
        return filter_policy_matches(to.filter_policy, texts, "MessageAttributes")

    def for_subscription(self, to: Subscription, key: str) -> str:
        """Return what a queue gets as its body, or a function as its event."""
        body = self.bodies.get(to.protocol, self.body)
        if to.protocol == "sqs" and to.raw:
            return body
        stamp = self.moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        certificate = f"https://sns.{self.region}.amazonaws.com/SimpleNotificationService-1.pem"
        leave = f"https://sns.{self.region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={key}"
        function = to.protocol == "lambda"
        said: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": self.id,
            **({} if self.sequence is None else {"SequenceNumber": self.sequence}),
            "TopicArn": self.topic,
            **({"Subject": self.subject} if self.subject is not None or function else {}),
            "Message": body,
            "Timestamp": stamp,
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            ("SigningCertUrl" if function else "SigningCertURL"): certificate,
            ("UnsubscribeUrl" if function else "UnsubscribeURL"): leave,
        }
        shown = {name: _shown(value) for name, value in self.attributes.items()}
        if shown or function:
            said["MessageAttributes"] = shown
        if not function:
            return json.dumps(said, ensure_ascii=False)
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": key,
            "Sns": said,
        }
        return json.dumps({"Records": [record]}, ensure_ascii=False)


def _shown(value: Mapping[str, Any]) -> dict[str, str]:
    text = value.get("StringValue")
    if text is None:
        text = base64.b64encode(bytes(value.get("BinaryValue", b""))).decode()
    return {"Type": str(value["DataType"]), "Value": text}


def _with_attribute(said: Subscription, name: str, value: str) -> Subscription:
    match name:
        case "RawMessageDelivery":
            return dataclasses.replace(said, raw=value.lower() == "true")
        case "FilterPolicyScope" if value in {"MessageAttributes", "MessageBody"}:
            return dataclasses.replace(said, filter_scope=cast("Any", value))
        case "FilterPolicy":
            try:
                policy = json.loads(value or "{}")
                filter_policy_matches(policy, {}, "MessageAttributes")
            except (ValueError, InvalidPattern) as error:
                raise _invalid(f"FilterPolicy: {error}") from error
            return dataclasses.replace(said, filter_policy=policy)
        case "RedrivePolicy":
            policy = json.loads(value) if value else {}
            return dataclasses.replace(said, dead_letter=policy.get("deadLetterTargetArn"))
    raise _invalid("AttributeName")


def _invalid(what: str) -> ServiceError:
    return ServiceError("InvalidParameter", f"Invalid parameter: {what}")
