"""The application as a graph: who calls, sends to and writes to whom, and how often so far.

Nodes and edges are what the template connects, where it is known, and what the trace shows;
``Topology.tree`` lays them out from those who call to those who are called last. An edge keeps
when something crossed it, and when that failed, so that what is on its way can be drawn.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warmstart.labs.views.nodes import Node, connections, database_of, node_of, resources
from warmstart.labs.views.series import Level
from warmstart.runtime import trace as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warmstart.runtime.template import Application
    from warmstart.runtime.trace import TraceEvent

_APIS: Final = ("http-api", "rest-api", "function-url", "authorizer")
SERVICES: Final = frozenset(
    (*_APIS, "sqs", "sns", "events", "s3", "scheduler", "lambda", "dynamodb")
)
"""Sources that hand on what somebody else caused: other events say how it got there."""
_STARTS: Final = ("StartExecution", "StartSyncExecution")
_FAILED: Final = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")


@dataclass(slots=True)
class Edge:
    """One way from node to node, and when it was taken."""

    source: Node
    target: Node
    times: list[int] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """When what had crossed was not taken: throttled, refused, a condition not met."""

    def count(self, at: int) -> int:
        """Return how often it was taken up to a moment."""
        return bisect.bisect_right(self.times, at)

    def failed(self, at: int) -> int:
        """Return how often that failed."""
        return bisect.bisect_right(self.failures, at)

    def moving(self, at: int, window: int, cells: int) -> tuple[int, ...]:
        """Return the cells of the edge in which something is on its way.

        Each crossing is shown for ``window`` microseconds, from the first cell to the last.
        """
        first = bisect.bisect_right(self.times, at - window)
        if first == bisect.bisect_right(self.times, at):
            return ()
        edges = [at - window * cell // cells for cell in range(cells + 1)]
        places = [bisect.bisect_right(self.times, edge) for edge in edges]
        return tuple(cell for cell in range(cells) if places[cell] > places[cell + 1])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: children right of their parent, the first in its parent's row."""

    node: Node
    row: int
    depth: int
    edge: Edge | None
    """The edge that leads here from the parent; None for one that nobody calls."""
    again: bool = False
    """The node stands elsewhere already; here another edge leads to it."""


@dataclass(frozen=True, slots=True)
class NodeNow:
    """What a node is like at a moment."""

    count: int
    """Environments, messages in the queue, running executions, open connections."""
    errors: int
    throttles: int
    waiting: int
    """Events that Lambda keeps for another attempt at the function."""
    busy: bool
    """Whether anything is under way in it."""


