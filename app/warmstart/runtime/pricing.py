"""What a run would have cost: a dated table of prices, and the bill it makes of a trace.

Prices are those of us-east-1 in US dollars, without the free tier, and from the first price tier:
no run of a lab comes near the second (6 billion GB-seconds a month). AWS's pricing pages fill most
of their tables in by script: where a page does not state the figure in its text or examples, the
source is AWS's price list, the files behind its Price List API. What neither confirmed is not on
the bill; docs/runtime.md lists it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from warmstart.runtime import trace as t
from warmstart.runtime.report import billed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.runtime.trace import Trace, TraceEvent

_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_HTTP: Final = "https://aws.amazon.com/blogs/compute/announcing-http-apis-for-amazon-api-gateway/"
_STATES: Final = "https://aws.amazon.com/step-functions/pricing/"


def _listed(service: str, usage: str) -> str:
    """Return the price list of a service, and the ``usagetype`` of the row in it."""
    return (
        f"https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{service}/current/us-east-1/"
        f"index.json#{usage}"
    )


_EVENT: Final = 262_144
"""Bytes of an asynchronous event that its one request covers; the rest counts by 64 KB."""
_CHUNK: Final = 65_536
"""Bytes of a message or event that count as one request: each 64 KB begun."""
_BATCH: Final = 10
"""Messages that one request to SQS sends, receives or deletes at most."""
_SERVICES: Final = {"sns", "events", "scheduler", "s3", "lambda"}
"""Who puts messages into queues without a request of the account's own."""
_MILLION: Final = 1_000_000
_BEGUN: Final = ("Scheduled", "ParallelStateStarted", "MapStateStarted")
"""How the events end with which a state is tried."""
_FREE_SNAPSTART: Final = "java"
"""The profile of the runtime for which SnapStart costs nothing (Lambda pricing)."""
_SNAPSHOT_S: Final = Decimal(3 * 3_600)
"""A snapshot is paid for from publishing the version, for three hours at least (snapstart)."""
_PROVISIONED_S: Final = 300
"""Provisioned concurrency is paid for by five minutes begun (Lambda pricing)."""


_NOT_LET_IN: Final = {401, 403}


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price table."""

    item: str
    unit: str
    amount: Decimal
    """US dollars for ``per`` units."""
    per: int
    source: str
    as_of: date
    region: str = "us-east-1"

    def of(self, quantity: Decimal) -> Decimal:
        """Return what so many units cost."""
        return quantity * self.amount / self.per


def _price(item: str, unit: str, amount: str, per: int, source: str) -> Price:
    return Price(item, unit, Decimal(amount), per, source, date(2026, 11, 26))


PRICES: Final = {
    price.item: price
    for price in (
        _price("Lambda requests", "requests", "0.20", _MILLION, _LAMBDA),
        _price("Lambda duration, x86_64", "GB-seconds", "0.0000166667", 1, _LAMBDA),
        _price("Lambda duration, arm64", "GB-seconds", "0.0000133334", 1, _LAMBDA),
        _price("Lambda duration, provisioned x86_64", "GB-seconds", "0.0000097222", 1, _LAMBDA),
        _price(
            "Lambda duration, provisioned arm64", "GB-seconds", "0.0000077778", 1,
            _listed("AWSLambda", "Lambda-Provisioned-GB-Second-ARM"),
        ),
        _price("Lambda provisioned concurrency, x86_64", "GB-seconds", "0.0000041667", 1, _LAMBDA),
        _price(
            "Lambda provisioned concurrency, arm64", "GB-seconds", "0.0000033334", 1,
            _listed("AWSLambda", "Lambda-Provisioned-Concurrency-ARM"),
        ),
        _price("Lambda SnapStart restores", "GB", "0.0001397998", 1, _LAMBDA),
        _price("Lambda SnapStart cache", "GB-seconds", "0.0000015046", 1, _LAMBDA),
        _price(
            "SQS requests, standard", "requests", "0.40", _MILLION,
            _listed("AWSQueueService", "Requests-RBP"),
        ),
        _price(
            "SQS requests, FIFO", "requests", "0.50", _MILLION,
            _listed("AWSQueueService", "Requests-FIFO-RBP"),
        ),
        _price(
            "SNS publishes, standard", "requests", "0.50", _MILLION,
            _listed("AmazonSNS", "Requests-Tier1"),
        ),
        _price(
            "EventBridge custom events", "events", "1.00", _MILLION,
            _listed("AWSEvents", "USE1-Event-64K-Chunks"),
        ),
        _price("HTTP API requests", "requests", "1.00", _MILLION, _HTTP),
        _price(
            "REST API requests", "requests", "3.50", _MILLION,
            _listed("AmazonApiGateway", "USE1-ApiGatewayRequest"),
        ),
        _price(
            "S3 writes, standard", "requests", "0.005", 1_000, _listed("AmazonS3", "Requests-Tier1")
        ),
        _price(
            "S3 reads, standard", "requests", "0.0004", 1_000, _listed("AmazonS3", "Requests-Tier2")
        ),
        _price(
            "DynamoDB writes, on demand", "write units", "0.625", _MILLION,
            _listed("AmazonDynamoDB", "WriteRequestUnits"),
        ),
        _price(
            "DynamoDB reads, on demand", "read units", "0.125", _MILLION,
            _listed("AmazonDynamoDB", "ReadRequestUnits"),
        ),
        _price("Step Functions, Standard", "state transitions", "0.025", 1_000, _STATES),
    )
}  # fmt: skip
"""The table, by item."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What one resource cost by one price; exact."""

    resource: str
    """Its name."""
    item: str
    """The price's, in ``PRICES``."""
    quantity: Decimal
    """In the price's units."""

    @property
    def amount(self) -> Decimal:
        """Return US dollars."""
        return PRICES[self.item].of(self.quantity)


