"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from warmstart.labs.definition import Lab

_F = TypeVar("_F", bound="Callable[..., Any]")

SEED = click.IntRange(0, 2**32 - 1)

port_option = click.option(
    "--port", type=click.IntRange(1, 65_535), help="Of AWS's APIs; the application's follow."
)
"""``--port`` of every command that serves something."""

trace_option = click.option(
    "--trace",
    "trace_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the trace, as JSON Lines, to this file.",
)
"""``--trace FILE`` of every command that runs something."""


def together(*options: Callable[[_F], _F]) -> Callable[[_F], _F]:
    """Return what gives a command all these options, told in this order."""

    def give(command: _F) -> _F:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def of_a_run(command: _F) -> _F:
    """Give a command that runs a lab ``--seed``, ``--set`` (as ``settings``) and ``--trust``."""
    return together(
        click.option("--seed", type=SEED, help="Another seed than the lab's own."),
        click.option("--set", "settings", multiple=True, metavar="KNOB=VALUE", help="Turn a knob."),
        click.option("--trust", is_flag=True, help="Trust the folder of a lab given by its path."),
    )(command)


def pairs(option: str, form: str, given: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the value of each that was ``given`` with an option.

    Raises:
        UsageError: one is not of the ``form``, name=value.
    """
    from warmstart.errors import UsageError

    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise UsageError(f"{option} takes {form}, not {one!r}.")
        yield name, value


def settings_of(found: Lab, settings: tuple[str, ...]) -> dict[str, Any]:
    """Return what ``--set KNOB=VALUE`` turns.

    Raises:
        UsageError: no such knob, or a value that it does not take.
    """
    return {
        name: found.knob(name).parse(value)
        for name, value in pairs("--set", "knob=value", settings)
    }
