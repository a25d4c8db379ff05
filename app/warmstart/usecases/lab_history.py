"""What is kept of a lab's run, and what can be told from that later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warmstart.labs.definition import SEED
from warmstart.labs.figures import Figures
from warmstart.store.repositories.lab_runs import LabRunRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warmstart.labs.challenge import Standing
    from warmstart.labs.definition import Answer
    from warmstart.labs.run import LabRun, Outcome
    from warmstart.labs.yaml_nodes import Scalar


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
    challenge: dict[str, Any] | None
    """How it stood to the challenge: ``held`` of ``total``, ``met``; None where there was none."""

    @property
    def predicted(self) -> int:
        """How many predictions were given."""
        return len(self.given)

    def elsewhere(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return where knobs, and the seed, stood that stand elsewhere in ``values``."""
        stood = {**self.knobs, SEED: self.seed}
        return {
            name: stood[name]
            for name, value in values.items()
            if name in stood and stood[name] != value
        }

    @property
    def in_words(self) -> str:
        """What came of it: ``3 of 4 predictions right, all 6 checks hold, challenge 2 of 3``."""
        if not self.challenge:
            return self.results
        held, total = self.challenge["held"], self.challenge["total"]
        share = "met" if self.challenge["met"] else f"{held} of {total}"
        return f"{self.results}, challenge {share}"

    @property
    def results(self) -> str:
        """The same without the challenge."""
        words = [f"{self.right} of {self.predicted} predictions right"] if self.predicted else []
        if self.checks:
            words.append(checks_held(self.passed, self.checks))
        return ", ".join(words) or "no predictions, no checks"


def checks_held(held: int, total: int) -> str:
    """Return ``all 6 checks hold``, ``5 of 6 checks hold``; of one, whether it does."""
    if total == 1:
        return "the check holds" if held else "the check fails"
    return f"{'all' if held == total else f'{held} of'} {total} checks hold"


def row_of(key: str, run: LabRun, standing: Standing | None, at: datetime) -> LabRunRow:
    """Return what is kept of a run."""
    return LabRunRow(
        lab=key,
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
        challenge=None if standing is None else standing_json(standing),
    )


def standing_json(standing: Standing) -> dict[str, Any]:
    """Return how a run stands to the challenge as JSON data."""
    return {
        "met": standing.met,
        "held": standing.held,
        "total": len(standing.checks),
        "seed": standing.seed,
        "elsewhere": dict(standing.elsewhere),
        "checks": [
            {"name": check.name, "title": check.title, "sentence": check.sentence}
            for check in standing.checks
        ],
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return a prediction's outcome as JSON data."""
    return {
        "name": outcome.prediction.name,
        "given": outcome.given,
        "truth": outcome.truth,
        "right": outcome.right,
    }


def last_run(row: LabRunRow) -> LastRun:
    """Return a run as it is told later."""
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
        challenge=row.challenge,
    )
