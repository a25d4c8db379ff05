"""Bad and good code, in one fence or two: the front shows the bad, the back the good.

What marks them is a comment that begins with ❌ or ✅, ``BAD`` or ``GOOD``, ``ПЛОХО`` or ``ХОРОШО``
and the like, or such a label above the fence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.notes.model import CardKind
from warmstart.notes.suggest.model import MAX_BACK, MAX_FRONT, Example, Rule, Suggestion
from warmstart.notes.suggest.page import Code, Paragraph
from warmstart.notes.suggest.titles import is_generic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warmstart.notes.suggest.page import Page

_NAME: Final = "code-pair"
_MIN_CODE: Final = 2
"""Lines: less is no code to judge."""
_APART: Final = 3
"""Blocks that may stand between the bad fence and the good one: a label, a sentence."""

_BAD = (
    r"(?:[❌🚫✗✘👎⛔]\ufe0f?|BAD|WRONG|(?:ANTI|Anti)-?(?:PATTERN|pattern)|DON'?T|Don'?t|"
    r"ПЛОХО|НЕПРАВИЛЬНО|АНТИПАТТЕРН|나쁜 예|잘못된 예|"
    r"(?:Bad|Wrong|Плохо|Неправильно|Антипаттерн)(?=\s*(?:[:：(—–-]|$)))"
)
_GOOD = (
    r"(?:[✅✔👍]\ufe0f?|GOOD|RIGHT|CORRECT|BETTER|DO(?=\s*[:：])|"
    r"ХОРОШО|ПРАВИЛЬНО|ЛУЧШЕ|좋은 예|올바른 예|"
    r"(?:Good|Right|Correct|Better|Хорошо|Правильно|Лучше)(?=\s*(?:[:：(—–-]|$)))"
)
_WORD = r"(?:BAD|GOOD|Bad|Good|Плохо|Хорошо|Wrong|Right|WRONG|RIGHT|ПЛОХО|ХОРОШО)?"
_REST = rf"\s*{_WORD}\s*[:：—–-]*\s*(.*)$"
_COMMENT = r"\s*(?:#|//|--|/\*|<!--|;|%)+\s*"
_BAD_COMMENT = re.compile(_COMMENT + _BAD + _REST)
_GOOD_COMMENT = re.compile(_COMMENT + _GOOD + _REST)
_BAD_LABEL = re.compile(r"\W*" + _BAD + _REST)
_GOOD_LABEL = re.compile(r"\W*" + _GOOD + _REST)
_ONLY_COMMENT = re.compile(r"\s*(?:#(?!\[|include|define)|//)")

_TRAILING = re.compile(r"(?<=\S)\s+(?:#|//)\s.*$")
"""Comments in bad code tend to say what is bad about it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Code of one kind, and what its marker says about it."""

    said: str
    code: tuple[str, ...]
    line: int
    """Of its marker."""


def find(page: Page) -> Iterator[Suggestion]:
    """Yield a card for each bad piece of code that a good one follows in its section."""
    bad: tuple[Code, _Part] | None = None
    since = 0
    for at, block in enumerate(page.blocks):
        since += 1
        if not isinstance(block, Code):
            continue
        both = _split(block)
        if both:
            yield from _card(page, block, block, *both)
            bad = None
            continue
        part = _marked(page, at, block, _BAD_COMMENT, _BAD_LABEL)
        if part:
            bad, since = (block, part), 0
            continue
        if bad and since <= _APART and bad[0].section == block.section:
            good = _marked(page, at, block, _GOOD_COMMENT, _GOOD_LABEL)
            if good:
                yield from _card(page, bad[0], block, bad[1], good)
        bad = None


def _split(block: Code) -> tuple[_Part, _Part] | None:
    """Return the bad and the good part of one fence."""
    starts: list[tuple[int, bool, str]] = []
    for at, line in enumerate(block.body):
        for pattern, is_bad in ((_BAD_COMMENT, True), (_GOOD_COMMENT, False)):
            found = pattern.match(line)
            if found:
                starts.append((at, is_bad, _said(found)))
                break
    match starts:
        case [(first, True, ill), (second, False, well), *more] if all(not m[1] for m in more):
            end = more[0][0] if more else len(block.body)
            bad = _Part(ill, block.body[first + 1 : second], block.line + 1 + first)
            return bad, _Part(well, block.body[second + 1 : end], block.line + 1 + second)
    return None


def _said(marker: re.Match[str]) -> str:
    """Return what stands behind a marker, without what closes the comment or the label."""
    said = marker[1].strip().removesuffix("*/").removesuffix("-->")
    return said.rstrip(":：*_ ")


def _marked(
    page: Page, at: int, block: Code, comment: re.Pattern[str], label: re.Pattern[str]
) -> _Part | None:
    """Return the whole fence if its first line or the label above it marks it."""
    found = comment.match(block.body[0])
    if found:
        return _Part(_said(found), block.body[1:], block.line + 1)
    above = page.blocks[at - 1] if at else None
    if isinstance(above, Paragraph) and above.section == block.section:
        found = label.match(above.text)
        if found:
            return _Part(_said(found), block.body, above.line)
    return None


def _card(page: Page, first: Code, last: Code, bad: _Part, good: _Part) -> Iterator[Suggestion]:
    shown = [_TRAILING.sub("", line) for line in bad.code if not _ONLY_COMMENT.match(line)]
    shown = [line for line in shown if line.strip()]
    wanted = _trimmed(good.code)
    if len(shown) < _MIN_CODE or not wanted:
        return
    words = page.ask(bad.said, good.said, page.heading(first.section))
    head = f"{words.wrong}\n\n```{first.info}\n"
    front = f"{head}{_fitting(shown, MAX_FRONT - len(head) - 4)}\n```"
    said = "\n\n".join(_explained(page, first, bad, good))
    head = f"{said}\n\n```{last.info}\n" if said else f"```{last.info}\n"
    back = f"{head}{_fitting(wanted, MAX_BACK - len(head) - 4)}\n```"
    marks = (page.mark(bad.line, bad.said), page.mark(good.line, good.said))
    yield Suggestion(_NAME, CardKind.FLASHCARD, front, back, first.line, last.last_line, marks)


def _explained(page: Page, first: Code, bad: _Part, good: _Part) -> Iterator[str]:
    """Yield what the section's title, its problem and the markers say: why, and what instead."""
    name = page.heading(first.section)
    if first.section is not None and not is_generic(name):
        yield f"❌ {name}: {bad.said}" if bad.said else f"❌ {name}"
    elif bad.said:
        yield f"❌ {bad.said}"
    if good.said:
        yield f"✅ {good.said}"


def _trimmed(code: Sequence[str]) -> list[str]:
    lines = list(code)
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _fitting(code: Sequence[str], limit: int) -> str:
    """Return the first lines of ``code`` that fit into ``limit`` characters, ``…`` for the rest."""
    kept: list[str] = []
    size = 0
    for at, line in enumerate(code):
        size += len(line) + 1
        if size + 2 > limit and (size > limit + 1 or at + 1 < len(code)):
            kept.append("…")
            break
        kept.append(line.rstrip())
    return "\n".join(kept)


_SHOWN = """What is wrong here, and what would be right?

```python
def handler(event, context):
    db = connect()
```"""
_WANTED = """❌ Connections: connects on every call

✅ once per environment

```python
db = connect()

def handler(event, context): ...
```"""

RULE = Rule(
    name=_NAME,
    title="Bad and good code",
    example=Example(
        "## Connections\n\n```python\n# BAD: connects on every call\n"
        "def handler(event, context):\n    db = connect()\n\n"
        "# GOOD: once per environment\ndb = connect()\n\ndef handler(event, context): ...\n```\n",
        ((_SHOWN, _WANTED),),
    ),
    find=find,
)
