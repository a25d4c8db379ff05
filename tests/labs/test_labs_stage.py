"""What a stage shows at its cursor."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from warmstart.labs.figures import figures_of, percentile
from warmstart.labs.run import LabRun, Outcome
from warmstart.labs.stage import FEW, Label, Stage
from warmstart.runtime.launch import Sidecar

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker
    from warmstart.labs.definition import Lab
    from warmstart.runtime.trace import Trace

S = 1_000_000
MS = 1_000


def lab_run(lab: Lab, trace: Trace, told: tuple[int | None, ...] = ()) -> LabRun:
    outcomes = tuple(Outcome(lab.predictions[0], None, 1, 0, at) for at in told)
    return LabRun(
        lab, 7, lab.values({}), lab.scenario, trace, figures_of(trace), outcomes, (), Sidecar()
    )


class TestTally:
    def test_counts_what_has_ended(self, cold_start: Lab, maker: TraceMaker) -> None:
        maker.call(0, 100 * MS, init=400 * MS)
        maker.call(1 * S, 80 * MS)
        maker.call(2 * S, 90 * MS)
        run = lab_run(cold_start, maker.trace())
        tally = Stage.of(run).tally
        nothing = tally.at(0)
        assert (nothing.invocations, nothing.cold, nothing.p50_ms, nothing.usd) == (0, 0, None, 0)
        one = tally.at(500 * MS)
        assert (one.invocations, one.cold, one.p50_ms, one.p99_ms) == (1, 1, 500, 500)
        two = tally.at(2 * S)
        assert (two.invocations, two.cold, two.p50_ms, two.p99_ms) == (2, 1, 80, 500)
        end = tally.at(run.trace.end)
        assert end.usd == pytest.approx(run.figures.usd)
        assert (end.cold, end.p50_ms, end.p99_ms) == (1, run.figures.p50_ms, run.figures.p99_ms)

    def test_any_way_of_moving_gives_the_same(self, cold_start: Lab, maker: TraceMaker) -> None:
        """Forward by one, by many, and back: always the percentiles of what has ended."""
        draw = random.Random(1)
        maker.create(0)
        for number in range(4 * FEW):
            maker.call(number * S, draw.randrange(1, 900) * MS)
        tally = Stage.of(lab_run(cold_start, maker.trace())).tally
        waits = [event.duration / 1_000 for event in maker.events if hasattr(event, "billed")]
        for _ in range(50):
            count = draw.randrange(4 * FEW)
            found = tally.at(count * S)
            assert found.invocations == count
            assert found.p99_ms == (percentile(sorted(waits[:count]), 99) if count else None)
            after = tally.at((count + 1) * S)
            assert after.p50_ms == percentile(sorted(waits[: count + 1]), 50)


class TestStage:
    def test_road_labels_and_environments(self, cold_start: Lab, maker: TraceMaker) -> None:
        maker.call(0, 100 * MS, init=400 * MS)
        maker.call(5 * S, 100 * MS, "Fn/2", init=400 * MS, source="Cron")
        maker.shutdown(400 * S)
        stage = Stage.of(lab_run(cold_start, maker.trace(end=500 * S)))
        assert stage.road == ["Client, Cron", "Fn"]
        assert stage.labels[0] == Label(0, "first")
        assert stage.labels[-1] == Label(942 * S, "after the pause")
        assert [stage.environments(at) for at in (0, 6 * S, 399 * S, 400 * S)] == [1, 2, 2, 1]

    def test_moments(self, cold_start: Lab, maker: TraceMaker) -> None:
        maker.call(3 * S, 100 * MS, init=400 * MS)
        stage = Stage.of(lab_run(cold_start, maker.trace()))
        assert stage.moment_at(3 * S) == stage.moments[0]
        assert stage.moment_at(3 * S + 1) is None
        assert stage.moment_at(10 * S) is None

    def test_outcomes_are_revealed_when_their_moment_comes(
        self, cold_start: Lab, maker: TraceMaker
    ) -> None:
        maker.create(0)
        maker.call(0, 10 * S)
        run = lab_run(cold_start, maker.trace(), (5 * S, None, 99 * S))
        stage = Stage.of(run)
        assert stage.revealed(0) == []
        assert stage.revealed(5 * S) == [run.outcomes[0]]
        assert stage.revealed(10 * S) == list(run.outcomes)

    def test_an_empty_run(self, cold_start: Lab, maker: TraceMaker) -> None:
        stage = Stage.of(lab_run(cold_start, maker.trace()))
        assert (stage.lanes, stage.log, stage.moments, stage.road) == ([], [], [], [])
        assert stage.tally.at(0).invocations == 0
