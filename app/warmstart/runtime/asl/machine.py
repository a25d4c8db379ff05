"""One execution: steps through a machine on the running loop and writes its history.

A state that cannot wait is one function call; only what waits is awaited, so that a Wait of a year
takes no time in virtual time, and a million states take no tasks.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from warmstart.runtime.asl import history
from warmstart.runtime.asl.env import Env, Item
from warmstart.runtime.asl.history import WHOLE, History, HistoryFull
from warmstart.runtime.asl.steps import INSTANT
from warmstart.runtime.asl.tasks import Tokens, no_tasks
from warmstart.runtime.asl.values import (
    RUNTIME,
    TIMEOUT,
    TOO_LARGE,
    Json,
    StatesError,
    from_text,
    to_text,
    too_large,
)
from warmstart.runtime.asl.work import WORKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warmstart.runtime.asl.branches import Lines
    from warmstart.runtime.asl.data import Left
    from warmstart.runtime.asl.model import Machine, State
    from warmstart.runtime.asl.tasks import Tasks

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]

EXPRESS_SECONDS = 300
"""How long an Express execution may take (service-quotas)."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an execution is, as the context object and its ARNs say."""

    machine: str = "machine"
    name: str = "execution"
    region: str = "us-east-1"
    account: str = "123456789012"
    express: bool = False

    @property
    def machine_arn(self) -> str:
        """The state machine's ARN."""
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.machine}"

    @property
    def arn(self) -> str:
        """The execution's own ARN."""
        kind = "express" if self.express else "execution"
        return f"arn:aws:states:{self.region}:{self.account}:{kind}:{self.machine}:{self.name}"

    @property
    def role(self) -> str:
        """The role's ARN, which nothing here looks at."""
        return f"arn:aws:iam::{self.account}:role/{self.machine}"


@dataclass(frozen=True, slots=True)
class World:
    """What an execution is run in."""

    start: datetime = EPOCH
    """The wall clock when the loop's time was 0."""
    tasks: Tasks = no_tasks
    tokens: Tokens = field(default_factory=Tokens)
    seed: str = "0"
    most_events: int = history.LIMIT
    watch: Callable[[Identity, history.Event], None] | None = None
    """Is called with each event of the execution and of its children."""


class Frame:
    """Where one line of states has got to: the whole execution, a branch, an iteration."""

    __slots__ = (
        "data", "entered", "item", "lines", "name", "previous", "resumed", "text", "variables",
    )  # fmt: skip

    def __init__(
        self, previous: int, variables: dict[str, Json], text: str, item: Item | None = None
    ) -> None:
        self.previous = previous
        """The id of its last event."""
        self.variables = variables
        """Replaced, never changed, so that branches share it."""
        self.text = text
        """The JSON text of the data that goes from state to state."""
        self.item = item
        self.entered = 0
        """The id of the event with which its current state was entered."""
        self.name = ""
        self.data: Json = None
        """That state and its input, from where a redrive goes on."""
        self.lines: Lines | None = None
        """Of a Map or Parallel, while it runs or once it has failed."""
        self.resumed = False
        """Whether the state is gone on with, and so not entered anew."""


