"""``warmstart export``: cards to Anki, to a text file, or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from warmstart.cli.output import complete
from warmstart.errors import UsageError
from warmstart.text import safe

if TYPE_CHECKING:
    from warmstart.usecases.export import ExportReport

_SHOWN = 10  # missing pictures named


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.argument("search", nargs=-1)
@click.option("--apkg", "form", flag_value="apkg", help="An Anki package, with log and media.")
@click.option("--csv", "form", flag_value="csv", help="A text file that Anki imports.")
@click.option("--json", "form", flag_value="json", help="Notes, cards, memory and log as JSON.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def export(
    *,
    file: Path,
    form: str | None,
    search: tuple[str, ...],
    force: bool,
) -> None:
    """Export the cards that SEARCH fits: to an Anki package, a text file, or JSON.

    Without one of the three, the name of FILE says which; "-" writes to the standard output. The
    search is that of `warmstart cards`; without one, all cards are exported.
    """
    from warmstart.paths import home
    from warmstart.usecases.export import Form
    from warmstart.usecases.export import export as export_cards
    from warmstart.usecases.workspace import Workspace

    chosen = form or file.suffix.lower().removeprefix(".")
    if chosen not in list(Form):
        raise UsageError(
            f"{file} does not say what it is to be.",
            hint="Add --apkg, --csv or --json, or give it one of these for an ending.",
        )
    if file.exists() and not force:
        raise UsageError(f"{file} exists already.", hint="Add --force to replace it.")
    workspace = Workspace.open(home())
    try:
        with complete(file) as out:
            report = export_cards(workspace, Form(chosen), " ".join(search), out)
    finally:
        workspace.close()
    _print(report, file)


def _print(report: ExportReport, file: Path) -> None:
    parts = [_count(report.cards, "card"), f"of {_count(report.notes, 'note')}"]
    if report.reviews:
        parts.append(f"with {_count(report.reviews, 'review')}")
    if report.media:
        parts.append(f"and {_count(report.media, 'picture or sound', 'pictures and sounds')}")
    where = "" if str(file) == "-" else f" to {file}"
    click.echo(safe(f"Exported {' '.join(parts)}{where}."), err=str(file) == "-")
    for name in report.missing[:_SHOWN]:
        click.echo(safe(f"Not found, and left out: {name}"), err=True)
    if len(report.missing) > _SHOWN:
        click.echo(f"… and {len(report.missing) - _SHOWN} more.", err=True)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
