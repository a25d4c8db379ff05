"""Step Functions: state machines and their executions, over the interpreter in ``asl``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from warmstart.runtime import clock, specs
from warmstart.runtime.asl.history import traced
from warmstart.runtime.asl.machine import Execution, Identity, World
from warmstart.runtime.asl.parse import parse
from warmstart.runtime.asl.reading import DefinitionError
from warmstart.runtime.asl.tasks import Call, Submitted, TaskError, Tokens, UnknownToken
from warmstart.runtime.asl.values import Json, from_text, to_text
from warmstart.runtime.services.activities import Activities
from warmstart.runtime.services.base import Caller, ServiceError
from warmstart.runtime.services.definitions import Definitions
from warmstart.runtime.services.integrations import Integrations
from warmstart.runtime.trace import StateMachineCreated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from warmstart.runtime.asl.model import Machine
    from warmstart.runtime.services.base import Account, Operation
    from warmstart.runtime.services.queue_source import Invoke

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _StateMachine:
    arn: str
    name: str
    definition: str
    machine: Machine
    express: bool
    created: datetime


@dataclass(slots=True)
class _Started:
    machine: _StateMachine
    execution: Execution
    caller: Caller
    at: datetime
    done: Any = None
    redriven: datetime | None = None


class StepFunctions:
    """The service ``stepfunctions``: its operations, its machines, what runs."""

    name = "stepfunctions"

    def __init__(
        self, account: Account, machines: Iterable[specs.StateMachineSpec], invoke: Invoke
    ) -> None:
        """Make the machines that a template describes.

        Raises:
            ServiceError: a definition that AWS would not take (InvalidDefinition).
        """
        self._account = account
        self._invoke = invoke
        self._tokens = Tokens()
        self._activities = Activities(account, self._tokens)
        self._definitions = Definitions(account, self._tasks)
        self._machines: dict[str, _StateMachine] = {}
        self._started: dict[str, _Started] = {}
        for spec in machines:
            self._create(spec.name, spec.definition, express=spec.type == "EXPRESS")

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "CreateStateMachine": self._create_state_machine,
            "DescribeStateMachine": self._describe_state_machine,
            "ListStateMachines": self._list_state_machines,
            "DeleteStateMachine": self._delete_state_machine,
            "UpdateStateMachine": self._update_state_machine,
            "DescribeStateMachineForExecution": self._describe_for_execution,
            "StartExecution": self._start_execution,
            "StartSyncExecution": self._start_sync_execution,
            "DescribeExecution": self._describe_execution,
            "GetExecutionHistory": self._history,
            "ListExecutions": self._list_executions,
            "StopExecution": self._stop_execution,
            "RedriveExecution": self._redrive_execution,
            "SendTaskSuccess": self._send_success,
            "SendTaskFailure": self._send_failure,
            "SendTaskHeartbeat": self._send_heartbeat,
            **self._activities.operations,
            **self._definitions.operations,
        }

    # --- machines ----------------------------------------------------------------------------

    def _create(self, name: str, definition: str, *, express: bool) -> _StateMachine:
        try:
            machine = parse(definition, express=express)
        except DefinitionError as error:
            raise ServiceError("InvalidDefinition", str(error)) from error
        arn = specs.arn(specs.StateMachineSpec, name, self._account.region)
        made = _StateMachine(arn, name, definition, machine, express, self._account.now())
        self._machines[arn] = made
        self._account.emit(
            StateMachineCreated(
                clock.now_us(), name, "EXPRESS" if express else "STANDARD", definition
            )
        )

        async def deliver(payload: str, caller: Caller) -> None:
            self._start(self._machine(arn), payload, None, caller)

        self._account.takes(arn, deliver)
        return made

    def _machine(self, arn: str) -> _StateMachine:
        found = self._machines.get(arn)
        if found is None:
            raise ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return found

    async def _create_state_machine(self, given: Parameters, _caller: Caller) -> Parameters:
        name, definition = given["name"], given["definition"]
        express = given.get("type", "STANDARD") == "EXPRESS"
        arn = specs.arn(specs.StateMachineSpec, name, self._account.region)
        known = self._machines.get(arn)
        if known is not None and (known.definition != definition or known.express != express):
            raise ServiceError(
                "StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'"
            )
        made = known or self._create(name, definition, express=express)
        return {"stateMachineArn": made.arn, "creationDate": made.created}

    async def _update_state_machine(self, given: Parameters, _caller: Caller) -> Parameters:
        """Take another definition; what runs goes on with the one that it began with."""
        known = self._machine(given["stateMachineArn"])
        if "definition" in given:
            self._create(known.name, given["definition"], express=known.express)
        return {"updateDate": self._account.now()}

    async def _describe_for_execution(self, given: Parameters, _caller: Caller) -> Parameters:
        found = self._found(given["executionArn"]).machine
        shown = self._described_machine(found)
        kept = ("stateMachineArn", "name", "definition", "roleArn")
        return {**{key: shown[key] for key in kept}, "updateDate": found.created}

    async def _describe_state_machine(self, given: Parameters, _caller: Caller) -> Parameters:
        return self._described_machine(self._machine(given["stateMachineArn"]))

    def _described_machine(self, found: _StateMachine) -> Parameters:
        return {
            "stateMachineArn": found.arn,
            "name": found.name,
            "status": "ACTIVE",
            "definition": found.definition,
            "roleArn": self._identity(found, "").role,
            "type": _type(found),
            "creationDate": found.created,
        }

    async def _list_state_machines(self, _given: Parameters, _caller: Caller) -> Parameters:
        return {
            "stateMachines": [
                {
                    "stateMachineArn": each.arn,
                    "name": each.name,
                    "type": _type(each),
                    "creationDate": each.created,
                }
                for each in self._machines.values()
            ]
        }

    async def _delete_state_machine(self, given: Parameters, _caller: Caller) -> Parameters:
        self._machines.pop(given["stateMachineArn"], None)
        return {}

    # --- executions --------------------------------------------------------------------------

    def _identity(self, machine: _StateMachine, name: str) -> Identity:
        account = self._account
        return Identity(machine.name, name, account.region, account.id, machine.express)

    def _start(
        self, machine: _StateMachine, text: str, name: str | None, caller: Caller
    ) -> _Started:
        """Start an execution; one with the same name and input is found again, and not started."""
        identity = self._identity(machine, name or self._account.new_id("execution"))
        known = self._started.get(identity.arn)
        if known is not None and not machine.express:
            if known.execution.status == "RUNNING" and known.execution.input_text == text:
                return known
            raise ServiceError(
                "ExecutionAlreadyExists", f"Execution Already Exists: '{identity.arn}'"
            )
        own = Caller(f"states/{machine.name}", caller.root)
        world = World(
            start=self._account.start,
            tasks=self._tasks(own),
            tokens=self._tokens,
            seed=str(self._account.seed),
            watch=partial(self._emit, caller),
        )
        try:
            execution = Execution(machine.machine, text, identity, world)
        except ValueError as error:
            raise ServiceError(
                "InvalidExecutionInput", f"Invalid execution input: {error}"
            ) from error
        started = _Started(machine, execution, caller, self._account.now())
        self._started[identity.arn] = started
        started.done = self._account.spawn(execution.run())
        return started

    def _tasks(self, caller: Caller) -> Integrations:
        """Return who does the work of Tasks, in somebody's name."""
        return Integrations(
            self._account, self._invoke, self._nested, self._activities.offer, caller
        )

    def _emit(self, caller: Caller, identity: Identity, event: dict[str, Any]) -> None:
        """Write an event of an execution into the run's trace."""
        self._account.emit(
            traced(event, identity, caller.root, cause=caller.behind if event["id"] == 1 else None)
        )

    def _found(self, arn: str) -> _Started:
        found = self._started.get(arn)
        if found is None or found.machine.express:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return found

    async def _start_execution(self, given: Parameters, caller: Caller) -> Parameters:
        machine = self._machine(given["stateMachineArn"])
        started = self._start(machine, given.get("input", "{}"), given.get("name"), caller)
        return {"executionArn": started.execution.identity.arn, "startDate": started.at}

    async def _start_sync_execution(self, given: Parameters, caller: Caller) -> Parameters:
        machine = self._machine(given["stateMachineArn"])
        if not machine.express:
            raise ServiceError(
                "StateMachineTypeNotSupported",
                "This operation is not supported by this type of state machine",
            )
        started = self._start(machine, given.get("input", "{}"), given.get("name"), caller)
        await started.done
        return self._described(started)

    async def _describe_execution(self, given: Parameters, _caller: Caller) -> Parameters:
        started = self._found(given["executionArn"])
        why = self._not_redrivable(started.execution)
        found = self._described(started) | {
            "redriveCount": started.execution.redrives,
            "redriveStatus": "NOT_REDRIVABLE" if why else "REDRIVABLE",
        }
        if why:
            found["redriveStatusReason"] = why
        if started.redriven is not None:
            found["redriveDate"] = started.redriven
        return found

    def _described(self, started: _Started) -> Parameters:
        execution = started.execution
        found: Parameters = {
            "executionArn": execution.identity.arn,
            "stateMachineArn": started.machine.arn,
            "name": execution.identity.name,
            "status": execution.status,
            "startDate": started.at,
            "input": execution.input_text,
            "inputDetails": {"included": True},
        }
        if execution.ended_at is not None:
            seconds = round(execution.ended_at, 6)
            found["stopDate"] = self._account.start + timedelta(seconds=seconds)
        for key in ("output", "error", "cause"):
            value = getattr(execution, key)
            if value is not None:
                found[key] = value
        return found

    async def _list_executions(self, given: Parameters, _caller: Caller) -> Parameters:
        machine = self._machine(given["stateMachineArn"])
        wanted = given.get("statusFilter")
        keys = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate")
        found = []
        for started in reversed(self._started.values()):
            if started.machine.arn == machine.arn and not machine.express:
                described = self._described(started)
                if wanted in (None, described["status"]):
                    found.append({key: described[key] for key in keys if key in described})
        return {"executions": found[: given.get("maxResults") or None]}

    async def _history(self, given: Parameters, _caller: Caller) -> Parameters:
        started = self._found(given["executionArn"])
        events = started.execution.history.shown(self._account.start)
        if given.get("reverseOrder"):
            events.reverse()
        most = given.get("maxResults") or _MOST_EVENTS
        at = int(given.get("nextToken") or 0)
        page: Parameters = {"events": events[at : at + most]}
        if at + most < len(events):
            page["nextToken"] = str(at + most)
        return page

    async def _stop_execution(self, given: Parameters, _caller: Caller) -> Parameters:
        started = self._found(given["executionArn"])
        started.execution.stop(given.get("error"), given.get("cause"))
        await started.done
        return {"stopDate": self._described(started).get("stopDate", self._account.now())}

    async def _redrive_execution(self, given: Parameters, _caller: Caller) -> Parameters:
        started = self._found(given["executionArn"])
        if why := self._not_redrivable(started.execution):
            raise ServiceError("ExecutionNotRedrivable", why)
        started.redriven = self._account.now()
        started.done = self._account.spawn(started.execution.redrive())
        return {"redriveDate": started.redriven}

    def _not_redrivable(self, execution: Execution) -> str:
        """Return why an execution cannot be redriven, as DescribeExecution's reason has it."""
        if execution.status in ("RUNNING", "SUCCEEDED"):
            return f"Execution is {execution.status} and cannot be redriven"
        if not execution.redrivable:
            return "Execution history event limit exceeded"
        if execution.time() - (execution.ended_at or 0.0) > _REDRIVABLE_SECONDS:
            return "Execution redrivable period exceeded"
        return ""

    # --- tasks -------------------------------------------------------------------------------

    async def _send_success(self, given: Parameters, _caller: Caller) -> Parameters:
        try:
            output = from_text(given["output"])
        except ValueError as error:
            raise ServiceError("InvalidOutput", f"Invalid output: {error}") from error
        return self._answer(lambda: self._tokens.succeed(given["taskToken"], output))

    async def _send_failure(self, given: Parameters, _caller: Caller) -> Parameters:
        error, cause = given.get("error"), given.get("cause")
        return self._answer(lambda: self._tokens.fail(given["taskToken"], error, cause))

    async def _send_heartbeat(self, given: Parameters, _caller: Caller) -> Parameters:
        return self._answer(lambda: self._tokens.heartbeat(given["taskToken"]))

    def _answer(self, answer: Any) -> Parameters:
        try:
            answer()
        except UnknownToken as error:
            raise ServiceError(
                "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"
            ) from error
        return {}

    async def _nested(self, call: Call, caller: Caller) -> Json | Submitted:
        """Start an execution from a Task, and wait for it where the pattern says so."""
        given = call.arguments if isinstance(call.arguments, dict) else {}
        data = given.get("Input", {})
        text = data if isinstance(data, str) else to_text(data)
        try:
            machine = self._machine(str(given.get("StateMachineArn")))
            started = self._start(machine, text, given.get("Name"), caller)
        except ServiceError as error:
            raise TaskError(f"StepFunctions.{error.code}Exception", error.message) from error
        shown = {
            "ExecutionArn": started.execution.identity.arn,
            "StartDate": started.execution.moment(started.execution.started_at),
        }
        if call.resource.pattern != "sync":
            return shown
        return Submitted(shown, self._ended(started, parsed=call.resource.parsed))

    async def _ended(self, started: _Started, *, parsed: bool) -> Json:
        execution = started.execution
        try:
            await asyncio.shield(started.done)
        finally:
            execution.stop()  # The task was cancelled or timed out, and its execution with it.
        described = {
            key[0].upper() + key[1:]: value
            for key, value in self._described(started).items()
            if key not in ("startDate", "stopDate")
        }
        described["StartDate"] = execution.moment(execution.started_at)
        described["StopDate"] = execution.moment(execution.ended_at or 0.0)
        if execution.status != "SUCCEEDED":
            raise TaskError("States.TaskFailed", to_text(described))
        if parsed:
            described["Output"] = execution.result
            described["Input"] = execution.input
        return described


_MOST_EVENTS = 1_000
_REDRIVABLE_SECONDS = 14 * 86_400
"""How long after its end an execution can be redriven (API_RedriveExecution)."""


def _type(machine: _StateMachine) -> str:
    return "EXPRESS" if machine.express else "STANDARD"
