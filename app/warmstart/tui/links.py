"""Where a link leads: to a note, to the web, or nowhere we go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

PICTURE: Final = "picture:"
"""What the target of a link to a picture begins with; its address follows."""
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


@dataclass(frozen=True, slots=True)
class PictureLink:
    """A picture of the note the link stands in."""

    address: str


def read(href: str) -> NoteLink | WebLink | PictureLink | None:
    """Return where ``href``, as a renderer gives it, leads; None for schemes that are not followed.

    ``note:target#heading`` is how wikilinks are shown; ``#heading`` and relative paths to markdown
    files are read as notes too.
    """
    if href.startswith(PICTURE):
        return PictureLink(href.removeprefix(PICTURE))
    scheme = _SCHEME.match(href)
    if scheme and scheme[1].lower() in _WEB:
        return WebLink(href)
    if scheme and scheme[1].lower() != "note":
        return None
    rest = href[scheme.end() :] if scheme else href
    target, _, heading = rest.partition("#")
    return NoteLink(_NOTE_FILE.sub("", unquote(target)), unquote(heading) or None)
