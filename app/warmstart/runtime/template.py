"""A SAM template, as far as the runtime supports it: functions so far.

What is not supported is an error that names the line, never silence: a template that runs here must
mean what it says. What only the model needs (costs, package size) stands in each function's
``Metadata``, so that ``sam deploy`` still takes the file::

    Metadata:
      Warmstart:
        profile: python            # how the language runtime starts: go, rust, node, python, …
        package_mb: 5              # size of the deployment package
        memory_mb: 20              # what the code's own data occupies
        handler_ms: 10             # what each invocation costs
        imports: {reportlib: 400}  # what importing a module costs the first time
        calls: {app.render: 80}    # what each call of a function costs

Costs are milliseconds of CPU time at one vCPU.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from warmstart.errors import TemplateError
from warmstart.runtime import cfn
from warmstart.runtime.specs import ACCOUNT, Costs, FunctionSpec, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TOP_LEVEL = (
    "AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters", "Globals",
    "Resources", "Outputs",
)  # fmt: skip
PROPERTIES = (
    "FunctionName", "Description", "Handler", "Runtime", "CodeUri", "MemorySize", "Timeout",
    "Architectures", "Environment", "EphemeralStorage", "ReservedConcurrentExecutions", "VpcConfig",
)  # fmt: skip
METADATA = ("profile", "package_mb", "memory_mb", "handler_ms", "imports", "calls")
PROFILES = ("go", "rust", "node", "python", "dotnet", "java")

_MEMORY = (128, 10_240)
_TIMEOUT = (1, 900)
_STORAGE = (512, 10_240)
_RESERVED = (0, 100_000)
_ENVIRONMENT_BYTES = 4_096


_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Application:
    """What a template describes, with the tree it was read from."""

    path: Path
    region: str
    functions: Mapping[str, FunctionSpec]
    """By logical id, in the order of the template."""
    resources: Mapping[str, Resource]
    """All others, by logical id."""
    document: cfn.Section = field(repr=False, compare=False)

    def all(self, kind: type[_R]) -> list[_R]:
        """Return the resources of one kind, functions apart."""
        return [resource for resource in self.resources.values() if isinstance(resource, kind)]


def load(
    path: Path, overrides: Mapping[str, Any] | None = None, *, region: str = "us-east-1"
) -> Application:
    """Read a template; see ``with_overrides`` for the overrides.

    Raises:
        TemplateError: outside the supported subset; says where, and what is supported.
    """
    application = _read(path.absolute(), cfn.read(path), region)
    return with_overrides(application, overrides) if overrides else application


def with_overrides(application: Application, overrides: Mapping[str, Any]) -> Application:
    """Return the application with some of its template's values replaced: a lab's knobs.

    A key is a path in the template: ``Greet.MemorySize`` (a property of the resource ``Greet``),
    ``Greet.Environment.Variables.MODE``, ``Greet.Metadata.Warmstart.profile``, or
    ``Parameters.Name`` for a parameter's value.

    Raises:
        TemplateError: no such resource, or a value its place does not take.
    """
    document = copy.deepcopy(application.document)
    for key, value in overrides.items():
        _override(application.path, document, key, value)
    return _read(application.path, document, application.region)


def _override(path: Path, document: cfn.Section, key: str, value: Any) -> None:
    first, *rest = key.split(".")
    resources = document["Resources"]
    if first == "Parameters" and len(rest) == 1:
        steps = ["Parameters", rest[0], "Default"]
        if rest[0] not in document.get("Parameters", {}):
            raise TemplateError(f"The template has no parameter {rest[0]!r}.", path=path)
    elif first in resources and rest:
        inside = rest if rest[0] == "Metadata" else ["Properties", *rest]
        steps = ["Resources", first, *inside]
    else:
        raise TemplateError(
            f"{key!r} names no place in the template.",
            path=path,
            hint=f"Write Resource.Property; the resources are: {', '.join(resources)}.",
        )
    section = document
    for depth, step in enumerate(steps[:-1]):
        if step in {"imports", "calls"}:  # Their keys are dotted names themselves.
            steps[depth + 1 :] = [".".join(steps[depth + 1 :])]
        child = section.setdefault(step, cfn.Section(section.line_of(step)))
        if not isinstance(child, cfn.Section):
            raise TemplateError(f"{key!r} leads through a value that is no mapping.", path=path)
        section = child
        if step in {"imports", "calls"}:
            break
    section.put(steps[-1], value, section.line_of(steps[-1]))


def _read(path: Path, document: cfn.Section, region: str) -> Application:
    top = cfn.Reader(path, document, "The template")
    top.only(TOP_LEVEL)
    transform = document.get("Transform")
    if transform != "AWS::Serverless-2016-10-31":
        raise top.error("Transform", "The template needs Transform: AWS::Serverless-2016-10-31.")
    resources = top.section("Resources")
    if not resources.values:
        raise top.error("Resources", "The template describes no resources.")
    scope = _Scope(path, region, _parameters(top), resources)
    defaults = top.section("Globals")
    defaults.only(("Function",))
    functions = {
        logical_id: _function(resources.section(logical_id), logical_id, defaults, scope)
        for logical_id in resources.values
    }
    return Application(path, region, MappingProxyType(functions), MappingProxyType({}), document)


def _parameters(top: cfn.Reader) -> dict[str, str]:
    section = top.section("Parameters")
    values = {}
    for name in section.values:
        parameter = section.section(name)
        if "Default" not in parameter.values:
            raise section.error(
                name, f"The parameter {name} has no Default, and a run has nobody to ask."
            )
        values[name] = _text(parameter.values["Default"])
    return values


def _function(
    resource: cfn.Reader, logical_id: str, defaults: cfn.Reader, scope: _Scope
) -> FunctionSpec:
    resource.only(("Type", "Properties", "Metadata", "DependsOn"))
    kind = resource.values.get("Type")
    if kind != "AWS::Serverless::Function":
        raise resource.error(
            "Type",
            f"Resources of type {kind} are not supported yet.",
            "AWS::Serverless::Function is.",
        )
    properties = resource.section("Properties", over=defaults.section("Function"))
    properties.only(PROPERTIES)
    properties.resolve = scope.resolve
    runtime = properties.take("Runtime", str, "")
    if not re.fullmatch(r"python3\.\d+", runtime):
        raise properties.error(
            "Runtime",
            f"The runtime {runtime or 'of this function'} is not supported.",
            "Handlers are Python (python3.13); for the start-up cost of another language set "
            "Metadata.Warmstart.profile.",
        )
    handler = properties.take("Handler", str, "")
    if not handler:
        raise properties.error("Handler", "A function needs a Handler, such as app.handler.")
    storage, vpc = properties.section("EphemeralStorage"), properties.section("VpcConfig")
    storage.only(("Size",))
    vpc.only(("SubnetIds", "SecurityGroupIds"))
    return FunctionSpec(
        logical_id=logical_id,
        name=scope.function_name(logical_id),
        handler=handler,
        runtime=runtime,
        code=_code(properties),
        memory_size=properties.within("MemorySize", 128, _MEMORY, "MB"),
        timeout=properties.within("Timeout", 3, _TIMEOUT, "s"),
        architecture=_architecture(properties),
        environment=MappingProxyType(_environment(properties)),
        ephemeral_storage=storage.within("Size", 512, _STORAGE, "MB"),
        reserved_concurrency=_reserved(properties),
        description=properties.take("Description", str, ""),
        vpc=bool(vpc.values),
        costs=_costs(resource),
    )


def _reserved(properties: cfn.Reader) -> int | None:
    key = "ReservedConcurrentExecutions"
    return properties.within(key, 0, _RESERVED, "") if key in properties.values else None


def _code(properties: cfn.Reader) -> Path:
    uri = properties.take("CodeUri", str, "")
    code = (properties.path.parent / uri).resolve()
    if not uri or not code.is_dir():
        raise properties.error(
            "CodeUri", f"CodeUri must name a folder; {uri or 'nothing'} is none."
        )
    return code


def _architecture(properties: cfn.Reader) -> str:
    architectures = properties.take("Architectures", list, ["x86_64"])
    if len(architectures) != 1 or architectures[0] not in {"x86_64", "arm64"}:
        raise properties.error("Architectures", "Architectures is a list of one: x86_64 or arm64.")
    return str(architectures[0])


def _environment(properties: cfn.Reader) -> dict[str, str]:
    environment = properties.section("Environment")
    environment.only(("Variables",))
    variables = environment.section("Variables")
    values = {}
    for name in variables.values:
        if not re.fullmatch(r"[A-Za-z]\w+", name) or name.startswith(("AWS_", "LAMBDA_")):
            raise variables.error(name, f"Lambda takes no environment variable named {name}.")
        values[name] = _text(variables.resolved(name))
    if sum(len(name.encode()) + len(value.encode()) for name, value in values.items()) > (
        _ENVIRONMENT_BYTES
    ):
        raise properties.error("Environment", "Environment variables may have 4 KB in all.")
    return values


def _costs(resource: cfn.Reader) -> Costs:
    section = resource.section("Metadata").section("Warmstart")
    section.only(METADATA)
    profile = section.take("profile", str, "python")
    if profile not in PROFILES:
        raise section.error(
            "profile", f"There is no profile {profile!r}.", f"There are: {', '.join(PROFILES)}."
        )
    return Costs(
        profile=profile,
        package_mb=section.amount("package_mb", 1.0) or 0.0,
        memory_mb=section.amount("memory_mb", 0.0) or 0.0,
        handler_ms=section.amount("handler_ms", None),
        imports=section.amounts("imports"),
        calls=section.amounts("calls"),
    )


def _text(value: Any) -> str:
    """Return a scalar as CloudFormation passes it on: booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(slots=True)
