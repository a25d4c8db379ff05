"""Relational databases over virtual time: who gets a connection, who waits, what stays behind."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.conftest import SECOND, Bench, events_of
from warmstart.errors import TemplateError
from warmstart.runtime import clock, specs
from warmstart.runtime.clock import VirtualTimeLoop
from warmstart.runtime.endpoint.aws import AwsEndpoint
from warmstart.runtime.environments import World
from warmstart.runtime.forks import Zygote
from warmstart.runtime.launch import Call
from warmstart.runtime.model import Model
from warmstart.runtime.services.base import Account, Caller
from warmstart.runtime.services.functions import LambdaService
from warmstart.runtime.services.rds import Databases, SqlError
from warmstart.runtime.services.rds.tables import Tables
from warmstart.runtime.spans import nested, spans
from warmstart.runtime.specs import DatabaseProxySpec, DatabaseSpec, DatabaseUse
from warmstart.runtime.template import load

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from warmstart.runtime.services.rds import Client
    from warmstart.runtime.trace import TraceEvent

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHOP = DatabaseSpec(
    "Shop", "shop", max_connections=2, wait_timeout=60, schema="CREATE TABLE t (n INTEGER)"
)
DIRECT = specs.host(DatabaseSpec, "shop", "us-east-1")
PROXIED = specs.host(DatabaseProxySpec, "pool", "us-east-1")
EXACT = Model(api_jitter=0.0)


class Desk:
    """An account with the databases, and what was told of them."""

    def __init__(self, *proxies: DatabaseProxySpec, spec: DatabaseSpec = SHOP) -> None:
        self.events: list[TraceEvent] = []
        self.account = Account(
            seed=1, start=START, region="us-east-1", model=EXACT, emit=self.events.append
        )
        self.databases = Databases(self.account, [spec], proxies)

    def client(self, name: str) -> Client:
        return self.databases.client(lambda: Caller(name, "root"))

    @property
    def told(self) -> list[str]:
        """What happened, a line each: milliseconds, kind, who, and what tells most."""
        found = []
        for event in self.events:
            values: Any = event
            more = {
                "ConnectionOpened": lambda v: v.open,
                "ConnectionRefused": lambda v: v.code,
                "ConnectionClosed": lambda v: f"{v.reason} {v.open}",
                "ConnectionAbandoned": lambda v: "",
                "StatementEnded": lambda v: f"{v.duration // 1000} {v.waited // 1000}",
            }[event.kind](values)
            kind = event.kind.removeprefix("Connection")
            found.append(
                f"{event.at // 1000} {values.database} {kind} {values.source} {more}".strip()
            )
        return found


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


class TestInstance:
    def test_a_life_of_connections(self) -> None:
        """Refused past the limit; closed by hand, by the kernel, by wait_timeout; or left behind."""
        desk = Desk()

        async def work() -> None:
            one, two, three = map(desk.client, ("a/1", "b/1", "c/1"))
            first = await one.connect(DIRECT)
            await two.connect(DIRECT.upper())
            with pytest.raises(SqlError, match="Too many connections") as refused:
                await three.connect(DIRECT)
            assert refused.value.code == 1040
            one.close(first)
            one.close(first)
            third = await three.connect(DIRECT)
            assert (await three.execute(third, "INSERT INTO t VALUES (?), (8)", [7])).affected == 2
            assert (await three.execute(third, "SELECT n FROM t", [])).rows == [(7,), (8,)]
            two.abandon()
            three.end()
            await asyncio.sleep(70)
            with pytest.raises(SqlError, match="Lost connection"):
                await two.execute(1, "SELECT 1", [])
            with pytest.raises(SqlError, match="no such table") as missing:
                number = await one.connect(DIRECT)
                await one.execute(number, "SELECT * FROM gone", [])
            assert missing.value.code == 1146
            await asyncio.sleep(59)
            await one.execute(number, "SELECT 1", [])
            await asyncio.sleep(61)
            with pytest.raises(SqlError, match="Lost connection"):
                await one.execute(number, "SELECT 1", [])
            with pytest.raises(SqlError, match="Can't connect to MySQL server on 'elsewhere'"):
                await one.connect("elsewhere")

        run(work())
        assert desk.told == [
            "0 shop Opened a/1 1",
            "30 shop Opened b/1 2",
            "60 shop Refused c/1 1040",
            "62 shop Closed a/1 closed 1",
            "62 shop Opened c/1 2",
            "97 shop StatementEnded c/1 5 0",
            "102 shop StatementEnded c/1 5 0",
            "102 shop Abandoned b/1",
            "102 shop Closed c/1 process-ended 1",
            "60060 shop Closed b/1 timeout 0",
            "70102 shop Opened a/1 1",
            "70137 shop StatementEnded a/1 5 0",
            "129142 shop StatementEnded a/1 5 0",
            "189142 shop Closed a/1 timeout 0",
        ]

    @given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("oceax")), max_size=30))
    @settings(max_examples=30, deadline=None)
    def test_never_more_than_there_may_be(self, steps: list[tuple[int, str]]) -> None:
        """Whatever clients do, the count told is that of the connections that are open."""
        desk = Desk()

        async def work() -> None:
            clients = [desk.client(f"f/{n}") for n in range(4)]
            own: list[list[int]] = [[], [], [], []]
            for who, what in steps:
                client = clients[who]
                try:
                    match what:
                        case "o":
                            own[who].append(await client.connect(DIRECT))
                        case "x" if own[who]:
                            await client.execute(own[who][-1], "SELECT 1", [])
                        case "c" if own[who]:
                            client.close(own[who].pop())
                        case "e":
                            client.end()
                        case "a":
                            client.abandon()
                            await asyncio.sleep(30)
                except SqlError as error:
                    codes.add(error.code)

        codes: set[int] = set()
        run(work())
        assert codes <= {1040, 2013}
        still: set[int] = set()
        for event in desk.events:
            told: Any = event
            if event.kind == "ConnectionOpened":
                still.add(told.connection)
            elif event.kind == "ConnectionClosed":
                still.remove(told.connection)
            assert getattr(event, "open", len(still)) == len(still) <= SHOP.max_connections
            assert event.kind != "ConnectionRefused" or len(still) == SHOP.max_connections

    def test_whoever_is_stopped_while_connecting_has_no_connection(self) -> None:
        desk = Desk()

        async def work() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await desk.client("a/1").connect(DIRECT)

        run(work())
        assert desk.told == ["0 shop Opened a/1 1", "10 shop Closed a/1 process-ended 0"]


class TestProxy:
    def test_clients_share_what_the_pool_has(self) -> None:
        """Three statements at once over one connection: two wait, nobody is refused."""
        desk = Desk(DatabaseProxySpec("Pool", "pool", "shop", max_connections_percent=50))

        async def one(name: str) -> None:
            client = desk.client(name)
            await client.execute(await client.connect(PROXIED), "SELECT 1", [])
            client.close(1)

        async def work() -> None:
            await asyncio.gather(*map(one, ("a/1", "b/1", "c/1")))

        run(work())
        assert desk.told == [
            "0 rds-proxy/pool Opened a/1 1",
            "0 rds-proxy/pool Opened b/1 2",
            "0 rds-proxy/pool Opened c/1 3",
            "30 shop Opened rds-proxy/pool 1",
            "68 shop StatementEnded rds-proxy/pool 5 0",
            "68 rds-proxy/pool StatementEnded a/1 38 30",
            "68 rds-proxy/pool Closed a/1 closed 2",
            "76 shop StatementEnded rds-proxy/pool 5 0",
            "76 rds-proxy/pool StatementEnded b/1 46 38",
            "76 rds-proxy/pool Closed b/1 closed 1",
            "84 shop StatementEnded rds-proxy/pool 5 0",
            "84 rds-proxy/pool StatementEnded c/1 54 46",
            "84 rds-proxy/pool Closed c/1 closed 0",
        ]

    def test_a_waterfall_shows_what_waited_for_a_connection(self) -> None:
        """The database's statement lies in the proxy's, which began when it began to wait."""
        desk = Desk(DatabaseProxySpec("Pool", "pool", "shop", max_connections_percent=50))

        async def one(name: str) -> None:
            client = desk.databases.client(lambda: Caller(name, "root", f"request-{name}"))
            await client.execute(await client.connect(PROXIED), "SELECT 1", [])

        async def work() -> None:
            await asyncio.gather(one("a/1"), one("b/1"))

        run(work())
        shown = [
            (depth, span.name, span.start // 1000, (span.end or 0) // 1000)
            for depth, span in nested(spans(desk.events))
        ]
        assert shown == [
            (0, "rds-proxy/pool: statement", 30, 68),
            (1, "shop: statement", 63, 68),
            (0, "rds-proxy/pool: statement", 30, 76),
            (1, "shop: statement", 71, 76),
        ]

    def test_what_nobody_borrows_is_closed_down_to_what_it_keeps(self) -> None:
        spec = specs.DatabaseSpec("Shop", "shop", max_connections=4)
        proxy = DatabaseProxySpec("Pool", "pool", "shop", max_idle_percent=25)
        desk = Desk(proxy, spec=spec)

        async def work() -> None:
            clients = [desk.client(f"f/{n}") for n in range(3)]
            numbers = [await client.connect(PROXIED) for client in clients]
            asked = zip(clients, numbers, strict=True)
            await asyncio.gather(*(c.execute(n, "SELECT 1", []) for c, n in asked))
            await asyncio.sleep(301)

        run(work())
        closed = [line for line in desk.told if "Closed" in line]
        assert closed == [f"300128 shop Closed rds-proxy/pool pool {left}" for left in (2, 1)]

    def test_who_waits_too_long_and_who_gives_up(self) -> None:
        """A statement that nobody waits for any more leaves its connection to the next."""
        slow = specs.DatabaseSpec("Shop", "shop", max_connections=1, query_ms=1_500)
        desk = Desk(DatabaseProxySpec("Pool", "pool", "shop", borrow_timeout=1), spec=slow)

        async def work() -> None:
            one, two, three = map(desk.client, ("a/1", "b/1", "c/1"))
            numbers = [await each.connect(PROXIED) for each in (one, two, three)]
            first = asyncio.create_task(one.execute(numbers[0], "SELECT 1", []))
            await asyncio.sleep(0)
            with pytest.raises(SqlError, match="Timed-out waiting") as late:
                await two.execute(numbers[1], "SELECT 1", [])
            assert late.value.code == 9501
            third = asyncio.create_task(three.execute(numbers[2], "SELECT 1", []))
            await asyncio.sleep(0.1)
            third.cancel()
            await asyncio.gather(first, third, return_exceptions=True)
            assert (await two.execute(numbers[1], "SELECT 2", [])).rows == [(2,)]

        run(work())
        assert sum("shop Opened" in line for line in desk.told) == 1

    def test_a_server_that_is_full_refuses_the_proxy_as_well(self) -> None:
        desk = Desk(DatabaseProxySpec("Pool", "pool", "shop"))

        async def work() -> None:
            others, client = desk.client("a/1"), desk.client("b/1")
            kept = [await others.connect(DIRECT) for _ in range(2)]
            number = await client.connect(PROXIED)
            with pytest.raises(SqlError, match="Too many connections"):
                await client.execute(number, "SELECT 1", [])
            others.close(kept[0])
            assert (await client.execute(number, "SELECT 1", [])).rows == [(1,)]

        run(work())


ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r"


class TestTables:
    @pytest.mark.parametrize(
        ("statement", "values", "code"),
        [
            ("SELEC 1", [], 1064),
            ("SELECT ?", [], 1064),
            ("SELECT ?", [{}], 1064),
            ("SELECT 1; SELECT 2", [], 1064),
            ("SELECT '\x00'", [], 1064),
            ("SELECT ?", [2**70], 1064),
            ("SELECT ?", ["\udc80"], 1064),
            ("INSERT INTO k VALUES (1)", [], 1062),
            ("ATTACH 'x' AS y", [], 1235),
            ("PRAGMA page_count", [], 1235),
            ("BEGIN", [], 1235),
            ("SELECT random()", [], 1235),
            ("SELECT datetime('now')", [], 1235),
            ("SELECT x'00'", [], 1235),
            ("SELECT zeroblob(2000000)", [], 1153),
            (f"{ENDLESS}) SELECT max(n) FROM r", [], 3024),
            (f"{ENDLESS} LIMIT 20) SELECT printf('%.*c', 900000, 'x') FROM r", [], 1153),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, statement: str, values: list[Any], code: int) -> None:
        tables = Tables("CREATE TABLE k (n INTEGER PRIMARY KEY); INSERT INTO k VALUES (1)", None)  # type: ignore[arg-type]
        with pytest.raises(SqlError) as caught:
            tables.execute(statement, values)
        assert caught.value.code == code, caught.value

    def test_time_is_the_run_s(self) -> None:
        tables = Tables(
            "CREATE TABLE t (at TEXT DEFAULT CURRENT_TIMESTAMP, n INTEGER)", lambda: START
        )
        assert tables.execute("INSERT INTO t (n) VALUES (1)", []).last_id == 1
        found = tables.execute("SELECT at, now() AS now FROM t", [])
        assert found.columns == ("at", "now")
        assert found.rows == [("2026-01-05 09:00:00",) * 2]


class TestModelled:
    @pytest.mark.parametrize(
        ("hold", "opened", "most"), [("environment", 2, 2), ("call", 4, 2), ("statement", 4, 2)]
    )
    def test_how_long_a_connection_is_held(self, hold: Any, opened: int, most: int) -> None:
        events = _invoked(hold, calls=((0, 2), (3, 2)))
        found = [event.open for event in events if event.kind == "ConnectionOpened"]
        assert (len(found), max(found)) == (opened, most)
        ended = [event for event in events if event.kind == "InvocationEnded"]
        assert {(event.status, event.duration) for event in ended[2:]} == {
            ("success", 1_005_000 if hold == "environment" else 1_035_000)
        }

    def test_one_call_too_many(self) -> None:
        ended = [e for e in _invoked("call", calls=((0, 3),)) if e.kind == "InvocationEnded"]
        failed = [event for event in ended if event.status == "error"]
        assert [event.error.error_message for event in failed] == ["(1040, 'Too many connections')"]
        assert [event.duration for event in failed] == [2_000]


def _invoked(hold: Any, calls: tuple[tuple[int, int], ...]) -> list[Any]:
    """Invoke a modelled function of one second so often at each of some moments."""
    events: list[Any] = []
    model = specs.Modelled((1_000, 1_000), database=DatabaseUse(DIRECT, hold))
    spec = specs.FunctionSpec("Fn", "fn", "", "", Path(), modelled=model)

    async def work() -> None:
        account = Account(seed=1, start=START, region="us-east-1", model=EXACT, emit=events.append)
        endpoint, databases = AwsEndpoint(account), Databases(account, [SHOP])
        service = LambdaService(
            World(account, Zygote(), Path(), endpoint, databases, lambda: 0.0), [spec]
        )
        for at, count in calls:
            await asyncio.sleep(at - clock.now_us() / SECOND)
            await asyncio.gather(
                *(service.invoker.invoke("fn", "{}", source="client") for _ in range(count))
            )
        service.fleet.shut_down()
        await account.close()

    run(work())
    return events


HANDLER = """
import os
from datetime import date
from decimal import Decimal
import pymysql

