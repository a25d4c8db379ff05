"""The log, filtered: by words, by function, by request, by level.

A query is words that all have to be in a line, and conditions: ``fn:Order``, ``req:af4b``,
``level:error``. An upper or lower case letter is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warmstart.labs.log import Entry

Level = Literal["debug", "info", "warn", "error"]

LEVELS: Final[tuple[Level, ...]] = ("debug", "info", "warn", "error")
"""From the least to the most telling; a condition asks for its level or one above."""

_SAID: Final = re.compile(
    r'\[?\b(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b\]?|"level":\s*"(\w+)"', re.IGNORECASE
)
_HEAD: Final = 60
"""Characters of a line within which it says its level."""
_LEVEL_OF: Final[dict[str, Level]] = {
    "debug": "debug", "trace": "debug", "info": "info", "warn": "warn", "warning": "warn",
    "error": "error", "critical": "error", "fatal": "error",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """What a query asks for."""

    words: tuple[str, ...] = ()
    function: str = ""
    request: str = ""
    level: Level | None = None

    def fits(self, entry: Entry) -> bool:
        """Tell whether a line of the log is wanted."""
        if self.function and self.function not in entry.function.casefold():
            return False
        if self.request and not (entry.request or "").startswith(self.request):
            return False
        if self.level and LEVELS.index(level_of(entry)) < LEVELS.index(self.level):
            return False
        if not self.words:
            return True
        text = f"{entry.where} {entry.text}".casefold()
        return all(word in text for word in self.words)


def parse(query: str) -> Filter:
    """Read a query; what is no condition is a word to look for."""
    words: list[str] = []
    function = request = ""
    level: Level | None = None
    for part in query.casefold().split():
        match part.partition(":"):
            case "fn", ":", value if value:
                function = value
            case "req", ":", value if value:
                request = value
            case "level", ":", value if value in _LEVEL_OF:
                level = _LEVEL_OF[value]
            case _:
                words.append(part)
    return Filter(tuple(words), function, request, level)


def level_of(entry: Entry) -> Level:
    """Return how telling a line is: by its tone, or by the level that it names at its head."""
    if entry.tone == "error":
        return "error"
    if entry.tone == "function" and (said := _SAID.search(entry.text[:_HEAD])) is not None:
        return _LEVEL_OF.get((said[1] or said[2]).casefold(), "info")
    return "info"


def select(
    entries: Iterable[Entry], query: str, requests: frozenset[str] | None = None
) -> Sequence[Entry]:
    """Return the lines that fit a query, in order; ``requests`` keeps those of some only."""
    wanted = parse(query)
    return [
        entry
        for entry in entries
        if (requests is None or entry.request in requests) and wanted.fits(entry)
    ]
