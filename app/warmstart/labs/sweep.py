"""A lab run once for each value of a knob, and what its figures come to."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from warmstart.errors import UsageError
from warmstart.labs.figures import Figure, figure_of
from warmstart.labs.run import carry_out, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from warmstart.labs.definition import Knob, Lab
    from warmstart.labs.run import LabRun
    from warmstart.labs.yaml_nodes import Scalar

_FIGURES: Final = ("p50_ms", "p99_ms", "usd")
"""What is shown of a knob for which the lab names nothing."""
_KIND: Final = 2
"""Of what is kept of a sweep: the first had 0 where there was no figure."""
_AT_ONCE: Final = 2
"""Runs side by side: each is a process of its own, and mostly computes."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is to be run, and what of it to be shown."""

    lab: Lab
    knob: Knob
    values: tuple[Scalar, ...]
    figures: tuple[Figure, ...]
    seed: int
    knobs: Mapping[str, Scalar]
    """Where the other knobs stand, those that are turned."""


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the knob, and what the figures came to."""

    value: Scalar
    figures: tuple[float | None, ...]
    """In the order of the sweep's; None where there is none, because no call ended."""


class Known(Protocol):
    """Rows by what they follow from, as a dict has them; a longer memory may lie behind it."""

    def get(self, key: str, /) -> Row | None:
        """Return a row that is known."""

    def __setitem__(self, key: str, row: Row, /) -> None:
        """Keep a row."""


def prepare(
    lab: Lab,
    knob: str | None = None,
    *,
    seed: int | None = None,
    knobs: Mapping[str, Scalar] | None = None,
) -> Sweep:
    """Work out a sweep: through the lab's own knob and figures where nothing else is said.

    Raises:
        UsageError: an unknown knob, a value one cannot stand at, or no knob where the lab names
            none.
    """
    own = lab.sweep
    if knob is None and own is None:
        names = ", ".join(each.name for each in lab.knobs) or "none at all"
        raise UsageError(
            f"The lab {lab.name} does not say which knob to run through.",
            hint=f"Name one of its knobs: {names}.",
        )
    chosen = lab.knob(knob or (own.knob if own is not None else ""))
    others = {name: value for name, value in (knobs or {}).items() if name != chosen.name}
    lab.values(others)
    values = own.values if own is not None and own.knob == chosen.name else chosen.spread
    shown = [figure_of(name) for name in (own.figures if own is not None else _FIGURES)]
    return Sweep(
        lab,
        chosen,
        values,
        tuple(figure for figure in shown if figure is not None),
        lab.seed if seed is None else seed,
        others,
    )


def rows(
    sweep: Sweep,
    *,
    known: Known | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Row]:
    """Run the lab for one value after the other, and give what came of each, in order.

    Args:
        sweep: what ``prepare`` gives.
        known: what earlier sweeps gave; what is in it is not run again, what is not is added.
        cancelled: asked now and then; True ends it.

    Raises:
        LabError, TemplateError: the lab is broken.
        RunError: a run could not be carried out.
    """
    kept: Known = {} if known is None else known
    digest = _digest(sweep.lab.folder)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked: list[tuple[Scalar, str, Row | Future[LabRun]]] = []
        for value in sweep.values:
            key = _key(sweep, digest, value)
            row = kept.get(key)
            asked.append((value, key, row or pool.submit(_run, sweep, value, cancelled)))
        try:
            for value, key, found in asked:
                if cancelled is not None and cancelled():
                    return
                if isinstance(found, Row):
                    yield found
                    continue
                run = found.result()
                if not run.complete:
                    return
                came = Row(value, tuple(run.value(figure.name) for figure in sweep.figures))
                kept[key] = came
                yield came
        finally:
            for _, _, found in asked:
                if isinstance(found, Future):
                    found.cancel()


def _run(sweep: Sweep, value: Scalar, cancelled: Callable[[], bool] | None) -> LabRun:
    knobs = {**sweep.knobs, sweep.knob.name: value}
    return carry_out(plan(sweep.lab, seed=sweep.seed, knobs=knobs), cancelled=cancelled)


def _key(sweep: Sweep, digest: str, value: Scalar) -> str:
    """Return what a row follows from: the lab's files, the seed, the knobs, the figures."""
    turned = {**sweep.knobs, sweep.knob.name: value}
    shown = [figure.name for figure in sweep.figures]
    return f"{_KIND} {digest} {sweep.seed} {sorted(turned.items())} {shown}"


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            found.update(f"{file.relative_to(folder)}\0".encode())
            found.update(file.read_bytes())
    return found.hexdigest()
