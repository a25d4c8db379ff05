"""API Gateway's HTTP APIs: which route a request takes, what the function sees, what comes back.

(API Gateway developer guide: http-api-develop-routes for the choice of a route,
http-api-develop-integrations-lambda for both payload formats, http-api-lambda-authorizer for
authorizers and how long their answers are kept, http-api-quotas for the 30 s.)
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.jsontext import dumped, parsed
from warmstart.runtime.services.base import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue_source import Answered, Invoke
    from warmstart.runtime.specs import Authorizer, HttpApiSpec, Route

PAYLOAD_LIMIT: Final = 10_485_760
"""Bytes of a request's body (http-api-quotas)."""
_PARAMETER: Final = re.compile(r"\{([^}+]+)(\+?)\}")
_TEXT: Final = re.compile(r"text/.+|application/(json|xml|javascript)", re.IGNORECASE)
"""The media types whose bodies arrive as they are. AWS does not list them: measured by others on
HTTP APIs (ministack, pull request 766), and the list that load balancers document. No type at all,
forms, ``application/problem+json``: base64."""
_DENIED: Final = {"message": "Forbidden"}


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request as a client sends it."""

    method: str
    path: str
    """Decoded."""
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; of several with one name, joined by commas."""
    body: bytes = b""
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class WebResponse:
    """What the client gets."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    body: bytes = b""


class HttpApi:
    """One API."""

    def __init__(self, account: Account, spec: HttpApiSpec, invoke: Invoke) -> None:
        self.spec = spec
        self._account = account
        self._invoke = invoke
        self._id = account.draw("api id", spec.name).randbytes(5).hex()
        self._routes = [_Compiled.of(route) for route in spec.routes]
        self._allowed: dict[tuple[str, ...], tuple[float, bool, Mapping[str, Any]]] = {}
        """Answers of authorizers that are kept: until when, allowed or not, the context."""

    async def answer(self, request: WebRequest) -> WebResponse:
        """Answer a request; always gives an answer."""
        started = clock.now_us()
        key = self._account.new_id("api request")
        found = self._route(request)
        if found is None:
            response, route = _message(404, "Not Found"), "-"
        else:
            compiled, parameters = found
            route = compiled.route.key
            response = await self._integrate(request, compiled.route, parameters, key)
        now = clock.now_us()
        self._account.emit(
            t.HttpAnswered(
                now, self.spec.name, key, key, request.method, request.path, route, response.status,
                now - started,
            )
        )  # fmt: skip
        return response

    # -- which route ------------------------------------------------------------------------------

    def _route(self, request: WebRequest) -> tuple[_Compiled, dict[str, str]] | None:
        """Choose as API Gateway does: a full match, then a greedy path, then ``$default``."""
        fitting = [
            (compiled, match.groupdict())
            for compiled in self._routes
            if compiled.method in {"ANY", request.method}
            and (match := compiled.path.fullmatch(request.path)) is not None
        ]
        if not fitting:
            return None
        return max(fitting, key=lambda found: found[0].rank)

    async def _integrate(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str
    ) -> WebResponse:
        if len(request.body) > PAYLOAD_LIMIT:
            return _message(413, "Request Entity Too Large")
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
            return _message(503, "Service Unavailable")
        if answer.status_code == 429:  # noqa: PLR2004 — throttled
            return _message(429, "Too Many Requests")
        if answer.status_code != 200 or answer.function_error is not None:  # noqa: PLR2004 — OK
            return _message(500, "Internal Server Error")
        return _response(answer.payload, simple=route.payload_format == "2.0")

    async def _call(self, function: str, event: dict[str, Any], key: str) -> Answered:
        payload = dumped(event)
        return await self._invoke(function, payload, Caller("http-api", key, cause=key))

    # -- what the function sees -------------------------------------------------------------------

    def _event(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str, form: str
    ) -> dict[str, Any]:
        make = self._event_v2 if form == "2.0" else self._event_v1
        return make(request, route, parameters, key)

    def _event_v2(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str
    ) -> dict[str, Any]:
        now = self._account.now()
        headers = dict(request.headers)
        cookies = [one.strip() for one in headers.pop("cookie", "").split(";") if one.strip()]
        query: dict[str, str] = {}
        for name, value in request.query:
            query[name] = f"{query[name]},{value}" if name in query else value
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": request.path,
            "rawQueryString": "&".join(
                f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.query
            ),
            "cookies": cookies,
            "headers": headers,
            "queryStringParameters": query,
            "requestContext": {
                "accountId": self._account.id,
                "apiId": self._id,
                "domainName": self._domain,
                "domainPrefix": self._id,
                "http": {
                    "method": request.method,
                    "path": request.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": request.source_ip,
                    "userAgent": request.headers.get("user-agent", ""),
                },
                "requestId": key,
                "routeKey": route.key,
                "stage": self.spec.stage,
                "time": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
                "timeEpoch": round(now.timestamp() * 1_000),
            },
            "pathParameters": parameters,
            "isBase64Encoded": False,
        }
        for name in ("cookies", "queryStringParameters", "pathParameters"):
            if not event[name]:
                del event[name]
        return event | _body(request)

    def _event_v1(
        self, request: WebRequest, route: Route, parameters: dict[str, str], key: str
    ) -> dict[str, Any]:
        now = self._account.now()
        many: dict[str, list[str]] = {}
        for name, value in request.query:
            many.setdefault(name, []).append(value)
        return {
            "version": "1.0",
            "resource": route.key.partition(" ")[2] or route.key,
            "path": request.path,
            "httpMethod": request.method,
            "headers": dict(request.headers),
            "multiValueHeaders": {n: v.split(",") for n, v in request.headers.items()},
            "queryStringParameters": {n: v[-1] for n, v in many.items()} or None,
            "multiValueQueryStringParameters": many or None,
            "requestContext": {
                "accountId": self._account.id,
                "apiId": self._id,
                "domainName": self._domain,
                "domainPrefix": self._id,
                "extendedRequestId": key,
                "httpMethod": request.method,
                "identity": {
                    "sourceIp": request.source_ip,
                    "userAgent": request.headers.get("user-agent", ""),
                },
                "path": request.path,
                "protocol": "HTTP/1.1",
                "requestId": key,
                "requestTime": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
                "requestTimeEpoch": round(now.timestamp() * 1_000),
                "resourceId": route.key,
                "resourcePath": route.key.partition(" ")[2] or route.key,
                "stage": self.spec.stage,
            },
            "pathParameters": parameters or None,
            "stageVariables": None,
            **({"body": None, "isBase64Encoded": False} | _body(request)),
        }

    @property
    def _domain(self) -> str:
        return f"{self._id}.execute-api.{self._account.region}.amazonaws.com"

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
        identity = tuple(_identity(source, request) or "" for source in authorizer.identity)
        if not all(identity):
            return _message(401, "Unauthorized")
        kept_as = (authorizer.name, route.key, *identity)
        now = asyncio.get_running_loop().time()
        until, allowed, context = self._allowed.get(kept_as, (0.0, False, {}))
        if now >= until:
            event = self._event(request, route, parameters, key, authorizer.payload_format)
            event |= {
                "type": "REQUEST",
                "routeArn": f"arn:aws:execute-api:{self._account.region}:{self._account.id}:"
                f"{self._id}/{self.spec.stage}/{request.method}{request.path}",
                "identitySource": list(identity),
            }
            event.pop("body", None)
            answer = await self._call(authorizer.function, event, key)
            said = _verdict(answer, simple=authorizer.simple_responses)
            if said is None:
                return _message(500, "Internal Server Error")
            allowed, context = said
            if authorizer.cache_ttl:
                self._allowed[kept_as] = (now + authorizer.cache_ttl, allowed, context)
        return context if allowed else _message(403, _DENIED["message"])


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A route, ready to be held against a path."""

    route: Route
    method: str
    path: re.Pattern[str]
    rank: tuple[int, ...]
    """Higher goes first."""

    @classmethod
    def of(cls, route: Route) -> _Compiled:
        if route.key == "$default":
            return cls(route, "ANY", re.compile(".*", re.DOTALL), (0,))
        method, _, path = route.key.partition(" ")
        pattern, place = "", 0
        greedy = False
        variables = 0
        for match in _PARAMETER.finditer(path):
            pattern += re.escape(path[place : match.start()])
            name = re.sub(r"\W", "_", match[1])
            pattern += f"(?P<{name}>{'.+' if match[2] else '[^/]+'})"
            greedy, variables, place = greedy or bool(match[2]), variables + 1, match.end()
        pattern += re.escape(path[place:])
        rank = (1, not greedy, -variables, len(path), method != "ANY")
        return cls(route, method, re.compile(pattern), tuple(map(int, rank)))


