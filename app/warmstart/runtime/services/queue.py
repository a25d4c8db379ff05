"""One SQS queue: its messages, who can see them, and when they come back.

A message is delayed, visible, in flight, or gone. Rules are those of the SQS developer guide:
sqs-visibility-timeout, sqs-delay-queues, sqs-dead-letter-queues, and for FIFO queues
exactly-once-processing (deduplication for 5 minutes) and message groups (one stands still while a
message of it is in flight). Standard queues here keep the order of sending and deliver once, which
AWS does not promise; a consumer that relies on it is wrong all the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import struct
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.specs import QueueSpec, arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.chains import Chain
    from warmstart.runtime.services.base import Account, Caller

_US = 1_000_000
DEDUPLICATION_S = 300
"""How long a FIFO queue remembers a message's deduplication id (sqs FIFO, exactly-once)."""
IN_FLIGHT_LIMIT = 120_000
"""Messages in flight a queue may have (sqs quotas-messages)."""


@dataclass(slots=True, eq=False)
class Message:
    """One message, wherever it is."""

    id: str
    """As the trace calls it, for good."""
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    """As boto3 gives them: ``DataType`` with ``StringValue`` or ``BinaryValue``."""
    system: dict[str, str]
    """``SenderId``, ``SentTimestamp``, ``MessageGroupId``, …"""
    root: str
    sent: int
    """Microseconds since the run's start."""
    group: str | None = None
    receives: int = 0
    first_received: int | None = None
    receipts: list[str] = field(default_factory=list)
    """One for each receive; the last is the one that counts."""
    received: int = 0
    """When it was received last; microseconds."""
    visible_at: int = 0
    """When it returns from the last receive, unless that changes; microseconds."""
    source: str | None = None
    """The ARN of the queue that it was moved from."""
    renamed: str | None = None
    """The id that it got when it was moved back from a dead-letter queue."""
    chain: Chain = ()
    """The invocations that led to it."""
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    @property
    def message_id(self) -> str:
        """The id that its consumers see now."""
        return self.renamed or self.id

    @property
    def receipt(self) -> str:
        """The receipt of the last receive; empty before the first."""
        return self.receipts[-1] if self.receipts else ""


