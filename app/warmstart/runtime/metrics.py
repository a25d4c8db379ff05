"""A run's metrics, as CloudWatch names and groups them: computed from the trace.

Namespaces, names and dimensions are those of the services' own pages (monitoring-metrics-types for
Lambda, urls-monitoring, sqs-available-cloudwatch-metrics, sns-monitoring-using-cloudwatch,
eb-monitoring, http-api-metrics, api-gateway-metrics-and-dimensions of REST APIs, metrics-dimensions
of DynamoDB, procedure-cw-metrics of Step Functions, rds-metrics, rds-proxy.monitoring). A datapoint
sums what fell into its period; durations are milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_US: Final = 1_000_000
_EXECUTIONS: Final = {
    f"Execution{what}": f"Executions{what}"
    for what in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
}
"""What happens to an execution, and the metric that counts it."""

_API: Final = "AWS/ApiGateway"
_WEB: Final = {
    "http-api": (("Count", "4xx", "5xx", "Latency"), _API),
    "rest-api": (("Count", "4XXError", "5XXError", "Latency"), _API),
    "function-url": (
        ("UrlRequestCount", "Url4xxCount", "Url5xxCount", "UrlRequestLatency"), "AWS/Lambda"
    ),
}  # fmt: skip
"""By what answers requests: its metrics, and their namespace."""


@dataclass(frozen=True, slots=True)
class Datapoint:
    """What one period saw."""

    start: int
    """Microseconds from the run's start."""
    values: tuple[float, ...]
    """Sorted."""

    @property
    def sum(self) -> float:
        """All of them together."""
        return sum(self.values)

    @property
    def average(self) -> float:
        """Their mean."""
        return self.sum / len(self.values)

    @property
    def maximum(self) -> float:
        """The greatest."""
        return self.values[-1]

    @property
    def count(self) -> int:
        """How many there are: CloudWatch's SampleCount."""
        return len(self.values)

    def percentile(self, share: float) -> float:
        """Return the value below or at which that share (0–1) of them lie: the nearest rank."""
        rank = max(1, -(-len(self.values) * share // 1))
        return self.values[int(rank) - 1]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of one resource."""

    namespace: str
    name: str
    resource: str
    unit: str
    points: tuple[Datapoint, ...]

    @property
    def whole(self) -> Datapoint:
        """The whole run as one datapoint."""
        return Datapoint(0, tuple(sorted(v for point in self.points for v in point.values)))


Key = tuple[str, str, str, str]
"""Of a metric: namespace, resource, name, unit."""


def metrics(trace: Iterable[t.TraceEvent], period_s: int = 60) -> list[Metric]:
    """Return every metric of a run that had a value, by namespace, resource and name."""
    period = period_s * _US
    values: dict[Key, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))

    def note(at: int, key: Key, value: float) -> None:
        values[key][at // period * period].append(value)

    gauge = Gauge(note)
    for event in trace:
        gauge.take(event)
    found = []
    for (namespace, resource, name, unit), periods in sorted(values.items()):
        points = tuple(
            Datapoint(start, tuple(sorted(some))) for start, some in sorted(periods.items())
        )
        found.append(Metric(namespace, name, resource, unit, points))
    return found


class Gauge:
    """Reads a trace, event by event, and notes each value of each metric as it comes up."""

    def __init__(self, note: Callable[[int, Key, float], None]) -> None:
        """``note`` takes the moment (microseconds), the metric and its value."""
        self._note = note
        self._in_flight: dict[str, int] = defaultdict(int)
        self._asked: dict[str, str] = {}
        """The functions that requests asked for."""
        self._integrated: dict[str, int] = {}
        """By HTTP request, when its function was asked."""
        self._running: set[str] = set()
        self._topics: set[str] = set()
        self._visible: dict[str, dict[str, int]] = defaultdict(dict)
        """By queue: when each visible message was sent."""
        self._started: dict[tuple[str, str], int] = {}
        """By state machine and execution."""

    def _add(
        self, at: int, of: tuple[str, str], name: str, value: float, unit: str = "Count"
    ) -> None:
        self._note(at, (*of, name, unit), value)

    def take(self, event: t.TraceEvent) -> None:
        """Count one event."""
        self._functions(event)
        self._apis(event)
        self._queues(event)
        self._routes(event)
        self._tables(event)
        self._executions(event)
        self._databases(event)

    def _functions(self, event: t.TraceEvent) -> None:
        space = "AWS/Lambda"
        match event:
            case t.InvocationThrottled(at=at, function=name):
                self._add(at, (space, name), "Throttles", 1)
            case t.InvocationStarted(at=at, request=request, function=name):
                self._add(at, (space, name), "Invocations", 1)
                self._begin(at, request, name)
            case t.InvocationRequested(request=request, function=name):
                self._asked[request] = name
            case t.EventQueued(at=at, function=name):
                self._add(at, (space, name), "AsyncEventsReceived", 1)
            case t.EventDropped(at=at, function=name):
                self._add(at, (space, name), "AsyncEventsDropped", 1)
            case (
                t.InitStarted(at=at, request=str(request))
                | t.RestoreStarted(at=at, request=str(request))
            ):  # A call counts with what it waits for (lambda-concurrency).
                self._begin(at, request, self._asked.get(request))
            case t.InvocationEnded(at=at, request=request, function=name, duration=duration):
                failed = event.status != "success"
                self._add(at, (space, name), "Errors", int(failed))
                self._add(at, (space, name), "Duration", duration / 1_000, "Milliseconds")
                if request in self._running:
                    self._running.discard(request)
                    self._in_flight[name] -= 1

    def _apis(self, event: t.TraceEvent) -> None:
        match event:
            case t.InvocationRequested(at=at, source="http-api" | "rest-api", cause=str(cause)):
                self._integrated[cause] = at
            case t.HttpAnswered(at=at, api=api, status=status, duration=duration):
                unit, (names, space) = "Milliseconds", _WEB[event.source]
                count, bad, broken, latency = names
                if event.source == "function-url":
                    api = event.route.partition(":")[0]
                own = (space, api)
                self._add(at, own, count, 1)
                self._add(at, own, bad, int(400 <= status < 500))  # noqa: PLR2004 — HTTP's
                self._add(at, own, broken, int(status >= 500))  # noqa: PLR2004
                self._add(at, own, latency, duration / 1_000, unit)
                asked = self._integrated.pop(event.id, None)
                if asked is not None:
                    self._add(at, own, "IntegrationLatency", (at - asked) / 1_000, unit)

    def _begin(self, at: int, request: str, name: str | None) -> None:
        if name is not None and request not in self._running:
            self._running.add(request)
            self._in_flight[name] += 1
            key = ("AWS/Lambda", name)
            self._add(at, key, "ConcurrentExecutions", self._in_flight[name])

    def _queues(self, event: t.TraceEvent) -> None:
        space = "AWS/SQS"
        match event:
            case t.MessageSent(at=at, queue=queue, message=message, body_bytes=size):
                self._add(at, (space, queue), "NumberOfMessagesSent", 1)
                self._add(at, (space, queue), "SentMessageSize", size, "Bytes")
                self._visible[queue][message] = at
            case t.MessageReceived(at=at, queue=queue, message=message):
                self._add(at, (space, queue), "NumberOfMessagesReceived", 1)
                age = (at - self._visible[queue].pop(message, at)) / _US
                self._add(at, (space, queue), "ApproximateAgeOfOldestMessage", age, "Seconds")
            case t.MessageReturned(at=at, queue=queue, message=message):
                self._visible[queue][message] = at
            case t.MessageMoved(at=at, queue=queue, message=message, to=to):
                self._visible[queue].pop(message, None)
                self._visible[to][message] = at
                self._depth(at, to)
            case t.MessageDeleted(at=at, queue=queue):
                self._add(at, (space, queue), "NumberOfMessagesDeleted", 1)
            case _:
                return
        self._depth(event.at, event.queue)

    def _depth(self, at: int, queue: str) -> None:
        name, depth = "ApproximateNumberOfMessagesVisible", len(self._visible[queue])
        self._add(at, ("AWS/SQS", queue), name, depth)

    def _routes(self, event: t.TraceEvent) -> None:
        match event:
            case t.TopicPublished(at=at, topic=topic, message_bytes=size):
                self._topics.add(topic)
                self._add(at, ("AWS/SNS", topic), "NumberOfMessagesPublished", 1)
                self._add(at, ("AWS/SNS", topic), "PublishSize", size, "Bytes")
            case t.EventFiltered(at=at, by=topic):
                self._add(at, ("AWS/SNS", topic), "NumberOfNotificationsFilteredOut", 1)
            case t.EventDelivered(at=at, by=by) if by in self._topics:
                self._add(at, ("AWS/SNS", by), "NumberOfNotificationsDelivered", 1)
            case t.EventDelivered(at=at, by=by):
                self._add(at, ("AWS/Events", by), "Invocations", 1)
            case t.EventFailed(at=at, by=by) if event.retry_in is None and by in self._topics:
                self._add(at, ("AWS/SNS", by), "NumberOfNotificationsFailed", 1)
            case t.EventFailed(at=at, by=by) if event.retry_in is None:
                self._add(at, ("AWS/Events", by), "FailedInvocations", 1)
            case t.EventPut(at=at, bus=bus):
                self._add(at, ("AWS/Events", bus), "PutEventsEntriesCount", 1)

    def _tables(self, event: t.TraceEvent) -> None:
        space, written = "AWS/DynamoDB", "ConsumedWriteCapacityUnits"
        match event:
            case t.ItemWritten(at=at, table=table, units=units):
                self._add(at, (space, table), written, units)
            case t.ConditionFailed(at=at, table=table, units=units):
                self._add(at, (space, table), written, units)
                self._add(at, (space, table), "ConditionalCheckFailedRequests", 1)
            case t.ItemsRead(at=at, table=table, units=units):
                self._add(at, (space, table), "ConsumedReadCapacityUnits", units)
            case t.ItemExpired(at=at, table=table):
                self._add(at, (space, table), "TimeToLiveDeletedItemCount", 1)

    def _executions(self, event: t.TraceEvent) -> None:
        if not isinstance(event, t.ExecutionEvent) or event.type not in _EXECUTIONS:
            return
        of, key = ("AWS/States", event.machine), (event.machine, event.execution)
        self._add(event.at, of, _EXECUTIONS[event.type], 1)
        if event.type == "ExecutionStarted":
            self._started[key] = event.at
        elif key in self._started:
            took = (event.at - self._started.pop(key)) / 1_000
            self._add(event.at, of, "ExecutionTime", took, "Milliseconds")

    def _databases(self, event: t.TraceEvent) -> None:
        match event:
            case (
                t.ConnectionOpened(at=at, database=name, open=count)
                | t.ConnectionClosed(at=at, database=name, open=count)
            ):
                proxy = name.startswith("rds-proxy/")
                metric = "ClientConnections" if proxy else "DatabaseConnections"
                self._add(at, ("AWS/RDS", name.removeprefix("rds-proxy/")), metric, count)
