"""The lab on a crowd, carried out for real: its figures, its checks, and what they can tell apart."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.labs.played import Played
from warmstart.labs.figures import figures_of
from warmstart.labs.log import entry_of
from warmstart.labs.stage import Stage
from warmstart.labs.views.nodes import Node
from warmstart.runtime import launch
from warmstart.runtime.calls import HttpCall
from warmstart.runtime.trace import (
    ConnectionAbandoned,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionRefused,
    EnvironmentCreated,
    EnvironmentShutdown,
    InvocationEnded,
    InvocationRequested,
    InvocationThrottled,
    Trace,
)

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.trace import TraceEvent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")

LATER = 900_000_000
"""When the crowd comes back."""
SOLVED = "reserved=80 connections=proxy"
CHECKS = {
    "limit": "check_the_database_keeps_to_its_limit",
    "room": "check_nobody_is_refused_while_there_is_room",
    "reason": "check_a_call_fails_only_where_it_got_no_connection",
    "ceiling": "check_a_function_is_throttled_only_at_its_ceiling",
}


@pytest.fixture(scope="module")
def crowd() -> Played:
    return Played("crowd")


@pytest.fixture(scope="module")
def first(crowd: Played) -> Trace:
    """The run as it comes: what a run in which the crowd comes back later has before that."""
    whole = crowd.run("again=yes").trace
    return Trace(whole.header, [event for event in whole if event.at < LATER])


@pytest.fixture
def events(first: Trace) -> list[TraceEvent]:
    """The same, to be doctored."""
    return list(first)


def count(trace: Trace, kind: type[TraceEvent]) -> int:
    return sum(isinstance(event, kind) for event in trace)


def opened(trace: Trace) -> list[ConnectionOpened]:
    """Return the connections of the database, not those of a proxy's clients."""
    return [
        event
        for event in trace
        if isinstance(event, ConnectionOpened) and event.database == "Database"
    ]


