"""What a card's answer is in so many words: what somebody who types it is held against."""

from __future__ import annotations

import re
from typing import Final

from warmstart.notes.display import plain
from warmstart.notes.model import CardKind

_GAP = re.compile(r"\[(?:[^\[\]\n]|\\[\[\]])*\](?:\\(?=[(\[]))?")
_BOLD: Final = "**"
_SHAPED = re.compile(r"^\s*(?:```|~~~|\||!\[|\$\$)", re.MULTILINE)
_SHORT: Final = 60
"""Characters of an answer that one would type without being asked to for this very card."""


def expected(kind: str, front: str, back: str) -> str:
    """Return the answer as one line of plain text; of a cloze, what its gaps hid."""
    found = gaps(front, back) if kind == CardKind.CLOZE else None
    return plain(", ".join(found) if found else back)


def is_typed(kind: str, front: str, back: str) -> bool:
    """Whether an answer is short and plain enough to be typed whenever its card is asked."""
    found = gaps(front, back) if kind == CardKind.CLOZE else None
    if found is None and ("\n" in back.strip() or _SHAPED.search(back)):
        return False
    return 0 < len(expected(kind, front, back)) <= _SHORT


def gaps(front: str, back: str) -> tuple[str, ...] | None:
    """Return what the gaps of a cloze's front hide, in order; None if the sides do not fit.

    A gap is ``[…]`` or ``[hint]``; the back has the answer there, in bold, and is otherwise the
    same. One pass: the answer ends where the bold ends and the text up to the next gap follows.
    """
    answers: list[str] = []
    at = shown = 0
    for gap in _GAP.finditer(front):
        between = front[shown : gap.start()]
        if not back.startswith(between, at):
            return None
        at, shown = at + len(between), gap.end()
        if back.startswith(gap[0], at):  # brackets of the text itself
            at += len(gap[0])
            continue
        end = _end(front, shown, back, at)
        if end is None:
            return None
        answers.append(back[at:end].removeprefix(_BOLD).removesuffix(_BOLD))
        at = end
    return tuple(answers) if answers and back[at:] == front[shown:] else None


def _end(front: str, shown: int, back: str, at: int) -> int | None:
    """Return where the answer that begins at ``at`` of the back ends."""
    following = _GAP.search(front, shown)
    rest = front[shown : following.start() if following else len(front)]
    if following is None:
        end = len(back) - len(rest)
        return end if end > at and back.endswith(rest) else None
    bold = back.startswith(_BOLD, at)
    mark = (_BOLD if bold else "") + rest
    end = back.find(mark, at + 1 + len(_BOLD) * bold)
    return None if end < 0 else end + len(_BOLD) * bold
