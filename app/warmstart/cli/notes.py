"""``warmstart notes``: list notes, see what could not be read, keep order among them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from warmstart.cli.completing import note_names
from warmstart.cli.opened import opened
from warmstart.text import counted, fit, safe

if TYPE_CHECKING:
    from warmstart.usecases.workspace import Workspace

_TITLE, _NAME = 40, 28  # cells
_ORIGINS = {"user": "", "course": "course", "lab": "lab"}


@click.group(invoke_without_command=True)
@click.option("--problems", is_flag=True, help="Only what could not be read, with file and line.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def notes(ctx: click.Context, problems: bool, as_json: bool) -> None:
    """List the notes; pause, reset or remove one; write what was measured back into them."""
    if ctx.invoked_subcommand is None:
        with opened() as workspace:
            if problems:
                _print_problems(workspace, as_json=as_json)
            else:
                _print_notes(workspace, as_json=as_json)


def _print_notes(workspace: Workspace, *, as_json: bool) -> None:
    from warmstart.usecases import library

    found = library.notes(workspace)
    if as_json:
        rows = [
            {"name": n.name, "title": n.title, "origin": n.origin, "cards": n.cards}
            | {"new": n.new, "due": n.due, "minutes": n.minutes}
            | {"mastery": n.mastery, "problems": n.problems}
            for n in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for n in found:
        columns = (
            fit(safe(n.name), _NAME),
            fit(safe(n.title), _TITLE),
            f"{counted(n.cards, 'card'):>10}",
            f"{f'{n.minutes} min' if n.minutes else '':>7}",
            f"{'–' if n.mastery is None else n.mastery:>4}",
            _ORIGINS[n.origin],
            counted(n.problems, "problem") if n.problems else "",
        )
        click.echo(" ".join(columns).rstrip())


def _print_problems(workspace: Workspace, *, as_json: bool) -> None:
    from warmstart.usecases.manage import problems

    found = problems(workspace)
    if as_json:
        rows = [
            {"path": str(p.path), "line": p.line, "message": p.message, "hint": p.hint}
            for p in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for problem in found:
            click.echo(safe(str(problem)))
        if not found:
            click.echo("Every note could be read.")
    if found:
        sys.exit(1)


@notes.command()
@click.argument("name", shell_complete=note_names)
def pause(name: str) -> None:
    """Take a note's cards out of study until it is resumed."""
    from warmstart.usecases import manage

    with opened() as workspace:
        cards = manage.pause(workspace, manage.named(workspace, name).id)
    click.echo(f"Paused, with {counted(cards, 'card')}.")


@notes.command()
@click.argument("name", shell_complete=note_names)
def resume(name: str) -> None:
    """Take a paused note's cards into study again."""
    from warmstart.usecases import manage

    with opened() as workspace:
        cards = manage.resume(workspace, manage.named(workspace, name).id)
    click.echo(f"Resumed, with {counted(cards, 'card')}.")


@notes.command()
@click.argument("name", shell_complete=note_names)
def reset(name: str) -> None:
    """Begin again with a note: its cards are new, and the log keeps what was answered."""
    from warmstart.usecases import manage

    with opened() as workspace:
        cards = manage.reset(workspace, manage.named(workspace, name).id)
    click.echo(f"Reset {counted(cards, 'card')}.")


@notes.command()
@click.argument("name", shell_complete=note_names)
def remove(name: str) -> None:
    """Remove a note with its cards; naming its file in an import brings both back."""
    from warmstart.usecases import manage

    with opened() as workspace:
        cards = manage.remove(workspace, manage.named(workspace, name).id)
    click.echo(
        f"Removed, with {counted(cards, 'card')}. Import the file by its name to bring it back."
    )


@notes.command("remove-course")
def remove_course() -> None:
    """Remove the bundled course."""
    from warmstart.usecases import manage

    with opened() as workspace:
        count = manage.remove_course(workspace)
    click.echo(
        f"Removed {counted(count, 'note')}. `warmstart notes restore-course` brings them back."
    )


@notes.command("restore-course")
def restore_course() -> None:
    """Bring the bundled course back, with its history."""
    from warmstart.usecases import manage

    with opened() as workspace:
        cards = manage.restore_course(workspace)
    click.echo(f"Restored, with {counted(cards, 'card')}.")


@notes.command("write-back")
@click.argument("names", nargs=-1, shell_complete=note_names)
@click.option("--all", "everything", is_flag=True, help="All notes of your own.")
def write_back(names: tuple[str, ...], everything: bool) -> None:
    """Write study_status, mastery and the review dates into the notes' front matter.

    Every other byte of a file stays. A file that has changed since it was imported is refused.
    """
    from warmstart.errors import UsageError
    from warmstart.usecases import library, manage
    from warmstart.usecases.writeback import write_back_notes

    if bool(names) == everything:
        raise UsageError("Name the notes to write to, or say --all.")
    with opened() as workspace:
        ids = (
            [n.id for n in library.notes(workspace) if n.origin == "user"]
            if everything
            else [manage.named(workspace, name).id for name in names]
        )
        written = write_back_notes(workspace, ids)
    for error in written.refused:
        click.echo(safe(str(error)), err=True)
    click.echo(
        f"Wrote {counted(len(written.changed), 'note')}; {len(written.same)} said so already."
    )
    if written.refused:
        sys.exit(1)
