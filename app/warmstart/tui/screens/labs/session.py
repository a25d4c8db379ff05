"""One learner and one lab: where its knobs stand, what was predicted, the road to a run.

The narrative and the stage share it, so that turning a knob on either is seen on both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from warmstart.labs.definition import SEED, seed_knob
from warmstart.tui.screens.labs.knobs import KnobsScreen
from warmstart.tui.screens.labs.predict import PredictScreen
from warmstart.tui.screens.labs.running import RunningScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import App

    from warmstart.labs.definition import Answer, Knob, Lab
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.usecases.lab_history import LastRun
    from warmstart.usecases.lab_run import Labs, RunReport


@dataclass(slots=True)
class LabSession:
    """A lab that is open."""

    labs: Labs
    lab: Lab
    values: dict[str, Scalar] = field(init=False)
    """All knob values by name, the seed's among them."""
    answered: dict[str, Answer] = field(default_factory=dict)
    """Each prediction as it was answered last; offered again before the next run."""

    def __post_init__(self) -> None:
        self.values = {dial.name: dial.default for dial in self.dials}

    @property
    def dials(self) -> tuple[Knob, ...]:
        """The lab's knobs, and the seed as one more."""
        return (*self.lab.knobs, seed_knob(self.lab))

    @property
    def judged(self) -> Mapping[str, Scalar]:
        """Where knobs stand when the challenge is judged; none where there is no challenge."""
        return {} if self.lab.challenge is None else self.lab.challenge.knobs

    @property
    def elsewhere(self) -> dict[str, Scalar]:
        """Of those, the ones that stand elsewhere now."""
        challenge = self.lab.challenge
        return {} if challenge is None else challenge.elsewhere(self.values)

    def replace(self, lab: Lab) -> None:
        """Take over the lab as its folder has it now; values and answers that fit stay."""
        self.lab = lab
        self.values = {
            dial.name: self.values[dial.name]
            if dial.name in self.values and dial.accepts(self.values[dial.name])
            else dial.default
            for dial in self.dials
        }
        asked = {prediction.name: prediction for prediction in lab.predictions}
        self.answered = {
            name: answer
            for name, answer in self.answered.items()
            if name in asked and asked[name].accepts(answer)
        }

    def turn(self, app: App[None], then: Callable[[], None], *, run: bool = False) -> None:
        """Let the learner turn knobs; ``then`` is called when they were taken over."""

        def take(values: dict[str, Scalar] | None) -> None:
            if values is not None:
                self.values = values
                then()

        app.push_screen(KnobsScreen(self.dials, self.values, self.judged, run=run), take)

    def predict_and_run(self, app: App[None], then: Callable[[RunReport], None]) -> None:
        """Ask for predictions, then run; ``then`` is called when there is a run to see."""

        def take(given: dict[str, Answer] | None) -> None:
            if given is not None:
                self.answered |= given
                self._run(app, given, then)

        if self.lab.predictions:
            app.push_screen(PredictScreen(self.lab.predictions, self.answered), take)
        else:
            self._run(app, {}, then)

    def _run(
        self, app: App[None], given: dict[str, Answer], then: Callable[[RunReport], None]
    ) -> None:
        knobs = dict(self.values)
        seed = int(knobs.pop(SEED))

        run = partial(self.labs.run, self.lab, seed=seed, knobs=knobs, given=given)
        self._wait_for(app, run, then)

    def run_again(self, app: App[None], then: Callable[[RunReport], None]) -> None:
        """Run without asking, because the code was changed; ``then`` is called as above."""
        self._run(app, {}, then)

    def bring_back(self, app: App[None], past: LastRun, then: Callable[[RunReport], None]) -> None:
        """Run again what was run before; ``then`` is called when there is a run to see."""
        self._wait_for(app, partial(self.labs.again, self.lab, past), then)

    def _wait_for(
        self, app: App[None], run: Callable[..., RunReport], then: Callable[[RunReport], None]
    ) -> None:
        def take(report: RunReport | None) -> None:
            if report is not None:
                then(report)

        app.push_screen(RunningScreen(self.lab.title, run), take)
