"""``warmstart optimize``: parameters fitted to the learner's own log, weighed and put in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warmstart.cli.bars import bar
from warmstart.cli.opened import opened
from warmstart.errors import InputError, UsageError

if TYPE_CHECKING:
    from warmstart.study.fit import Accuracy
    from warmstart.study.parameters import Parameters
    from warmstart.usecases.optimize import Proposal
    from warmstart.usecases.workspace import Workspace


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--apply", is_flag=True, help="Put the parameters found in force.")
@click.option("--back", is_flag=True, help="Go back to the parameters before the last change.")
@click.option("--reschedule", is_flag=True, help="Move due dates to what is in force now.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    help="Weigh the parameters in FILE (21, 19 or 17 numbers) instead of fitting.",
)
def optimize(as_json: bool, apply: bool, back: bool, reschedule: bool, file: Path | None) -> None:
    """Fit FSRS's parameters to your reviews, and say what they are worth.

    Nothing changes unless --apply, --back or --reschedule is given.
    """
    if back and (apply or file):
        raise UsageError("--back goes with neither --apply nor --from.")
    from warmstart.usecases import optimize as usecase

    given = None if file is None else _read(file)
    with opened() as workspace:
        if back:
            said = _back(workspace)
        elif reschedule and not apply:
            said = {}
        else:
            proposal = usecase.propose(workspace, given)
            said = proposal.as_json()
            if not as_json:
                _print(proposal)
            if apply:
                said["applied"] = proposal.proposed is not None
                if proposal.proposed is not None:
                    said["cards"] = usecase.put_in_force(workspace, proposal.proposed)
        if reschedule:
            said["rescheduled"] = usecase.reschedule(workspace)
    if as_json:
        click.echo(json.dumps(said, indent=2))
    else:
        _tell(said, asked=apply)


def _read(file: Path) -> Parameters:
    from warmstart.study import parameters

    try:
        return parameters.read(file.read_text(encoding="utf-8-sig"))
    except InputError as error:
        error.path = file
        raise
    except UnicodeDecodeError as error:
        raise InputError("This is no text: parameters are 21 numbers.", path=file) from error
    except OSError as error:
        raise InputError(f"This file cannot be read: {error.strerror}.", path=file) from error


def _back(workspace: Workspace) -> dict[str, Any]:
    from warmstart.usecases import optimize as usecase

    found = usecase.go_back(workspace)
    return {"back": found is not None, "in_force": list(workspace.in_force.parameters)}


def _tell(said: dict[str, Any], *, asked: bool) -> None:
    """Say what was done, and how it is taken back."""
    if "back" in said:
        if said["back"]:
            click.echo("Back to the parameters before; every card's memory was computed anew.")
        else:
            click.echo("The default parameters are in force; there is nothing to go back to.")
    if asked and said["applied"]:
        click.echo(
            f"In force: the memory of {said['cards']:,} cards was computed anew. Due dates stay as"
            " they were (--reschedule moves them). Go back with: warmstart optimize --back"
        )
    elif asked:
        click.echo("Nothing was changed.")
    if "rescheduled" in said:
        click.echo(f"{said['rescheduled']:,} due dates moved; undo takes them back in the app.")


def _print(proposal: Proposal) -> None:
    from warmstart.usecases.optimize import verdict

    click.echo(verdict(proposal))
    outcome = proposal.outcome
    before, after = getattr(outcome, "before", None), getattr(outcome, "after", None)
    if before is not None and after is not None:
        click.echo("\n                 log loss   RMSE (bins)   min a day   recalled")
        _row("in force", before, proposal.now.daily_minutes, proposal.now.recalled)
        if proposal.then is not None:
            _row("proposed", after, proposal.then.daily_minutes, proposal.then.recalled)
        if (default := getattr(outcome, "default", None)) is not None and default != before:
            _row("defaults", default)
    if proposal.choices:
        click.echo("\nA year of studying, by the retention desired")
        most = max(choice.minutes for choice in proposal.choices)
        for choice in proposal.choices:
            here = "  ←" if choice.retention == proposal.retention else ""
            click.echo(
                f"  {choice.retention:>4.0%}  {bar(100 * choice.minutes / (most or 1))}"
                f" {choice.minutes:>6.1f} min a day   {choice.known:>7,.0f} cards known{here}"
            )
    if proposal.proposed is not None:
        click.echo("\nParameters: " + ", ".join(f"{w:g}" for w in proposal.proposed))
        click.echo("Put them in force with: warmstart optimize --apply")


def _row(
    name: str, found: Accuracy, minutes: float | None = None, recalled: float | None = None
) -> None:
    more = "" if minutes is None else f"   {minutes:>9.1f}"
    more += "" if recalled is None else f"   {recalled:>8.1%}"
    click.echo(f"  {name:<13} {found.log_loss:>9.4f}   {found.rmse:>11.2%}{more}")
