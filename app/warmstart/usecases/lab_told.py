"""What a run changed, in a line: for whoever has just saved a file, or turned a knob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.labs.figures import FIGURES
from warmstart.labs.log import failures
from warmstart.usecases.lab_history import checks_held

if TYPE_CHECKING:
    from warmstart.labs.figures import Figure, Figures
    from warmstart.usecases.lab_run import RunReport

_FIGURES: Final = ("p50_ms", "p99_ms", "cold", "throttles", "errors", "timeouts", "usd")
"""Those that tell most; the others follow from them or from what was turned."""
_MOST: Final = 3


def in_a_line(report: RunReport) -> str:
    """Return ``p99 1,018 ms → 280 ms, cold starts 6 → 2. Challenge: 2 of 3 conditions hold.``.

    New errors come first, as Lambda words them; then the figures that changed most, checks that do
    not hold, and how the run stands to the challenge.
    """
    run, before = report.run, report.before
    figures = before.figures if before else None
    sentences = []
    why = next(iter(failures(run.trace)), None)
    broken = run.figures.errors + run.figures.timeouts
    if why is not None and broken > (figures.errors + figures.timeouts if figures else 0):
        sentences.append(f"{broken:,} of {run.figures.invocations:,} calls fail: {why}")
    if figures is not None:
        sentences.append(", ".join(_shifts(figures, run.figures)) or "No figure changed")
    if not run.passed:
        held = sum(check.passed for check in run.checks)
        sentences.append(checks_held(held, len(run.checks)))
    if report.standing is not None:
        sentences.append(report.standing.sentence)
    return " ".join(f"{sentence.removesuffix('.')}." for sentence in sentences)


def _shifts(before: Figures, after: Figures) -> list[str]:
    """Return the figures that changed most, in their usual order."""
    changed: list[tuple[float, Figure]] = []
    for figure in FIGURES:
        old, new = before.value(figure.name), after.value(figure.name)
        if figure.name in _FIGURES and before.show(figure) != after.show(figure):
            changed.append((abs(new - old) / max(abs(new), abs(old)), figure))
    most = sorted(changed, key=lambda item: -item[0])[:_MOST]
    return [
        f"{figure.label} {before.show(figure)} → {after.show(figure)}"
        for figure in FIGURES
        if any(figure is found for _, found in most)
    ]