class _Scope:
    """What names in a template stand for."""

    path: Path
    region: str
    parameters: dict[str, str]
    resources: cfn.Reader

    def function_name(self, logical_id: str) -> str:
        properties = self.resources.section(logical_id).section("Properties")
        name = properties.values.get("FunctionName", logical_id)
        name = (
            name if isinstance(name, str) else self.resolve(name, properties.line("FunctionName"))
        )
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            raise properties.error("FunctionName", f"{name!r} is no name for a function.")
        return str(name)

    def resolve(self, value: Any, line: int) -> Any:
        """Return ``value`` with a Ref, Sub or GetAtt replaced by what it stands for."""
        if isinstance(value, cfn.Ref):
            return self._named(value.name, line)
        if isinstance(value, cfn.GetAtt):
            return self._attribute(value.resource, value.attribute, line)
        if isinstance(value, cfn.Sub):
            return re.sub(
                r"\$\{(!?)([^}]*)\}",
                lambda match: (
                    f"${{{match[2]}}}" if match[1] else self._substitute(match[2].strip(), line)
                ),
                value.text,
            )
        return value

    def _substitute(self, name: str, line: int) -> str:
        resource, dot, attribute = name.partition(".")
        return self._attribute(resource, attribute, line) if dot else self._named(name, line)

    def _named(self, name: str, line: int) -> str:
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::StackName": "warmstart",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in self.parameters or name in pseudo:
            return self.parameters.get(name) or pseudo[name]
        if name in self.resources.values:
            return self.function_name(name)
        raise TemplateError(
            f"{name!r} is neither a parameter nor a resource.", path=self.path, line=line
        )

    def _attribute(self, resource: str, attribute: str, line: int) -> str:
        if resource in self.resources.values and attribute == "Arn":
            name = self.function_name(resource)
            return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{name}"
        raise TemplateError(
            f"{resource}.{attribute} cannot be looked up here; Arn of a function can.",
            path=self.path,
            line=line,
        )
