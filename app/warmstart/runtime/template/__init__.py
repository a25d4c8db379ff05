"""A SAM template, as far as the runtime supports it.

What is not supported is an error that names the line, never silence: a template that runs here must
mean what it says (``lenient`` turns unknown types and properties into warnings). What only the
model needs (costs, package size) stands in each function's ``Metadata``, so that ``sam deploy``
still takes the file::

    Metadata:
      Warmstart:
        profile: python            # how the language runtime starts: go, rust, node, python, …
        package_mb: 5              # size of the deployment package
        memory_mb: 20              # what the code's own data occupies
        handler_ms: 10             # what each invocation costs
        imports: {reportlib: 400}  # what importing a module costs the first time
        calls: {app.render: 80}    # what each call of a function costs
        modelled: {median_ms: 20, p99_ms: 90, error_rate: 0.01}  # instead of code

and in an ``AWS::RDS::DBInstance``'s::

    Metadata:
      Warmstart: {schema: schema.sql, connect_ms: 30, query_ms: 5}

Costs are milliseconds of CPU time at one vCPU.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from warmstart.errors import TemplateError
from warmstart.runtime import specs
from warmstart.runtime.template import (
    cfn,
    databases,
    documentation,
    events,
    functions,
    intrinsics,
    plain,
    urls,
)
from warmstart.runtime.template import resources as others
from warmstart.text import meant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from warmstart.runtime.specs import FunctionSpec, Resource

TOP_LEVEL = (
    "AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters", "Mappings",
    "Conditions", "Globals", "Resources", "Outputs", "Rules",
)  # fmt: skip

BUILD = "Run `sam build`, and give .aws-sam/build/template.yaml."
"""What gets code that is not built yet to run."""
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
    """The tree as it was read, its functions still in place: knobs are set in it."""
    lenient: bool = False
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What was let pass because the template was read leniently, by line."""

    def all(self, kind: type[_R]) -> list[_R]:
        """Return the resources of one kind, functions apart."""
        return [resource for resource in self.resources.values() if isinstance(resource, kind)]


def load(
    path: Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    region: str = "us-east-1",
    lenient: bool = False,
) -> Application:
    """Read a template; see ``with_overrides`` for the overrides.

    ``lenient`` notes unknown types and properties in ``Application.warnings``, and goes on.

    Raises:
        TemplateError: outside the supported subset; says where, and what is supported.
    """
    document = cfn.read(path)
    _override_all(path.absolute(), document, overrides or {})
    return _read(path.absolute(), document, region, lenient=lenient)


def with_overrides(application: Application, overrides: Mapping[str, Any]) -> Application:
    """Return the application with some of its template's values replaced: a lab's knobs.

    A key is a path in the template: ``Greet.MemorySize`` (a property of the resource ``Greet``),
    ``Greet.Environment.Variables.MODE``, ``Greet.Metadata.Warmstart.profile``, or
    ``Parameters.Name`` for a parameter's value.

    Raises:
        TemplateError: no such resource, or a value its place does not take.
    """
    document = copy.deepcopy(application.document)
    _override_all(application.path, document, overrides)
    return _read(application.path, document, application.region, lenient=application.lenient)


def _override_all(path: Path, document: cfn.Section, overrides: Mapping[str, Any]) -> None:
    for key, value in overrides.items():
        _override(path, document, key, value)


def _override(path: Path, document: cfn.Section, key: str, value: Any) -> None:
    first, *rest = key.split(".")
    resources = cfn.Reader(path, document, "The template").section("Resources").values
    if first == "Parameters" and len(rest) == 1:
        steps = ["Parameters", rest[0], "Default"]
        _give_value(path, document, rest[0])
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


def _give_value(path: Path, document: cfn.Section, name: str) -> None:
    """Let a parameter take a value: it is the value itself, not its name in Parameter Store."""
    known = cfn.Reader(path, document, "The template").section("Parameters")
    if name not in known.values:
        hint = f"It has: {', '.join(known.values)}." if known.values else "It has none."
        raise TemplateError(f"The template has no parameter {name!r}.", path=path, hint=hint)
    parameter = known.section(name)
    kind = parameter.take("Type", str, "String")
    if kind.startswith(intrinsics.STORED):
        listed = "List<" in kind
        parameter.values["Type"] = "CommaDelimitedList" if listed else "String"


def _read(path: Path, document: cfn.Section, region: str, *, lenient: bool) -> Application:
    notes = cfn.Notes(lenient)
    cfn.Reader(path, document, "The template", notes).only(TOP_LEVEL)
    _check_transform(cfn.Reader(path, document, "The template", notes))
    said = intrinsics.resolve(path, documentation.without(document), region, notes)
    top = cfn.Reader(path, said, "The template", notes)
    section = top.section("Resources")
    if not section.values:
        raise top.error("Resources", "The template describes no resources.")
    defaults = top.section("Globals")
    defaults.only(("Function", "HttpApi", "Api"))
    reading = _Reading(section, defaults, events.Wiring(region, defaults))
    found = reading.all()
    return Application(
        path,
        region,
        MappingProxyType(reading.wiring.functions(found, reading.others)),
        MappingProxyType(reading.wiring.resources(reading.others)),
        document,
        lenient,
        tuple(sorted(notes.warnings, key=notes.warnings.__getitem__)),
    )


