"""YAML read with its line numbers, so that every complaint about a file names a line.

PyYAML's ``compose`` gives nodes with marks, and its constructors give plain values without them; a
``Node`` here is both: it hands out typed values, and raises ``LabError`` with the file, the line
and the likely fix where the file has something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import yaml

from warmstart.errors import LabError
from warmstart.runtime.template.cfn import line_at_fault
from warmstart.text import meant, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Scalar: TypeAlias = int | str | bool

_MISSING_FILE = "A lab is a folder with a lab.yaml, a README.md, a template.yaml and a checks.py."
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_TEXT = "tag:yaml.org,2002:str"
CUTOFF = 0.5
"""Of ``text.nearest``, for the words of a lab."""
_UNIT_US = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}


def duration_us(text: str) -> int | None:
    """Return the whole microseconds in ``2s``, ``500ms`` or ``1m30s``; None for anything else."""
    if not re.fullmatch(f"(?:{_DURATION.pattern})+", text):
        return None
    return sum(round(float(number) * _UNIT_US[unit]) for number, unit in _DURATION.findall(text))


def suggestion(word: str, known: list[str], listing: str) -> str:
    """Return the hint for an unknown word: what was probably meant, and all there are.

    ``listing`` leads the list in: ``Did you mean memory? It has: memory, burst.``
    """
    return f"{meant(word, known, cutoff=CUTOFF)}{listing} {', '.join(known)}."


def read_text(path: Path) -> str:
    """Return a lab file's text.

    Raises:
        LabError: the file is missing, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LabError(f"There is no {path.name} here.", path=path, hint=_MISSING_FILE) from None
    except UnicodeDecodeError:
        raise LabError("This file is not UTF-8 text.", path=path) from None
    except OSError as error:
        raise LabError(f"The file cannot be read: {error.strerror}.", path=path) from error


def read_yaml(path: Path) -> Node:
    """Return the root node of a YAML file.

    Raises:
        LabError: the file cannot be read, is empty, or is not YAML (with the line).
    """
    text = read_text(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = line_at_fault(error)
        raise LabError(f"This is not YAML: {error.problem}.", path=path, line=line) from error
    except yaml.YAMLError as error:
        raise LabError(f"This is not YAML: {error}.", path=path) from error
    if root is None:
        raise LabError("The file is empty.", path=path, line=1)
    return Node(root, path, path.name)


def line_of(path: Path, *keys: str) -> int:
    """Return the line of what stands under these keys, or as far down as they lead.

    Raises:
        LabError: as ``read_yaml``.
    """
    node = read_yaml(path)
    line = 1
    for key in keys:
        if not node.is_mapping or key not in node.mapping():
            break
        line = next(at.start_mark.line for at, _ in node.raw.value if at.value == key) + 1
        node = node.mapping()[key]
    return line


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a YAML file, with the place it stands at."""

    raw: yaml.Node
    path: Path
    name: str
    """What a complaint calls it: the key it stands under."""

    @property
    def line(self) -> int:
        """The 1-based line the value begins at."""
        return self.raw.start_mark.line + 1

    def error(self, message: str, *, hint: str | None = None) -> LabError:
        """Return the error that says what is wrong with this value."""
        return LabError(message, path=self.path, line=self.line, hint=hint)

    @property
    def is_mapping(self) -> bool:
        """Tell whether the value has keys."""
        return isinstance(self.raw, yaml.MappingNode)

    def scalar(self) -> Scalar:
        """Return a whole number, a truth value or a text, as YAML reads it.

        Raises:
            LabError: a list, a mapping, nothing, or another type (a date, a fraction).
        """
        value = self._value()
        if isinstance(value, int | str):
            return value
        raise self.error(f"{self.name} should be a number, true, false or a text.")

    def text(self) -> str:
        """Return a text that is not blank; a plain number is taken as it is written."""
        if isinstance(self.raw, yaml.ScalarNode) and self.raw.value.strip():
            return str(self.raw.value)
        raise self.error(f"{self.name} should be a text.")

    def integer(self, low: int, high: int | None = None) -> int:
        """Return a whole number within [low, high]."""
        value = self.scalar()
        bounds = f"from {low}" + (" on" if high is None else f" to {high}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"{self.name} should be a whole number {bounds}.")
        if value < low or (high is not None and value > high):
            raise self.error(f"{self.name} should be {bounds}, and is {value}.")
        return value

    def duration(self) -> int:
        """Return a time span in whole microseconds."""
        value = duration_us(self.text())
        if value is None:
            raise self.error(f"{self.name} should be a time such as 500ms, 2s, 15m or 1m30s.")
        return value

    def one_of(self, words: Iterable[str]) -> str:
        """Return a text that is one of these words."""
        word, known = self.text(), list(words)
        if word not in known:
            close = ", ".join(nearest(word, known, 3, cutoff=CUTOFF) or known)
            raise self.error(f"{self.name} cannot be {word!r}.", hint=f"Known: {close}.")
        return word

    def items(self) -> list[Node]:
        """Return the entries of a list."""
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.error(f"{self.name} should be a list.")
        return [Node(item, self.path, f"each of {self.name}") for item in self.raw.value]

    def mapping(self) -> dict[str, Node]:
        """Return the entries of a mapping, in the file's order; a repeated key is an error."""
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.error(f"{self.name} should be a mapping (key: value).")
        entries: dict[str, Node] = {}
        for key, value in self.raw.value:
            name = str(key.value)
            if name in entries:
                raise Node(key, self.path, name).error(f"{name} is given twice.")
            entries[name] = Node(value, self.path, name)
        return entries

    def fields(self, required: str, optional: str = "") -> dict[str, Node]:
        """Return a mapping's entries, whose keys must be among those named (space-separated).

        Raises:
            LabError: a required key is missing, or there is one that nobody reads.
        """
        entries = self.mapping()
        known = [*required.split(), *optional.split()]
        for name, node in entries.items():
            if name not in known:
                close = meant(name, known, cutoff=CUTOFF).rstrip()
                hint = close or f"Known: {', '.join(known)}."
                raise node.error(f"{name} is not known here.", hint=hint)
        for name in required.split():
            if name not in entries:
                raise self.error(f"{self.name} lacks {name}.")
        return entries

    def plain(self) -> object:
        """Return the value as plain Python data, whatever it is (a payload)."""
        if isinstance(self.raw, yaml.MappingNode):
            return {name: node.plain() for name, node in self.mapping().items()}
        if isinstance(self.raw, yaml.SequenceNode):
            return [node.plain() for node in self.items()]
        value = self._value()
        if value is None or isinstance(value, int | float | str):
            return value
        raise self.error(f"{self.name} should be JSON data.", hint="Quote dates: '2026-01-05'.")

    def _value(self) -> object:
        """Return what YAML makes of a scalar; a list or a mapping stays a node."""
        if not isinstance(self.raw, yaml.ScalarNode):
            return self.raw
        return self.raw.value if self.raw.tag == _TEXT else yaml.safe_load(self.raw.value)


def named(node: Node | None) -> dict[str, Node]:
    """Return the entries of a mapping that may be left out."""
    return {} if node is None else node.mapping()


def items(node: Node | None) -> list[Node]:
    """Return the entries of a list that may be left out."""
    return [] if node is None else node.items()


def text(entries: dict[str, Node], key: str, default: str = "") -> str:
    """Return a text that may be left out."""
    return entries[key].text() if key in entries else default