class TestNarrative:
    def test_the_tables(self, crowd: Played, first: Trace) -> None:
        assert list(crowd.table) == ["reserved=25", "as it comes", "reserved=80", SOLVED]
        for setting, cells in crowd.table.items():
            trace = first if setting == "as it comes" else crowd.run(setting).trace
            figures, connections = figures_of(trace), opened(trace)
            found = [
                figures.throttles, count(trace, ConnectionRefused),
                figures.invocations - figures.errors,
                max(event.open for event in connections), len(connections),
            ]  # fmt: skip
            assert cells == [str(figure) for figure in found], setting
            assert crowd.failing(trace) == {}, setting

    def test_the_first_run(self, crowd: Played, first: Trace) -> None:
        text, answers = crowd.text, crowd.functions
        assert f"{count(first, InvocationRequested)} calls in all" in text
        assert answers["throttled"](first) == "many"
        assert f"{answers['failed_percent'](first):.0f} of a hundred calls fail" in text
        assert f"in run 1: **{answers['working'](first):.1f}**" in text
        ended = [event for event in first if isinstance(event, InvocationEnded)]
        connected = {event.source for event in opened(first)}
        made = {event.environment for event in first if isinstance(event, EnvironmentCreated)}
        without = Counter(name.partition("/")[0] for name in made - connected)
        assert (len(made), without.total(), without["Search"]) == (120, 20, 16)
        bad = [event.duration for event in ended if event.status != "success"]
        good = sorted(event.duration for event in ended if event.status == "success")
        took = (sum(bad) / len(bad) / 1_000, good[len(good) // 2] / 1_000)
        assert "a call that fails takes {:.0f} ms, one that works {:.0f} ms".format(*took) in text
        served = {
            well: Counter(e.environment for e in ended if (e.status == "success") is well)
            for well in (True, False)
        }
        assert served[False].most_common(1) == [("Search/29", 67)]
        assert max(served[True].values()) == 5
        throttle = next(event for event in first if isinstance(event, InvocationThrottled))
        assert f"from {throttle.at / 1e6:.1f} s on" in text
        assert answers["first_throttle"](first) == throttle.at
        refusal = next(event for event in first if isinstance(event, ConnectionRefused))
        assert answers["first_refusal"](first) == refusal.at

    def test_a_proxy_serves_them_all(self, crowd: Played) -> None:
        run = crowd.run(SOLVED)
        assert f"Eleven were enough for {run.figures.environments} environments" in crowd.text
        assert f"there are {run.figures.environments} environments" in crowd.text
        assert crowd.functions["throttled"](run.trace) == "nobody"

    def test_the_crowd_that_comes_back(self, crowd: Played, first: Trace) -> None:
        """No environment is left, and a hundred connections are."""
        run = crowd.run("again=yes")
        ended = [
            event.status
            for event in run.trace
            if isinstance(event, InvocationEnded) and event.at >= LATER
        ]
        assert ended == ["error"] * 200
        assert run.passed
        assert count(first, EnvironmentShutdown) == count(first, EnvironmentCreated)
        assert count(first, ConnectionAbandoned) == 100
        assert count(first, ConnectionClosed) == 0

    def test_on_the_stage(self, first: Trace) -> None:
        """The database stands in the picture with its connections; the log says who got none."""
        stage = Stage(first)
        now = stage.topology.now(Node("database", "Database"), first.end)
        assert (now.count, now.errors) == (100, 146)
        failed = {fleet.function: fleet.at(first.end).failures for fleet in stage.fleets.all()}
        assert failed == {"Basket": 9, "Checkout": 20, "Browse": 17, "Search": 100}
        (metric,) = (m for m in stage.metrics.all() if m.name == "DatabaseConnections")
        assert (metric.statistic, metric.maximum(first.end)) == ("maximum", 100)
        refused = next(event for event in first if isinstance(event, ConnectionRefused))
        entry = entry_of(refused)
        assert entry is not None
        assert entry.text == f"{refused.source} refused (1040): 100 open"


class TestCode:
    def test_what_is_modelled_is_there_for_real(self, crowd: Played, tmp_path: Path) -> None:
        """On AWS nothing is modelled: each function finds its handler, and each holds connections."""
        shutil.copytree(crowd.lab.folder, tmp_path / "crowd")
        template = tmp_path / "crowd" / "template.yaml"
        text, modelled = re.subn(
            r"    Metadata:\n      Warmstart:\n        modelled:\n(          .*\n)+", "",
            template.read_text(encoding="utf-8"),
        )  # fmt: skip
        template.write_text(text, encoding="utf-8")
        assert modelled == 3
        body = json.dumps({"customer": "me", "article": "beans"})
        said = {"content-type": "application/json"}
        calls = [
            *(HttpCall(0, "Shop", "POST", "/basket", headers=said, body=body) for _ in range(2)),
            HttpCall(0, "Shop", path="/articles"),
            HttpCall(0, "Shop", path="/search", query=[("words", "Grind")]),
            HttpCall(
                0,
                "Shop",
                "POST",
                "/checkout",
                headers=said,
                body='{"customer": "me", "article": "tea"}',
            ),
        ]
        for hold in ("statement", "call"):
            result = launch.run(template, calls, seed=7, overrides={"Parameters.Hold": hold})
            beans = [{"name": "beans", "cents": 1490, "deliverable": True}]
            assert [(each.status_code, json.loads(each.payload)) for each in result.outcomes] == [
                (200, beans), (200, beans), (200, ["grinder", "filter", "beans"]),
                (200, ["grinder"]), (404, {"unknown": "tea"}),
            ]  # fmt: skip
            assert count(result.trace, ConnectionOpened) == 5
            closed = count(result.trace, ConnectionClosed)
            assert closed == 5


class TestChecksCanFail:
    def broken(self, crowd: Played, events: list[TraceEvent]) -> list[str]:
        names = {name: short for short, name in CHECKS.items()}
        return [names[name] for name in crowd.failing(events)]

    def test_each(self, crowd: Played, events: list[TraceEvent]) -> None:
        assert self.broken(crowd, events) == []
        for kind, change, check in (
            (ConnectionOpened, {"open": 101}, "limit"),
            (ConnectionRefused, {"open": 99}, "room"),
            (ConnectionRefused, {"request": "another"}, "reason"),
        ):
            at = next(n for n, event in enumerate(events) if isinstance(event, kind))
            changed = [*events[:at], replace(events[at], **change), *events[at + 1 :]]
            assert self.broken(crowd, changed) == [check]

    def test_throttled_below_the_ceiling(self, crowd: Played, events: list[TraceEvent]) -> None:
        first = next(event for event in events if isinstance(event, InvocationRequested))
        early = InvocationThrottled(first.at, first.request, first.function, "early")
        assert self.broken(crowd, [first, early, *events]) == ["ceiling"]


class TestChallenge:
    def test_no_limit_alone_meets_it(self, crowd: Played, first: Trace) -> None:
        def unmet(setting: str) -> list[str]:
            return sorted(crowd.unmet(crowd.run(setting).trace))

        assert unmet("reserved=25") == ["challenge_throttles"]
        assert unmet("reserved=80") == ["challenge_connections"]
        assert unmet(SOLVED) == []
        assert list(crowd.unmet(first).values()) == [
            "101 calls are throttled, and none should be.",
            "The database refuses 146 connections, and should refuse none.",
        ]
