"""The HTTP APIs of a template, and the routes that functions' events add to them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.runtime import web_specs
from warmstart.runtime.template.intrinsics import DEFAULT_API

if TYPE_CHECKING:
    from warmstart.runtime.template.cfn import Reader

ANY: Final = {"ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD"}
"""How an event names every method."""


class HttpApis:
    """Reads the APIs first, then the events that name them."""

    def __init__(self, defaults: Reader) -> None:
        self._defaults = defaults
        """The template's ``Globals``."""
        self._read: dict[str, web_specs.HttpApiSpec] = {}
        """By logical id."""
        self._ids: dict[str, str] = {}
        """By what events may call an API: its logical id, or its name."""
        self._authorizers: dict[str, tuple[dict[str, web_specs.Authorizer | None], str | None]] = {}
        """By logical id: they by name, and the name of the default one. None stands for one of
        another kind that was let pass: it lets everybody in."""
        self._routes: dict[str, list[web_specs.Route]] = {}
        """By logical id."""

    def read(self, resource: Reader, logical_id: str) -> None:
        """Read an ``AWS::Serverless::HttpApi``."""
        properties = resource.section("Properties", over=self._defaults.section("HttpApi"))
        properties.only(("Name", "StageName", "Auth"))
        self._add(properties, logical_id)

    def _add(self, properties: Reader, logical_id: str) -> web_specs.HttpApiSpec:
        spec = web_specs.HttpApiSpec(
            logical_id=logical_id,
            name=properties.take("Name", str, logical_id),
            stage=properties.take("StageName", str, "$default"),
        )
        self._authorizers[logical_id] = _authorizers(properties)
        self._routes[logical_id] = []
        self._read[logical_id] = spec
        self._ids[logical_id] = self._ids[spec.name] = logical_id
        return spec

    def event(self, said: Reader, _name: str, arn: str) -> None:
        """Read a function's event of type ``HttpApi``."""
        said.only(
            ("ApiId", "Method", "Path", "PayloadFormatVersion", "TimeoutInMillis", "Auth",
             "RouteSettings")
        )  # fmt: skip
        api = self._named(said.take("ApiId", str, DEFAULT_API))
        if api is None and "ApiId" in said.values:
            said.refuse("ApiId", f"The template has no HTTP API {said.values['ApiId']!r}.")
            return
        api = api or self._add(self._defaults.section("HttpApi"), DEFAULT_API)
        method = said.take("Method", str, "ANY").upper()
        path = said.take("Path", str, "")
        key = f"{'ANY' if method in ANY else method} {path}"
        auth = said.section("Auth")
        auth.only(("Authorizer",))
        known, default = self._authorizers[api.logical_id]
        wanted = auth.take("Authorizer", str, "") or default
        if wanted not in {None, "NONE", *known}:
            raise auth.error("Authorizer", f"There is no authorizer {wanted!r}.")
        version = said.plain("PayloadFormatVersion") or "2.0"
        self._routes[api.logical_id].append(
            web_specs.Route(
                key=key if path else "$default",
                function=arn,
                payload_format=cast("Any", f"{float(version):.1f}"),
                authorizer=known.get(wanted or ""),
                timeout_ms=said.within("TimeoutInMillis", 30_000, (50, 30_000), "ms"),
            )
        )

    def _named(self, name: str) -> web_specs.HttpApiSpec | None:
        return self._read.get(self._ids.get(name, ""))

    def spec(self, logical_id: str) -> web_specs.HttpApiSpec | None:
        """Return an API as far as it is known."""
        spec = self._read.get(logical_id)
        routes = tuple(self._routes.get(logical_id, ()))
        return None if spec is None else dataclasses.replace(spec, routes=routes)


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
        version = one.plain("AuthorizerPayloadFormatVersion") or "2.0"
        found[name] = web_specs.Authorizer(
            name=name,
            function=one.take("FunctionArn", str, ""),
            identity=tuple(sources) or ("$request.header.Authorization",),
            simple_responses=one.flag("EnableSimpleResponses"),
            payload_format=cast("Any", f"{float(version):.1f}"),
            cache_ttl=identity.within("ReauthorizeEvery", 0, (0, 3_600), "s"),
        )
    default = auth.take("DefaultAuthorizer", str, "") or None
    if default is not None and default not in found:
        raise auth.error("DefaultAuthorizer", f"There is no authorizer {default!r}.")
    return found, default
