"""A scenario's calls: when, of what, and always the same for a seed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import UsageError
from warmstart.labs.scenario import (
    AnyStep,
    Burst,
    Function,
    Http,
    Operation,
    Poisson,
    Regular,
    Scenario,
    arrivals,
    expand,
    settable,
)
from warmstart.runtime.calls import ApiCall, Call, HttpCall

if TYPE_CHECKING:
    from warmstart.labs.definition import Lab
    from warmstart.runtime.calls import AnyCall


def scenario(*steps: AnyStep, payloads: dict[str, Any] | None = None) -> Scenario:
    return Scenario(steps, payloads or {"p": {"n": "{n}", "deep": [{"x": "no. {n}"}], "k": 1}})


def burst(name: str = "b", at: int = 0, count: int = 1) -> Burst:
    return Burst(name, name, at, ("p",), Function("Fn"), "Client", count=count)


def poisson(per_minute: int = 600, lasting: int = 60_000_000) -> Poisson:
    return Poisson(
        "p", "p", 5, ("p",), Function("Fn"), "Client", per_minute=per_minute, lasting=lasting
    )


def invocations(calls: list[AnyCall]) -> list[Call]:
    return [call for call in calls if isinstance(call, Call)]


class TestExpand:
    def test_calls_come_in_order_of_time_and_ties_in_order_of_steps(self) -> None:
        regular = Regular("r", "r", 10, ("p",), Function("Other"), "Cron", count=3, every=10)
        calls = invocations(expand(scenario(regular, burst(at=20, count=2)), seed=1))
        assert [(call.at, call.function) for call in calls] == [
            (10, "Other"), (20, "Other"), (20, "Fn"), (20, "Fn"), (30, "Other"),
        ]  # fmt: skip
        assert {call.source for call in calls if call.function == "Other"} == {"Cron"}

    def test_payloads_take_turns_and_are_numbered_within_their_step(self) -> None:
        step = replace(burst(count=3), payloads=("a", "b"))
        payloads = {"a": {"n": "{n}"}, "b": ["{n}!", 2]}
        calls = invocations(expand(scenario(step, payloads=payloads), seed=1))
        assert [json.loads(call.payload) for call in calls] == [{"n": "1"}, ["2!", 2], {"n": "3"}]

    def test_a_number_reaches_texts_however_deep(self) -> None:
        (call,) = invocations(expand(scenario(burst()), seed=1))
        assert json.loads(call.payload) == {"n": "1", "deep": [{"x": "no. 1"}], "k": 1}

    def test_an_operation_takes_the_payload_as_its_parameters(self) -> None:
        step = replace(burst(), target=Operation("sqs", "SendMessage"))
        payload = {"QueueUrl": "${Orders}", "MessageBody": {"order": "{n}"}}
        (call,) = expand(scenario(step, payloads={"p": payload}), seed=1)
        expected = {"QueueUrl": "${Orders}", "MessageBody": {"order": "1"}}
        assert call == ApiCall(0, "sqs", "SendMessage", expected, "Client")

    def test_a_request_is_made_of_its_parts(self) -> None:
        step = replace(burst(), target=Http("Shop"))
        payload = {
            "method": "POST", "path": "/orders/{n}", "query": {"page": 2}, "headers": {"x-no": 7},
            "body": {"tea": 1},
        }  # fmt: skip
        (call,) = expand(scenario(step, payloads={"p": payload}), seed=1)
        assert call == HttpCall(
            0, "Shop", "POST", "/orders/1", [("page", "2")],
            {"x-no": "7", "content-type": "application/json"}, '{"tea": 1}', "Client",
        )  # fmt: skip
        (bare,) = expand(scenario(step, payloads={"p": {}}), seed=1)
        assert bare == HttpCall(0, "Shop", query=[], source="Client")

    def test_too_many_calls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("warmstart.labs.scenario.CALL_LIMIT", 100)
        with pytest.raises(UsageError, match=r"more than 100 calls.*step b"):
            expand(scenario(burst(count=10**9)), seed=1)

    def test_the_bundled_lab_makes_forty_calls(self, cold_start: Lab) -> None:
        assert len(expand(cold_start.scenario, cold_start.seed)) == 40


class TestPoisson:
    def test_the_seed_decides(self) -> None:
        assert list(arrivals(poisson(), 1)) == list(arrivals(poisson(), 1))
        assert list(arrivals(poisson(), 1)) != list(arrivals(poisson(), 2))

    def test_pinned(self) -> None:
        """The draws must not change between Python versions: a lab's figures hang on them."""
        assert list(arrivals(poisson(per_minute=4), 7)) == [2922562, 37233747, 42062056]

    @given(seed=st.integers(0, 2**32), per_minute=st.integers(1, 2_000))
    def test_arrivals_are_ordered_and_within_the_step(self, seed: int, per_minute: int) -> None:
        times = list(arrivals(poisson(per_minute, 10_000_000), seed))
        assert times == sorted(times)
        assert all(5 <= at <= 10_000_005 for at in times)

    def test_the_mean_is_the_rate(self) -> None:
        counts = [len(list(arrivals(poisson(600), seed))) for seed in range(50)]
        assert 570 < sum(counts) / len(counts) < 630


class TestSettings:
    def test_a_knob_changes_a_number(self) -> None:
        changed = scenario(burst(), burst("other")).with_settings({"b.count": 7, "other.at": 5})
        assert [(step.at, len(list(arrivals(step, 1)))) for step in changed.steps] == [
            (0, 7), (5, 1),
        ]  # fmt: skip

    def test_what_can_be_set(self) -> None:
        assert settable(burst()) == ["at", "count"]
        assert settable(poisson()) == ["at", "per_minute", "lasting"]

    @pytest.mark.parametrize("target", ["b.name", "b.cuont", "c.count", "b"])
    def test_what_is_not_there(self, target: str) -> None:
        with pytest.raises(KeyError):
            scenario(burst()).with_settings({target: 1})
