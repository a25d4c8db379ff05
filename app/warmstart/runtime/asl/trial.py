"""One state on its own: each stage that its data goes through, as TestState shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from warmstart.runtime.asl import data as flow
from warmstart.runtime.asl import model
from warmstart.runtime.asl.env import NOTHING, Env
from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import machines
from warmstart.runtime.asl.values import Json, StatesError, from_text

if TYPE_CHECKING:
    from warmstart.runtime.asl.model import Machine, State


def find(machine: Machine, name: str) -> State | None:
    """Return a state by its name, wherever in the machine it is."""
    for inner in machines(machine):
        if name in inner.states:
            return inner.states[name]
    return None


async def try_state(state: State, text: str, world: World) -> dict[str, Json]:
    """Run one state over an input and return its stages, each under TestState's name for it.

    Raises:
        ValueError: the input is no JSON.
    """
    alone = replace(state, next=None) if not isinstance(state, model.Choice) else state
    machine = model.Machine(at=(), start=state.name, states={state.name: alone})
    execution = Execution(machine, text, Identity(), world)
    stages: dict[str, Json] = {"input": execution.input}
    _before(execution, state, stages)
    if isinstance(state, model.Choice):
        _choose(execution, state, stages)
        return stages
    await execution.run()
    if execution.status != "SUCCEEDED" and execution.error is not None:
        stages |= {"status": "FAILED", "error": execution.error, "cause": execution.cause}
        return stages
    _after(execution, state, stages)
    if execution.output is None:
        stages |= {"status": execution.status}
        return stages
    stages |= {"output": execution.result, "status": "SUCCEEDED"}
    if execution.frame.variables:
        stages["variables"] = execution.frame.variables
    if state.next is not None:
        stages["nextState"] = state.next
    return stages


def _before(execution: Execution, state: State, stages: dict[str, Json]) -> None:
    env = Env(execution, state.name, execution.input, {})
    try:
        if state.input_path is not None:
            stages["afterInputPath"] = flow.effective(state, env)
        if isinstance(state, model.Working) and state.parameters is not None:
            jsonata = state.language == "JSONata"
            given = flow.arguments(state, env)
            stages["afterArguments" if jsonata else "afterParameters"] = given
    except StatesError:
        return  # The run says what went wrong.


def _after(execution: Execution, state: State, stages: dict[str, Json]) -> None:
    result = _result(execution, state)
    if not isinstance(state, model.Working) or result is NOTHING:
        return
    stages["result"] = result
    env = Env(execution, state.name, execution.input, {})
    env.data = result
    if state.result_selector is not None:
        env.data = stages["afterResultSelector"] = state.result_selector(env)
    if state.language == "JSONPath" and state.result_path is not None:
        stages["afterResultPath"] = state.result_path.put(execution.input, env.data)


def _result(execution: Execution, state: State) -> Json:
    if isinstance(state, model.Pass):
        return state.result
    for event in reversed(execution.history.events):
        if event["type"] in ("TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"):
            key = f"{event['type'][0].lower()}{event['type'][1:]}EventDetails"
            return from_text(event[key]["output"])
    return NOTHING


def _choose(execution: Execution, state: model.Choice, stages: dict[str, Json]) -> None:
    env = Env(execution, state.name, execution.input, {})
    try:
        flow.effective(state, env)
        rule = next((rule for rule in state.rules if rule.holds(env)), None)
        if rule is None and state.next is None:
            stages |= {"status": "FAILED", "error": "States.NoChoiceMatched"}
            return
        left = flow.without_result(state, env) if rule is None else flow.by_rule(state, rule, env)
    except StatesError as error:
        stages |= {"status": "FAILED", "error": error.error, "cause": error.cause}
        return
    following = state.next if rule is None else rule.next
    stages |= {"output": left[0], "status": "SUCCEEDED", "nextState": following}
    if left[1]:
        stages["variables"] = left[1]