class Queue:
    """One queue."""

    def __init__(self, account: Account, spec: QueueSpec) -> None:
        self.spec = spec
        self.arn = arn(QueueSpec, spec.name, account.region)
        self.created = self.modified = account.now()
        self.purged: int | None = None
        """When a call purged it last; microseconds."""
        self.consumed = False
        """A function takes its messages: the run waits for them."""
        self.arrived = asyncio.Event()
        """Set when a message becomes visible; whoever waits clears it."""
        self.dead_letters: Queue | None = None
        self._account = account
        self._visible: OrderedDict[str, Message] = OrderedDict()
        self._delayed: dict[str, Message] = {}
        self._in_flight: dict[str, Message] = {}
        """By the receipt that counts."""
        self._receipts: dict[str, Message] = {}
        """By every receipt of a message that is still here."""
        self._sequence = 0
        self._known: dict[tuple[str, str], tuple[int, Message]] = {}
        """By group, where that is the scope, and deduplication id: until when, and the message."""

    # -- how many ---------------------------------------------------------------------------------

    @property
    def visible(self) -> int:
        """Messages that can be received now, those of blocked groups included."""
        return len(self._visible)

    @property
    def delayed(self) -> int:
        """Messages that cannot be received yet."""
        return len(self._delayed)

    @property
    def in_flight(self) -> int:
        """Messages that a consumer has."""
        return len(self._in_flight)

    def count_work(self) -> None:
        """From now on, what is in the queue is work that the run waits for."""
        if not self.consumed:
            self.consumed = True
            for _ in range(self.visible + self.delayed + self.in_flight):
                self._account.work.begin()

    # -- sending ----------------------------------------------------------------------------------

    def send(
        self,
        body: str,
        caller: Caller,
        *,
        attributes: Mapping[str, Mapping[str, Any]] | None = None,
        delay: int | None = None,
        group: str | None = None,
        deduplication: str | None = None,
        system: Mapping[str, str] | None = None,
    ) -> Message:
        """Take a message; ``delay`` in seconds. A FIFO queue gives back one that it knows."""
        now = clock.now_us()
        if self.spec.fifo:
            deduplication = deduplication or hashlib.sha256(body.encode()).hexdigest()
            scope = "" if self.spec.deduplication_scope == "queue" else group or ""
            until, known = self._known.get((scope, deduplication), (0, None))
            if known is not None and now < until:
                return known
        message = Message(
            id=self._account.new_id("message"),
            body=body,
            attributes=dict(attributes or {}),
            system={
                "SenderId": f"AROAEXAMPLE:{caller.source.replace('/', '-')}",
                "SentTimestamp": self._epoch_ms(now),
                **(system or {}),
            },
            root=caller.root,
            sent=now,
            group=group,
            chain=caller.chain,
        )
        if group is not None:
            message.system["MessageGroupId"] = group
        if self.spec.fifo and deduplication is not None:
            self._sequence += 1
            message.system |= {
                "MessageDeduplicationId": deduplication,
                "SequenceNumber": f"{18_850_000_000_000_000_000 + self._sequence * 256}",
            }
            self._known[scope, deduplication] = (now + DEDUPLICATION_S * _US, message)
        seconds = self.spec.delay if delay is None else delay
        self._account.emit(
            t.MessageSent(
                now, self.spec.name, message.id, message.root, caller.source, caller.request,
                group, len(body.encode()), seconds * _US, caller.cause,
            )
        )  # fmt: skip
        self._enter(message, seconds)
        return message

    def move_in(self, message: Message, from_: Queue, reason: t.MoveReason) -> None:
        """Take a message from another queue.

        Its id and the time of sending stay, unless it is moved back: then SQS takes it for a new
        one (sqs-configure-dead-letter-queue-redrive).
        """
        name = from_.spec.name
        now = clock.now_us()
        self._account.emit(
            t.MessageMoved(now, name, message.id, message.root, self.spec.name, reason)
        )
        message.receipts = []
        if reason == "redrive":
            message.renamed = self._account.new_id("message")
            message.receives, message.first_received, message.sent = 0, None, now
            message.system["SentTimestamp"] = self._epoch_ms(now)
            message.source = None
            message.system.pop("DeadLetterQueueSourceArn", None)
        else:
            message.source = from_.arn
            message.system["DeadLetterQueueSourceArn"] = from_.arn
        self._enter(message, 0)

    def _enter(self, message: Message, delay: int) -> None:
        if self.consumed:
            self._account.work.begin()
        if delay:
            self._delayed[message.id] = message
            message.timer = asyncio.get_running_loop().call_later(delay, self._appear, message)
        else:
            self._show(message)

    def _appear(self, message: Message) -> None:
        del self._delayed[message.id]
        message.timer = None
        self._show(message)

    def _show(self, message: Message) -> None:
        self._visible[message.id] = message
        self.arrived.set()

    # -- receiving --------------------------------------------------------------------------------

    def receive(self, most: int, consumer: str, visibility: int | None = None) -> list[Message]:
        """Hand out up to ``most`` messages, invisible for ``visibility`` seconds from now on."""
        self._expire()
        blocked = {m.group for m in self._in_flight.values()} if self.spec.fifo else set()
        taken: list[Message] = []
        for message in list(self._visible.values()):
            if len(taken) == most or len(self._in_flight) >= IN_FLIGHT_LIMIT:
                break
            if self.spec.fifo and message.group in blocked:
                continue
            if self.dead_letters is not None and message.receives >= self.spec.max_receive_count:
                self._leave(message, self._visible)
                self.dead_letters.move_in(message, self, "max-receives")
                continue
            taken.append(message)
            self._hand_out(message, consumer, visibility)
        return taken

    def receivable(self) -> bool:
        """Whether ``receive`` would find something to hand out, or to move on."""
        if not self.spec.fifo:
            return bool(self._visible)
        blocked = {m.group for m in self._in_flight.values()}
        return any(message.group not in blocked for message in self._visible.values())

    def _hand_out(self, message: Message, consumer: str, visibility: int | None) -> None:
        now = clock.now_us()
        seconds = self.spec.visibility_timeout if visibility is None else visibility
        del self._visible[message.id]
        message.receives += 1
        message.first_received = now if message.first_received is None else message.first_received
        message.receipts.append(self._account.new_id("receipt"))
        message.received = now
        message.visible_at = now + seconds * _US
        self._in_flight[message.receipt] = self._receipts[message.receipt] = message
        self._account.emit(
            t.MessageReceived(
                now, self.spec.name, message.id, message.root, consumer, message.receives,
                message.visible_at,
            )
        )  # fmt: skip
        self._return_after(message, seconds)

    def held(self, receipt: str) -> float | None:
        """Return for how many seconds a message has been in flight; None if it is not."""
        message = self._in_flight.get(receipt)
        return None if message is None else (clock.now_us() - message.received) / _US

    def change_visibility(self, receipt: str, seconds: int) -> bool:
        """Let a message in flight return after so many seconds from now; whether it was one."""
        message = self._in_flight.get(receipt)
        if message is None:
            return False
        if message.timer is not None:
            message.timer.cancel()
        if seconds:
            self._return_after(message, seconds)
        else:
            self._return(message, "changed")
        return True

    def delete(self, receipt: str) -> bool:
        """Forget a message that was received; False where its receipt no longer does that.

        A receipt counts until the next receive: in a standard queue also after the visibility
        timeout, in a FIFO queue not (DeleteMessage). For a message that is gone all is well.
        """
        message = self._receipts.get(receipt)
        if message is None:
            return True
        back = receipt not in self._in_flight
        if receipt != message.receipt or (back and self.spec.fifo):
            return False
        if message.timer is not None:
            message.timer.cancel()
        self._account.emit(
            t.MessageDeleted(clock.now_us(), self.spec.name, message.id, message.root)
        )
        if back:
            self._leave(message, self._visible)
        else:
            del self._in_flight[receipt]
            self._forget(message)
        if self.spec.fifo and self._visible:
            self.arrived.set()  # Its group may go on.
        return True

    def _return_after(self, message: Message, seconds: int) -> None:
        loop = asyncio.get_running_loop()
        message.timer = loop.call_later(seconds, self._return, message, "timeout")

    def _return(self, message: Message, reason: t.ReturnReason) -> None:
        del self._in_flight[message.receipt]
        message.timer = None
        self._account.emit(
            t.MessageReturned(clock.now_us(), self.spec.name, message.id, message.root, reason)
        )
        self._visible[message.id] = message
        if self.spec.fifo:  # It stands where it stood: before what was sent after it.
            order = sorted(self._visible.values(), key=lambda m: int(m.system["SequenceNumber"]))
            self._visible = OrderedDict((m.id, m) for m in order)
        self.arrived.set()

    # -- leaving ----------------------------------------------------------------------------------

    def purge(self) -> None:
        """Forget every message, also those in flight."""
        for message in (*self._delayed.values(), *self._in_flight.values()):
            if message.timer is not None:
                message.timer.cancel()
        for place in (self._visible, self._delayed, self._in_flight):
            for message in list(place.values()):
                self._forget(message)
            place.clear()

    def oldest(self) -> Message | None:
        """Return the first message that can be received; None without any."""
        return next(iter(self._visible.values()), None)

    def take_out(self, message: Message) -> None:
        """Remove a visible message, to move it elsewhere."""
        self._leave(message, self._visible)

    def _leave(self, message: Message, place: dict[str, Message]) -> None:
        del place[message.id]
        self._forget(message)

    def _forget(self, message: Message) -> None:
        for receipt in message.receipts:
            self._receipts.pop(receipt, None)
        if self.consumed:
            self._account.work.end()

    def _expire(self) -> None:
        oldest_kept = clock.now_us() - self.spec.retention * _US
        for message in list(self._visible.values()):
            if message.sent < oldest_kept:
                self._account.emit(
                    t.MessageExpired(clock.now_us(), self.spec.name, message.id, message.root)
                )
                self._leave(message, self._visible)

    # -- how it looks -----------------------------------------------------------------------------

    def shown(self, message: Message) -> dict[str, str]:
        """Return the message's system attributes, as a consumer sees them."""
        first = message.first_received
        return {
            "ApproximateReceiveCount": str(message.receives),
            **message.system,
            **(
                {} if first is None else {"ApproximateFirstReceiveTimestamp": self._epoch_ms(first)}
            ),
        }

    def _epoch_ms(self, at: int) -> str:
        moment = self._account.start + timedelta(microseconds=at)
        return str(round(moment.timestamp() * 1000))


