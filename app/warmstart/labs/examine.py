"""Everything that is wrong with a lab, for its author: read it, run it, and solve its challenge.

What can be read is read first (``faults.py``); only a lab without a fault in its definition and
template is run. It runs as it ships, at the seeds of its challenge until that fails, then with the
solution at all of them; on request at every value of every knob too. Runs go on two at a time: each
is a process of its own, and its trace depends on its seed and settings alone.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from warmstart.errors import InputError, LabError, TemplateError, WarmstartError
from warmstart.labs import faults
from warmstart.labs.blame import origin
from warmstart.labs.check import names
from warmstart.labs.definition import Knob
from warmstart.labs.faults import can_lint
from warmstart.labs.log import warning
from warmstart.labs.read import read_all
from warmstart.labs.run import carry_out, plan
from warmstart.labs.solution import solution_knobs, solved
from warmstart.labs.yaml_nodes import line_of
from warmstart.runtime import launch, template
from warmstart.runtime.calls import Call
from warmstart.runtime.trace import CostNotFound, EnvironmentCreated, InitEnded, RepeatabilityLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from warmstart.labs.definition import Challenge, Lab
    from warmstart.labs.run import LabRun
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.runtime.specs import FunctionSpec
    from warmstart.runtime.trace import Trace

__all__ = ["Examination", "can_lint", "examine"]

AT_A_TIME = 2
"""Runs at the same time, all labs that are examined together."""

_PROBE_US = 1_000_000
"""How long functions that no run has called are watched: their INIT is all that matters."""


@dataclass(slots=True)
class Examination:
    """What was found."""

    folder: Path
    faults: list[InputError] = field(default_factory=list)
    """In the order of files and lines; none when all is well."""
    runs: int = 0
    """How many there were."""


Thoroughness = Literal["quick", "usual", "every"]
"""How often a lab is run: with the solution at the last of its challenge's seeds (the first is what
its author looks at), at each of them; and besides at every value of every knob, one at a time."""


def examine(
    folder: Path, how: Thoroughness = "usual", *, at_a_time: int = AT_A_TIME
) -> Examination:
    """Look for everything that is wrong with the lab in ``folder``; ``at_a_time`` counts runs."""
    lab, wrong = read_all(folder)
    found: list[InputError] = list(wrong)
    application, unfit = faults.template_of(folder)
    if lab is not None and application is not None:
        found += faults.wiring(lab, application)
    examiner = None
    if lab is not None and not found and application is not None:
        examiner = _Examiner(lab)
        examiner.run(how, at_a_time)
        found += examiner.faults
    if lab is not None:
        found += faults.solution(lab)
    found += faults.narrative(folder, predicts=lab is not None and bool(lab.predictions))
    return Examination(folder, faults.ordered(found + unfit), examiner.runs if examiner else 0)


class _Examiner:
    """Runs a lab that can be run, and notes what the runs show."""

    def __init__(self, lab: Lab) -> None:
        self.faults: list[InputError] = []
        self.runs = 0
        self._lab = lab
        self._lines = names(lab.checks)
        self._seen: set[str] = set()
        """Environments' functions: those whose INIT some run has shown."""

    def run(self, how: Thoroughness, at_a_time: int) -> None:
        """Carry out all runs."""
        jobs: list[Callable[[], object]] = [self._as_it_ships]
        with ThreadPoolExecutor(at_a_time) as pool, ExitStack() as stack:
            challenge = self._lab.challenge
            if challenge is not None and (solution := self._solution(stack)) is not None:
                seeds = challenge.seeds[-1:] if how == "quick" else challenge.seeds
                jobs += [partial(self._solved, solution, seed) for seed in seeds]
            if how == "every":
                jobs += [
                    partial(self._look, self._lab, {knob.name: value}, self._lab.seed, "")
                    for knob in self._lab.knobs
                    for value in knob.spread
                    if value != knob.default
                ]
            for job in [pool.submit(job) for job in jobs]:
                job.result()
        self._probe()

    def _as_it_ships(self) -> None:
        """Run it as it comes; what it asks in order should not be listed in that order."""
        first = self._look(self._lab, {}, self._lab.seed, "as the lab ships")
        for outcome in first.outcomes if first else ():
            if outcome.truth == tuple(outcome.prediction.choices):
                self._in_yaml(
                    "The choices stand in the order that is asked for.",
                    "predictions", outcome.prediction.name,
                    hint="They are shown as they stand in the file: shuffle them.",
                )  # fmt: skip
        if first is not None and self._lab.challenge is not None:
            self._unmet(self._lab.challenge, first)

    def _unmet(self, challenge: Challenge, first: LabRun) -> None:
        """See that the challenge does not hold before it is met."""
        for seed in challenge.seeds:
            same = seed == first.seed and not challenge.elsewhere(first.knobs)
            run = first if same else self._look(self._lab, challenge.knobs, seed, "")
            if run is None or not all(check.passed for check in run.challenge):
                return
        self._in_yaml("The challenge holds as the lab ships: nothing is left to do.", "challenge")

    def _solution(self, stack: ExitStack) -> Lab | None:
        try:
            return stack.enter_context(solved(self._lab))
        except InputError as error:
            self._note(error)
            return None

    def _solved(self, lab: Lab, seed: int) -> None:
        """See that the challenge holds with the solution."""
        where = f"with the solution at seed {seed}"
        run = self._look(lab, solution_knobs(self._lab), seed, where)
        for check in run.challenge if run else ():
            if not check.passed:
                self._in_checks(check.name, f"{check.name} fails {where}: {check.sentence}")

    def _look(self, lab: Lab, knobs: Mapping[str, Scalar], seed: int, where: str) -> LabRun | None:
        """Run the lab, and note what is wrong with the run; None where there is none."""
        where = where or "at " + ", ".join(
            [*(f"{name}={Knob.write(value)}" for name, value in knobs.items()), f"seed {seed}"]
        )
        self.runs += 1
        try:
            run = carry_out(plan(lab, seed=seed, knobs=knobs))
        except InputError as error:
            self._note(error, lab)
            return None
        except WarmstartError as error:
            self._in_yaml(f"It cannot be run {where}: {error.message}", "scenario", hint=error.hint)
            return None
        for check in run.checks:
            if not check.passed:
                self._in_checks(check.name, f"{check.name} fails {where}: {check.sentence}")
        self._watch(run.trace, lab, knobs)
        return run

    def _watch(self, trace: Trace, lab: Lab, knobs: Mapping[str, Scalar]) -> None:
        """Note what a trace says of the code and its costs."""
        application = template.load(lab.template, lab.settings(lab.values(knobs))[0])
        functions: dict[str, FunctionSpec] = {}
        for event in trace:
            match event:
                case EnvironmentCreated():
                    functions[event.environment] = application.functions[event.function]
                    self._seen.add(event.function)
                case InitEnded(error=error) if error is not None:
                    path, line = origin(error, functions[event.environment])
                    what = f"{error.error_type}: {error.error_message}"
                    self._note(LabError(what, path=path, line=line), lab)
                case CostNotFound():
                    costs = application.document["Resources"][
                        functions[event.environment].logical_id
                    ]["Metadata"]["Warmstart"][f"{event.cause}s"]
                    line, path = costs.line_of(event.name), lab.template
                    self._note(TemplateError(warning(event), path=path, line=line), lab)
                case RepeatabilityLost():
                    self._note(LabError(warning(event), path=lab.template), lab)

    def _probe(self) -> None:
        """Call the functions that no run has called, to see that they can be imported."""
        functions = template.load(self._lab.template).functions
        calls = [Call(0, name) for name in functions if name not in self._seen]
        if calls and not self.faults:
            self.runs += 1
            result = launch.run(self._lab.template, calls, seed=self._lab.seed, until=_PROBE_US)
            self._watch(result.trace, self._lab, {})

    def _in_checks(self, name: str, message: str) -> None:
        self._note(LabError(message, path=self._lab.checks, line=self._lines.get(name)))

    def _in_yaml(self, message: str, *keys: str, hint: str | None = None) -> None:
        path = self._lab.folder / "lab.yaml"
        self._note(LabError(message, path=path, line=line_of(path, *keys), hint=hint))

    def _note(self, error: InputError, lab: Lab | None = None) -> None:
        """Keep a fault; one in a file of the copy that was solved is the solution's, or the lab's.

        ``lab`` is the one that was run.
        """
        folder = self._lab.folder if lab is None else lab.folder
        if error.path is not None and folder != self._lab.folder:
            file = os.path.relpath(error.path, folder)
            own = self._lab.solution / file
            error.path = own if own.is_file() else self._lab.folder / file
        self.faults.append(error)
