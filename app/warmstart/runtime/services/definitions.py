"""Step Functions' operations on a definition alone: TestState, ValidateStateMachineDefinition."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl import model, resources
from warmstart.runtime.asl.lint import check
from warmstart.runtime.asl.machine import World
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.asl.reading import DefinitionError
from warmstart.runtime.asl.tasks import Call, TaskError, Tokens
from warmstart.runtime.asl.trial import find, try_state
from warmstart.runtime.asl.values import Json, from_text, to_text
from warmstart.runtime.services.base import Account, Caller, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.runtime.asl.model import State
    from warmstart.runtime.asl.tasks import Tasks
    from warmstart.runtime.services.base import Operation

Parameters = dict[str, Any]

_ALONE = "State"
"""The name of a state whose definition comes without one."""
_TEXTS = (
    "input", "afterInputPath", "afterParameters", "afterArguments", "result",
    "afterResultSelector", "afterResultPath", "variables",
)  # fmt: skip


class Definitions:
    """Tries and checks what has not been made into a state machine."""

    def __init__(self, account: Account, tasks: Callable[[Caller], Tasks]) -> None:
        """Take who does the work of Tasks that are not mocked."""
        self._account = account
        self._tasks = tasks

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "TestState": self._test_state,
            "ValidateStateMachineDefinition": self._validate,
        }

    async def _validate(self, given: Parameters, _caller: Caller) -> Parameters:
        least = given.get("severity", "ERROR")
        found = [
            {
                "severity": each.severity.upper(),
                "code": each.code,
                "message": each.message,
                "location": each.place,
            }
            for each in check(given["definition"])
            if least == "WARNING" or each.severity == "error"
        ]
        most = given.get("maxResults") or 100
        return {
            "result": "FAIL" if any(each["severity"] == "ERROR" for each in found) else "OK",
            "diagnostics": found[:most],
            "truncated": len(found) > most,
        }

    async def _test_state(self, given: Parameters, caller: Caller) -> Parameters:
        if given.get("context"):
            raise ServiceError(
                "ValidationException", "TestState's 'context' is not supported here."
            )
        state = _state(given["definition"], given.get("stateName"))
        mock = given.get("mock")
        if mock is not None and isinstance(state, model.Map | model.Parallel):
            state = _as_task(state)
        waits = isinstance(state, model.Task) and (
            state.resource.pattern != "request" or state.resource.service == "activity"
        )
        if waits and mock is None:
            raise ServiceError(
                "ValidationException", "A mock must be specified for a task that waits for another."
            )
        tokens = Tokens()
        world = World(
            start=self._account.start,
            tasks=self._tasks(caller) if mock is None else _mocked(mock, tokens),
            tokens=tokens,
            seed=str(self._account.seed),
        )
        configured = given.get("stateConfiguration") or {}
        try:
            variables = from_text(given.get("variables") or "{}")
            stages = await try_state(
                state, given.get("input") or "{}", world,
                variables=variables, retries=configured.get("retrierRetryCount", 0),
            )  # fmt: skip
        except ValueError as error:
            raise ServiceError(
                "InvalidExecutionInput", f"Invalid execution input: {error}"
            ) from error
        answer = {key: stages[key] for key in ("status", "error", "cause", "nextState")
                  if stages.get(key) is not None}  # fmt: skip
        if "output" in stages:
            answer["output"] = to_text(stages["output"])
        if given.get("inspectionLevel", "INFO") != "INFO":
            inspected = {key: to_text(stages[key]) for key in _TEXTS if key in stages}
            if "errorDetails" in stages:
                inspected["errorDetails"] = stages["errorDetails"]
            answer["inspectionData"] = inspected
        return answer


def _state(definition: str, name: str | None) -> State:
    """Return the state to test: one of a whole machine's, or the definition itself.

    Raises:
        ServiceError: AWS would not take it, or there is no state of that name.
    """
    text = definition
    try:
        values = json.loads(text)
        if isinstance(values, dict) and "States" not in values:
            name = name or _ALONE
            text = json.dumps(_around(values, name))
        machine = parse(text)
    except DefinitionError as error:
        raise ServiceError("InvalidDefinition", str(error)) from error
    except (ValueError, RecursionError) as error:
        message = f"Invalid State Machine Definition: {error}"
        raise ServiceError("InvalidDefinition", message) from error
    found = find(machine, name) if name else None
    if found is None:
        raise ServiceError("ValidationException", f"There is no state '{name or ''}' to test.")
    return found


def _as_task(state: model.Working) -> State:
    """Return a Task that treats its data as a Map or Parallel does whose work is mocked."""
    shared = {each.name: getattr(state, each.name) for each in fields(model.Working)}
    return model.Task(resource=resources.read("arn:aws:states:::lambda:invoke"), **shared)


def _around(state: dict[str, Json], name: str) -> dict[str, Json]:
    """Return a machine of a state and of what it leads to."""
    leads: set[str] = set()
    for holder in (state, *_objects(state.get("Choices")), *_objects(state.get("Catch"))):
        leads |= {holder[key] for key in ("Next", "Default") if isinstance(holder.get(key), str)}
    others = {target: {"Type": "Succeed"} for target in leads if target != name}
    return {"StartAt": name, "States": {name: state, **others}}


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _mocked(mock: Mapping[str, Any], tokens: Tokens) -> Tasks:
    """Return what answers every task as a mock says.

    Raises:
        ServiceError: it has neither a result nor an error.
    """
    failure = mock.get("errorOutput")
    try:
        result = None if failure is not None else from_text(mock["result"])
    except (KeyError, ValueError) as error:
        raise ServiceError(
            "ValidationException", "A mock has a result, as JSON, or an errorOutput."
        ) from error

    async def answer(call: Call) -> Json:
        if call.taken is not None:
            call.taken(None)
        if failure is not None:
            raise TaskError(failure.get("error"), failure.get("cause"))
        if call.token is not None:
            tokens.succeed(call.token, result)
        return result

    return answer