def queue_at(queues: Iterable[Queue], arn: str | None) -> Queue | None:
    """Return the queue with an ARN; None where there is none."""
    return next((queue for queue in queues if queue.arn == arn), None)


def body_md5(body: str) -> str:
    """Return the digest that SQS gives for a body."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def attributes_md5(attributes: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the digest that SQS gives for message attributes; None without any.

    Name, type, a byte for what kind of value follows, and the value, each with its length in front,
    sorted by name (sqs-message-metadata, "Calculating the MD5 message digest").
    """
    if not attributes:
        return None
    parts = bytearray()
    for name in sorted(attributes):
        value = attributes[name]
        text = value.get("StringValue")
        raw = text.encode() if text is not None else bytes(value.get("BinaryValue", b""))
        kind = str(value["DataType"])
        for piece in (name.encode(), kind.encode()):
            parts += struct.pack(">I", len(piece)) + piece
        parts += (b"\x01" if text is not None else b"\x02") + struct.pack(">I", len(raw)) + raw
    return hashlib.md5(bytes(parts), usedforsecurity=False).hexdigest()


def redrive_policy(spec: QueueSpec) -> str | None:
    """Return the queue's RedrivePolicy as its attribute shows it; None without one."""
    if spec.dead_letter is None:
        return None
    policy = {"deadLetterTargetArn": spec.dead_letter, "maxReceiveCount": spec.max_receive_count}
    return json.dumps(policy)
