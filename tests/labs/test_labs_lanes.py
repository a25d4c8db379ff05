"""Lanes: what every cell of the picture shows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.labs.lanes import Lane, Span, State, build_lanes, runs
from warmstart.labs.timeline import Axis, Gap, Timeline

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker

S = 1_000_000
MS = 1_000


def draw(lane: Lane, duration: int, width: int, gaps: tuple[Gap, ...] = ()) -> str:
    timeline = Timeline(duration, gaps)
    axis = Axis(timeline, 0.0, timeline.length, width)
    return "".join(state.shape for state in lane.cells(axis))


class TestPictures:
    def test_one_environment_from_cold_to_reaped(self, maker: TraceMaker) -> None:
        maker.call(2 * S, 3 * S, init=2 * S)
        maker.call(10 * S, 2 * S)
        maker.shutdown(15 * S)
        (lane,) = build_lanes(maker.trace(end=20 * S))
        assert draw(lane, 20 * S, 20) == "  ░░███───██───┤    "

    def test_what_is_shorter_than_a_cell_still_shows(self, maker: TraceMaker) -> None:
        maker.call(0, 2 * MS, init=3 * MS)
        maker.call(4 * S, 1)
        (lane,) = build_lanes(maker.trace(end=10 * S))
        assert draw(lane, 10 * S, 10) == "░───█─────"

    def test_init_beats_error_beats_running_beats_idling(self, maker: TraceMaker) -> None:
        maker.call(0, 100 * MS, init=100 * MS, status="error")
        maker.call(5 * S, 100 * MS, status="error")
        maker.call(5 * S + 200 * MS, 100 * MS)
        (lane,) = build_lanes(maker.trace(end=10 * S))
        assert draw(lane, 10 * S, 10) == "░────✗────"

    def test_timeouts_and_crashes(self, maker: TraceMaker) -> None:
        maker.call(0, 3 * S, init=1 * S, status="timeout")
        maker.call(6 * S, 1 * S, status="crash")
        (lane,) = build_lanes(maker.trace(end=10 * S))
        assert draw(lane, 10 * S, 10) == "░███T─█✗──"

    def test_throttles_have_a_lane_of_their_own(self, maker: TraceMaker) -> None:
        maker.call(0, 8 * S, init=1 * S)
        maker.throttle(3 * S)
        maker.reject(5 * S)
        lanes = build_lanes(maker.trace(end=10 * S))
        assert [lane.name for lane in lanes] == ["Fn/1", "Fn ×"]
        assert draw(lanes[1], 10 * S, 10) == "   × ✗    "

    def test_an_end_at_the_very_end_shows(self, maker: TraceMaker) -> None:
        maker.call(0, 1 * S, init=1 * S)
        maker.shutdown(10 * S)
        (lane,) = build_lanes(maker.trace())
        assert draw(lane, 10 * S, 10) == "░█───────┤"

    def test_an_environment_alive_when_the_run_ends_just_goes_on(self, maker: TraceMaker) -> None:
        maker.call(0, 1 * S, init=1 * S)
        maker.shutdown(10 * S, reason="run-ended")
        (lane,) = build_lanes(maker.trace())
        assert draw(lane, 10 * S, 10) == "░█────────"

    def test_a_fold_is_marked_where_the_environment_lives(self, maker: TraceMaker) -> None:
        maker.call(0, 1 * S, init=1 * S)
        maker.call(1_000 * S, 2 * S, "Fn/2", init=2 * S)
        maker.shutdown(500 * S)
        one, two = build_lanes(maker.trace(end=1_030 * S))
        gaps = (Gap(10 * S, 990 * S),)
        assert draw(one, 1_030 * S, 53, gaps) == "░█────────⋯┤" + " " * 41
        assert draw(two, 1_030 * S, 53, gaps) == " " * 23 + "░░██" + "─" * 26

    def test_init_again_inside_an_invocation(self, maker: TraceMaker) -> None:
        maker.call(0, 1 * S, init=1 * S, status="timeout")
        maker.reset(2 * S)
        maker.init(4 * S, 2 * S, request="r2", phase="invoke")
        maker.call(4 * S, 4 * S)
        (lane,) = build_lanes(maker.trace(end=10 * S))
        assert draw(lane, 10 * S, 10) == "░█T─░░██──"

    def test_a_failed_init_is_marked(self, maker: TraceMaker) -> None:
        maker.create(0)
        maker.init(0, 2 * S, status="timeout")
        (lane,) = build_lanes(maker.trace(end=5 * S))
        assert draw(lane, 5 * S, 5) == "░░T──"

    def test_what_a_cancelled_run_cut_off_is_drawn_to_its_end(self, maker: TraceMaker) -> None:
        maker.call(0, 20 * S, init=2 * S)
        maker.events = [event for event in maker.events if event.at <= 5 * S]
        (lane,) = build_lanes(maker.trace(status="cancelled", end=6 * S))
        assert draw(lane, 6 * S, 6) == "░░████"

    def test_a_zoomed_window(self, maker: TraceMaker) -> None:
        maker.call(2 * S, 3 * S, init=2 * S)
        (lane,) = build_lanes(maker.trace(end=20 * S))
        axis = Axis(Timeline(20 * S), 3.0 * S, 6.0 * S, 6)
        assert "".join(state.shape for state in lane.cells(axis)) == "░░████"


class TestLane:
    def test_spans(self, maker: TraceMaker) -> None:
        request = maker.call(2 * S, 3 * S, init=2 * S)
        (lane,) = build_lanes(maker.trace())
        assert lane.spans == [
            Span(State.INIT, 2 * S, 4 * S, request),
            Span(State.INVOKE, 4 * S, 7 * S, request),
        ]

    @pytest.mark.parametrize(
        ("at", "state"),
        [(1, State.BLANK), (2 * S, State.INIT), (4 * S, State.INVOKE), (7 * S, State.IDLE),
         (9 * S, State.REAPED), (10 * S, State.BLANK)],
    )  # fmt: skip
    def test_state_at(self, maker: TraceMaker, at: int, state: State) -> None:
        maker.call(2 * S, 3 * S, init=2 * S)
        maker.shutdown(9 * S)
        (lane,) = build_lanes(maker.trace())
        assert lane.state_at(at) is state

    def test_lanes_are_grouped_by_function_in_order_of_appearance(self, maker: TraceMaker) -> None:
        maker.create(0, "Fn/1")
        maker.function = "Other"
        maker.create(1, "Other/1")
        maker.function = "Fn"
        maker.create(2, "Fn/2")
        names = [lane.name for lane in build_lanes(maker.trace())]
        assert names == ["Fn/1", "Fn/2", "Other/1"]

    def test_runs(self) -> None:
        cells = [State.INIT, State.INIT, State.INVOKE, State.INIT]
        assert runs(cells) == [(State.INIT, 2), (State.INVOKE, 1), (State.INIT, 1)]

    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
    def test_cells_agree_with_a_look_at_every_span(self, steps: list[tuple[int, int]]) -> None:
        """The bisecting answer is what walking over all spans gives."""
        lane = Lane("x", "x", born=0)
        at = 0
        for pause, length in steps:
            at += pause + 1
            lane.add(State.INVOKE, at, at + length)
            at += length
        duration = max(at, 1)
        axis = Axis(Timeline(duration), 0.0, float(duration), 13)
        for cell, state in enumerate(lane.cells(axis)):
            start, end = axis.edges[cell], axis.edges[cell + 1]
            end = max(end + (cell == axis.width - 1), start + 1)
            expected = any(
                span.start < end and (span.end > start or span.start == span.end == start)
                for span in lane.spans
            )
            assert (state is State.INVOKE) == expected


class TestSpeed:
    def test_a_frame_of_many_lanes_does_not_depend_on_the_events(self) -> None:
        """40 visible lanes of 500 invocations each; a generous bound, for a busy machine."""
        lanes = []
        for number in range(40):
            lane = Lane(f"Fn/{number}", "Fn", born=0)
            for at in range(500):
                lane.add(State.INVOKE, at * S, at * S + 20 * MS)
            lanes.append(lane)
        timeline = Timeline(500 * S)
        axis = Axis(timeline, 0.0, timeline.length, 120)
        assert len(axis.edges) == 121
        started = time.perf_counter()
        for lane in lanes:
            lane.cells(axis)
        assert time.perf_counter() - started < 0.1
