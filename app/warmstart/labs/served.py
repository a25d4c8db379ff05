"""A lab served in real time: the steps of its scenario, sent when one likes, and what to type."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from warmstart.labs.scenario import expand
from warmstart.runtime.calls import ApiCall, Call, HttpCall
from warmstart.runtime.client import prepared
from warmstart.runtime.web_specs import FunctionUrlSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warmstart.labs.run import Plan
    from warmstart.runtime.calls import AnyCall
    from warmstart.runtime.launch import Serving
    from warmstart.runtime.template import Application


@dataclass(frozen=True, slots=True)
class ServedStep:
    """A step of the scenario, ready to be sent."""

    name: str
    label: str
    calls: tuple[AnyCall, ...]
    """Their times count from when it is sent."""


def steps_of(plan: Plan) -> list[ServedStep]:
    """Return the steps of a lab as its knobs stand; those without a call are left out."""
    found = []
    for step in plan.scenario.steps:
        calls = expand(replace(plan.scenario, steps=(step,)), plan.seed)
        if calls:
            own = tuple(replace(call, at=call.at - step.at) for call in calls)
            found.append(ServedStep(step.name, step.label, own))
    return found


def examples(steps: Iterable[ServedStep], application: Application, serving: Serving) -> list[str]:
    """Return commands for another shell: what the first call of each step does, each kind once.

    An API is asked with curl, a function with the AWS CLI, an operation with boto3.
    """
    firsts: dict[tuple[str, ...], AnyCall] = {}
    for step in steps:
        (call,) = prepared(step.calls[:1], application)
        firsts.setdefault(_kind(call), call)
    signed = {u.name for u in application.all(FunctionUrlSpec) if u.auth == "AWS_IAM"}
    return [
        _command(call, serving, signs=isinstance(call, HttpCall) and call.api in signed)
        for call in firsts.values()
    ]


def _kind(call: AnyCall) -> tuple[str, ...]:
    match call:
        case Call():
            return ("lambda", call.function)
        case ApiCall():
            return (call.service, call.operation)
        case HttpCall():
            return ("http", call.api, call.method, call.path)


def _command(call: AnyCall, serving: Serving, *, signs: bool) -> str:
    match call:
        case Call():
            parts = ["aws", "lambda", "invoke", "--function-name", call.function]
            parts += ["--payload", call.payload, "--cli-binary-format", "raw-in-base64-out"]
            return shlex.join([*parts, "/dev/stdout"])
        case ApiCall():
            operation = re.sub(r"(?<!^)(?=[A-Z])", "_", call.operation).lower()
            given = ", ".join(f"{name}={value!r}" for name, value in call.parameters.items())
            code = f'import boto3; print(boto3.client("{call.service}").{operation}({given}))'
            return shlex.join(["python", "-c", code])
        case HttpCall():
            parts = ["curl", "-X", call.method]
            if signs:
                parts += ["--aws-sigv4", f"aws:amz:{serving.region}:lambda"]
                parts += ["--user", f"{serving.access_key}:{serving.secret}"]
            for name, value in call.headers.items():
                parts += ["-H", f"{name}: {value}"]
            if call.body:
                parts += ["-d", call.body]
            asked = f"?{urlencode(call.query)}" if call.query else ""
            return shlex.join([*parts, f"{serving.apis.get(call.api, '')}{call.path}{asked}"])
