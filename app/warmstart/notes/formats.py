"""The explicit card formats people already have in their notes, found in a text.

``find_cards`` is the whole of it for a caller with a text in hand. It reads as a reader of the note
would; ``compat=True`` reads as Obsidian Spaced Repetition does, errors included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.notes.blocks import Line
from warmstart.notes.card_options import CardOptions, FoundKind, rules_of
from warmstart.notes.compat import find_as_plugin
from warmstart.notes.passages import find_passages
from warmstart.notes.scan import scan
from warmstart.notes.schedules import OPENS

if TYPE_CHECKING:
    from warmstart.notes.passages import Passage
    from warmstart.notes.structure import Scan

__all__ = ["CardOptions", "FoundCard", "FoundKind", "find_cards"]

_DEFAULTS = CardOptions()


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card as it stands in the text."""

    kind: FoundKind
    text: str
    """All its lines; comments other than a schedule left out, and spaces at line ends."""
    first_line: int
    """From 0."""
    last_line: int


def find_cards(
    text: str, options: CardOptions = _DEFAULTS, *, compat: bool = False
) -> list[FoundCard]:
    """Return every explicit card of ``text``, in order. Any text is a note; nothing is raised."""
    rules = rules_of(options)
    if compat:
        return [FoundCard(*found) for found in find_as_plugin(text, rules)]
    found = scan(text)
    return [
        FoundCard(passage.kind, _text(found, passage), passage.first_line, passage.last_line)
        for passage in find_passages(found, rules)[0]
    ]


def _text(scan: Scan, passage: Passage) -> str:
    kept = []
    for i in range(passage.first_line, passage.last_line + 1):
        line, kind = scan.lines[i], scan.kinds[i]
        if kind != Line.COMMENT or OPENS in line:
            kept.append(line if kind == Line.FENCE else line.rstrip())
    return "\n".join(kept).strip()
