"""AWS Lambda's own API: invoking functions, their versions and aliases, and what is set aside.

What creates or changes code is left out: functions come from the template.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from warmstart.runtime.asynchronous import EventQueue
from warmstart.runtime.fleet import Fleet
from warmstart.runtime.invoke import OK, Lambda, Request
from warmstart.runtime.services.base import ServiceError
from warmstart.runtime.services.function_settings import Settings
from warmstart.runtime.specs import (
    ENVIRONMENT_BYTES,
    LATEST,
    RESERVED_VARIABLES,
    Alias,
    environment_size,
)
from warmstart.runtime.versions import Functions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warmstart.runtime.environments import World
    from warmstart.runtime.invoke import Answer
    from warmstart.runtime.services.base import Caller, Operation
    from warmstart.runtime.specs import FunctionSpec, LoggingConfig
    from warmstart.runtime.versions import Function, Version

_STATE_REASONS: Final = {"Pending": "Creating", "Failed": "FunctionError"}
_LOG_BYTES: Final = 4_096
"""Of the log that an answer shows (API_Invoke, LogType)."""


class LambdaService:
    """The service of one account."""

    name = "lambda"

    def __init__(self, world: World, specs: Iterable[FunctionSpec]) -> None:
        specs = list(specs)
        self._account = account = world.account
        self.fleet = self._fleet = Fleet(world, specs)
        self._functions = Functions(account, specs)
        self.invoker = self._lambda = Lambda(account, self._functions, self._fleet)
        self._events = EventQueue(account, self._lambda, self._fleet)
        self._settings = Settings(account, self._functions, self._fleet)
        for function in self._functions:
            self._take_events(function)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What it can do."""
        return {
            "Invoke": self._invoke,
            "GetFunction": self._get,
            "GetFunctionConfiguration": self._get_configuration,
            "UpdateFunctionConfiguration": self._update_configuration,
            "ListFunctions": self._list,
            "PublishVersion": self._publish,
            "ListVersionsByFunction": self._list_versions,
            "CreateAlias": self._create_alias,
            "UpdateAlias": self._update_alias,
            "GetAlias": self._get_alias,
            "DeleteAlias": self._delete_alias,
            "ListAliases": self._list_aliases,
            **self._settings.operations,
        }

    async def start(self, *, at_once: bool) -> None:
        """Make snapshots and provisioned concurrency of what the template publishes.

        ``at_once``: it was deployed before the run began, and takes none of its time.
        """
        for function in self._functions:
            for version in function.versions.values():
                if version.spec.snap_start:
                    await self._fleet.snapshot(version, at_once=True)
            for alias in function.aliases.values():
                if alias.provisioned_concurrency:
                    version = function.versions[alias.version]
                    own = self._fleet.provision(version, alias.provisioned_concurrency)
                    if at_once:
                        await own.allocate(at_once=True)
                    else:
                        self._account.spawn(own.allocate())

    # -- invocation -------------------------------------------------------------------------------

    async def _invoke(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        name, qualifier = str(asked["FunctionName"]), asked.get("Qualifier")
        raw = asked.get("Payload") or b""
        payload = raw if isinstance(raw, str) else bytes(raw).decode(errors="surrogateescape")
        context = _decoded(asked.get("ClientContext"))
        match asked.get("InvocationType", "RequestResponse"):
            case "DryRun":
                self._functions.resolve(name, qualifier)
                return {"StatusCode": 204, "Payload": b""}
            case "Event":
                await self._events.put(name, payload, caller, qualifier, context)
                return {"StatusCode": 202, "Payload": b""}
            case _:
                tail = asked.get("LogType") == "Tail"
                request = Request(
                    payload, caller.source, caller.root, qualifier, context, tail, caller.behind,
                    caller.chain,
                )  # fmt: skip
                answer = await self._lambda.send(name, request)
                return _answered(answer, tail=tail)

    def _take_events(self, function: Function) -> None:
        """Let what is sent to any of a function's ARNs invoke it asynchronously."""
        name = function.latest.spec.name
        for qualifier in (None, LATEST, *function.versions, *function.aliases):
            arn = self._functions.arn(name, qualifier)

            async def take(payload: str, caller: Caller, arn: str = arn) -> None:
                await self._events.put(arn, payload, caller)

            self._account.takes(arn, take)

    # -- functions and versions -------------------------------------------------------------------

    async def _get(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        reserved = await self._settings.get_concurrency(asked, caller)
        return {
            "Configuration": await self._get_configuration(asked, caller),
            "Code": {"RepositoryType": "S3", "Location": ""},
            **({"Concurrency": reserved} if reserved else {}),
        }

    async def _get_configuration(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        target = self._functions.resolve(asked["FunctionName"], asked.get("Qualifier"))
        return self._shown(target.version, target.arn)

    async def _update_configuration(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function = self._functions.get(asked["FunctionName"])
        known = {"FunctionName", "MemorySize", "Timeout", "Description", "Environment"}
        if unknown := sorted(set(asked) - known):
            raise ServiceError(
                "InvalidParameterValueException",
                f"{unknown[0]} cannot be changed here: functions come from the template.",
            )
        spec, changes = function.latest.spec, dict[str, Any]()
        if "Environment" in asked:
            variables = dict(asked["Environment"].get("Variables") or {})
            if reserved := sorted(RESERVED_VARIABLES & set(variables)):
                raise _invalid(
                    "Lambda was unable to configure your environment variables because the "
                    "environment variables you have provided contains reserved keys that are "
                    f"currently not supported for modification. Reserved keys used in this "
                    f"request: {', '.join(reserved)}"
                )
            if environment_size(variables) > ENVIRONMENT_BYTES:
                raise _invalid(
                    "Lambda was unable to configure your environment variables because the "
                    f"environment variables you have provided exceeded the {ENVIRONMENT_BYTES} "
                    "bytes limit."
                )
            changes["environment"] = variables
        for parameter, name, least, most in (
            ("MemorySize", "memory_size", 128, 10_240),
            ("Timeout", "timeout", 1, 900),
        ):
            if parameter in asked:
                value = int(asked[parameter])
                if not least <= value <= most:
                    raise _invalid(f"{parameter} must lie between {least} and {most}")
                changes[name] = value
        if "Description" in asked:
            changes["description"] = str(asked["Description"])
        function.latest = replace(function.latest, spec=replace(spec, **changes))
        self._fleet.update(function.latest)
        return self._shown(function.latest, self._functions.arn(spec.name))

    async def _list(self, _asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        return {
            "Functions": [
                self._shown(each.latest, self._functions.arn(each.latest.spec.name))
                for each in self._functions
            ]
        }

    async def _publish(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function = self._functions.get(asked["FunctionName"])
        known = set(function.versions)
        version = function.publish()
        if version.number not in known:
            self._take_events(function)
            if version.spec.snap_start:
                self._account.spawn(self._fleet.snapshot(version, at_once=False))
        return self._shown(version, self._arn(function, version.number))

    async def _list_versions(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function = self._functions.get(asked["FunctionName"])
        versions = (function.latest, *function.versions.values())
        return {"Versions": [self._shown(v, self._arn(function, v.number)) for v in versions]}

    def _shown(self, version: Version, arn: str) -> dict[str, Any]:
        spec, state = version.spec, self._fleet.state(version)
        return {
            "FunctionName": spec.name,
            "FunctionArn": arn,
            "Runtime": spec.runtime or "provided.al2023",
            "Role": f"arn:aws:iam::{self._account.id}:role/{spec.name}",
            "Handler": spec.handler,
            "CodeSize": round(spec.costs.package_mb * 1_048_576),
            "Description": spec.description,
            "Timeout": spec.timeout,
            "MemorySize": spec.memory_size,
            "LastModified": f"{self._account.start:%Y-%m-%dT%H:%M:%S}.000+0000",
            "Version": version.number,
            "Environment": {"Variables": dict(spec.environment)},
            "State": state,
            **({} if state == "Active" else {"StateReasonCode": _STATE_REASONS[state]}),
            "PackageType": "Zip",
            "Architectures": [spec.architecture],
            "EphemeralStorage": {"Size": spec.ephemeral_storage},
            "SnapStart": {
                "ApplyOn": "PublishedVersions" if spec.snap_start else "None",
                "OptimizationStatus": (
                    "On"
                    if spec.snap_start and version.number != LATEST and state == "Active"
                    else "Off"
                ),
            },
            "LoggingConfig": _shown_logging(spec.logging),
            **({"DeadLetterConfig": {"TargetArn": spec.dead_letter}} if spec.dead_letter else {}),
        }

    # -- aliases ----------------------------------------------------------------------------------

    async def _create_alias(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function, name = self._functions.get(asked["FunctionName"]), str(asked["Name"])
        if name in function.aliases:
            raise ServiceError(
                "ResourceConflictException",
                f"Alias already exists: {self._arn(function, name)}", 409, {"Type": "User"},
            )  # fmt: skip
        function.aliases[name] = self._alias(function, Alias(name, ""), asked)
        self._take_events(function)
        return self._shown_alias(function, name)

    async def _update_alias(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function, alias = self._find_alias(asked)
        function.aliases[alias.name] = self._alias(function, alias, asked)
        return self._shown_alias(function, alias.name)

    async def _get_alias(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function, alias = self._find_alias(asked)
        return self._shown_alias(function, alias.name)

    async def _delete_alias(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function, alias = self._find_alias(asked)
        del function.aliases[alias.name]
        return {}

    async def _list_aliases(self, asked: dict[str, Any], _caller: Caller) -> dict[str, Any]:
        function = self._functions.get(asked["FunctionName"])
        version = asked.get("FunctionVersion")
        return {
            "Aliases": [
                self._shown_alias(function, name)
                for name, alias in function.aliases.items()
                if version in (None, alias.version)
            ]
        }

    def _alias(self, function: Function, alias: Alias, asked: dict[str, Any]) -> Alias:
        """Return the alias with what was asked for; versions must exist, weights be shares."""
        version = str(asked.get("FunctionVersion") or alias.version)
        routing = asked.get("RoutingConfig")
        weights = alias.weights
        if routing is not None:
            weights = dict(routing.get("AdditionalVersionWeights") or {})
        if any(not 0 <= share <= 1 for share in weights.values()) or len(weights) > 1:
            raise _invalid("An alias sends a share from 0 to 1 to at most one additional version.")
        for number in (version, *weights):
            if number not in function.versions and (number != LATEST or weights):
                raise ServiceError(
                    "ResourceNotFoundException",
                    f"Function not found: {self._arn(function, number)}", 404, {"Type": "User"},
                )  # fmt: skip
        return replace(alias, version=version, weights=weights)

    def _find_alias(self, asked: dict[str, Any]) -> tuple[Function, Alias]:
        function, name = self._functions.get(asked["FunctionName"]), str(asked["Name"])
        if name not in function.aliases:
            raise ServiceError(
                "ResourceNotFoundException",
                f"Cannot find alias arn: {self._arn(function, name)}", 404, {"Type": "User"},
            )  # fmt: skip
        return function, function.aliases[name]

    def _shown_alias(self, function: Function, name: str) -> dict[str, Any]:
        alias = function.aliases[name]
        routing = {"AdditionalVersionWeights": dict(alias.weights)}
        return {
            "AliasArn": self._arn(function, name),
            "Name": name,
            "FunctionVersion": alias.version,
            "Description": "",
            **({"RoutingConfig": routing} if alias.weights else {}),
        }

    def _arn(self, function: Function, qualifier: str | None = None) -> str:
        return self._functions.arn(function.latest.spec.name, qualifier)


def _answered(answer: Answer, *, tail: bool) -> dict[str, Any]:
    """Return what Invoke gives, or raise what it refuses with."""
    if answer.refused:
        told = json.loads(answer.payload)
        message = str(told.get("Message") or told.get("message") or "")
        fields = {name: told[name] for name in ("Reason", "Type") if name in told}
        raise ServiceError(answer.error_code or "", message, answer.status_code, fields)
    found: dict[str, Any] = {
        "StatusCode": OK,
        "ExecutedVersion": answer.version,
        "Payload": answer.payload.encode(errors="surrogatepass"),
    }
    if answer.function_error is not None:
        found["FunctionError"] = answer.function_error
    if tail:
        text = "".join(f"{line}\n" for line in answer.log).encode(errors="replace")
        found["LogResult"] = base64.b64encode(text[-_LOG_BYTES:]).decode()
    return found


def _shown_logging(logging: LoggingConfig) -> dict[str, str]:
    levels = {
        "ApplicationLogLevel": logging.application_log_level,
        "SystemLogLevel": logging.system_log_level,
    }
    return {
        "LogFormat": logging.log_format,
        **(levels if logging.as_json else {}),
        "LogGroup": logging.log_group,
    }


def _decoded(context: str | None) -> str | None:
    """Return a client context as JSON text."""
    if not context:
        return None
    try:
        return base64.b64decode(context, validate=True).decode()
    except ValueError as error:
        raise ServiceError(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        ) from error


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message)
