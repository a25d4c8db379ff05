"""How data flows through a state: what goes in, what comes out, what is assigned.

JSONPath: InputPath → Parameters → work → ResultSelector → Assign → ResultPath → OutputPath.
JSONata: Arguments → work → Assign and Output, which both see the variables as they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.runtime.asl.paths import Missing
from warmstart.runtime.asl.values import RUNTIME, Json, StatesError

if TYPE_CHECKING:
    from warmstart.runtime.asl.env import Env, Evaluate
    from warmstart.runtime.asl.model import Catcher, Rule, State, Working

Left = tuple[Json, dict[str, Json] | None]
"""A state's output, and what it assigns."""


def _through(path: Evaluate | None, env: Env) -> Json:
    if path is None:
        return env.data
    try:
        return path(env)
    except Missing as missing:
        raise StatesError(RUNTIME, f"Invalid path '{missing.path}' : {missing.detail}") from None


def effective(state: State, env: Env) -> Json:
    """Return the input behind InputPath, and let ``$`` stand for it."""
    env.data = _through(state.input_path, env)
    return env.data


def arguments(state: Working, env: Env) -> Json:
    """Return what the state's work is given: Parameters or Arguments, else its input."""
    given = effective(state, env)
    if state.parameters is not None:
        given = state.parameters(env)
    return given


def with_result(state: Working, env: Env, result: Json) -> Left:
    """Return what a state leaves whose work gave ``result``."""
    if state.language == "JSONata":
        env.result = result
        return _jsonata(state.output, state.assign, env, result)
    env.data = result
    if state.result_selector is not None:
        env.data = state.result_selector(env)
    assigned = None if state.assign is None else state.assign(env)
    path = state.result_path
    if path is None:
        env.data = env.input
    elif path.steps:
        env.data = path.put(env.input, env.data)
    return _through(state.output_path, env), assigned


def without_result(state: State, env: Env) -> Left:
    """Return what a state leaves that does no work: its input, behind the paths."""
    if state.language == "JSONata":
        return _jsonata(state.output, state.assign, env, env.input)
    effective(state, env)
    assigned = None if state.assign is None else state.assign(env)
    return _through(state.output_path, env), assigned


def by_rule(state: State, rule: Rule, env: Env) -> Left:
    """Return what a Choice leaves where a rule held: the rule's own Output and Assign count."""
    if state.language == "JSONata":
        return _jsonata(rule.output, rule.assign, env, env.input)
    assigned = None if rule.assign is None else rule.assign(env)
    return _through(state.output_path, env), assigned


def caught(state: Working, catcher: Catcher, env: Env, error: StatesError) -> Left:
    """Return what a state leaves whose error was caught."""
    output = error.output()
    if state.language == "JSONata":
        env.error = output
        return _jsonata(catcher.output, catcher.assign, env, output)
    env.data = output
    assigned = None if catcher.assign is None else catcher.assign(env)
    path = catcher.result_path
    if path is None:
        return env.input, assigned
    return path.put(env.input, output), assigned


def _jsonata(output: Evaluate | None, assign: Evaluate | None, env: Env, default: Json) -> Left:
    assigned = None if assign is None else assign(env)
    return default if output is None else output(env), assigned
