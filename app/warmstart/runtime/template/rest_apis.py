"""The REST APIs of a template, and the methods that functions' events add to them.

As SAM makes them (sam-resource-api, sam-property-function-api): each method is a Lambda proxy
integration, an event that names no API is one of ``ServerlessRestApi``, whose stage is ``Prod``,
and ``Cors`` gives each resource a mock that answers ``OPTIONS``.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.runtime import web_specs
from warmstart.runtime.template.apis import ANY, Apis
from warmstart.runtime.template.intrinsics import DEFAULT_REST_API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.runtime.template.cfn import Reader

_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_LATER: Final = {
    "DefinitionBody": "OpenAPI definitions", "DefinitionUri": "OpenAPI definitions",
    "MergeDefinitions": "OpenAPI definitions", "Models": "Models and request validation",
    "RequestModel": "Models and request validation", "CacheClusterEnabled": "Caching",
    "CacheClusterSize": "Caching", "CanarySetting": "Canary deployments",
    "Domain": "Custom domains", "DisableExecuteApiEndpoint": "Custom domains",
    "GatewayResponses": "Gateway responses of one's own", "ApiKeySourceType": "API keys",
    "ApiKeyRequired": "API keys", "UsagePlan": "Usage plans",
}  # fmt: skip
"""By property, what is known and not built yet; false says that it is not wanted."""
_IAM: Final = "AWS_IAM"


@dataclasses.dataclass(slots=True)
class _Api:
    """One API, while it is read."""

    spec: web_specs.RestApiSpec
    authorizers: dict[str, web_specs.RestAuthorizer | None]
    """By name. None stands for one of another kind that was let pass: it lets everybody in."""
    default: str | None
    cors: tuple[tuple[str, str], ...] | None
    """The headers of the answer to ``OPTIONS``, the methods apart if they are to be found out."""
    cors_guarded: bool
    methods: list[web_specs.RestMethod] = dataclasses.field(default_factory=list)


class RestApis(Apis[_Api]):
    """The REST APIs."""

    noun, section, key, implicit = "REST API", "Api", "RestApiId", DEFAULT_REST_API

    def read(self, resource: Reader, logical_id: str) -> None:
        """Read an ``AWS::Serverless::Api``."""
        properties = resource.section("Properties", over=self._defaults)
        if "StageName" not in properties.values:
            raise properties.error(
                "StageName", f"{logical_id} has no StageName.", "Write StageName: Prod."
            )
        self._add(properties, logical_id)

    def _add(self, properties: Reader, logical_id: str) -> _Api:
        _refuse_later(properties)
        properties.only(
            ("Name", "StageName", "Variables", "BinaryMediaTypes", "Cors", "Auth",
             "MethodSettings", *_LATER)
        )  # fmt: skip
        for settings in properties.sections("MethodSettings"):
            if settings.flag("CachingEnabled"):
                settings.refuse("CachingEnabled", "Caching is not supported yet.")
        stage = properties.take("StageName", str, "Prod")
        if not re.fullmatch(r"[A-Za-z0-9_]{1,128}", stage):
            raise properties.error("StageName", f"{stage!r} is no name for a stage.")
        variables = properties.section("Variables")
        spec = web_specs.RestApiSpec(
            logical_id=logical_id,
            name=properties.take("Name", str, logical_id),
            stage=stage,
            variables={name: str(variables.single(name)) for name in variables.values},
            binary_types=tuple(
                one.replace("~1", "/") for one in properties.texts("BinaryMediaTypes")
            ),
        )
        auth = properties.section("Auth")
        authorizers, default = _authorizers(auth)
        guarded = auth.flag("AddDefaultAuthorizerToCorsPreflight", default=True)
        api = _Api(spec, authorizers, default, _cors(properties), guarded)
        return self._keep(api, logical_id, spec.name)

    def event(self, said: Reader, arn: str) -> None:
        """Read a function's event of type ``Api``."""
        _refuse_later(said)
        said.only(
            ("RestApiId", "Method", "Path", "TimeoutInMillis", "Auth", "RequestModel",
             "RequestParameters")
        )  # fmt: skip
        _check_parameters(said)
        api = self._of(said)
        if api is None:
            return
        method = said.take("Method", str, "").upper()
        method = "ANY" if method in ANY else method
        if method not in {"ANY", *_METHODS}:
            raise said.error("Method", f"Method is {method.lower()!r}, and must be one of HTTP.")
        path = _path(said)
        if any((one.path, one.method) == (path, method) for one in api.methods):
            raise said.error("Path", f"{method} {path} is there twice.")
        api.methods.append(
            web_specs.RestMethod(
                path=path,
                method=method,
                function=arn,
                authorizer=_guard(said.section("Auth"), api),
                timeout_ms=said.within("TimeoutInMillis", 29_000, (50, 29_000), "ms"),
            )
        )

    def spec(self, logical_id: str) -> web_specs.RestApiSpec | None:
        """Return an API as far as it is known."""
        api = self._read.get(logical_id)
        if api is None:
            return None
        return dataclasses.replace(api.spec, methods=(*api.methods, *_preflights(api)))


