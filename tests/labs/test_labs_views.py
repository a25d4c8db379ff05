"""The models of the stage's views, over one recorded run of a market with queues and a saga."""

from __future__ import annotations

import random
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from labs import market
from warmstart.labs.lanes import State
from warmstart.labs.log import Entry
from warmstart.labs.stage import Stage
from warmstart.labs.views.logs import level_of, select
from warmstart.labs.views.nodes import Node
from warmstart.labs.views.queues import Queues
from warmstart.labs.views.series import Level, Total
from warmstart.labs.views.topology import Topology
from warmstart.runtime.metrics import metrics
from warmstart.runtime.pricing import bill
from warmstart.runtime.template import load
from warmstart.runtime.trace import (
    EventDropped,
    EventFailed,
    EventPut,
    EventQueued,
    EventRetried,
    Header,
    HttpAnswered,
    InvocationRequested,
    InvocationThrottled,
    MessageReceived,
    MessageSent,
    Trace,
)

if TYPE_CHECKING:
    from warmstart.runtime.template import Application

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

S = 1_000_000


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return load(market.write(tmp_path_factory.mktemp("market")))


@pytest.fixture(scope="module")
def trace(application: Application) -> Trace:
    return market.open_market(application.path.parent)


@pytest.fixture(scope="module")
def stage(trace: Trace, application: Application) -> Stage:
    return Stage(trace, application=application)


class TestSeries:
    def test_levels_against_a_plain_walk(self) -> None:
        draw = random.Random(3)
        level, total = Level(), Total()
        changes = sorted((draw.randrange(1_000), draw.choice((-1, 1, 2))) for _ in range(200))
        for at, change in changes:
            level.add(at, change)
            total.add(at, change)
        edges = [0, 10, 11, 300, 900, 1_001]
        for at in range(0, 1_000, 7):
            assert level.at(at) == total.at(at) == sum(c for when, c in changes if when <= at)
        assert level.highest_in(edges) == [
            max(level.at(at) for at in range(start - 1 if start else 0, end))
            for start, end in pairwise(edges)
        ]
        assert sum(total.in_cells(edges)) == sum(change for _, change in changes)


