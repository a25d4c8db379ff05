"""The endpoint of AWS's APIs: who calls which operation, and what it answers.

Each principal (an execution environment, or the learner's own tools) has an access key of its own,
which attributes every call in the trace. While a call of a worker is being answered, the worker
waits, and so virtual time may go on; it stands still again before the answer is written.
"""

from __future__ import annotations

import contextlib
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.endpoint import chunked, codec, signature
from warmstart.runtime.endpoint.http import HttpRequest, HttpResponse, HttpServer
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.web import Signer
from warmstart.runtime.worker.protocol import NOW_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from warmstart.runtime.services.base import Account, Caller

_NO_WAIT = contextlib.nullcontext


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key of this run."""

    access_key: str
    secret: str


@dataclass(frozen=True, slots=True)
class _Principal:
    name: str
    caller: Callable[[], Caller]
    waiting: Callable[[], AbstractAsyncContextManager[None]]


class AwsEndpoint:
    """The endpoint of one run."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._principals: dict[str, _Principal] = {}
        self._secrets: dict[str, str] = {}
        self._calls = 0
        self.server = HttpServer(self._answer)

    def grant(
        self,
        name: str,
        caller: Callable[[], Caller],
        waiting: Callable[[], AbstractAsyncContextManager[None]] = _NO_WAIT,
    ) -> Credentials:
        """Make an access key for a principal.

        Args:
            name: what the key's name is drawn for; one name, one key.
            caller: asked for each call, because an environment's request changes.
            waiting: entered while a call is answered: the caller's process computes nothing then.
        """
        key = self.access_key(name)
        self._principals[key] = _Principal(name, caller, waiting)
        self._secrets[key] = secrets.token_urlsafe(30)
        return Credentials(key, self._secrets[key])

    def access_key(self, name: str) -> str:
        """Return what the access key of a principal is called."""
        draw = self._account.draw("access key", name)
        return "ASIA" + "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))

    def revoke(self, credentials: Credentials) -> None:
        """Take an access key back; calls with it are refused."""
        self._principals.pop(credentials.access_key, None)
        self._secrets.pop(credentials.access_key, None)

    def signer(self, request: HttpRequest, service: str) -> Signer:
        """Return who signed a request to an address other than this one.

        Raises:
            ServiceError: nobody, none of this run's keys, or for another service.
        """
        signed = signature.read(request)
        self._check(request, signed)
        if signed.service != service:
            raise ServiceError(
                "InvalidSignatureException",
                f"Credential should be scoped to correct service: '{service}'.",
                status=403,
            )
        return Signer(signed.access_key, self._principals[signed.access_key].name)

    def _check(self, request: HttpRequest, signed: signature.Signature) -> None:
        wall = None if clock.is_virtual() else datetime.now(UTC)
        signature.check(request, signed, self._secrets, self._account.now(), wall)

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        service = ""
        try:
            signed = signature.read(request)
            service = signed.service
            self._check(request, signed)
            request = chunked.plain(request)
        except ServiceError as error:
            # An id of another kind: what a stranger asks for must shift none that a handler sees.
            refused = self._account.new_id("refused call")
            return _http(codec.encode_error(service, None, error, refused))
        request_id = self._account.new_id("api call")
        principal = self._principals[signed.access_key]
        async with principal.waiting():
            response = await self._call(service, request, principal.caller(), request_id)
        return _http(response, now=clock.now_us() if clock.is_virtual() else None)

    async def _call(
        self, service: str, request: HttpRequest, caller: Caller, request_id: str
    ) -> codec.Response:
        started = clock.now_us()
        asked: codec.Asked | None = None
        error_code = None
        try:
            asked = codec.decode(
                service,
                codec.Request(
                    request.method,
                    request.raw_path,
                    dict(request.query),
                    request.headers,
                    request.body,
                ),
            )
            await self.spend(asked.service)
            response = await self._response(asked, caller, request_id)
        except ServiceError as error:
            error_code = error.code
            response = codec.encode_error(service, asked, error, request_id)
        now = clock.now_us()
        name, operation = (asked.service, asked.operation) if asked else (service, request.path)
        self._account.emit(
            t.ApiCalled(
                now, caller.source, caller.request, caller.root, name, operation, now - started,
                response.status, error_code,
            )
        )  # fmt: skip
        return response

    async def _response(
        self, asked: codec.Asked, caller: Caller, request_id: str
    ) -> codec.Response:
        try:
            result = await self._account.call(
                asked.service, asked.operation, asked.parameters, caller
            )
            return codec.encode(asked, result, request_id)
        except ServiceError:
            raise
        except Exception as error:
            # boto3 sends no request of a wrong shape, but others may, and services take shapes for
            # granted. What is well formed and fails all the same is our own fault; say so.
            wrong = codec.mistakes(asked)
            if wrong:
                raise ServiceError("ValidationException", wrong) from error
            raise ServiceError(
                "InternalFailure",
                f"{asked.service}:{asked.operation} failed within Warmstart: {error!r}",
                status=500,
            ) from error

    async def spend(self, service: str) -> None:
        """Let the time pass that a call takes, by the model."""
        self._calls += 1
        model = self._account.model
        draw = self._account.draw("api", self._calls)
        mean = model.api_ms.get(service, model.api_ms["other"])
        jitter = draw.uniform(-model.api_jitter, model.api_jitter)
        await clock.sleep_us(round(1_000 * mean * (1 + jitter)))


def _http(response: codec.Response, *, now: int | None = None) -> HttpResponse:
    """Return an answer; a worker whose clock stands while it waits is told how late it is."""
    told = {} if now is None else {NOW_HEADER: str(now)}
    return HttpResponse(response.status, response.body, {**response.headers, **told})
