"""``warmstart search``: words in notes and cards."""

from __future__ import annotations

import json
import sys

import click

from warmstart.cli.opened import opened
from warmstart.text import safe


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--most", default=20, show_default=True, help="How many results to print.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def search(words: tuple[str, ...], most: int, as_json: bool) -> None:
    """Search notes and cards for all of these words.

    A word also finds what begins with it; put words in quotes to find them side by side.
    """
    from warmstart.store.repositories.search import MARK_OFF, MARK_ON
    from warmstart.usecases.search import search as find

    with opened() as workspace:
        found = find(workspace, " ".join(words), most)
    colour = sys.stdout.isatty() and not as_json
    on, off = ("\x1b[1m", "\x1b[22m") if colour else ("", "")
    results = [
        {
            "note": hit.note,
            "section": hit.section,
            "kind": "note" if hit.card is None else "card",
            "both_ways": hit.both_ways,
            "text": safe(hit.snippet).replace(MARK_ON, on).replace(MARK_OFF, off),
        }
        for hit in found
    ]
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
        return
    for hit, result in zip(found, results, strict=True):
        where = " › ".join(safe(part) for part in (hit.note, hit.section) if part)
        kind = f"{result['kind']}{', both ways' if hit.both_ways else ''}"
        click.echo(f"{where}  ({kind})\n  {result['text']}")
    if not results:
        click.echo("Nothing was found.")
        sys.exit(1)
