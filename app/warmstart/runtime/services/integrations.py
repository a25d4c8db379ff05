"""What a Task may call: functions, and the services of this runtime; any other is refused by name.

Optimised integrations give what their pages in the Step Functions guide show: a function's answer
wrapped with its status, a nested execution's output as text (``.sync``) or as JSON (``.sync:2``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from warmstart.runtime.asl.tasks import Call, Submitted, TaskError
from warmstart.runtime.asl.values import Json, from_text, to_text
from warmstart.runtime.services.base import Account, Caller, ServiceError
from warmstart.runtime.trace import task

if TYPE_CHECKING:
    from warmstart.runtime.services.queue_source import Answered, Invoke

Nested = Callable[[Call, Caller], Awaitable[Json | Submitted]]

_OPTIMISED: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "sqs": ("sqs", "SQS", frozenset(("sendMessage",))),
    "sns": ("sns", "SNS", frozenset(("publish",))),
    "events": ("events", "EventBridge", frozenset(("putEvents",))),
    "dynamodb": (
        "dynamodb", "DynamoDB", frozenset(("getItem", "putItem", "updateItem", "deleteItem")),
    ),
    "s3": ("s3", "S3", frozenset(("getObject", "putObject", "listObjectsV2"))),
}  # fmt: skip
"""By the name in a Resource: our service, how its errors begin, what it can be asked for.

S3's are for a distributed Map's items and results alone (guide: "Integrating optimized services").
"""
_SDK = {
    "sqs": ("sqs", "Sqs"), "sns": ("sns", "Sns"), "eventbridge": ("events", "EventBridge"),
    "dynamodb": ("dynamodb", "DynamoDb"), "s3": ("s3", "S3"),
}  # fmt: skip
"""The same for ``aws-sdk:``, where all operations can be called and errors end in Exception."""


@dataclass(frozen=True, slots=True)
class Integrations:
    """Does the work of Tasks through the account's services."""

    account: Account
    invoke: Invoke
    nested: Nested
    activity: Callable[[Call], Json]
    """Lets an activity's task wait for a worker."""
    caller: Caller

    async def __call__(self, call: Call) -> Json | Submitted:
        """Do one attempt. Raises TaskError."""
        cause = task(call.execution.rpartition(":")[2], call.event)
        own = replace(self, caller=replace(self.caller, cause=cause))
        return await own.perform(call)

    async def perform(self, call: Call) -> Json | Submitted:
        """Do one attempt in the name of ``caller``. Raises TaskError."""
        resource = call.resource
        if resource.service == "function":
            return await self._function(resource.arn, call.arguments)
        if resource.service == "lambda" and resource.action == "invoke":
            return await self._invoke(call)
        if resource.service == "activity":
            return self.activity(call)
        if resource.service == "states" and resource.action == "startExecution":
            return await self.nested(call, self.caller)
        if resource.sdk and resource.service in _SDK:
            return await self._service(call, *_SDK[resource.service])
        if not resource.sdk and resource.service in _OPTIMISED:
            service, prefix, actions = _OPTIMISED[resource.service]
            if resource.action in actions:
                return await self._service(call, service, prefix)
        raise TaskError(
            "States.TaskFailed",
            f"The resource {resource.arn} is not supported here. docs/states-language.md lists "
            "what is.",
        )

    async def _function(self, arn: str, given: Json) -> Json:
        return _answered(await self.invoke(arn, to_text(given), self.caller))

    async def _invoke(self, call: Call) -> Json:
        given = call.arguments if isinstance(call.arguments, dict) else {}
        name = given.get("FunctionName")
        if not isinstance(name, str):
            raise TaskError("States.Runtime", "FunctionName is missing in the task's arguments.")
        arn = name if name.startswith("arn:") else self._arn(name)
        payload = to_text(given.get("Payload", {}))
        if given.get("InvocationType") == "Event":
            await self._deliver(arn, payload)
            return {"Payload": "", "StatusCode": 202}
        answer = await self.invoke(arn, payload, self.caller)
        return {
            "ExecutedVersion": "$LATEST",
            "Payload": _answered(answer),
            "StatusCode": answer.status_code,
        }

    async def _deliver(self, arn: str, payload: str) -> None:
        try:
            await self.account.deliver(arn, payload, self.caller)
        except ServiceError as error:
            raise TaskError(f"Lambda.{error.code}", error.message) from error

    def _arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self.account.region}:{self.account.id}:function:{name}"

    async def _service(self, call: Call, service: str, prefix: str) -> Json:
        resource = call.resource
        operation = resource.action[:1].upper() + resource.action[1:]
        if not isinstance(call.arguments, dict):
            raise TaskError("States.Runtime", f"{resource.kind}:{resource.action} takes an object.")
        given = call.arguments if resource.sdk else _texts(service, call.arguments)
        try:
            answer = await self.account.call(service, operation, given, self.caller)
        except ServiceError as error:
            code = error.code.rpartition(".")[2]
            if resource.sdk and not code.endswith("Exception"):
                code += "Exception"
            code = "States.TaskFailed" if error.code == "NotImplemented" else f"{prefix}.{code}"
            raise TaskError(code, error.message) from error
        return _plain(answer)


def _texts(service: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """Return parameters with JSON where a message's text is wanted, as the guide allows."""
    found = dict(given)
    for key in ("MessageBody", "Message"):
        if service in ("sqs", "sns") and key in found and not isinstance(found[key], str):
            found[key] = to_text(found[key])
    if service == "events" and isinstance(found.get("Entries"), list):
        found["Entries"] = [
            {**entry, "Detail": to_text(entry["Detail"])}
            if isinstance(entry, dict) and not isinstance(entry.get("Detail", ""), str)
            else entry
            for entry in found["Entries"]
        ]
    return found


def _plain(value: Any) -> Json:
    """Return boto3's values as JSON: times as text, blobs as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def _raised(payload: str) -> TaskError:
    """Return a function's error: its type names it, its payload is the cause."""
    try:
        named = from_text(payload).get("errorType")
    except (ValueError, AttributeError):
        named = None
    return TaskError(named or "Lambda.Unknown", payload)


def _answered(answer: Answered) -> Json:
    """Return what a function answered. Model: AWS does not say what one that is no JSON does.

    Raises:
        TaskError: it was refused, it failed, or its answer is no JSON.
    """
    if answer.refused:
        raise _refused(answer.payload)
    if answer.function_error is not None:
        raise _raised(answer.payload)
    try:
        return from_text(answer.payload)
    except ValueError as error:
        raise TaskError("States.Runtime", f"The function's answer is no JSON: {error}") from error


def _refused(payload: str) -> TaskError:
    try:
        given = from_text(payload)
        kind, message = given.get("Type") or given.get("__type"), given.get("Message")
    except (ValueError, AttributeError):
        kind, message = None, payload
    return TaskError(f"Lambda.{kind or 'AWSLambdaException'}", message or payload)
