"""Writing what Warmstart measured back into a note's front matter, and nothing else.

Four fields are Warmstart's to set: ``study_status``, ``mastery``, ``last_reviewed``,
``next_review``. PyYAML says where each value stands; exactly those characters are replaced, so that
comments, quoting, line ends, a byte order mark and everything else stay byte for byte. Whatever
cannot be replaced safely (a value on several lines, an alias, a mapping in braces) is refused.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from warmstart.errors import NoteError
from warmstart.notes.source import decode
from warmstart.notes.structure import front_matter_lines, split_lines

if TYPE_CHECKING:
    from datetime import date

    from yaml import ScalarNode


@dataclass(frozen=True, slots=True)
class Measured:
    """What is written back; None leaves a field empty."""

    study_status: str | None
    mastery: int | None
    last_reviewed: date | None
    next_review: date | None

    def values(self) -> dict[str, str]:
        """Return the fields as they are written; an empty one as an empty string."""
        return {
            f.name: "" if getattr(self, f.name) is None else str(getattr(self, f.name))
            for f in fields(self)
        }


def write_back(data: bytes, measured: Measured) -> bytes:
    """Return the note with the four fields set; a note without front matter gets one.

    Raises:
        NoteError: the note cannot be read, or its front matter not be changed safely; carries the
            line where it is known.
    """
    decode(data)  # says what is wrong with bytes that are no text
    encoding, mark = _encoding(data)
    text = data[len(mark) :].decode(encoding)
    lines = split_lines(text)
    found = front_matter_lines(lines)
    newline = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    if found is None:
        said = "".join(
            f"{name}:{_value(value)}{newline}" for name, value in measured.values().items()
        )
        changed = f"---{newline}{said}---{newline}{newline}{text}"
    else:
        first, last = (_offset(text, line) for line in (found[0] + 1, found[1]))
        matter = _replaced(text[first:last], measured.values(), newline, found[0] + 2)
        changed = text[:first] + matter + text[last:]
    return mark + changed.encode(encoding)


def _encoding(data: bytes) -> tuple[str, bytes]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return encoding, mark
    return "utf-8", b""


def _offset(text: str, line: int) -> int:
    """Return where line ``line`` (from 0) begins; lines end as ``split_lines`` has them."""
    place = 0
    for _ in range(line):
        while text[place] not in "\r\n":
            place += 1
        place += 2 if text.startswith("\r\n", place) else 1
    return place


def _replaced(matter: str, values: dict[str, str], newline: str, line: int) -> str:
    """Return the YAML between the ``---`` with these values; ``line`` is its first in the file."""
    before = _entries(matter, line)
    edits: list[tuple[int, int, str]] = []
    missing = []
    for name, value in values.items():
        if name in before:
            key, node = before[name]
            _check(matter, name, key, node, line)
            gap = "" if matter[node.start_mark.index - 1 : node.start_mark.index] == " " else " "
            new = f"{gap}{value}" if value else ""
            edits.append((node.start_mark.index, node.end_mark.index, new))
        else:
            missing.append(f"{name}:{_value(value)}{newline}")
    for start, end, new in sorted(edits, reverse=True):
        matter = matter[:start] + new + matter[end:]
    matter += "".join(missing)
    after = _entries(matter, line)
    if {k: _plain(v) for k, (_, v) in after.items() if k not in values} != {
        k: _plain(v) for k, (_, v) in before.items() if k not in values
    }:
        raise NoteError(
            "The front matter would not read the same after the change.",
            line=line,
            hint="Write one plain `key: value` on each line.",
        )
    return matter


def _entries(matter: str, line: int) -> dict[str, tuple[ScalarNode, Any]]:
    """Return the fields by name, as the nodes of key and value; the last of a repeated key."""
    import yaml

    try:
        root = yaml.compose(matter, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NoteError(
            "The front matter is not valid YAML.",
            line=line + (mark.line if mark else 0),
            hint="Mend it first: nothing was written.",
        ) from error
    except RecursionError as error:
        raise NoteError("The front matter is nested too deeply.", line=line) from error
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise NoteError(
            "The front matter is not a list of fields.",
            line=line,
            hint="Write one `key: value` on each line.",
        )
    return {
        key.value: (key, value) for key, value in root.value if isinstance(key, yaml.ScalarNode)
    }


def _check(matter: str, name: str, key: ScalarNode, node: Any, line: int) -> None:
    import yaml

    start, end = node.start_mark.index, node.end_mark.index
    simple = (
        isinstance(node, yaml.ScalarNode)
        and node.style not in ("|", ">")
        and key.end_mark.line == node.start_mark.line == node.end_mark.line
        and key.end_mark.index <= start <= end
        and not set(matter[key.end_mark.index : start]) - set(" \t:")
    )
    if not simple:
        raise NoteError(
            f"The field {name} cannot be changed safely: its value is not a plain word or number"
            " on the line of its name.",
            line=line + key.start_mark.line,
            hint=f"Write `{name}:` with a plain value or none.",
        )


def _plain(node: Any) -> object:
    """Return a node without its marks, to compare."""
    if isinstance(node.value, list):
        parts = [
            tuple(_plain(part) for part in pair) if isinstance(pair, tuple) else _plain(pair)
            for pair in node.value
        ]
        return (node.tag, parts)
    return (node.tag, node.value)


def _value(value: str) -> str:
    return f" {value}" if value else ""
