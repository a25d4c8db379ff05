"""Function URLs: an address of a function's own, without an API before it.

(Lambda developer guide: urls-invocation for events and answers, urls-auth for who may call,
urls-configuration for CORS and throttling. What it does not show is as others recorded it on AWS:
LocalStack's tests for a function that fails and for a body without a type, middleapi's
standard-server, pull request 93, for the path, which stays percent-encoded.)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import specs
from warmstart.runtime.report import trace_header
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.web import (
    JSON,
    NOT_SIGNED,
    WebApi,
    WebRequest,
    WebResponse,
    response_of,
)
from warmstart.runtime.web_specs import FunctionUrlSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue_source import Invoke
    from warmstart.runtime.web_specs import Cors

_ROUTE: Final = "$default"
_ANYBODY: Final = "anonymous"
"""The account of a caller who need not sign."""
_FORBIDDEN: Final = (
    "Forbidden. For troubleshooting Function URL authorization issues, see:"
    " https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


class FunctionUrl(WebApi):
    """One function URL."""

    source = "function-url"

    def __init__(self, account: Account, spec: FunctionUrlSpec, invoke: Invoke) -> None:
        super().__init__(account, spec, invoke)
        self._spec = spec
        name, _, alias = spec.function.partition(":function:")[2].partition(":")
        self._resource = f"{name}:{alias or '$LATEST'}"
        """As CloudWatch names it (urls-monitoring)."""

    def _host(self) -> str:
        return specs.host(FunctionUrlSpec, self.name, self._account.region)

    async def _answer(self, request: WebRequest, key: str) -> tuple[WebResponse, str]:
        invocation = self._account.new_id("url request")
        cors = self._spec.cors
        added = {} if cors is None else _cors_headers(cors, request)
        if cors is not None and _is_preflight(request):
            response = WebResponse(200)
        else:
            response = await self._serve(request, key, invocation)
        # What the function says of the same goes out no more.
        told = [(name, value) for name, value in response.headers if name.lower() not in added]
        told += [*added.items(), ("x-amzn-RequestId", invocation)]
        return WebResponse(response.status, told, response.body), self._resource

    async def _serve(self, request: WebRequest, key: str, invocation: str) -> WebResponse:
        event = self._payload_2(request, request.raw_path, _ROUTE, invocation)
        event["headers"].setdefault("host", self._domain)
        try:
            event["requestContext"] |= self._caller(request)
        except ServiceError as error:
            return _refused(error)
        answer = await self._call(self._spec.function, event, key, invocation=invocation)
        traced = [("X-Amzn-Trace-Id", trace_header(self._account.start, key))]
        if answer.refused:  # Throttled, or too large.
            kind = [("x-amzn-ErrorType", answer.error_code or "ServiceException")]
            said = [("content-type", JSON), *kind, *traced]
            return WebResponse(answer.status_code, said, answer.payload.encode())
        failed = answer.function_error is not None
        response = None if failed else response_of(answer.payload, JSON, simple=True)
        if response is None:
            response = WebResponse(502, [("content-type", JSON)], b"Internal Server Error")
        return WebResponse(response.status, [*response.headers, *traced], response.body)

    def _caller(self, request: WebRequest) -> dict[str, Any]:
        """Return what an event says of who calls.

        Raises:
            ServiceError: whoever it is must sign, and has not, or not as it should be.
        """
        if self._spec.auth == "NONE":
            return {"accountId": _ANYBODY}
        signer, account = request.signer(), self._account.id
        # Every key here is a temporary one, of a role that all share.
        session = signer.name.replace("/", "-")
        identity = f"AROA{signer.access_key[4:]}:{session}"
        return {
            "authentication": None,
            "authorizer": {
                "iam": {
                    "accessKey": signer.access_key,
                    "accountId": account,
                    "callerId": identity,
                    "cognitoIdentity": None,
                    "principalOrgId": None,
                    "userArn": f"arn:aws:sts::{account}:assumed-role/warmstart/{session}",
                    "userId": identity,
                }
            },
        }


def _is_preflight(request: WebRequest) -> bool:
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def _cors_headers(cors: Cors, request: WebRequest) -> Mapping[str, str]:
    """Return what Lambda adds to an answer; nothing for a page that may not read it."""
    origin, everybody = request.headers.get("origin"), "*" in cors.origins
    if origin is None or not (everybody or origin in cors.origins):
        return {}
    headers = {
        "access-control-allow-origin": origin if cors.credentials or not everybody else "*",
        "access-control-allow-credentials": "true" if cors.credentials else "",
        "access-control-expose-headers": ",".join(cors.exposed),
        "vary": "Origin",
    }
    if _is_preflight(request):
        headers |= {
            "access-control-allow-methods": ",".join(cors.methods),
            "access-control-allow-headers": ",".join(cors.headers),
            "access-control-max-age": str(cors.max_age or ""),
        }
    return {name: value for name, value in headers.items() if value}


def _refused(error: ServiceError) -> WebResponse:
    """Return what who has not signed gets, or has not signed well."""
    said = {"message": error.message}
    code = error.code
    if code == NOT_SIGNED:
        said, code = {"Message": _FORBIDDEN}, "AccessDeniedException"
    body = json.dumps(said, separators=(",", ":")).encode()
    return WebResponse(403, [("content-type", JSON), ("x-amzn-ErrorType", code)], body)
