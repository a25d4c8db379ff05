"""How a run stands to the challenge of its lab.

A run that stands where the challenge is judged, and in which everything holds, is run again at the
challenge's other seeds: what holds by luck at one of them is not what was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warmstart.labs.definition import Knob
from warmstart.text import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.labs.check import CheckResult
    from warmstart.labs.run import LabRun
    from warmstart.labs.yaml_nodes import Scalar


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run says of the challenge."""

    checks: tuple[CheckResult, ...]
    """What judges it: in this run or, where all hold in it, at the first seed that fails."""
    seed: int
    """The seed at which they say so."""
    elsewhere: Mapping[str, Scalar] = field(default_factory=dict)
    """Where the knobs would have to stand that stand elsewhere; such a run does not count."""
    own_seed: bool = True
    """Whether it is the seed of the run."""
    met: bool = False
    """Whether all hold at every seed, and the run counts."""

    @property
    def held(self) -> int:
        """How many hold."""
        return sum(check.passed for check in self.checks)

    @property
    def sentence(self) -> str:
        """Say how it stands: ``Challenge: 2 of 3 conditions hold``, and what else there is."""
        total = len(self.checks)
        said = share(self.held, total)
        if self.elsewhere:
            places = listing([f"{name}={Knob.write(at)}" for name, at in self.elsewhere.items()])
            return f"{said}; it is judged at {places}"
        if self.met:
            return f"Challenge met: all {total} hold" if total > 1 else "Challenge met: it holds"
        return said if self.own_seed else f"{said} at seed {self.seed}, which it is judged at too"

    @property
    def brief(self) -> str:
        """Say the same where there is less room: that it is judged elsewhere, not where."""
        if self.met:
            return self.sentence
        said = share(self.held, len(self.checks), of="")
        if self.elsewhere:
            return f"{said}, judged elsewhere"
        return said if self.own_seed else f"{said} at seed {self.seed}"


def share(held: int, total: int, of: str = " conditions") -> str:
    """Say how many of the conditions of a challenge hold; of one, whether it does."""
    if total == 1:
        return f"Challenge: it {'holds' if held else 'does not hold'}"
    return f"Challenge: {held} of {total}{of} hold"


def stand(run: LabRun) -> Standing | None:
    """Return how a run stands by itself; None where there is no challenge, or half a run."""
    challenge = run.lab.challenge
    if challenge is None or not run.challenge:
        return None
    elsewhere = challenge.elsewhere(run.knobs)
    alone = set(challenge.seeds) <= {run.seed}
    holds = not elsewhere and all(check.passed for check in run.challenge)
    return Standing(run.challenge, run.seed, elsewhere, met=holds and alone)


def judge(run: LabRun, run_at: Callable[[int], LabRun | None]) -> Standing | None:
    """Return how a run stands, after a look at the other seeds where it may have met it.

    ``run_at`` runs the same at another seed; None when that was stopped, which decides nothing.
    """
    standing = stand(run)
    if standing is None or standing.elsewhere or not all(c.passed for c in standing.checks):
        return standing
    assert run.lab.challenge is not None
    for seed in run.lab.challenge.seeds:
        if seed == run.seed:
            continue
        other = run_at(seed)
        if other is None or not other.complete:
            return standing
        if not all(check.passed for check in other.challenge):
            return Standing(other.challenge, seed, own_seed=False)
    return Standing(standing.checks, run.seed, met=True)