class Topology:
    """The graph of a trace, at any moment of it."""

    def __init__(self, application: Application | None = None) -> None:
        self.nodes: dict[Node, None] = {}
        """In the order of the template, then of the trace."""
        self.edges: dict[tuple[Node, Node], Edge] = {}
        self._levels: dict[Node, Level] = {}
        self._running: dict[Node, Level] = {}
        self._errors: dict[Node, list[int]] = {}
        self._throttles: dict[Node, list[int]] = {}
        self._waiting: dict[Node, Level] = {}
        self._kept: set[str] = set()
        """Events that wait for another attempt, by their request."""
        self._apis: dict[str, list[Node]] = {}
        """By HTTP request, the functions that it called before it was answered."""
        self._api_of: dict[str, Node] = {}
        """By function, the API that the template puts before it."""
        self._asked: dict[str, Edge] = {}
        """By invocation, the edge over which it came."""
        self._callers: dict[str, Node] = {}
        """By thread, who started an execution in it."""
        self._started: dict[str, list[tuple[int, Node]]] = {}
        """By thread, executions whose starter is told later: when it has its answer."""
        self._buses: dict[str, Node] = {}
        """By event, the bus that took it."""
        self._functions: set[str] = set()
        self._rows: list[Place] | None = None
        if application is not None:
            for source, target in connections(application):
                self._edge(source, target)
            for node in resources(application):
                self.nodes.setdefault(node)

    # -- reading ----------------------------------------------------------------------------------

    def take(self, event: TraceEvent) -> None:
        """Take the next event."""
        match event:
            case (
                t.MessageSent()
                | t.MessageMoved()
                | t.MessageDeleted()
                | t.MessageExpired()
                | t.BatchStarted()
            ):
                self._queues(event)
            case t.ExecutionEvent():
                self._execution(event)
            case t.ApiCalled() | t.HttpAnswered():
                self._answer(event)
            case (
                t.TopicPublished()
                | t.EventPut()
                | t.EventDelivered()
                | t.EventFailed()
                | t.EventSent()
            ):
                self._routes(event)
            case t.EventQueued() | t.EventRetried() | t.EventDropped():
                self._asynchronous(event)
            case t.ItemWritten() | t.ItemsRead() | t.ConditionFailed():
                edge = self._cross(event.at, self._actor(event.source), Node("table", event.table))
                if edge is not None and isinstance(event, t.ConditionFailed):
                    edge.failures.append(event.at)
            case (
                t.ConnectionOpened()
                | t.ConnectionRefused()
                | t.ConnectionClosed()
                | t.StatementEnded()
            ):
                self._database(event)
            case t.ObjectCreated() | t.ObjectRead() | t.ObjectRemoved():
                self._cross(event.at, self._actor(event.source), Node("bucket", event.bucket))
            case _:
                self._function(event)

    def _function(self, event: TraceEvent) -> None:
        match event:
            case t.InvocationRequested(at=at, request=request, function=name, source=source):
                self._functions.add(name)
                self._wait_no_more(at, request, name)
                self._requested(event, at, Node("function", name), source)
            case t.InvocationThrottled(at=at, function=name, request=request):
                self._throttles.setdefault(Node("function", name), []).append(at)
                self._refused(request, at)
            case t.InvocationRejected(at=at, function=name, request=request):
                self._errors.setdefault(Node("function", name), []).append(at)
                self._refused(request, at)
            case t.InvocationStarted(at=at, function=name):
                self._running.setdefault(Node("function", name), Level()).add(at)
            case t.InvocationEnded(at=at, function=name, status=status):
                node = Node("function", name)
                self._running.setdefault(node, Level()).add(at, -1)
                if status != "success":
                    self._errors.setdefault(node, []).append(at)
            case t.EnvironmentCreated(at=at, function=name):
                self._level(Node("function", name), at, 1)
            case t.EnvironmentShutdown(at=at, environment=name, reason=reason):
                if reason != "run-ended":
                    self._level(Node("function", name.partition("/")[0]), at, -1)
            case _:
                pass

    def _asynchronous(self, event: t.EventQueued | t.EventRetried | t.EventDropped) -> None:
        function = Node("function", event.function)
        match event:
            case t.EventQueued(at=at, function=name, source=source):
                self._functions.add(name)
                self._cross(at, self._actor(source), function)
            case t.EventRetried(at=at, request=request):
                self._kept.add(request)
                self._waiting.setdefault(function, Level()).add(at)
            case t.EventDropped(at=at, request=request, function=name):
                self._wait_no_more(at, request, name)

    def _wait_no_more(self, at: int, request: str, function: str) -> None:
        if request in self._kept:
            self._kept.discard(request)
            self._waiting[Node("function", function)].add(at, -1)

    def _requested(self, event: t.InvocationRequested, at: int, node: Node, source: str) -> None:
        if event.invocation_type == "Event":
            return  # it was counted when Lambda took it
        if source in _APIS:
            api = self._api_of.get(node.name)
            if api is not None:
                self._cross(at, api, node)
            elif event.cause is not None:
                self._apis.setdefault(event.cause, []).append(node)
            return
        edge = self._cross(at, self._actor(source), node)
        if edge is not None:
            self._asked[event.request] = edge

    def _refused(self, request: str, at: int) -> None:
        edge = self._asked.pop(request, None)
        if edge is not None:
            edge.failures.append(at)

    def _queues(
        self,
        event: t.MessageSent
        | t.MessageMoved
        | t.MessageDeleted
        | t.MessageExpired
        | t.BatchStarted,
    ) -> None:
        queue = Node("queue", event.queue)
        match event:
            case t.MessageSent(at=at, source=source):
                self._level(queue, at, 1)
                self._cross(at, self._actor(source), queue)
            case t.MessageMoved(at=at, to=to):
                self._level(queue, at, -1)
                self._level(Node("queue", to), at, 1)
                self._cross(at, queue, Node("queue", to))
            case t.MessageDeleted(at=at) | t.MessageExpired(at=at):
                self._level(queue, at, -1)
            case t.BatchStarted(at=at, function=name, messages=messages):
                for _ in messages:
                    self._cross(at, queue, Node("function", name))

    def _routes(
        self,
        event: t.TopicPublished | t.EventPut | t.EventDelivered | t.EventFailed | t.EventSent,
    ) -> None:
        match event:
            case t.TopicPublished(at=at, topic=name, source=source):
                self._cross(at, self._actor(source), Node("topic", name))
            case t.EventPut(at=at, bus=name, event=key, source=source):
                self._buses[key] = Node("bus", name)
                self._cross(at, self._actor(source), Node("bus", name))
            case t.EventDelivered(at=at, to=to):
                self._cross(at, self._sender(event), node_of(to))
            case t.EventFailed(at=at, to=to, dead_letter=lost):
                sender = self._sender(event)
                edge = self._cross(at, sender, node_of(to))
                if edge is not None:
                    edge.failures.append(at)
                if lost is not None:
                    self._cross(at, sender, Node("queue", lost.rpartition(":")[2]))
            case t.EventSent(at=at, function=name, to=to):
                self._cross(at, Node("function", name), node_of(to))

    def _database(
        self,
        event: t.ConnectionOpened | t.ConnectionRefused | t.ConnectionClosed | t.StatementEnded,
    ) -> None:
        node = database_of(event.database)
        match event:
            case t.ConnectionOpened(at=at):
                self._level(node, at, 1)
            case t.ConnectionClosed(at=at):
                self._level(node, at, -1)
            case t.ConnectionRefused(at=at, source=source):
                edge = self._cross(at, self._actor(source), node)
                if edge is not None:
                    edge.failures.append(at)
                self._errors.setdefault(node, []).append(at)
            case t.StatementEnded(at=at, source=source, duration=duration):
                self._cross(at - duration, self._actor(source), node)

    def _sender(self, event: t.EventDelivered | t.EventFailed) -> Node:
        """Return the topic, bucket or rule that delivers; a rule had it from its bus."""
        for kind in ("topic", "bucket"):
            if (node := Node(kind, event.by)) in self.nodes:
                return node
        rule = Node("rule", event.by)
        bus = self._buses.get(event.event)
        if bus is not None and event.attempt == 1:
            self._cross(event.at, bus, rule)
        return rule

    def _answer(self, event: t.ApiCalled | t.HttpAnswered) -> None:
        start = event.at - event.duration
        match event:
            case t.HttpAnswered(at=at, api=name, id=key, status=status):
                api = Node("api", name)
                self._cross(start, Node("caller", "client"), api)
                for function in self._apis.pop(key, ()):
                    self._cross(start, api, function)
                if status >= 400:  # noqa: PLR2004 — HTTP's errors
                    self._errors.setdefault(api, []).append(at)
            case t.ApiCalled(operation=operation, root=root, source=source) if operation in _STARTS:
                caller = self._actor(source)
                if caller is None:
                    return
                for at, machine in self._started.pop(root, ()):
                    self._cross(at, caller, machine)
                self._callers[root] = caller
            case _:
                pass

    def _execution(self, event: t.ExecutionEvent) -> None:
        machine = Node("machine", event.machine)
        if event.type == "ExecutionStarted":
            self._level(machine, event.at, 1)
            caller = self._callers.get(event.root)
            if caller is not None:
                self._cross(event.at, caller, machine)
            else:
                self._started.setdefault(event.root, []).append((event.at, machine))
        elif event.type == "ExecutionSucceeded" or event.type in _FAILED:
            self._level(machine, event.at, -1)
            if event.type in _FAILED:
                self._errors.setdefault(machine, []).append(event.at)

    def _level(self, node: Node, at: int, change: int) -> None:
        self._levels.setdefault(node, Level()).add(at, change)

    def _actor(self, source: str) -> Node | None:
        """Return who did something; None for a service that only hands on."""
        if source in SERVICES:
            return None
        name, slash, rest = source.partition("/")
        if name == "states" and slash:
            return Node("machine", rest)
        if name == "rds-proxy" and slash:
            return Node("proxy", rest)
        if slash and name in self._functions:
            return Node("function", name)
        return Node("caller", source)

    def _edge(self, source: Node, target: Node) -> Edge:
        edge = self.edges.get((source, target))
        if edge is None:
            edge = self.edges[source, target] = Edge(source, target)
            self.nodes.setdefault(source)
            self.nodes.setdefault(target)
            if source.kind == "api" and target.kind == "function":
                self._api_of[target.name] = source
            self._rows = None
        return edge

    def _cross(self, at: int, source: Node | None, target: Node) -> Edge | None:
        if source is None:
            return None
        edge = self._edge(source, target)
        # Some things are known only when an answer comes, and lie a little way back.
        bisect.insort(edge.times, at)
        return edge

    # -- answering --------------------------------------------------------------------------------

    def tree(self) -> list[Place]:
        """Return the layout, by row: a node once, and a row more for each further way to it."""
        if self._rows is None:
            self._rows = list(_rows(self.nodes, self.edges.values()))
        return self._rows

    def now(self, node: Node, at: int) -> NodeNow:
        """Return what a node is like at a moment."""
        level = self._levels.get(node)
        running, waiting = self._running.get(node), self._waiting.get(node)
        count = int(level.at(at)) if level else 0
        busy = running.at(at) > 0 if running else node.kind in ("queue", "machine") and count > 0
        return NodeNow(
            count,
            bisect.bisect_right(self._errors.get(node, ()), at),
            bisect.bisect_right(self._throttles.get(node, ()), at),
            int(waiting.at(at)) if waiting else 0,
            busy,
        )

    def most(self, node: Node) -> NodeNow:
        """Return the highest each of a node's counts ever is: the room that it needs."""
        level, waiting = self._levels.get(node), self._waiting.get(node)
        return NodeNow(
            int(level.highest) if level else 0,
            len(self._errors.get(node, ())),
            len(self._throttles.get(node, ())),
            int(waiting.highest) if waiting else 0,
            busy=False,
        )


def _rows(nodes: Iterable[Node], edges: Iterable[Edge]) -> Iterator[Place]:
    """Lay the graph out as trees, from those whom nobody calls."""
    out: dict[Node, list[Edge]] = {node: [] for node in nodes}
    called: set[Node] = set()
    for edge in edges:
        out[edge.source].append(edge)
        if edge.target != edge.source:
            called.add(edge.target)
    placed: set[Node] = set()
    row = 0

    def grow(node: Node, depth: int, edge: Edge | None) -> Iterator[Place]:
        nonlocal row
        again = node in placed
        yield Place(node, row, depth, edge, again)
        placed.add(node)
        children = () if again else out[node]
        for number, way in enumerate(children):
            row += number > 0
            yield from grow(way.target, depth + 1, way)

    callers = [node for node in out if node.kind == "caller"]
    roots = [*callers, *(node for node in out if node not in called and node.kind != "caller")]
    # What only a circle leads to begins where the template or the trace names it first.
    for root in [*roots, *out]:
        if root not in placed:
            yield from grow(root, 0, None)
            row += 1
