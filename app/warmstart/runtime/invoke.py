"""Invocation: what the Invoke API does between a request and its answer.

Limits and error shapes are those of API_Invoke and gettingstarted-limits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warmstart.runtime import chains, clock
from warmstart.runtime import trace as t
from warmstart.runtime.fleet import ThrottledError
from warmstart.runtime.invocation import Invocation
from warmstart.runtime.services.base import ServiceError

if TYPE_CHECKING:
    from warmstart.runtime.chains import Chain
    from warmstart.runtime.fleet import Fleet
    from warmstart.runtime.services.base import Account, Caller
    from warmstart.runtime.versions import Functions, Target

REQUEST_LIMIT: Final = 6_291_456
"""Bytes of a synchronous request: 6 MB."""
EVENT_LIMIT: Final = 1_048_576
"""Bytes of an asynchronous one: 1 MB."""
OK: Final = 200
THROTTLED: Final = 429
RECURSIVE: Final = "RecursiveInvocationException"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets."""

    request: str
    status_code: int
    payload: str
    function_error: str | None = None
    """``Unhandled`` when the function failed."""
    version: str = ""
    """The version that was executed; empty if none was."""
    error_code: str | None = None
    """Of what Lambda itself refused."""
    log: tuple[str, ...] = ()
    """The lines of the invocation's log, if they were asked for."""

    @property
    def refused(self) -> bool:
        """Whether Lambda itself said no, and no function ran."""
        return self.status_code != OK

    @property
    def throttled(self) -> bool:
        """Whether it said so because too much is under way."""
        return self.status_code == THROTTLED


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller sends."""

    payload: str
    """JSON text; empty counts as ``{}``."""
    source: str
    root: str | None = None
    """The thread that the invocation is part of; without one it begins its own."""
    qualifier: str | None = None
    client_context: str | None = None
    """JSON text."""
    tail: bool = False
    """Whether the end of the log is wanted."""
    cause: str | None = None
    """What stands behind it; see ``trace.services``."""
    chain: Chain = ()
    """The invocations that led to it."""
    id: str | None = None
    """The invocation's; see ``Caller.invocation``."""


class Lambda:
    """Invocation of one account's functions."""

    def __init__(self, account: Account, functions: Functions, fleet: Fleet) -> None:
        self._account = account
        self._fleet = fleet
        self.functions = functions
        self._count = 0

    async def invoke(
        self, function: str, payload: str, *, source: str, root: str | None = None
    ) -> Answer:
        """Invoke a function (by logical id, name or ARN) and wait for its answer."""
        return await self.send(function, Request(payload, source, root))

    async def answer(self, function: str, payload: str, caller: Caller) -> Answer:
        """Invoke a function by its ARN for a service, and wait for its answer."""
        return await self.send(
            function,
            Request(
                payload, caller.source, caller.root, cause=caller.behind, chain=caller.chain,
                id=caller.invocation,
            ),
        )  # fmt: skip

    async def send(self, function: str, asked: Request) -> Answer:
        """Invoke a function and wait for its answer."""
        request = asked.id or self.new_request()
        root = asked.root or request
        name = self.functions.name(function)
        try:
            self.check(asked.payload, REQUEST_LIMIT)
            target = self.functions.resolve(function, asked.qualifier)
        except ServiceError as error:
            now = clock.now_us()
            self._account.emit(
                t.InvocationRequested(
                    now, request, name, t.size(asked.payload), asked.source, root,
                    cause=asked.cause,
                )
            )  # fmt: skip
            return self._reject(request, name, error)
        call = Invocation(
            request, asked.payload or "{}", target.arn, root, asked.client_context, asked.tail,
            asked.chain,
        )  # fmt: skip
        return await self.attempt(target, call, asked.source, "RequestResponse", asked.cause)

    async def attempt(
        self,
        target: Target,
        call: Invocation,
        source: str,
        kind: t.InvocationType,
        cause: str | None = None,
    ) -> Answer:
        """Let an environment take a call, if there is one to be had."""
        version, request = target.version, call.request
        name, emit = version.spec.name, self._account.emit
        emit(
            t.InvocationRequested(
                clock.now_us(), request, name, t.size(call.event), source, call.root, kind,
                version.number, cause,
            )
        )  # fmt: skip
        most = self._account.model.recursive_invocations
        if chains.times(call.chain, name) >= most and not version.spec.recursive:
            return self._reject(request, name, _recursive())
        # Part of the run even where its caller, a function that timed out, has gone.
        with self._account.work.under_way():
            try:
                environment, cold = await self._fleet.acquire(
                    version, request, synchronous=kind == "RequestResponse"
                )
            except ThrottledError as throttled:
                emit(t.InvocationThrottled(clock.now_us(), request, name, throttled.reason))
                message = {"Reason": throttled.reason, "Type": "User", "message": "Rate Exceeded."}
                return Answer(
                    request, THROTTLED, json.dumps(message, separators=(",", ":")),
                    error_code="TooManyRequestsException",
                )  # fmt: skip
            except ServiceError as error:
                return self._reject(request, name, error)
            result = await environment.invoke(call, cold=cold)
            self._fleet.release(environment)
        return Answer(
            request, OK, result.payload, "Unhandled" if result.failed else None,
            version.number, log=result.log,
        )  # fmt: skip

    def check(self, payload: str, limit: int) -> None:
        """Check a payload.

        Raises:
            ServiceError: it is too large, or no JSON.
        """
        if t.size(payload) > limit:
            raise ServiceError(
                "RequestTooLargeException",
                f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
                413,
            )
        try:
            json.loads(payload or "{}")
        except (ValueError, RecursionError) as error:
            raise ServiceError(
                "InvalidRequestContentException",
                f"Could not parse request body into json: {error}",
            ) from error

    def new_request(self) -> str:
        """Return the next request id."""
        self._count += 1
        bits = self._account.draw("request", self._count).getrandbits(128)
        # A UUID of version 4; uuid.UUID would take longer than drawing it.
        bits = (bits & ~(0xF000 << 64 | 0xC000 << 48)) | 0x4000 << 64 | 0x8000 << 48
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _reject(self, request: str, name: str, error: ServiceError) -> Answer:
        self._account.emit(
            t.InvocationRejected(
                clock.now_us(), request, name, error.status, error.code, error.message
            )
        )
        body = {"Type": "User", "Message": error.message}
        return Answer(
            request, error.status, json.dumps(body, separators=(",", ":")), error_code=error.code
        )


def _recursive() -> ServiceError:
    return ServiceError(
        RECURSIVE,
        "Lambda has detected your function being invoked in a recursive loop with other Amazon Web "
        "Services resources and stopped your function's invocation.",
        400,
        {"Type": "User"},
    )
