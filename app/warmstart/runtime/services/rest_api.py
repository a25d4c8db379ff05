"""API Gateway's REST APIs: Lambda proxy integrations, and what a client gets of them.

(API Gateway developer guide: set-up-lambda-proxy-integrations for events and answers,
supported-gateway-response-types for what goes wrong, api-gateway-payload-encodings for base64,
api-gateway-execution-service-limits-table for 29 s and 10 MB; Lambda developer guide:
services-apigateway-errors for functions that fail.)
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.jsontext import parsed
from warmstart.runtime.services.rest_authorizers import Authorizers, Refusal
from warmstart.runtime.services.web import (
    AUTHORIZER,
    PAYLOAD_LIMIT,
    PathTemplate,
    WebApi,
    WebRequest,
    WebResponse,
    listed,
    plain_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue_source import Answered, Invoke
    from warmstart.runtime.web_specs import RestApiSpec, RestMethod

_ANSWER: Final = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
"""What a function's answer may hold; with anything else it is malformed."""
_NOT_SENT: Final = {"connection", "content-length"}
"""Headers of a request that end at API Gateway."""
_REMAPPED: Final = {"connection", "content-length", "date", "server", "www-authenticate"}
"""Headers of a function that go out under another name (api-gateway-known-issues)."""
_NOBODY: Final = dict.fromkeys(
    ("accessKey", "accountId", "apiKey", "apiKeyId", "caller", "cognitoAuthenticationProvider",
     "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId",
     "user", "userArn")
)  # fmt: skip
"""What ``identity`` says of a caller who signs nothing."""
_SERVER_ERROR: Final = "InternalServerErrorException"
_NO_TOKEN: Final = (
    "MissingAuthenticationTokenException",
    '{"message":"Missing Authentication Token"}',
)
_FORBIDDEN: Final = ("ForbiddenException", '{"message":"Forbidden"}')
_INTERNAL: Final = (_SERVER_ERROR, '{"message": "Internal server error"}')
_TIMED_OUT: Final = (_SERVER_ERROR, '{"message": "Endpoint request timed out"}')


class RestApi(WebApi):
    """One REST API, deployed to one stage."""

    source = "rest-api"

    def __init__(self, account: Account, spec: RestApiSpec, invoke: Invoke) -> None:
        super().__init__(account, spec, invoke)
        self.base = f"/{spec.stage}"
        self._spec = spec
        self._resources = _resources(spec)
        self._authorizers = Authorizers()
        self._deployment = self._drawn("deployment")

    async def _answer(self, request: WebRequest, key: str) -> tuple[WebResponse, str]:
        _, stage, rest = [*request.raw_path.split("/", 2), "", ""][:3]
        path, method, found = f"/{rest}", "-", None
        if len(request.body) > PAYLOAD_LIMIT:
            text = f"HTTP content length exceeded {PAYLOAD_LIMIT} bytes."
            response = WebResponse(413, [("content-type", "text/plain")], text.encode())
        elif stage != self._stage:
            response = _said(403, *_FORBIDDEN)
        else:
            found = self._find(request.method, path)
            response = _said(403, *_NO_TOKEN)
        if found is not None:
            chosen, parameters = found
            method = f"{chosen.method} {chosen.path}"
            event = self._event(request, chosen, path, parameters, key)
            response = await self._integrate(request, chosen, event, key)
        told = [*response.headers, ("x-amzn-RequestId", key)]
        return WebResponse(response.status, told, response.body), method

    def _find(self, method: str, path: str) -> tuple[RestMethod, dict[str, str]] | None:
        """Return the method of the resource that fits best, segment by segment.

        The resource is chosen first: a method that it lacks is not looked for in a greedy one.
        A slash at the end makes no difference.
        """
        wanted = path.rstrip("/") or "/"
        for template, methods in self._resources:
            parameters = template.match(wanted)
            if parameters is not None:
                chosen = methods.get(method) or methods.get("ANY")
                return None if chosen is None else (chosen, parameters)
        return None

    async def _integrate(
        self, request: WebRequest, method: RestMethod, event: dict[str, Any], key: str
    ) -> WebResponse:
        if method.authorizer is not None:
            arn = self._arn(request.method, event["path"])
            told = await self._authorizers.admit(
                method.authorizer, event, arn,
                lambda function, asked: self._call(function, asked, key, AUTHORIZER),
            )  # fmt: skip
            if isinstance(told, Refusal):
                body = json.dumps(dict(told.body), separators=(",", ":"))
                return _said(told.status, told.error, body)
            event["requestContext"]["authorizer"] = told
        if not method.function:
            return WebResponse(200, [*_JSON, *method.mocked], b"{}\n")
        try:
            async with asyncio.timeout(method.timeout_ms / 1_000):
                answer = await self._call(method.function, event, key)
        except TimeoutError:
            return _said(504, *_TIMED_OUT)
        return self._response(answer, request)

    # -- what the function sees -------------------------------------------------------------------

    def _event(
        self,
        request: WebRequest,
        method: RestMethod,
        path: str,
        parameters: dict[str, str],
        key: str,
    ) -> dict[str, Any]:
        headers = self._headers(request)
        query = listed(request.query)
        return {
            "resource": method.path,
            "path": path,
            "httpMethod": request.method,
            "headers": {name: values[-1] for name, values in headers.items()},
            "multiValueHeaders": headers,
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": parameters or None,
            "stageVariables": dict(self._spec.variables) or None,
            "requestContext": self._context(request, key)
            | {
                "deploymentId": self._deployment,
                "identity": _NOBODY
                | {
                    "sourceIp": request.source_ip,
                    "userAgent": request.headers.get("user-agent"),
                },
                "path": f"{self.base}{path}",
                "resourceId": self._drawn(method.path),
                "resourcePath": method.path,
            },
            **self._body(request),
        }

    def _headers(self, request: WebRequest) -> Mapping[str, list[str]]:
        """Return the headers by the client's first spelling of each; there is always a host."""
        spelt: dict[str, str] = {}
        pairs = [(n, v) for n, v in request.fields if n.lower() not in _NOT_SENT]
        found = listed((spelt.setdefault(name.lower(), name), value) for name, value in pairs)
        return found if "host" in spelt else {"Host": [self._domain], **found}

    def _body(self, request: WebRequest) -> dict[str, Any]:
        """Return the body: text, unless its media type is one of the API's binary ones."""
        if not request.body:
            return {"body": None, "isBase64Encoded": False}
        if self._is_binary(request.media_type):
            return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
        return {"body": request.body.decode(errors="replace"), "isBase64Encoded": False}

    def _is_binary(self, media_type: str) -> bool:
        wanted = (media_type or "application/json").lower()
        return any(fnmatchcase(wanted, known.lower()) for known in self._spec.binary_types)

    def _drawn(self, of: str) -> str:
        """Return an id as API Gateway gives them to resources and deployments."""
        return self._account.draw("api part", self.name, of).randbytes(3).hex()

    # -- what the client gets ---------------------------------------------------------------------

    def _response(self, answer: Answered, request: WebRequest) -> WebResponse:
        if answer.refused:  # Throttled, or too large.
            return _said(500, *_INTERNAL)
        if answer.function_error is not None:
            return _said(502, *_INTERNAL)
        try:
            said = parsed(answer.payload)
            status, headers, text = _understood(said)
        except (ValueError, TypeError, AttributeError, OverflowError):
            return _said(502, *_INTERNAL)
        body = text.encode(errors="replace")
        accepted = re.split("[,;]", request.headers.get("accept", ""))[0].strip()
        if said.get("isBase64Encoded") and self._is_binary(accepted):
            try:
                body = base64.b64decode(text, validate=True)
            except ValueError:
                return _said(500, *_INTERNAL)
        response = WebResponse(status, headers, body)
        return response if response.is_readable else _said(502, *_INTERNAL)


