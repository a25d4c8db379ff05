"""The levels of log lines, and which of them a function's settings let through.

Rules are those of the developer guide's monitoring-cloudwatchlogs-log-level.
"""

from __future__ import annotations

import re

# By name: a template may charge for json.loads, and reading a level must not be charged for.
from json import loads
from typing import Final

LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""From the most detailed one."""

_OTHER_NAMES: Final = {"WARNING": "WARN", "CRITICAL": "FATAL"}
"""Model: Python's own names; AWS says only that it knows those that are common."""
_DEFAULT: Final = "INFO"
_TIMESTAMPS: Final = ("timestamp", "time")
"""Model: AWS says only that each runtime's own convention will do."""
_RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def passes(level: str, least: str) -> bool:
    """Say whether what has this level is written where ``least`` is set."""
    return LEVELS.index(level) >= LEVELS.index(least)


def of_number(number: int) -> str:
    """Return the level of a record of ``logging``: a number in between counts as the one below."""
    tens = min(5, max(0, number // 10))
    return _DEFAULT if tens == 0 else LEVELS[tens]


def of_line(line: str) -> str:
    """Return the level of a printed line: what it says itself, as a JSON object, else INFO.

    A JSON object without a timestamp in RFC 3339 counts as INFO as well, whatever its level is.
    """
    if not line.lstrip().startswith("{"):
        return _DEFAULT
    try:
        told = loads(line)
    except (ValueError, RecursionError):
        return _DEFAULT
    times = [told[key] for key in _TIMESTAMPS if isinstance(told.get(key), str)]
    if not any(_RFC_3339.fullmatch(time) for time in times):
        return _DEFAULT
    name = str(told.get("level")).upper()
    name = _OTHER_NAMES.get(name, name)
    return name if name in LEVELS else _DEFAULT
