"""From a definition's text to a machine: what AWS refuses is refused, with place and fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warmstart.runtime.asl import model
from warmstart.runtime.asl.parse_states import STATE_TYPES
from warmstart.runtime.asl.reading import DefinitionError, Fields, Problem
from warmstart.runtime.asl.values import from_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warmstart.runtime.asl.model import At, Language, Machine, State
    from warmstart.runtime.asl.values import Json

LARGEST = 1_048_576
"""Characters of a definition (API_CreateStateMachine: 1,048,576)."""
LONGEST_NAME = 80
DEEPEST = 40
"""Machines within one another; a bound of ours, so that parsing never recurses without end."""


def parse(text: str, *, express: bool = False) -> Machine:
    """Parse a definition, of an Express state machine or a Standard one.

    Raises:
        DefinitionError: AWS would not take it.
    """
    machine, problems = read(text)
    refused = [problem for problem in problems if problem.code != "WARNING"]
    if express and machine is not None:
        refused += _not_express(machine)
    if machine is None or refused:
        raise DefinitionError(refused)
    return machine


def read(text: str) -> tuple[Machine | None, list[Problem]]:
    """Parse a definition and return all that is wrong with it; no machine where it is no JSON."""
    if len(text) > LARGEST:
        size = f"The definition has {len(text):,} characters, and AWS takes {LARGEST:,}"
        return None, [Problem((), size, "Split it into nested state machines.")]
    try:
        values = from_text(text)
    except ValueError as error:
        return None, [Problem((), f"It is not JSON: {error}", "", "INVALID_JSON_DESCRIPTION")]
    problems: list[Problem] = []
    if not isinstance(values, dict):
        return None, [Problem((), "A state machine is a JSON object with StartAt and States")]
    try:
        machine = read_machine(Fields(values, (), "JSONPath", problems), depth=0)
    except RecursionError:
        return None, [Problem((), "The definition is nested too deeply")]
    problems.extend(_twice(machine))
    return machine, problems


def _not_express(machine: Machine) -> Iterator[Problem]:
    """Note what Express state machines cannot do (guide: "Choosing workflow type")."""
    for inner in machines(machine):
        for state in inner.states.values():
            if isinstance(state, model.Task) and state.resource.pattern != "request":
                yield Problem(
                    (*state.at, "Resource"),
                    "Express state machine does not support the service integration "
                    f"'{state.resource.shown}'",
                    "Use a Standard state machine, or the resource without it.",
                )
            if isinstance(state, model.Map) and state.distributed:
                yield Problem(state.at, "Express state machine does not support a distributed Map")


TOP = ("Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage")
INNER = ("Comment", "StartAt", "States", "ProcessorConfig", "QueryLanguage")


def read_machine(fields: Fields, *, depth: int) -> Machine:
    """Read a machine: the whole definition at depth 0, a branch or an item processor below it."""
    fields.only(INNER if depth else TOP, "in a state machine")
    language = query_language(fields, fields.language, top=depth == 0)
    if depth == 0 and fields.take("Version", "a string", "1.0") != "1.0":
        fields.problem("Version", "'Version' must be \"1.0\"", "")
    timeout = fields.take("TimeoutSeconds", "a whole number") if depth == 0 else None
    start = fields.need("StartAt", "a string", "")
    given = fields.need("States", "an object", {})
    if depth > DEEPEST:
        fields.problem("States", f"Machines are nested more than {DEEPEST} deep")
        given = {}
    if "States" in fields.values and not given:
        fields.problem("States", "'States' must hold at least one state", "Add a state.")
    inside = Fields(fields.values, fields.at, language, fields.problems)
    states = dict(_states(inside, given, depth))
    if start and start not in states:
        fields.problem(
            "StartAt", f"Missing 'StartAt' target: {start}", f"Name one of {_names(states)}.",
            "MISSING_TRANSITION_TARGET",
        )  # fmt: skip
    _check_targets(fields, states, given, start)
    return model.Machine(
        at=fields.at,
        start=start,
        states=states,
        instant=all(_instant(state) for state in states.values()),
        timeout=timeout,
        comment=str(fields.values.get("Comment", "")),
        language=language,
    )


def query_language(fields: Fields, inherited: Language, *, top: bool = False) -> Language:
    """Return the query language that is named, or the one around."""
    found = fields.values.get("QueryLanguage", inherited)
    if found not in ("JSONPath", "JSONata"):
        fields.problem("QueryLanguage", '\'QueryLanguage\' is "JSONPath" or "JSONata"')
        return inherited
    if not top and inherited == "JSONata" and found == "JSONPath":
        fields.problem(
            "QueryLanguage",
            "A state of a JSONata machine cannot use JSONPath",
            "Set the machine to JSONPath and its other states to JSONata.",
        )
    language: Language = found
    return language


def _states(fields: Fields, given: Mapping[str, Json], depth: int) -> Iterator[tuple[str, State]]:
    for name, values in given.items():
        at: At = (*fields.at, "States", name)
        inside = Fields(
            values if isinstance(values, dict) else {}, at, fields.language, fields.problems
        )
        if not name or len(name) > LONGEST_NAME:
            inside.problem(None, f"A state's name has 1 to {LONGEST_NAME} characters")
        if not isinstance(values, dict):
            inside.problem(None, "A state must be an object")
            continue
        kind = values.get("Type")
        reader = STATE_TYPES.get(kind) if isinstance(kind, str) else None
        if reader is None:
            what = "is required but was missing" if "Type" not in values else f"is no {kind!r}"
            inside.problem(
                "Type" if "Type" in values else None, f"The field 'Type' {what}",
                f"It is one of {', '.join(STATE_TYPES)}.",
            )  # fmt: skip
            continue
        language = query_language(inside, fields.language)
        own = replace(inside, language=language)
        yield name, reader(own, name, lambda below: _below(below, fields.language, depth))


def _below(fields: Fields, language: Language, depth: int) -> Machine:
    """Read a branch or processor: its states speak the whole machine's language again."""
    return read_machine(replace(fields, language=language), depth=depth + 1)


