"""The states that never wait, each one function: Pass, Choice, Succeed, Fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from warmstart.runtime.asl import data as flow
from warmstart.runtime.asl import model, settings
from warmstart.runtime.asl.env import NOTHING
from warmstart.runtime.asl.values import StatesError

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.asl.machine import Execution, Frame
    from warmstart.runtime.asl.values import Json

    Gone = tuple[Json, str | None]
    """A state's output, and the state that follows."""


def _pass(run: Execution, state: model.Pass, data: Json, frame: Frame) -> Gone:
    env = run.enter(state, data, frame)
    if state.language == "JSONata":
        left = flow.without_result(state, env)
    else:
        given = flow.arguments(state, env)
        result = given if state.result is NOTHING else state.result
        left = flow.with_result(state, env, result)
    return run.leave(state, left, data, frame), state.next


def _choice(run: Execution, state: model.Choice, data: Json, frame: Frame) -> Gone:
    env = run.enter(state, data, frame)
    if state.language == "JSONPath":
        flow.effective(state, env)
    for rule in state.rules:
        if rule.holds(env):
            return run.leave(state, flow.by_rule(state, rule, env), data, frame), rule.next
    if state.next is None:
        raise StatesError(
            "States.NoChoiceMatched",
            "Failed to transition out of the state. The state does not point to a next state.",
        )
    env.data = data
    return run.leave(state, flow.without_result(state, env), data, frame), state.next


def _succeed(run: Execution, state: model.Succeed, data: Json, frame: Frame) -> Gone:
    env = run.enter(state, data, frame)
    return run.leave(state, flow.without_result(state, env), data, frame), None


def _fail(run: Execution, state: model.Fail, data: Json, frame: Frame) -> NoReturn:
    env = run.enter(state, data, frame)
    error = settings.word(state.error, env)
    raise StatesError(error, settings.word(state.cause, env), placed=True)


INSTANT: dict[type[model.State], Callable[[Execution, Any, Json, Frame], Gone]] = {
    model.Pass: _pass,
    model.Choice: _choice,
    model.Succeed: _succeed,
    model.Fail: _fail,
}