@dataclass(frozen=True, slots=True)
class Bill:
    """A run's bill, in the order in which the resources were first used."""

    charges: tuple[Charge, ...]
    unpriced: tuple[str, ...] = ()
    """What was used and is not on the bill, because no source confirmed its price."""

    @property
    def amount(self) -> Decimal:
        """Return the total in US dollars."""
        return sum((charge.amount for charge in self.charges), Decimal(0))


def bill(trace: Trace) -> Bill:
    """Return what the run would have cost on AWS."""
    meter = Meter()
    counted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for event in trace:
        for resource, item, quantity in meter.read(event):
            counted[resource, item] += quantity
    for resource, item, quantity in meter.kept(trace.end):
        counted[resource, item] += quantity
    charges = tuple(Charge(*where, quantity) for where, quantity in counted.items() if quantity)
    return Bill(charges, tuple(meter.unpriced))


_Read = tuple[str, str, Decimal]


class Meter:
    """Reads a trace, event by event, and says what each adds to the bill."""

    def __init__(self) -> None:
        self.unpriced: dict[str, None] = {}
        """What was used, and has no price in the table."""
        self._created: dict[str, t.EnvironmentCreated] = {}
        """By environment."""
        self._provisioned: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        """By function and version: from when on how much provisioned concurrency there is."""
        self._snapshots: list[tuple[t.EnvironmentCreated, int]] = []
        """Those that are kept: what they were taken of, and when."""
        self._sizes: dict[str, int] = {}
        """By message."""
        self._at = -1
        self._together: dict[tuple[str, str, str], tuple[int, int]] = {}
        """Messages and bytes of what was done with a queue, by whom, at this moment."""
        self._entered: set[tuple[str, int]] = set()
        """The events with which states were entered, by execution and number."""
        self._integrated: set[str] = set()
        """The requests to REST APIs that a function was asked about."""

    def read(self, event: TraceEvent) -> Iterable[_Read]:
        """Return what an event adds; what adds up over time, ``kept`` says."""
        match event:
            case (
                t.EnvironmentCreated()
                | t.EventQueued()
                | t.InvocationEnded()
                | t.RestoreEnded()
                | t.SnapshotTaken()
                | t.ProvisionedConcurrencyChanged()
            ):
                yield from self._function(event)
            case t.MessageSent() | t.MessageReceived() | t.MessageDeleted():
                yield from self._queue(event)
            case t.ExecutionEvent():
                yield from self._states(event)
            case t.HttpAnswered() | t.InvocationRequested():
                yield from self._apis(event)
            case _:
                yield from self._service(event)

    def _function(self, event: TraceEvent) -> Iterable[_Read]:
        match event:
            case t.EnvironmentCreated(environment=name):
                self._created[name] = event
            case t.EventQueued(function=name, payload_bytes=size) if size > _EVENT:
                yield name, "Lambda requests", _chunks(size - _EVENT)
            case t.InvocationEnded(function=name):
                # Failed ones, too; throttled and refused requests are free.
                yield name, "Lambda requests", Decimal(1)
                yield from self._duration(event)
            case t.RestoreEnded(environment=name, status="success"):
                created = self._created[name]
                if created.profile != _FREE_SNAPSTART:
                    yield created.function, "Lambda SnapStart restores", _gb(created)
            case t.SnapshotTaken(environment=name):
                created = self._created[name]
                if created.profile != _FREE_SNAPSTART:
                    self._snapshots.append((created, event.at))
                if event.at >= event.duration:  # Else INIT ran before the run began.
                    used = Decimal(billed(event.duration, None)) / _MILLION * _gb(created)
                    yield created.function, f"Lambda duration, {created.architecture}", used
            case t.ProvisionedConcurrencyChanged(function=name, version=version):
                self._provisioned[name, version].append((event.at, event.requested))

    def _duration(self, event: t.InvocationEnded) -> Iterable[_Read]:
        """Return the GB-seconds of an invocation: INIT is part of them."""
        created = self._created[event.environment]
        used = Decimal(event.billed + (event.restore_billed or 0)) / _MILLION * _gb(created)
        kind = created.architecture
        if created.initialization_type == "provisioned-concurrency":
            kind = f"provisioned {kind}"
        yield event.function, f"Lambda duration, {kind}", used

    def kept(self, until: int) -> Iterable[_Read]:
        """Return what is to be paid by a moment for what is kept, not used."""
        for (function, version), changes in self._provisioned.items():
            own = next(
                (
                    created
                    for created in self._created.values()
                    if (created.function, created.version) == (function, version)
                ),
                None,
            )
            if own is None:
                continue
            item = f"Lambda provisioned concurrency, {own.architecture}"
            for count, duration in _stretches(changes, until):
                begun = -(-duration // (_PROVISIONED_S * _MILLION))
                yield function, item, count * _gb(own) * begun * _PROVISIONED_S
        for created, since in self._snapshots:
            seconds = max(Decimal(until - since) / _MILLION, _SNAPSHOT_S)
            yield created.function, "Lambda SnapStart cache", _gb(created) * seconds

    def _service(self, event: TraceEvent) -> Iterable[_Read]:
        match event:
            case t.TopicPublished(topic=name) if name.endswith(".fifo"):
                self.unpriced[f"{name}: publishing to a FIFO topic"] = None
            case t.TopicPublished(topic=name, message_bytes=size):
                yield name, "SNS publishes, standard", _chunks(size)
            case t.EventPut(bus=name, event_bytes=size, replay=None):
                if not event.event_source.startswith("aws."):  # AWS's own events are free.
                    yield name, "EventBridge custom events", _chunks(size)
            case t.ObjectCreated(bucket=name):
                yield name, "S3 writes, standard", Decimal(1)
            case t.ObjectRead(bucket=name):
                yield name, "S3 reads, standard", Decimal(1)
            case (
                t.ItemWritten(table=name, units=units) | t.ConditionFailed(table=name, units=units)
            ):
                yield name, "DynamoDB writes, on demand", Decimal(str(units))
            case t.ItemsRead(table=name, units=units):
                yield name, "DynamoDB reads, on demand", Decimal(str(units))
            case t.ConnectionOpened(database=name):
                proxy = name.startswith("rds-proxy/")
                kind = "a proxy's vCPUs" if proxy else "a database instance"
                self.unpriced[f"{name}: {kind}, by the hour"] = None

    def _apis(self, event: t.HttpAnswered | t.InvocationRequested) -> Iterable[_Read]:
        match event:
            case t.InvocationRequested(source="rest-api", cause=str(cause)):
                self._integrated.add(cause)
            case t.HttpAnswered(source="function-url"):
                pass  # Its requests are the function's, and cost nothing besides (lambda-urls).
            case t.HttpAnswered(api=name, source="http-api"):
                yield name, "HTTP API requests", Decimal(1)
            case t.HttpAnswered(api=name, id=key, status=status):
                # Whom API Gateway itself does not let in costs nothing (api-gateway-pricing).
                if key in self._integrated or status not in _NOT_LET_IN:
                    yield name, "REST API requests", Decimal(1)
                self._integrated.discard(key)

    def _states(self, event: t.ExecutionEvent) -> Iterable[_Read]:
        """Return a transition for each state that is entered, and for each time it is tried again.

        The first attempt follows the event with which the state was entered; a Retry's does not.
        """
        if event.workflow == "EXPRESS":
            self.unpriced[f"{event.machine}: Express executions (memory is not modelled)"] = None
            return
        entered = event.type.endswith("StateEntered")
        if entered:
            self._entered.add((event.execution, event.number))
        again = event.type.endswith(_BEGUN) and (
            (event.execution, event.previous) not in self._entered
        )
        if entered or again:
            yield event.machine, "Step Functions, Standard", Decimal(1)

    def _queue(
        self, event: t.MessageSent | t.MessageReceived | t.MessageDeleted
    ) -> Iterable[_Read]:
        """Return the requests to a queue: ten messages or 64 KB each, whichever makes more."""
        size, who = 0, ""
        match event:
            case t.MessageSent():
                size, who = event.body_bytes, event.source
                self._sizes[event.message] = size
                if who in _SERVICES:
                    return
            case t.MessageReceived():
                size, who = self._sizes.get(event.message, 0), event.consumer
            case t.MessageDeleted():
                pass
        if event.at != self._at:
            self._at = event.at
            self._together.clear()
        key = (event.queue, event.kind, who)
        messages, together = self._together.get(key, (0, 0))
        added = _requests(messages + 1, together + size) - _requests(messages, together)
        self._together[key] = messages + 1, together + size
        if added:
            kind = "FIFO" if event.queue.endswith(".fifo") else "standard"
            yield event.queue, f"SQS requests, {kind}", Decimal(added)


def _stretches(changes: list[tuple[int, int]], until: int) -> Iterable[tuple[int, int]]:
    """Yield how much there was for how long, in microseconds; none is left out."""
    count = since = 0
    for at, asked in [*changes, (until, -1)]:
        if min(at, until) > since and count and asked != count:
            yield count, min(at, until) - since
        if asked != count:
            count, since = asked, at


def _requests(messages: int, together: int) -> int:
    return max(-(-messages // _BATCH), -(-together // _CHUNK))


def _gb(created: t.EnvironmentCreated) -> Decimal:
    return Decimal(created.memory_size) / 1_024


def _chunks(size: int) -> Decimal:
    return Decimal(max(1, -(-size // _CHUNK)))
