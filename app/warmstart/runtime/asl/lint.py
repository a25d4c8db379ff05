"""What is wrong with a definition, all of it at once: AWS's refusals, and mistakes AWS accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from warmstart.runtime.asl import jsonata, model
from warmstart.runtime.asl.document import line_of, lines
from warmstart.runtime.asl.parse import machines, read
from warmstart.runtime.asl.reading import Problem
from warmstart.runtime.asl.values import Json, from_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.runtime.asl.model import At, Machine


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with its line, for a person or an editor."""

    place: str
    line: int
    severity: str
    """``error`` where AWS refuses the definition, else ``warning``."""
    message: str
    fix: str
    code: str
    """AWS's: ``SCHEMA_VALIDATION_FAILED``, ``MISSING_TRANSITION_TARGET``, …"""


def check(text: str) -> list[Finding]:
    """Return all findings in a definition, in the order of its lines."""
    machine, problems = read(text)
    if machine is not None:
        values = from_text(text)
        problems = [*problems, *_variables(machine, values, frozenset())]
        problems += [problem for inner in machines(machine) for problem in _no_way_out(inner)]
    where: dict[At, int] = lines(text) if machine is not None else {(): 1}
    found = [
        Finding(
            problem.place,
            line_of(problem.at, where),
            "warning" if problem.code == "WARNING" else "error",
            problem.message.rstrip("."),
            problem.fix,
            problem.code,
        )
        for problem in problems
    ]
    return sorted(found, key=lambda each: (each.line, each.place))


def _no_way_out(machine: Machine) -> Iterator[Problem]:
    """Note a machine in which no state that can be reached ends it."""
    ends = (model.Succeed, model.Fail)
    for state in machine.states.values():
        if isinstance(state, ends) or (state.next is None and not isinstance(state, model.Choice)):
            return
    if machine.states:
        yield Problem(
            (*machine.at, "States"),
            "No state ends this machine: it would go on until its history is full",
            'Add "End": true or a Succeed state.',
            "WARNING",
        )


# --- variables -------------------------------------------------------------------------------

_PATH_VARIABLE = re.compile(r"(?<![\w$])\$([^\W\d]\w*)")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'")
_BOUND = re.compile(r"\$([^\W\d]\w*)\s*:=|[@#]\s*\$([^\W\d]\w*)")
_PARAMETERS = re.compile(r"(?:function|λ)\s*\(([^)]*)\)")


@cache
def _functions() -> frozenset[str]:
    return frozenset((*jsonata.library_functions(), *jsonata.ADDED, "states"))


def _variables(machine: Machine, values: Json, outer: frozenset[str]) -> Iterator[Problem]:
    """Note each use of a variable that no state of its scope, or around it, assigns."""
    assigned = set(outer)
    for state in machine.states.values():
        assigned |= _assigned(_at(values, state.at), state.language)
    known = frozenset(assigned)
    for state in machine.states.values():
        own = _at(values, state.at)
        for at, name in _used(own, state.language, state.at):
            if name not in known:
                yield Problem(
                    at,
                    f"The variable '${name}' is assigned nowhere in this scope",
                    "Assign it in a state that runs before, or correct its name.",
                    "WARNING" if state.language == "JSONata" else "SCHEMA_VALIDATION_FAILED",
                )
        for inner in state.within:
            reaches = known if not getattr(state, "distributed", False) else frozenset()
            yield from _variables(inner, values, reaches)


def _at(values: Json, at: At) -> Json:
    for step in at:
        values = values[step]
    return values


_NESTED = ("Branches", "ItemProcessor", "Iterator")


def _assigned(state: Json, language: str) -> set[str]:
    places = [state, *state.get("Choices", []), *state.get("Catch", [])]
    found: set[str] = set()
    for place in places:
        names = place.get("Assign") if isinstance(place, dict) else None
        for name in names if isinstance(names, dict) else ():
            found.add(name.removesuffix(".$") if language == "JSONPath" else name)
    return found


def _used(value: Json, language: str, at: At, key: str = "") -> Iterator[tuple[At, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _NESTED:
                yield from _used(inner, language, (*at, name), name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _used(inner, language, (*at, index))
    elif isinstance(value, str):
        names = _in_jsonata(value) if language == "JSONata" else _in_path(value, key)
        yield from ((at, name) for name in sorted(names))


def _in_jsonata(text: str) -> set[str]:
    if not jsonata.is_expression(text):
        return set()
    bound = {name for pair in _BOUND.findall(text) for name in pair}
    for parameters in _PARAMETERS.findall(text):
        bound |= set(re.findall(r"\w+", parameters))
    return jsonata.variables(text) - bound - _functions()


def _in_path(text: str, key: str) -> set[str]:
    if not (key.endswith((".$", "Path")) or key == "Variable"):
        return set()
    return set(_PATH_VARIABLE.findall(_QUOTED.sub("''", text)))
