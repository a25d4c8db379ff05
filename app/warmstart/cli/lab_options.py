"""Options that every command has that runs a lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.labs.definition import Lab

_F = TypeVar("_F", bound="Callable[..., Any]")


def of_a_run(command: _F) -> _F:
    """Give a command ``--seed``, ``--set`` (as ``settings``) and ``--trust``."""
    options = (
        click.option(
            "--seed", type=click.IntRange(0, 2**32 - 1), help="Another seed than the lab's own."
        ),
        click.option("--set", "settings", multiple=True, metavar="KNOB=VALUE", help="Turn a knob."),
        click.option("--trust", is_flag=True, help="Trust the folder of a lab given by its path."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def settings_of(found: Lab, settings: tuple[str, ...]) -> dict[str, Any]:
    """Return what ``--set KNOB=VALUE`` turns.

    Raises:
        UsageError: no such knob, or a value that it does not take.
    """
    from warmstart.errors import UsageError

    knobs = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UsageError(f"--set takes knob=value, not {setting!r}.")
        knobs[name] = found.knob(name).parse(value)
    return knobs
