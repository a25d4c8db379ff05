"""The Lambda Runtime API: what an executable asks to get its invocations, and to answer them.

Paths, headers and status codes are those of the Lambda developer guide (runtimes-api); each
environment has an address of its own, as it has on Lambda.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.endpoint.http import HttpResponse, HttpServer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.endpoint.http import HttpRequest

_PREFIX: Final = "/2018-06-01/runtime/"
_INVOCATION: Final = re.compile(r"invocation/([^/]+)/(response|error)")
_ERROR_TYPE: Final = "lambda-runtime-function-error-type"


@dataclass(frozen=True, slots=True)
class Said:
    """What the executable said: it is idle, has answered, or has failed."""

    op: str
    """``next``, ``response``, ``error`` or ``init/error``."""
    body: bytes = b""
    error_type: str = ""


class RuntimeApi:
    """One environment's."""

    def __init__(self) -> None:
        self._server = HttpServer(self._answer)
        self._said: asyncio.Queue[Said] = asyncio.Queue()
        self._next: asyncio.Future[HttpResponse] | None = None
        self._request: str | None = None

    async def start(self) -> str:
        """Listen, and return the address for ``AWS_LAMBDA_RUNTIME_API``."""
        await self._server.start()
        return f"127.0.0.1:{self._server.port}"

    def end(self) -> None:
        """Listen no longer, and answer nobody: the executable is gone."""
        self._server.end()

    async def said(self) -> Said:
        """Wait for what the executable says next."""
        return await self._said.get()

    def hand(self, request: str, event: str, headers: Mapping[str, str]) -> None:
        """Hand it an invocation; it must have said ``next``."""
        assert self._next is not None
        self._request = request
        waiting, self._next = self._next, None
        if not waiting.done():
            waiting.set_result(
                HttpResponse(
                    200, event.encode(errors="surrogatepass"),
                    {"content-type": "application/json", **headers},
                )
            )  # fmt: skip

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        path = request.path.removeprefix(_PREFIX)
        if path == "invocation/next" and request.method == "GET":
            self._next = asyncio.get_running_loop().create_future()
            self._said.put_nowait(Said("next"))
            return await self._next
        kind = request.headers.get(_ERROR_TYPE, "")
        if path == "init/error" and request.method == "POST":
            self._said.put_nowait(Said("init/error", request.body, kind))
            return _status(202)
        match = _INVOCATION.fullmatch(path)
        if match is None or request.method != "POST":
            return _error(404, "NotFound", "The Runtime API has no such path.")
        if match[1] != self._request:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        self._request = None
        self._said.put_nowait(Said(match[2], request.body, kind))
        return _status(202)


def error_payload(said: Said, request: str) -> dict[str, Any]:
    """Return an error as Lambda shows it, whatever the executable has sent."""
    try:
        told = json.loads(said.body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {}
    trace = told.get("stackTrace")
    return {
        "errorMessage": str(told.get("errorMessage", "")),
        "errorType": str(told.get("errorType") or said.error_type or "Unknown"),
        "requestId": request,
        "stackTrace": [str(line) for line in trace] if isinstance(trace, list) else [],
    }


def _status(status: int) -> HttpResponse:
    return HttpResponse(status, b'{"status":"OK"}', {"content-type": "application/json"})


def _error(status: int, kind: str, message: str) -> HttpResponse:
    body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    return HttpResponse(status, body, {"content-type": "application/json"})
