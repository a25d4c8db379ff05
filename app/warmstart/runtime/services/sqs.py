"""Amazon SQS: the operations of its API over the account's queues.

Limits and messages are those of the API reference and of quotas-messages: a body of at most 1 MiB
of the characters XML knows, batches of at most ten with different ids, waits of at most 20 s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from warmstart.runtime.services import sqs_shapes as shapes
from warmstart.runtime.services.base import Operation, ServiceError
from warmstart.runtime.services.queue import (
    Queue,
    attributes_md5,
    body_md5,
)
from warmstart.runtime.specs import QueueSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account, Caller
    from warmstart.runtime.services.queue import Message


class Sqs:
    """The service."""

    name = "sqs"

    def __init__(self, account: Account, specs: Iterable[QueueSpec]) -> None:
        self._account = account
        self._queues: dict[str, Queue] = {}
        self._moves: dict[str, dict[str, Any]] = {}
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
            "StartMessageMoveTask": self._start_move,
            "ListMessageMoveTasks": self._list_moves,
        }

    def queue(self, arn: str) -> Queue:
        """Return a queue by its ARN.

        Raises:
            ServiceError: there is none.
        """
        for queue in self._queues.values():
            if queue.arn == arn:
                return queue
        raise shapes.no_queue()

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
        fifo = said.pop("FifoQueue", "false") == "true"
        if not shapes.NAME.fullmatch(name) or fifo is not name.endswith(".fifo"):
            raise ServiceError(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in"
                " length; the name of a FIFO queue ends with .fifo.",
            )
        spec = shapes.changed(QueueSpec(logical_id="", name=name, fifo=fifo), said)
        known = self._queues.get(name)
        if known is None:
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
        return {}

    async def _get_url(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._queues.get(str(parameters.get("QueueName")))
        if queue is None:
            raise shapes.no_queue()
        return {"QueueUrl": self.url(queue)}

    async def _list(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        prefix = parameters.get("QueueNamePrefix") or ""
        found = [self.url(q) for name, q in self._queues.items() if name.startswith(prefix)]
        return {"QueueUrls": found} if found else {}

    async def _get_attributes(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        made = str(int(queue.created.timestamp()))
        found = shapes.attributes(queue.spec) | {
            "QueueArn": queue.arn,
            "ApproximateNumberOfMessages": str(queue.visible),
            "ApproximateNumberOfMessagesNotVisible": str(queue.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(queue.delayed),
            "CreatedTimestamp": made,
            "LastModifiedTimestamp": made,
            "SqsManagedSseEnabled": "true",
        }
        wanted = parameters.get("AttributeNames") or []
        for name in wanted:
            if name != "All" and name not in {
                *found,
                *shapes.ATTRIBUTES,
                "RedrivePolicy",
                "Policy",
            }:
                raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
        chosen = {k: v for k, v in found.items() if "All" in wanted or k in wanted}
        return {"Attributes": chosen} if chosen else {}

    async def _set_attributes(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        queue.spec = shapes.changed(queue.spec, parameters.get("Attributes") or {})
        self._link(queue)
        return {}

    async def _purge(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._of(parameters).purge()
        return {}

    # -- sending ----------------------------------------------------------------------------------

    async def _send(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        shapes.check_size(queue, [parameters])
        return self._sent(queue, self._put(queue, parameters, caller))

    async def _send_batch(self, parameters: dict[str, Any], caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        entries = shapes.entries(parameters, "SendMessageBatch")
        shapes.check_size(queue, entries, batch=True)
        successful, failed = [], []
        for entry in entries:
            try:
                message = self._put(queue, entry, caller)
            except ServiceError as error:
                failed.append(shapes.failure(entry, error))
            else:
                successful.append({"Id": entry["Id"], **self._sent(queue, message)})
        return shapes.both(successful, failed)

    def _put(self, queue: Queue, entry: Mapping[str, Any], caller: Caller) -> Message:
        body = entry.get("MessageBody")
        if not body:
            raise shapes.missing("MessageBody")
        if shapes.NOT_XML.search(body):
            raise ServiceError(
                "InvalidMessageContents",
                "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to"
                " #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            )
        delay = entry.get("DelaySeconds")
        group = entry.get("MessageGroupId")
        if queue.spec.fifo:
            if group is None:
                raise shapes.missing("MessageGroupId")
            if not entry.get("MessageDeduplicationId") and (
                not queue.spec.content_based_deduplication
            ):
                raise ServiceError(
                    "InvalidParameterValue",
                    "The queue should either have ContentBasedDeduplication enabled or"
                    " MessageDeduplicationId provided explicitly",
                )
            if delay:
                raise shapes.invalid(
                    delay,
                    "DelaySeconds",
                    "The request include parameter that is not valid for this queue type.",
                )
        elif delay is not None and not 0 <= int(delay) <= shapes.LONGEST_DELAY:
            raise shapes.invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
        return queue.send(
            body,
            caller,
            attributes=entry.get("MessageAttributes"),
            delay=None if delay is None else int(delay),
            group=group,
            deduplication=entry.get("MessageDeduplicationId") if queue.spec.fifo else None,
            system={
                name: value["StringValue"]
                for name, value in (entry.get("MessageSystemAttributes") or {}).items()
            },
        )

    @staticmethod
    def _sent(queue: Queue, message: Message) -> dict[str, Any]:
        said: dict[str, Any] = {
            "MessageId": message.id,
            "MD5OfMessageBody": body_md5(message.body),
        }
        digest = attributes_md5(message.attributes)
        if digest is not None:
            said["MD5OfMessageAttributes"] = digest
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
        queue.delete(receipt)  # One that is no longer good is no error.
        return {}

    async def _delete_batch(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        entries = shapes.entries(parameters, "DeleteMessageBatch")
        for entry in entries:
            queue.delete(entry["ReceiptHandle"])
        return shapes.both([{"Id": entry["Id"]} for entry in entries], [])

    async def _change(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        self._change_one(self._of(parameters), parameters)
        return {}

    async def _change_batch(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        queue = self._of(parameters)
        successful, failed = [], []
        for entry in shapes.entries(parameters, "ChangeMessageVisibilityBatch"):
            try:
                self._change_one(queue, entry)
            except ServiceError as error:
                failed.append(shapes.failure(entry, error))
            else:
                successful.append({"Id": entry["Id"]})
        return shapes.both(successful, failed)

    @staticmethod
    def _change_one(queue: Queue, entry: Mapping[str, Any]) -> None:
        seconds = int(entry["VisibilityTimeout"])
        shapes.check_visibility(seconds)
        if not queue.change_visibility(entry["ReceiptHandle"], seconds):
            raise ServiceError(
                "MessageNotInflight",
                f"Value {entry['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason:"
                " Message does not exist or is not available for visibility timeout change.",
                fields=shapes.query("InvalidParameterValue"),
            )

    # -- dead letters -----------------------------------------------------------------------------

    async def _sources(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        target = self._of(parameters)
        return {
            "queueUrls": [self.url(q) for q in self._queues.values() if q.dead_letters is target]
        }

    async def _start_move(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        source = self.queue(parameters.get("SourceArn", ""))
        if not any(queue.dead_letters is source for queue in self._queues.values()):
            raise ServiceError(
                "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."
            )
        target = parameters.get("DestinationArn")
        destination = None if target is None else self.queue(target)
        rate = parameters.get("MaxNumberOfMessagesPerSecond")
        handle = self._account.new_id("move-task")
        self._moves[handle] = {
            "TaskHandle": handle,
            "Status": "RUNNING",
            "SourceArn": source.arn,
            **({} if target is None else {"DestinationArn": target}),
            "ApproximateNumberOfMessagesMoved": 0,
            "ApproximateNumberOfMessagesToMove": source.visible,
            "StartedTimestamp": round(self._account.now().timestamp() * 1000),
        }
        self._account.spawn(self._move(handle, source, destination, int(rate) if rate else None))
        return {"TaskHandle": handle}

    async def _move(
        self, handle: str, source: Queue, destination: Queue | None, rate: int | None
    ) -> None:
        """Move each message to where it came from, or to one queue, at most so many a second."""
        task = self._moves[handle]
        while (message := source.oldest()) is not None:
            try:
                target = destination or self.queue(message.source or "")
            except ServiceError as error:
                task |= {"Status": "FAILED", "FailureReason": error.code}
                return
            source.take_out(message)
            target.move_in(message, source, "redrive")
            task["ApproximateNumberOfMessagesMoved"] += 1
            if rate:
                await asyncio.sleep(1 / rate)
        task["Status"] = "COMPLETED"

    async def _list_moves(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        source = self.queue(parameters.get("SourceArn", "")).arn
        found = [dict(task) for task in self._moves.values() if task["SourceArn"] == source]
        most = int(parameters.get("MaxResults", 1))
        for task in found:
            if task["Status"] != "RUNNING":  # As AWS has it, only a task that runs has a handle.
                del task["TaskHandle"]
        return {"Results": found[::-1][:most]}