def _refuse_later(said: Reader) -> None:
    for key, what in _LATER.items():
        if said.values.get(key, False) not in (False, "false"):
            said.refuse(key, f"{what} of REST APIs are not supported yet ({key}).")


def _check_parameters(said: Reader) -> None:
    """Refuse parameters that are to be checked; those that are only named change nothing."""
    for one in said.take("RequestParameters", list, []):
        settings: dict[str, Any] = next(iter(one.values()), {}) if isinstance(one, dict) else {}
        if any(value in (True, "true") for value in settings.values()):
            said.refuse(
                "RequestParameters",
                "Request validation and caching of REST APIs are not supported yet"
                " (RequestParameters).",
            )


def _path(said: Reader) -> str:
    path = said.take("Path", str, "")
    if not path.startswith("/"):
        raise said.error("Path", f"Path is {path!r}, and must begin with a slash.")
    if re.search(r"\+\}.", path):
        raise said.error("Path", f"A greedy parameter ends its path, and in {path} more follows.")
    return path


def _guard(auth: Reader, api: _Api) -> web_specs.RestAuthorizer | None:
    """Return the authorizer of a method; None for none."""
    _refuse_later(auth)
    auth.only(("Authorizer", "AuthorizationScopes", "InvokeRole", "ResourcePolicy", *_LATER))
    wanted = auth.take("Authorizer", str, "") or api.default
    if wanted == _IAM:
        _refuse_iam(auth, "Authorizer")
        return None
    if wanted not in {None, "NONE", *api.authorizers}:
        raise auth.error("Authorizer", f"There is no authorizer {wanted!r}.")
    return api.authorizers.get(wanted or "")


def _refuse_iam(auth: Reader, key: str) -> None:
    if key in auth.values:  # Of the API's default it has been said there.
        auth.refuse(key, "IAM authorizers are not supported.", "Lambda authorizers are.")


def _authorizers(auth: Reader) -> tuple[dict[str, web_specs.RestAuthorizer | None], str | None]:
    """Return an API's authorizers by name, and the name of the default one."""
    _refuse_later(auth)
    auth.only(
        ("Authorizers", "DefaultAuthorizer", "AddDefaultAuthorizerToCorsPreflight",
         "AddApiKeyRequiredToCorsPreflight", "InvokeRole", "ResourcePolicy", *_LATER)
    )  # fmt: skip
    section = auth.section("Authorizers")
    found = {name: _authorizer(section.section(name), name) for name in section.values}
    default = auth.take("DefaultAuthorizer", str, "") or None
    if default == _IAM:
        _refuse_iam(auth, "DefaultAuthorizer")
    elif default is not None and default not in found:
        raise auth.error("DefaultAuthorizer", f"There is no authorizer {default!r}.")
    return found, default


