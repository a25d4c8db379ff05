"""The APIs of API Gateway: what stands in the resource; their routes stand in functions' events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from warmstart.runtime import specs

if TYPE_CHECKING:
    from warmstart.runtime.template.cfn import Reader


def http_api(properties: Reader, logical_id: str) -> specs.HttpApiSpec:
    """Read an ``AWS::Serverless::HttpApi``; its routes come from the functions' events."""
    properties.only(("Name", "StageName", "Auth"))
    return specs.HttpApiSpec(
        logical_id=logical_id,
        name=properties.take("Name", str, logical_id),
        stage=properties.take("StageName", str, "$default"),
    )


def authorizers(properties: Reader) -> tuple[dict[str, specs.Authorizer | None], str | None]:
    """Return an API's Lambda authorizers by name, and the name of the default one.

    None stands for one of another kind that was let pass: it lets everybody in.
    """
    auth = properties.section("Auth")
    auth.only(("Authorizers", "DefaultAuthorizer"))
    section = auth.section("Authorizers")
    found: dict[str, specs.Authorizer | None] = {}
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
        identity.only(("Headers", "QueryStrings", "ReauthorizeEvery"))
        sources = [f"$request.header.{header}" for header in identity.texts("Headers")]
        sources += [f"$request.querystring.{text}" for text in identity.texts("QueryStrings")]
        version = one.plain("AuthorizerPayloadFormatVersion") or "2.0"
        found[name] = specs.Authorizer(
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
