"""Execution environments over a run: reuse, growth, loss, limits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runtime.conftest import SECOND, events_of, log_of
from warmstart.errors import RunError
from warmstart.runtime.launch import Call
from warmstart.runtime.model import Model

if TYPE_CHECKING:
    from runtime.conftest import Bench

COUNTER = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\n"
SLEEPER = "import time\ndef handler(event, context):\n    time.sleep(event['s'])\n"


class TestReuse:
    def test_a_second_call_is_warm_and_finds_the_module_as_it_left_it(self, bench: Bench) -> None:
        bench.function("Count", COUNTER)
        result = bench.run([Call(0, "Count"), Call(SECOND, "Count"), Call(2 * SECOND, "Count")])
        assert [outcome.payload for outcome in result.outcomes] == ["1", "2", "3"]
        started = events_of(result, "InvocationStarted")
        assert [event.cold for event in started] == [True, False, False]
        assert {event.environment for event in started} == {"Count/1"}
        reports = [line for line in log_of(result, "Count/1") if line.startswith("REPORT")]
        assert ["Init Duration" in line for line in reports] == [True, False, False]

    def test_a_burst_needs_an_environment_a_call_and_the_last_used_is_used_first(
        self, bench: Bench
    ) -> None:
        bench.function("Sleep", SLEEPER)
        calls = [Call(0, "Sleep", json.dumps({"s": seconds})) for seconds in (1, 3, 2)]
        calls += [Call(10 * SECOND, "Sleep", '{"s": 0}')]
        result = bench.run(calls)
        environments = [event.environment for event in events_of(result, "InvocationStarted")]
        assert sorted(environments[:3]) == ["Sleep/1", "Sleep/2", "Sleep/3"]
        assert environments[3] == "Sleep/2"  # The one with 3 s ended last.

    def test_an_idle_environment_is_lost_and_so_is_what_it_knew(self, bench: Bench) -> None:
        bench.function("Count", COUNTER)
        result = bench.run([Call(0, "Count"), Call(700 * SECOND, "Count")])
        (ended, *_) = events_of(result, "InvocationEnded")
        (idle, last) = events_of(result, "EnvironmentShutdown")
        assert (idle.environment, idle.reason) == ("Count/1", "idle")
        assert 300 * SECOND <= idle.at - ended.at <= 600 * SECOND
        assert (last.environment, last.reason) == ("Count/2", "run-ended")
        assert [outcome.payload for outcome in result.outcomes] == ["1", "1"]

    def test_tmp_lives_as_long_as_its_environment(self, bench: Bench) -> None:
        bench.function(
            "Keep",
            "import os, pathlib\n"
            "def handler(event, context):\n"
            "    path = pathlib.Path('/tmp/kept')\n"
            "    seen = path.exists()\n"
            "    path.write_text('x')\n"
            "    if event.get('die'): os._exit(1)\n"
            "    return [seen, os.listdir('/tmp')]\n",
        )
        result = bench.run(
            [
                Call(0, "Keep", '{"die": 1}'),
                Call(5 * SECOND, "Keep"),  # After a crash: the same environment, INIT again.
                Call(900 * SECOND, "Keep"),
            ]
        )
        assert [outcome.payload for outcome in result.outcomes[1:]] == [
            '[true, ["kept"]]',
            '[false, ["kept"]]',
        ]


class TestLimits:
    def test_reserved_concurrency_is_a_ceiling_and_zero_stops_everything(
        self, bench: Bench
    ) -> None:
        bench.function("Two", SLEEPER, ReservedConcurrentExecutions=2)
        bench.function("None", SLEEPER, ReservedConcurrentExecutions=0)
        calls = [Call(0, name, '{"s": 1}') for name in ("Two", "Two", "Two", "None")]
        result = bench.run([*calls, Call(9 * SECOND, "Two", '{"s": 1}')])
        assert [outcome.status_code for outcome in result.outcomes] == [200, 200, 429, 429, 200]
        throttled = events_of(result, "InvocationThrottled")
        reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert [event.reason for event in throttled] == [reason, reason]
        assert json.loads(result.outcomes[2].payload) == {
            "Reason": reason,
            "Type": "User",
            "message": "Rate Exceeded.",
        }

    def test_the_accounts_pool_is_shared_by_those_without_a_reservation(self, bench: Bench) -> None:
        bench.function("A", SLEEPER)
        bench.function("B", SLEEPER)
        bench.function("Own", SLEEPER, ReservedConcurrentExecutions=1)
        model = replace(Model(), account_concurrency=4, min_unreserved_concurrency=1)
        calls = [Call(0, name, '{"s": 1}') for name in ("A", "A", "B", "B", "Own")]
        result = bench.run(calls, model=model)
        assert [outcome.status_code for outcome in result.outcomes] == [200, 200, 200, 429, 200]
        (throttled,) = events_of(result, "InvocationThrottled")
        assert throttled.reason == "ConcurrentInvocationLimitExceeded"

    def test_reservations_must_leave_a_hundred(self, bench: Bench) -> None:
        bench.function("Greedy", SLEEPER, ReservedConcurrentExecutions=901)
        with pytest.raises(RunError, match="100 must stay unreserved"):
            bench.run([Call(0, "Greedy")])

    def test_scaling_is_refilled_continuously_and_not_saved_up(self, bench: Bench) -> None:
        """Two environments per 10 s: two at once, a third 5 s later, and never three at once."""
        bench.function("Sleep", SLEEPER, Timeout=300)
        model = replace(Model(), scaling_environments=2)
        at = [0, 0, 0, 4, 5, 100, 100, 100]
        calls = [Call(second * SECOND, "Sleep", '{"s": 200}') for second in at]
        codes = [outcome.status_code for outcome in bench.run(calls, model=model).outcomes]
        assert codes == [200, 200, 429, 429, 200, 200, 200, 429]

    def test_a_run_takes_no_more_of_this_machine_than_it_may(self, bench: Bench) -> None:
        bench.function("Sleep", SLEEPER)
        calls = [Call(0, "Sleep", '{"s": 1}')] * 4
        with pytest.raises(RunError, match="more than 3 execution environments at once"):
            bench.run(calls, model=replace(Model(), max_environments=3))


class TestCosts:
    def test_an_import_in_the_handler_is_charged_there_and_at_less_cpu(self, bench: Bench) -> None:
        """The lesson of the first lab: the same import, in INIT and in the handler."""
        for name, code in (
            ("Outside", "import heavy\ndef handler(event, context): pass\n"),
            ("Inside", "def handler(event, context):\n    import heavy\n"),
        ):
            bench.function(
                name, code, metadata={"imports": {"heavy": 400}, "handler_ms": 0}, MemorySize=884
            )
            (bench.root / name.lower() / "heavy.py").write_text("")
        calls = [Call(at, name) for name in ("Outside", "Inside") for at in (0, 9 * SECOND)]
        result = bench.run(calls)
        charged = [
            (event.environment, event.phase, event.cost, event.charged)
            for event in events_of(result, "CpuCharged")
            if event.cause == "import"
        ]
        assert sorted(charged) == [
            ("Inside/1", "invoke", 400_000, 800_452),
            ("Outside/1", "init", 400_000, 400_000),
        ]
        durations = {
            (event.environment, event.init_duration is not None): event.duration
            for event in events_of(result, "InvocationEnded")
        }
        assert durations == {
            ("Outside/1", True): 0,
            ("Outside/1", False): 0,
            ("Inside/1", True): 800_452,
            ("Inside/1", False): 0,
        }

    def test_of_an_init_inside_an_invocation_the_code_alone_gets_the_memorys_share(
        self, bench: Bench
    ) -> None:
        bench.function(
            "Small", "import heavy, nothing", metadata={"imports": {"heavy": 40}}, MemorySize=128
        )
        (bench.root / "small" / "heavy.py").write_text("")
        result = bench.run([Call(0, "Small")])
        assert json.loads(result.outcomes[0].payload)["errorType"] == "Runtime.ImportModuleError"
        charged = [
            (event.phase, event.cause, event.charged / event.cost)
            for event in events_of(result, "CpuCharged")
        ]
        assert [(phase, cause, round(share)) for phase, cause, share in charged] == [
            ("init", "runtime", 1), ("init", "package", 1), ("init", "import", 1),
            ("invoke", "runtime", 1), ("invoke", "package", 1), ("invoke", "import", 14),
        ]  # fmt: skip

    def test_a_declared_call_is_charged_each_time_also_of_a_method_and_a_stock_module(
        self, bench: Bench
    ) -> None:
        bench.function(
            "Render",
            "import json\n"
            "class Page:\n"
            "    def draw(self): return 1\n"
            "def render(): return Page().draw()\n"
            "def handler(event, context):\n"
            "    render(); render(); return json.dumps([1])\n",
            metadata={
                "calls": {"app.render": 80, "app.Page.draw": 5, "json.dumps": 7},
                "imports": {"json": 11},
                "handler_ms": 0,
            },
        )
        result = bench.run([Call(0, "Render")])
        assert result.outcomes[0].payload == '"[1]"'
        assert [
            (event.cause, event.name, event.charged)
            for event in events_of(result, "CpuCharged")
            if event.cause in {"import", "call"}
        ] == [
            ("import", "json", 11_000),
            ("call", "app.render", 80_000),
            ("call", "app.Page.draw", 5_000),
            ("call", "app.render", 80_000),
            ("call", "app.Page.draw", 5_000),
            ("call", "json.dumps", 7_000),
        ]
        (ended,) = events_of(result, "InvocationEnded")
        assert ended.duration == 177_000

    def test_static_and_class_methods_are_charged_and_stay_what_they_are(
        self, bench: Bench
    ) -> None:
        bench.function(
            "Cart",
            "from app_cart import Cart\n"
            "def handler(event, context):\n"
            "    cart = Cart()\n"
            "    return [cart.total(2), Cart.total(3), cart.make(), Cart.make(), cart.size('abc'),\n"
            "            cart.both(4)]\n",
            metadata={
                "calls": {f"app_cart.Cart.{name}": 1 for name in ("total", "make", "size", "both")},
                "handler_ms": 0,
            },
        )
        (bench.root / "cart" / "app_cart.py").write_text(
            "class Base:\n"
            "    def both(self, a): return a\n"
            "class Cart(Base):\n"
            "    @staticmethod\n"
            "    def total(a): return a\n"
            "    @classmethod\n"
            "    def make(cls): return cls.__name__\n"
            "    size = len\n"
        )
        result = bench.run([Call(0, "Cart")])
        assert result.outcomes[0].payload == '[2, 3, "Cart", "Cart", 3, 4]'
        calls = [event.name for event in events_of(result, "CpuCharged") if event.cause == "call"]
        methods = ["total", "total", "make", "make", "size", "both"]
        assert calls == [f"app_cart.Cart.{name}" for name in methods]
        assert events_of(result, "CostNotFound") == []

    def test_a_function_of_a_package_s_module_is_charged_once(self, bench: Bench) -> None:
        metadata = {"calls": {"lib.pdf.draw": 1}, "handler_ms": 0}
        code = "import lib\ndef handler(event, context):\n    return lib.pdf.draw()\n"
        bench.function("Draw", code, metadata=metadata)
        package = bench.root / "draw" / "lib"
        package.mkdir()
        (package / "__init__.py").write_text("from lib import pdf\n")
        (package / "pdf.py").write_text("def draw(): return 1\n")
        charged = events_of(bench.run([Call(0, "Draw")]), "CpuCharged")
        assert [event.name for event in charged if event.cause == "call"] == ["lib.pdf.draw"]

    def test_a_declared_cost_that_is_nobodys_is_told_once(self, bench: Bench) -> None:
        bench.function(
            "Slip",
            "class Page: pass\n"
            "def render(): pass\n"
            "def handler(event, context):\n"
            "    if event.get('late'): import late\n",
            metadata={
                "calls": {
                    "app.rendr": 1, "app.Page": 1, "app.Page.draw": 1, "app.render": 1,
                    "ap.render": 1, "late.nothing": 1, "never.imported": 1,
                    "datetime.datetime.now": 1,
                },
                "imports": {"reportlob": 1, "json.encodr": 1, "never": 1, "csv": 1},
            },
        )  # fmt: skip
        for name in ("late", "never"):
            (bench.root / "slip" / f"{name}.py").write_text("")
        late = '{"late": 1}'
        result = bench.run([Call(0, "Slip"), Call(0, "Slip"), Call(9 * SECOND, "Slip", late)])
        told = events_of(result, "CostNotFound")
        assert {(event.cause, event.name): event.reason for event in told} == {
            ("import", "reportlob"): "There is no module reportlob.",
            ("import", "json.encodr"): "There is no module json.encodr.",
            ("call", "app.rendr"): "app has no rendr.",
            ("call", "app.Page"): "app.Page is a class: name what is called, "
            "such as app.Page.__init__.",
            ("call", "app.Page.draw"): "app.Page has no draw.",
            ("call", "ap.render"): "There is no module ap.",
            ("call", "late.nothing"): "late has no nothing.",
        }
        assert len(told) == 7

    def test_profile_package_and_vpc_make_init_longer(self, bench: Bench) -> None:
        bench.function("Java", COUNTER, metadata={"profile": "java", "package_mb": 50})
        bench.function("Vpc", COUNTER, VpcConfig={"SubnetIds": ["a"]})
        result = bench.run([Call(0, "Java"), Call(0, "Vpc")])
        causes = {
            (event.environment, event.cause): event.charged
            for event in events_of(result, "CpuCharged")
        }
        assert 3 * SECOND <= causes["Java/1", "runtime"] <= 10 * SECOND
        assert causes["Java/1", "package"] == 200_000
        assert 0 < causes["Vpc/1", "vpc"] <= 100_000
