"""Figures, by hand and by rule."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.labs.figures import (
    FIGURES,
    Figure,
    Figures,
    compare,
    dollars,
    figure_of,
    figures_of,
    latencies,
    percentile,
    value_of,
)

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker

S = 1_000_000
MS = 1_000

PLAIN = Figures(
    invocations=40, cold=6, p50_ms=80.0, p90_ms=900.0, p99_ms=1_000.0, max_ms=1_000.0,
    environments=5, throttles=0, errors=0, timeouts=0, billed_ms=9_000, usd=0.00009,
)  # fmt: skip


class TestPercentile:
    @pytest.mark.parametrize(
        ("percent", "value"), [(0, 15), (5, 15), (30, 20), (40, 20), (50, 35), (100, 50)]
    )
    def test_the_textbook_example(self, percent: float, value: float) -> None:
        """Nearest-rank percentiles of five values, worked by hand."""
        assert percentile([15, 20, 35, 40, 50], percent) == value

    def test_of_nothing(self) -> None:
        assert percentile([], 99) == 0

    @given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 100))
    def test_is_the_smallest_value_that_enough_do_not_exceed(
        self, values: list[float], percent: float
    ) -> None:
        ordered = sorted(values)
        found = percentile(ordered, percent)
        rank = math.ceil(percent / 100 * len(ordered))
        assert sum(value <= found for value in ordered) >= rank
        assert sum(value < found for value in ordered) < rank


class TestFigures:
    def test_a_run_by_hand(self, maker: TraceMaker) -> None:
        maker.call(0, 100 * MS, init=400 * MS)
        maker.call(1 * S, 80 * MS)
        maker.call(2 * S, 90 * MS, status="error")
        maker.call(2 * S, 3 * S, "Fn/2", init=500 * MS, status="timeout")
        maker.throttle(3 * S)
        maker.reject(4 * S)
        maker.shutdown(60 * S)
        maker.call(70 * S, 60 * MS, "Fn/3", init=400 * MS)
        figures = figures_of(maker.trace())
        assert figures == Figures(
            invocations=5, cold=3, p50_ms=460.0, p90_ms=3_500.0, p99_ms=3_500.0, max_ms=3_500.0,
            environments=2, throttles=1, errors=2, timeouts=1, billed_ms=4_630, usd=figures.usd,
        )  # fmt: skip
        # 4.630 s at half a GB, and five requests.
        assert figures.usd == pytest.approx(4.63 / 2 * 0.0000166667 + 5 * 0.20 / 1e6)

    def test_of_one_function(self, maker: TraceMaker) -> None:
        maker.call(0, 100 * MS, init=400 * MS)
        maker.function = "Other"
        maker.call(1 * S, 80 * MS, "Other/1", init=300 * MS)
        maker.throttle(3 * S)
        trace = maker.trace()
        whole = figures_of(trace)
        assert value_of(trace, whole, "invocations") == 2
        assert value_of(trace, whole, "Other.max_ms") == 380
        assert value_of(trace, whole, "Other.throttles") == 1
        assert value_of(trace, whole, "Fn.throttles") == 0
        both = value_of(trace, whole, "Fn.usd") + value_of(trace, whole, "Other.usd")
        assert both == pytest.approx(whole.usd)
        assert figure_of("Other.p50_ms") == Figure("Other.p50_ms", "Other: p50", "ms")
        assert figure_of("Other.p51_ms") is None

    def test_what_a_caller_waits_for_includes_init(self, maker: TraceMaker) -> None:
        request = maker.call(10 * S, 100 * MS, init=400 * MS)
        assert latencies(maker.trace()) == {request: 500 * MS}

    def test_an_empty_run(self, maker: TraceMaker) -> None:
        figures = figures_of(maker.trace())
        assert {figure.name: figures.value(figure.name) for figure in FIGURES} == dict.fromkeys(
            (figure.name for figure in FIGURES), 0.0
        )
        shown = {figure.name: figures.show(figure) for figure in FIGURES}
        assert (shown["invocations"], shown["p50_ms"], shown["max_ms"]) == ("0", "–", "–")
        told = figures.to_json()
        assert (told["invocations"], told["p50_ms"], told["cold_percent"]) == (0, None, None)
        assert Figures.from_json(told) == figures

    def test_there_and_back_again_as_json(self) -> None:
        assert Figures.from_json(PLAIN.to_json()) == PLAIN
        with pytest.raises(KeyError):
            Figures.from_json({"cold": 1})


class TestCompare:
    def test_only_what_changed_is_said(self) -> None:
        after = replace(PLAIN, cold=3, p99_ms=2_800.0, usd=0.00003, p50_ms=80.4)
        assert compare(PLAIN, after) == [
            "Cold starts fell from 6 to 3.",
            "Share of cold starts fell from 15 % to 8 %.",
            "p99 rose from 1,000 ms to 2,800 ms (2.8 times).",
            "Bill fell from $0.0000900 to $0.0000300 (by 67%).",
        ]

    def test_the_same(self) -> None:
        assert compare(PLAIN, PLAIN) == []

    def test_what_no_call_had(self) -> None:
        """A latency of calls that never ended is none, and neither rises nor falls."""
        none = replace(PLAIN, invocations=0, p50_ms=0, p90_ms=0, p99_ms=0, max_ms=0)
        assert "p99 was 1,000 ms; now no call ends." in compare(PLAIN, none)
        assert "p99 is 1,000 ms; before, no call ended." in compare(none, PLAIN)

    def test_from_nothing(self) -> None:
        assert compare(PLAIN, replace(PLAIN, throttles=2)) == ["Throttled calls rose from 0 to 2."]


class TestDollars:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(0, "$0.00"), (0.0000881, "$0.0000881"), (0.5, "$0.500"), (12.5, "$12.50"),
         (1234.5, "$1,234.50")],
    )  # fmt: skip
    def test_three_digits_and_cents_at_least(self, value: float, text: str) -> None:
        assert dollars(value) == text
