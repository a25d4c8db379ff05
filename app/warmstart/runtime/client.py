"""Who makes a scenario's calls: functions invoked, operations called, requests sent."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from warmstart.errors import UsageError
from warmstart.runtime import clock
from warmstart.runtime import trace as t
from warmstart.runtime.calls import AnyCall, ApiCall, Call, HttpCall
from warmstart.runtime.endpoint import models
from warmstart.runtime.launch import Outcome
from warmstart.runtime.services.base import Caller, ServiceError
from warmstart.runtime.services.web import Signer, WebRequest
from warmstart.runtime.specs import arn, reference
from warmstart.runtime.web_specs import WebSpec
from warmstart.text import meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botocore.model import Shape

    from warmstart.runtime.endpoint.aws import AwsEndpoint
    from warmstart.runtime.invoke import Lambda
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.services.web import WebApi
    from warmstart.runtime.template import Application

_OK = 200
_PLAIN = "/!$&'()*+,;=:@"
"""What a path may hold besides letters, digits and ``-._~`` (RFC 3986)."""
_REFERENCE = re.compile(r"\$\{(\w+)(\.Arn)?\}")


class Client:
    """Makes the calls of one run."""

    def __init__(
        self,
        account: Account,
        functions: Lambda,
        endpoint: AwsEndpoint,
        apis: Mapping[str, WebApi],
    ) -> None:
        self._account = account
        self._functions = functions
        self._endpoint = endpoint
        self._apis = apis

    async def make(self, index: int, call: AnyCall) -> Outcome:
        """Make a call that ``prepared`` has gone over, and return what came of it."""
        match call:
            case Call():
                answer = await self._functions.invoke(
                    call.function, call.payload, source=call.source
                )
                return Outcome(
                    index, answer.request, answer.status_code, answer.payload, answer.function_error
                )
            case HttpCall():
                api = self._apis[call.api]
                response = await api.answer(
                    WebRequest(
                        call.method,
                        api.base + quote(call.path, safe=_PLAIN),
                        [(name, value) for name, value in call.query],
                        list(call.headers.items()),
                        call.body.encode(),
                        signer=lambda: Signer(self._endpoint.access_key(call.source), call.source),
                    )
                )
                return Outcome(index, "", response.status, _text(response.body))
            case ApiCall():
                return await self._operate(index, call)

    async def _operate(self, index: int, call: ApiCall) -> Outcome:
        started = clock.now_us()
        caller = Caller(call.source, self._account.new_id("root"))
        status, code = _OK, None
        try:
            await self._endpoint.spend(call.service)
            result = await self._account.call(
                call.service, call.operation, dict(call.parameters), caller
            )
        except ServiceError as error:
            status, code = error.status, error.code
            result = {"Error": {"Code": error.code, "Message": error.message}}
        now = clock.now_us()
        self._account.emit(
            t.ApiCalled(
                now, call.source, None, caller.root, call.service, call.operation, now - started,
                status, code,
            )
        )  # fmt: skip
        return Outcome(index, caller.root, status, json.dumps(result, default=_plain))


def prepared(calls: Iterable[AnyCall], application: Application) -> list[AnyCall]:
    """Return the calls, checked against the template and the APIs they use, ready to be made.

    Raises:
        UsageError: a call names what the template or the service does not have.
    """
    return [_prepared(call, application) for call in calls]


def _prepared(call: AnyCall, application: Application) -> AnyCall:
    match call:
        case Call():
            functions = application.functions
            names = {*functions, *(spec.name for spec in functions.values())}
            if call.function.partition(":")[0] not in names:  # An alias or version may follow.
                why = [w for w in application.warnings if call.function in w]  # It was left out.
                raise _unknown("function", call.function, functions, why)
        case HttpCall():
            apis = {
                name: spec.name
                for name, spec in application.resources.items()
                if isinstance(spec, WebSpec)
            }
            if call.api not in {*apis, *apis.values()}:
                raise _unknown("API", call.api, apis)
            return replace(call, api=apis.get(call.api, call.api))
        case ApiCall():
            return replace(call, parameters=_parameters(call, application))
    return call


def _unknown(kind: str, name: str, known: Iterable[str], why: Iterable[str] = ()) -> UsageError:
    names = list(known)
    hint = f"{meant(name, names)}It has: {', '.join(names)}." if names else "It has none."
    return UsageError(
        f"A call names the {kind} {name!r}, which the template does not have.",
        hint=" ".join([hint, *why]),
    )


def _parameters(call: ApiCall, application: Application) -> dict[str, Any]:
    from botocore.validate import ParamValidator

    model = models.service_model(call.service)
    if model is None or call.operation not in model.operation_names:
        raise UsageError(
            f"A call names the operation {call.service}:{call.operation}, which AWS does not have."
        )
    shape = model.operation_model(call.operation).input_shape
    if shape is None:
        return {}
    found: dict[str, Any] = _shaped(shape, _resolved(call.parameters, application))
    report = ParamValidator().validate(found, shape)
    if report.has_errors():
        why = report.generate_report().replace("\n", "; ")
        raise UsageError(f"A call of {call.service}:{call.operation} is not right: {why}.")
    return found


def _resolved(value: Any, application: Application) -> Any:
    """Return a value with ``${Resource}`` in its texts replaced."""
    match value:
        case str():
            return _REFERENCE.sub(lambda found: _named(found, application), value)
        case dict():
            return {key: _resolved(inner, application) for key, inner in value.items()}
        case list():
            return [_resolved(inner, application) for inner in value]
    return value


def _named(found: re.Match[str], application: Application) -> str:
    resources = {**application.functions, **application.resources}
    spec = resources.get(found[1])
    if spec is None:
        raise _unknown("resource", found[1], resources)
    named = arn if found[2] else reference
    return named(type(spec), spec.name, application.region)


def _shaped(shape: Shape, value: Any) -> Any:  # noqa: PLR0911 — a flat look at what it is
    """Return JSON data as boto3 takes it for a shape: texts as bytes, JSON for what is a text."""
    match shape.type_name, value:
        case "structure", dict():
            members = shape.members
            return {
                key: _shaped(members[key], inner) if key in members else inner
                for key, inner in value.items()
            }
        case "list", list():
            return [_shaped(shape.member, inner) for inner in value]
        case "map", dict():
            return {key: _shaped(shape.value, inner) for key, inner in value.items()}
        case "string", dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case "blob", str():
            return value.encode()
        case "blob", dict() | list():
            return json.dumps(value, ensure_ascii=False).encode()
        case "timestamp", str():
            return datetime.fromisoformat(value)
    return value


def _plain(value: object) -> Any:
    """Return what JSON does not know as something that it does."""
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode()
