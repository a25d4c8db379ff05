"""An HTTP API on an address of its own: what a browser or curl sends, and what it gets.

No access key is asked for, as on AWS; that requests come from this machine and to this name is the
server's to see to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.runtime.endpoint.http import HttpRequest, HttpResponse, HttpServer
from warmstart.runtime.services.http_api import WebRequest, WebResponse

if TYPE_CHECKING:
    from warmstart.runtime.services.http_api import HttpApi

_OURS: Final = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
"""Headers that belong to the connection; what a function says of them does not go out."""


class WebServer:
    """The address of one HTTP API."""

    def __init__(self, api: HttpApi) -> None:
        self._api = api
        self.server = HttpServer(self._answer)

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        return _sent(
            await self._api.answer(
                WebRequest(
                    request.method, request.path, request.query, request.headers, request.body
                )
            )
        )


def _sent(response: WebResponse) -> HttpResponse:
    headers = {name: value for name, value in response.headers.items() if name not in _OURS}
    return HttpResponse(response.status, response.body, headers, response.cookies)
