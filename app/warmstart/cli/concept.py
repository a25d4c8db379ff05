"""``warmstart concept``: one concept's page, as text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from warmstart.cli.bars import bar
from warmstart.cli.completing import note_names
from warmstart.cli.opened import opened
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from warmstart.usecases.concept import ConceptPage

_NAME = 48


@click.command()
@click.argument("name", shell_complete=note_names)
@click.option("--json", "as_json", is_flag=True, help="Print the page as JSON.")
def concept(name: str, as_json: bool) -> None:
    """Print how well a concept is known, what is behind its lapses, and what would raise it.

    NAME is a concept or note: its title, the note's file name, or note/title.
    """
    from warmstart.usecases.concept import concept as read_concept
    from warmstart.usecases.goals import find_concept

    with opened() as workspace:
        page = read_concept(workspace, find_concept(workspace, name))
    if as_json:
        click.echo(json.dumps(page.as_json(), ensure_ascii=False, indent=2))
    else:
        _print(page)


def _print(page: ConceptPage) -> None:
    from warmstart.usecases import phrases

    node = page.node
    click.echo(safe(" › ".join((*page.trail, node.title))))
    if node.mastery is None:
        click.echo("No cards yet.")
    else:
        word = (page.status or "").replace("_", " ")
        click.echo(
            f"Mastery {node.mastery}  {bar(node.mastery)}  {node.studied} of {node.cards} cards"
            f" studied, {word}"
        )
    if page.goal is not None:
        click.echo(f"Goal {phrases.goal(page.goal)}. {phrases.plan(page.goal)}")
    for found in page.prerequisites:
        recall = "never studied" if found.recall is None else f"recall now {found.recall:.0%}"
        click.echo(f"Builds on {safe(found.title)}: {recall}")
        if found.behind:
            click.echo(f"  {safe(phrases.behind(found))}")
    for _, title in page.labs:
        click.echo(f"Lab: {safe(title)}")
    for title, ways in (
        ("Cards that would raise it fastest", page.fastest_cards),
        ("Concepts below that would", page.fastest_concepts),
    ):
        if ways:
            click.echo(f"\n{title}")
        for way in ways:
            name = fit(safe(" ".join(way.title.split())), _NAME)
            click.echo(f"  {name}  +{way.worth.points:.1f} in {way.worth.minutes:.1f} min")
