"""``warmstart inbox``: the suggested cards, without the screen."""

from __future__ import annotations

import json

import click

from warmstart.cli.opened import opened
from warmstart.errors import UsageError
from warmstart.text import safe


@click.command()
@click.option("--note", help="Only the suggestions of this note: its name, path or title.")
@click.option("--accept", multiple=True, type=int, metavar="ID", help="Make a card of these.")
@click.option("--dismiss", multiple=True, type=int, metavar="ID", help="Put these away for good.")
@click.option("--json", "as_json", is_flag=True, help="Print what waits as JSON.")
def inbox(
    note: str | None, accept: tuple[int, ...], dismiss: tuple[int, ...], as_json: bool
) -> None:
    """List the cards that your notes suggest, or decide on them by their ids.

    Nothing suggested is scheduled before you accept it; what you dismiss does not come back.
    """
    from warmstart.usecases.inbox import Triage
    from warmstart.usecases.manage import named

    with opened() as workspace:
        triage = Triage(workspace)
        unknown = {*accept, *dismiss} - {waiting.id for waiting in triage.waiting}
        if unknown:
            ids = ", ".join(map(str, sorted(unknown)))
            raise UsageError(f"No suggestion {ids} waits.", hint="`warmstart inbox` lists the ids.")
        if accept or dismiss:
            triage.decide(accept=accept, dismiss=dismiss)
            click.echo(f"{len(accept)} accepted, {len(dismiss)} dismissed.")
            return
        wanted = named(workspace, note).id if note else None
        waiting = [w for w in triage.waiting if wanted in (None, w.note_id)]
    if as_json:
        rows = [
            {"id": w.id, "note": w.note, "line": w.first_line, "rule": w.rule, "kind": w.kind}
            | {"front": w.front, "back": w.back}
            for w in waiting
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for w in waiting:
        click.echo(f"{w.id:>5}  {safe(w.note)}:{w.first_line}  ({safe(w.rule_title)})")
        for text in (w.front, w.back):
            click.echo("       " + safe(text).replace("\n", "\n       "))
    if not waiting:
        click.echo("Nothing waits.")