class TestTopology:
    def test_a_node_for_each_resource_and_an_edge_for_each_way(self, stage: Stage) -> None:
        rows = [
            f"{place.row} {'  ' * place.depth}{place.node.name}{' again' * place.again}"
            for place in stage.topology.tree()
        ]
        assert rows == [
            "0 client",
            "0   Shop",
            "0     Order",
            "0       Orders",
            "1       Placed",
            "1         Stock",
            "1           Pick",
            "2           Lost",
            "3         Mail",
            "4   Checkout",
            "4     Pay",
            "5 Teller",
            "5   Pay again",
        ]

    def test_what_crossed_an_edge_and_what_of_it_failed(self, stage: Stage, trace: Trace) -> None:
        found = {
            (place.edge.source.name, place.edge.target.name): (
                place.edge.count(trace.end), place.edge.failed(trace.end),
            )
            for place in stage.topology.tree()
            if place.edge
        }  # fmt: skip
        assert found["client", "Shop"] == found["Shop", "Order"] == (8, 0)
        assert found["Order", "Placed"] == found["Placed", "Stock"] == (8, 0)
        assert found["Stock", "Pick"] == (9, 0)  # the poison twice
        assert found["Stock", "Lost"] == (1, 0)
        assert found["Checkout", "Pay"] == (3, 0)  # one try more
        assert found["Teller", "Pay"] == (1, 0)

    def test_nodes_at_a_moment(self, stage: Stage, trace: Trace) -> None:
        pay = stage.topology.now(Node("function", "Pay"), trace.end)
        assert (pay.count, pay.errors, pay.busy) == (1, 3, False)
        assert stage.topology.now(Node("machine", "Checkout"), 2_500_000).busy
        assert stage.topology.now(Node("machine", "Checkout"), trace.end).errors == 1
        assert stage.topology.now(Node("queue", "Lost"), trace.end).count == 1
        mail = stage.topology.most(Node("function", "Mail"))
        assert (mail.count, mail.throttles > 0) == (1, True)

    def test_what_is_on_its_way(self, stage: Stage) -> None:
        edge = stage.topology.edges[Node("caller", "client"), Node("api", "Shop")]
        assert edge.times[:3] == [0, S // 2, S]
        assert edge.moving(0, 100, 10) == (0,)
        assert edge.moving(55, 100, 10) == (5,)
        assert edge.moving(100, 100, 10) == ()
        assert edge.moving(S, S, 10) == (0, 5)

    def test_what_lambda_keeps_for_another_attempt(self) -> None:
        """Two events fail; one is tried again, the other grows too old."""
        topology, pay = Topology(), Node("function", "Pay")
        for request in ("one", "two"):
            topology.take(EventQueued(0, request, "Pay", 2, "client", request))
            topology.take(InvocationRequested(0, request, "Pay", 2, "lambda", request, "Event"))
            topology.take(EventRetried(S, request, "Pay", request, "error", 1, 60 * S))
        topology.take(InvocationRequested(61 * S, "one", "Pay", 2, "lambda", "one", "Event"))
        topology.take(EventDropped(90 * S, "two", "Pay", "two", "EventAgeExceeded", 1))
        moments = [topology.now(pay, at * S).waiting for at in (0, 1, 60, 61, 89, 90)]
        assert moments == [0, 2, 2, 1, 1, 0]
        assert topology.most(pay).waiting == 2

    def test_a_bus_a_rule_that_fails_and_its_dead_letters(self) -> None:
        topology = Topology()
        target = "arn:aws:lambda:us-east-1:123456789012:function:Ship:live"
        lost = "arn:aws:sqs:us-east-1:123456789012:Lost"
        topology.take(EventPut(0, "Bus", "e", "r", "손님", None, "shop", "Sold", 9, None))
        topology.take(EventFailed(1, "OnSold", "e", "r", target, 1, "Down", S, None))
        topology.take(EventFailed(S, "OnSold", "e", "r", target, 2, "Down", None, lost))
        assert [
            (place.node.kind, place.node.name, place.edge and place.edge.count(S))
            for place in topology.tree()
        ] == [
            ("caller", "손님", None),
            ("bus", "Bus", 1),
            ("rule", "OnSold", 1),
            ("function", "Ship", 2),
            ("queue", "Lost", 1),
        ]
        (edge,) = (edge for edge in topology.edges.values() if edge.target.name == "Ship")
        assert (edge.failed(0), edge.failed(1), edge.failed(S)) == (0, 1, 2)

    def test_a_function_url_stands_before_its_function(self) -> None:
        topology = Topology()
        topology.take(InvocationRequested(0, "r", "Work", 2, "function-url", "k", cause="k"))
        topology.take(
            HttpAnswered(S, "WorkUrl", "k", "k", "GET", "/", "Work:$LATEST", 200, S, "function-url")
        )
        assert [(place.node.kind, place.node.name) for place in topology.tree()] == [
            ("caller", "client"), ("api", "WorkUrl"), ("function", "Work"),
        ]  # fmt: skip

    def test_without_the_template_the_trace_says_who_called_whom(self, trace: Trace) -> None:
        plain = Topology()
        for event in trace:
            plain.take(event)
        assert {place.node.name for place in plain.tree()} == {
            "client", "Shop", "Order", "Orders", "Placed", "Stock", "Pick", "Lost", "Mail",
            "Checkout", "Pay", "Teller",
        }  # fmt: skip
        with_it = Topology()
        assert with_it.tree() == []


class TestFleets:
    def test_each_environment_is_in_one_state(self, stage: Stage) -> None:
        """At any moment their numbers are those of the lanes' own states."""
        lanes = [lane for lane in stage.lanes if lane.born is not None]
        for fleet in stage.fleets.all():
            own = [lane for lane in lanes if lane.function == fleet.function]
            for at in stage.times[::7]:
                now = fleet.at(at)
                alive = sum(lane.born <= at for lane in own)
                assert now.starting + now.busy + now.warm == alive
                states = [lane.state_at(at) for lane in own if lane.born <= at]
                assert now.starting == states.count(State.INIT)
                assert now.busy == states.count(State.INVOKE)
        mail = stage.fleets.all()[2]
        throttled = [
            event.at
            for event in stage.trace
            if isinstance(event, InvocationThrottled) and event.function == "Mail"
        ]
        assert (mail.function, mail.at(stage.trace.end).throttles) == ("Mail", len(throttled))
        edges = [0, throttled[0], throttled[-1], throttled[-1] + 1, stage.trace.end + 1]
        assert mail.throttled(edges) == [False, True, True, False]
        order = stage.fleets.all()[0]
        assert order.highest == 2
        assert all(sum(column) <= 2 for column in order.columns(stage.times))


class TestQueues:
    def test_a_poison_message_from_queue_to_dead_letters(self, stage: Stage, trace: Trace) -> None:
        stock, lost = stage.queues.all()
        assert (stock.name, lost.name, lost.is_dead_letter) == ("Stock", "Lost", True)
        waiting = stock.at(11 * S)
        assert (waiting.in_flight, waiting.visible, waiting.deleted) == (1, 0, 7)
        assert waiting.received == ((1, 1),)
        again = stock.at(15 * S)
        assert again.received == ((2, 1),)
        assert again.oldest is not None
        assert again.oldest < 2 * S
        end = stock.at(trace.end)
        assert (end.visible, end.in_flight, end.oldest, end.sent) == (0, 0, None, 8)
        assert lost.at(trace.end).visible == 1
        assert lost.at(trace.end - 1).oldest is None

    def test_messages_are_never_lost_or_made(self, stage: Stage) -> None:
        """At any moment those inside are those that came without those that left."""
        for queue in stage.queues.all():
            for at in stage.times:
                now = queue.at(at)
                inside = now.visible + now.in_flight + now.delayed
                assert inside == sum(many for _, many in now.received)
                assert inside >= now.sent - now.deleted - 1  # one was moved

    def test_a_delayed_message_becomes_visible_by_itself(self) -> None:
        queues = Queues()
        queues.take(MessageSent(0, "Q", "a", "r", "client", None, None, 1, 5 * S))
        queues.take(MessageSent(1, "Q", "b", "r", "client", None, None, 1, 0))
        queues.take(MessageReceived(9 * S, "Q", "a", "r", "client", 1, 30 * S))
        (queue,) = queues.all()
        assert [
            (now.delayed, now.visible, now.in_flight)
            for now in map(queue.at, (0, 1, 5 * S - 1, 5 * S, 9 * S))
        ] == [(1, 0, 0), (1, 1, 0), (1, 1, 0), (0, 2, 0), (0, 1, 1)]


class TestRequests:
    def test_each_with_all_that_it_led_to(self, stage: Stage, trace: Trace) -> None:
        found = stage.requests.by_time()
        assert [request.name for request in found].count("POST /orders") == 8
        assert [request.start for request in found] == sorted(one.start for one in found)
        poison = stage.requests.by_duration()[0]
        assert (poison.name, poison.start, poison.end) == ("POST /orders", S // 2, trace.end)
        assert poison.answered is not None
        assert poison.answered < 2 * S
        assert (poison.status, poison.failed > 0) == ("ok", True)
        names = [f"{'  ' * depth}{span.name}" for depth, span in poison.rows()]
        assert names[:3] == ["POST /orders", "  Order", "    INIT"]
        assert any(name.strip() == "Lost" for name in names)

    def test_the_one_at_the_cursor_began_last(self, stage: Stage) -> None:
        found = stage.requests.by_time()
        assert stage.requests.at(0) == 0
        for at in stage.times:
            place = stage.requests.at(at)
            assert found[place].start <= at
            assert place + 1 == len(found) or found[place + 1].start > at


class TestLogs:
    def test_words_and_conditions(self, stage: Stage) -> None:
        def texts(query: str) -> list[str]:
            return [f"{entry.where} {entry.text}" for entry in select(stage.log, query)]

        assert len(texts("")) == len(stage.log)
        assert {text.partition(" ")[2] for text in texts("picking POISON")} == {"picking poison"}
        assert {text.split("/")[0] for text in texts("fn:ord")} == {"Order"}
        (request,) = {entry.request for entry in select(stage.log, "tea")}
        assert request
        of_request = select(stage.log, f"req:{request[:8]} level:info")
        assert {entry.request for entry in of_request} == {request}
        assert texts("level:error fn:pay slow")
        assert not texts("level:error fn:order")
        assert texts("level:loud") == texts("level:warn level:") == []

    @pytest.mark.parametrize(
        ("text", "level"),
        [
            ("[ERROR] no", "error"),
            ("WARNING: x", "warn"),
            ('{"level": "DEBUG", "message": 1}', "debug"),
            ("all is well", "info"),
            ("a" * 70 + " ERROR", "info"),
        ],
    )
    def test_the_level_a_line_names_at_its_head(self, text: str, level: str) -> None:
        assert level_of(Entry(0, "Fn/1", text, "function")) == level

    def test_what_the_platform_calls_an_error(self) -> None:
        assert level_of(Entry(0, "Fn", "429", "error")) == "error"
        assert level_of(Entry(0, "Fn", "START ERROR", "platform")) == "info"


class TestReadings:
    def test_agree_with_the_metrics_of_the_whole_run(self, stage: Stage, trace: Trace) -> None:
        whole = {(m.namespace, m.resource, m.name): m.whole for m in metrics(trace)}
        found = stage.metrics.all()
        assert [(one.namespace, one.resource, one.name) for one in found] == sorted(whole)
        edges = [0, S, 2 * S, 5 * S, trace.end + 1]
        for one in found:
            point = whole[one.namespace, one.resource, one.name]
            assert one.sum(trace.end) == pytest.approx(point.sum)
            assert one.maximum(trace.end) == point.maximum
            assert one.average(trace.end) == pytest.approx(point.average)
            cells = one.cells(edges)
            if one.statistic == "sum":
                assert sum(cells) == pytest.approx(point.sum)
            else:
                assert max(cells) == point.maximum
        assert not any(one.count(-1) or one.maximum(-1) or one.average(-1) for one in found)

    def test_what_a_topic_delivers_is_its_own(self, stage: Stage) -> None:
        topic = {one.name: one for one in stage.metrics.all() if one.namespace == "AWS/SNS"}
        assert topic["NumberOfMessagesPublished"].sum(stage.trace.end) == 8
        assert topic["NumberOfNotificationsDelivered"].sum(stage.trace.end) == 16


class TestBill:
    def test_grows_to_the_whole_bill(self, stage: Stage, trace: Trace) -> None:
        whole = bill(trace)
        assert stage.bill.usd(trace.end) == pytest.approx(float(whole.amount))
        lines = stage.bill.lines(trace.end)
        assert [(line.resource, line.price.item) for line in lines] == [
            (charge.resource, charge.item) for charge in whole.charges
        ]
        sums = [stage.bill.usd(at) for at in stage.times]
        assert sums == sorted(sums)
        assert stage.bill.lines(0) == []


class TestGrowing:
    def test_a_trace_that_grows_shows_what_a_whole_one_does(
        self, trace: Trace, application: Application
    ) -> None:
        live = Stage(Trace(Header(5, trace.header.epoch)), application=application)
        views = (live.topology, live.queues)
        for start in range(0, len(trace), 50):
            live.extend(trace[at] for at in range(start, min(start + 50, len(trace))))
        whole = Stage(trace, application=application)
        assert views == (live.topology, live.queues)
        assert live.topology.tree() == whole.topology.tree()
        at = 3 * S
        assert [q.at(at) for q in live.queues.all()] == [q.at(at) for q in whole.queues.all()]
        assert [lane.spans for lane in live.lanes] == [lane.spans for lane in whole.lanes]
        assert (live.times, live.log, live.moments) == (whole.times, whole.log, whole.moments)
        assert live.bill.lines(trace.end) == whole.bill.lines(trace.end)
        assert live.tally.at(at) == whole.tally.at(at)