connection = pymysql.connect(host=os.environ["DB"], user="me", password="-", charset="utf8mb4")
calls = 0

def refused(kind, work):
    try:
        work()
    except kind as error:
        return str(error)
    raise AssertionError(kind)

def handler(event, context):
    global calls
    calls += 1
    match event["do"]:
        case "query":
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO t VALUES (%s, %s)", (calls, "50 %"))
                cursor.execute("SELECT n, s FROM t WHERE s LIKE %(like)s AND '%%' = '%%'", {"like": "50%"})
                first, rest = cursor.fetchone(), list(cursor)
                cursor.executemany("SELECT %s AS x", [Decimal("1.5"), date(2026, 1, 5)])
                assert cursor.fetchall() == [("2026-01-05",)] and cursor.description[0][0] == "x"
                many = refused(TypeError, lambda: cursor.execute("SELECT %s", (1, 2)))
                few = refused(TypeError, lambda: cursor.execute("SELECT %s, %s", (1,)))
            connection.commit()
            wrong = refused(pymysql.ProgrammingError, lambda: connection.cursor().execute("SELEC"))
            back = refused(pymysql.NotSupportedError, connection.rollback)
            return [first, rest, many, few, wrong, back]
        case "dict":
            with pymysql.connect(host=os.environ["DB"], cursorclass=pymysql.cursors.DictCursor) as other:
                cursor = other.cursor()
                cursor.execute("SELECT count(*) AS n FROM t")
                one = cursor.fetchone()
            return [one, refused(pymysql.InterfaceError, lambda: cursor.execute("SELECT 1"))]
        case "many":
            return refused(
                pymysql.err.OperationalError,
                lambda: [pymysql.connect(host=os.environ["DB"]) for _ in range(3)],
            )
        case "later":
            lost = refused(pymysql.OperationalError, lambda: connection.cursor().execute("SELECT 1"))
            connection.ping(reconnect=True)
            return lost
        case "crash":
            os._exit(1)
