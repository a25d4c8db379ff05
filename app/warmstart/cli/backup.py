"""``warmstart backup`` and ``warmstart restore``: copies of the store, and the way back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from warmstart.text import safe


def _names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a backup, or else of a file."""
    from warmstart.paths import home
    from warmstart.usecases.backups import listed

    names = [one.path.name for one in listed(home()) if one.path.name.startswith(incomplete)]
    if not names:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in names]


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--list", "only_list", is_flag=True, help="List the backups there are, and make none."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON; sizes in bytes.")
def backup(file: Path | None, only_list: bool, as_json: bool) -> None:
    """Copy the store to FILE, or into the folder of backups.

    It can be done at any time, also while Warmstart is open. One copy a study day is made by
    itself: the newest seven are kept, and the newest of four weeks and twelve months.
    """
    from warmstart.paths import home
    from warmstart.usecases import backups
    from warmstart.usecases.clock import utc_now

    if not only_list:
        made = backups.backup(home(), file, utc_now())
        if as_json:
            click.echo(json.dumps({"path": str(made), "size": made.stat().st_size}))
        else:
            click.echo(safe(f"Copied the store to {made}."))
        return
    found = backups.listed(home())
    if as_json:
        rows = [
            {"path": str(b.path), "size": b.size, "made": _made(b.mtime).isoformat()} for b in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(
            f"{_made(one.mtime):%Y-%m-%d %H:%M}  {one.size / 1e6:8.1f} MB  {safe(one.path.name)}"
        )
    if not found:
        click.echo("There are no backups yet.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), shell_complete=_names)
def restore(file: Path) -> None:
    """Put the backup FILE in the store's place, after a backup of what is there.

    FILE is a path, or a name that `warmstart backup --list` lists. It is checked first; one of an
    older version is migrated, one of a later version refused. Leave every other Warmstart before.
    """
    from warmstart.paths import home
    from warmstart.store.connection import SCHEMA
    from warmstart.usecases import backups
    from warmstart.usecases.clock import utc_now

    done = backups.restore(home(), file, utc_now())
    click.echo(safe(f"The store is as {done.source} has it."))
    if done.schema < SCHEMA:
        click.echo(f"It was migrated from schema {done.schema} to {SCHEMA}.")
    if done.before is not None:
        click.echo(safe(f"What was there before is in {done.before}."))


def _made(mtime: float) -> datetime:
    return datetime.fromtimestamp(mtime, UTC).astimezone()
