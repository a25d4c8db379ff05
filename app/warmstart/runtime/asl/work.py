"""The states that may wait: Wait, Task, Parallel, Map; and how their errors are met."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl import data as flow
from warmstart.runtime.asl import model, settings
from warmstart.runtime.asl.branches import Lines, run_all
from warmstart.runtime.asl.calls import perform_task
from warmstart.runtime.asl.env import NOTHING
from warmstart.runtime.asl.maps import perform_map
from warmstart.runtime.asl.retry import Attempts, first
from warmstart.runtime.asl.values import RUNTIME, StatesError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warmstart.runtime.asl.env import Env
    from warmstart.runtime.asl.machine import Execution, Frame
    from warmstart.runtime.asl.steps import Gone
    from warmstart.runtime.asl.values import Json


async def _wait(run: Execution, state: model.Wait, data: Json, frame: Frame) -> Gone:
    env = run.enter(state, data, frame)
    if state.language == "JSONPath":
        flow.effective(state, env)
    seconds = settings.delay(state.until, env, run.now())
    if seconds > 0:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            frame.previous = run.history.add("WaitStateAborted", frame.previous)
            raise
    env.data = data
    return run.leave(state, flow.without_result(state, env), data, frame), state.next


async def _work(run: Execution, state: model.Working, data: Json, frame: Frame) -> Gone:
    """Do a state's work, again where its Retry says so, and meet what goes wrong with its Catch."""
    env = run.enter(state, data, frame)
    attempts = Attempts(state.retry)
    text, variables = frame.text, frame.variables
    perform: Any = _PERFORM[type(state)]
    try:
        while True:
            try:
                result = await perform(run, state, env, frame)
                left = flow.with_result(state, env, result)
                return run.leave(state, left, data, frame), state.next
            except StatesError as error:
                frame.text, frame.variables = text, variables
                own = not error.placed
                run.note(error, state, frame)
                seconds = attempts.delay(error.error, run.random) if state.retry else None
                if seconds is None:
                    if not (own and error.error == RUNTIME):
                        _gave_up(run, state, frame)
                    return _caught(run, state, env, frame, error)
                await asyncio.sleep(seconds)
                env.retries += 1
                frame.lines = None
                _again(env, data)
    except asyncio.CancelledError:
        frame.previous = run.history.add(f"{state.type}StateAborted", frame.previous)
        raise


def _again(env: Env, data: Json) -> None:
    env.data = data
    env.result = NOTHING
    env.token = None


def _gave_up(run: Execution, state: model.Working, frame: Frame) -> None:
    """Record that a Map or Parallel failed; a Task's own events have said so."""
    if not isinstance(state, model.Task):
        frame.previous = run.history.add(f"{state.type}StateFailed", frame.previous)


def _caught(
    run: Execution, state: model.Working, env: Env, frame: Frame, error: StatesError
) -> Gone:
    at = first(state.catch, error.error)
    if at is None:
        raise error
    found = state.catch[at]
    frame.lines = None
    env.data = env.input
    left = flow.caught(state, found, env, error)
    return run.leave(state, left, env.input, frame), found.next


async def _perform_parallel(run: Execution, state: model.Parallel, env: Env, frame: Frame) -> Json:
    given = flow.arguments(state, env)
    lines = frame.lines
    if lines is None:
        started = frame.previous = run.history.add("ParallelStateStarted", frame.previous)
        lines = frame.lines = Lines()
        for at in range(len(state.branches)):
            lines.frames[at] = run.branch(frame, started, given)
    try:
        results = await run_all(run, state.branches, given, lines)
    finally:
        frame.previous = max(frame.previous, *(each.previous for each in lines.frames.values()))
    frame.lines = None
    frame.previous = run.history.add("ParallelStateSucceeded", frame.previous)
    return results


_PERFORM: dict[type[model.State], Any] = {
    model.Task: perform_task,
    model.Parallel: _perform_parallel,
    model.Map: perform_map,
}

WORKING: dict[type[model.State], Callable[[Execution, Any, Json, Frame], Awaitable[Gone]]] = {
    model.Wait: _wait,
    model.Task: _work,
    model.Parallel: _work,
    model.Map: _work,
}
