"""``warmstart lab sweep``: a lab run through the values of a knob, its figures as bars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from warmstart.cli.bars import BLOCK
from warmstart.cli.completing import lab_names
from warmstart.cli.opened import ask_for_trust, marked, opened_labs
from warmstart.cli.options import of_a_run, settings_of
from warmstart.text import safe

if TYPE_CHECKING:
    from warmstart.labs.sweep import Row, Sweep

_BAR = 24
"""Cells of the longest bar."""


@click.command("sweep")
@click.argument("name", shell_complete=lab_names)
@click.argument("knob", required=False)
@of_a_run
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def sweep_lab(
    name: str,
    knob: str | None,
    *,
    seed: int | None,
    settings: tuple[str, ...],
    trust: bool,
    as_json: bool,
) -> None:
    """Run a lab through the values of a KNOB.

    Once for each, to show what that does to its figures.

    Without KNOB it is the one that the lab itself names.
    """
    from warmstart.labs.sweep import prepare

    with opened_labs() as labs:
        found = labs.find(name)
        ask_for_trust(labs, found.folder, trust=trust)
        sweep = prepare(found, knob, seed=seed, knobs=settings_of(found, settings))
        rows = list(labs.sweep(sweep))
    if as_json:
        click.echo(json.dumps(_as_json(sweep, rows), ensure_ascii=False, indent=2))
    else:
        _print(sweep, rows, marked(labs, found))


def _as_json(sweep: Sweep, rows: list[Row]) -> dict[str, object]:
    names = [figure.name for figure in sweep.figures]
    return {
        "lab": sweep.lab.name,
        "seed": sweep.seed,
        "knob": sweep.knob.name,
        "set": dict(sweep.knobs),
        "rows": [
            {"value": row.value, **dict(zip(names, row.figures, strict=True))} for row in rows
        ],
    }


def _print(sweep: Sweep, rows: list[Row], title: str) -> None:
    knob = sweep.knob
    turned = "".join(f", {name}={sweep.lab.knob(name).write(v)}" for name, v in sweep.knobs.items())
    click.echo(f"{title}: {safe(knob.label)}, seed {sweep.seed}{safe(turned)}")
    names = [safe(knob.show(row.value)) for row in rows]
    for place, figure in enumerate(sweep.figures):
        values = [row.figures[place] for row in rows]
        said = [figure.show(value) for value in values]
        most = max((value or 0 for value in values), default=0) or 1
        click.echo(f"\n  {safe(figure.title)}")
        for name, value, words in zip(names, values, said, strict=True):
            cells = BLOCK * round((value or 0) / most * _BAR)
            left = f"    {name:<{max(map(len, names))}}  {words:>{max(map(len, said))}}"
            click.echo(f"{left}  {cells}".rstrip())
