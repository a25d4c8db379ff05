"""A run's metrics, as CloudWatch names and groups them: computed from the trace.

Namespaces, names and dimensions are those of the services' own pages (monitoring-metrics-types for
Lambda, sqs-available-cloudwatch-metrics, sns-monitoring-using-cloudwatch, eb-monitoring,
http-api-metrics). A datapoint sums what fell into its period; durations are milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from collections.abc import Iterable

_US: Final = 1_000_000


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


def metrics(trace: Iterable[t.TraceEvent], period_s: int = 60) -> list[Metric]:
    """Return every metric of a run that had a value, by namespace, resource and name."""
    gauge = _Gauge(period_s * _US)
    for event in trace:
        gauge.take(event)
    return gauge.all()


_Key = tuple[str, str, str, str]


class _Gauge:
    """What is counted while the trace is read."""

    def __init__(self, period: int) -> None:
        self._period = period
        self._values: dict[_Key, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._in_flight: dict[str, int] = defaultdict(int)
        self._running: set[str] = set()
        self._visible: dict[str, dict[str, int]] = defaultdict(dict)
        """By queue: when each visible message was sent."""

    def all(self) -> list[Metric]:
        """Return what was counted."""
        found = []
        for (namespace, resource, name, unit), periods in sorted(self._values.items()):
            points = tuple(
                Datapoint(start, tuple(sorted(values))) for start, values in sorted(periods.items())
            )
            found.append(Metric(namespace, name, resource, unit, points))
        return found

    def _add(
        self, at: int, of: tuple[str, str], name: str, value: float, unit: str = "Count"
    ) -> None:
        start = at // self._period * self._period
        self._values[*of, name, unit][start].append(value)

    def take(self, event: t.TraceEvent) -> None:
        """Count one event."""
        self._functions(event)
        self._queues(event)
        self._routes(event)

    def _functions(self, event: t.TraceEvent) -> None:
        space = "AWS/Lambda"
        match event:
            case t.InvocationThrottled(at=at, function=name):
                self._add(at, (space, name), "Throttles", 1)
            case t.InvocationStarted(at=at, request=request, function=name):
                self._add(at, (space, name), "Invocations", 1)
                self._running.add(request)
                self._in_flight[name] += 1
                self._add(at, (space, name), "ConcurrentExecutions", self._in_flight[name])
            case t.InvocationEnded(at=at, request=request, function=name, duration=duration):
                failed = event.status != "success"
                self._add(at, (space, name), "Errors", int(failed))
                self._add(at, (space, name), "Duration", duration / 1_000, "Milliseconds")
                if request in self._running:
                    self._running.discard(request)
                    self._in_flight[name] -= 1
            case t.HttpAnswered(at=at, api=api, status=status, duration=duration):
                own = "AWS/ApiGateway"
                self._add(at, (own, api), "Count", 1)
                self._add(at, (own, api), "4xx", int(400 <= status < 500))  # noqa: PLR2004 — HTTP's
                self._add(at, (own, api), "5xx", int(status >= 500))  # noqa: PLR2004
                self._add(at, (own, api), "Latency", duration / 1_000, "Milliseconds")

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
                self._add(at, ("AWS/SNS", topic), "NumberOfMessagesPublished", 1)
                self._add(at, ("AWS/SNS", topic), "PublishSize", size, "Bytes")
            case t.EventFiltered(at=at, by=topic):
                self._add(at, ("AWS/SNS", topic), "NumberOfNotificationsFilteredOut", 1)
            case t.EventDelivered(at=at, by=by):
                self._add(at, ("AWS/Events", by), "Invocations", 1)
            case t.EventFailed(at=at, by=by) if event.retry_in is None:
                self._add(at, ("AWS/Events", by), "FailedInvocations", 1)
            case t.EventPut(at=at, bus=bus):
                self._add(at, ("AWS/Events", bus), "PutEventsEntriesCount", 1)
