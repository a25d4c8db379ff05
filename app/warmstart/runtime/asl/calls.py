"""A Task's attempt: its events, its timeout and heartbeat, its token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl import data as flow
from warmstart.runtime.asl import settings
from warmstart.runtime.asl.history import WHOLE
from warmstart.runtime.asl.tasks import Call, Submitted, TaskError
from warmstart.runtime.asl.values import (
    HEARTBEAT_TIMEOUT,
    TIMEOUT,
    TOO_LARGE,
    Json,
    StatesError,
    to_text,
    too_large,
)

if TYPE_CHECKING:
    from warmstart.runtime.asl.env import Env
    from warmstart.runtime.asl.machine import Execution, Frame
    from warmstart.runtime.asl.model import Task
    from warmstart.runtime.asl.resources import Resource


class _Log:
    """Writes the events of one attempt, in the shape that its resource has."""

    def __init__(self, run: Execution, frame: Frame, resource: Resource) -> None:
        self._run = run
        self._frame = frame
        self._resource = resource
        self._function = resource.service in ("function", "activity")
        names = {"function": "LambdaFunction", "activity": "Activity"}
        self._prefix = names.get(resource.service, "Task")
        self.begun = asyncio.Event()
        """Whether a worker has taken an activity's task."""

    def add(self, what: str, **details: Any) -> None:
        kind = self._prefix + what
        named = {} if self._function else self._named()
        key = f"{kind[0].lower()}{kind[1:]}EventDetails"
        # A function's start has no details of its own.
        empty = self._function and not details
        frame = self._frame
        frame.previous = self._run.history.add(
            kind, frame.previous, None if empty else key, {**named, **details}
        )

    def scheduled(self, text: str, seconds: float | None, beat: float | None) -> None:
        extra: dict[str, Any] = {}
        if seconds is not None:
            extra["timeoutInSeconds"] = int(seconds)
        if beat is not None and self._prefix != "LambdaFunction":
            extra["heartbeatInSeconds"] = int(beat)
        if self._function:
            self.add(
                "Scheduled", resource=self._resource.arn, input=text, inputDetails=WHOLE, **extra
            )
        else:
            region = self._run.identity.region
            self.add("Scheduled", region=region, parameters=text, **extra)

    def taken(self, worker: str | None) -> None:
        """Record that a worker has taken an activity's task."""
        self.add("Started", **({} if worker is None else {"workerName": worker}))
        self.begun.set()

    def _named(self) -> dict[str, Any]:
        return {"resourceType": self._resource.kind, "resource": self._resource.shown}


async def perform_task(run: Execution, state: Task, env: Env, frame: Frame) -> Json:
    """Make one attempt and return the task's result.

    Raises:
        StatesError: it failed or timed out, or its input could not be made.
    """
    token = None
    if state.resource.pattern == "token" or state.resource.service == "activity":
        token = env.token = run.new_token()
        run.world.tokens.open(token)
    try:
        given = flow.arguments(state, env)
        seconds = _seconds(settings.count(state.timeout, env))
        beat = _seconds(settings.count(state.heartbeat, env))
        text = to_text(given)
        if too_large(text):
            raise StatesError(
                TOO_LARGE, f"The input of the task '{state.name}' exceeds 262144 bytes."
            )
        log = _Log(run, frame, state.resource)
        log.scheduled(text, seconds, beat)
        taken = None
        if state.resource.service == "activity":
            taken = log.taken
        else:
            log.add("Started")
        call = Call(
            state.resource, given, state.name, run.identity.arn, frame.previous, env.retries, token,
            taken,
        )  # fmt: skip
        result = await _attempt(run, call, log, seconds, beat)
    finally:
        if token is not None:
            run.world.tokens.close(token)
    return result


def _seconds(value: int | None) -> float | None:
    return None if value is None else float(value)


async def _attempt(
    run: Execution, call: Call, log: _Log, seconds: float | None, beat: float | None
) -> Json:
    try:
        if call.taken is not None:
            # Its time begins when a worker takes it (guide: "Task workflow state").
            await run.world.tasks(call)
            await log.begun.wait()
        async with asyncio.timeout(seconds):
            result = await _done(run, call, log, beat)
        text = to_text(result)
        if too_large(text):
            raise TaskError(
                TOO_LARGE,
                f"The state/task '{call.resource.arn}' returned a result with a size exceeding the "
                "maximum number of bytes service limit.",
            )
    except TimeoutError:
        log.add("TimedOut", error=TIMEOUT)
        raise TaskError(TIMEOUT) from None
    except _NoBeat:
        log.add("TimedOut", error=HEARTBEAT_TIMEOUT)
        raise TaskError(HEARTBEAT_TIMEOUT) from None
    except StatesError as error:
        error.placed = True
        log.add("Failed", **error.details())
        raise
    log.add("Succeeded", output=text, outputDetails=WHOLE)
    return result


class _NoBeat(Exception):
    """A heartbeat did not come in time."""


async def _done(run: Execution, call: Call, log: _Log, beat: float | None) -> Json:
    if call.taken is not None and call.token is not None:
        return await _answered(run, call.token, beat)
    answer = await run.world.tasks(call)
    if call.token is not None:
        output = answer.output if isinstance(answer, Submitted) else answer
        log.add("Submitted", output=to_text(output), outputDetails=WHOLE)
        return await _answered(run, call.token, beat)
    if isinstance(answer, Submitted):
        log.add("Submitted", output=to_text(answer.output), outputDetails=WHOLE)
        return await answer.done
    return answer


async def _answered(run: Execution, token: str, beat: float | None) -> Json:
    """Wait until somebody answers a token, as long as heartbeats come."""
    tokens = run.world.tokens
    if beat is None:
        return await tokens.wait(token)
    waiting = asyncio.ensure_future(tokens.wait(token))
    beats = tokens.beat(token)
    try:
        while True:
            beats.clear()
            next_beat = asyncio.ensure_future(beats.wait())
            await asyncio.wait(
                (waiting, next_beat), timeout=beat, return_when=asyncio.FIRST_COMPLETED
            )
            next_beat.cancel()
            if waiting.done():
                return waiting.result()
            if not beats.is_set():
                raise _NoBeat
    finally:
        waiting.cancel()
