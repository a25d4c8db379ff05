"""The HTTP APIs of a template, the routes that functions' events add, and what REST APIs share."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, Generic, Literal, TypeVar

from warmstart.runtime import web_specs
from warmstart.runtime.template.intrinsics import DEFAULT_API

if TYPE_CHECKING:
    from warmstart.runtime.template.cfn import Reader

ANY: Final = {"ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD"}
"""How an event names every method."""


_A = TypeVar("_A")


class Apis(ABC, Generic[_A]):
    """The APIs of one kind: those of the template first, then what the events that name them add.

    ``_A`` is an API while it is read.
    """

    noun: ClassVar[str]
    section: ClassVar[str]
    """Of ``Globals``."""
    key: ClassVar[str]
    """Under which an event names its API."""
    implicit: ClassVar[str]
    """The logical id of the one that SAM makes for events that name none."""

    def __init__(self, defaults: Reader) -> None:
        self._globals = defaults
        """The template's."""
        self._read: dict[str, _A] = {}
        """By logical id."""
        self._named: dict[str, _A] = {}
        """By what events may call an API: its logical id, or its name."""

    @property
    def _defaults(self) -> Reader:
        return self._globals.section(self.section)

    @abstractmethod
    def _add(self, properties: Reader, logical_id: str) -> _A:
        """Read an API, and keep it."""

    def _keep(self, api: _A, logical_id: str, name: str) -> _A:
        self._read[logical_id] = self._named[logical_id] = self._named[name] = api
        return api

    def _of(self, said: Reader) -> _A | None:
        """Return the API that an event is one of; None where that has been refused."""
        api = self._named.get(said.take(self.key, str, self.implicit))
        if api is None and self.key in said.values:
            said.refuse(self.key, f"The template has no {self.noun} {said.values[self.key]!r}.")
            return None
        return api or self._add(self._defaults, self.implicit)


@dataclasses.dataclass(slots=True)
class _HttpApi:
    """One API, while it is read."""

    spec: web_specs.HttpApiSpec
    authorizers: dict[str, web_specs.Authorizer | None]
    """By name. None stands for one of another kind that was let pass: it lets everybody in."""
    default: str | None
    routes: list[web_specs.Route] = dataclasses.field(default_factory=list)


class HttpApis(Apis[_HttpApi]):
    """The HTTP APIs."""

    noun, section, key, implicit = "HTTP API", "HttpApi", "ApiId", DEFAULT_API

    def read(self, resource: Reader, logical_id: str) -> None:
        """Read an ``AWS::Serverless::HttpApi``."""
        properties = resource.section("Properties", over=self._defaults)
        properties.only(("Name", "StageName", "Auth"))
        self._add(properties, logical_id)

    def _add(self, properties: Reader, logical_id: str) -> _HttpApi:
        spec = web_specs.HttpApiSpec(
            logical_id=logical_id,
            name=properties.take("Name", str, logical_id),
            stage=properties.take("StageName", str, "$default"),
        )
        return self._keep(_HttpApi(spec, *_authorizers(properties)), logical_id, spec.name)

    def event(self, said: Reader, arn: str) -> None:
        """Read a function's event of type ``HttpApi``."""
        said.only(
            ("ApiId", "Method", "Path", "PayloadFormatVersion", "TimeoutInMillis", "Auth",
             "RouteSettings")
        )  # fmt: skip
        api = self._of(said)
        if api is None:
            return
        method = said.take("Method", str, "ANY").upper()
        path = said.take("Path", str, "")
        key = f"{'ANY' if method in ANY else method} {path}"
        auth = said.section("Auth")
        auth.only(("Authorizer",))
        wanted = auth.take("Authorizer", str, "") or api.default
        if wanted not in {None, "NONE", *api.authorizers}:
            raise auth.error("Authorizer", f"There is no authorizer {wanted!r}.")
        api.routes.append(
            web_specs.Route(
                key=key if path else "$default",
                function=arn,
                payload_format=_payload_format(said, "PayloadFormatVersion"),
                authorizer=api.authorizers.get(wanted or ""),
                timeout_ms=said.within("TimeoutInMillis", 30_000, (50, 30_000), "ms"),
            )
        )

    def spec(self, logical_id: str) -> web_specs.HttpApiSpec | None:
        """Return an API as far as it is known."""
        api = self._read.get(logical_id)
        return None if api is None else dataclasses.replace(api.spec, routes=tuple(api.routes))


def _authorizers(properties: Reader) -> tuple[dict[str, web_specs.Authorizer | None], str | None]:
    auth = properties.section("Auth")
    auth.only(("Authorizers", "DefaultAuthorizer"))
    section = auth.section("Authorizers")
    found: dict[str, web_specs.Authorizer | None] = {}
    for name in section.values:
        one = section.section(name)
        if "JwtConfiguration" in one.values:
            one.refuse(
                "JwtConfiguration", f"{name}: JWT authorizers are not supported.",
                "Lambda authorizers are (FunctionArn).",
            )  # fmt: skip
            found[name] = None
            continue
        one.only(
            ("FunctionArn", "Identity", "EnableSimpleResponses", "AuthorizerPayloadFormatVersion",
             "FunctionInvokeRole", "EnableFunctionDefaultPermissions")
        )  # fmt: skip
        identity = one.section("Identity")
        identity.only(("Context", "Headers", "QueryStrings", "ReauthorizeEvery"))
        sources = [f"$request.header.{header}" for header in identity.texts("Headers")]
        sources += [f"$request.querystring.{text}" for text in identity.texts("QueryStrings")]
        for variable in identity.texts("Context"):
            if variable in web_specs.IDENTITY_VARIABLES:
                sources.append(f"$context.{variable}")
            else:
                identity.refuse(
                    "Context", f"{name}: the variable {variable} is not supported.",
                    f"Supported: {', '.join(web_specs.IDENTITY_VARIABLES)}.",
                )  # fmt: skip
        found[name] = web_specs.Authorizer(
            name=name,
            function=one.take("FunctionArn", str, ""),
            identity=tuple(sources) or ("$request.header.Authorization",),
            simple_responses=one.flag("EnableSimpleResponses"),
            payload_format=_payload_format(one, "AuthorizerPayloadFormatVersion"),
            cache_ttl=identity.within("ReauthorizeEvery", 0, (0, 3_600), "s"),
        )
    default = auth.take("DefaultAuthorizer", str, "") or None
    if default is not None and default not in found:
        raise auth.error("DefaultAuthorizer", f"There is no authorizer {default!r}.")
    return found, default


def _payload_format(said: Reader, key: str) -> Literal["1.0", "2.0"]:
    match said.plain(key):
        case None | "2.0" | 2.0:
            return "2.0"
        case "1.0" | 1.0:
            return "1.0"
        case other:
            raise said.error(key, f"{key} is {other!r}, and must be '1.0' or '2.0'.")
