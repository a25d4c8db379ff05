"""Labs, tied to the store: which there are, running one, and what changed since the run before.

A run is kept as its seed, knobs, figures, predictions and checks; its trace is not, because the
same seed and knobs give it again. A run that was stopped is not kept: half a run would only mislead
whoever compares with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warmstart.labs.figures import Figures, compare
from warmstart.labs.load import BrokenLab, Shelf
from warmstart.labs.run import LabRun, carry_out, plan
from warmstart.labs.yaml_nodes import read_text
from warmstart.resources import bundled
from warmstart.runtime.trace import InvocationEnded
from warmstart.store.repositories.lab_runs import LabRunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from warmstart.labs.definition import Answer, Lab
    from warmstart.labs.run import Outcome, Plan
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.runtime.trace import TraceEvent
    from warmstart.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LastRun:
    """What is remembered of a run."""

    at: datetime
    seed: int
    knobs: dict[str, Scalar]
    figures: Figures | None
    """None when another version of Warmstart kept other figures."""
    given: dict[str, Answer]
    """The predictions given, by name."""
    right: int
    """How many of them held."""
    checks: int
    passed: int

    @property
    def predicted(self) -> int:
        """How many predictions were given."""
        return len(self.given)

    @property
    def in_words(self) -> str:
        """What came of it: ``3 of 4 predictions right, all 6 checks hold``."""
        words = [f"{self.right} of {self.predicted} predictions right"] if self.predicted else []
        if self.checks:
            share = "all" if self.passed == self.checks else f"{self.passed} of"
            words.append(f"{share} {self.checks} checks hold")
        return ", ".join(words) or "no predictions, no checks"


@dataclass(frozen=True, slots=True)
class LabEntry:
    """A lab in the list."""

    lab: Lab | BrokenLab
    own: bool
    """Whether it lies in the learner's folder."""
    whose: str
    """What a list says of that: ``your copy``, ``your own``; else nothing."""
    last: LastRun | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is."""

    at: int
    """Virtual time, in microseconds."""
    answered: int
    calls: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run, and how it differs from the run before it."""

    run: LabRun
    before: LastRun | None
    turned: list[str]
    """Which knobs stood elsewhere, in words."""
    changes: list[str]
    """Which figures changed, in words."""
    kept: bool
    """False for a run that was stopped, or that was run before."""


