"""One learner and one lab: where its knobs stand, what was predicted, the road to a run.

The narrative and the stage share it, so that turning a knob on either is seen on both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warmstart.labs.definition import SEED, seed_knob
from warmstart.tui.screens.labs.knobs import KnobsScreen
from warmstart.tui.screens.labs.predict import PredictScreen
from warmstart.tui.screens.labs.running import RunningScreen

if TYPE_CHECKING:
    from textual.app import App

    from warmstart.labs.definition import Knob, Lab
    from warmstart.labs.run import Answer
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.usecases.lab_run import Labs, RunReport


@dataclass(slots=True)
class LabSession:
    """A lab that is open."""

    labs: Labs
    lab: Lab
    values: dict[str, Scalar] = field(init=False)
    """All knob values by name, the seed's among them."""
    given: dict[str, Answer] = field(default_factory=dict)
    """The predictions, as answered last."""

    def __post_init__(self) -> None:
        self.values = {dial.name: dial.default for dial in self.dials}

    @property
    def dials(self) -> tuple[Knob, ...]:
        """The lab's knobs, and the seed as one more."""
        return (*self.lab.knobs, seed_knob(self.lab))

    def replace(self, lab: Lab) -> None:
        """Take over the lab as its folder has it now; values and answers that fit stay."""
        self.lab = lab
        self.values = {
            dial.name: self.values[dial.name]
            if dial.name in self.values and dial.accepts(self.values[dial.name])
            else dial.default
            for dial in self.dials
        }
        asked = {prediction.name for prediction in lab.predictions}
        self.given = {name: answer for name, answer in self.given.items() if name in asked}

    async def turn(self, app: App[None], *, run: bool = False) -> bool:
        """Let the learner turn knobs; tell whether they were taken over. Runs in a worker."""
        values = await app.push_screen_wait(KnobsScreen(self.dials, self.values, run=run))
        if values is None:
            return False
        self.values = values
        return True

    async def predict_and_run(self, app: App[None]) -> RunReport | None:
        """Ask for predictions, then run; None when there is no run to see. Runs in a worker."""
        if self.lab.predictions:
            given = await app.push_screen_wait(PredictScreen(self.lab.predictions, self.given))
            if given is None:
                return None
            self.given = given
        knobs = dict(self.values)
        seed = int(knobs.pop(SEED))
        return await app.push_screen_wait(
            RunningScreen(self.labs, self.lab, seed=seed, knobs=knobs, given=self.given)
        )
