"""Amazon SQS: the operations of its API over the account's queues.

Limits and messages are those of the API reference and of quotas-messages: a body of at most 1 MiB
of the characters XML knows, batches of at most ten with different ids, waits of at most 20 s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime.services import sqs_shapes as shapes
from warmstart.runtime.services.base import Operation, ServiceError
from warmstart.runtime.services.move_tasks import MoveTasks
from warmstart.runtime.services.queue import (
    Queue,
    attributes_md5,
    body_md5,
    queue_at,
)
from warmstart.runtime.specs import QueueSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account, Caller
    from warmstart.runtime.services.queue import Message

MINUTE_US: Final = 60_000_000
"""How long SQS refuses to purge a queue again, or to make one anew that was deleted."""


class Sqs:
    """The service."""

    name = "sqs"

    def __init__(self, account: Account, specs: Iterable[QueueSpec]) -> None:
        self._account = account
        self._queues: dict[str, Queue] = {}
        self._moves = MoveTasks(account, self._queues.values)
        self._deleted: dict[str, int] = {}
        """By the name of a queue that is gone, since when."""
        self.base_url = f"https://sqs.{account.region}.amazonaws.com/{account.id}"
        """What queue URLs begin with; an endpoint puts its own address here."""
        for spec in specs:
            self._make(spec)
        for queue in self._queues.values():
            self._link(queue)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "CreateQueue": self._create,
            "DeleteQueue": self._delete_queue,
            "GetQueueUrl": self._get_url,
            "ListQueues": self._list,
            "GetQueueAttributes": self._get_attributes,
            "SetQueueAttributes": self._set_attributes,
            "PurgeQueue": self._purge,
            "SendMessage": self._send,
            "SendMessageBatch": self._send_batch,
            "ReceiveMessage": self._receive,
            "DeleteMessage": self._delete,
            "DeleteMessageBatch": self._delete_batch,
            "ChangeMessageVisibility": self._change,
            "ChangeMessageVisibilityBatch": self._change_batch,
            "ListDeadLetterSourceQueues": self._sources,
            **self._moves.operations,
        }

    def queue(self, arn: str) -> Queue:
        """Return a queue by its ARN.

        Raises:
            ServiceError: there is none.
        """
        queue = queue_at(self._queues.values(), arn)
        if queue is None:
            raise shapes.no_queue()
        return queue

    def url(self, queue: Queue) -> str:
        """Return a queue's URL."""
        return f"{self.base_url}/{queue.spec.name}"

    # -- queues -----------------------------------------------------------------------------------

    def _make(self, spec: QueueSpec) -> Queue:
        queue = self._queues[spec.name] = Queue(self._account, spec)

        async def take(payload: str, caller: Caller) -> None:
            # An event that another service sends to a FIFO queue is one of a group of its own.
            group = caller.root if spec.fifo else None
            queue.send(payload, caller, group=group)

        self._account.takes(queue.arn, take)
        return queue

    def _link(self, queue: Queue) -> None:
        target = queue.spec.dead_letter
        queue.dead_letters = None if target is None else self.queue(target)

    def _check_dead_letters(self, spec: QueueSpec, said: Mapping[str, str]) -> None:
        """Refuse a redrive policy whose dead-letter queue this queue cannot have."""
        if spec.dead_letter is None or "RedrivePolicy" not in said:
            return
        target = queue_at(self._queues.values(), spec.dead_letter)
        if target is None:
            reason = "Dead letter target does not exist."
        elif target.spec.fifo is not spec.fifo:
            reason = "Dead-letter queue must be same type of queue as the source."
        else:
            allowed = shapes.allowed_sources(target.spec.redrive_allow)
            if allowed is None or arn(QueueSpec, spec.name, self._account.region) in allowed:
                return
            reason = "Queue does not have permission to use the dead-letter queue."
        raise shapes.invalid(said["RedrivePolicy"], "RedrivePolicy", reason)

    def _of(self, parameters: Mapping[str, Any]) -> Queue:
        url = parameters.get("QueueUrl")
        if not url:
            raise shapes.missing("QueueUrl")
        queue = self._queues.get(str(url).rstrip("/").rpartition("/")[2])
        if queue is None:
            raise shapes.no_queue()
        return queue

    async def _create(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        name = str(parameters.get("QueueName", ""))
        said = dict(parameters.get("Attributes") or {})
        fifo = said.get("FifoQueue") == "true"
        if said.pop("FifoQueue", "true") != "true":  # To say that it is none is no way to say so.
            raise ServiceError("InvalidAttributeName", "Unknown Attribute FifoQueue.")
        if not shapes.NAME.fullmatch(name) or fifo is not name.endswith(".fifo"):
            raise ServiceError(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in"
                " length; the name of a FIFO queue ends with .fifo.",
            )
        spec = shapes.changed(QueueSpec(logical_id="", name=name, fifo=fifo), said)
        self._check_dead_letters(spec, said)
        known = self._queues.get(name)
        if known is None:
            self._check_forgotten(name)
            self._link(known := self._make(spec))
        elif other := [k for k, v in said.items() if shapes.attributes(known.spec).get(k) != v]:
            raise ServiceError(
                "QueueNameExists",
                "A queue already exists with the same name and a different value for attribute"
                f" {', '.join(other)}",
                fields=shapes.query("QueueAlreadyExists"),
            )
        return {"QueueUrl": self.url(known)}

    async def _delete_queue(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        queue.purge()
        del self._queues[queue.spec.name]
        self._deleted[queue.spec.name] = clock.now_us()
        return {}

    def _check_forgotten(self, name: str) -> None:
        """Refuse the name of a queue that was deleted a moment ago (DeleteQueue)."""
        if clock.now_us() - self._deleted.get(name, -MINUTE_US) < MINUTE_US:
            raise ServiceError(
                "QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with"
                " the same name.",
                fields=shapes.query("AWS.SimpleQueueService.QueueDeletedRecently"),
            )

    async def _get_url(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._queues.get(str(parameters.get("QueueName")))
        if queue is None:
            raise shapes.no_queue()
        return {"QueueUrl": self.url(queue)}

    async def _list(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        prefix = parameters.get("QueueNamePrefix") or ""
        found = [self.url(q) for name, q in self._queues.items() if name.startswith(prefix)]
        page = shapes.page(found, parameters, "QueueUrls")
        return page if page["QueueUrls"] else {}

    async def _get_attributes(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        found = shapes.attributes(queue.spec) | {
            "QueueArn": queue.arn,
            "ApproximateNumberOfMessages": str(queue.visible),
            "ApproximateNumberOfMessagesNotVisible": str(queue.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(queue.delayed),
            "CreatedTimestamp": str(int(queue.created.timestamp())),
            "LastModifiedTimestamp": str(int(queue.modified.timestamp())),
            "SqsManagedSseEnabled": "true",
        }
        wanted = parameters.get("AttributeNames") or []
        for name in wanted:
            if name != "All" and name not in {
                *found,
                *shapes.ATTRIBUTES,
                *("RedrivePolicy", "RedriveAllowPolicy", "Policy", "KmsMasterKeyId"),
            }:
                raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
        chosen = {k: v for k, v in found.items() if "All" in wanted or k in wanted}
        return {"Attributes": chosen} if chosen else {}

    async def _set_attributes(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        said = parameters.get("Attributes") or {}
        spec = shapes.changed(queue.spec, said)
        self._check_dead_letters(spec, said)
        queue.spec, queue.modified = spec, self._account.now()
        self._link(queue)
        return {}

    async def _purge(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        now = clock.now_us()
        if queue.purged is not None and now - queue.purged < MINUTE_US:
            raise ServiceError(
                "PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {queue.spec.name} is allowed every 60 seconds.",
                fields=shapes.query("AWS.SimpleQueueService.PurgeQueueInProgress"),
            )
        queue.purge()
        queue.purged = now
        return {}

    # -- sending ----------------------------------------------------------------------------------

    async def _send(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        return self._sent(queue, self._put(queue, parameters, caller), parameters)

    async def _send_batch(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        entries = shapes.entries(parameters, "SendMessageBatch")
        shapes.check_batch_size(entries)
        return shapes.each(
            entries, lambda entry: self._sent(queue, self._put(queue, entry, caller), entry)
        )

    def _put(self, queue: Queue, entry: Mapping[str, Any], caller: Caller) -> Message:
        shapes.check_message(queue, entry)
        shapes.check_kind(queue, entry)
        delay = entry.get("DelaySeconds")
        return queue.send(
            entry["MessageBody"],
            caller,
            attributes=entry.get("MessageAttributes"),
            delay=None if delay is None else int(delay),
            group=entry.get("MessageGroupId"),
            deduplication=entry.get("MessageDeduplicationId"),
            system={
                name: value["StringValue"]
                for name, value in (entry.get("MessageSystemAttributes") or {}).items()
            },
        )

    @staticmethod
    def _sent(queue: Queue, message: Message, entry: Mapping[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {
            "MessageId": message.id,
            "MD5OfMessageBody": body_md5(message.body),
        }
        for name in ("MessageAttributes", "MessageSystemAttributes"):
            digest = attributes_md5(entry.get(name) or {})
            if digest is not None:
                said[f"MD5Of{name}"] = digest
        if queue.spec.fifo:
            said["SequenceNumber"] = message.system["SequenceNumber"]
        return said

    # -- receiving --------------------------------------------------------------------------------

    async def _receive(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        most = int(parameters.get("MaxNumberOfMessages", 1))
        if not 1 <= most <= shapes.BATCH_LIMIT:
            raise shapes.invalid(
                most, "MaxNumberOfMessages", "Must be between 1 and 10, if provided."
            )
        wait = int(parameters.get("WaitTimeSeconds", queue.spec.receive_wait))
        if not 0 <= wait <= shapes.LONGEST_WAIT:
            raise shapes.invalid(wait, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
        visibility = parameters.get("VisibilityTimeout")
        if visibility is not None:
            shapes.check_visibility(int(visibility))
        taken: list[Message] = []
        try:
            async with asyncio.timeout(wait):
                while not (taken := queue.receive(most, caller.source, visibility)) and wait:
                    queue.arrived.clear()
                    await queue.arrived.wait()
        except TimeoutError:
            pass
        wanted = {
            *(parameters.get("AttributeNames") or ()),
            *(parameters.get("MessageSystemAttributeNames") or ()),
        }
        names = parameters.get("MessageAttributeNames") or ()
        found = [shapes.received(queue, message, wanted, names) for message in taken]
        return {"Messages": found} if found else {}

    async def _delete(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        receipt = parameters.get("ReceiptHandle")
        if not receipt:
            raise shapes.missing("ReceiptHandle")
        self._delete_one(queue, receipt)
        return {}

    async def _delete_batch(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        entries = shapes.entries(parameters, "DeleteMessageBatch")
        return shapes.each(entries, lambda entry: self._delete_one(queue, entry["ReceiptHandle"]))

    @staticmethod
    def _delete_one(queue: Queue, receipt: str) -> None:
        """Delete a message; one that a later receive has taken over stays, and SQS says nothing."""
        if not shapes.RECEIPT.fullmatch(receipt):
            raise shapes.bad_receipt()
        if not queue.delete(receipt) and queue.spec.fifo:
            raise shapes.invalid(receipt, "ReceiptHandle", "The receipt handle has expired.")

    async def _change(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._change_one(self._of(parameters), parameters)
        return {}

    async def _change_batch(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        entries = shapes.entries(parameters, "ChangeMessageVisibilityBatch")
        return shapes.each(entries, lambda entry: self._change_one(queue, entry))

    @staticmethod
    def _change_one(queue: Queue, entry: Mapping[str, Any]) -> None:
        seconds, receipt = int(entry["VisibilityTimeout"]), entry["ReceiptHandle"]
        shapes.check_visibility(seconds)
        if not shapes.RECEIPT.fullmatch(receipt):
            raise shapes.bad_receipt()
        if (queue.held(receipt) or 0) + seconds > shapes.LONGEST_VISIBILITY:
            raise shapes.invalid(
                seconds,
                "VisibilityTimeout",
                "Total VisibilityTimeout for the message is beyond the limit"
                f" [{shapes.LONGEST_VISIBILITY} seconds].",
            )
        if not queue.change_visibility(receipt, seconds):
            raise ServiceError(
                "MessageNotInflight",
                f"Value {receipt} for parameter ReceiptHandle is invalid. Reason:"
                " Message does not exist or is not available for visibility timeout change.",
                fields=shapes.query("InvalidParameterValue"),
            )

    # -- dead letters -----------------------------------------------------------------------------

    async def _sources(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        target = self._of(parameters)
        found = [self.url(q) for q in self._queues.values() if q.dead_letters is target]
        return shapes.page(found, parameters, "queueUrls")
