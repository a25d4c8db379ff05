"""``warmstart`` without a terminal: today's summary, so that scripts and cron can print it."""

from __future__ import annotations

import shlex

import click

from warmstart.cli.bars import bar, spark
from warmstart.cli.opened import opened
from warmstart.text import fit, safe


def print_today() -> None:
    """Print what is due, what is going cold and which lab comes next."""
    from warmstart.usecases.today import glance

    with opened() as workspace:
        today = glance(workspace.home, workspace.settings, workspace.clock(), workspace.days)
    assert today is not None  # the workspace has just made the store
    time = f"about {today.minutes} min" if today.minutes else "nothing to do"
    click.echo(f"{today.due} due, {today.new} new: {time}. {today.studied} answered today.")
    click.echo(f"{spark(today.week)}  next 7 days: {' '.join(map(str, today.week))}")
    if today.cold:
        click.echo("\nGoing cold" + " " * 26 + "recall in 30 days")
        for concept in today.cold:
            seen = "today" if not concept.last_seen_days else f"{concept.last_seen_days} d ago"
            name = fit(safe(concept.title), 34)
            click.echo(f"  {name} {concept.mastery:>3}  {bar(concept.mastery)}  {seen}")
    if today.next_lab:
        minutes = f", {today.next_lab.minutes} min" if today.next_lab.minutes else ""
        again = ", due again" if today.next_lab.again else ""
        click.echo(f"\nNext lab: {safe(today.next_lab.title)}{again}{minutes}")
        click.echo(f"  warmstart lab run {shlex.quote(today.next_lab.name)}")
