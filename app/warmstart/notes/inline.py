"""Cards on one line, ``question :: answer``, told from everything else that has colons in it.

The plugin takes every ``::`` for a separator. Colons also join the names of C++, Rust, Ruby and
CloudFormation, end the keys of Dataview and Logseq, and shorten IPv6 addresses; those are no cards.
A separator of the reader's own choosing is taken at its word.
"""

from __future__ import annotations

import re
from itertools import pairwise
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
_SETTINGS: Final = ("TARGET DECK", "FILE TAGS")
"""What Obsidian_to_Anki reads at the head of a line."""
_DIRECTIVE = re.compile(r"\.\. [\w-]+\Z")
"""Of reStructuredText."""
_IN_BRACKETS = re.compile(r"[\[(][\w -]{0,40}\Z")
_FIELD = re.compile(r"[>\s]*(?:[-+*][ \t]+)?([\w./-]+)::(?:\s|\[\[|$)")
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
    alias aliases author authors banner category created date date-created date-modified deck
    direction due file file-path filters id link links modified parent prev next priority progress
    project publish rating related source sources status tag tags template title type up updated
    url heading
"""
"""Fields of Dataview and properties of Logseq, which are written ``key:: value``."""
_LOGSEQ: Final = """
    background-color collapsed created-at cssclass cssclasses exclude-from-graph-view icon public
    updated-at
"""
_LOGSEQ_BEGINS: Final = ("card-", "hl-", "ls-", "logseq.", "query-")
"""Properties that Logseq itself writes: no one asks about them, nor about those beside them."""

_IS_NAMESPACE = frozenset(_NAMESPACES.split())
_IS_LOGSEQ = frozenset(_LOGSEQ.split())
_IS_KEY = frozenset(_KEYS.split()) | _IS_LOGSEQ


def fields_among(lines: Sequence[str], chosen: Sequence[int]) -> set[int]:
    """Return those of the ``chosen`` lines, in order, that are fields as those next to them are.

    Lines like ``key:: value`` right below one another are a block of fields if Logseq wrote one of
    them, or at least half of the keys are known; one alone is told by its key.
    """
    found: set[int] = set()
    block: list[tuple[int, str]] = []
    beside = [i for i, below in pairwise(chosen) if below == i + 1]
    for i in sorted({*beside, *(i + 1 for i in beside)}):
        field = _FIELD.match(lines[i])
        if block and (not field or i != block[-1][0] + 1):
            found.update(_if_fields(block))
            block = []
        if field:
            block.append((i, field[1].lower()))
    found.update(_if_fields(block))
    return found


def _if_fields(block: Sequence[tuple[int, str]]) -> list[int]:
    keys = [key for _, key in block]
    known = sum(map(_is_known, keys))
    return [i for i, _ in block] if any(map(_is_logseqs, keys)) or known * 2 >= len(keys) else []


def _is_logseqs(key: str) -> bool:
    return key in _IS_LOGSEQ or key.startswith(_LOGSEQ_BEGINS)


def _is_known(key: str) -> bool:
    return key in _IS_KEY or key.startswith(_LOGSEQ_BEGINS)


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
        _is_key(line[start:at], line[end : end + 2])
        or _is_code(bare, at, end)
        or _is_setting(line, start, at)
        or _in_brackets(line, start, at, end)
    )


def _is_key(question: str, behind: str) -> bool:
    found = behind[:1].isspace() or behind == "[["
    return found and _is_known(question.strip(" *_[(").lower())


def _is_setting(line: str, start: int, at: int) -> bool:
    if line.startswith(".", start):
        return _DIRECTIVE.match(line, start, at) is not None
    return line.startswith(_SETTINGS, start)


def _in_brackets(line: str, start: int, at: int, end: int) -> bool:
    """Whether brackets stand around key and value: ``[due:: 2026-01-31]``."""
    if "(" not in line and "[" not in line:
        return False
    inside = _IN_BRACKETS.search(line, max(start, at - _LONGEST_NAME), at)
    return inside is not None and line.find("])"["[(".index(inside[0][0])], end) >= 0


def _is_code(line: str, at: int, end: int) -> bool:
    """Whether the colons join two names, or the groups of an address."""
    before = _NAME_BEFORE.search(line, max(0, at - _LONGEST_NAME), at)
    if before and line.startswith(("{", "*"), end) and before[0].lower() in _IS_NAMESPACE:
        return True
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
