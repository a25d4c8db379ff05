"""How a run stands to its challenge: by itself, and at the other seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from warmstart.labs.challenge import judge, stand
from warmstart.labs.check import CheckResult
from warmstart.labs.definition import Challenge
from warmstart.labs.figures import figures_of
from warmstart.labs.run import LabRun
from warmstart.runtime.launch import Sidecar

if TYPE_CHECKING:
    from tests.labs.conftest import TraceMaker
    from warmstart.labs.definition import Lab

HOLDS = CheckResult("challenge_a", "A")
FAILS = CheckResult("challenge_b", "B", "It is 3; it should be none.")


@pytest.fixture
def run(cold_start: Lab, maker: TraceMaker) -> LabRun:
    maker.call(0, 1_000, init=1_000)
    trace = maker.trace()
    lab = replace(cold_start, challenge=Challenge("Fast.", (7, 8, 9), {"burst": 9}))
    knobs = lab.values({"burst": 9})
    return LabRun(
        lab, 7, knobs, lab.scenario, trace, figures_of(trace), (), (), Sidecar(), (HOLDS, HOLDS)
    )


def never(seed: int) -> LabRun | None:
    raise AssertionError(seed)


class TestStanding:
    def test_it_is_met_at_every_seed(self, run: LabRun) -> None:
        seeds: list[int] = []

        def at(seed: int) -> LabRun:
            seeds.append(seed)
            return replace(run, seed=seed)

        found = judge(run, at)
        assert found is not None
        assert (found.met, found.sentence, seeds) == (True, "Challenge met: all 2 hold", [8, 9])

    def test_luck_at_one_seed_is_not_enough(self, run: LabRun) -> None:
        found = judge(run, lambda seed: replace(run, seed=seed, challenge=(HOLDS, FAILS)))
        assert found is not None
        assert not found.met
        share = "Challenge: 1 of 2 conditions hold"
        assert found.sentence == f"{share} at seed 8, which it is judged at too"
        assert found.brief == "Challenge: 1 of 2 hold at seed 8"

    @pytest.mark.parametrize(
        ("change", "sentence", "brief"),
        [
            (
                {"challenge": (FAILS, HOLDS)},
                "Challenge: 1 of 2 conditions hold",
                "Challenge: 1 of 2 hold",
            ),
            (
                {"knobs": {"burst": 5}},
                "Challenge: 2 of 2 conditions hold; it is judged at burst=9",
                "Challenge: 2 of 2 hold, judged elsewhere",
            ),
        ],
    )
    def test_other_seeds_are_run_only_where_that_can_matter(
        self, run: LabRun, change: dict[str, object], sentence: str, brief: str
    ) -> None:
        found = judge(replace(run, **change), never)  # type: ignore[arg-type]
        assert found is not None
        assert (found.met, found.sentence) == (False, sentence)
        assert found.brief == brief

    def test_what_was_stopped_decides_nothing(self, run: LabRun) -> None:
        found = judge(run, lambda _: None)
        assert found is not None
        assert (found.met, found.sentence) == (False, "Challenge: 2 of 2 conditions hold")

    def test_one_seed_needs_no_other_run(self, run: LabRun) -> None:
        challenge = Challenge("Fast.", (7,), {"burst": 9})
        alone = replace(run, lab=replace(run.lab, challenge=challenge), challenge=(HOLDS,))
        found = judge(alone, never)
        assert found == stand(alone)
        assert found is not None
        assert (found.met, found.sentence) == (True, "Challenge met: it holds")
        assert stand(replace(run, challenge=())) is None
