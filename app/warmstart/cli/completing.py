"""What a shell offers for an argument: names out of the store, read without opening it in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click


def note_names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a note; its title stands beside it."""
    return _names(incomplete, labs=False)


def lab_names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a lab."""
    return _names(incomplete, labs=True)


def _names(incomplete: str, *, labs: bool) -> list[CompletionItem]:
    from warmstart.paths import home
    from warmstart.store.glance import look
    from warmstart.text import safe

    with look(home().store) as store:
        found = [] if store is None else store.names(incomplete, labs=labs)
    return [CompletionItem(safe(name), help=safe(title)) for name, title in found]
