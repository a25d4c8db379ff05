"""``warmstart due``: one line for a shell prompt or a status bar.

A call without a mistake never comes here: ``cli.prompt`` answers it before click is imported.
"""

from __future__ import annotations

import click

from warmstart.cli.prompt import written
from warmstart.errors import UsageError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--format",
    "template",
    metavar="TEXT",
    help="Print TEXT with {due}, {new}, {minutes}, {answered} and {store} filled in.",
)
def due(as_json: bool, template: str | None) -> None:
    """Print what is due in one line, for a shell prompt or a status bar.

    It takes about as long as starting Python twice, and always leaves with 0 unless the call itself
    is wrong: a store that is missing or cannot be read is what the line says then.
    """
    if as_json and template is not None:
        raise UsageError("--json and --format cannot be combined.")
    try:
        click.echo(written(as_json=as_json, template=template))
    except (ValueError, LookupError, AttributeError) as error:
        raise UsageError(
            f"The format {template!r} cannot be filled in.",
            hint="The names are {due}, {new}, {minutes}, {answered} and {store}; braces of your"
            " own are written {{ and }}.",
        ) from error
