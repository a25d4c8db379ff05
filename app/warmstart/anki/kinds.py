"""The three note types that Warmstart's own cards become in Anki, and that its text files name.

Their ids are fixed, so that a second package finds the types of the first.
"""

from __future__ import annotations

from typing import Final

from warmstart.anki.model import NoteType, Template

_FORWARD: Final = Template("Card 1", "{{Front}}", "{{FrontSide}}\n\n<hr id=answer>\n\n{{Back}}")
_BACKWARD: Final = Template("Card 2", "{{Back}}", "{{FrontSide}}\n\n<hr id=answer>\n\n{{Front}}")

BASIC: Final = NoteType(1_795_100_000_001, "Warmstart Basic", ("Front", "Back"), (_FORWARD,))
REVERSED: Final = NoteType(
    1_795_100_000_002,
    "Warmstart Basic (and reversed card)",
    ("Front", "Back"),
    (_FORWARD, _BACKWARD),
)
CLOZE: Final = NoteType(
    1_795_100_000_003,
    "Warmstart Cloze",
    ("Text", "Back Extra"),
    (Template("Cloze", "{{cloze:Text}}", "{{cloze:Text}}<br><br>\n{{Back Extra}}"),),
    cloze=True,
)
KINDS: Final = {kind.id: kind for kind in (BASIC, REVERSED, CLOZE)}
