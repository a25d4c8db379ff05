"""What a bucket tells whom: event notifications in S3's own form, and events for EventBridge.

Shapes: notification-content-structure (version 2.1) and ev-events. A queue or topic that is made a
destination gets an ``s3:TestEvent`` first, as on AWS; what a template sets up from the start gets
none, because the run begins after the deployment.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from warmstart.runtime import clock
from warmstart.runtime.services import delivery
from warmstart.runtime.services.base import Caller, ServiceError
from warmstart.runtime.specs import BusSpec, Notification, arn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.s3.bucket import Bucket, Buckets, Object

EVENTBRIDGE: Final = "eventbridge"
PAUSES: Final = (1, 2, 4, 8, 16, 32)
"""Model: the seconds between attempts to deliver; AWS says no more than "at least once"."""
_REASONS: Final = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
}
_EVENTS: Final = frozenset(
    {*_REASONS, "ObjectCreated:*", "ObjectCreated:Post", "ObjectRemoved:*",
     "ObjectRemoved:DeleteMarkerCreated"}
)  # fmt: skip
"""What can be asked for here; of other kinds (restored, tagged, …) nothing ever happens."""
_KINDS: Final = {
    "LambdaFunctionConfigurations": ("LambdaFunctionArn", ":lambda:"),
    "QueueConfigurations": ("QueueArn", ":sqs:"),
    "TopicConfigurations": ("TopicArn", ":sns:"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to an object."""

    event: str
    """``ObjectCreated:Put``, …"""
    key: str
    one: Object | None = None
    """The object; None where it is gone."""


def wants(notification: Notification, happened: Happened) -> bool:
    """Whether a notification is about this."""
    key = happened.key
    return (
        key.startswith(notification.prefix)
        and key.endswith(notification.suffix)
        and any(_covers(event, happened.event) for event in notification.events)
    )


def _covers(event: str, other: str) -> bool:
    event = event.removeprefix("s3:")
    return other.startswith(event[:-1]) if event.endswith("*") else event == other


def tell(buckets: Buckets, bucket: Bucket, happened: Happened, caller: Caller) -> None:
    """Let everybody know who is to be told; that takes a while, and the run waits for it."""
    account = buckets.account
    buckets.written += 1
    sequencer = f"{int(account.now().timestamp() * 1_000):012X}{buckets.written:06X}"
    request = account.new_id("s3 request")
    for id_, notification in bucket.notifications:
        if not wants(notification, happened):
            continue
        told = _Told(bucket, happened, sequencer, account.now(), request, caller.source)
        if notification.target == EVENTBRIDGE:
            target, payload = arn(BusSpec, "default", account.region), _bus_event(account, told)
        else:
            target, payload = notification.target, _event(account, told, id_)
        by = Caller("s3", caller.root, chain=caller.chain)
        account.spawn(_send(account, bucket, target, payload, by))


async def _send(
    account: Account, bucket: Bucket, target: str, payload: dict[str, Any], caller: Caller
) -> None:
    await clock.sleep_us(round(account.model.notification_ms * 1_000))
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)

    async def hand_over() -> None:
        if ":sns:" in target:
            said = {"TopicArn": target, "Subject": "Amazon S3 Notification", "Message": text}
            await account.call("sns", "Publish", said, caller)
        else:
            await account.deliver(target, text, caller)

    async def lost(_: ServiceError) -> None:
        return None

    parcel = delivery.Parcel(bucket.name, account.new_id("notified"), caller.root, target)
    await delivery.deliver(account, parcel, hand_over, PAUSES, lost)


# -- shapes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    bucket: Bucket
    happened: Happened
    sequencer: str
    at: datetime
    request: str
    by: str


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _event(account: Account, told: _Told, id_: str) -> dict[str, Any]:
    one, bucket = told.happened.one, told.bucket
    described: dict[str, Any] = {"key": quote_plus(told.happened.key, safe="/*-._")}
    if one is not None:
        described |= {"size": len(one.body), "eTag": one.etag.strip('"')}
    described["sequencer"] = told.sequencer
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": account.region,
        "eventTime": _stamp(told.at),
        "eventName": told.happened.event,
        "userIdentity": {"principalId": f"AWS:AROAEXAMPLE:{told.by.replace('/', '-')}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": told.request, "x-amz-id-2": told.request[::-1]},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": id_,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": bucket.arn,
            },
            "object": described,
        },
    }
    return {"Records": [record]}


