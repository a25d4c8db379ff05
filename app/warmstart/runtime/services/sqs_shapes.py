"""The shapes of SQS's parameters and answers: attributes, batches, sizes, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services import base, message_attributes
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.queue import attributes_md5, body_md5, redrive_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from warmstart.runtime.services.queue import Message, Queue
    from warmstart.runtime.specs import QueueSpec

MESSAGE_LIMIT: Final = 1_048_576
BATCH_LIMIT: Final = 10
LONGEST_WAIT: Final = 20
LONGEST_VISIBILITY: Final = 43_200
LONGEST_DELAY: Final = 900
MOST_RECEIVES: Final = 1_000
PAGE: Final = 1_000
ATTRIBUTES: Final = {
    "VisibilityTimeout": ("visibility_timeout", 0, LONGEST_VISIBILITY),
    "DelaySeconds": ("delay", 0, LONGEST_DELAY),
    "MessageRetentionPeriod": ("retention", 60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": ("receive_wait", 0, LONGEST_WAIT),
    "MaximumMessageSize": ("maximum_message_size", 1_024, MESSAGE_LIMIT),
}
"""The numbers among a queue's attributes: the spec's field, and its bounds."""
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")
BATCH_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
PRINTABLE: Final = re.compile(r"[!-~]{1,128}")
"""What the ids of groups and of deduplication are made of."""
RECEIPT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A receipt of this runtime; anything else never was one."""
MESSAGE_ATTRIBUTES: Final = 10
FIFO_CHOICES: Final = {
    "DeduplicationScope": ("deduplication_scope", ("queue", "messageGroup")),
    "FifoThroughputLimit": ("throughput_limit", ("perQueue", "perMessageGroupId")),
}
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def received(
    queue: Queue, message: Message, wanted: set[str], names: Iterable[str]
) -> dict[str, Any]:
    """Return a message as ``ReceiveMessage`` gives it, with the attributes that were asked for."""
    found: dict[str, Any] = {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": body_md5(message.body),
        "Body": message.body,
    }
    shown = {k: v for k, v in queue.shown(message).items() if "All" in wanted or k in wanted}
    if shown:
        found["Attributes"] = shown
    chosen = {n: v for n, v in message.attributes.items() if any(_names(p, n) for p in names)}
    if chosen:
        found["MD5OfMessageAttributes"] = attributes_md5(chosen)
        found["MessageAttributes"] = chosen
    return found


def _names(pattern: str, name: str) -> bool:
    """Whether a wanted attribute's name covers this one: All, .*, foo.*, or the name itself."""
    if pattern in {"All", ".*"}:
        return True
    return name.startswith(pattern[:-2]) if pattern.endswith(".*") else name == pattern


def attributes(spec: QueueSpec) -> dict[str, str]:
    """Return a queue's attributes that its spec holds, as the API shows them."""
    found = {name: str(getattr(spec, field)) for name, (field, _, _) in ATTRIBUTES.items()}
    policy = redrive_policy(spec)
    if policy is not None:
        found["RedrivePolicy"] = policy
    if spec.redrive_allow is not None:
        found["RedriveAllowPolicy"] = spec.redrive_allow
    if spec.fifo:
        found |= {
            "FifoQueue": "true",
            "ContentBasedDeduplication": str(spec.content_based_deduplication).lower(),
            "DeduplicationScope": spec.deduplication_scope,
            "FifoThroughputLimit": spec.throughput_limit,
        }
    return found


def changed(spec: QueueSpec, said: Mapping[str, str]) -> QueueSpec:
    """Return the spec with some of its attributes set.

    Raises:
        ServiceError: an attribute that there is not, or a value outside its bounds.
    """
    values: dict[str, Any] = {}
    for name, value in said.items():
        if name in ATTRIBUTES:
            field, low, high = ATTRIBUTES[name]
            if not str(value).isdigit() or not low <= int(value) <= high:
                raise _bad_attribute(name)
            values[field] = int(value)
        elif name == "RedrivePolicy":
            values |= _redrive(value)
        elif name == "RedriveAllowPolicy":
            values["redrive_allow"] = _redrive_allow(value)
        elif name == "ContentBasedDeduplication" and spec.fifo:
            values["content_based_deduplication"] = value == "true"
        elif name in FIFO_CHOICES and spec.fifo:
            field, choices = FIFO_CHOICES[name]
            if value not in choices:
                raise _bad_attribute(name)
            values[field] = value
        elif name not in {"Policy", "SqsManagedSseEnabled", "KmsMasterKeyId"}:
            raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
    found = dataclasses.replace(spec, **values)
    if found.throughput_limit == "perMessageGroupId" and found.deduplication_scope == "queue":
        raise _bad_attribute("FifoThroughputLimit")
    return found


