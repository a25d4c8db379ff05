"""An SQS event source mapping: what polls a queue and invokes a function with batches of messages.

Rules are those of the Lambda developer guide (services-sqs-configure, services-sqs-scaling,
services-sqs-errorhandling): a batch is full, or its window has passed, or 6 MB are reached; it
starts with 5 batches at a time and adds 300 a minute as long as messages wait, up to 1,250 or the
maximum concurrency that was set. What the function did not manage stays in flight and returns when
its visibility timeout passes; before that only a batch that was throttled is tried again.

Nothing polls here: a mapping wakes when a message arrives, so that an idle one takes no time.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from warmstart.runtime import chains, clock
from warmstart.runtime import trace as t
from warmstart.runtime.jsontext import parsed
from warmstart.runtime.services.base import Caller
from warmstart.runtime.services.patterns import Pattern
from warmstart.runtime.services.queue import attributes_md5, body_md5

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue import Message, Queue
    from warmstart.runtime.specs import QueueSource

FIRST_BATCHES: Final = 5
"""Batches at a time to begin with (services-sqs-scaling)."""
MORE_A_SECOND: Final = 300 / 60
"""How many more there may be each second while messages wait (services-sqs-scaling)."""
MOST_BATCHES: Final = 1_250
"""The most of them (services-sqs-scaling; older pages say 1,000)."""
PAYLOAD_LIMIT: Final = 6_291_456
"""Bytes of an event: that of a synchronous invocation."""


class Answered(Protocol):
    """What an invocation gave."""

    @property
    def request(self) -> str:
        """The request id."""

    @property
    def status_code(self) -> int:
        """200 unless Lambda itself refused."""

    @property
    def refused(self) -> bool:
        """Whether Lambda itself refused."""

    @property
    def throttled(self) -> bool:
        """Whether it did so because too much is under way."""

    @property
    def payload(self) -> str:
        """JSON text."""

    @property
    def function_error(self) -> str | None:
        """Set when the function failed."""

    @property
    def error_code(self) -> str | None:
        """Of what Lambda itself refused."""


Invoke = Callable[[str, str, Caller], Awaitable[Answered]]
"""Invokes a function synchronously: its ARN, the event as JSON text, and who calls."""


class QueueMapping:
    """One mapping of a queue to a function."""

    def __init__(self, account: Account, queue: Queue, source: QueueSource, invoke: Invoke) -> None:
        """Map a queue to the function that ``source`` names."""
        self._account = account
        self._queue = queue
        self._function = source.function
        self._name = source.function.split(":")[6]
        self._source = source
        self._invoke = invoke
        self._patterns = [Pattern(pattern) for pattern in source.filters]
        self._running = 0
        self._ended = asyncio.Event()
        self._crowded_since: float | None = None

    def start(self) -> None:
        """Begin to take messages; from now on the run waits for those in the queue."""
        if self._source.enabled:
            self._queue.count_work()
            self._account.spawn(self._run(), counts=False)

    async def _run(self) -> None:
        queue = self._queue
        while True:
            if not queue.receivable():
                if not self._running:
                    self._crowded_since = None
                queue.arrived.clear()
                await queue.arrived.wait()
            elif self._running >= self._most():
                await self._room()
            else:
                await self._take_batch()
                await asyncio.sleep(0)  # Other mappings of the queue have their turn.

    def _most(self) -> int:
        """Return how many batches may be under way now."""
        most = self._source.maximum_concurrency or MOST_BATCHES
        now = asyncio.get_running_loop().time()
        if self._running < FIRST_BATCHES:
            return min(most, FIRST_BATCHES)
        if self._crowded_since is None:
            self._crowded_since = now
        return min(most, FIRST_BATCHES + int((now - self._crowded_since) * MORE_A_SECOND))

    async def _room(self) -> None:
        """Wait until a batch ends, or one more is allowed."""
        self._ended.clear()
        most = self._source.maximum_concurrency or MOST_BATCHES
        try:
            async with asyncio.timeout(None if self._running >= most else 1 / MORE_A_SECOND):
                await self._ended.wait()
        except TimeoutError:
            pass

    async def _take_batch(self) -> None:
        """Receive a batch, waiting for its window where it has one, and set it going."""
        taken = self._receive(self._source.batch_size)
        window = self._source.maximum_batching_window
        if window and taken:
            try:
                async with asyncio.timeout(window):
                    while len(taken) < self._source.batch_size:
                        self._queue.arrived.clear()
                        await self._queue.arrived.wait()
                        taken += self._receive(self._source.batch_size - len(taken))
            except TimeoutError:
                pass
        for batch in self._parts(taken):
            self._running += 1
            self._account.spawn(self._process(batch))

    def _receive(self, most: int) -> list[Message]:
        """Receive messages; those that the filter does not want are deleted at once."""
        wanted = []
        for message in self._queue.receive(most, self._name):
            if self._wants(message):
                wanted.append(message)
            else:
                self._queue.delete(message.receipt)
        return wanted

    def _wants(self, message: Message) -> bool:
        if not self._patterns:
            return True
        record = self._record(message)
        try:
            body = json.loads(message.body)
        except ValueError:
            body = message.body
        return any(pattern.matches(record | {"body": body}) for pattern in self._patterns)

    def _parts(self, messages: list[Message]) -> Iterable[list[Message]]:
        """Part a batch so that each part fits into one event."""
        part: list[Message] = []
        size = 0
        for message in messages:
            own = len(json.dumps(self._record(message), ensure_ascii=False).encode()) + 2
            if part and size + own > PAYLOAD_LIMIT - 64:
                yield part
                part, size = [], 0
            part.append(message)
            size += own
        if part:
            yield part

    async def _process(self, batch: list[Message]) -> None:
        try:
            root, ids = batch[0].root, [message.id for message in batch]
            receipts = [message.receipt for message in batch]
            shown = [message.message_id for message in batch]
            key, name = self._account.new_id("batch"), self._queue.spec.name
            now = clock.now_us()
            self._account.emit(t.BatchStarted(now, name, self._name, key, root, ids))
            records = {"Records": [self._record(message) for message in batch]}
            payload = json.dumps(records, ensure_ascii=False)
            chain = chains.joined(message.chain for message in batch)
            caller = Caller("sqs", root, cause=key, chain=chain)
            until = min(message.visible_at for message in batch)
            answer = await self._ask(payload, caller, until)
            failed, reason = self._failed(answer, shown)
            for id_, receipt in zip(shown, receipts, strict=True):
                if id_ not in failed:
                    self._queue.delete(receipt)
            left = [own for own, id_ in zip(ids, shown, strict=True) if id_ in failed]
            now, request = clock.now_us(), answer.request
            self._account.emit(
                t.BatchEnded(now, name, self._name, key, request, root, left, reason)
            )
        finally:
            self._running -= 1
            self._ended.set()
            self._queue.arrived.set()

    async def _ask(self, payload: str, caller: Caller, until: int) -> Answered:
        """Invoke the function, and again while it is throttled and the messages are still hidden.

        (services-sqs-errorhandling: until the visibility timeout is over.)
        """
        pause = round(self._account.model.throttled_batch_s * 1_000_000)
        while True:
            answer = await self._invoke(self._function, payload, caller)
            if not answer.throttled or clock.now_us() + pause >= until:
                return answer
            await clock.sleep_us(pause)
            pause *= 2

    def _failed(self, answer: Answered, ids: list[str]) -> tuple[set[str], str | None]:
        """Return which messages the function did not manage, and why."""
        if answer.refused:
            return set(ids), "throttled" if answer.throttled else "refused"
        if answer.function_error is not None:
            return set(ids), "error"
        if not self._source.report_batch_item_failures:
            return set(), None
        said = _reported(answer.payload)
        if said is None or not said <= set(ids):
            return set(ids), "invalid response"
        return said, "reported" if said else None

    def _record(self, message: Message) -> dict[str, Any]:
        """Return the message as the function sees it (with-sqs, "Example standard queue event")."""
        digest = attributes_md5(message.attributes)
        return {
            "messageId": message.message_id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": self._queue.shown(message),
            "messageAttributes": {n: _attribute(v) for n, v in message.attributes.items()},
            **({} if digest is None else {"md5OfMessageAttributes": digest}),
            "md5OfBody": body_md5(message.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.arn,
            "awsRegion": self._account.region,
        }


def _reported(payload: str) -> set[str] | None:
    """Return the messages that a partial batch response names; None where all count as failed.

    Nothing, or an empty or null list, means that all went well; an empty or missing identifier, or
    what is no such response, that none did (services-sqs-errorhandling).
    """
    try:
        said = parsed(payload)
        failures = None if said is None else said.get("batchItemFailures")
        ids = [failure["itemIdentifier"] for failure in failures or ()]
    except (ValueError, AttributeError, TypeError, KeyError):
        return None
    return set(ids) if all(isinstance(id_, str) and id_ for id_ in ids) else None


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    if "StringValue" in value:
        found = {"stringValue": value["StringValue"], **found}
    if "BinaryValue" in value:
        raw = bytes(value["BinaryValue"])
        found = {"binaryValue": base64.b64encode(raw).decode(), **found}
    return {**found, "dataType": value["DataType"]}