def _body(request: WebRequest) -> dict[str, Any]:
    if not request.body:
        return {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if _TEXT.fullmatch(media_type):
        try:
            return {"body": request.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def _identity(source: str, request: WebRequest) -> str | None:
    """Return what an identity source names in a request; None where it is not there."""
    _, kind, name = source.split(".", 2)
    if kind == "header":
        return request.headers.get(name.lower())
    return dict(request.query).get(name)


def _verdict(answer: Answered, *, simple: bool) -> tuple[bool, Mapping[str, Any]] | None:
    """Return whether an authorizer allows the request, and its context; None where it failed."""
    if answer.status_code != 200 or answer.function_error is not None:  # noqa: PLR2004 — OK
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


def _response(payload: str, *, simple: bool) -> WebResponse:
    """Return what a function's answer means; one that no client could read is an error."""
    try:
        response = _understood(parsed(payload), simple=simple)
    except (ValueError, TypeError, AttributeError, OverflowError):
        response = None
    return response or _message(500, "Internal Server Error")


def _understood(said: Any, *, simple: bool) -> WebResponse | None:
    """Return a function's response; one that is none is a body of its own, where that is simple."""
    if not (isinstance(said, dict) and "statusCode" in said):
        if not simple:
            return None
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return WebResponse(200, {"content-type": "application/json"}, (), text.encode())
    status = int(said["statusCode"])
    body = said.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    raw = base64.b64decode(text) if said.get("isBase64Encoded") else text.encode()
    headers = {str(n).lower(): str(v).strip() for n, v in (said.get("headers") or {}).items()}
    many = said.get("multiValueHeaders") or {}
    headers |= {str(n).lower(): ",".join(map(str, v)).strip() for n, v in many.items()}
    cookies = tuple(str(cookie).strip() for cookie in said.get("cookies") or ())
    headers.setdefault("content-type", "text/plain;charset=UTF-8" if simple else "application/json")
    readable = (
        200 <= status <= 599  # noqa: PLR2004 — HTTP's
        and all(map(_NAME.fullmatch, headers))
        and all(map(_VALUE.fullmatch, (*headers.values(), *cookies)))
    )
    return WebResponse(status, headers, cookies, raw) if readable else None


_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\ud7ff\ue000-\U0010ffff]*")
"""Of a header: no control characters, and no lone surrogates."""


def _message(status: int, text: str) -> WebResponse:
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return WebResponse(status, {"content-type": "application/json"}, (), body)
