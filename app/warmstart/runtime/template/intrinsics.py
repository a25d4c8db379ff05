"""What a template's functions stand for: parameters, conditions, mappings, and its own resources.

``resolve`` gives the same tree with every function replaced by its value, resources and properties
left out whose condition does not hold (user guide, intrinsic-function-reference). What a resource's
``Ref`` and ``GetAtt`` give is what CloudFormation's reference says of its type. A resource without
a name of its own is called by its logical id, where AWS would add a random suffix. What names a
resource that is only documentation here has to be there, and is made up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from warmstart.errors import TemplateError
from warmstart.runtime import specs, web_specs
from warmstart.runtime.template import plain
from warmstart.runtime.template.cfn import FUNCTIONS, Intrinsic, Notes, Reader, Section, Sequence
from warmstart.text import meant

if TYPE_CHECKING:
    from pathlib import Path

_NO_VALUE: Final = object()
_FUNCTION: Final = "AWS::Serverless::Function"
_CALLERS: Final = {
    plain.VERSION: "FunctionName", plain.ALIAS: "FunctionName", plain.URL: "TargetFunctionArn",
}  # fmt: skip
"""Types that stand for a function, and the property that names it."""
_ROLES: Final = {
    _FUNCTION, "AWS::Serverless::StateMachine",
}  # fmt: skip
"""Types for which SAM makes a role, named after them."""
URL: Final = "Url"
"""What SAM adds to a function's name for its URL."""
DEFAULT_REST_API: Final = "ServerlessRestApi"
"""What SAM calls the API that it makes for events of type Api without one."""
_API: Final = "AWS::Serverless::Api"
_KINDS: Final[dict[str, tuple[type[Any], str]]] = {
    _FUNCTION: (specs.FunctionSpec, "FunctionName"),
    plain.FUNCTION: (specs.FunctionSpec, "FunctionName"),
    "AWS::SQS::Queue": (specs.QueueSpec, "QueueName"),
    "AWS::SNS::Topic": (specs.TopicSpec, "TopicName"),
    "AWS::S3::Bucket": (specs.BucketSpec, "BucketName"),
    "AWS::DynamoDB::Table": (specs.TableSpec, "TableName"),
    "AWS::Serverless::SimpleTable": (specs.TableSpec, "TableName"),
    "AWS::Events::EventBus": (specs.BusSpec, "Name"),
    "AWS::Events::Rule": (specs.RuleSpec, "Name"),
    "AWS::Events::Archive": (specs.ArchiveSpec, "ArchiveName"),
    "AWS::Serverless::HttpApi": (web_specs.HttpApiSpec, "Name"),
    _API: (web_specs.RestApiSpec, "Name"),
    "AWS::Serverless::StateMachine": (specs.StateMachineSpec, "Name"),
    "AWS::StepFunctions::StateMachine": (specs.StateMachineSpec, "StateMachineName"),
    "AWS::RDS::DBInstance": (specs.DatabaseSpec, "DBInstanceIdentifier"),
    "AWS::RDS::DBProxy": (specs.DatabaseProxySpec, "DBProxyName"),
}
"""By type: the spec, and the property that names the resource."""
_NAMES: Final = {
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::Events::EventBus", "Name"),
    ("AWS::Serverless::StateMachine", "Name"),
    ("AWS::StepFunctions::StateMachine", "Name"),
}
"""Types, and the attribute by which ``GetAtt`` gives their name."""
_HOSTS: Final = {
    ("AWS::RDS::DBInstance", "Endpoint.Address"),
    ("AWS::RDS::DBProxy", "Endpoint"),
}
"""Types, and the attribute by which ``GetAtt`` gives their host name."""
_ARNS: Final = {"Arn", "TopicArn", "DBInstanceArn", "DBProxyArn"}
_OTHERS: Final = {
    ("AWS::RDS::DBInstance", "Endpoint.Port"): "3306",
    ("AWS::RDS::DBInstance", "MasterUserSecret.SecretArn"): (
        "arn:aws:secretsmanager:{region}:{account}:secret:rds!db-{name}"
    ),
    ("AWS::EC2::SecurityGroup", "GroupId"): "sg-{name}",
}
"""What ``GetAtt`` gives that only has to be there."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
DEFAULT_API: Final = "ServerlessHttpApi"
"""What SAM calls the API that it makes for routes without one."""
STORED: Final = "AWS::SSM::Parameter::"
"""How the types of parameters begin that hold the name of their value, not the value."""


def resolve(path: Path, document: Section, region: str, notes: Notes) -> Section:
    """Return the template with its functions replaced by their values.

    Raises:
        TemplateError: a function that is not supported, has wrong arguments, or names nothing; says
            where. What ``notes`` lets pass becomes a text that says what it would have been.
    """
    return _Resolver(path, document, region, notes).document()


class _Resolver:
    def __init__(self, path: Path, document: Section, region: str, notes: Notes) -> None:
        self._path = path
        self._notes = notes
        self._document = document
        self._region = region
        top = Reader(path, document, "The template")
        self._parameters = top.section("Parameters")
        self._mappings = top.section("Mappings").values
        self._conditions = top.section("Conditions").values
        self._resources = top.section("Resources").values
        self._known: dict[str, bool] = {}
        self._asked: list[str] = []

    def document(self) -> Section:
        found = Section(self._document.line)
        for key, value in self._document.items():
            if key in {"Globals", "Resources"}:
                value = self._value(value)  # noqa: PLW2901 — the resolved value is the value
            if key == "Resources":
                value = self._present(value)  # noqa: PLW2901
            found.put(key, value, self._document.line_of(key))
        return found

    def _present(self, resources: Section) -> Section:
        found = Section(resources.line)
        for name, resource in resources.items():
            condition = resource.get("Condition") if isinstance(resource, Section) else None
            if condition is None or self._holds(condition, resource.line_of("Condition")):
                found.put(name, resource, resources.line_of(name))
        return found

    # -- values -----------------------------------------------------------------------------------

    def _value(self, value: Any) -> Any:
        if isinstance(value, Intrinsic):
            return self._call(value)
        if isinstance(value, Section):
            section = Section(value.line)
            for key, inner in value.items():
                resolved = self._value(inner)
                if resolved is not _NO_VALUE:
                    section.put(key, resolved, value.line_of(key))
            return section
        if isinstance(value, list):
            found = Sequence(getattr(value, "line", 1))
            found.extend(v for v in map(self._value, value) if v is not _NO_VALUE)
            return found
        return value

    def _call(self, call: Intrinsic) -> Any:  # noqa: PLR0911 — a flat look at which function it is
        if call.name not in FUNCTIONS:
            return self._unsupported(call)
        match call.name, call.argument:
            case "Ref", str(name):
                return self._named(name, call.line)
            case "GetAtt", [str(resource), str(attribute)]:
                return self._attribute(resource, attribute, call.line)
            case "Sub", str(text):
                return self._sub(text, {}, call.line)
            case "Sub", [str(text), Section() as own]:
                return self._sub(text, self._value(own), call.line)
            case "Join", [str(between), parts]:
                return between.join(map(_text, self._list(parts, call)))
            case "Select", [index, parts]:
                found = self._list(parts, call)
                if not str(index).isdigit() or int(index) >= len(found):
                    raise self._error(call.line, f"Select asks for {index} of {len(found)} values.")
                return found[int(index)]
            case "Split", [str(at), text]:
                return str(self._value(text)).split(at)
            case "If", [str(condition), yes, no]:
                return self._value(yes if self._holds(condition, call.line) else no)
            case "FindInMap", [name, first, second]:
                return self._find([str(self._value(v)) for v in (name, first, second)], call.line)
        raise self._error(
            call.line, f"The function {call.name} has no such form, or no place here."
        )

    def _unsupported(self, call: Intrinsic) -> str:
        self._refuse(
            call.line,
            f"The function {call.name} is not supported.",
            f"Supported: {', '.join(FUNCTIONS)}.",
        )
        own = self._value(call.argument)
        return own if isinstance(own, str) else f"Fn::{call.name}"

    def _list(self, parts: Any, call: Intrinsic) -> list[Any]:
        found = self._value(parts)
        if not isinstance(found, list):
            raise self._error(call.line, f"The function {call.name} needs a list.")
        return found

    def _find(self, keys: list[str], line: int) -> Any:
        name, first, second = keys
        try:
            return self._value(self._mappings[name][first][second])
        except (KeyError, TypeError) as error:
            raise self._error(line, f"Mappings has nothing at {name}.{first}.{second}.") from error

    def _sub(self, text: str, own: dict[str, Any], line: int) -> str:
        def one(match: re.Match[str]) -> str:
            if match[1]:
                return f"${{{match[2]}}}"
            name = match[2].strip()
            if name in own:
                return _text(own[name])
            resource, dot, attribute = name.partition(".")
            if dot:
                return self._attribute(resource, attribute, line)
            return _text(self._named(name, line))

        return re.sub(r"\$\{(!?)([^}]*)\}", one, text)

    def _named(self, name: str, line: int) -> Any:
        pseudo = {
            "AWS::Region": self._region,
            "AWS::AccountId": specs.ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::StackName": "warmstart",
            "AWS::StackId": (
                f"arn:aws:cloudformation:{self._region}:{specs.ACCOUNT}:stack/warmstart/1"
            ),
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._parameters.values:
            return _parameter(self._parameters, name)
        if name in self._resources:
            return self._called(name) or self._give(
                name, "ref" if self._type(name) in _KINDS else "name"
            )
        return self._generated(name, line)

    def _generated(self, name: str, line: int) -> str:
        """Return the name of what SAM makes by itself (sam-specification-generated-resources)."""
        owner, dot, what = name.partition(".")
        if dot and what in {"Alias", "Version"} and self._type(owner) in _ROLES:
            alias = self._alias(owner)
            if alias:
                return f"{self._give(owner, 'arn')}:{alias if what == 'Alias' else 1}"
        apis = {DEFAULT_API, DEFAULT_REST_API}
        if name in apis or self._type(name.removesuffix("Role")) in _ROLES:
            return name
        part = self._of_rest_api(owner, what) or self._called(name)
        if part is not None:
            return part
        near = meant(name, [*self._parameters.values, *self._resources]).rstrip() or None
        raise self._error(line, f"{name!r} is neither a parameter nor a resource.", near)

    def _of_rest_api(self, api: str, what: str) -> str | None:
        """Return what is to be had of a REST API; None where there is no such API, or thing."""
        if api != DEFAULT_REST_API and self._type(api) != _API:
            return None
        top = Reader(self._path, self._document, "The template")
        own = top.section("Resources").values.get(api, Section(1)).get("Properties", Section(1))
        parts = {
            "Stage": str(self._value(own.get("StageName", "Prod"))),
            "Deployment": f"{api}Deployment",
            "RootResourceId": f"{api.lower()}root",
        }
        return parts.get(what)

    def _of_caller(self, resource: str, attribute: str) -> str | None:
        """Return an attribute of a version, alias or function URL; None where there is no such."""
        called = self._called(resource)
        if called is None:
            return None
        url = f"https://{specs.host(web_specs.FunctionUrlSpec, resource, self._region)}/"
        attributes = {
            plain.VERSION: {"FunctionArn": called, "Version": plain.FIRST},
            plain.ALIAS: {"AliasArn": called},
            plain.URL: {"FunctionArn": called, "FunctionUrl": url},
        }
        return attributes[self._type(resource) or plain.URL].get(attribute)

    def _called(self, resource: str) -> str | None:
        """Return the ARN by which a version, alias or URL calls its function; None for others."""
        kind, function = self._type(resource), resource.removesuffix(URL)
        if not kind and self._type(function) == _FUNCTION:
            has_url, alias = self._said(function, "FunctionUrlConfig"), self._alias(function)
            arn = self._give(function, "arn")
            return None if not has_url else f"{arn}:{alias}" if alias else arn
        if kind not in _CALLERS:
            return None
        said = self._resources[resource].get("Properties", Section(1))
        if resource in self._asked:
            raise self._error(
                said.line_of(_CALLERS[kind]), f"The function of {resource} is made from itself."
            )
        self._asked.append(resource)
        name = str(self._value(said.get(_CALLERS[kind], "")))
        qualifier = str(self._value(said.get("Name", said.get("Qualifier", ""))))
        self._asked.pop()
        qualifier = plain.FIRST if kind == plain.VERSION else qualifier
        arn = name if name.startswith("arn:") else specs.arn(specs.FunctionSpec, name, self._region)
        return f"{arn}:{qualifier}" if qualifier else arn

    def _alias(self, function: str) -> str:
        """Return the alias that SAM publishes a function by; empty without one."""
        return str(self._value(self._said(function, "AutoPublishAlias") or ""))

    def _said(self, function: str, key: str) -> Any:
        """Return what a function or ``Globals`` says under a key; None where neither does."""
        top = Reader(self._path, self._document, "The template")
        common = top.section("Globals").section("Function").values
        own = top.section("Resources").section(function).section("Properties").values
        return own.get(key, common.get(key))

    def _attribute(self, resource: str, attribute: str, line: int) -> str:
        part = self._of_rest_api(resource, attribute) or self._of_caller(resource, attribute)
        if part is not None:
            return part
        if resource not in self._resources:
            if self._type(resource.removesuffix("Role")) in _ROLES:
                return f"arn:aws:iam::{specs.ACCOUNT}:role/{resource}"
            raise self._error(line, f"There is no resource {resource!r}.")
        kind = self._type(resource)
        found = self._known_attribute(resource, kind, attribute)
        if found is None and kind not in _KINDS:
            return _made_up(resource, kind, attribute, self._region)
        if found is None:
            self._refuse(
                line,
                f"{resource}.{attribute} cannot be looked up here.",
                "Arn, and the name, URL or host of a resource, can.",
            )
        return found or f"{resource}.{attribute}"

    def _known_attribute(self, resource: str, kind: str, attribute: str) -> str | None:
        if attribute in _ARNS and kind in _KINDS:
            return self._give(resource, "arn")
        if attribute == "QueueUrl" and kind == "AWS::SQS::Queue":
            return self._give(resource, "ref")
        if (kind, attribute) in _NAMES:
            return self._give(resource, "name")
        if (kind, attribute) in _HOSTS:
            return self._give(resource, "host")
        if (kind, attribute) in _OTHERS:
            return _OTHERS[kind, attribute].format(
                region=self._region, account=specs.ACCOUNT, name=resource.lower()
            )
        return None

    def _give(self, resource: str, what: str) -> str:
        name = self._name(resource)
        if what == "name":
            return name
        told = {"arn": specs.arn, "host": specs.host}.get(what, specs.reference)
        return told(_KINDS[self._type(resource)][0], name, self._region)

    def _name(self, resource: str) -> str:
        """Return a resource's physical name."""
        kind = _KINDS.get(self._type(resource))
        section = self._resources[resource]
        properties = section.get("Properties", Section(section.line))
        if kind is None or not isinstance(properties, Section) or kind[1] not in properties:
            return resource
        line = properties.line_of(kind[1])
        if resource in self._asked:
            raise self._error(line, f"The name of {resource} is made from itself.")
        self._asked.append(resource)
        name = self._value(properties[kind[1]])
        self._asked.pop()
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._error(line, f"{name!r} is no name for a resource.")
        return name

    def _type(self, resource: str) -> str:
        section = self._resources.get(resource)
        return str(section.get("Type")) if isinstance(section, Section) else ""

    # -- conditions -------------------------------------------------------------------------------

    def _holds(self, name: Any, line: int) -> bool:
        if name not in self._conditions:
            raise self._error(line, f"There is no condition {name!r}.")
        if name not in self._known:
            if name in self._asked:
                raise self._error(line, f"The condition {name} asks for itself.")
            self._asked.append(name)
            self._known[name] = self._test(self._conditions[name], self._conditions.line_of(name))
            self._asked.pop()
        return self._known[name]

    def _test(self, condition: Any, line: int) -> bool:
        if isinstance(condition, Section) and set(condition) == {"Condition"}:
            return self._holds(condition["Condition"], line)
        if isinstance(condition, Intrinsic):
            match condition.name, condition.argument:
                case "Equals", [one, other]:
                    return _text(self._value(one)) == _text(self._value(other))
                case "Not", [one]:
                    return not self._test(one, line)
                case "And", list(parts) if len(parts) > 1:
                    return all(self._test(part, line) for part in parts)
                case "Or", list(parts) if len(parts) > 1:
                    return any(self._test(part, line) for part in parts)
                case "Condition", str(name):
                    return self._holds(name, line)
        raise self._error(line, "A condition is made of Equals, And, Or, Not and Condition.")

    def _error(self, line: int, message: str, hint: str | None = None) -> TemplateError:
        return TemplateError(message, path=self._path, line=line, hint=hint)

    def _refuse(self, line: int, message: str, hint: str | None = None) -> None:
        self._notes.refuse(self._path, line, message, hint)


