"""Synchronous invocation: what the Invoke API does between a request and its answer.

Limits and error shapes are those of API_Invoke and gettingstarted-limits.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warmstart.runtime import clock
from warmstart.runtime.fleet import ThrottledError
from warmstart.runtime.specs import ACCOUNT
from warmstart.runtime.trace import (
    InvocationRejected,
    InvocationRequested,
    InvocationThrottled,
    size,
)

if TYPE_CHECKING:
    from warmstart.runtime.environments import World
    from warmstart.runtime.fleet import Fleet
    from warmstart.runtime.services.base import Caller
    from warmstart.runtime.template import Application

REQUEST_LIMIT = 6_291_456
"""Bytes of a synchronous request: 6 MB."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets."""

    request: str
    status_code: int
    payload: str
    function_error: str | None = None
    """``Unhandled`` when the function failed."""


class Lambda:
    """The Invoke API over one application's functions."""

    def __init__(self, world: World, application: Application, fleet: Fleet) -> None:
        self._account = world.account
        self._fleet = fleet
        self._names = {
            **{spec.name: spec.name for spec in application.functions.values()},
            **{logical_id: spec.name for logical_id, spec in application.functions.items()},
        }
        self._count = 0

    async def invoke(
        self, function: str, payload: str, *, source: str, root: str | None = None
    ) -> Answer:
        """Invoke a function (by logical id or name) and wait for its answer.

        ``root`` is the thread that the invocation is part of; without one it begins its own.
        """
        request = self._request_id()
        root = root or request
        name = self._names.get(function, function)
        self._account.emit(
            InvocationRequested(clock.now_us(), request, name, size(payload), source, root)
        )
        refused = self._refusal(request, name, payload)
        if refused is not None:
            return refused
        try:
            environment, cold = await self._fleet.acquire(name, request)
        except ThrottledError as throttled:
            now = clock.now_us()
            self._account.emit(InvocationThrottled(now, request, name, throttled.reason))
            message = {"Reason": throttled.reason, "Type": "User", "message": "Rate Exceeded."}
            return Answer(request, 429, json.dumps(message, separators=(",", ":")))
        result = await environment.invoke(request, payload or "{}", cold=cold, root=root)
        self._fleet.release(environment)
        return Answer(request, 200, result.payload, "Unhandled" if result.failed else None)

    async def answer(self, function: str, payload: str, caller: Caller) -> Answer:
        """Invoke a function by its ARN for a service, and wait for its answer."""
        name = function.split(":")[6]
        return await self.invoke(name, payload, source=caller.source, root=caller.root)

    def _refusal(self, request: str, name: str, payload: str) -> Answer | None:
        """Return the answer to a request that Lambda itself refuses."""
        if name not in self._names.values():
            arn = f"arn:aws:lambda:{self._account.region}:{ACCOUNT}:function:{name}"
            return self._reject(
                request, name, 404, "ResourceNotFoundException", f"Function not found: {arn}"
            )
        if size(payload) > REQUEST_LIMIT:
            return self._reject(
                request, name, 413, "RequestTooLargeException",
                f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction "
                "operation",
            )  # fmt: skip
        try:
            json.loads(payload or "{}")
        except (ValueError, RecursionError) as error:
            return self._reject(
                request, name, 400, "InvalidRequestContentException",
                f"Could not parse request body into json: {error}",
            )  # fmt: skip
        return None

    def _reject(
        self, request: str, name: str, status_code: int, error_type: str, message: str
    ) -> Answer:
        self._account.emit(
            InvocationRejected(clock.now_us(), request, name, status_code, error_type, message)
        )
        body = {"Type": "User", "Message": message}
        return Answer(request, status_code, json.dumps(body, separators=(",", ":")))

    def _request_id(self) -> str:
        self._count += 1
        draw = self._account.draw("request", self._count)
        return str(uuid.UUID(int=draw.getrandbits(128), version=4))
