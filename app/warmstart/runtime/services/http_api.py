"""API Gateway's HTTP APIs: which route a request takes, what the function sees, what comes back.

(API Gateway developer guide: http-api-develop-routes for the choice of a route,
http-api-develop-integrations-lambda for both payload formats, http-api-lambda-authorizer for
authorizers and how long their answers are kept, http-api-quotas for the 30 s.)
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.jsontext import parsed
from warmstart.runtime.services.web import (
    AUTHORIZER,
    JSON,
    PAYLOAD_LIMIT,
    Kept,
    PathTemplate,
    WebApi,
    WebRequest,
    WebResponse,
    body_of,
    listed,
    message,
    response_of,
)
from warmstart.runtime.web_specs import IDENTITY_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue_source import Answered, Invoke
    from warmstart.runtime.web_specs import Authorizer, HttpApiSpec, Route

_PLAIN: Final = "text/plain;charset=UTF-8"

_DEFAULT_STAGE: Final = "$default"
"""The one that is not part of the address (http-api-stages)."""


class HttpApi(WebApi):
    """One HTTP API."""

    source = "http-api"

    def __init__(self, account: Account, spec: HttpApiSpec, invoke: Invoke) -> None:
        super().__init__(account, spec, invoke)
        self.base = "" if spec.stage == _DEFAULT_STAGE else f"/{spec.stage}"
        self._routes = [_Compiled.of(route) for route in spec.routes]
        self._allowed: Kept[tuple[bool, Mapping[str, Any]]] = Kept()
        """What authorizers answered: allowed or not, and the context."""

    async def _answer(self, request: WebRequest, key: str) -> tuple[WebResponse, str]:
        found = self._route(request)
        if found is None:
            return message(404, "Not Found"), "-"
        compiled, parameters = found
        response = await self._integrate(request, compiled.route, parameters, key)
        return response, compiled.route.key

    # -- which route ------------------------------------------------------------------------------

    def _route(self, request: WebRequest) -> tuple[_Compiled, dict[str, str]] | None:
        """Choose as API Gateway does: a full match, then a greedy path, then ``$default``."""
        path = request.path.removeprefix(self.base)
        if f"{self.base}{path}" != request.path or (path and not path.startswith("/")):
            return None  # It is for another stage.
        fitting = [
            (compiled, parameters)
            for compiled in self._routes
            if compiled.method in {"ANY", request.method}
            and (parameters := compiled.path.match(path or "/")) is not None
        ]
        if not fitting:
            return None
        return max(fitting, key=lambda found: found[0].rank)

    async def _integrate(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str
    ) -> WebResponse:
        if len(request.body) > PAYLOAD_LIMIT:
            return message(413, "Request Entity Too Large")
        event = self._event(request, route, parameters, key, route.payload_format)
        if route.authorizer is not None:
            allowed = await self._authorize(request, route, parameters, route.authorizer, key)
            if isinstance(allowed, WebResponse):
                return allowed
            event["requestContext"]["authorizer"] = (
                {"lambda": allowed} if route.payload_format == "2.0" else dict(allowed)
            )
        try:
            async with asyncio.timeout(route.timeout_ms / 1_000):
                answer = await self._call(route.function, event, key)
        except TimeoutError:
            return message(503, "Service Unavailable")
        if answer.throttled:
            return message(429, "Too Many Requests")
        if answer.refused or answer.function_error is not None:
            return message(500, "Internal Server Error")
        simple = route.payload_format == "2.0"
        response = response_of(answer.payload, _PLAIN if simple else JSON, simple=simple)
        return response or message(500, "Internal Server Error")

    # -- what the function sees -------------------------------------------------------------------

    def _event(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str, form: str
    ) -> dict[str, Any]:
        make = self._event_v2 if form == "2.0" else self._event_v1
        return make(request, route, parameters, key)

    def _event_v2(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str
    ) -> dict[str, Any]:
        event = self._payload_2(request, request.path, route.key, key)
        return {**event, "pathParameters": parameters} if parameters else event

    def _event_v1(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str
    ) -> dict[str, Any]:
        many = listed(request.query)
        headers = request.headers
        context = self._context(request, key)
        path = route.key.partition(" ")[2] or route.key
        return {
            "version": "1.0",
            "resource": path,
            "path": request.path,
            "httpMethod": request.method,
            "headers": headers,
            "multiValueHeaders": {name: value.split(",") for name, value in headers.items()},
            "queryStringParameters": {n: v[-1] for n, v in many.items()} or None,
            "multiValueQueryStringParameters": many or None,
            "requestContext": {
                **context,
                "identity": {
                    "sourceIp": request.source_ip,
                    "userAgent": headers.get("user-agent", ""),
                },
                "path": request.path,
                "resourceId": route.key,
                "resourcePath": path,
            },
            "pathParameters": parameters or None,
            "stageVariables": None,
            **({"body": None, "isBase64Encoded": False} | body_of(request)),
        }

    # -- authorizers ------------------------------------------------------------------------------

    async def _authorize(
        self,
        request: WebRequest,
        route: Route,
        parameters: dict[str, str],
        authorizer: Authorizer,
        key: str,
    ) -> Mapping[str, Any] | WebResponse:
        """Return the authorizer's context, or the answer that refuses the request."""
        sources = authorizer.identity
        identity = tuple(_identity(source, request, route.key) or "" for source in sources)
        if not all(identity):
            return message(401, "Unauthorized")
        kept_as = (authorizer.name, *identity)  # For all routes, unless one source is the route.
        verdict = self._allowed.get(kept_as)
        if verdict is None:
            event = self._event(request, route, parameters, key, authorizer.payload_format)
            event |= {
                "type": "REQUEST",
                "routeArn": self._arn(request.method, request.path),
                "identitySource": list(identity),
            }
            event.pop("body", None)
            answer = await self._call(authorizer.function, event, key, AUTHORIZER)
            verdict = _verdict(answer, simple=authorizer.simple_responses)
            if verdict is None:
                return message(500, "Internal Server Error")
            self._allowed.put(kept_as, verdict, authorizer.cache_ttl)
        allowed, context = verdict
        return context if allowed else message(403, "Forbidden")


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A route, ready to be held against a path."""

    route: Route
    method: str
    path: PathTemplate
    rank: tuple[int, ...]
    """Higher goes first."""

    @classmethod
    def of(cls, route: Route) -> _Compiled:
        if route.key == "$default":
            return cls(route, "ANY", _ANYTHING, (0,))
        method, _, path = route.key.partition(" ")
        template = PathTemplate.of(path)
        rank = (1, not template.greedy, -len(template.names), len(path), method != "ANY")
        return cls(route, method, template, tuple(map(int, rank)))


_ANYTHING: Final = PathTemplate((), re.compile(".*", re.DOTALL), greedy=True)


def _identity(source: str, request: WebRequest, route: str) -> str | None:
    """Return what an identity source names in a request; None where it is not there."""
    context, _, variable = source.partition(".")
    if context == "$context":
        known = (route, request.method, request.path, request.source_ip)
        return dict(zip(IDENTITY_VARIABLES, known, strict=True))[variable]
    _, kind, name = source.split(".", 2)
    if kind == "header":
        return request.headers.get(name.lower())
    return dict(request.query).get(name)


def _verdict(answer: Answered, *, simple: bool) -> tuple[bool, Mapping[str, Any]] | None:
    """Return whether an authorizer allows the request, and its context; None where it failed."""
    if answer.refused or answer.function_error is not None:
        return None
    try:
        said = parsed(answer.payload)
        context = dict(said.get("context") or {})
        if simple:
            return said["isAuthorized"] is True, context
        statements = said["policyDocument"]["Statement"]
        effects = {statement["Effect"] for statement in statements}
        return effects == {"Allow"}, context | {"principalId": said["principalId"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
