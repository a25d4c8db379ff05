"""``warmstart study``: the app, opened at a sitting."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from warmstart.cli.completing import filed_under
from warmstart.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABOVE_0 = click.IntRange(min=1)


@click.command()
@click.option("--minutes", type=_ABOVE_0, help="End after so many minutes of thinking time.")
@click.option("--cards", type=_ABOVE_0, help="Ask so many cards at most.")
@click.option(
    "--concept",
    metavar="TITLE",
    shell_complete=filed_under("concept"),
    help="Only cards of this concept, and of those below.",
)
@click.option(
    "--tag",
    metavar="TAG",
    shell_complete=filed_under("tag"),
    help="Only cards with this tag, or of a note that has it.",
)
@click.option(
    "--deck",
    metavar="DECK",
    shell_complete=filed_under("deck"),
    help="Only cards of this deck, and of those below.",
)
@click.option("--search", metavar="SEARCH", help="Only cards that a search fits: see `cards`.")
@click.option("--cram", is_flag=True, help="All of these cards, due or not; no limit a day.")
@click.option("--no-effect", is_flag=True, help="Answers are logged, and change no schedule.")
def study(**given: Any) -> None:
    """Study what is due today, or a part of it.

    \b
    warmstart study --minutes 10
    warmstart study --tag exam --cards 20
    warmstart study --search "is:leech or prop:s<3" --cram --no-effect
    """  # noqa: D301 click reads it
    from warmstart.cli.app import run_app
    from warmstart.usecases.sitting import Sitting

    if given["search"]:
        from warmstart.study.search.read import parse

        parse(given["search"])  # a mistake is said before the app opens
    if named := {kind: given[kind] for kind in ("deck", "tag", "concept") if given[kind]}:
        _check(named)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "Studying needs a terminal.", hint="`warmstart due` prints what there is to study."
        )
    effect = not given.pop("no_effect")
    run_app(Sitting(**given, effect=effect))


def _check(named: Mapping[str, str]) -> None:
    """Refuse what names no deck, tag or concept, before the app opens to show nothing."""
    from warmstart.paths import home
    from warmstart.store.glance import look
    from warmstart.study.presets import covers
    from warmstart.usecases.sitting import no_such

    with look(home().store) as store:
        if store is None:
            return  # the app brings the course along, and looks again
        for kind, name in named.items():
            known = store.filed(kind)
            if not any(covers(kind, name, each) for each in known):
                raise no_such(kind, name, known)
