"""A bundled lab as its tests play it: each setting run once, its checks called right here."""

from __future__ import annotations

import re
import runpy
from functools import cached_property
from typing import TYPE_CHECKING, Any

from warmstart.labs.check import CHALLENGE, CHECK
from warmstart.labs.read import read_lab
from warmstart.labs.run import LabRun, carry_out, plan
from warmstart.resources import bundled
from warmstart.runtime.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warmstart.runtime.trace import TraceEvent


class Played:
    """One lab. Runs cost half a second, so whoever asks for a setting again gets the same run."""

    def __init__(self, name: str) -> None:
        self.lab = read_lab(bundled("labs") / name)
        self._runs: dict[tuple[tuple[str, Any], ...], LabRun] = {}

    def run(self, setting: str = "") -> LabRun:
        """Return the run of a setting as the narrative writes it: ``poison=0 visibility=140``."""
        words = {} if setting == "as it comes" else dict(re.findall(r"(\S+)=(\S+)", setting))
        knobs = {name: self.lab.knob(name).parse(value) for name, value in words.items()}
        key = tuple(sorted(knobs.items()))
        if key not in self._runs:
            self._runs[key] = carry_out(plan(self.lab, knobs=knobs))
        return self._runs[key]

    def shown(self, setting: str = "") -> dict[str, list[TraceEvent]]:
        """Return what happens at the moment to which each prediction of a run jumps."""
        run = self.run(setting)
        assert all(outcome.told == outcome.at for outcome in run.outcomes)
        return {
            outcome.prediction.name: [event for event in run.trace if event.at == outcome.at]
            for outcome in run.outcomes
        }

    @cached_property
    def functions(self) -> dict[str, Callable[[Iterable[TraceEvent]], Any]]:
        """What ``checks.py`` defines, by name."""
        return runpy.run_path(str(self.lab.checks))

    def failing(self, events: Iterable[TraceEvent], prefix: str = CHECK) -> dict[str, str]:
        """Return the checks that do not hold, by name, with what they say."""
        given = events if isinstance(events, Trace) else list(events)
        found = {}
        for name, function in self.functions.items():
            if name.startswith(prefix):
                try:
                    function(given)
                except AssertionError as error:
                    found[name] = str(error)
        return found

    def unmet(self, events: Iterable[TraceEvent]) -> dict[str, str]:
        """Return the same of the challenge."""
        return self.failing(events, CHALLENGE)

    @cached_property
    def text(self) -> str:
        """The narrative, its lines joined."""
        return " ".join(self.lab.narrative.read_text(encoding="utf-8").split())

    @cached_property
    def table(self) -> dict[str, list[str]]:
        """The narrative's table of figures: the cells of each setting's row."""
        lines = self.lab.narrative.read_text(encoding="utf-8").splitlines()
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in lines
            if line.startswith("| `")
        ]
        return {row[0].strip("`"): row[1:] for row in rows}
