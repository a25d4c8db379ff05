"""``warmstart goal``: goals with their plans; one set, or given up."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click

from warmstart.cli.completing import note_names
from warmstart.cli.opened import opened
from warmstart.errors import UsageError
from warmstart.text import safe

if TYPE_CHECKING:
    from warmstart.usecases.workspace import Workspace


@click.command()
@click.argument("name", required=False, shell_complete=note_names)
@click.option("--mastery", type=int, help="The mastery to reach, 1 to 100; 80 unless given.")
@click.option("--by", help="The day to reach it by, as 2026-12-20.")
@click.option("--remove", is_flag=True, help="Give the goal up.")
@click.option("--json", "as_json", is_flag=True, help="Print the goals as JSON.")
def goal(
    name: str | None, mastery: int | None, by: str | None, remove: bool, as_json: bool
) -> None:
    """List goals and what they take a day; with NAME, set or remove that concept's goal.

    NAME is a concept or note: its title, the note's file name, or note/title.
    """
    from warmstart.usecases.goals import all_goals

    if name is None and (mastery is not None or by or remove):
        raise UsageError("Say which concept the goal is for: warmstart goal NAME --by DAY.")
    with opened() as workspace:
        removed = None
        if name is not None and remove:
            removed = _remove(workspace, name)
        elif name is not None:
            _set(workspace, name, mastery, by)
        found = all_goals(workspace)
    if as_json:
        click.echo(json.dumps([view.as_json() for view in found], ensure_ascii=False, indent=2))
        return
    from warmstart.usecases import phrases

    if removed is not None:
        click.echo(removed)
    if not found and removed is None:
        click.echo("No goals yet. Set one with: warmstart goal NAME --mastery 80 --by 2026-12-20")
    for view in found:
        title = view.title if view.note in {"", view.title} else f"{view.title} ({view.note})"
        click.echo(f"{safe(title)}: {phrases.goal(view)}")
        click.echo(f"  {safe(phrases.plan(view))}")


def _remove(workspace: Workspace, name: str) -> str:
    """Give the goal of a concept up, and return a sentence that says so."""
    from warmstart.usecases import goals

    key = goals.find_concept(workspace, name)
    view = next((v for v in goals.all_goals(workspace) if v.concept == key), None)
    if view is None:
        return f"There was no goal for {name!r}, so nothing was removed."
    goals.remove_goal(workspace, view.goal)
    wanted = f"mastery {view.goal.mastery} by {view.goal.by_day.isoformat()}"
    return f"The goal for {safe(view.title)!r} is removed: {wanted}."


def _set(workspace: Workspace, name: str, mastery: int | None, by: str | None) -> None:
    from warmstart.usecases import goals

    key = goals.find_concept(workspace, name)
    if by is None:
        raise UsageError("Say by which day: warmstart goal NAME --by 2026-12-20.")
    try:
        day = date.fromisoformat(by)
    except ValueError as error:
        raise UsageError(f"--by is a day such as 2026-12-20, not {by!r}.") from error
    goals.set_goal(workspace, key, 80 if mastery is None else mastery, day)
