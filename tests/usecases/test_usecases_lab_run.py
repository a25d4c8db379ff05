"""Running labs as a learner does: kept, listed, compared."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from warmstart.errors import StoreReadOnly, UsageError
from warmstart.labs.definition import Lab
from warmstart.runtime.trace import CpuCharged
from warmstart.usecases.lab_run import Labs

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import FrozenClock
    from warmstart.usecases.lab_run import RunProgress
    from warmstart.usecases.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="handlers run in forked processes")


@pytest.fixture
def workspace(open_workspace: Callable[[], Workspace], empty_course: None) -> Workspace:
    return open_workspace()


@pytest.fixture
def labs(workspace: Workspace) -> Labs:
    return Labs(workspace)


class TestLabs:
    def test_lists_labs_that_were_never_run(self, labs: Labs) -> None:
        (entry,) = [entry for entry in labs.entries() if entry.lab.name == "cold-start"]
        assert isinstance(entry.lab, Lab)
        assert (entry.own, entry.last) == (False, None)

    def test_a_run_is_kept_and_the_next_is_compared_with_it(
        self, labs: Labs, clock: FrozenClock
    ) -> None:
        lab = labs.find("cold-start")
        first = labs.run(lab, given={"cold": 6.0, "pause": "warm"})
        assert (first.before, first.changes, first.turned, first.kept) == (None, [], [], True)

        last = labs.last(labs.find("cold-start"))
        assert last is not None
        assert (last.at, last.seed, last.figures) == (clock.now, 7, first.run.figures)
        assert (last.predicted, last.right, last.checks, last.passed) == (2, 1, 6, 6)
        assert last.in_words == "1 of 2 predictions right, all 6 checks hold, challenge 2 of 3"

        clock.forward(minutes=5)
        second = labs.run(lab, knobs={"import": "inside", "burst": 1}, seed=8)
        assert second.before == last
        assert second.turned == [
            "Import of reportlib: outside the handler → inside the handler",
            "Calls in the burst: 5 → 1",
            "seed: 7 → 8",
        ]
        assert "Environments at once fell from 5 to 2." in second.changes
        again = labs.last(labs.find("cold-start"))
        assert again is not None
        assert again.in_words == "all 6 checks hold, challenge 1 of 3"

    def test_the_same_again(self, labs: Labs) -> None:
        lab = labs.find("cold-start")
        labs.run(lab)
        again = labs.run(lab)
        assert again.before is not None
        assert (again.changes, again.turned) == ([], [])

    def test_what_is_kept_can_be_run_again(self, labs: Labs, workspace: Workspace) -> None:
        """The trace is not stored; seed and knobs give it again, as its digest shows."""
        lab = labs.find("cold-start")
        labs.run(lab, knobs={"memory": 1769})
        with workspace.store.read() as transaction:
            (row,) = transaction.lab_runs.of("cold-start")
        assert labs.run(lab, seed=row.seed, knobs=row.knobs).run.digest == row.digest

    def test_a_run_before_is_brought_back_and_not_kept(
        self, labs: Labs, clock: FrozenClock
    ) -> None:
        """With what was predicted then, and compared with what came before it then."""
        lab = labs.find("cold-start")
        labs.run(lab, knobs={"burst": 2})
        clock.forward(minutes=5)
        first = labs.run(lab, seed=9, given={"cold": 6.0})
        clock.forward(minutes=5)
        past = labs.run(lab, knobs={"memory": 128}).before
        assert past is not None
        again = labs.again(lab, past)
        assert again.run.digest == first.run.digest
        assert (again.before, again.turned) == (first.before, first.turned)
        assert [outcome.given for outcome in again.run.outcomes] == [6.0, None, None, None]
        assert not again.kept
        last = labs.last(labs.find("cold-start"))
        assert last is not None
        assert last.knobs["memory"] == 128

    def test_progress(self, labs: Labs) -> None:
        seen: list[RunProgress] = []
        labs.run(labs.find("cold-start"), on_progress=seen.append)
        assert [progress.answered for progress in seen] == list(range(1, 41))
        assert {progress.calls for progress in seen} == {40}

    def test_a_stopped_run_is_not_kept(self, labs: Labs) -> None:
        seen: list[RunProgress] = []
        report = labs.run(
            labs.find("cold-start"), on_progress=seen.append, cancelled=lambda: len(seen) > 3
        )
        assert not report.kept
        assert labs.last(labs.find("cold-start")) is None

    def test_a_copy_is_what_runs(self, labs: Labs) -> None:
        target = labs.copy("cold-start")
        template = target / "template.yaml"
        text = template.read_text(encoding="utf-8")
        template.write_text(
            text.replace("reportlib.charts: 230", "reportlib.charts: 730"), encoding="utf-8"
        )
        lab = labs.find("cold-start")
        assert labs.whose(lab) == "your copy"
        charged = {
            event.charged
            for event in labs.run(lab).run.trace
            if isinstance(event, CpuCharged) and event.name == "reportlib.charts"
        }
        assert charged == {730_000}

    def test_a_run_that_cannot_be_kept_says_so(
        self, labs: Labs, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
    ) -> None:
        def refuse() -> None:
            raise StoreReadOnly("no")

        lab = labs.find("cold-start")
        monkeypatch.setattr(type(workspace.store), "write", lambda _: refuse())
        with pytest.raises(StoreReadOnly):
            labs.run(lab)

    def test_wrong_names(self, labs: Labs) -> None:
        with pytest.raises(UsageError, match="no lab 'warm-start'"):
            labs.find("warm-start")
        with pytest.raises(UsageError, match="no knob 'cpu'"):
            labs.run(labs.find("cold-start"), knobs={"cpu": 1})
