"""What HTTP APIs, REST APIs and function URLs have in common: requests, responses, payloads."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar
from urllib.parse import quote, unquote

from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.jsontext import dumped, parsed
from warmstart.runtime.services.base import Caller, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.queue_source import Answered, Invoke
    from warmstart.runtime.web_specs import WebSpec

PAYLOAD_LIMIT: Final = 10_485_760
"""Bytes of a request's body (http-api-quotas; limits, for REST APIs)."""
AUTHORIZER: Final = "authorizer"
"""Who invokes an authorizer's function, in the trace."""
JSON: Final = "application/json"
NOT_SIGNED: Final = "MissingAuthenticationTokenException"
_TEXT: Final = re.compile(r"text/.+|application/(json|xml|javascript)", re.IGNORECASE)
"""The media types whose bodies arrive as they are in payload 2.0. AWS does not list them: measured
by others on HTTP APIs (ministack, pull request 766), and the list that load balancers document. No
type at all, forms, ``application/problem+json``: base64."""
_PARAMETER: Final = re.compile(r"\{([^}+]+)(\+?)\}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\ud7ff\ue000-\U0010ffff]*")
"""Of a header: no control characters, and no lone surrogates."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a request."""

    access_key: str
    name: str


def _nobody() -> Signer:
    raise ServiceError(NOT_SIGNED, "The request is not signed.", status=403)


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request as a client sends it."""

    method: str
    raw_path: str
    """As it was sent, percent-encoded."""
    query: Sequence[tuple[str, str]] = ()
    """Decoded, in the client's order."""
    fields: Sequence[tuple[str, str]] = ()
    """The headers, their names in the client's spelling."""
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    signer: Callable[[], Signer] = field(default=_nobody, repr=False, compare=False)
    """Asked by who wants to know. Raises ServiceError: it is not signed, or not as it should."""

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.raw_path)

    @property
    def headers(self) -> dict[str, str]:
        """The headers by name in lower case; of several with one name, joined by commas."""
        return joined((name.lower(), value) for name, value in self.fields)

    @property
    def media_type(self) -> str:
        """What the body is, without its parameters; empty where nothing is said."""
        return self.headers.get("content-type", "").partition(";")[0].strip()


@dataclass(frozen=True, slots=True)
class WebResponse:
    """What the client gets."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    @property
    def is_readable(self) -> bool:
        """Whether a client could read it: a function may say what HTTP does not know."""
        return (
            self.status in range(200, 600)
            and all(_NAME.fullmatch(name) for name, _ in self.headers)
            and all(_VALUE.fullmatch(value) for _, value in self.headers)
        )


def message(status: int, text: str | None) -> WebResponse:
    """Return what an API says by itself."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return WebResponse(status, [("content-type", JSON)], body)


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A path with parameters: ``/orders/{id}``, ``/{proxy+}``."""

    names: tuple[str, ...]
    pattern: re.Pattern[str]
    greedy: bool

    @classmethod
    def of(cls, path: str) -> PathTemplate:
        """Read a path."""
        pattern, place, names, greedy = "", 0, [], False
        for match in _PARAMETER.finditer(path):
            pattern += re.escape(path[place : match.start()])
            pattern += f"({'.+' if match[2] else '[^/]+'})"
            names.append(match[1])
            greedy, place = greedy or bool(match[2]), match.end()
        return cls(tuple(names), re.compile(pattern + re.escape(path[place:])), greedy)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a path; None where it is another one."""
        found = self.pattern.fullmatch(path)
        return None if found is None else dict(zip(self.names, found.groups(), strict=True))


