"""The function URLs of a template (sam-property-function-functionurlconfig)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from warmstart.runtime.web_specs import Cors, FunctionUrlSpec

if TYPE_CHECKING:
    from typing import Literal

    from warmstart.runtime.template.cfn import Reader

_AUTH: Final = ("NONE", "AWS_IAM")
_MODES: Final = ("BUFFERED", "RESPONSE_STREAM")
_MAX_AGE: Final = (0, 86_400)


def function_url(said: Reader, name: str, function: str, *, plain: bool = False) -> FunctionUrlSpec:
    """Read a function URL; ``function`` is the ARN of what it invokes.

    ``plain``: it is an ``AWS::Lambda::Url``, and says which function that is, and which alias.
    """
    more = ("TargetFunctionArn", "Qualifier") if plain else ()
    said.only(("AuthType", "Cors", "InvokeMode", *more))
    alias = said.take("Qualifier", str, "") if plain else ""
    if "AuthType" not in said.values:
        raise said.error(
            "AuthType", f"{name} has no AuthType.", "Write AuthType: NONE, or AWS_IAM."
        )
    if said.choice("InvokeMode", "BUFFERED", _MODES) == "RESPONSE_STREAM":
        said.refuse(
            "InvokeMode", f"{name}: response streaming (RESPONSE_STREAM) is not supported.",
            "InvokeMode: BUFFERED is.",
        )  # fmt: skip
    auth = cast("Literal['NONE', 'AWS_IAM']", said.choice("AuthType", "NONE", _AUTH))
    cors = _cors(said.section("Cors")) if "Cors" in said.values else None
    return FunctionUrlSpec(name, name, f"{function}:{alias}" if alias else function, auth, cors)


def _cors(said: Reader) -> Cors:
    said.only(
        ("AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders", "AllowCredentials",
         "MaxAge")
    )  # fmt: skip
    return Cors(
        origins=tuple(said.texts("AllowOrigins")),
        methods=tuple(said.texts("AllowMethods")),
        headers=tuple(said.texts("AllowHeaders")),
        exposed=tuple(said.texts("ExposeHeaders")),
        credentials=said.flag("AllowCredentials"),
        max_age=said.within("MaxAge", 0, _MAX_AGE, "s"),
    )
