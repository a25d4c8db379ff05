"""Lambda authorizers of REST APIs: whom they let in, and how long their answers are kept.

(API Gateway developer guide: apigateway-use-lambda-authorizer, api-gateway-lambda-authorizer-input
and -output. What a policy's refusal says was measured by others: dev.to, API Gateway + Lambda
authorizer + Lambda proxy integration failure modes.)

An answer is kept by the identity it was asked for, whatever the method, and its policy held against
each method: one that allows a single method refuses all others until it is asked again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime import clock
from warmstart.runtime.jsontext import parsed
from warmstart.runtime.services.web import Kept, plain_text

if TYPE_CHECKING:
    from warmstart.runtime.services.queue_source import Answered
    from warmstart.runtime.web_specs import RestAuthorizer

SECONDS: Final = 29
"""For which an authorizer is waited for: AWS names no figure, so it is that of integrations."""
_INVOKE: Final = "execute-api:Invoke"

Ask = Callable[[str, dict[str, Any]], Awaitable["Answered"]]
"""Invokes an authorizer's function with an event."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request was not let in."""

    status: int
    error: str
    """As ``x-amzn-ErrorType`` names it."""
    body: Mapping[str, str | None]


UNAUTHORIZED: Final = Refusal(401, "UnauthorizedException", {"message": "Unauthorized"})
FAILED: Final = Refusal(500, "AuthorizerConfigurationException", {"message": None})
_DENIED: Final = "User is not authorized to access this resource"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What an authorizer answered."""

    statements: Sequence[Mapping[str, Any]]
    context: Mapping[str, Any]

    def refusal(self, arn: str) -> Refusal | None:
        """Return why a method may not be called; None where it may."""
        effects = {one.get("Effect") for one in self.statements if _covers(one, arn)}
        if "Allow" in effects and "Deny" not in effects:
            return None
        why = f"{_DENIED} with an explicit deny" if "Deny" in effects else _DENIED
        return Refusal(403, "AccessDeniedException", {"Message": why})


class Authorizers:
    """The authorizers of one API, with the answers that are kept."""

    def __init__(self) -> None:
        self._kept: Kept[_Verdict] = Kept()

    async def admit(
        self, authorizer: RestAuthorizer, event: dict[str, Any], arn: str, ask: Ask
    ) -> dict[str, Any] | Refusal:
        """Return what the function is told of who was let in, or why the request was not.

        ``event`` is the one the function would get, ``arn`` that of the method.
        """
        identity = [_identity(source, event) for source in authorizer.identity]
        if not all(identity) or not _is_valid(authorizer, identity):
            return UNAUTHORIZED
        key = (authorizer.name, *map(str, identity))
        started = clock.now_us()
        verdict = self._kept.get(key)
        if verdict is None:
            answered = await _decided(ask, authorizer, _asked(authorizer, event, arn, identity))
            if isinstance(answered, Refusal):
                return answered
            verdict = answered
            self._kept.put(key, verdict, authorizer.cache_ttl)
        took = (clock.now_us() - started) // 1_000
        return verdict.refusal(arn) or {**verdict.context, "integrationLatency": took}


async def _decided(
    ask: Ask, authorizer: RestAuthorizer, event: dict[str, Any]
) -> _Verdict | Refusal:
    try:
        async with asyncio.timeout(SECONDS):
            return _verdict(await ask(authorizer.function, event))
    except TimeoutError:
        return FAILED


def _identity(source: str, event: Mapping[str, Any]) -> str | None:
    """Return what an identity source names in a request; None where it is not there."""
    kind, _, name = source.removeprefix("method.request.").partition(".")
    match kind:
        case "header":
            values = {spelt.lower(): value for spelt, value in event["headers"].items()}
            return values.get(name.lower())
        case "querystring":
            return (event["queryStringParameters"] or {}).get(name)
        case "stageVariables":
            return (event["stageVariables"] or {}).get(name)
    found: Any = event["requestContext"]
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return None if found is None else str(found)


def _is_valid(authorizer: RestAuthorizer, identity: list[str | None]) -> bool:
    expression = authorizer.validation
    return expression is None or re.fullmatch(expression, identity[0] or "") is not None


def _asked(
    authorizer: RestAuthorizer, event: dict[str, Any], arn: str, identity: list[str | None]
) -> dict[str, Any]:
    """Return the event of the authorizer's function."""
    own = {"type": authorizer.type, "methodArn": arn}
    if authorizer.type == "TOKEN":
        return own | {"authorizationToken": identity[0]}
    told = {name: value for name, value in event.items() if name not in {"body", "isBase64Encoded"}}
    return own | {name: {} if value is None else value for name, value in told.items()}


def _verdict(answer: Answered) -> _Verdict | Refusal:
    try:
        said = parsed(answer.payload)
        if answer.function_error is not None:
            return UNAUTHORIZED if said["errorMessage"] == "Unauthorized" else FAILED
        if answer.refused:
            return FAILED
        statements = said["policyDocument"]["Statement"]
        context = {
            name: None if value is None else plain_text(value)
            for name, value in (said.get("context") or {}).items()
        }
        found = [
            dict(one) for one in (statements if isinstance(statements, list) else [statements])
        ]
        return _Verdict(found, context | {"principalId": said.get("principalId")})
    except (ValueError, KeyError, TypeError, AttributeError):
        return FAILED


def _covers(statement: Mapping[str, Any], arn: str) -> bool:
    """Say whether a statement is about calling a method; conditions are not looked at."""
    return _any(statement.get("Action"), _INVOKE) and _any(statement.get("Resource"), arn)


def _any(patterns: Any, value: str) -> bool:
    """Match as IAM does: ``*`` is any text, also across slashes, and ``?`` a character."""
    some = patterns if isinstance(patterns, list) else [patterns]
    expressions = (re.escape(str(one)).replace(r"\*", ".*").replace(r"\?", ".") for one in some)
    return any(re.fullmatch(one, value, re.DOTALL | re.IGNORECASE) for one in expressions)
