"""``warmstart import``: take in notes, and say what changed."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warmstart.cli.opened import opened
from warmstart.errors import UsageError
from warmstart.text import counted, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.usecases.import_notes import ImportReport, Progress
    from warmstart.usecases.workspace import Workspace

LOOK_EVERY = 0.5
"""Seconds between two looks of --watch."""
_FEW = 200  # notes: for more, looking for suggestions would take longer than the import
_SHOWN = 20  # problems printed; all of them are in --json


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--reread", is_flag=True, help="Read unchanged files too: after other settings.")
@click.option("--watch", is_flag=True, help="Stay, and import what is saved, until Ctrl+C.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_(
    paths: tuple[Path, ...], dry_run: bool, reread: bool, watch: bool, as_json: bool
) -> None:
    """Import markdown notes: files or folders.

    Folders give their .md and .markdown files; a .txt file is read when it is named itself.
    Importing again is safe and cheap: cards that were edited or moved keep their history. The exit
    code is 1 if anything could not be read; the rest is imported all the same.
    """
    from warmstart.usecases.import_notes import import_notes

    if watch and (dry_run or len(paths) != 1 or not paths[0].is_dir()):
        raise UsageError("--watch takes one folder, and no --dry-run.")
    with opened() as workspace:
        with _progress(quiet=as_json) as progress:
            report = import_notes(
                workspace, paths, dry_run=dry_run, reread=reread, progress=progress
            )
        _show(report, as_json=as_json, dry_run=dry_run)
        if not as_json and not dry_run and 0 < report.read <= _FEW:
            _tell_of_suggestions(workspace)
        if watch:
            _watch(workspace, paths[0], as_json=as_json)
    sys.exit(1 if report.problems else 0)


def _watch(workspace: Workspace, folder: Path, *, as_json: bool) -> None:
    """Import what is saved in a folder, twice a second, until the learner has enough."""
    from warmstart.usecases.watch import Watch

    seen = Watch(workspace, folder)
    click.echo(f"Watching {safe(str(folder))}; Ctrl+C ends it.", err=True)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(LOOK_EVERY)
            report = seen.changed()
            if report is not None:
                _show(report, as_json=as_json, dry_run=False, watching=True)


def _tell_of_suggestions(workspace: Workspace) -> None:
    from warmstart.usecases.inbox import waiting_count

    waiting = waiting_count(workspace)
    if waiting:
        click.echo(
            f"{counted(waiting, 'suggested card')} wait: `warmstart inbox`, or i in the app."
        )


def _show(report: ImportReport, *, as_json: bool, dry_run: bool, watching: bool = False) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(report, dry_run=dry_run, watching=watching)


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


def _print(report: ImportReport, *, dry_run: bool, watching: bool) -> None:
    for problem in report.problems[:_SHOWN]:
        click.echo(safe(str(problem)), err=True)
    if len(report.problems) > _SHOWN:
        click.echo(f"… and {len(report.problems) - _SHOWN} more; --json lists all.", err=True)
    kinds = ", ".join(counted(n, kind) for kind, n in report.cards.items()) or "no cards"
    click.echo(f"Read {counted(report.notes, 'note')}: {kinds}.")
    changes = [
        f"{number} {word}"
        for number, word in (
            (report.added, "added"),
            (report.changed, "changed (history kept)"),
            (report.moved, "moved (history kept)"),
            (report.returned, "back (history kept)"),
            (report.retired, "retired"),
        )
        if number
    ]
    if changes:
        click.echo(f"Cards: {', '.join(changes)}, {report.unchanged} unchanged.")
    elif watching and not report.read:
        click.echo("The store has what was saved already: the app reads notes while it runs, too.")
    else:
        click.echo("No card has changed." if report.read else "Nothing has changed.")
    if dry_run:
        click.echo("This was a dry run: nothing was written.")
