"""``warmstart lab new`` and ``check``: for whoever writes a lab."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warmstart.cli.completing import lab_names
from warmstart.cli.opened import ask_for_trust, opened_labs
from warmstart.text import safe

if TYPE_CHECKING:
    from warmstart.labs.examine import Examination, Thoroughness


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
def new_lab(folder: Path) -> None:
    """Make a small lab that runs, to be changed into your own.

    FOLDER's name becomes the lab's; its files say what can be in them.
    """
    from warmstart.labs.new import create

    create(folder.absolute())
    with opened_labs() as labs:
        labs.trust(folder.resolve())
    shown = shlex.quote(str(folder) if len(folder.parts) > 1 else f"./{folder}")
    click.echo(f"A lab lies in {safe(str(folder))}.")
    click.echo(f"  warmstart lab run {shown}    runs it")
    click.echo(f"  warmstart lab check {shown}  names every fault, with file and line")


@click.command("check")
@click.argument("labs", nargs=-1, required=True, shell_complete=lab_names, metavar="LAB…")
@click.option("--all", "how", flag_value="every", help="Run at every value of every knob, too.")
@click.option("--quick", "how", flag_value="quick", help="Solve the challenge at one seed only.")
@click.option("--trust", is_flag=True, help="Trust the folders given.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check_labs(labs: tuple[str, ...], how: Thoroughness | None, trust: bool, as_json: bool) -> None:
    """Name every fault of labs, with file and line.

    They are given by name or folder. Each is read, run, and run with its challenge's solution. The
    exit code is 1 when something is wrong.
    """
    from concurrent.futures import ThreadPoolExecutor

    from warmstart.labs.examine import AT_A_TIME, can_lint, examine

    folders = [_folder(name, trust=trust) for name in labs]
    several = min(AT_A_TIME, len(folders))
    with ThreadPoolExecutor(several) as pool:
        runs = AT_A_TIME // several
        found = list(pool.map(lambda lab: examine(lab, how or "usual", at_a_time=runs), folders))
    if as_json:
        click.echo(json.dumps([_json(lab) for lab in found], ensure_ascii=False, indent=2))
    else:
        for lab in found:
            _print(lab)
        if not can_lint():
            click.echo("cfn-lint is not installed: the templates were read by Warmstart alone.")
    sys.exit(any(lab.faults for lab in found))


def _folder(name: str, *, trust: bool) -> Path:
    """Return the folder of a lab, by its name or a path to it; its code may run."""
    from warmstart.labs.load import Shelf
    from warmstart.paths import home
    from warmstart.resources import bundled

    shelf = Shelf(bundled("labs"), home().labs)
    folder = shelf.at(name)
    if shelf.is_elsewhere(folder):
        with opened_labs() as labs:
            ask_for_trust(labs, folder, trust=trust)
            labs.allow(folder)
    return folder


def _json(lab: Examination) -> dict[str, Any]:
    return {
        "lab": lab.folder.name,
        "folder": str(lab.folder),
        "runs": lab.runs,
        "faults": [
            {
                "path": str(fault.path),
                "line": fault.line,
                "message": fault.message,
                "hint": fault.hint,
            }
            for fault in lab.faults
        ],
    }


def _print(lab: Examination) -> None:
    for fault in lab.faults:
        where = _shown(fault.path or lab.folder) + (f":{fault.line}" if fault.line else "")
        hint = f" {fault.hint}" if fault.hint else ""
        click.echo(safe(f"{where}: {fault.message}{hint}"))
    faults = len(lab.faults)
    tally = "no fault" if not faults else "1 fault" if faults == 1 else f"{faults} faults"
    runs = "1 run" if lab.runs == 1 else f"{lab.runs} runs"
    click.echo(f"{safe(lab.folder.name)}: {tally} in {runs}.")


def _shown(path: Path | str) -> str:
    """Return a path as it is short: from here where it lies below, else from the root."""
    near = os.path.relpath(path)
    return str(path) if near.startswith(os.pardir) else near
