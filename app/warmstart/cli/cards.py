"""``warmstart cards``: the cards that a search fits, and what is done to all of them at once."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from warmstart.cli.completing import filed_under
from warmstart.cli.opened import opened
from warmstart.errors import UsageError
from warmstart.text import counted, fit, safe

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from warmstart.usecases.browse import CardRow
    from warmstart.usecases.workspace import Workspace

_FRONT, _NOTE = 40, 20  # cells
_ORDERS = ("note", "due", "stability", "recall", "lapses", "added")


@click.command()
@click.argument("search", nargs=-1)
@click.option("--limit", type=click.IntRange(1), help="Print so many at most.")
@click.option("--sort", type=click.Choice(_ORDERS), default="note", show_default=True)
@click.option("--reverse", is_flag=True, help="Sort the other way round.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with the full text.")
@click.option("--suspend", is_flag=True, help="Take them out of study.")
@click.option("--resume", is_flag=True, help="Let suspended ones take part again.")
@click.option("--bury", is_flag=True, help="Put them off until tomorrow.")
@click.option("--unbury", is_flag=True, help="Let buried ones come again today.")
@click.option("--reset", is_flag=True, help="Begin anew with them.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Let them come due on this day.")
@click.option("--tag", shell_complete=filed_under("tag"), help="Give them a tag.")
@click.option("--untag", shell_complete=filed_under("tag"), help="Take a tag of yours off them.")
@click.option(
    "--move",
    metavar="DECK",
    shell_complete=filed_under("deck"),
    help='Put them into a deck; "" leaves it to their note.',
)
@click.option("--flag", type=click.IntRange(0, 7), help="Flag them; 0 takes the flag away.")
@click.option("--undo", is_flag=True, help="Take back the last thing that was done to cards.")
def cards(
    search: tuple[str, ...],
    limit: int | None,
    sort: str,
    *,
    reverse: bool,
    as_json: bool,
    undo: bool,
    **changes: Any,
) -> None:
    """List the cards that SEARCH fits, or change all of them at once.

    The search language is Anki's: deck:aws is:due, tag:saga -is:suspended, prop:r<0.8, "two
    words"; docs/searching.md has it all. Write -- before a search that begins with "-".
    """
    wanted = {name: value for name, value in changes.items() if value not in (None, False)}
    if len(wanted) + undo > 1:
        raise UsageError("Say one change at a time.")
    query = " ".join(search)
    with opened() as workspace:
        if undo:
            _undo(workspace)
        elif wanted:
            name, value = next(iter(wanted.items()))
            _change(workspace, query, name, value)
        else:
            _list(workspace, query, limit, sort, reverse=reverse, as_json=as_json)


def _change(workspace: Workspace, query: str, name: str, value: Any) -> None:
    from warmstart.usecases import actions, browse

    if not query.strip():
        raise UsageError(
            "Say which cards, by a search.", hint='To take all of them, search for "*".'
        )
    found = browse.find(workspace, query)
    plain: dict[str, Callable[[Workspace, list[int]], int]] = {
        "suspend": actions.suspend,
        "resume": actions.resume,
        "bury": actions.bury,
        "unbury": actions.unbury,
        "reset": actions.reset,
    }
    valued: dict[str, Callable[[Workspace, list[int], Any], int]] = {
        "tag": actions.tag,
        "untag": actions.untag,
        "move": actions.move,
        "flag": actions.flag,
        "due": lambda w, keys, at: actions.set_due(w, keys, _day(at)),
    }
    if name in plain:
        changed = plain[name](workspace, found)
    else:
        changed = valued[name](workspace, found, value)
    others = len(found) - changed
    rest = f"; {others:,} needed no change" if others else ""
    back = " `warmstart cards --undo` takes it back." if changed else ""
    click.echo(f"Changed {counted(changed, 'card')}{rest}.{back}")
    if not found:
        sys.exit(1)


def _day(at: datetime) -> Any:
    return at.date()


def _undo(workspace: Workspace) -> None:
    from warmstart.usecases.undo import undo

    taken = undo(workspace)
    if taken is None:
        click.echo("There is nothing to take back.")
        sys.exit(1)
    click.echo(f"Took back what was done to {counted(len(taken.cards), 'card')}.")


def _list(
    workspace: Workspace,
    query: str,
    limit: int | None,
    sort: str,
    *,
    reverse: bool,
    as_json: bool,
) -> None:
    from warmstart.usecases import browse

    found = browse.find(workspace, query, browse.Order(sort), descending=reverse)
    shown = browse.rows(workspace, found[:limit])
    if as_json:
        click.echo(json.dumps([_json(row) for row in shown], ensure_ascii=False, indent=2))
    else:
        for row in shown:
            click.echo(_line(workspace, row))
        if len(shown) < len(found):
            click.echo(f"… and {len(found) - len(shown):,} more.", err=True)
        if not found:
            click.echo("No card fits this search.")
    if not found:
        sys.exit(1)


def _line(workspace: Workspace, row: CardRow) -> str:
    from warmstart.notes.display import plain

    due = "" if row.memory is None else f"{workspace.days.day_of(row.memory.due)}"
    columns = (
        f"{row.id:>6}",
        fit(plain(row.front), _FRONT),
        fit(" ".join(safe(row.note).split()), _NOTE),
        f"{due:10}",
        "   –" if row.recall is None else f"{row.recall:>4.0%}",
        ", ".join(row.states),
        f"flag {row.flag}" if row.flag else "",
    )
    return "  ".join(columns).rstrip()


def _json(row: CardRow) -> dict[str, Any]:
    memory = row.memory
    return {
        "id": row.id,
        "kind": row.kind,
        "front": row.front,
        "note": row.note,
        "deck": row.deck,
        "line": row.line,
        "states": list(row.states),
        "flag": row.flag,
        "recall": None if row.recall is None else round(row.recall, 4),
        "stability": None if memory is None else round(memory.stability, 2),
        "difficulty": None if memory is None else round(memory.difficulty, 2),
        "due": None if memory is None else memory.due.isoformat(),
        "last_review": None if memory is None else memory.last_review.isoformat(),
        "reviews": 0 if memory is None else memory.reviews,
        "lapses": 0 if memory is None else memory.lapses,
    }