class Kept(Generic[_T]):
    """Answers that are kept for some time, by what was asked."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], tuple[float, _T]] = {}

    def get(self, key: tuple[str, ...]) -> _T | None:
        """Return the answer, if its time has not passed."""
        until, answer = self._answers.get(key, (0.0, None))
        return answer if asyncio.get_running_loop().time() < until else None

    def put(self, key: tuple[str, ...], answer: _T, seconds: int) -> None:
        """Keep an answer for so long; 0 keeps none."""
        if seconds:
            self._answers[key] = (asyncio.get_running_loop().time() + seconds, answer)


class WebApi(ABC):
    """One API: something that answers requests, always, and says so in the trace."""

    source: ClassVar[t.WebSource]
    """Who invokes its functions, in the trace."""
    base = ""
    """What the paths of its address begin with."""

    def __init__(self, account: Account, spec: WebSpec, invoke: Invoke) -> None:
        self._account = account
        self.name = spec.name
        self._stage = spec.stage
        self._invoke = invoke
        self._domain = self._host()
        self._id = self._domain.partition(".")[0]

    def _host(self) -> str:
        """Return the name that it has on AWS."""
        own = self._account.draw("api id", self.name).randbytes(5).hex()
        return f"{own}.execute-api.{self._account.region}.amazonaws.com"

    async def answer(self, request: WebRequest) -> WebResponse:
        """Answer a request; always gives an answer."""
        started = clock.now_us()
        key = self._account.new_id("api request")
        response, route = await self._answer(request, key)
        now = clock.now_us()
        self._account.emit(
            t.HttpAnswered(
                now, self.name, key, key, request.method, request.path, route, response.status,
                now - started, self.source,
            )
        )  # fmt: skip
        return response

    @abstractmethod
    async def _answer(self, request: WebRequest, key: str) -> tuple[WebResponse, str]:
        """Return the answer, and the route it took, as the trace has it."""

    async def _call(
        self,
        function: str,
        event: dict[str, Any],
        key: str,
        source: str | None = None,
        invocation: str | None = None,
    ) -> Answered:
        caller = Caller(source or self.source, key, cause=key, invocation=invocation)
        return await self._invoke(function, dumped(event), caller)

    def _context(self, request: WebRequest, key: str) -> dict[str, Any]:
        """Return what stands in every ``requestContext`` of payload 1.0."""
        now = self._account.now()
        return {
            "accountId": self._account.id,
            "apiId": self._id,
            "domainName": self._domain,
            "domainPrefix": self._id,
            "extendedRequestId": key,
            "httpMethod": request.method,
            "protocol": "HTTP/1.1",
            "requestId": key,
            "requestTime": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
            "requestTimeEpoch": round(now.timestamp() * 1_000),
            "stage": self._stage,
        }

    def _payload_2(self, request: WebRequest, path: str, route: str, key: str) -> dict[str, Any]:
        """Return an event of payload 2.0; ``path`` is the request's, decoded or not."""
        now = self._account.now()
        headers = request.headers
        cookies = [one.strip() for one in headers.pop("cookie", "").split(";") if one.strip()]
        query = joined(request.query)
        return {
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "&".join(
                f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in request.query
            ),
            **({"cookies": cookies} if cookies else {}),
            "headers": headers,
            **({"queryStringParameters": query} if query else {}),
            "requestContext": {
                "accountId": self._account.id,
                "apiId": self._id,
                "domainName": self._domain,
                "domainPrefix": self._id,
                "http": {
                    "method": request.method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": request.source_ip,
                    "userAgent": headers.get("user-agent", ""),
                },
                "requestId": key,
                "routeKey": route,
                "stage": self._stage,
                "time": f"{now:%d/%b/%Y:%H:%M:%S +0000}",
                "timeEpoch": round(now.timestamp() * 1_000),
            },
            "isBase64Encoded": False,
        } | body_of(request)

    def _arn(self, method: str, path: str) -> str:
        """Return the ARN of one of its methods, as authorizers are told it."""
        own = f"{self._account.region}:{self._account.id}:{self._id}/{self._stage}"
        return f"arn:aws:execute-api:{own}/{method}{path}"


def listed(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Return the values of each name, in their order."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values of each name, joined by commas."""
    return {name: ",".join(values) for name, values in listed(pairs).items()}


def plain_text(value: Any) -> str:
    """Return a text, number or boolean as a text.

    Raises:
        TypeError: it is anything else.
    """
    if isinstance(value, list | dict) or value is None:
        raise TypeError("It is no text.")
    return value if isinstance(value, str) else json.dumps(value)


def body_of(request: WebRequest) -> dict[str, Any]:
    """Return a body as events of payload 2.0 have it; nothing without one."""
    if not request.body:
        return {}
    if _TEXT.fullmatch(request.media_type):
        try:
            return {"body": request.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def response_of(payload: str, media_type: str, *, simple: bool) -> WebResponse | None:
    """Return what a function's answer means; None for one that no client could read.

    Args:
        payload: what the function returned, JSON text.
        media_type: of a body of which the function says nothing.
        simple: whether an answer without a ``statusCode`` is a body of its own (payload 2.0).
    """
    try:
        return _understood(parsed(payload), media_type, simple=simple)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None


def _understood(said: Any, media_type: str, *, simple: bool) -> WebResponse | None:
    if not (isinstance(said, dict) and "statusCode" in said):
        if not simple:
            return None
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return WebResponse(200, [("content-type", JSON)], text.encode())
    status = int(said["statusCode"])
    body = said.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    raw = base64.b64decode(text) if said.get("isBase64Encoded") else text.encode()
    headers = {str(n).lower(): str(v).strip() for n, v in (said.get("headers") or {}).items()}
    many = said.get("multiValueHeaders") or {}
    headers |= {str(n).lower(): ",".join(map(str, v)).strip() for n, v in many.items()}
    headers.setdefault("content-type", media_type)
    cookies = [("set-cookie", str(cookie).strip()) for cookie in said.get("cookies") or ()]
    response = WebResponse(status, [*headers.items(), *cookies], raw)
    return response if response.is_readable else None