def _bus_event(account: Account, told: _Told) -> dict[str, Any]:
    happened, one = told.happened, told.happened.one
    described: dict[str, Any] = {"key": happened.key}
    if one is not None:
        described |= {"size": len(one.body), "etag": one.etag.strip('"')}
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": told.bucket.name},
        "object": {**described, "sequencer": told.sequencer},
        "request-id": told.request,
        "requester": account.id,
        "source-ip-address": "127.0.0.1",
        "reason": _REASONS[happened.event],
    }
    if one is None:
        detail["deletion-type"] = "Permanently Deleted"
    return {
        "source": "aws.s3",
        "detail-type": "Object Deleted" if one is None else "Object Created",
        "time": told.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [told.bucket.arn],
        "detail": detail,
    }


# -- configuration --------------------------------------------------------------------------------


async def put_configuration(
    buckets: Buckets, parameters: dict[str, Any], caller: Caller
) -> dict[str, Any]:
    """Say whom a bucket tells what, in the place of what was said before."""
    bucket, account = buckets.find(parameters), buckets.account
    said = parameters["NotificationConfiguration"]
    found: list[tuple[str, Notification]] = []
    for kind, (key, service) in _KINDS.items():
        for one in said.get(kind) or ():
            target = one[key]
            if not parameters.get("SkipDestinationValidation"):
                _check_target(account, target, service)
            prefix, suffix = _rules(one.get("Filter") or {})
            events = tuple(one["Events"])
            if any(event.removeprefix("s3:") not in _EVENTS for event in events):
                raise _argument("The event is not supported for notifications")
            id_ = one.get("Id") or account.new_id("notification")
            found.append((id_, Notification(events, target, prefix, suffix)))
    _check_overlap([notification for _, notification in found])
    if said.get("EventBridgeConfiguration") is not None:
        found.append((EVENTBRIDGE, Notification(("s3:*",), EVENTBRIDGE)))
    fresh = {n.target for _, n in found} - {n.target for _, n in bucket.notifications}
    bucket.notifications = tuple(found)
    for target in sorted(fresh):
        if ":lambda:" not in target and target != EVENTBRIDGE:
            event = {
                "Service": "Amazon S3",
                "Event": "s3:TestEvent",
                "Time": _stamp(account.now()),
                "Bucket": bucket.name,
                "RequestId": account.new_id("s3 request"),
                "HostId": account.new_id("s3 host"),
            }
            account.spawn(_send(account, bucket, target, event, Caller("s3", caller.root)))
    return {}


async def get_configuration(
    buckets: Buckets, parameters: dict[str, Any], _: Caller
) -> dict[str, Any]:
    """Say whom a bucket tells what."""
    bucket = buckets.find(parameters)
    result: dict[str, Any] = {}
    for id_, one in bucket.notifications:
        if one.target == EVENTBRIDGE:
            result["EventBridgeConfiguration"] = {}
            continue
        kind, (key, _service) = next(
            (kind, of) for kind, of in _KINDS.items() if of[1] in one.target
        )
        rules = [
            {"Name": name, "Value": value}
            for name, value in (("Prefix", one.prefix), ("Suffix", one.suffix))
            if value
        ]
        told: dict[str, Any] = {"Id": id_, key: one.target, "Events": list(one.events)}
        if rules:
            told["Filter"] = {"Key": {"FilterRules": rules}}
        result.setdefault(kind, []).append(told)
    return result


def _argument(message: str) -> ServiceError:
    return ServiceError("InvalidArgument", message)


def _check_target(account: Account, target: str, service: str) -> None:
    if service not in target:
        raise _argument("The ARN is not well formed")
    if target.endswith(".fifo"):
        raise _argument("FIFO queues and topics cannot be destinations of event notifications")
    if not account.known(target):
        raise _argument("Unable to validate the following destination configurations")


def _rules(section: Mapping[str, Any]) -> tuple[str, str]:
    found = {"prefix": "", "suffix": ""}
    for rule in (section.get("Key") or {}).get("FilterRules") or ():
        name = str(rule.get("Name", "")).lower()
        if name not in found:
            raise _argument("filter rule name must be either prefix or suffix")
        found[name] = rule.get("Value") or ""
    return found["prefix"], found["suffix"]


def _check_overlap(found: list[Notification]) -> None:
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            same = any(
                _covers(a, b.removeprefix("s3:")) or _covers(b, a.removeprefix("s3:"))
                for a in one.events
                for b in other.events
            )
            first, last = sorted((one.prefix, other.prefix), key=len)
            short, long = sorted((one.suffix, other.suffix), key=len)
            if same and last.startswith(first) and long.endswith(short):
                raise _argument(
                    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two"
                    " rules if the prefixes are overlapping for the same event type."
                )
