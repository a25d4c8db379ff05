"""Front matter: YAML to typed fields, bounded, and tolerant of what people write.

A field that makes no sense is left out and named as a problem; the note imports all the same. YAML
is bounded before anything is built from it: aliases can make a kilobyte stand for a gigabyte, and
nesting can overflow the C stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from warmstart.notes.links import WIKILINK, wikilink
from warmstart.notes.model import FrontMatter, Link, Problem
from warmstart.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CHARS: Final = 100_000
_MAX_DEPTH: Final = 20
_MAX_NODES: Final = 5_000
_MAX_ALIASES: Final = 50
_MAX_SCALAR: Final = 1_000
"""A longer scalar stays text: YAML would read 100 KB of ``1:1:1…`` as one number, slowly."""

_SHORT: Final = 2_000
_FLAT_BLOCK: Final = 5
_FLAT_FLOW: Final = 3
"""Bounds of what is plainly within the others: see ``_is_flat``."""

_MAX_SHOWN: Final = 40
"""Characters of an odd value that a problem repeats."""
_FULL: Final = 100

_DEEP = re.compile(rf"(?:^|[\x85\u2028\u2029])[ \t?:-]{{{_FLAT_BLOCK}}}", re.MULTILINE)
_BALANCED = re.compile(r"""\[\[[^\[\]{}"'#]*\]\]|\[[^\[\]{}"'#]*\]""")
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TAG_PARTS = re.compile(r"[\s,]+")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T\s].*)?$")


class _RefusedError(Exception):
    """YAML that is valid and yet not read: too long, too deep, too many aliases."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.problem = Problem(line, message, hint)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key of the front matter: its value, the YAML node it came from, and its line."""

    value: object
    node: Any
    line: int

    @property
    def written(self) -> str:
        """The words of a scalar on one line, as they stand in the note; nothing for a collection.

        YAML reads ``yes`` as a truth and ``1.0`` as a number; an escape in a quoted scalar may
        stand for a control character.
        """
        words = self.node.value
        return " ".join(safe(words).split()) if isinstance(words, str) else ""


def read_front_matter(
    lines: list[str], first: int, last: int
) -> tuple[FrontMatter, tuple[Problem, ...]]:
    """Read ``lines[first:last + 1]``, the two ``---`` included; lines in the answer are from 1."""
    text = "\n".join(lines[first + 1 : last])
    try:
        entries, problems = _entries(text, first + 2)
    except _RefusedError as refused:
        return FrontMatter(last_line=last + 1), (refused.problem,)
    fields = _Fields(entries, problems, text, first + 2)
    found = FrontMatter(
        title=fields.text("title"),
        tags=fields.tags(),
        prerequisites=fields.links("prerequisites"),
        related=fields.links("related"),
        difficulty=fields.text("difficulty"),
        reading_time=fields.minutes("reading_time"),
        study_status=fields.text("study_status"),
        mastery=fields.percent("mastery"),
        last_reviewed=fields.day("last_reviewed"),
        next_review=fields.day("next_review"),
        raw={key: entry.value for key, entry in entries.items()},
        last_line=last + 1,
    )
    return found, tuple(sorted(fields.problems, key=lambda problem: problem.line))


def _entries(text: str, line: int) -> tuple[dict[str, _Entry], list[Problem]]:
    """Return the keys of the YAML mapping ``text``, which begins on ``line``."""
    import yaml

    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    problems: list[Problem] = []
    if len(text) > _MAX_CHARS:
        raise _RefusedError(line - 1, "The front matter is too long.", "Move text into the note.")
    try:
        if not _is_flat(text):
            _bound(yaml.parse(text, Loader=loader_class), line)
        loader = loader_class(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return {}, problems
            if not isinstance(root, yaml.MappingNode):
                problem = "The front matter is not a list of fields."
                return {}, [Problem(line, problem, "Write one `key: value` on each line.")]
            return _Values(loader, line, problems).top(root), problems
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        return {}, [_broken(error, text, line)]


def _broken(error: Exception, text: str, line: int) -> Problem:
    control = _CONTROL.search(text)
    if control:
        where = line + text.count("\n", 0, control.start())
        message = "The front matter is not valid YAML: it holds a control character."
        return Problem(where, message, "Remove it.")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or "it cannot be read"
    hint = "The fields were left out."
    if "mapping values are not allowed" in what:
        hint = "Put a value that contains a colon in quotes."
    elif "cannot start any token" in what:
        hint = "Indent with spaces, and quote a value that begins with @, ` or %."
    last = text.count("\n")  # a value that never ends is missed below the last field
    where = line + (min(mark.line, last) if mark is not None else 0)
    return Problem(where, f"The front matter is not valid YAML: {what}.", hint)


def _is_flat(text: str) -> bool:
    """Whether so little is in ``text`` that ``_bound`` need not look: YAML is read once, not twice.

    Two collections of a block at most begin in one column; one in brackets takes a bracket, and may
    hold a mapping that takes none. Brackets that close again, with nothing between that could open
    or hide others, add four levels at most to wherever they stand. A character makes at most two
    events, and an alias is a star.
    """
    if len(text) > _SHORT or "*" in text or _DEEP.search(text):
        return False
    rest = _BALANCED.sub("", text) if "[" in text else text
    return rest.count("[") + rest.count("{") <= _FLAT_FLOW


def _bound(events: Iterator[Any], line: int) -> None:
    """Walk the events, from which nothing is built, and refuse what is too deep or multiplies."""
    import yaml

    depth = aliases = 0
    for nodes, event in enumerate(events):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > _MAX_DEPTH or nodes > 2 * _MAX_NODES or aliases > _MAX_ALIASES:
            where = line + event.start_mark.line
            raise _too_much(where)


def _too_much(line: int) -> _RefusedError:
    return _RefusedError(
        line,
        "The front matter is nested too deeply, or holds too much.",
        "Keep to simple fields and lists.",
    )


class _Values:
    """Plain values from YAML nodes, with a budget that aliases draw on each time they are used."""

    def __init__(self, loader: Any, line: int, problems: list[Problem]) -> None:
        self.loader = loader
        self.line = line
        self.problems = problems
        self.left = _MAX_NODES

    def top(self, root: Any) -> dict[str, _Entry]:
        found: dict[str, _Entry] = {}
        for key_node, node in root.value:
            line = self.line + key_node.start_mark.line
            key = str(key_node.value) if isinstance(key_node.value, str) else "?"
            if key in found:
                message = f"The field {key!r} stands here twice; the later one counts."
                self.problems.append(Problem(line, message, "Remove one."))
            found[key] = _Entry(self.value(node), node, line)
        return found

    def value(self, node: Any, depth: int = 0) -> object:
        self.left -= 1
        if self.left < 0 or depth > _MAX_DEPTH:
            raise _too_much(self.line + node.start_mark.line)
        if isinstance(node.value, str):
            return self._scalar(node)
        if node.id == "sequence":
            return [self.value(item, depth + 1) for item in node.value]
        return {
            key.value if isinstance(key.value, str) else "?": self.value(value, depth + 1)
            for key, value in node.value
        }

    def _scalar(self, node: Any) -> object:
        import yaml

        if node.tag == _TEXT_TAG or len(node.value) > _MAX_SCALAR:
            return node.value
        try:
            value = self.loader.construct_object(node)
        except (ValueError, TypeError, OverflowError, yaml.YAMLError):
            return node.value  # 2025-13-45 looks like a date and is none
        known = (str, int, float, bool, date, type(None))
        return value if isinstance(value, known) else node.value


class _Fields:
    """The typed fields; what cannot be one becomes a problem."""

    def __init__(
        self, entries: dict[str, _Entry], problems: list[Problem], text: str, line: int
    ) -> None:
        self.entries = {
            key.strip().lower().replace("-", "_").replace(" ", "_"): entry
            for key, entry in entries.items()
        }
        self.problems = problems
        self.lines = text.split("\n")
        self.line = line

    def _odd(self, entry: _Entry, key: str, expected: str) -> None:
        shown = repr(entry.value)
        if len(shown) > _MAX_SHOWN:
            shown = shown[:_MAX_SHOWN] + "…"
        self.problems.append(
            Problem(entry.line, f"The field {key} is {shown}, which is not {expected}.", None)
        )

    def _given(self, key: str) -> _Entry | None:
        entry = self.entries.get(key)
        return None if entry is None or entry.value in (None, "") else entry

    def text(self, key: str) -> str | None:
        """Return the words as written."""
        entry = self._given(key)
        if entry is None:
            return None
        if not isinstance(entry.node.value, str):
            self._odd(entry, key, "a text")
            return None
        return entry.written or None

    def minutes(self, key: str) -> int | None:
        """Return a number of minutes: ``12``, ``12.5``, ``12 min``."""
        entry = self._given(key)
        if entry is None:
            return None
        found = _NUMBER.match(entry.written)
        if found is None:
            self._odd(entry, key, "a number of minutes")
            return None
        return round(float(found[0]))

    def percent(self, key: str) -> float | None:
        """Return a number from 0 to 100; a percent sign may follow it."""
        entry = self._given(key)
        if entry is None:
            return None
        bare = entry.written.removesuffix("%").rstrip()
        value = float(bare) if _NUMBER.fullmatch(bare) else -1.0
        if not 0 <= value <= _FULL:
            self._odd(entry, key, "a number from 0 to 100")
            return None
        return value

    def day(self, key: str) -> date | None:
        """Return a date, of a time the day."""
        entry = self._given(key)
        if entry is None:
            return None
        if isinstance(entry.value, datetime):
            return entry.value.date()
        if isinstance(entry.value, date):
            return entry.value
        found = _DATE.match(entry.value.strip()) if isinstance(entry.value, str) else None
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        self._odd(entry, key, "a date like 2026-01-31")
        return None

    def tags(self) -> tuple[str, ...]:
        """Return the tags of ``tags`` or ``tag``: a list, or words parted by spaces or commas."""
        key = "tags" if "tags" in self.entries else "tag"
        entry = self._given(key)
        if entry is None:
            return ()
        values = (
            entry.value if isinstance(entry.value, list) else _TAG_PARTS.split(str(entry.value))
        )
        if isinstance(entry.value, dict) or any(isinstance(v, list | dict) for v in values):
            self._odd(entry, key, "a list of words")
            return ()
        tags = (safe(str(value)).strip().lstrip("#") for value in values if value is not None)
        return tuple(dict.fromkeys(filter(None, tags)))

    def links(self, key: str) -> tuple[Link, ...]:
        """Return the notes a field names, as wikilinks or bare names, one or a list."""
        entry = self._given(key)
        if entry is None:
            return ()
        found: list[Link] = []
        if not self._collect_links(entry.node, found):
            self._odd(entry, key, "a list of notes")
        return tuple(found)

    def _collect_links(self, node: Any, found: list[Link]) -> bool:
        """Add the links below ``node``; False if something there is no link."""
        line = self.line + node.start_mark.line
        if isinstance(node.value, str):
            text = node.value.strip()
        elif node.id == "sequence":
            if not self._source(node).startswith("[["):
                good = [self._collect_links(item, found) for item in node.value]
                return all(good)
            text = self._source(node)  # an unquoted [[x]], which YAML takes for a list in a list
        else:
            return False
        if not text:
            return True
        inside = [m[2] for m in WIKILINK.finditer(text)] or [text]
        links = [link for part in inside if (link := wikilink(part, line)) is not None]
        found.extend(links)
        return bool(links)

    def _source(self, node: Any) -> str:
        """Return the first line of a node as it is written."""
        start, end = node.start_mark, node.end_mark
        line: str = self.lines[start.line]
        return line[start.column : end.column] if end.line == start.line else line[start.column :]
