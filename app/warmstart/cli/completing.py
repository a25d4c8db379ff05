"""What a shell offers for an argument: names out of the store, read without opening it in full."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_SPECIAL: Final = re.compile(r"([\s\\\"'`$&|;<>(){}\[\]*?!#~])")
"""What stands for something else on bash's line, unless a backslash comes before it."""


def note_names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a note; its title stands beside it."""
    return _names(incomplete, labs=False)


def lab_names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a lab."""
    return _names(incomplete, labs=True)


def filed_under(kind: str) -> Complete:
    """Return what completes a name of a kind: "deck", "tag" or "concept"."""

    def names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from warmstart.paths import home
        from warmstart.store.glance import look

        with look(home().store) as store:
            found = [] if store is None else store.filed(kind)
        begins = incomplete.casefold()
        return [_item(name) for name in sorted(found) if name.casefold().startswith(begins)]

    return names


def _item(name: str) -> CompletionItem:
    """Return a name as the shell takes it; bash alone puts it on the line as it is given."""
    from warmstart.text import safe

    in_bash = os.environ.get("_WARMSTART_COMPLETE", "").startswith("bash")
    return CompletionItem(_SPECIAL.sub(r"\\\1", safe(name)) if in_bash else safe(name))


def _names(incomplete: str, *, labs: bool) -> list[CompletionItem]:
    from warmstart.paths import home
    from warmstart.store.glance import look
    from warmstart.text import safe

    with look(home().store) as store:
        found = [] if store is None else store.names(incomplete, labs=labs)
    return [CompletionItem(safe(name), help=safe(title)) for name, title in found]
