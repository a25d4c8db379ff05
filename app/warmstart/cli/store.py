"""``warmstart store``: where the data lies and how large it is."""

from __future__ import annotations

import json

import click

from warmstart.cli.opened import opened
from warmstart.text import safe


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON; sizes in bytes.")
def store(as_json: bool) -> None:
    """Say where the store lies, how large it is and what it holds."""
    from warmstart.usecases.manage import info

    with opened() as workspace:
        found = info(workspace)
    if as_json:
        values = {"path": str(found.path), "size": found.size, "backups": found.backups}
        counts = {"notes": found.notes, "cards": found.cards, "log": found.log}
        click.echo(json.dumps(values | counts, indent=2))
        return
    click.echo(safe(str(found.path)))
    click.echo(f"{_megabytes(found.size)}, and {_megabytes(found.backups)} of backups")
    click.echo(f"{found.notes} notes, {found.cards} cards, {found.log} entries in the log")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
