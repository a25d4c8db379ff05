"""``warmstart progress``: the figures of the Progress screen, as text, JSON or a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warmstart.cli.bars import BLOCKS, bar, spark
from warmstart.cli.completing import filed_under, note_names
from warmstart.cli.opened import opened
from warmstart.cli.output import complete
from warmstart.text import counted, fit, safe

if TYPE_CHECKING:
    from warmstart.study.figures import Recalled
    from warmstart.usecases.progress import Details, Overview
    from warmstart.usecases.warmths import ConceptNode

_HEAT = "░▒▓█"  # two levels each
_NAME = 42  # cells for a concept's name


@click.command()
@click.option(
    "--note",
    metavar="NOTE",
    shell_complete=note_names,
    help="Only this note: its name, path or title.",
)
@click.option(
    "--tag",
    metavar="TAG",
    shell_complete=filed_under("tag"),
    help="Only notes and cards with this tag, or one below it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write all figures as one page with pictures, for a browser or for paper.",
)
def progress(note: str | None, tag: str | None, as_json: bool, html: Path | None) -> None:
    """Print mastery by concept, true retention, answers a day and the load ahead."""
    from warmstart.usecases.progress import progress as read_progress
    from warmstart.usecases.progress import subject

    with opened() as workspace:
        found = read_progress(workspace, subject(workspace, note=note, tag=tag))
    if html is not None:
        from warmstart.usecases.report.progress_page import progress_page

        with complete(html) as out:
            out.write(progress_page(found).encode())
        click.echo(f"Wrote {html}.", err=as_json or str(html) == "-")
    if as_json:
        from warmstart.usecases.progress_json import as_json as values

        click.echo(json.dumps(values(found), ensure_ascii=False, indent=2))
    elif html is None:
        _print(found.overview, found.details, found.concepts)


def _print(first: Overview, more: Details, concepts: tuple[ConceptNode, ...]) -> None:
    title = safe(first.subject.title)
    mastery = "–" if first.mastery is None else f"{first.mastery}%"
    click.echo(f"{title}: mastery {mastery}" if title else f"Mastery {mastery}")
    for node in concepts:
        _print_concept(node, 0)
    click.echo("\nAnswers a day, the last 26 weeks")
    for line in heat_lines(first, weeks=26):
        click.echo(f"  {line}")
    streaks = first.streaks
    click.echo(
        f"  {counted(sum(first.heat.values()), 'answer')} in a year,"
        f" {counted(streaks.current, 'day')} in a row, longest {streaks.longest}"
    )
    click.echo(f"\nTrue retention (goal {first.goal:.0%})")
    click.echo(f"  {'':<8} {'all':>6} {'young':>7} {'mature':>7}")
    for row in first.retention:
        shares = f"{_share(row.all):>6} {_share(row.young):>7} {_share(row.mature):>7}"
        click.echo(f"  {row.label:<8} {shares}   {row.all.passed} of {row.all.reviews}")
    click.echo("\nCards")
    states = first.states.as_dict()
    click.echo("  " + ", ".join(f"{count} {state}" for state, count in states.items()))
    if more.recall.cards:
        known = f"{more.recalled:,.0f} of {more.recall.cards:,}"
        click.echo(f"  {known} studied cards would be recalled now")
    click.echo("\nDue in the next 30 days")
    overdue = f", {first.overdue} overdue" if first.overdue else ""
    click.echo(f"  {spark(first.forecast)}  today {first.forecast[0]}{overdue}")


def _share(found: Recalled) -> str:
    return "–" if found.share is None else f"{found.share:.0%}"


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


def heat_lines(first: Overview, weeks: int) -> list[str]:
    """Return seven lines, Monday first, a column a week; this week is the last column."""
    from datetime import timedelta

    monday = first.today - timedelta(days=first.today.weekday())
    lines = []
    for weekday, name in enumerate(("Mon", "", "Wed", "", "Fri", "", "Sun")):
        cells = []
        for week in range(weeks - 1, -1, -1):
            day = monday + timedelta(days=weekday - 7 * week)
            level = first.levels.get(day)
            if day > first.today:
                cells.append(" ")
            elif level is None:
                cells.append("·")
            else:
                cells.append(_HEAT[level // 2])
        lines.append(f"{name:<4}" + "".join(cells))
    return lines
