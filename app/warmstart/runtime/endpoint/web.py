"""An HTTP API on an address of its own: what a browser or curl sends, and what it gets.

No access key is asked for, as on AWS; that requests come from this machine and to this name is the
server's to see to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warmstart.runtime.endpoint.http import HttpRequest, HttpResponse, HttpServer
from warmstart.runtime.services.http_api import WebRequest, WebResponse

if TYPE_CHECKING:
    from warmstart.runtime.services.http_api import HttpApi

_OURS: Final = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
"""Headers that belong to the connection; what a function says of them does not go out."""
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")
_BROKEN: Final = HttpResponse(
    500, b'{"message":"Internal Server Error"}', {"content-type": "application/json"}
)


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
    """Return a function's response as it goes out; one that no client could read is an error."""
    headers = {n: v.strip() for n, v in response.headers.items() if n.lower() not in _OURS}
    cookies = [cookie.strip() for cookie in response.cookies]
    readable = (
        200 <= response.status <= 599  # noqa: PLR2004 — HTTP's
        and all(_NAME.fullmatch(name) for name in headers)
        and all(_VALUE.fullmatch(value) for value in (*headers.values(), *cookies))
    )
    return HttpResponse(response.status, response.body, headers, cookies) if readable else _BROKEN
