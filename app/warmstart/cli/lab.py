"""``warmstart lab``: labs without the screen; what is long has a file of its own."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warmstart.cli.completing import lab_names
from warmstart.cli.lab_author import check_labs, new_lab
from warmstart.cli.lab_run import run_lab
from warmstart.cli.lab_serve import serve_lab
from warmstart.cli.lab_sweep import sweep_lab
from warmstart.cli.opened import opened_labs
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from warmstart.usecases.lab_run import LabEntry

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.group()
def lab() -> None:
    """List the labs, run one, copy one to edit it, or write your own."""


for command in (run_lab, sweep_lab, serve_lab, new_lab, check_labs):
    lab.add_command(command)


# List


@lab.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_labs(as_json: bool) -> None:
    """List the labs, with what came of the last run of each.

    The exit code is 1 when a lab cannot be read; it is listed with the reason.
    """
    from warmstart.labs.load import BrokenLab

    with opened_labs() as labs:
        entries = labs.entries()
    if as_json:
        click.echo(
            json.dumps([_entry_json(entry) for entry in entries], ensure_ascii=False, indent=2)
        )
    else:
        for entry in entries:
            _print_entry(entry)
    sys.exit(any(isinstance(entry.lab, BrokenLab) for entry in entries))


def _entry_json(entry: LabEntry) -> dict[str, Any]:
    from warmstart.labs.load import BrokenLab

    common = {"name": entry.key, "folder": str(entry.lab.folder), "own": entry.own}
    if isinstance(entry.lab, BrokenLab):
        return common | {"error": str(entry.lab.error)}
    last = entry.last
    return common | {
        "title": entry.lab.title,
        "summary": entry.lab.summary,
        "minutes": entry.lab.minutes,
        "concepts": list(entry.lab.concepts),
        "knobs": {
            knob.name: {"default": knob.default, "takes": knob.values} for knob in entry.lab.knobs
        },
        "challenge_due": None if entry.due is None else entry.due.isoformat(),
        "last_run": None
        if last is None
        else {
            "at": last.at.isoformat(),
            "seed": last.seed,
            "knobs": last.knobs,
            "predicted": last.predicted,
            "right": last.right,
            "checks": last.checks,
            "passed": last.passed,
            "challenge": last.challenge,
        },
    }


def _print_entry(entry: LabEntry) -> None:
    from warmstart.labs.load import BrokenLab

    if isinstance(entry.lab, BrokenLab):
        click.echo(f"{safe(entry.key):<20} cannot be read\n  {safe(str(entry.lab.error))}")
        return
    own = f"  ({entry.whose})" if entry.whose else ""
    click.echo(f"{safe(entry.key):<20} {safe(entry.lab.title)}, {entry.lab.minutes} min{own}")
    click.echo(f"  {safe(entry.lab.summary)}")
    if entry.last is None:
        click.echo(f"  Not run yet: warmstart lab run {shlex.quote(entry.key)}")
    else:
        click.echo(f"  Last run {entry.last.at:%Y-%m-%d}: {entry.last.in_words}.")
    if entry.due is not None:
        click.echo(f"  Challenge met; it comes due again on {entry.due.astimezone():%Y-%m-%d}.")
    for knob in entry.lab.knobs:
        setting = fit(f"{knob.name}={knob.write(knob.default)}", 18)
        click.echo(f"    --set {setting}  {safe(knob.label)}: {knob.values}")


# Copy


@lab.command("copy")
@click.argument("name", shell_complete=lab_names)
def copy_lab(name: str) -> None:
    """Copy a lab to your own folder, to edit and run it there."""
    with opened_labs() as labs:
        target = labs.copy(name)
    click.echo(f"Copied to {target}; `warmstart lab run {name}` runs the copy from now on.")


@lab.command("reset")
@click.argument("name", shell_complete=lab_names)
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset_lab(name: str, yes: bool) -> None:
    """Let a lab run as it ships again; your copy is kept."""
    if not yes:
        click.confirm(f"Put your copy of {name} away, and let it run as it ships?", abort=True)
    with opened_labs() as labs:
        kept = labs.reset(name)
    click.echo(f"{name} runs as it ships. Your copy is in {kept}.")


@lab.command("forget")
@click.argument("folder", type=click.Path(path_type=Path))
def forget_lab(folder: Path) -> None:
    """Trust a folder no longer; what was run there is kept."""
    with opened_labs() as labs:
        labs.forget(folder.expanduser().resolve())
    click.echo(f"{safe(str(folder))} is not trusted, and stands in no list.")


# Challenge


@lab.command("hint")
@click.argument("name", shell_complete=lab_names)
def hint(name: str) -> None:
    """Tell the next hint for a lab's challenge."""
    from warmstart.notes.display import plain

    with opened_labs() as labs:
        told = labs.hint(labs.find(name))
    click.echo(f"Hint {told.number} of {told.total}: {safe(plain(told.text))}")


@lab.command("solution")
@click.argument("name", shell_complete=lab_names)
def solution(name: str) -> None:
    """Show what the solution changes, when asked twice."""
    with opened_labs() as labs:
        found = labs.find(name)
        shown = labs.solution(found)
    if shown is None:
        click.echo("Sure? Ask once more, and it is shown; a hint costs less: warmstart lab hint.")
        return
    settings = "".join(f" --set {k}={found.knob(k).write(v)}" for k, v in shown.knobs.items())
    click.echo(f"warmstart lab run {shlex.quote(name)}{settings}")
    for difference in shown.files:
        for line in difference.lines:
            click.secho(safe(line), fg=_COLOURS.get(line[:1]), bold=line.startswith(("+++", "---")))
