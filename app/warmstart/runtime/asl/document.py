"""Where things stand in a JSON document: the line of a path, found when it is asked for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def pointer(at: tuple[str | int, ...]) -> str:
    """Return a path as AWS's messages write it: ``/States/Wait/Seconds``, ``/Choices[0]``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f"/{key}" for key in at) or "/"


@dataclass(slots=True)
class _Level:
    """An object or array that is open while the document is scanned."""

    is_object: bool
    index: int = 0
    key: str | None = None
    expects_key: bool = field(default=True)


def lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the line, from 1, of every key and item of a JSON document, by its path.

    One pass without recursion, so that no nesting is too deep for it.
    """
    scanner = _Scanner()
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", counted, token.start())
        counted = token.start()
        scanner.take(token[0], line)
    return scanner.found


class _Scanner:
    def __init__(self) -> None:
        self.found: dict[tuple[str | int, ...], int] = {(): 1}
        self._open: list[_Level] = []
        self._path: list[str | int] = []

    def take(self, sign: str, line: int) -> None:
        level = self._open[-1] if self._open else None
        if sign in "}]":
            self._close()
        elif sign == ",":
            if level is not None:
                level.expects_key = level.is_object
        elif level is not None and level.is_object and level.expects_key:
            level.expects_key = False
            level.key = _string(sign)
            self.found.setdefault((*self._path, level.key), line)
        elif sign != ":":
            self._value(sign, level, line)

    def _close(self) -> None:
        if self._open:
            self._open.pop()
        if self._open and self._path:
            self._path.pop()

    def _value(self, sign: str, level: _Level | None, line: int) -> None:
        step: str | int | None = None
        if level is not None:
            step = level.key if level.is_object else level.index
            if not level.is_object:
                level.index += 1
                self.found[(*self._path, step or 0)] = line
        if sign in "{[":
            if step is not None:
                self._path.append(step)
            self._open.append(_Level(is_object=sign == "{"))


def _string(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token


def line_of(at: tuple[str | int, ...], known: dict[tuple[str | int, ...], int]) -> int:
    """Return the line of a path, or of the nearest thing around it that has one."""
    while at not in known:
        at = at[:-1]
    return known[at]