def _authorizer(one: Reader, name: str) -> web_specs.RestAuthorizer | None:
    if "UserPoolArn" in one.values:
        one.refuse(
            "UserPoolArn", f"{name}: Cognito authorizers are not supported.",
            "Lambda authorizers are (FunctionArn).",
        )  # fmt: skip
        return None
    one.only(
        ("FunctionArn", "FunctionPayloadType", "Identity", "FunctionInvokeRole",
         "AuthorizationScopes", "DisableFunctionDefaultPermissions")
    )  # fmt: skip
    kind = one.choice("FunctionPayloadType", "TOKEN", ("TOKEN", "REQUEST"))
    identity = one.section("Identity")
    seconds = identity.within("ReauthorizeEvery", 300, (0, 3_600), "s")
    expression = None
    if kind == "TOKEN":
        identity.only(("Header", "ValidationExpression", "ReauthorizeEvery"))
        sources = [f"method.request.header.{identity.take('Header', str, 'Authorization')}"]
        expression = identity.take("ValidationExpression", str, "") or None
        try:
            re.compile(expression or "")
        except re.error as error:
            why = f"{expression!r} is no regular expression: {error}."
            raise identity.error("ValidationExpression", why) from error
    else:
        identity.only(("Headers", "QueryStrings", "StageVariables", "Context", "ReauthorizeEvery"))
        sources = list(_sources(identity))
        if not sources and seconds:
            raise one.error(
                "Identity", f"{name} keeps its answers, and Identity does not say by what.",
                "Name Headers or QueryStrings there, or write ReauthorizeEvery: 0.",
            )  # fmt: skip
    return web_specs.RestAuthorizer(
        name, one.take("FunctionArn", str, ""), cast("Any", kind), tuple(sources), expression,
        seconds,
    )  # fmt: skip


def _sources(identity: Reader) -> Iterator[str]:
    kinds = {
        "Headers": "method.request.header", "QueryStrings": "method.request.querystring",
        "StageVariables": "stageVariables", "Context": "context",
    }  # fmt: skip
    for key, kind in kinds.items():
        for name in identity.texts(key):
            yield f"{kind}.{name}"


# -- CORS -----------------------------------------------------------------------------------------


def _cors(properties: Reader) -> tuple[tuple[str, str], ...] | None:
    """Return the headers of the mock that answers ``OPTIONS``; None without one."""
    if "Cors" not in properties.values:
        return None
    if not isinstance(properties.values["Cors"], dict):
        return (("Access-Control-Allow-Origin", _quoted(properties, "Cors")),)
    cors = properties.section("Cors")
    keys = {
        "AllowHeaders": "Access-Control-Allow-Headers",
        "AllowMethods": "Access-Control-Allow-Methods",
        "AllowOrigin": "Access-Control-Allow-Origin",
        "MaxAge": "Access-Control-Max-Age",
    }
    cors.only((*keys, "AllowCredentials"))
    if "AllowOrigin" not in cors.values:
        raise properties.error("Cors", "Cors has no AllowOrigin.", "Write AllowOrigin: \"'*'\".")
    found = [(header, _quoted(cors, key)) for key, header in keys.items() if key in cors.values]
    if cors.flag("AllowCredentials"):
        found.append(("Access-Control-Allow-Credentials", "true"))
    return tuple(found)


def _quoted(section: Reader, key: str) -> str:
    """Return a value that API Gateway wants in quotes of its own."""
    value = str(section.single(key))
    if not re.fullmatch(r"'[^']*'", value):
        raise section.error(
            key, f"{key} is {value}, which API Gateway takes for no text.",
            f"It wants quotes inside the quotes: {key}: \"'{value}'\".",
        )  # fmt: skip
    return value[1:-1]


def _preflights(api: _Api) -> Iterator[web_specs.RestMethod]:
    """Yield a mock for each resource that does not answer ``OPTIONS`` by itself."""
    if api.cors is None:
        return
    paths: dict[str, set[str]] = {}
    for method in api.methods:
        paths.setdefault(method.path, set()).add(method.method)
    for path, methods in paths.items():
        if "OPTIONS" in methods:
            continue
        mocked = api.cors
        if not any(name.endswith("Methods") for name, _ in mocked):
            some = _METHODS if "ANY" in methods else sorted({"OPTIONS", *methods})
            mocked = (*mocked, ("Access-Control-Allow-Methods", ",".join(some)))
        guard = api.authorizers.get(api.default or "") if api.cors_guarded else None
        yield web_specs.RestMethod(path, "OPTIONS", authorizer=guard, mocked=mocked)