def _check_transform(top: cfn.Reader) -> None:
    wanted = top.texts("Transform")
    types = [
        str(one.get("Type")) if isinstance(one, cfn.Section) else ""
        for one in top.section("Resources").values.values()
    ]
    needs_sam = "Globals" in top.values or any(t.startswith("AWS::Serverless::") for t in types)
    if needs_sam and _SAM not in wanted:
        raise top.error("Transform", f"The template needs Transform: {_SAM}.")
    for other in wanted:
        if other != _SAM:
            top.refuse(
                "Transform", f"The transform {other} is not supported.", f"Supported: {_SAM}."
            )


_SAM = "AWS::Serverless-2016-10-31"
_KNOWN = (
    functions.TYPE, plain.FUNCTION, plain.VERSION, plain.ALIAS, plain.URL,
    "AWS::Serverless::LayerVersion", "AWS::Lambda::EventSourceMapping", "AWS::SNS::Subscription",
    *events.APIS, *others.READERS, *databases.TYPES,
)  # fmt: skip


class _Reading:
    """One reading of all resources: APIs and layers first, because functions name them."""

    def __init__(self, section: cfn.Reader, defaults: cfn.Reader, wiring: events.Wiring) -> None:
        self._section = section
        self._defaults = defaults
        self.wiring = wiring
        self.others: dict[str, Resource] = {}
        self._databases = databases.Databases()

    def all(self) -> dict[str, FunctionSpec]:
        """Read everything; return the functions."""
        resources = {name: self._section.section(name) for name in self._section.values}
        layers: dict[str, Path] = {}
        for name, resource in resources.items():
            match resource.values.get("Type"):
                case "AWS::Serverless::LayerVersion":
                    layers[name] = _layer(resource)
                case "AWS::Serverless::HttpApi":
                    self.wiring.http_apis.read(resource, name)
                case "AWS::Serverless::Api":
                    self.wiring.rest_apis.read(resource, name)
        found = {}
        for name, resource in resources.items():
            kind = resource.values.get("Type")
            if kind in {functions.TYPE, plain.FUNCTION}:
                said = self._properties(resource)
                if said is None:
                    continue
                spec = functions.function(resource, name, said, layers)
                if spec is None:
                    continue
                found[name] = spec
                own = specs.arn(specs.FunctionSpec, found[name].name, self.wiring.region)
                if found[name].aliases:  # SAM points what calls a function at its alias.
                    own = f"{own}:{found[name].aliases[0].name}"
                self.wiring.events(said, name, own, function=True)
                if "FunctionUrlConfig" in said.values:
                    self._url(said, f"{name}{intrinsics.URL}", own)
            else:
                self._other(resource, name)
        self.others |= self._databases.specs()
        return found

    def _properties(self, resource: cfn.Reader) -> cfn.Reader | None:
        """Return a function's properties, as SAM names them."""
        if resource.values["Type"] == plain.FUNCTION:
            return plain.properties(resource.section("Properties"))
        return resource.section("Properties", over=self._defaults.section("Function"))

    def _url(self, said: cfn.Reader, name: str, function: str) -> None:
        """Read a function's URL, a resource of its own that SAM makes."""
        if name in self._section.values:
            raise said.error(
                "FunctionUrlConfig", f"SAM calls the function URL {name}, as another resource is."
            )
        self.others[name] = urls.function_url(said.section("FunctionUrlConfig"), name, function)

    def _other(self, resource: cfn.Reader, name: str) -> None:
        kind = resource.values.get("Type")
        resource.only(documentation.ATTRIBUTES)
        properties = resource.section("Properties")
        if documentation.is_documentation(str(kind)):
            pass
        elif kind in others.READERS:
            spec = self.others[name] = others.READERS[kind](properties, name)
            if isinstance(spec, specs.StateMachineSpec):
                arn = specs.arn(specs.StateMachineSpec, spec.name, self.wiring.region)
                self.wiring.events(properties, name, arn, function=False)
        elif kind in events.APIS:
            self.others[name] = self.wiring.api(name)
        elif self._databases.read(kind, resource, name):
            pass
        elif kind == "AWS::Lambda::EventSourceMapping":
            self.wiring.mapping(properties, name)
        elif kind in {plain.ALIAS, plain.VERSION}:
            self.wiring.publish(
                properties, plain.alias(properties) if kind == plain.ALIAS else None
            )
        elif kind == plain.URL:
            arn = self.wiring.function_arn(properties, "TargetFunctionArn")
            self.others[name] = urls.function_url(properties, name, arn, plain=True)
        elif kind == "AWS::SNS::Subscription":
            self.wiring.subscription(properties, name)
        elif kind != "AWS::Serverless::LayerVersion":
            later, instead = others.LATER.get(str(kind), (f"Resources of type {kind}", ""))
            resource.refuse(
                "Type",
                f"{name}: {later} are not supported yet.",
                instead or f"{meant(str(kind), _KNOWN, cutoff=0.9)}Supported: {', '.join(_KNOWN)}.",
            )


def _layer(resource: cfn.Reader) -> Path:
    properties = resource.section("Properties")
    properties.only(("ContentUri",))
    uri = properties.take("ContentUri", str, "")
    folder = (properties.path.parent / uri).resolve()
    if not uri or not folder.is_dir():
        raise properties.error(
            "ContentUri", f"ContentUri must name a folder; {uri or 'nothing'} is none."
        )
    if "BuildMethod" in resource.section("Metadata").values and not (folder / "python").is_dir():
        properties.refuse(
            "ContentUri",
            f"The layer is not built, and building is not supported: {uri} has no folder python.",
            BUILD,
        )
    return folder