class Execution:
    """An execution, from its start to its end, or further by ``redrive``."""

    def __init__(
        self, machine: Machine, text: str, identity: Identity, world: World,
        item: Item | None = None,
    ) -> None:  # fmt: skip
        """Make an execution with its input as JSON text.

        Raises:
            ValueError: the input is no JSON.
        """
        self.machine = machine
        self.identity = identity
        self.world = world
        self.input = from_text(text)
        self.input_text = text
        self.status: Status = "RUNNING"
        self.output: str | None = None
        """As JSON text."""
        self.result: Json = None
        """The output as a value."""
        self.error: str | None = None
        self.cause: str | None = None
        self.redrives = 0
        loop = asyncio.get_running_loop()
        self.started_at = loop.time()
        self.ended_at: float | None = None
        self.time: Callable[[], float] = loop.time
        watch = None if world.watch is None else partial(world.watch, identity)
        self.history = History(loop.time, world.most_events, watch)
        self.frame = Frame(0, {}, text, item)
        self._map_runs = 0
        self._random: random.Random | None = None
        self._stopping: dict[str, Any] | None = None
        self._task: asyncio.Task[Any] | None = None

    # --- from start to end -------------------------------------------------------------------

    async def run(self) -> None:
        """Run to the end; ``status``, ``output``, ``error`` and ``cause`` then say how it went."""
        self.frame.previous = self.history.add(
            "ExecutionStarted", 0, "executionStartedEventDetails",
            {"input": self.input_text, "inputDetails": WHOLE, "roleArn": self.identity.role},
        )  # fmt: skip
        if too_large(self.input_text):
            self._fail(StatesError(TOO_LARGE, "The execution's input exceeds 262144 bytes."))
            return
        await self._go()

    @property
    def redrivable(self) -> bool:
        """Whether it failed, and there is room in its history for the redrive and what it does."""
        return self.status not in ("RUNNING", "SUCCEEDED") and (
            len(self.history.events) < self.world.most_events - 1
        )

    async def redrive(self) -> None:
        """Go on from the state that failed, with the input and variables that it had.

        Of a Map or Parallel only what has not succeeded runs again, unless its data was too large
        (guide: "Restarting state machine executions with redrive").
        """
        if self.error == TOO_LARGE:
            self.frame.lines = None
        self.redrives += 1
        self.ended_at = None
        self.status, self.error, self.cause, self._stopping = "RUNNING", None, None, None
        self.frame.previous = self.history.add(
            "ExecutionRedriven", len(self.history.events), "executionRedrivenEventDetails",
            {"redriveCount": self.redrives},
        )  # fmt: skip
        await self._go()

    async def _go(self) -> None:
        self._task = asyncio.current_task()
        limit = EXPRESS_SECONDS if self.identity.express else None
        if self.machine.timeout is not None:
            limit = min(self.machine.timeout, limit or self.machine.timeout)
        try:
            if limit is None:
                self.result = await self.line(self.machine, self.input, self.frame)
            else:
                async with asyncio.timeout(limit):
                    self.result = await self.line(self.machine, self.input, self.frame)
        except StatesError as error:
            self._fail(error)
        except TimeoutError:
            self._end("TIMED_OUT", "ExecutionTimedOut", {"error": TIMEOUT})
            self.error = TIMEOUT
        except HistoryFull:
            self._fail(StatesError(RUNTIME, _FULL.format(self.world.most_events)))
        except RecursionError:
            self._fail(StatesError(RUNTIME, "The execution is nested too deeply."))
        except asyncio.CancelledError:
            if self._stopping is None:
                raise
            self._end("ABORTED", "ExecutionAborted", self._stopping)
        else:
            self.output = self.frame.text
            details = {"output": self.output, "outputDetails": WHOLE}
            self._end("SUCCEEDED", "ExecutionSucceeded", details)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Abort the execution, as StopExecution does; without effect once it has ended."""
        if self.status == "RUNNING" and self._stopping is None and self._task is not None:
            self.error, self.cause = error, cause
            self._stopping = _given(error=error, cause=cause)
            self._task.cancel()

    def cut_off(self) -> None:
        """Record that the execution around it has ended it."""
        if self.status == "RUNNING":
            self._end("ABORTED", "ExecutionAborted", {})

    def _fail(self, error: StatesError) -> None:
        self.error, self.cause = error.error, error.cause
        self._end("FAILED", "ExecutionFailed", error.details())

    def _end(self, status: Status, kind: str, details: dict[str, Any]) -> None:
        self.status = status
        self.ended_at = self.time()
        self.history.end(kind, len(self.history.events), details)

    # --- stepping ----------------------------------------------------------------------------

    async def line(self, machine: Machine, data: Json, frame: Frame) -> Json:
        """Run a line of states from its start; one that was broken off, from where that was."""
        if frame.name:
            data = frame.data
            frame.text = to_text(data)
            # What may wait is gone on with; what never does is entered again.
            frame.resumed = type(machine.states[frame.name]) in WORKING
        return await self.states(machine, data, frame, frame.name)

    async def states(self, machine: Machine, data: Json, frame: Frame, name: str = "") -> Json:
        """Run a machine from its start, or from a state, and return what it gives."""
        table: Mapping[str, State] = machine.states
        following: str | None = name or machine.start
        while following is not None:
            state = table[following]
            frame.name, frame.data = following, data
            try:
                step = INSTANT.get(type(state))
                if step is not None:
                    data, following = step(self, state, data, frame)
                else:
                    data, following = await WORKING[type(state)](self, state, data, frame)
            except StatesError as error:
                self.note(error, state, frame)
                raise
        return data

    def enter(self, state: State, data: Json, frame: Frame) -> Env:
        """Record that a state was entered, and return what its expressions see."""
        if frame.resumed:
            frame.resumed = False
            return Env(
                self, state.name, data, frame.variables, entered_at=self.time(), item=frame.item
            )
        frame.entered = frame.previous = self.history.add(
            f"{state.type}StateEntered", frame.previous, "stateEnteredEventDetails",
            {"name": state.name, "input": frame.text, "inputDetails": WHOLE},
        )  # fmt: skip
        return Env(self, state.name, data, frame.variables, entered_at=self.time(), item=frame.item)

    def leave(self, state: State, left: Left, data: Json, frame: Frame) -> Json:
        """Record that a state was left, with its output and what it assigned; return the output."""
        output, assigned = left
        if output is not data:
            text = to_text(output)
            if too_large(text):
                raise StatesError(TOO_LARGE, _TOO_LARGE.format(state.name))
            frame.text = text
        details = {"name": state.name, "output": frame.text, "outputDetails": WHOLE}
        if assigned:
            texts = {name: to_text(value) for name, value in assigned.items()}
            for text in texts.values():
                if too_large(text):
                    raise StatesError(TOO_LARGE, _TOO_LARGE.format(state.name))
            details["assignedVariables"] = texts
            details["assignedVariablesDetails"] = WHOLE
            frame.variables = {**frame.variables, **assigned}
        frame.previous = self.history.add(
            f"{state.type}StateExited", frame.previous, "stateExitedEventDetails", details
        )
        return output

    def branch(self, frame: Frame, previous: int, data: Json, item: Item | None = None) -> Frame:
        """Return the frame of a line of states that begins here, with the same variables."""
        text = "" if item is not None else to_text(data)
        return Frame(previous, frame.variables, text, item or frame.item)

    def new_token(self) -> str:
        """Return the token of a task that waits to be called back."""
        return f"{self.identity.name}-{self.random.getrandbits(192):048x}"

    def note(self, error: StatesError, state: State, frame: Frame) -> None:
        """Record an expression's failure, and say in the cause which state failed; once."""
        if error.location is not None:
            frame.previous = self.history.add(
                "EvaluationFailed", frame.previous, "evaluationFailedEventDetails",
                {"error": error.error, "cause": error.cause, "location": error.location,
                 "state": state.name},
            )  # fmt: skip
            error.location = None
        error.place(state.name, frame.entered)

    # --- what expressions see ----------------------------------------------------------------

    @property
    def random(self) -> random.Random:
        """The execution's random numbers."""
        if self._random is None:
            self._random = random.Random(f"{self.world.seed}/{self.identity.name}")
        return self._random

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.world.start + timedelta(seconds=round(self.time(), 6))

    def now_ms(self) -> int:
        """Return the wall clock in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def new_uuid(self) -> str:
        """Return the next UUID, made of the execution's seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def next_map_run(self, label: str) -> tuple[int, str]:
        """Return the number and the ARN of a map run that starts.

        Its id is drawn apart, so that a Map does not change what the states after it draw.
        """
        self._map_runs += 1
        draw = random.Random(f"{self.world.seed}/{self.identity.name}/{self._map_runs}")
        number = uuid.UUID(int=draw.getrandbits(128), version=4)
        who = self.identity
        place = f"arn:aws:states:{who.region}:{who.account}:mapRun:{who.machine}"
        return self._map_runs, f"{place}/{label}:{number}"

    def moment(self, seconds: float) -> str:
        """Return the loop's time as the context object writes it."""
        at = self.world.start + timedelta(seconds=round(seconds, 6))
        return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def context(self, env: Env) -> dict[str, Json]:
        """Return the context object as a state sees it."""
        identity = self.identity
        found: dict[str, Json] = {
            "Execution": {
                "Id": identity.arn,
                "Input": self.input,
                "Name": identity.name,
                "RoleArn": identity.role,
                "StartTime": self.moment(self.started_at),
                "RedriveCount": self.redrives,
            },
            "StateMachine": {"Id": identity.machine_arn, "Name": identity.machine},
            "State": {
                "Name": env.state,
                "EnteredTime": self.moment(env.entered_at),
                "RetryCount": env.retries,
            },
        }
        if env.token is not None:
            found["Task"] = {"Token": env.token}
        if env.item is not None:
            found["Map"] = env.item.context()
        return found


_FULL = "The execution reached the maximum number of history events ({})."
_TOO_LARGE = (
    "The state/task '{}' returned a result with a size exceeding the maximum number of bytes "
    "service limit."
)


def _given(**named: str | None) -> dict[str, Any]:
    return {key: value for key, value in named.items() if value is not None}
