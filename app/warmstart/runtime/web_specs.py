"""What a template says of what has an address of its own: HTTP APIs, REST APIs, function URLs.

As in ``specs``: one frozen value a resource, checked and with defaults filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


IDENTITY_VARIABLES: Final = ("routeKey", "httpMethod", "path", "identity.sourceIp")
"""Of API Gateway's context, those that an identity source may name (http-api-logging-variables)."""


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A Lambda authorizer of an HTTP API."""

    name: str
    function: str
    """The function's ARN."""
    identity: tuple[str, ...] = ("$request.header.Authorization",)
    simple_responses: bool = False
    payload_format: Literal["1.0", "2.0"] = "2.0"
    cache_ttl: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """One route of an HTTP API."""

    key: str
    """``GET /orders/{id}``, ``ANY /{proxy+}`` or ``$default``."""
    function: str
    """The function's ARN."""
    payload_format: Literal["1.0", "2.0"] = "2.0"
    authorizer: Authorizer | None = None
    timeout_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class HttpApiSpec:
    """An HTTP API with its routes."""

    logical_id: str
    name: str
    routes: tuple[Route, ...] = ()
    stage: str = "$default"


@dataclass(frozen=True, slots=True)
class RestAuthorizer:
    """A Lambda authorizer of a REST API."""

    name: str
    function: str
    """The function's ARN."""
    type: Literal["TOKEN", "REQUEST"] = "TOKEN"
    identity: tuple[str, ...] = ("method.request.header.Authorization",)
    validation: str | None = None
    """The regular expression that a token has to match."""
    cache_ttl: int = 300


@dataclass(frozen=True, slots=True)
class RestMethod:
    """A method of one of a REST API's resources."""

    path: str
    """The resource's: ``/orders/{id}``."""
    method: str
    """``GET``, …, or ``ANY``."""
    function: str = ""
    """The function's ARN; without one it is a mock, which answers with ``mocked``."""
    authorizer: RestAuthorizer | None = None
    timeout_ms: int = 29_000
    mocked: tuple[tuple[str, str], ...] = ()
    """The mock's headers."""


@dataclass(frozen=True, slots=True)
class RestApiSpec:
    """A REST API with its methods, and its stage."""

    logical_id: str
    name: str
    methods: tuple[RestMethod, ...] = ()
    stage: str = "Prod"
    variables: Mapping[str, str] = field(default_factory=dict)
    """The stage's."""
    binary_types: tuple[str, ...] = ()
    """Media types, in which ``*`` stands for anything."""


@dataclass(frozen=True, slots=True)
class Cors:
    """Which pages of other origins may use a function URL; ``*`` stands for all (API_Cors)."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    """The response's headers that they may read."""
    credentials: bool = False
    max_age: int = 0
    """Seconds for which a browser may keep the answer; 0 says nothing of it."""


@dataclass(frozen=True, slots=True)
class FunctionUrlSpec:
    """A function URL."""

    logical_id: str
    name: str
    function: str
    """The function's ARN, or its alias's."""
    auth: Literal["NONE", "AWS_IAM"] = "NONE"
    cors: Cors | None = None
    stage: ClassVar[str] = "$default"
    """What events say of it, though function URLs have none (urls-invocation)."""


WebSpec = HttpApiSpec | RestApiSpec | FunctionUrlSpec
