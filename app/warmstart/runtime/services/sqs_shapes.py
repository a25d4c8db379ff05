"""The shapes of SQS's parameters and answers: attributes, batches, sizes, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.queue import attributes_md5, body_md5, redrive_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.queue import Message, Queue
    from warmstart.runtime.specs import QueueSpec

MESSAGE_LIMIT: Final = 1_048_576
BATCH_LIMIT: Final = 10
LONGEST_WAIT: Final = 20
LONGEST_VISIBILITY: Final = 43_200
LONGEST_DELAY: Final = 900
ATTRIBUTES: Final = {
    "VisibilityTimeout": ("visibility_timeout", 0, LONGEST_VISIBILITY),
    "DelaySeconds": ("delay", 0, LONGEST_DELAY),
    "MessageRetentionPeriod": ("retention", 60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": ("receive_wait", 0, LONGEST_WAIT),
    "MaximumMessageSize": ("maximum_message_size", 1_024, MESSAGE_LIMIT),
}
"""The numbers among a queue's attributes: the spec's field, and its bounds."""
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")
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
    if spec.fifo:
        found |= {
            "FifoQueue": "true",
            "ContentBasedDeduplication": str(spec.content_based_deduplication).lower(),
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
                raise ServiceError(
                    "InvalidAttributeValue", f"Invalid value for the parameter {name}."
                )
            values[field] = int(value)
        elif name == "RedrivePolicy":
            values |= _redrive(value)
        elif name == "ContentBasedDeduplication":
            values["content_based_deduplication"] = value == "true"
        elif name not in {"FifoQueue", "Policy", "SqsManagedSseEnabled", "KmsMasterKeyId"}:
            raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
    return dataclasses.replace(spec, **values)


def _redrive(value: str) -> dict[str, Any]:
    if not value:
        return {"dead_letter": None}
    try:
        policy = json.loads(value)
        return {
            "dead_letter": str(policy["deadLetterTargetArn"]),
            "max_receive_count": int(policy["maxReceiveCount"]),
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(
            "InvalidParameterValue",
            f"Value {value} for parameter RedrivePolicy is invalid. Reason: Redrive policy is not"
            " a valid JSON map, or lacks deadLetterTargetArn or maxReceiveCount.",
        ) from error


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
    ids = [entry["Id"] for entry in entries]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise ServiceError(
                "BatchEntryIdsNotDistinct",
                f"Id {id_} repeated.",
                fields=query("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
            )
    return entries


def check_size(queue: Queue, entries: Iterable[Mapping[str, Any]], *, batch: bool = False) -> None:
    """Refuse a message, or a batch, that is too long."""
    sizes = [_size(entry) for entry in entries]
    limit = MESSAGE_LIMIT if batch else queue.spec.maximum_message_size
    if sum(sizes) <= limit:
        return
    if batch:
        raise ServiceError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {MESSAGE_LIMIT} bytes. You have sent"
            f" {sum(sizes)} bytes.",
            fields=query("AWS.SimpleQueueService.BatchRequestTooLong"),
        )
    raise ServiceError(
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than"
        f" {queue.spec.maximum_message_size} bytes.",
    )


def _size(entry: Mapping[str, Any]) -> int:
    total = len(str(entry.get("MessageBody", "")).encode(errors="surrogatepass"))
    for name, value in (entry.get("MessageAttributes") or {}).items():
        said = value.get("StringValue")
        raw = said.encode() if said is not None else bytes(value.get("BinaryValue", b""))
        total += len(name.encode()) + len(str(value.get("DataType", "")).encode()) + len(raw)
    return total


def check_visibility(seconds: int) -> None:
    """Refuse a visibility timeout outside its bounds."""
    if not 0 <= seconds <= LONGEST_VISIBILITY:
        raise invalid(seconds, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")


def both(successful: list[dict[str, Any]], failed: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a batch's answer: what went well, and what did not."""
    found = {"Successful": successful, "Failed": failed}
    return {key: value for key, value in found.items() if value}


def failure(entry: Mapping[str, Any], error: ServiceError) -> dict[str, Any]:
    """Return what a batch says of an entry that was refused."""
    return {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message}


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
