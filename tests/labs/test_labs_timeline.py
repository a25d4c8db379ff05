"""Folding long idle stretches, and the cells of the axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.labs.timeline import Axis, Gap, Timeline, clock, find_gaps, stopwatch

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker

S = 1_000_000


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    cuts = sorted(draw(st.lists(st.integers(0, 10**10), min_size=2, max_size=9, unique=True)))
    gaps = tuple(Gap(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False))
    return Timeline(cuts[-1] + draw(st.integers(1, 10**9)), gaps)


class TestFindGaps:
    def test_a_long_stretch_without_work_is_a_gap_with_margins(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        maker.call(100 * S, S)
        assert find_gaps(maker.trace()) == (Gap(4 * S, 98 * S),)

    def test_short_stretches_are_left_alone(self, maker: TraceMaker) -> None:
        for at in range(0, 100, 20):
            maker.call(at * S, S)
        assert find_gaps(maker.trace()) == ()

    def test_a_long_invocation_is_no_gap(self, maker: TraceMaker) -> None:
        maker.call(0, 800 * S, init=S)
        maker.call(100 * S, S, "Fn/2", init=S)
        assert find_gaps(maker.trace()) == ()

    def test_idling_after_the_last_call_folds_to_the_end(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        maker.shutdown(402 * S)
        assert find_gaps(maker.trace()) == (Gap(4 * S, 402 * S),)

    def test_a_throttled_call_is_work_of_a_moment(self, maker: TraceMaker) -> None:
        maker.call(0, S, init=S)
        maker.throttle(50 * S)
        maker.call(100 * S, S)
        assert find_gaps(maker.trace()) == (Gap(4 * S, 48 * S), Gap(52 * S, 98 * S))

    def test_an_empty_run(self, maker: TraceMaker) -> None:
        assert find_gaps(maker.trace()) == ()


class TestTimeline:
    def test_without_gaps_shown_time_is_virtual_time(self) -> None:
        timeline = Timeline(10 * S)
        assert timeline.length == 10 * S
        assert timeline.shown(3 * S) == 3 * S
        assert timeline.moment(3.0 * S) == 3 * S

    def test_a_gap_is_short(self) -> None:
        timeline = Timeline(1_040 * S, (Gap(20 * S, 1_020 * S),))
        assert timeline.length == pytest.approx(40 * S * 1.06)
        assert timeline.shown(20 * S) == 20 * S
        assert timeline.shown(1_040 * S) == timeline.length
        assert timeline.in_gap(500 * S) == Gap(20 * S, 1_020 * S)
        assert timeline.in_gap(1_020 * S) is None
        assert timeline.in_gap(19 * S) is None

    @given(timelines(), st.data())
    def test_there_and_back_again(self, timeline: Timeline, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, timeline.duration))
        assert abs(timeline.moment(timeline.shown(at)) - at) <= 1

    @given(timelines(), st.data())
    def test_later_is_never_shown_earlier(self, timeline: Timeline, data: st.DataObject) -> None:
        one, other = sorted(data.draw(st.tuples(*[st.integers(0, timeline.duration)] * 2)))
        assert timeline.shown(one) <= timeline.shown(other) <= timeline.length

    def test_outside_is_clamped(self) -> None:
        timeline = Timeline(10)
        assert (timeline.shown(-5), timeline.shown(99)) == (0, 10)
        assert (timeline.moment(-5), timeline.moment(99)) == (0, 10)


class TestAxis:
    @given(timelines(), st.integers(1, 200), st.data())
    def test_every_moment_falls_into_the_cell_whose_edges_hold_it(
        self, timeline: Timeline, width: int, data: st.DataObject
    ) -> None:
        axis = Axis(timeline, 0.0, timeline.length, width)
        assert axis.edges[0] == 0
        assert axis.edges[-1] == timeline.duration
        assert axis.edges == sorted(axis.edges)
        at = data.draw(st.integers(0, timeline.duration))
        cell = axis.cell(at)
        assert 0 <= cell < width
        assert axis.edges[cell] - 1 <= at <= axis.edges[cell + 1] + 1

    def test_outside_the_window(self) -> None:
        axis = Axis(Timeline(100 * S), 20.0 * S, 40.0 * S, 10)
        assert axis.cell(10 * S) < 0
        assert axis.cell(50 * S) >= 10
        assert axis.cell(20 * S) == 0

    def test_ticks_stand_on_round_times(self) -> None:
        axis = Axis(Timeline(60 * S), 0.0, 60.0 * S, 60)
        assert axis.ticks == [
            (0, "0s"), (10, "10s"), (20, "20s"), (30, "30s"), (40, "40s"), (50, "50s"),
        ]  # fmt: skip

    def test_ticks_of_a_zoomed_window_are_fine(self) -> None:
        axis = Axis(Timeline(60 * S), 25.0 * S, 26.0 * S, 60)
        assert [label for _, label in axis.ticks] == ["25s", "25.2s", "25.4s", "25.6s", "25.8s"]

    def test_ticks_go_on_after_a_gap(self) -> None:
        timeline = Timeline(960 * S, (Gap(44 * S, 940 * S),))
        axis = Axis(timeline, 0.0, timeline.length, 68)
        assert axis.ticks == [
            (0, "0s"), (10, "10s"), (20, "20s"), (30, "30s"), (40, "40s"),
            (47, "15:40"), (57, "15:50"),
        ]  # fmt: skip
        assert [cell for cell in range(68) if axis.folded[cell]] == [44, 45, 46, 47]

    def test_a_run_of_nothing(self) -> None:
        timeline = Timeline(0)
        axis = Axis(timeline, 0.0, timeline.length, 10)
        assert axis.ticks == [(0, "0s")]
        assert axis.cell(0) == 0


class TestClock:
    @pytest.mark.parametrize(
        ("at", "resolution", "text"),
        [(0, S, "0s"), (0, 1, "0s"), (45 * S, S, "45s"), (90 * S, S, "1:30"), (3_725 * S, S, "1:02:05"),
         (250_000, 1, "250ms"), (1_500, 1, "1.5ms"), (12_480_000, 1, "12.48s"),
         (90_500_000, 1, "1:30.5"), (727_047_999, 1, "12:07.047"), (1_999_999, 1, "1.999s")],
    )  # fmt: skip
    def test_clock(self, at: int, resolution: int, text: str) -> None:
        assert clock(at, resolution) == text

    def test_stopwatch(self) -> None:
        assert stopwatch(12_480_999) == "00:12.480"
        assert stopwatch(3_725 * S) == "1:02:05.000"
