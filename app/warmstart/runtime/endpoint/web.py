"""An API or function URL on an address of its own: what a browser or curl sends, and what it gets.

Who signed a request is found out when the API asks; most do not. That requests come from this
machine and to this name is the server's to see to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warmstart.runtime.endpoint.http import HttpRequest, HttpResponse, HttpServer
from warmstart.runtime.services.web import WebRequest

if TYPE_CHECKING:
    from warmstart.runtime.endpoint.aws import AwsEndpoint
    from warmstart.runtime.services.web import WebApi

_OURS: Final = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
"""Headers that belong to the connection; what a function says of them does not go out."""


class WebServer:
    """The address of one API."""

    def __init__(self, api: WebApi, endpoint: AwsEndpoint) -> None:
        self._api = api
        self._endpoint = endpoint
        self.server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """Where its paths begin: the address, and of a REST API the stage."""
        return f"{self.server.url}{self._api.base}"

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        asked = WebRequest(
            request.method, request.raw_path, request.query, request.fields, request.body,
            signer=lambda: self._endpoint.signer(request, "lambda"),
        )  # fmt: skip
        response = await self._api.answer(asked)
        fields = [(n, v) for n, v in response.headers if n.lower() not in _OURS]
        return HttpResponse(response.status, response.body, fields=fields)
