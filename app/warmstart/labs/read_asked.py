"""What a ``lab.yaml`` asks of its learner: predictions, the challenge, and what a sweep plots.

predictions   name → label, question, kind (number | choice | order), truth, explanation, choices, …
challenge     goal, knobs, seeds, hints, solution
sweep         knob, figures, values
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from warmstart.labs.check import CHALLENGE, names
from warmstart.labs.definition import (
    CHECKS_PREFIX,
    MAX_SEED,
    SLOWEST,
    Challenge,
    Knob,
    Prediction,
    PredictionKind,
    Sweep,
)
from warmstart.labs.figures import FIGURES, figure_of
from warmstart.labs.yaml_nodes import CUTOFF, items, named, suggestion, text
from warmstart.text import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.labs.scenario import Scenario
    from warmstart.labs.yaml_nodes import Node, Scalar

_KINDS: Final[dict[str, PredictionKind]] = {
    "number": "number", "choice": "choice", "order": "order",
}  # fmt: skip
_TOLERANCES: Final = ("within", "within_percent")
_GIVES: Final = {"choice": "one of the choices", "order": "the choices in order"}


@dataclass(frozen=True)
class Asking:
    """Reads those parts, which point into the rest of the lab."""

    checks: Path
    """The lab's ``checks.py``; not opened unless something names a function of it."""
    scenario: Scenario
    knobs: tuple[Knob, ...]
    seed: int

    @cached_property
    def _functions(self) -> list[str]:
        return sorted(names(self.checks))

    def prediction(self, name: str, node: Node) -> Prediction:
        """Read a prediction.

        Raises:
            LabError: it says something that cannot be, or ``checks.py`` lacks what it names.
        """
        entries = node.fields(
            "label question kind truth explanation", "choices unit within within_percent jump"
        )
        kind = _KINDS[entries["kind"].one_of(_KINDS)]
        choices = {key: item.text() for key, item in named(entries.get("choices")).items()}
        if (kind == "number") != (len(choices) < 2):  # noqa: PLR2004 - fewer leave nothing to choose
            raise node.error(
                "choices (two or more) go with kind: choice and order, and with no other kind."
            )
        whole = {key: entries[key].integer(0) for key in _TOLERANCES if key in entries}
        if whole and kind != "number":
            raise entries[next(iter(whole))].error(f"{next(iter(whole))} goes with kind: number.")
        return Prediction(
            name=name,
            label=entries["label"].text(),
            question=entries["question"].text(),
            kind=kind,
            truth=self._truth(entries["truth"], kind),
            explanation=entries["explanation"].text(),
            choices=choices,
            unit=text(entries, "unit"),
            jump=self._jump(entries["jump"]) if "jump" in entries else None,
            **whole,
        )

    def challenge(self, node: Node | None) -> Challenge | None:
        """Read the challenge, where there is one.

        Raises:
            LabError: it says something that cannot be, or ``checks.py`` has nothing to judge it by.
        """
        if node is None:
            return None
        entries = node.fields("goal", "knobs seeds hints solution")
        if not any(name.startswith(CHALLENGE) for name in self._functions):
            raise node.error(
                f"{self.checks.name} has no function that judges the challenge.",
                hint=f"Define {CHALLENGE}NAME(trace) there.",
            )
        fixed = self._settings(entries.get("knobs"))
        solution = self._settings(entries.get("solution"))
        for name in solution:
            if name in fixed:
                raise named(entries["solution"])[name].error(
                    f"The solution turns {name}, and the challenge is judged at "
                    f"{name}={Knob.write(fixed[name])}."
                )
        seeds = [item.integer(0, MAX_SEED) for item in items(entries.get("seeds"))]
        return Challenge(
            goal=entries["goal"].text(),
            seeds=tuple(dict.fromkeys(seeds)) or (self.seed,),
            knobs=fixed,
            hints=tuple(item.text() for item in items(entries.get("hints"))),
            solution=solution,
        )

    def sweep(self, node: Node | None) -> Sweep | None:
        """Read what a sweep runs through and plots, where that is said.

        Raises:
            LabError: there is no such knob or figure.
        """
        if node is None:
            return None
        entries = node.fields("knob figures", "values")
        knob = self._knob(entries["knob"].text(), entries["knob"])
        figures = [_figure(item) for item in entries["figures"].items()]
        if not figures:
            raise entries["figures"].error("figures should name one figure or more.")
        values = []
        for item in items(entries.get("values")):
            if not knob.accepts(value := item.scalar()):
                raise item.error(f"The knob {knob.name} takes {knob.values}, not {value!r}.")
            values.append(value)
        shown = tuple(dict.fromkeys(figures))
        return Sweep(knob.name, shown, tuple(dict.fromkeys(values)) or knob.spread)

    def _truth(self, node: Node, kind: PredictionKind) -> str:
        if node.text().startswith(CHECKS_PREFIX):
            return self._function(node)
        if kind != "number":
            raise node.error(
                f"A figure is a number, and never {_GIVES[kind]}.",
                hint=f"Write truth: checks.NAME, for a function that returns {_GIVES[kind]}.",
            )
        return _figure(node)

    def _jump(self, node: Node) -> str:
        if node.text().startswith(CHECKS_PREFIX):
            return self._function(node)
        return node.one_of([SLOWEST, *(step.name for step in self.scenario.steps)])

    def _function(self, node: Node) -> str:
        """Read ``checks.NAME``."""
        name, known = node.text().removeprefix(CHECKS_PREFIX), self._functions
        if name not in known:
            hint = suggestion(name, known, "It has:") if known else "It has none."
            raise node.error(f"{self.checks.name} has no function {name}.", hint=hint)
        return node.text()

    def _settings(self, node: Node | None) -> dict[str, Scalar]:
        """Read knob values: ``{memory: 512}``."""
        settings = {}
        for name, item in named(node).items():
            knob, value = self._knob(name, item), item.scalar()
            if not knob.accepts(value):
                raise item.error(f"The knob {name} takes {knob.values}, not {value!r}.")
            settings[name] = value
        return settings

    def _knob(self, name: str, node: Node) -> Knob:
        for knob in self.knobs:
            if knob.name == name:
                return knob
        known = [knob.name for knob in self.knobs]
        hint = suggestion(name, known, "It has:") if known else "It has none."
        raise node.error(f"The lab has no knob {name!r}.", hint=hint)


def _figure(node: Node) -> str:
    """Read a figure's name: ``p50_ms``, or ``Thumbs.p50_ms`` for one function's."""
    name = node.text()
    if figure_of(name) is None:
        own = name.rpartition(".")[2]
        known = [figure.name for figure in FIGURES]
        close = nearest(own, known, 3, cutoff=CUTOFF) or known
        raise node.error(f"{node.name} cannot be {name!r}.", hint=f"Known: {', '.join(close)}.")
    return name
