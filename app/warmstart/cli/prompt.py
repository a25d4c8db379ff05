"""``warmstart due`` as a shell prompt calls it: without click, which takes longer than all of this.

``cli.due`` is the same command for click, which has the help, the completion and the mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def answer(arguments: Sequence[str]) -> str | None:
    """Return what is to be printed; None for arguments that are better left to click."""
    match arguments:
        case []:
            return written()
        case ["--json"]:
            return written(as_json=True)
        case ["--format", text]:
            return _formatted(text)
        case [text] if text.startswith("--format="):
            return _formatted(text.partition("=")[2])
    return None


def written(*, as_json: bool = False, template: str | None = None) -> str:
    """Return what is due: a line, JSON, or ``template`` with the figures in their braces.

    Raises:
        ValueError, LookupError, AttributeError: the template is wrong.
    """
    from warmstart.paths import home
    from warmstart.usecases.clock import utc_now
    from warmstart.usecases.due import due

    found = due(home(), utc_now())
    if as_json:
        import json

        return json.dumps(found.figures())
    return str(found) if template is None else template.format_map(found.figures())


def _formatted(template: str) -> str | None:
    try:
        return written(template=template)
    except (ValueError, LookupError, AttributeError):
        return None
