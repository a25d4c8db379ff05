"""One state on its own: each stage that its data goes through, as TestState shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warmstart.runtime.asl import data as flow
from warmstart.runtime.asl import model
from warmstart.runtime.asl.env import NOTHING, Env
from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import machines
from warmstart.runtime.asl.retry import delay, first
from warmstart.runtime.asl.values import Json, StatesError, from_text

if TYPE_CHECKING:
    from warmstart.runtime.asl.model import Machine, State


def find(machine: Machine, name: str) -> State | None:
    """Return a state by its name, wherever in the machine it is."""
    for inner in machines(machine):
        if name in inner.states:
            return inner.states[name]
    return None


async def try_state(
    state: State,
    text: str,
    world: World,
    *,
    variables: dict[str, Json] | None = None,
    retries: int = 0,
) -> dict[str, Json]:
    """Run one state over an input and return its stages, each under TestState's name for it.

    ``status`` is SUCCEEDED, FAILED, RETRIABLE or CAUGHT_ERROR: an error is neither tried again nor
    does its handler run, and ``errorDetails`` says which retrier or catcher covers it. ``retries``
    is how often the state has been tried again already.

    Raises:
        ValueError: the input is no JSON.
    """
    alone = state
    if isinstance(state, model.Working):
        alone = replace(state, next=None, retry=(), catch=())
    elif not isinstance(state, model.Choice):
        alone = replace(state, next=None)
    machine = model.Machine(at=(), start=state.name, states={state.name: alone})
    execution = Execution(machine, text, Identity(), world)
    execution.frame.variables = variables or {}
    stages: dict[str, Json] = {"input": execution.input}
    before = Env(execution, state.name, execution.input, execution.frame.variables)
    _before(before, state, stages)
    if isinstance(state, model.Choice):
        _choose(before, state, stages)
        return stages
    await execution.run()
    if execution.status != "SUCCEEDED" and execution.error is not None:
        _after(execution, state, stages)
        error = StatesError(execution.error, execution.cause, placed=True)
        _meet(execution, state, error, retries, stages)
        return stages
    _after(execution, state, stages)
    if execution.output is None:
        stages |= {"status": execution.status}
        return stages
    stages |= {"output": execution.result, "status": "SUCCEEDED"}
    _leave(stages, execution.frame.variables, state.next)
    return stages


def _leave(stages: dict[str, Json], variables: dict[str, Json], following: str | None) -> None:
    if variables:
        stages["variables"] = variables
    if following is not None:
        stages["nextState"] = following


def _before(env: Env, state: State, stages: dict[str, Json]) -> None:
    try:
        if state.input_path is not None:
            stages["afterInputPath"] = flow.effective(state, env)
        if isinstance(state, model.Working) and state.parameters is not None:
            jsonata = state.language == "JSONata"
            given = flow.arguments(state, env)
            stages["afterArguments" if jsonata else "afterParameters"] = given
    except StatesError:
        return  # The run says what went wrong.
    finally:
        env.data = env.input


def _after(execution: Execution, state: State, stages: dict[str, Json]) -> None:
    result = _result(execution, state)
    if not isinstance(state, model.Working) or result is NOTHING:
        return
    stages["result"] = result
    env = Env(execution, state.name, execution.input, execution.frame.variables)
    env.data = result
    try:
        if state.result_selector is not None:
            env.data = stages["afterResultSelector"] = state.result_selector(env)
        if state.language == "JSONPath" and state.result_path is not None:
            stages["afterResultPath"] = state.result_path.put(execution.input, env.data)
    except StatesError:
        return  # The run says what went wrong.


def _result(execution: Execution, state: State) -> Json:
    if isinstance(state, model.Pass):
        return state.result
    for event in reversed(execution.history.events):
        if event["type"] in ("TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"):
            key = f"{event['type'][0].lower()}{event['type'][1:]}EventDetails"
            return from_text(event[key]["output"])
    return NOTHING


def _meet(
    execution: Execution, state: State, error: StatesError, retries: int, stages: dict[str, Json]
) -> None:
    """Say what comes of an error: another attempt, a handler, or the end."""
    stages |= {"status": "FAILED", "error": error.error, "cause": error.cause}
    if not isinstance(state, model.Working):
        return
    at = first(state.retry, error.error)
    if at is not None and retries < state.retry[at].attempts:
        seconds = delay(state.retry[at], retries, execution.random)
        details = {"retryIndex": at, "retryBackoffIntervalSeconds": round(seconds)}
        stages |= {"status": "RETRIABLE", "errorDetails": details}
        return
    at = first(state.catch, error.error)
    if at is None:
        return
    env = Env(execution, state.name, execution.input, execution.frame.variables)
    try:
        output, assigned = flow.caught(state, state.catch[at], env, error)
    except StatesError as second:
        stages |= {"error": second.error, "cause": second.cause}
        return
    stages |= {"status": "CAUGHT_ERROR", "output": output, "errorDetails": {"catchIndex": at}}
    _leave(stages, {**execution.frame.variables, **(assigned or {})}, state.catch[at].next)


def _choose(env: Env, state: model.Choice, stages: dict[str, Json]) -> None:
    try:
        if state.language == "JSONPath":
            flow.effective(state, env)
        rule = next((rule for rule in state.rules if rule.holds(env)), None)
        if rule is None and state.next is None:
            stages |= {"status": "FAILED", "error": "States.NoChoiceMatched"}
            return
        left = flow.without_result(state, env) if rule is None else flow.by_rule(state, rule, env)
    except StatesError as error:
        stages |= {"status": "FAILED", "error": error.error, "cause": error.cause}
        return
    stages |= {"output": left[0], "status": "SUCCEEDED"}
    variables = {**env.variables, **(left[1] or {})}
    _leave(stages, variables, state.next if rule is None else rule.next)
