"""Cards on one line, ``question :: answer``, told from everything else that has colons in it.

The plugin takes every ``::`` for a separator. Colons also join the names of C++, Rust, Ruby and
CloudFormation, end the keys of Dataview and Logseq, and shorten IPv6 addresses; those are no cards.
A separator of the reader's own choosing is taken at its word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.notes.verbatim import masked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warmstart.notes.card_options import FoundKind

PREFIX = re.compile(r"[>\s]*(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?")
"""Quote marks, a list marker and a task's box: no part of a question."""

_TAGS = re.compile(r"(?:#[^\s#]+\s+)*")
_NAME_BEFORE = re.compile(r"[A-Za-z0-9_]+\Z")
_NAME_BEHIND = re.compile(r"[A-Za-z0-9_~]+")
_CODE_BEHIND: Final = ("(", "<", "{", "[", ";", "::", "!(", "![")
_INNER_CAPITAL = re.compile(r"[a-z0-9][A-Z]")
_GROUP = re.compile(r"(?=.*[0-9])[0-9A-Fa-f]{3,4}")
_LAST_GROUP = re.compile(r"[0-9A-Fa-f]{1,4}")
_NO_ANSWER = re.compile(r"\s*(?:<!--|%%)")
_LONGEST_NAME: Final = 80
_MOST_TRIES: Final = 20
"""A line on which so many separators are none holds code; looking on takes quadratic time."""

_NAMESPACES: Final = """
    std boost absl cv eigen gsl fmt torch tf qt detail chrono filesystem ranges
    crate self super core alloc tokio serde serde_json futures hyper reqwest axum actix clap anyhow
    thiserror rayon crossbeam tracing sqlx diesel rand regex bytes itertools io fs env mem ptr
    string vec option result box rc arc cell refcell mutex hashmap iterator ordering duration
    parent static this class module activerecord activesupport file data math time
    aws alexa custom
"""
"""First words, in lower case, that are followed by ``::`` in code rather than by an answer."""

_MEMBERS: Final = frozenset(("new", "default", "from", "into", "class", "self", "main", "build"))

_KEYS: Final = """
    alias aliases author authors banner category collapsed created cssclass cssclasses date
    date-created date-modified due file filters icon id link links modified parent prev next
    priority progress project public publish rating related source sources status tag tags template
    title type up updated url heading query-table
"""
"""Fields of Dataview and properties of Logseq, which are written ``key:: value``."""

_IS_NAMESPACE = frozenset(_NAMESPACES.split())
_IS_KEY = frozenset(_KEYS.split())


def separator_in(
    line: str, separators: Sequence[tuple[str, FoundKind]]
) -> tuple[FoundKind, int, int] | None:
    """Return the kind of the card on ``line`` and where its separator begins and ends, if any.

    Of several separators the longest counts, as for the plugin.
    """
    bare = ""
    for separator, kind in separators:
        if separator not in line:
            continue
        bare = bare or masked(line)
        at = bare.find(separator)
        for _ in range(_MOST_TRIES):
            if at < 0:
                break
            end = at + len(separator)
            if _is_part_of_run(bare, at, end):
                while end < len(bare) and bare[end] == bare[at]:
                    end += 1
            elif _parts(line, bare, at, end):
                return kind, at, end
            at = bare.find(separator, end)
    return None


def question_start(line: str) -> int:
    """Return where the text of a line begins, behind quote marks, list marker and tags."""
    prefix = PREFIX.match(line)
    tags = _TAGS.match(line, prefix.end()) if prefix else None
    return tags.end() if tags else 0


def _is_part_of_run(line: str, at: int, end: int) -> bool:
    """Whether ``line[at:end]`` is one character repeated, and only a part of such a run."""
    return line.count(line[at], at, end) == end - at and line[end : end + 1] == line[at]


def _parts(line: str, bare: str, at: int, end: int) -> bool:
    """Whether the separator at ``bare[at:end]`` has a question before it and an answer behind."""
    start = question_start(line)
    if not line[start:at].strip() or not line[end:].strip():
        return False
    if _NO_ANSWER.match(line, end) and not bare[end:].strip():
        return False
    return bool(line[at:end].strip(":")) or not (
        _is_key(line[start:at], line[end : end + 1]) or _is_code(bare, at, end)
    )


def _is_key(question: str, behind: str) -> bool:
    return behind.isspace() and question.strip(" *_[(").lower() in _IS_KEY


def _is_code(line: str, at: int, end: int) -> bool:
    """Whether the colons join two names, or the groups of an address."""
    before = _NAME_BEFORE.search(line, max(0, at - _LONGEST_NAME), at)
    behind = _NAME_BEHIND.match(line, end, end + _LONGEST_NAME)
    if not before or not behind:
        return False
    first, second = before[0], behind[0]
    if line[before.start() - 1 : before.start()] == ":" or line[behind.end() :][:1] == ":":
        return True
    return (
        (_GROUP.fullmatch(first) is not None and _LAST_GROUP.fullmatch(second) is not None)
        or line.startswith(_CODE_BEHIND, behind.end())
        or first.lower() in _IS_NAMESPACE
        or second in _MEMBERS
        or any("_" in name or _INNER_CAPITAL.search(name) for name in (first, second))
    )
