"""Paths of the JSONPath query language, compiled once.

A definite path (names and indexes only) is walked here, which is a hundred times faster and is what
nearly every path is; wildcards, slices, unions, filters and recursive descent go to
python-jsonpath. AWS evaluates paths with Jayway's library: names may hold what RFC 9535 does not
allow (``$.delivery-partner``), a definite path that leads nowhere is an error, and any other gives
a list, an empty one too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from warmstart.runtime.asl.values import RUNTIME, Json, StatesError, to_text

Step = str | int


class BadPath(ValueError):
    """The text is no path; the message says why."""


class Missing(Exception):
    """A path leads nowhere in the value it is applied to."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Path:
    """A path behind its root: of ``$.a[0]``, ``$$.a[0]`` and ``$v.a[0]``, the steps a and 0."""

    text: str
    """As it is written, root and all."""
    steps: tuple[Step, ...] | None
    """None where it is not definite."""
    find: Callable[[Json], Json]
    """Applies it. Raises Missing."""


_NAME = re.compile(r"[^\s.\[\]()'\"*?,:@]+")
_INDEX = re.compile(r"\s*(-?\d+)\s*\]")
_QUOTED = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]""")
_ESCAPE = re.compile(r"\\(.)")


def compile_path(text: str, start: int) -> Path:
    """Compile the path in ``text`` whose steps begin at ``start``, behind the root.

    Raises:
        BadPath: it is none.
    """
    steps: list[Step] = []
    plain: list[str] = ["$"]  # The same path in RFC 9535's spelling.
    definite = True
    at = start
    while at < len(text):
        step, at = _step(text, at)
        if isinstance(step, _Raw):
            definite = False
            plain.append(step)
        else:
            steps.append(step)
            plain.append(f"[{json.dumps(step) if isinstance(step, str) else step}]")
    if definite:
        found = tuple(steps)
        return Path(text, found, _walker(text, found))
    return Path(text, None, _searcher(text, "".join(plain)))


class _Raw(str):
    """A step that only python-jsonpath understands."""

    __slots__ = ()


def _step(text: str, at: int) -> tuple[Step | _Raw, int]:
    if text[at] == ".":
        if text.startswith("..", at):
            name = _NAME.match(text, at + 2)
            if name is not None:
                return _Raw(f"..[{json.dumps(name[0])}]"), name.end()
            if text.startswith("*", at + 2):
                return _Raw("..[*]"), at + 3
            if text.startswith("[", at + 2):
                end = _closing(text, at + 2)
                return _Raw(text[at:end]), end
            raise BadPath(f"The path '{text}' has nothing behind '..'.")
        if text.startswith("*", at + 1):
            return _Raw("[*]"), at + 2
        name = _NAME.match(text, at + 1)
        if name is None:
            raise BadPath(f"The path '{text}' has no name behind the dot at character {at + 1}.")
        return name[0], name.end()
    if text[at] == "[":
        if (index := _INDEX.match(text, at + 1)) is not None:
            return int(index[1]), index.end()
        if (quoted := _QUOTED.match(text, at + 1)) is not None:
            name_text = quoted[1] if quoted[1] is not None else quoted[2]
            return _ESCAPE.sub(r"\1", name_text), quoted.end()
        end = _closing(text, at)
        return _Raw(text[at:end]), end
    raise BadPath(f"The path '{text}' cannot be read from character {at + 1} on.")


def _closing(text: str, at: int) -> int:
    """Return where the bracket that opens at ``at`` has closed."""
    depth, quote, position = 0, "", at
    while position < len(text):
        letter = text[position]
        if quote:
            if letter == "\\":
                position += 1
            elif letter == quote:
                quote = ""
        elif letter in "'\"":
            quote = letter
        elif letter == "[":
            depth += 1
        elif letter == "]":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    raise BadPath(f"The path '{text}' has a bracket that is not closed.")


def _walker(text: str, steps: tuple[Step, ...]) -> Callable[[Json], Json]:
    if not steps:
        return lambda value: value

    def walk(whole: Json) -> Json:
        value = whole
        for step in steps:
            if type(step) is str:
                if type(value) is dict and step in value:
                    value = value[step]
                    continue
            elif type(step) is int and type(value) is list and -len(value) <= step < len(value):
                value = value[step]
                continue
            raise Missing(text, _why(steps, whole))
        return value

    return walk


def _why(steps: tuple[Step, ...], value: Json) -> str:
    """Say where the path ends, in Jayway's words, as AWS passes them on."""
    for at, step in enumerate(steps):
        if at == len(steps) - 1:
            break
        if isinstance(step, str) and not isinstance(value, dict):
            return (
                f"Expected to find an object with property {spelled((step,))} in path "
                f"${spelled(steps[:at])} but found '{_java(value)}'. This is not a json object "
                "according to the JsonProvider: "
                "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
            )
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return f"Missing property in path ${spelled(steps[: at + 1])}"
    return f"No results for path: ${spelled(steps)}"