def _made_up(resource: str, kind: str, attribute: str, region: str) -> str:
    """Return an attribute of what is documentation, or is refused by its type."""
    if not attribute.endswith("Arn"):
        return f"{resource}.{attribute}"
    if kind == "AWS::IAM::Role":
        return f"arn:aws:iam::{specs.ACCOUNT}:role/{resource}"
    service = [*kind.lower().split("::"), "", ""][1]
    return f"arn:aws:{service}:{region}:{specs.ACCOUNT}:{resource}"


def _parameter(section: Reader, name: str) -> Any:
    """Return a parameter's value, when it is asked for: those of documentation need none."""
    parameter = section.section(name)
    kind = parameter.take("Type", str, "String")
    give = f"Give it one, or its value with --parameter {name}=VALUE."
    if "Default" not in parameter.values:
        raise section.error(name, f"The parameter {name} has no Default, and no value.", give)
    if kind.startswith(STORED):
        raise parameter.error(
            "Type", f"The value of {name} is in Parameter Store, which is not supported yet.",
            f"Give it with --parameter {name}=VALUE.",
        )  # fmt: skip
    value = _text(parameter.single("Default"))
    allowed = parameter.plain("AllowedValues")
    if allowed is not None and value not in map(_text, allowed):
        raise parameter.error(
            "Default", f"{name} is {value!r}, which its AllowedValues do not hold."
        )
    listed = kind.startswith(("CommaDelimited", "List<"))
    return [part.strip() for part in value.split(",")] if listed else value


def _text(value: Any) -> str:
    """Return a scalar as CloudFormation passes it on: booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)
