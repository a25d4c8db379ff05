"""Where a link leads: to a note, to the web, or nowhere we go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_NOTE_FILE = re.compile(r"\.(?:md|markdown)$", re.IGNORECASE)
_WEB = frozenset({"http", "https", "mailto"})


@dataclass(frozen=True, slots=True)
class NoteLink:
    """A link to a note; an empty target is the note it stands in."""

    target: str
    heading: str | None


@dataclass(frozen=True, slots=True)
class WebLink:
    """An address for the browser."""

    url: str


def read(href: str) -> NoteLink | WebLink | None:
    """Return where ``href``, as a renderer gives it, leads; None for schemes that are not followed.

    ``note:target#heading`` is how wikilinks are shown; ``#heading`` and relative paths to markdown
    files are read as notes too.
    """
    scheme = _SCHEME.match(href)
    if scheme and scheme[1].lower() in _WEB:
        return WebLink(href)
    if scheme and scheme[1].lower() != "note":
        return None
    rest = href[scheme.end() :] if scheme else href
    target, _, heading = rest.partition("#")
    return NoteLink(_NOTE_FILE.sub("", unquote(target)), unquote(heading) or None)
