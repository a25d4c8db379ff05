"""Step Functions' activities: tasks that wait until a worker, wherever it runs, asks for one."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl.tasks import Call, TaskError, Tokens
from warmstart.runtime.asl.values import Json, to_text
from warmstart.runtime.services.base import Account, Caller, ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warmstart.runtime.services.base import Operation

POLL_SECONDS = 60
"""How long GetActivityTask waits for a task (API_GetActivityTask)."""

Parameters = dict[str, Any]


@dataclass(slots=True)
class _Activity:
    arn: str
    name: str
    created: datetime
    waiting: deque[Call] = field(default_factory=deque)
    """Tasks that nobody has taken yet."""
    workers: deque[asyncio.Future[None]] = field(default_factory=deque)
    """Who polls, the first in line first."""

    def shown(self) -> Parameters:
        return {"activityArn": self.arn, "name": self.name, "creationDate": self.created}


class Activities:
    """The activities of an account, and the tasks that wait in them."""

    def __init__(self, account: Account, tokens: Tokens) -> None:
        """Begin without any; ``tokens`` tell which tasks still wait for an answer."""
        self._account = account
        self._tokens = tokens
        self._found: dict[str, _Activity] = {}

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "CreateActivity": self._create,
            "DescribeActivity": self._describe,
            "ListActivities": self._list,
            "DeleteActivity": self._delete,
            "GetActivityTask": self._get_task,
        }

    def offer(self, call: Call) -> Json:
        """Let a task wait for a worker.

        Raises:
            TaskError: there is no such activity.
        """
        activity = self._found.get(call.resource.arn)
        if activity is None:
            raise TaskError(
                "States.TaskFailed", f"The activity {call.resource.arn} does not exist."
            )
        activity.waiting.append(call)
        while activity.workers:
            worker = activity.workers.popleft()
            if not worker.done():
                worker.set_result(None)
                break
        return {}

    async def _create(self, given: Parameters, _caller: Caller) -> Parameters:
        account = self._account
        arn = f"arn:aws:states:{account.region}:{account.id}:activity:{given['name']}"
        made = self._found.setdefault(arn, _Activity(arn, given["name"], account.now()))
        return {"activityArn": made.arn, "creationDate": made.created}

    def _activity(self, given: Parameters) -> _Activity:
        arn = given["activityArn"]
        if arn not in self._found:
            raise ServiceError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
        return self._found[arn]

    async def _describe(self, given: Parameters, _caller: Caller) -> Parameters:
        return self._activity(given).shown()

    async def _list(self, _given: Parameters, _caller: Caller) -> Parameters:
        return {"activities": [activity.shown() for activity in self._found.values()]}

    async def _delete(self, given: Parameters, _caller: Caller) -> Parameters:
        self._found.pop(given["activityArn"], None)
        return {}

    async def _get_task(self, given: Parameters, _caller: Caller) -> Parameters:
        """Give a task, or nothing once the poll has waited for its time."""
        activity = self._activity(given)
        try:
            async with asyncio.timeout(POLL_SECONDS):
                while True:
                    while activity.waiting:
                        call = activity.waiting.popleft()
                        if call.token is not None and self._tokens.is_open(call.token):
                            if call.taken is not None:
                                call.taken(given.get("workerName"))
                            return {"taskToken": call.token, "input": to_text(call.arguments)}
                    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    activity.workers.append(turn)
                    await turn
        except TimeoutError:
            return {}