def _check_targets(
    fields: Fields, states: Mapping[str, State], given: Mapping[str, Json], start: str
) -> None:
    reached = {start}
    open_states = [start]
    while open_states:
        state = states.get(open_states.pop())
        for _, target in targets(state) if state is not None else ():
            if target not in reached:
                reached.add(target)
                open_states.append(target)
    for name, state in states.items():
        for at, target in targets(state):
            if target not in given:
                fields.problems.append(
                    Problem(
                        (*state.at, *at), f"Missing '{_last_name(at)}' target: {target}",
                        f"Name one of {_names(given)}.", "MISSING_TRANSITION_TARGET",
                    )
                )  # fmt: skip
        if name not in reached and start in states:
            fields.problems.append(
                Problem(
                    state.at, f'State "{name}" is not reachable.',
                    "Let a state lead to it, or remove it.", "MISSING_TRANSITION_TARGET",
                )
            )  # fmt: skip


def _last_name(at: At) -> str:
    return next(str(key) for key in reversed(at) if isinstance(key, str))


def _names(states: Mapping[str, object]) -> str:
    names = list(states)
    most = 6
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def targets(state: State) -> list[tuple[At, str]]:
    """Return the states that one leads to, each with the field that names it."""
    found: list[tuple[At, str]] = []
    if state.next is not None:
        found.append((("Default" if isinstance(state, model.Choice) else "Next",), state.next))
    if isinstance(state, model.Choice):
        found += [(("Choices", at, "Next"), rule.next) for at, rule in enumerate(state.rules)]
    if isinstance(state, model.Working):
        found += [(("Catch", at, "Next"), catch.next) for at, catch in enumerate(state.catch)]
    return [(at, target) for at, target in found if target]


def machines(machine: Machine) -> Iterator[Machine]:
    """Yield a machine and all that are within it, from the outside inwards."""
    yield machine
    for state in machine.states.values():
        for inner in state.within:
            yield from machines(inner)


def _twice(machine: Machine) -> Iterator[Problem]:
    seen: set[str] = set()
    for inner in machines(machine):
        for name, state in inner.states.items():
            if name in seen:
                yield Problem(
                    state.at, f"Duplicate State name: {name}",
                    "State names are unique in the whole definition.", "DUPLICATE_STATE_NAME",
                )  # fmt: skip
            seen.add(name)


def _instant(state: State) -> bool:
    if isinstance(state, (model.Task, model.Wait)):
        return False
    if isinstance(state, model.Working) and state.retry:
        return False
    if isinstance(state, model.Map):
        return state.processor.instant and state.reader is None and state.writer is None
    if isinstance(state, model.Parallel):
        return all(branch.instant for branch in state.branches)
    return True
