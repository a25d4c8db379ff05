"""How a Task is handed to whoever does its work, and how that answers.

The interpreter knows no service. It gives a ``Call`` to the ``Tasks`` it was made with and gets a
result, or ``Submitted`` where the work goes on (``.sync``); a task that waits for its token is
answered through ``Tokens``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from warmstart.runtime.asl.values import Json, StatesError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from warmstart.runtime.asl.resources import Resource


class TaskError(StatesError):
    """A task failed; error and cause are its own, and go into history as they are."""

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(error, cause, placed=True)


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of a Task."""

    resource: Resource
    arguments: Json
    state: str
    execution: str
    """The execution's ARN."""
    event: int
    """The id of the event that said that it started."""
    attempt: int
    """From 0, of this visit to the state."""
    token: str | None = None
    """Where the pattern is .waitForTaskToken, and of an activity."""
    taken: Callable[[str | None], None] | None = None
    """Of an activity: is called, with the worker's name, when a worker takes the task."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service took the job; its end is still to come."""

    output: Json
    done: Awaitable[Json]
    """Gives the result. Raises TaskError."""


class Tasks(Protocol):
    """Does the work of Tasks."""

    async def __call__(self, call: Call) -> Json | Submitted:
        """Return the result. Raises TaskError; may be cancelled."""


async def no_tasks(call: Call) -> Json:
    """Refuse every task: what a machine is run with that has nobody to do them."""
    raise TaskError(
        "States.TaskFailed",
        f"The resource {call.resource.arn} is not supported here: nothing answers for it.",
    )


class UnknownToken(Exception):
    """No task waits with this token any more, or none ever has."""


class _Waiting:
    __slots__ = ("beats", "future")

    def __init__(self) -> None:
        self.future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self.beats = asyncio.Event()


class Tokens:
    """The tasks that wait for their token."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}

    def open(self, token: str) -> None:
        """Let a task wait; answers that come before ``wait`` is called are kept."""
        self._waiting[token] = _Waiting()

    def is_open(self, token: str) -> bool:
        """Tell whether a task still waits with this token."""
        waiting = self._waiting.get(token)
        return waiting is not None and not waiting.future.done()

    def close(self, token: str) -> None:
        """Forget a token: whoever answers it now is too late."""
        self._waiting.pop(token, None)

    async def wait(self, token: str) -> Json:
        """Wait for the answer."""
        return await self._waiting[token].future

    def beat(self, token: str) -> asyncio.Event:
        """Return the event that each heartbeat sets."""
        return self._waiting[token].beats

    def succeed(self, token: str, output: Json) -> None:
        """Answer a task with its result. Raises UnknownToken."""
        self._open(token).future.set_result(output)

    def fail(self, token: str, error: str | None, cause: str | None) -> None:
        """Answer a task with an error. Raises UnknownToken."""
        self._open(token).future.set_exception(TaskError(error, cause))

    def heartbeat(self, token: str) -> None:
        """Say that a task is still at work. Raises UnknownToken."""
        self._open(token).beats.set()

    def _open(self, token: str) -> _Waiting:
        if not self.is_open(token):
            raise UnknownToken(token)
        return self._waiting[token]


async def first_of(job: Awaitable[Any], seconds: float | None) -> Any:
    """Await a job for so long. Raises TimeoutError."""
    if seconds is None:
        return await job
    async with asyncio.timeout(seconds):
        return await job