"""


class TestHandlers:
    def test_a_driver_a_handler_knows(self, bench: Bench) -> None:
        """Connections outlive calls, end with the process, and are left behind by what is reaped."""
        bench.resource(
            "Shop", "AWS::RDS::DBInstance", Engine="mysql", DBParameterGroupName={"Ref": "Limits"}
        )
        bench.resource(
            "Limits", "AWS::RDS::DBParameterGroup", Family="mysql8.4",
            Parameters={"max_connections": "3", "wait_timeout": 900},
        )  # fmt: skip
        bench.resource("Quiet", "AWS::RDS::DBSubnetGroup")
        host = {"Fn::GetAtt": ["Shop", "Endpoint.Address"]}
        bench.function("Fn", HANDLER, Environment={"Variables": {"DB": host}})
        document = json.loads(bench.template.read_text())
        document["Resources"]["Shop"]["Metadata"] = {"Warmstart": {"schema": "shop.sql"}}
        bench.template.write_text(json.dumps(document))
        bench.template.with_name("shop.sql").write_text("CREATE TABLE t (n INTEGER, s TEXT)")
        steps = [(1, "query"), (2, "query"), (3, "dict"), (4, "many"), (5, "crash"), (6, "dict"),
                 (20 * 60, "query"), (20 * 60 + 16 * 60, "query")]  # fmt: skip
        calls = [Call(at * SECOND, "Fn", json.dumps({"do": do})) for at, do in steps]
        result = bench.run(calls, until=60 * 60 * SECOND)
        answers = [json.loads(outcome.payload) for outcome in result.outcomes]
        told = [
            "not all arguments converted during string formatting",
            "not enough arguments for format string",
            "(1064, 'near \"SELEC\": syntax error')",
            "Statements take effect at once here: there are no transactions to roll back",
        ]
        assert answers[:4] == [
            [[1, "50 %"], [], *told],
            [[1, "50 %"], [[2, "50 %"]], *told],
            [{"n": 2}, "(0, '')"],
            "(1040, 'Too many connections')",
        ]
        assert answers[4]["errorType"] == "Runtime.ExitError"
        assert answers[5][0] == {"n": 2}
        assert answers[6][0] == [1, "50 %"]
        closed = [
            (event.at // (60 * SECOND), event.environment if "Env" in event.kind else event.reason)
            for event in events_of(result, "ConnectionClosed", "EnvironmentShutdown")
        ]
        assert [reason for _, reason in closed if reason != "closed"] == [
            *["process-ended"] * 3, "Fn/1", "timeout", "Fn/2", "timeout", "Fn/3", "timeout",
        ]  # fmt: skip
        assert len(events_of(result, "ConnectionAbandoned")) == 3


CONNECTED = """
import os, threading, pymysql
cursor = pymysql.connect(host=os.environ["DB"]).cursor()
def handler(event, context):
    cursor.execute("SELECT 1")
    found = []
    def ask():
        try:
            cursor.execute("SELECT 2")
        except pymysql.NotSupportedError as error:
            found.append(str(error))
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found
"""


class TestElsewhere:
    def test_threads_and_snapshots_have_no_connection(self, bench: Bench) -> None:
        """What a snapshot has connected, nobody who is restored from it has; threads may not ask."""
        bench.resource(
            "Shop", "AWS::RDS::DBInstance", Engine="mysql", DBParameterGroupName={"Ref": "Limits"}
        )
        bench.resource("Limits", "AWS::RDS::DBParameterGroup", Parameters={"max_connections": "3"})
        host = {"Fn::GetAtt": ["Shop", "Endpoint.Address"]}
        costs = {"imports": {"pymysql": 40}, "calls": {"pymysql.cursors.Cursor.execute": 5}}
        variables = {"Environment": {"Variables": {"DB": host}}, "metadata": costs}
        bench.function("Plain", CONNECTED, **variables)
        snap = {"SnapStart": {"ApplyOn": "PublishedVersions"}, "AutoPublishAlias": "live"}
        bench.function("Snap", CONNECTED, **variables, **snap)
        result = bench.run([Call(0, "Plain"), Call(0, "Snap:live")])
        plain, restored = (json.loads(outcome.payload) for outcome in result.outcomes)
        assert plain == ["Databases answer a handler's main thread alone here"]
        assert restored["errorMessage"] == "(2013, 'Lost connection to MySQL server during query')"
        charged = {event.name for event in events_of(result, "CpuCharged")}
        assert {"pymysql", "pymysql.cursors.Cursor.execute"} <= charged
        assert not events_of(result, "CostNotFound")


RESOURCES: dict[str, Any] = {
    "Fn": {"Type": "AWS::Serverless::Function", "Properties": {
        "Handler": "a.b", "Runtime": "python3.13", "CodeUri": "."}},
    "Db": {"Type": "AWS::RDS::DBInstance",
           "Properties": {"Engine": "mariadb", "DBParameterGroupName": "Limits"}},
    "Limits": {"Type": "AWS::RDS::DBParameterGroup",
               "Properties": {"Parameters": {"max_connections": 7}}},
    "Pool": {"Type": "AWS::RDS::DBProxy", "Properties": {"EngineFamily": "MYSQL"}},
    "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": {
        "DBProxyName": "Pool", "TargetGroupName": "default", "DBInstanceIdentifiers": ["Db"]}},
}  # fmt: skip


class TestTemplate:
    def read(self, folder: Path, change: dict[str, Any] | None = None) -> Any:
        found = json.loads(json.dumps(RESOURCES))
        for place, value in (change or {}).items():
            *steps, last = place.split(".")
            inner = found
            for step in steps:
                inner = inner.setdefault(step, {})
            inner[last] = value
            if value is None:
                del inner[last]
        path = folder / "template.yaml"
        document = {"Transform": "AWS::Serverless-2016-10-31", "Resources": found}
        path.write_text(json.dumps(document, indent=1))
        return load(path)

    def test_what_they_become(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, {
            "Fn.Properties.Environment": {"Variables": {
                "DIRECT": {"Fn::GetAtt": ["Db", "Endpoint.Address"]},
                "PROXY": {"Fn::GetAtt": ["Pool", "Endpoint"]},
                "SECRET": {"Fn::GetAtt": ["Db", "MasterUserSecret.SecretArn"]},
            }},
            "Targets.Properties.ConnectionPoolConfigurationInfo": {"MaxConnectionsPercent": 60},
        })  # fmt: skip
        assert found.all(DatabaseSpec) == [DatabaseSpec("Db", "Db", 7)]
        assert found.all(DatabaseProxySpec) == [
            DatabaseProxySpec("Pool", "Pool", "Db", max_connections_percent=60, max_idle_percent=30)
        ]
        assert found.functions["Fn"].environment == {
            "DIRECT": "db.123456789012.us-east-1.rds.amazonaws.com",
            "PROXY": "pool.proxy-123456789012.us-east-1.rds.amazonaws.com",
            "SECRET": "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-db",
        }

    @pytest.mark.parametrize(
        ("place", "value", "told"),
        [
            ("Db.Properties.Engine", "postgres", "Engine is 'postgres', and must be mysql or mariadb"),
            ("Db.Properties.Iops", 3, "has Iops, which is not supported"),
            ("Db.Properties.DBParameterGroupName", None, "Db has no max_connections"),
            ("Db.Properties.DBParameterGroupName", "Other", "no parameter group 'Other'"),
            ("Limits.Properties.Parameters", {}, "lack max_connections"),
            ("Limits.Properties.Parameters.max_connections", "{x}", "must be a whole number"),
            ("Limits.Properties.Parameters.max_connections", 0, "must be 1 to 100000"),
            ("Db.Metadata", {"Warmstart": {"schema": "no.sql"}}, "no.sql cannot be read"),
            ("Db.Metadata", {"Warmstart": {"schema": "template.yaml"}}, "template.yaml is not right"),
            ("Db.Metadata", {"Warmstart": {"query": 1}}, "has query, which is not supported"),
            ("Targets", {"Type": "AWS::SQS::Queue"}, "Pool has no target"),
            ("Pool", {"Type": "AWS::SQS::Queue"}, "no proxy 'Pool'"),
            ("Targets.Properties.DBInstanceIdentifiers", ["Db", "Db"], "a list of one DBInstance"),
            ("Pool.Properties.EngineFamily", "POSTGRESQL", "must be MYSQL"),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, tmp_path: Path, place: str, value: Any, told: str) -> None:
        with pytest.raises(TemplateError) as caught:
            self.read(tmp_path, {place: value})
        assert told in caught.value.message
        assert caught.value.line
