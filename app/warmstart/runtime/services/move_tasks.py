"""Tasks that move messages out of a dead-letter queue, back to where they came from or elsewhere.

(StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks.)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.services import sqs_shapes as shapes
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.queue import queue_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from warmstart.runtime.services.base import Account, Caller, Operation
    from warmstart.runtime.services.queue import Queue

FASTEST: Final = 500
"""Messages a second, where a task is given a rate."""
MOST_SHOWN: Final = 10


class MoveTasks:
    """The tasks of an account's queues."""

    def __init__(self, account: Account, queues: Callable[[], Iterable[Queue]]) -> None:
        self._account = account
        self._queues = queues
        self._tasks: dict[str, dict[str, Any]] = {}
        """By handle, as ``ListMessageMoveTasks`` gives them."""

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "StartMessageMoveTask": self._start,
            "CancelMessageMoveTask": self._cancel,
            "ListMessageMoveTasks": self._list,
        }

    def _named(self, parameters: Mapping[str, Any], name: str) -> Queue:
        queue = queue_at(self._queues(), parameters.get(name))
        if queue is None:
            raise _missing(f"The resource that you specified for the {name} parameter")
        return queue

    async def _start(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        source = self._named(parameters, "SourceArn")
        if not any(queue.dead_letters is source for queue in self._queues()):
            raise ServiceError(
                "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."
            )
        target = parameters.get("DestinationArn")
        rate = parameters.get("MaxNumberOfMessagesPerSecond")
        destination = None if target is None else self._named(parameters, "DestinationArn")
        if rate is not None and not 1 <= int(rate) <= FASTEST:
            raise shapes.invalid(
                rate, "MaxNumberOfMessagesPerSecond", f"Must be between 1 and {FASTEST}."
            )
        if any(
            task["SourceArn"] == source.arn and task["Status"] in {"RUNNING", "CANCELLING"}
            for task in self._tasks.values()
        ):
            raise ServiceError(
                "UnsupportedOperation",
                "There is already a task running. Only one active task is allowed for a source"
                " queue arn at a given time.",
                fields=shapes.query("AWS.SimpleQueueService.UnsupportedOperation"),
            )
        handle = self._account.new_id("move-task")
        self._tasks[handle] = {
            "TaskHandle": handle,
            "Status": "RUNNING",
            "SourceArn": source.arn,
            **({} if target is None else {"DestinationArn": target}),
            **({} if rate is None else {"MaxNumberOfMessagesPerSecond": int(rate)}),
            "ApproximateNumberOfMessagesMoved": 0,
            "ApproximateNumberOfMessagesToMove": source.visible,
            "StartedTimestamp": round(self._account.now().timestamp() * 1000),
        }
        self._account.spawn(self._move(self._tasks[handle], source, destination))
        return {"TaskHandle": handle}

    async def _move(self, task: dict[str, Any], source: Queue, destination: Queue | None) -> None:
        rate = task.get("MaxNumberOfMessagesPerSecond")
        while (message := source.oldest()) is not None:
            if task["Status"] == "CANCELLING":
                task["Status"] = "CANCELLED"
                return
            target = destination or queue_at(self._queues(), message.source)
            if target is None:
                task |= {
                    "Status": "FAILED",
                    "FailureReason": "CouldNotDetermineMessageSource"
                    if message.source is None
                    else "AWS.SimpleQueueService.NonExistentQueue",
                }
                return
            source.take_out(message)
            target.move_in(message, source, "redrive")
            task["ApproximateNumberOfMessagesMoved"] += 1
            if rate:
                await asyncio.sleep(1 / rate)
        task["Status"] = "COMPLETED"

    async def _cancel(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        task = self._tasks.get(str(parameters.get("TaskHandle")))
        if task is None:
            raise _missing("The task")
        if task["Status"] != "RUNNING":
            raise ServiceError(
                "UnsupportedOperation",
                "Only active tasks can be cancelled.",
                fields=shapes.query("AWS.SimpleQueueService.UnsupportedOperation"),
            )
        task["Status"] = "CANCELLING"  # What was moved stays where it is.
        return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}

    async def _list(self, parameters: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        source = self._named(parameters, "SourceArn").arn
        most = int(parameters.get("MaxResults") or 1)
        if not 1 <= most <= MOST_SHOWN:
            raise shapes.invalid(most, "MaxResults", f"Must be between 1 and {MOST_SHOWN}.")
        found = [dict(task) for task in self._tasks.values() if task["SourceArn"] == source]
        for task in found:
            if task["Status"] != "RUNNING":  # As AWS has it, only a task that runs has a handle.
                del task["TaskHandle"]
        return {"Results": found[::-1][:most]}


def _missing(what: str) -> ServiceError:
    return ServiceError(
        "ResourceNotFoundException",
        f"{what} doesn't exist.",
        fields=shapes.query("ResourceNotFoundException"),
    )
