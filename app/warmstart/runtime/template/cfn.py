"""CloudFormation's YAML as plain values that remember their lines.

YAML is composed, not loaded: the short forms (``!Ref``, ``!Sub``, ``!GetAtt``) are tags, and an
error should name the line. A mapping becomes a ``Section``, a list a ``Sequence``, an intrinsic
function an ``Intrinsic``, and a scalar what YAML's core schema makes of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from warmstart.errors import TemplateError, UnsupportedError
from warmstart.text import meant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 1_000_000
"""CloudFormation's own limit for a template, 1 MB."""
_MAX_NODES = 100_000
_T = TypeVar("_T")


class Section(dict[str, Any]):
    """A mapping, with the line (1-based) of each key and of itself."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """Return the line of ``key``, or of the mapping if it is not there."""
        return self.lines.get(key, self.line)

    def put(self, key: str, value: Any, line: int) -> None:
        """Set ``key`` and say where."""
        self[key] = value
        self.lines[key] = line


class Sequence(list[Any]):
    """A list, with its line."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """``!Ref Name``, ``{"Fn::Sub": …}``, …: a function, by its name without ``Fn::``."""

    name: str
    argument: Any
    line: int


FUNCTIONS = (
    "Ref", "Sub", "GetAtt", "Join", "If", "FindInMap", "Select", "Split", "Equals", "And", "Or",
    "Not", "Condition",
)  # fmt: skip
"""The intrinsic functions that are supported; the last five in Conditions alone."""


def line_at_fault(error: yaml.MarkedYAMLError) -> int | None:
    """Return the line (1-based) to mend where YAML cannot be read; None where none is told.

    A key without its colon is noticed only at the next key: the fault is where the first one is.
    """
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a simple key":
        mark = error.context_mark or mark
    return None if mark is None else mark.line + 1


def read(path: Path) -> Section:
    """Read a template into a tree of values.

    Raises:
        TemplateError: not readable, not YAML, too large, a tag or function that is not supported.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TemplateError(
            f"The template cannot be read: {error.strerror or error}.", path=path
        ) from error
    if len(data) > MAX_BYTES:
        raise TemplateError("A template may have at most 1 MB.", path=path)
    try:
        loader = _Loader(data)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = line_at_fault(error)
        lines = data.splitlines()
        tab = line is not None and line <= len(lines) and lines[line - 1].lstrip(b" ")[:1] == b"\t"
        hint = "YAML indents with spaces, and this line with a tab." if tab else None
        raise TemplateError(
            f"This is not YAML: {error.problem}.", path=path, line=line, hint=hint
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError("This is not YAML: it is not text.", path=path) from error
    if not isinstance(node, yaml.MappingNode):
        raise TemplateError("A template is a mapping with a Resources section.", path=path, line=1)
    root = _Converter(path, loader).mapping(node, 0)
    assert isinstance(root, Section)
    return root


class _Converter:
    """Turns YAML nodes into values, and counts them: aliases can make a small file huge."""

    def __init__(self, path: Path, loader: Any) -> None:
        self._path = path
        self._loader = loader
        self._count = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self._count += 1
        if self._count > _MAX_NODES or depth > 50:  # noqa: PLR2004 - deeper than any real template
            raise self._error(node, "The template is nested too deeply, or is too large.")
        if not node.tag.startswith("tag:yaml.org"):
            return self._tagged(node, depth)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            items = Sequence(node.start_mark.line + 1)
            items.extend(self.value(child, depth + 1) for child in node.value)
            return items
        if node.tag.endswith((":timestamp", ":binary")):
            return node.value  # A version date such as 2010-09-09 is text to CloudFormation.
        return self._loader.construct_object(node)

    def mapping(self, node: yaml.MappingNode, depth: int) -> Section | Intrinsic:
        section = Section(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "A key must be plain text.")
            key, line = key_node.value, key_node.start_mark.line + 1
            if key in section:
                raise self._error(key_node, f"{key} stands here twice.")
            section.put(key, self.value(value_node, depth + 1), line)
        if len(section) == 1:
            (key, value), *_ = section.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._function(node, key.removeprefix("Fn::"), value)
        return section

    def _tagged(self, node: yaml.Node, depth: int) -> Intrinsic:
        argument: Any
        if isinstance(node, yaml.SequenceNode):
            argument = Sequence(node.start_mark.line + 1)
            argument.extend(self.value(child, depth + 1) for child in node.value)
        elif isinstance(node, yaml.MappingNode):
            argument = self.mapping(node, depth + 1)
        else:
            argument = node.value
        return self._function(node, node.tag[1:], argument)

    def _function(self, node: yaml.Node, name: str, argument: Any) -> Intrinsic:
        if name == "GetAtt" and isinstance(argument, str):
            argument = list(argument.partition(".")[::2])
        return Intrinsic(name, argument, node.start_mark.line + 1)

    def _error(self, node: yaml.Node, message: str) -> TemplateError:
        return TemplateError(message, path=self._path, line=node.start_mark.line + 1)


@dataclass(slots=True)
class Notes:
    """How strictly a template is read, and what was let pass."""

    lenient: bool = False
    warnings: dict[str, int] = field(default_factory=dict)
    """Sentences, each with its line."""

    def refuse(self, path: Path, line: int, message: str, hint: str | None = None) -> None:
        """Raise that something is not supported, or note it, once, and let it pass."""
        if not self.lenient:
            raise UnsupportedError(message, path=path, line=line, hint=hint)
        self.warnings[str(UnsupportedError(message, path=path, line=line))] = line


class Reader:
    """Takes typed values out of one mapping of the template, and complains with its line."""

    def __init__(self, path: Path, values: Section, what: str, notes: Notes | None = None) -> None:
        self.path = path
        self.values = values
        self.what = what
        self.notes = notes or Notes()

    def error(self, key: str, message: str, hint: str | None = None) -> TemplateError:
        """Return an error about ``key``, with its line."""
        return TemplateError(message, path=self.path, line=self.line(key), hint=hint)

    def refuse(self, key: str, message: str, hint: str | None = None) -> None:
        """Raise that what ``key`` says is not supported, or note it; see ``Notes``."""
        self.notes.refuse(self.path, self.line(key), message, hint)

    def line(self, key: str) -> int:
        """Return the line of ``key``."""
        return self.values.line_of(key)

    def only(self, known: tuple[str, ...]) -> None:
        """Refuse every key that is not ``known``."""
        for key in self.values:
            if key not in known:
                self.refuse(
                    key, f"{self.what} has {key}, which is not supported.",
                    f"{meant(key, known, cutoff=0.8)}Supported: {', '.join(known)}.",
                )  # fmt: skip

    def section(self, key: str, *, over: Reader | None = None) -> Reader:
        """Return the mapping under ``key`` (empty if absent), laid over the one in ``over``."""
        value = self.values.get(key, Section(self.line(key)))
        if not isinstance(value, Section):
            raise self.error(key, f"{key} must be a mapping.")
        return self._below(value if over is None else _merged(over.values, value), key)

    def sections(self, key: str) -> list[Reader]:
        """Return the mappings of the list under ``key``; none if absent."""
        found = []
        for value in self.take(key, list, []):
            if not isinstance(value, Section):
                raise self.error(key, f"{key} must be a list of mappings.")
            found.append(self._below(value, key))
        return found

    def _below(self, values: Section, what: str) -> Reader:
        """Read a mapping below; what a resource has among its properties it has itself."""
        return Reader(self.path, values, self.what if what == "Properties" else what, self.notes)

    def single(self, key: str) -> Any:
        """Return a value that is neither mapping nor list."""
        value = self.values[key]
        if isinstance(value, (dict, list)) or value is None:
            raise self.error(key, f"{key} must be a single value.")
        return value

    def take(self, key: str, kind: type[_T], default: _T) -> _T:
        """Return the value under ``key``, checked to be of ``kind``."""
        if key not in self.values:
            return default
        value: Any = self.values[key] if kind is list else self.single(key)
        if kind is int and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            value = int(value)  # Parameters are text, whatever they hold.
        if kind is bool and value in {"true", "false"}:
            value = value == "true"
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            noun = {int: "a whole number", str: "text", list: "a list", bool: "true or false"}[kind]
            raise self.error(key, f"{key} must be {noun}, not {value!r}.")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        return self.take(key, bool, default)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; a text alone is a list of one."""
        value = self.values.get(key, [])
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in found):
            raise self.error(key, f"{key} must be text, or a list of texts.")
        return list(found)

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of some words."""
        value = self.take(key, str, default)
        if value not in choices:
            raise self.error(key, f"{key} is {value!r}, and must be {' or '.join(choices)}.")
        return value

    def within(self, key: str, default: int, bounds: tuple[int, int], unit: str = "") -> int:
        """Return a whole number, checked against its bounds."""
        value = self.take(key, int, default)
        low, high = bounds
        if not low <= value <= high:
            raise self.error(
                key, f"{key} is {value}, and must be {low} to {high} {unit}".rstrip() + "."
            )
        return value

    def amount(self, key: str, default: float | None) -> float | None:
        """Return a number from 0 up."""
        value = self.values.get(key, default)
        if value is default:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e7:  # noqa: PLR2004 - any bound that keeps arithmetic sane
            raise self.error(key, f"{key} must be a number from 0 up, not {value!r}.")
        return float(value)

    def amounts(self, key: str) -> Mapping[str, float]:
        """Return a mapping of names to numbers from 0 up."""
        section = self.section(key)
        return MappingProxyType({name: section.amount(name, 0.0) or 0.0 for name in section.values})

    def plain(self, key: str) -> Any:
        """Return what stands under ``key`` as plain dicts and lists; None if absent."""
        return plain(self.values.get(key))


def plain(value: Any) -> Any:
    """Return a tree without its lines."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def _merged(below: Section, above: Section) -> Section:
    """Lay one mapping over another, mapping by mapping, as SAM does with Globals."""
    merged = Section(above.line)
    for source in (below, above):
        for key, value in source.items():
            old = merged.get(key)
            if isinstance(old, Section) and isinstance(value, Section):
                value = _merged(old, value)  # noqa: PLW2901 - the merged value is the value
            merged.put(key, value, source.line_of(key))
    return merged