class Labs:
    """The labs of one learner."""

    def __init__(self, workspace: Workspace) -> None:
        self._store = workspace.store
        self._clock = workspace.clock
        self._shelf = Shelf(bundled("labs"), workspace.home.labs)

    def entries(self) -> list[LabEntry]:
        """Return every lab with its last run, in the order of names."""
        with self._store.read() as transaction:
            last = transaction.lab_runs.last()
        return [
            LabEntry(
                lab,
                self._shelf.is_own(lab),
                self._shelf.whose(lab),
                _last(last[lab.name]) if lab.name in last else None,
            )
            for lab in self._shelf.all()
        ]

    def find(self, name: str) -> Lab:
        """Return a lab by its name; see ``Shelf.find`` for the errors."""
        return self._shelf.find(name)

    def whose(self, lab: Lab) -> str:
        """Return the mark of a lab of the learner's; see ``Shelf.whose``."""
        return self._shelf.whose(lab)

    def narrative(self, lab: Lab) -> str:
        """Return the markdown text that leads through the lab.

        Raises:
            LabError: it is missing or cannot be read.
        """
        return read_text(lab.narrative)

    def copy(self, name: str) -> Path:
        """Copy a lab to the learner's folder, to be edited there; see ``Shelf.copy``."""
        return self._shelf.copy(name)

    def last(self, name: str) -> LastRun | None:
        """Return the last run of a lab."""
        with self._store.read() as transaction:
            rows = transaction.lab_runs.of(name, 1)
        return _last(rows[0]) if rows else None

    def run(
        self,
        lab: Lab,
        *,
        seed: int | None = None,
        knobs: Mapping[str, Scalar] | None = None,
        given: Mapping[str, Answer] | None = None,
        on_progress: Callable[[RunProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> RunReport:
        """Run a lab and keep what came of it.

        Args:
            lab: as ``find`` gives it.
            seed: the lab's own unless given.
            knobs: those that are turned, by name.
            given: the learner's predictions, by name.
            on_progress: called as calls are answered, from the calling thread.
            cancelled: asked now and then; True stops the run, which is then not kept.

        Raises:
            UsageError: an unknown knob, or a value it cannot stand at.
            LabError, TemplateError: the lab is broken.
            RunError: the run could not be carried out.
            StoreError: it could not be kept.
        """
        before = self.last(lab.name)
        run = _carry_out(plan(lab, seed=seed, knobs=knobs), given, on_progress, cancelled)
        if run.complete:
            with self._store.write() as transaction:
                transaction.lab_runs.add(_row(run, self._clock()))
        return _report(run, before, kept=run.complete)

    def again(
        self,
        lab: Lab,
        past: LastRun,
        *,
        on_progress: Callable[[RunProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> RunReport:
        """Run once more what was run before, from its seed and knobs, and keep nothing of it.

        It is compared with the run that came before it then. The arguments and errors are those of
        ``run``; a ``UsageError`` means that the lab has other knobs by now.
        """
        with self._store.read() as transaction:
            history = [_last(row) for row in transaction.lab_runs.of(lab.name)]
        older = history[history.index(past) + 1 :] if past in history else []
        planned = plan(lab, seed=past.seed, knobs=past.knobs)
        run = _carry_out(planned, past.given, on_progress, cancelled)
        return _report(run, older[0] if older else None, kept=False)


def _carry_out(
    planned: Plan,
    given: Mapping[str, Answer] | None,
    on_progress: Callable[[RunProgress], None] | None,
    cancelled: Callable[[], bool] | None,
) -> LabRun:
    counter = _Counter(len(planned.calls), on_progress)
    return carry_out(planned, given=given, on_event=counter.take, cancelled=cancelled)


def _report(run: LabRun, before: LastRun | None, *, kept: bool) -> RunReport:
    return RunReport(
        run=run,
        before=before,
        turned=_turned(run, before),
        changes=compare(before.figures, run.figures) if before and before.figures else [],
        kept=kept,
    )


class _Counter:
    """Counts answers as they come, and says so."""

    def __init__(self, calls: int, say: Callable[[RunProgress], None] | None) -> None:
        self._calls = calls
        self._say = say
        self._answered = 0

    def take(self, event: TraceEvent) -> None:
        if isinstance(event, InvocationEnded):
            # What calls lead to in queues and on buses is answered as well: no more than all.
            self._answered = min(self._answered + 1, self._calls)
            if self._say is not None:
                self._say(RunProgress(event.at, self._answered, self._calls))


def _turned(run: LabRun, before: LastRun | None) -> list[str]:
    """Say which knobs (and whether the seed) stand elsewhere than in the run before."""
    if before is None:
        return []
    words = [
        f"{knob.label}: {knob.show(before.knobs[knob.name])} → {knob.show(run.knobs[knob.name])}"
        for knob in run.lab.knobs
        if knob.name in before.knobs and before.knobs[knob.name] != run.knobs[knob.name]
    ]
    if before.seed != run.seed:
        words.append(f"seed: {before.seed} → {run.seed}")
    return words


def _row(run: LabRun, at: datetime) -> LabRunRow:
    return LabRunRow(
        lab=run.lab.name,
        at=at,
        seed=run.seed,
        knobs=dict(run.knobs),
        figures=run.figures.to_json(),
        predictions=[outcome_json(outcome) for outcome in run.outcomes],
        checks=[
            {"name": check.name, "passed": check.passed, "sentence": check.sentence}
            for check in run.checks
        ],
        digest=run.digest,
    )


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return a prediction's outcome as JSON data."""
    return {
        "name": outcome.prediction.name,
        "given": outcome.given,
        "truth": outcome.truth,
        "right": outcome.right,
    }


def _last(row: LabRunRow) -> LastRun:
    try:
        figures = Figures.from_json(row.figures)
    except KeyError:
        figures = None
    return LastRun(
        at=row.at,
        seed=row.seed,
        knobs=row.knobs,
        figures=figures,
        given={
            outcome["name"]: tuple(given) if isinstance(given, list) else given
            for outcome in row.predictions
            if (given := outcome.get("given")) is not None
        },
        right=sum(outcome.get("right") is True for outcome in row.predictions),
        checks=len(row.checks),
        passed=sum(check.get("passed") is True for check in row.checks),
    )
