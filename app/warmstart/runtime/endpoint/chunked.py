"""Bodies in ``aws-chunked``, S3's encoding for what is signed piece by piece (sigv4-streaming).

The pieces' own signatures and the trailers are not looked at: that of the head says who sends.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warmstart.runtime.services.base import ServiceError

if TYPE_CHECKING:
    from warmstart.runtime.endpoint.http import HttpRequest

_HEAD: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[^\r\n]{0,1024})?\r\n")
_END: Final = b"\r\n"


def plain(request: HttpRequest) -> HttpRequest:
    """Return the request with its body as it was meant.

    Raises:
        ServiceError: the body is not what its encoding says.
    """
    headers = request.headers
    encoded = "aws-chunked" in headers.get("content-encoding", "") or headers.get(
        "x-amz-content-sha256", ""
    ).startswith("STREAMING-")
    return replace(request, body=_joined(request.body)) if encoded else request


def _joined(body: bytes) -> bytes:
    found = bytearray()
    at = 0
    while (head := _HEAD.match(body, at)) is not None:
        size = int(head[1], 16)
        if size == 0:
            return bytes(found)
        at = head.end() + size
        found += body[head.end() : at]
        if body[at : at + len(_END)] != _END:
            break
        at += len(_END)
    raise ServiceError(
        "IncompleteBody", "The body is not what its aws-chunked encoding says, or ends too soon."
    )
