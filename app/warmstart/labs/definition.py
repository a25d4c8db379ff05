"""What a lab is made of, as values: knobs, a scenario, predictions, a challenge.

``read.py`` makes them from a ``lab.yaml``; nothing here touches a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from warmstart.errors import UsageError
from warmstart.labs.yaml_nodes import Scalar, suggestion
from warmstart.text import listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warmstart.labs.scenario import Scenario
    from warmstart.labs.views import ViewName

SCENARIO_PREFIX = "scenario."
"""A knob's target that begins so is a number of the scenario; any other is the template's."""

CHECKS_PREFIX = "checks."
"""What begins so is a function of the lab's checks.py; else a prediction's truth is a figure, and
its jump a step or ``SLOWEST``."""

SLOWEST = "slowest"
"""What a prediction may jump to besides the scenario's steps."""

SEED = "seed"
"""A knob's name that is taken: by the seed."""

MAX_SEED = 2**32 - 1

SPREAD: Final = 9
"""Values of a range that stand for all of it, where every one would be too many."""

Answer: TypeAlias = float | str | tuple[str, ...]
"""What a prediction is answered with: a number, a choice's name, or all of them in order."""

PredictionKind: TypeAlias = Literal["number", "choice", "order"]

_FINE_BELOW = 100
"""Figures below this are shown with a decimal."""

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a knob, and what else it sets."""

    value: Scalar
    label: str
    sets: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Knob:
    """Something the learner may turn before a run.

    ``sets`` names what takes the knob's value: ``Receipts.MemorySize`` in the template, or
    ``scenario.burst.count``; a choice may set more, with values of its own.
    """

    name: str
    label: str
    help: str
    kind: Literal["choice", "int", "bool"]
    default: Scalar
    choices: tuple[Choice, ...] = ()
    low: int = 0
    high: int = 0
    unit: str = ""
    sets: tuple[str, ...] = ()
    model: bool = False
    """What it changes is a model of ours, not a number AWS publishes; the screen says so."""

    @property
    def values(self) -> str:
        """What the knob takes, for a person: ``128, 256 or 512``; ``1 to 10``."""
        if self.kind == "int":
            return f"{self.low} to {self.high}"
        if self.kind == "bool":
            return "true or false"
        return listing([_written(choice.value) for choice in self.choices], "or")

    @property
    def spread(self) -> tuple[Scalar, ...]:
        """Every value in order; of a long range ``SPREAD`` or so, with its ends and the default."""
        if self.choices:
            return tuple(choice.value for choice in self.choices)
        if self.high - self.low < SPREAD:
            return tuple(range(self.low, self.high + 1))
        step = (self.high - self.low) / (SPREAD - 1)
        evenly = {self.low + round(index * step) for index in range(SPREAD)}
        return tuple(sorted(evenly | {int(self.default)}))

    @staticmethod
    def write(value: Scalar) -> str:
        """Return a value as it is typed: ``512``, ``inside``, ``true``."""
        return _written(value)

    def spell(self, value: Scalar) -> str:
        """Return a value as a person reads it, without its unit: ``1,024``; a seed as it is."""
        return _written(value) if self.name == SEED else spelled(value)

    def show(self, value: Scalar) -> str:
        """Return a value as the screens write it: ``1,024 MB``, ``inside the handler``."""
        for choice in self.choices:
            if choice.value == value:
                return choice.label
        return f"{self.spell(value)} {self.unit}".rstrip()

    def parse(self, text: str) -> Scalar:
        """Return the value a person typed.

        Raises:
            UsageError: it is none of the knob's values.
        """
        word = text.strip()
        typed: Scalar | None
        match self.kind:
            case "int":
                typed = int(word) if _WHOLE.fullmatch(word) else None
            case "bool":
                typed = _TRUTHS.get(word.lower())
            case "choice":
                typed = {_written(choice.value): choice.value for choice in self.choices}.get(word)
        if typed is None or not self.accepts(typed):
            raise UsageError(f"The knob {self.name} takes {self.values}, not {text!r}.")
        return typed

    def accepts(self, value: Scalar) -> bool:
        """Tell whether the knob can stand at this value."""
        match self.kind:
            case "int":
                number = isinstance(value, int) and not isinstance(value, bool)
                return number and self.low <= int(value) <= self.high
            case "bool":
                return isinstance(value, bool)
            case "choice":
                return any(
                    choice.value == value and type(choice.value) is type(value)
                    for choice in self.choices
                )

    def settings(self, value: Scalar) -> dict[str, Scalar]:
        """Return what the value sets, by target."""
        settings = dict.fromkeys(self.sets, value)
        for choice in self.choices:
            if choice.value == value:
                settings.update(choice.sets)
        return settings


def seed_knob(lab: Lab) -> Knob:
    """Return the seed as one more knob, for whoever turns them on a screen."""
    return Knob(
        name=SEED,
        label="Seed",
        help="What chance draws from. The same seed and knobs give the same run, byte for byte.",
        kind="int",
        default=lab.seed,
        high=MAX_SEED,
    )


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question asked before a run, whose true answer the run's trace gives.

    ``truth`` names a figure (``cold``, ``p99_ms``) or, as ``checks.name``, a function of the lab's
    ``checks.py`` that takes the trace and returns a number, a choice's name, or all of their names
    in the order in which they happened.
    """

    name: str
    label: str
    """What it is about, in two or three words."""
    question: str
    kind: PredictionKind
    truth: str
    explanation: str
    """Markdown, shown beside what happened."""
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unit: str = ""
    within: float = 0.0
    """A number that is off by no more than this counts as right."""
    within_percent: float = 0.0
    """The same, in percent of what happened."""
    jump: str | None = None
    """The moment that shows it: a step's name, ``slowest`` for the slowest invocation, or
    ``checks.name`` for a function that finds it in the trace."""

    def parse(self, text: str) -> Answer:
        """Return the answer a person typed: a number, a choice's name, or names with commas.

        Raises:
            UsageError: none of them.
        """
        match self.kind:
            case "choice":
                if text in self.choices:
                    return text
                raise UsageError(f"{text!r} is no answer here: {', '.join(self.choices)}.")
            case "order":
                order = tuple(name.strip() for name in text.split(","))
                if sorted(order) == sorted(self.choices):
                    return order
                raise UsageError(f"The answer should be all of {', '.join(self.choices)} in order.")
            case "number":
                number = text.strip().removesuffix(self.unit).strip().replace(",", ".")
                if _NUMBER.fullmatch(number):
                    return float(number)
                wanted = f"a number of {self.unit}" if self.unit else "a number"
                raise UsageError(f"The answer should be {wanted}, not {text!r}.")

    def accepts(self, answer: Answer) -> bool:
        """Tell whether this is an answer to the question as it is asked now."""
        match self.kind:
            case "choice":
                return answer in self.choices
            case "order":
                return isinstance(answer, tuple) and sorted(answer) == sorted(self.choices)
            case "number":
                return isinstance(answer, int | float)

    def matches(self, given: Answer, truth: Answer) -> bool:
        """Tell whether an answer is right, within the tolerance."""
        if isinstance(given, str | tuple) or isinstance(truth, str | tuple):
            return given == truth
        return abs(given - truth) <= max(self.within, abs(truth) * self.within_percent / 100)

    def show(self, value: Answer) -> str:
        """Return an answer as the screens write it: ``7``, ``1,382 ms``, texts of choices."""
        if isinstance(value, tuple):
            return " → ".join(self.choices.get(name, name) for name in value)
        if isinstance(value, str):
            return self.choices.get(value, value)
        return f"{number(value)} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the learner is to reach; the ``challenge_…`` functions of ``checks.py`` judge it."""

    goal: str
    """Markdown: what to reach, in a sentence or two."""
    seeds: tuple[int, ...]
    """At each of them all has to hold, so that luck does not pass."""
    knobs: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    """Where these knobs stand when it is judged; the others are the learner's."""
    hints: tuple[str, ...] = ()
    """Markdown, told one at a time."""
    solution: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    """Knob values of the solution; the files of the folder ``solution`` come to it."""

    def elsewhere(self, knobs: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return, of the knobs that stand elsewhere, where it is judged, in the lab's order."""
        own = self.knobs
        return {name: own[name] for name in knobs if name in own and knobs[name] != own[name]}


@dataclass(frozen=True, slots=True)
class Sweep:
    """One run for each of these values of a knob, and what is plotted of them."""

    knob: str
    figures: tuple[str, ...]
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab as its folder defines it."""

    name: str
    folder: Path
    title: str
    summary: str
    concepts: tuple[str, ...]
    minutes: int
    seed: int
    knobs: tuple[Knob, ...]
    scenario: Scenario
    predictions: tuple[Prediction, ...]
    views: tuple[ViewName, ...] = ()
    """The views of the stage that this lab is about, the first one first; of ``VIEWS``."""
    challenge: Challenge | None = None
    sweep: Sweep | None = None

    @property
    def template(self) -> Path:
        """The SAM template the runs start from."""
        return self.folder / "template.yaml"

    @property
    def checks(self) -> Path:
        """The Python file with the lab's checks."""
        return self.folder / "checks.py"

    @property
    def narrative(self) -> Path:
        """The markdown text that leads through the lab."""
        return self.folder / "README.md"

    @property
    def solution(self) -> Path:
        """The folder whose files lie over the lab's own in the solution; need not exist."""
        return self.folder / "solution"

    def knob(self, name: str) -> Knob:
        """Return the knob of that name.

        Raises:
            UsageError: there is none; names those there are, and the one probably meant.
        """
        for knob in self.knobs:
            if knob.name == name:
                return knob
        names = [knob.name for knob in self.knobs]
        hint = suggestion(name, names, "It has:") if names else "It has none."
        raise UsageError(f"The lab {self.name} has no knob {name!r}.", hint=hint)

    def values(self, turned: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return every knob's value, in the lab's order: the one turned to, else the default.

        Raises:
            UsageError: an unknown knob, or a value it cannot stand at.
        """
        for name, value in turned.items():
            knob = self.knob(name)
            if not knob.accepts(value):
                raise UsageError(f"The knob {name} takes {knob.values}, not {value!r}.")
        return {knob.name: turned.get(knob.name, knob.default) for knob in self.knobs}

    def settings(self, values: Mapping[str, Scalar]) -> tuple[dict[str, Scalar], dict[str, int]]:
        """Return what knob values set: targets in the template, and numbers of the scenario."""
        template: dict[str, Scalar] = {}
        scenario: dict[str, int] = {}
        for name, value in values.items():
            for target, setting in self.knob(name).settings(value).items():
                if target.startswith(SCENARIO_PREFIX):
                    scenario[target.removeprefix(SCENARIO_PREFIX)] = int(setting)
                else:
                    template[target] = setting
        return template, scenario


def number(value: float) -> str:
    """Return a figure as a person reads it: ``1,382``, ``21.9``, ``7``."""
    whole = value == round(value) or abs(value) >= _FINE_BELOW
    return f"{value:,.0f}" if whole else f"{value:,.1f}"


def spelled(value: Scalar) -> str:
    """Return a knob's value as a person reads it: ``1,024``, ``inside``, ``true``."""
    return _written(value) if isinstance(value, bool | str) else f"{value:,}"


def _written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
