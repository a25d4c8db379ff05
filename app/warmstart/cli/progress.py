"""``warmstart progress``: the figures of the Progress screen, as text or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from warmstart.cli.bars import BLOCKS, bar, spark
from warmstart.cli.opened import opened
from warmstart.text import fit, safe

if TYPE_CHECKING:
    from warmstart.usecases.progress import Progress
    from warmstart.usecases.warmths import ConceptNode

_HEAT = " ░▒▓█"
_NAME = 42  # cells for a concept's name


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def progress(as_json: bool) -> None:
    """Print mastery by concept, true retention, reviews a day and the load ahead."""
    from warmstart.usecases.progress import progress as read_progress

    with opened() as workspace:
        figures = read_progress(workspace)
    if as_json:
        click.echo(json.dumps(figures.as_json(), ensure_ascii=False, indent=2))
        return
    _print(figures)


def _print(figures: Progress) -> None:
    click.echo("Mastery: recall expected in 30 days, %")
    for node in figures.concepts:
        _print_concept(node, 0)
    click.echo("\nReviews a day, the last 26 weeks")
    for line in heat_lines(figures, weeks=26):
        click.echo(f"  {line}")
    goal = round(100 * figures.goal)
    click.echo(f"\nTrue retention (goal {goal} %)")
    for row in figures.retention:
        share = "–" if row.share is None else f"{100 * row.share:.0f} %"
        click.echo(f"  {row.label:<8} {share:>6}   {row.passed} of {row.reviews}")
    click.echo("\nCards")
    click.echo("  " + ", ".join(f"{count} {state}" for state, count in figures.states.items()))
    click.echo("\nDue in the next 30 days")
    click.echo(f"  {spark(figures.forecast)}  today {figures.forecast[0]}")


def _print_concept(node: ConceptNode, depth: int) -> None:
    name = fit("  " * depth + safe(node.title), _NAME)
    if node.mastery is None:
        click.echo(f"  – {name}   –")
    else:
        level = BLOCKS[min(len(BLOCKS) - 1, node.mastery * len(BLOCKS) // 100)]
        click.echo(
            f"  {level} {name} {node.mastery:>3}  {bar(node.mastery)}  {node.studied}/{node.cards}"
        )
    for child in node.children:
        if child.studied:  # on a page of text, a section never studied says nothing
            _print_concept(child, depth + 1)


def heat_lines(figures: Progress, weeks: int) -> list[str]:
    """Return seven lines, Monday first, a column a week; this week is the last column."""
    from datetime import timedelta

    monday = figures.today - timedelta(days=figures.today.weekday())
    highest = max(figures.heat.values(), default=0) or 1
    lines = []
    for weekday, name in enumerate(("Mon", "", "Wed", "", "Fri", "", "Sun")):
        cells = []
        for week in range(weeks - 1, -1, -1):
            day = monday + timedelta(days=weekday - 7 * week)
            count = figures.heat.get(day, 0)
            if day > figures.today:
                cells.append(" ")
            elif not count:
                cells.append("·")
            else:
                cells.append(_HEAT[1 + round(3 * count / highest)])
        lines.append(f"{name:<4}" + "".join(cells))
    return lines
