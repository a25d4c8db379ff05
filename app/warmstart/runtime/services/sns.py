"""Amazon SNS: topics, their subscriptions, and who gets which message.

Each subscription gets its own copy, on its own: one that fails holds up no other. Retries are those
that the developer guide gives for SQS and Lambda (sns-message-delivery-retries), message and event
shapes those of sns-sqs-as-subscriber and with-sns; a filter policy is ``patterns``' business.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.services import base, delivery
from warmstart.runtime.services.base import Caller, Operation, ServiceError
from warmstart.runtime.services.patterns import InvalidPattern, filter_policy_matches
from warmstart.runtime.services.sns_message import MESSAGE_LIMIT, Message, check, invalid, size
from warmstart.runtime.specs import Subscription, TopicSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from warmstart.runtime.services.base import Account

ARN_ELEMENTS: Final = 6
BATCH_LIMIT: Final = 10
PAGE: Final = 100
DEDUPLICATION_US: Final = 300_000_000
"""How long a FIFO topic remembers a message's deduplication id (fifo-message-dedup)."""
POLICY_KEYS: Final = 5
POLICY_COMBINATIONS: Final = 150
"""What a filter policy may hold (subscription-filter-policy-constraints)."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,256}(\.fifo)?")
_BATCH_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ELSEWHERE: Final = {"http", "https", "email", "email-json", "sms", "application", "firehose"}
"""Protocols that AWS has and this runtime has not."""


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
        self._known: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        """By FIFO topic and deduplication id: until when, and what the first one was told."""
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
        if spec is not None:
            return spec
        elements = str(key).count(":") + 1
        if elements < ARN_ELEMENTS:
            raise invalid(
                f"TopicArn Reason: An ARN must have at least {ARN_ELEMENTS} elements,"
                f" not {elements}"
            )
        raise ServiceError("NotFound", "Topic does not exist", 404)

    async def _create(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name = str(parameters.get("Name", ""))
        said = parameters.get("Attributes") or {}
        fifo = said.get("FifoTopic") == "true"
        if not _NAME.fullmatch(name) or fifo is not name.endswith(".fifo"):
            raise invalid("Topic Name")
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

    async def _list(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return _page([{"TopicArn": key} for key in self._topics], parameters, "Topics")

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
        if protocol in _ELSEWHERE:
            raise ServiceError(
                "NotImplemented", f"sns:Subscribe: {protocol} is not supported here.", status=501
            )
        if protocol not in {"sqs", "lambda"}:
            raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
        if not endpoint.startswith(f"arn:aws:{protocol}:"):
            raise invalid(f"{'SQS' if protocol == 'sqs' else 'Lambda'} endpoint ARN")
        if spec.fifo and protocol == "lambda":
            raise invalid("Invalid protocol type: lambda")
        if endpoint.endswith(".fifo") and not spec.fifo:
            raise invalid(
                "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to"
                " standard SNS topics"
            )
        subscription = Subscription(cast("Any", protocol), endpoint)
        for name, value in (parameters.get("Attributes") or {}).items():
            subscription = _with_attribute(subscription, name, value)
        for key, (known, said) in self._subscriptions.items():
            if (known, said.protocol, said.endpoint) == (topic, protocol, endpoint):
                if parameters.get("Attributes") and said != subscription:
                    raise invalid(
                        "Attributes Reason: Subscription already exists with different attributes"
                    )
                return {"SubscriptionArn": key}
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
        found = [
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
        return _page(found, parameters, "Subscriptions")

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
        if parameters.get("PhoneNumber"):
            raise ServiceError(
                "NotImplemented", "sns:Publish to a PhoneNumber is not supported here.", status=501
            )
        topic = parameters.get("TopicArn") or parameters.get("TargetArn")
        if topic is None:
            raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
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
        if not all(map(_BATCH_ID.fullmatch, ids)):
            raise ServiceError(
                "InvalidBatchEntryId",
                "The Id of a batch entry in a batch request doesn't abide by the specification.",
            )
        if sum(map(size, entries)) > MESSAGE_LIMIT:
            raise ServiceError(
                "BatchRequestTooLong",
                "The length of all the messages put together is more than the limit.",
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
        check(spec, said)
        id_ = said.get("MessageDeduplicationId")
        if spec.fifo:
            id_ = id_ or hashlib.sha256(said["Message"].encode()).hexdigest()
            until, told = self._known.get((topic, id_), (0, {}))
            if clock.now_us() < until:  # Taken, and not delivered again.
                return told
        message = Message.read(self._account, topic, said, id_)
        answer = {"MessageId": message.id}
        if spec.fifo:
            self._known[topic, str(id_)] = (clock.now_us() + DEDUPLICATION_US, answer)
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
        self, spec: TopicSpec, message: Message, key: str, to: Subscription, by: Caller
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


def _with_attribute(said: Subscription, name: str, value: str) -> Subscription:
    match name:
        case "RawMessageDelivery":
            if value.lower() not in {"true", "false"}:
                raise invalid(
                    f"Attributes Reason: RawMessageDelivery: Invalid value [{value}]. Must be true"
                    " or false."
                )
            return dataclasses.replace(said, raw=value.lower() == "true")
        case "FilterPolicyScope":
            if value not in {"MessageAttributes", "MessageBody"}:
                raise invalid(
                    f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or"
                    " MessageAttributes"
                )
            return dataclasses.replace(said, filter_scope=cast("Any", value))
        case "FilterPolicy":
            try:
                policy = json.loads(value or "{}")
                filter_policy_matches(policy, {}, "MessageAttributes")
            except (ValueError, InvalidPattern) as error:
                raise invalid(f"FilterPolicy: {error}") from error
            if len(set(_keys(policy, ()))) > POLICY_KEYS:
                raise invalid(
                    f"FilterPolicy: Filter policy can not have more than {POLICY_KEYS} keys"
                )
            if _combinations(policy) > POLICY_COMBINATIONS:
                raise invalid("FilterPolicy: Filter policy is too complex")
            return dataclasses.replace(said, filter_policy=policy)
        case "RedrivePolicy":
            try:
                policy = json.loads(value) if value else {}
                target = str(policy["deadLetterTargetArn"]) if policy else None
            except (ValueError, KeyError, TypeError) as error:
                raise invalid("RedrivePolicy: failed to parse JSON.") from error
            return dataclasses.replace(said, dead_letter=target)
    raise invalid("AttributeName")


def _keys(policy: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give the path of every key that has values."""
    for name, value in policy.items():
        if name == "$or" and isinstance(value, list):
            for one in value:
                yield from _keys(one, path)
        elif isinstance(value, dict):
            yield from _keys(value, (*path, name))
        else:
            yield (*path, name)


def _combinations(policy: Any, depth: int = 1) -> int:
    """Return how many combinations of values a policy makes; a value counts once a level."""
    counts = (
        sum(_combinations(one, depth) for one in value)
        if name == "$or" and isinstance(value, list)
        else _combinations(value, depth + 1)
        if isinstance(value, dict)
        else depth * (len(value) if isinstance(value, list) else 1)
        for name, value in policy.items()
    )
    return math.prod(counts)


def _page(found: list[dict[str, str]], parameters: Mapping[str, Any], key: str) -> dict[str, Any]:
    return base.page(found, key, parameters, PAGE, invalid("NextToken"))
