"""Carry out a lab: a seed and knob values in, a trace and all that follows from it out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.labs.check import CHALLENGE, CheckResult, Checks
from warmstart.labs.definition import CHECKS_PREFIX, SLOWEST, Answer, Lab, Prediction
from warmstart.labs.figures import Figures, figures_of, latencies, value_of
from warmstart.labs.scenario import arrivals, expand
from warmstart.runtime import launch
from warmstart.runtime.trace import InvocationRequested, RunEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.labs.scenario import Scenario
    from warmstart.labs.yaml_nodes import Scalar
    from warmstart.runtime.calls import AnyCall
    from warmstart.runtime.launch import Sidecar
    from warmstart.runtime.trace import Trace, TraceEvent


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prediction beside what happened."""

    prediction: Prediction
    given: Answer | None
    """What was predicted; None when nothing was."""
    truth: Answer
    at: int | None
    """The moment that shows it, in microseconds; None when the lab names none, or it never came."""
    told: int | None
    """From when on it may be told, in microseconds; None: only when the run is over."""

    @property
    def right(self) -> bool | None:
        """Tell whether the prediction holds; None when there was none."""
        return None if self.given is None else self.prediction.matches(self.given, self.truth)

    @property
    def sentence(self) -> str:
        """What was predicted and what happened: ``Cold starts: you predicted 1; it was 6.``."""
        label, happened = self.prediction.label, self.prediction.show(self.truth)
        if self.given is None:
            return f"{label}: it was {happened}."
        given = self.prediction.show(self.given)
        if given == happened:
            return f"{label}: {happened}, as you predicted."
        close = "close enough, " if self.right else ""
        return f"{label}: you predicted {given}; {close}it was {happened}."


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it starts: everything that decides its trace."""

    lab: Lab
    seed: int
    knobs: dict[str, Scalar]
    scenario: Scenario
    """With the knobs applied."""
    calls: list[AnyCall]
    overrides: dict[str, Scalar]

    @property
    def last_call(self) -> int:
        """When the last call is made, in microseconds."""
        return self.calls[-1].at if self.calls else 0


@dataclass(frozen=True, slots=True)
class LabRun:
    """A run and what follows from its trace."""

    lab: Lab
    seed: int
    knobs: dict[str, Scalar]
    scenario: Scenario
    trace: Trace
    figures: Figures
    outcomes: tuple[Outcome, ...]
    checks: tuple[CheckResult, ...]
    sidecar: Sidecar
    challenge: tuple[CheckResult, ...] = ()
    """What those say that judge the lab's challenge; none where it has none."""

    @property
    def digest(self) -> str:
        """SHA-256 of the trace as JSON Lines, in hexadecimal."""
        return hashlib.sha256(self.trace.to_jsonl().encode()).hexdigest()

    def value(self, figure: str) -> float | None:
        """Return a figure of the run (``p50_ms``), or of one function in it (``Thumbs.p50_ms``).

        None where there is none: no call ended.
        """
        return value_of(self.trace, self.figures, figure)

    @property
    def complete(self) -> bool:
        """Tell whether the scenario was played to its end, not cancelled."""
        last = self.trace[-1] if len(self.trace) else None
        return isinstance(last, RunEnded) and last.status != "cancelled"

    @property
    def passed(self) -> bool:
        """Tell whether every check holds."""
        return all(check.passed for check in self.checks)

    @property
    def turned(self) -> dict[str, Scalar]:
        """The knobs that stood elsewhere than by default."""
        return {
            knob.name: self.knobs[knob.name]
            for knob in self.lab.knobs
            if self.knobs[knob.name] != knob.default
        }


def plan(lab: Lab, *, seed: int | None = None, knobs: Mapping[str, Scalar] | None = None) -> Plan:
    """Work out a run: the lab's own seed and defaults where nothing else is said.

    Raises:
        UsageError: an unknown knob, a value it cannot stand at, or far too many calls.
    """
    seed = lab.seed if seed is None else seed
    values = lab.values(knobs or {})
    overrides, numbers = lab.settings(values)
    scenario = lab.scenario.with_settings(numbers)
    return Plan(lab, seed, values, scenario, expand(scenario, seed), overrides)


def carry_out(
    plan: Plan,
    *,
    given: Mapping[str, Answer] | None = None,
    on_event: Callable[[TraceEvent], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> LabRun:
    """Run a plan; ``given`` holds the learner's predictions by name.

    Raises:
        LabError: the lab's checks are broken; told before anything runs where that can be.
        TemplateError: the lab's template is.
        RunError: the run could not be carried out.
    """
    lab = plan.lab
    with Checks(lab.checks) as checks:
        result = launch.run(
            lab.template,
            plan.calls,
            seed=plan.seed,
            overrides=plan.overrides,
            until=plan.scenario.until,
            on_event=on_event,
            cancelled=cancelled,
        )
        trace = result.trace
        figures = figures_of(trace)
        answers = given or {}
        whole = isinstance(trace[-1], RunEnded) and trace[-1].status != "cancelled"
        # Half a run says nothing about what the whole would have shown.
        outcomes = [
            Outcome(
                prediction,
                answers.get(prediction.name),
                _truth(prediction, figures, checks, trace),
                *_moments(prediction, plan, checks, trace),
            )
            for prediction in lab.predictions
            if whole
        ]
        return LabRun(
            lab=lab,
            seed=plan.seed,
            knobs=plan.knobs,
            scenario=plan.scenario,
            trace=trace,
            figures=figures,
            outcomes=tuple(outcomes),
            checks=checks.run(trace) if whole else (),
            sidecar=result.sidecar,
            challenge=checks.run(trace, CHALLENGE) if whole and lab.challenge else (),
        )


def _truth(prediction: Prediction, figures: Figures, checks: Checks, trace: Trace) -> Answer:
    if prediction.truth.startswith(CHECKS_PREFIX):
        name = prediction.truth.removeprefix(CHECKS_PREFIX)
        ordered = prediction.kind == "order"
        return checks.answer(name, trace, prediction.choices, ordered=ordered)
    return value_of(trace, figures, prediction.truth) or 0.0


def _moments(
    prediction: Prediction, plan: Plan, checks: Checks, trace: Trace
) -> tuple[int | None, int | None]:
    """Return when what the prediction is about can be seen, and from when on it may be told."""
    at = told = None
    jump = prediction.jump
    if jump is None:
        return None, None
    if jump.startswith(CHECKS_PREFIX):
        at = checks.moment(jump.removeprefix(CHECKS_PREFIX), trace)
        return at, at
    if jump == SLOWEST:
        at, told = _slowest(trace) or (None, None)
    else:
        step = plan.scenario.step(jump)
        at = told = None if step is None else next(arrivals(step, plan.seed), None)
    # A figure is of the whole run; nothing that happens before its end shows it.
    return at, told if prediction.truth.startswith(CHECKS_PREFIX) else None


def _slowest(trace: Trace) -> tuple[int, int] | None:
    """Return when the request that waited longest was made, and when it was answered."""
    waited = latencies(trace)
    if not waited:
        return None
    slowest = max(waited, key=lambda request: waited[request])
    for event in trace:
        if isinstance(event, InvocationRequested) and event.request == slowest:
            return event.at, event.at + waited[slowest]
    return None