_JSON: Final = (("content-type", "application/json"),)


def _resources(spec: RestApiSpec) -> list[tuple[PathTemplate, dict[str, RestMethod]]]:
    """Return the resources with their methods, those that are to be tried first in front."""
    found: dict[str, dict[str, RestMethod]] = {}
    for method in spec.methods:
        found.setdefault(method.path.rstrip("/") or "/", {})[method.method] = method
    return [(PathTemplate.of(path), found[path]) for path in sorted(found, key=_rank)]


def _rank(path: str) -> list[int]:
    """Return what to sort by: in each segment a text goes before a parameter, greedy ones last."""
    return [("{" in part) + part.endswith("+}") for part in path.split("/")]


def _understood(said: Any) -> tuple[int, list[tuple[str, str]], str]:
    """Return the status, headers and body of a function's answer.

    None of its members is mandatory, and there may be no others.

    Raises:
        ValueError, TypeError, AttributeError: it is malformed.
    """
    if not set(said.keys()) <= _ANSWER:
        raise ValueError("It has what no answer has.")
    status = said.get("statusCode", 200)
    many = {
        name: [plain_text(value) for value in _list(values)]
        for name, values in (said.get("multiValueHeaders") or {}).items()
    }
    taken = {(name.lower(), value) for name, values in many.items() for value in values}
    pairs = [(name, plain_text(value)) for name, value in (said.get("headers") or {}).items()]
    pairs = [(name, value) for name, value in pairs if (name.lower(), value) not in taken]
    pairs += [(name, value) for name, values in many.items() for value in values]
    fields = [(_renamed(name), value.strip()) for name, value in pairs]
    if not any(name.lower() == "content-type" for name, _ in fields):
        fields = [*_JSON, *fields]
    body = said.get("body")
    return int(status), fields, "" if body is None else plain_text(body)


def _renamed(name: str) -> str:
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError("The values of a header are a list.")
    return values


def _said(status: int, error: str, body: str) -> WebResponse:
    """Return what API Gateway says by itself: a gateway response."""
    return WebResponse(status, [*_JSON, ("x-amzn-ErrorType", error)], body.encode())
