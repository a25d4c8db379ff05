"""``warmstart import``: take in notes, and say what changed."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.usecases.import_notes import ImportReport, Progress

_SHOWN = 20  # problems printed; all of them are in --json


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_(paths: tuple[Path, ...], dry_run: bool, as_json: bool) -> None:
    """Import markdown notes: files or folders.

    Folders give their .md and .markdown files; a .txt file is read when it is named itself.
    Importing again is safe and cheap: cards that were edited or moved keep their history. The exit
    code is 1 if anything could not be read; the rest is imported all the same.
    """
    from warmstart.paths import home
    from warmstart.usecases.import_notes import import_notes
    from warmstart.usecases.workspace import Workspace

    workspace = Workspace.open(home())
    try:
        with _progress(quiet=as_json) as progress:
            report = import_notes(workspace, paths, dry_run=dry_run, progress=progress)
    finally:
        workspace.close()
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(report, dry_run=dry_run)
    sys.exit(1 if report.problems else 0)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress | None]:
    """Show a bar while notes are read, where a terminal can show one."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Reading notes", file=sys.stderr) as bar:

        def show(done: int, total: int, _path: str) -> None:
            bar.length = max(1, total)
            bar.update(done - bar.pos)

        yield show


def _print(report: ImportReport, *, dry_run: bool) -> None:
    for problem in report.problems[:_SHOWN]:
        click.echo(safe(str(problem)), err=True)
    if len(report.problems) > _SHOWN:
        click.echo(f"… and {len(report.problems) - _SHOWN} more; --json lists all.", err=True)
    kinds = ", ".join(_count(n, kind) for kind, n in report.cards.items()) or "no cards"
    click.echo(f"Read {_count(report.notes, 'note')}: {kinds}.")
    changes = [
        f"{number} {word}"
        for number, word in (
            (report.added, "added"),
            (report.changed, "changed (history kept)"),
            (report.moved, "moved (history kept)"),
            (report.retired, "retired"),
        )
        if number
    ]
    if changes:
        click.echo(f"Cards: {', '.join(changes)}, {report.unchanged} unchanged.")
    else:
        click.echo("Nothing has changed.")
    if dry_run:
        click.echo("This was a dry run: nothing was written.")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
