"""What parsing a definition needs everywhere: problems with their place, fields with their kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from warmstart.runtime.asl import intrinsics, templates
from warmstart.runtime.asl.document import pointer
from warmstart.runtime.asl.jsonata import BadExpression, compile_expression, is_expression
from warmstart.runtime.asl.model import ROOT, At, Language, Setting
from warmstart.runtime.asl.paths import Reference, compile_reference
from warmstart.runtime.asl.templates import constant
from warmstart.runtime.asl.values import Json, is_number, to_text
from warmstart.text import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from warmstart.runtime.asl.env import Evaluate

Code = Literal[
    "SCHEMA_VALIDATION_FAILED",
    "MISSING_TRANSITION_TARGET",
    "DUPLICATE_STATE_NAME",
    "INVALID_JSON_DESCRIPTION",
    "WARNING",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a definition."""

    at: At
    message: str
    fix: str = ""
    code: Code = "SCHEMA_VALIDATION_FAILED"
    """AWS's; WARNING for what AWS accepts and is a mistake all the same."""

    @property
    def place(self) -> str:
        """The path in the document."""
        return pointer(self.at)

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.place}"


class DefinitionError(Exception):
    """A definition that AWS would not take; its text is what CreateStateMachine answers."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        said = ", ".join(str(problem) for problem in self.problems)
        super().__init__(f"Invalid State Machine Definition: '{said}'")


_KINDS: dict[str, Callable[[Json], bool]] = {
    "a string": lambda value: isinstance(value, str),
    "an object": lambda value: isinstance(value, dict),
    "an array": lambda value: isinstance(value, list),
    "true or false": lambda value: isinstance(value, bool),
    "a whole number": lambda value: is_number(value) and value == int(value),
    "a number": is_number,
}


@dataclass(slots=True)
class Fields:
    """The fields of one object of the definition, read in one query language."""

    values: Mapping[str, Json]
    at: At
    language: Language
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, key: str | None, message: str, fix: str = "", code: Code = "SCHEMA_VALIDATION_FAILED"
    ) -> None:
        """Note what is wrong with a field, or with the object itself."""
        at = self.at if key is None else (*self.at, key)
        self.problems.append(Problem(at, message, fix, code))

    def inner(self, values: Mapping[str, Json], *below: str | int) -> Fields:
        """Return the fields of an object in this one."""
        return Fields(values, (*self.at, *below), self.language, self.problems)

    def reporter(self, *below: str | int) -> Callable[[tuple[str | int, ...], str], None]:
        """Return what notes a problem below a field."""

        def report(at: tuple[str | int, ...], message: str) -> None:
            self.problems.append(Problem((*self.at, *below, *at), message))

        return report

    def only(self, allowed: Iterable[str], what: str, other: Iterable[str] = ()) -> None:
        """Note every field that is not allowed; ``other`` belong to the other query language."""
        known, elsewhere = set(allowed), set(other)
        for key in self.values:
            if key in known:
                continue
            if key in elsewhere:
                wanted = "JSONPath" if self.language == "JSONata" else "JSONata"
                self.problem(
                    key,
                    f"The field '{key}' belongs to {wanted}, and this state's query language is "
                    f"{self.language}",
                    f'Set "QueryLanguage": "{wanted}", or use the fields of {self.language}.',
                )
            else:
                hint = meant(key, known, cutoff=0.8).rstrip() or "Remove it."
                self.problem(key, f"Field '{key}' is not supported {what}", hint)

    def take(self, key: str, kind: str, default: Any = None) -> Any:
        """Return a field's value if it is of a kind; else note it and return the default."""
        if key not in self.values:
            return default
        value = self.values[key]
        if not _KINDS[kind](value):
            self.problem(key, f"'{key}' must be {kind}", f"Found {shown(value)}.")
            return default
        return value

    def need(self, key: str, kind: str, default: Any) -> Any:
        """Like ``take``, and note it where the field is missing."""
        if key not in self.values:
            self.problem(None, f"The field '{key}' is required but was missing", f"Add '{key}'.")
            return default
        return self.take(key, kind, default)

    def path(self, key: str) -> Evaluate | None:
        """Return InputPath or OutputPath; None where all of it is meant."""
        value = self.values.get(key, "$")
        if value is None:
            return constant({})
        if value == "$":
            return None
        found = self._compile(key, value, intrinsics.compile_root)
        if isinstance(value, str) and value.startswith("States."):
            self.problem(key, f"'{key}' takes a path, and no intrinsic function")
        return found

    def field_path(self, key: str) -> Evaluate | None:
        """Return a path or intrinsic function."""
        if key not in self.values:
            return None
        value = self.values[key]
        return self._compile(key, value, lambda text: intrinsics.compile_field(text, key))

    def _compile(self, key: str, value: Json, read: Callable[[str], Evaluate]) -> Evaluate | None:
        if not isinstance(value, str):
            self.problem(key, f"'{key}' must be a path", f"Found {shown(value)}.")
            return None
        try:
            return read(value)
        except ValueError as error:
            self.problem(key, str(error), "Paths begin with '$', as in $.order.id.")
            return None

    def reference(self, key: str) -> Reference | None:
        """Return a ResultPath; None where it is null."""
        if key not in self.values:
            return ROOT
        value = self.values[key]
        if value is None:
            return None
        if not isinstance(value, str):
            self.problem(key, f"'{key}' must be a reference path or null", "")
            return ROOT
        try:
            return compile_reference(value)
        except ValueError as error:
            self.problem(key, str(error), "As in $.result.")
            return ROOT

    def template(self, key: str) -> Evaluate | None:
        """Return a template in the query language, or None where there is none."""
        if key not in self.values:
            return None
        value = self.values[key]
        if self.language == "JSONata":
            return templates.compile_jsonata(value, key, self.reporter(key))
        if not isinstance(value, (dict, list)):
            self.problem(key, f"'{key}' must be a payload template: an object", "")
        return templates.compile_paths(value, self.reporter(key))

    def assign(self) -> Evaluate | None:
        """Return what a state or rule assigns to variables, by their names."""
        values = self.take("Assign", "an object")
        if values is None:
            return None
        for key in values:
            name = key.removesuffix(".$") if self.language == "JSONPath" else key
            if not name.isidentifier() or name == "states" or len(name) > _LONGEST_NAME:
                self.problem(
                    "Assign",
                    f"'{name}' cannot be the name of a variable",
                    "Names are letters, digits and _, at most 80; 'states' is reserved.",
                )
        return self.template("Assign")

    def setting(self, key: str, kind: str, *, least: float | None = None) -> Setting | None:
        """Return a field that is a literal, or in JSONata an expression; or its twin with Path."""
        twin = f"{key}Path"
        if self.language == "JSONPath" and twin in self.values:
            if key in self.values:
                self.problem(twin, f"You cannot use both '{key}' and '{twin}'", "Keep one.")
            evaluate = self.field_path(twin)
            text = self.values[twin]
            if evaluate is None:
                return None
            return Setting(field=twin, text=str(text), kind="path", evaluate=evaluate)
        if key not in self.values:
            return None
        value = self.values[key]
        if self.language == "JSONata" and is_expression(value):
            return self.expression(key)
        if self.take(key, kind) is None:
            return None
        if least is not None and value < least:
            self.problem(key, f"'{key}' must be at least {least}", f"Found {value}.")
        return Setting(field=key, text=to_text(value), kind="literal", evaluate=constant(value))

    def expression(self, key: str) -> Setting | None:
        """Return a field that holds one JSONata expression."""
        text = self.values[key]
        try:
            evaluate = compile_expression(text, key)
        except BadExpression as error:
            self.problem(key, f"The JSONata expression cannot be parsed: {error}")
            return None
        return Setting(field=key, text=text, kind="expression", evaluate=evaluate)


_LONGEST_NAME = 80
_SHOWN = 40


def shown(value: Json) -> str:
    """Return a value for a message, cut short."""
    text = to_text(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