def _java(value: Json) -> str:
    if value is None:
        return "null"
    kind = {bool: "BooleanNode", str: "TextNode", list: "ArrayNode", float: "DoubleNode"}
    return "com.fasterxml.jackson.databind.node." + kind.get(type(value), "IntNode")


def spelled(steps: tuple[Step, ...]) -> str:
    """Return the steps in bracket notation: ``['a'][0]``."""
    return "".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps)


def _searcher(text: str, plain: str) -> Callable[[Json], Json]:
    import jsonpath

    try:
        compiled = jsonpath.compile(plain)
    except (jsonpath.JSONPathError, RecursionError, ValueError) as error:
        raise BadPath(f"The path '{text}' cannot be read: {str(error).splitlines()[0]}") from error

    def search(value: Json) -> Json:
        if not isinstance(value, (dict, list)):
            return []  # And not for the library, which takes a string for JSON text.
        try:
            return compiled.findall(value)
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise Missing(text, str(error)) from error

    return search


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference path, which names one place in a value: where a ResultPath writes."""

    text: str
    steps: tuple[Step, ...]

    def put(self, whole: Json, part: Json) -> Json:
        """Return ``whole`` with ``part`` at the place; objects on the way are made.

        Raises:
            StatesError: the place cannot be there (States.ResultPathMatchFailure).
        """
        return self._put(whole, self.steps, part, whole)

    def _put(self, value: Json, steps: tuple[Step, ...], part: Json, whole: Json) -> Json:
        if not steps:
            return part
        step, rest = steps[0], steps[1:]
        if isinstance(step, str) and isinstance(value, dict):
            inner = value.get(step)
            if rest and inner is None:
                inner = {}
            return {**value, step: self._put(inner, rest, part, whole)}
        if isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            copy = list(value)
            copy[step] = self._put(copy[step], rest, part, whole)
            return copy
        raise StatesError(
            "States.ResultPathMatchFailure",
            f"Unable to apply ReferencePath {self.text} to input {to_text(whole)}",
        )


def compile_reference(text: str) -> Reference:
    """Compile a reference path.

    Raises:
        BadPath: it is none: it may name only one place, in the input.
    """
    if not text.startswith("$") or text[1:2] not in ("", ".", "["):
        raise BadPath(f"'{text}' is no reference path: it begins with '$.' or is '$'.")
    path = compile_path(text, 1)
    if path.steps is None:
        raise BadPath(f"'{text}' is no reference path: it must name exactly one place.")
    return Reference(text, path.steps)


def not_found(path: str, field: str, data: Json) -> StatesError:
    """Return the error of a field whose path leads nowhere."""
    return StatesError(
        RUNTIME,
        f"The JSONPath '{path}' specified for the field '{field}' could not be found in the "
        f"input '{to_text(data)}'",
    )


Find = Callable[[Any], Json]