def _bad_attribute(name: str) -> ServiceError:
    return ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def _redrive(value: str) -> dict[str, Any]:
    if not value:
        return {"dead_letter": None}
    try:
        policy = json.loads(value)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid(value, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in policy:
            raise invalid(
                value,
                "RedrivePolicy",
                f"Redrive policy does not contain mandatory attribute: {name}.",
            )
    count = str(policy["maxReceiveCount"])
    if not count.isdigit() or not 1 <= int(count) <= MOST_RECEIVES:
        raise invalid(
            value,
            "RedrivePolicy",
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to"
            f" {MOST_RECEIVES} both inclusive.",
        )
    return {"dead_letter": str(policy["deadLetterTargetArn"]), "max_receive_count": int(count)}


def _redrive_allow(value: str) -> str | None:
    if not value:
        return None
    try:
        allowed_sources(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise invalid(
            value, "RedriveAllowPolicy", "Amazon SQS can't create the redrive allow policy."
        ) from error
    return value


def allowed_sources(policy: str | None) -> frozenset[str] | None:
    """Return the ARNs of the queues that may have dead letters here; None for all of them."""
    said = {"redrivePermission": "allowAll"} if policy is None else json.loads(policy)
    match said["redrivePermission"]:
        case "allowAll":
            return None
        case "denyAll":
            return frozenset()
        case "byQueue":
            return frozenset(map(str, said["sourceQueueArns"]))
    raise ValueError("no such permission")


def entries(parameters: Mapping[str, Any], operation: str) -> list[dict[str, Any]]:
    """Return a batch's entries.

    Raises:
        ServiceError: none, too many, or two with one id.
    """
    entries = list(parameters.get("Entries") or ())
    if not entries:
        raise ServiceError(
            "EmptyBatchRequest",
            f"There should be at least one {operation}RequestEntry in the request.",
            fields=query("AWS.SimpleQueueService.EmptyBatchRequest"),
        )
    if len(entries) > BATCH_LIMIT:
        raise ServiceError(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {BATCH_LIMIT}. You have sent"
            f" {len(entries)}.",
            fields=query("AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        )
    ids = [str(entry["Id"]) for entry in entries]
    for id_ in ids:
        if not BATCH_ID.fullmatch(id_):
            raise ServiceError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and"
                " underscores. It can be at most 80 letters long.",
                fields=query("AWS.SimpleQueueService.InvalidBatchEntryId"),
            )
        if ids.count(id_) > 1:
            raise ServiceError(
                "BatchEntryIdsNotDistinct",
                f"Id {id_} repeated.",
                fields=query("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
            )
    return entries


def check_batch_size(entries: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a batch that is too long."""
    size = sum(map(_size, entries))
    if size > MESSAGE_LIMIT:
        raise ServiceError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {MESSAGE_LIMIT} bytes. You have sent"
            f" {size} bytes.",
            fields=query("AWS.SimpleQueueService.BatchRequestTooLong"),
        )


def check_message(queue: Queue, entry: Mapping[str, Any]) -> None:
    """Refuse a message whose body, size or attributes SQS does not take.

    Raises:
        ServiceError: as SQS says it.
    """
    body = entry.get("MessageBody")
    if not body:
        raise missing("MessageBody")
    if NOT_XML.search(body):
        raise ServiceError(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to"
            " #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )
    limit = queue.spec.maximum_message_size
    if _size(entry) > limit:
        raise ServiceError(
            "InvalidParameterValue",
            f"One or more parameters are invalid. Reason: Message must be shorter than {limit}"
            " bytes.",
        )
    attributes = entry.get("MessageAttributes") or {}
    wrong = message_attributes.wrong(attributes, message_attributes.SQS)
    if len(attributes) > MESSAGE_ATTRIBUTES:
        wrong = (
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum"
            f" [{MESSAGE_ATTRIBUTES}]."
        )
    if wrong is not None:
        raise ServiceError("InvalidParameterValue", wrong)


def check_kind(queue: Queue, entry: Mapping[str, Any]) -> None:
    """Refuse what a message to a FIFO queue lacks, or one to a standard queue may not have.

    Raises:
        ServiceError: as SQS says it.
    """
    group, id_ = entry.get("MessageGroupId"), entry.get("MessageDeduplicationId")
    delay, other = entry.get("DelaySeconds"), "The request include parameter that is not valid"
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", id_)):
        if value is not None and not PRINTABLE.fullmatch(value):
            reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in"
            raise invalid(value, name, f"{reason} length.")
    if not queue.spec.fifo:
        if id_ is not None:
            raise invalid(id_, "MessageDeduplicationId", f"{other} for this queue type.")
        if delay is not None and not 0 <= int(delay) <= LONGEST_DELAY:
            raise invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
        return
    if group is None:
        raise missing("MessageGroupId")
    if not id_ and not queue.spec.content_based_deduplication:
        raise ServiceError(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or"
            " MessageDeduplicationId provided explicitly",
        )
    if delay:
        raise invalid(delay, "DelaySeconds", f"{other} for this queue type.")


def _size(entry: Mapping[str, Any]) -> int:
    body = len(str(entry.get("MessageBody", "")).encode(errors="surrogatepass"))
    return body + message_attributes.size(entry.get("MessageAttributes") or {})


def page(found: list[str], parameters: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a page of a list: ``MaxResults`` (1,000) entries from ``NextToken`` on."""
    most = parameters.get("MaxResults")
    if most is not None and not 1 <= int(most) <= PAGE:
        raise invalid(most, "MaxResults", f"MaxResults must be an integer between 1 and {PAGE}.")
    wrong = invalid(parameters.get("NextToken"), "NextToken", "It is none of this queue list.")
    result = base.page(found, key, parameters, int(most or PAGE), wrong)
    if most is None:  # Then there is no token (ListQueues).
        result.pop("NextToken", None)
    return result


def check_visibility(seconds: int) -> None:
    """Refuse a visibility timeout outside its bounds."""
    if not 0 <= seconds <= LONGEST_VISIBILITY:
        raise invalid(seconds, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")


def each(
    entries: Iterable[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], dict[str, Any] | None]
) -> dict[str, Any]:
    """Do something for each entry of a batch; return what went well, and what did not."""
    found: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            found["Successful"].append({"Id": entry["Id"], **(do(entry) or {})})
        except ServiceError as error:
            code = error.fields.get("QueryErrorCode", error.code)  # As SDKs show it elsewhere.
            said = {"SenderFault": True, "Code": code, "Message": error.message}
            found["Failed"].append({"Id": entry["Id"], **said})
    return {key: value for key, value in found.items() if value}


def query(code: str) -> dict[str, str]:
    """Return what carries the error's name from the days of the query protocol, which SDKs show."""
    return {"QueryErrorCode": code}


def no_queue() -> ServiceError:
    """Return the error for a queue that does not exist."""
    return ServiceError(
        "QueueDoesNotExist",
        "The specified queue does not exist.",
        fields=query("AWS.SimpleQueueService.NonExistentQueue"),
    )


def bad_receipt() -> ServiceError:
    """Return the error for what never was a receipt."""
    return ServiceError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")


def missing(name: str) -> ServiceError:
    """Return the error for a parameter that must be there."""
    return ServiceError(
        "MissingRequiredParameterException",
        f"The request must contain the parameter {name}.",
        fields=query("MissingParameter"),
    )


def invalid(value: object, name: str, reason: str) -> ServiceError:
    """Return the error for a value that a parameter does not take."""
    return ServiceError(
        "InvalidParameterValue",
        f"Value {value} for parameter {name} is invalid. Reason: {reason}",
    )
