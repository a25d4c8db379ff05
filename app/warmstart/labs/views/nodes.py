"""What stands in the topology: resources and callers, and what the template itself connects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from warmstart.runtime import specs, web_specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warmstart.runtime.template import Application

NodeKind = Literal[
    "caller", "api", "function", "queue", "topic", "bus", "rule", "table", "bucket", "machine",
    "database", "proxy",
]  # fmt: skip

_ARN: Final = re.compile(r"arn:aws:(lambda|sqs|sns|states|events|s3):[^:]*:[^:]*:(.+)")
_OF_SERVICE: Final[dict[str, NodeKind]] = {
    "lambda": "function", "sqs": "queue", "sns": "topic", "states": "machine", "events": "bus",
    "s3": "bucket",
}  # fmt: skip
_KINDS: Final[dict[type, NodeKind]] = {
    web_specs.HttpApiSpec: "api",
    web_specs.RestApiSpec: "api",
    web_specs.FunctionUrlSpec: "api",
    specs.StateMachineSpec: "machine",
    specs.TopicSpec: "topic",
    specs.QueueSpec: "queue",
    specs.TableSpec: "table",
    specs.BucketSpec: "bucket",
    specs.DatabaseSpec: "database",
    specs.DatabaseProxySpec: "proxy",
}
"""Resources that stand in the picture also where nothing leads to them."""


@dataclass(frozen=True, slots=True)
class Node:
    """A resource, or who calls from outside."""

    kind: NodeKind
    name: str


def node_of(arn: str) -> Node:
    """Return the resource that an ARN names."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return Node("caller", arn)
    service, rest = found.groups()
    kind = _OF_SERVICE[service]
    if kind == "function":
        return Node(kind, rest.split(":")[1] if ":" in rest else rest)
    return Node(kind, re.split(r"[:/]", rest)[-1])


def database_of(name: str) -> Node:
    """Return the database, or proxy, that the trace names."""
    proxy = name.removeprefix("rds-proxy/")
    return Node("database", name) if proxy == name else Node("proxy", proxy)


def resources(application: Application) -> Iterator[Node]:
    """Yield the template's functions, then its other resources that the picture shows."""
    for function in application.functions.values():
        yield Node("function", function.name)
    for resource in application.resources.values():
        kind = _KINDS.get(type(resource))
        if kind is not None:
            yield Node(kind, resource.name)


def connections(application: Application) -> Iterator[tuple[Node, Node]]:
    """Yield what the template itself connects."""
    for api in application.all(web_specs.HttpApiSpec):
        for route in api.routes:
            yield Node("api", api.name), node_of(route.function)
    for rest in application.all(web_specs.RestApiSpec):
        for method in rest.methods:
            if method.function:
                yield Node("api", rest.name), node_of(method.function)
    for url in application.all(web_specs.FunctionUrlSpec):
        yield Node("api", url.name), node_of(url.function)
    for function in application.functions.values():
        own = Node("function", function.name)
        for source in function.sources:
            yield node_of(source.queue), own
        config = function.invoke_config
        for target in (config.on_success, config.on_failure, function.dead_letter):
            if target is not None:
                yield own, node_of(target)
    for resource in application.resources.values():
        yield from _ways_from(resource)


def _ways_from(resource: specs.Resource) -> Iterator[tuple[Node, Node]]:
    match resource:
        case specs.TopicSpec(name=name, subscriptions=subscriptions):
            for subscription in subscriptions:
                yield Node("topic", name), node_of(subscription.endpoint)
        case specs.DatabaseProxySpec(name=name, database=database):
            yield Node("proxy", name), Node("database", database)
        case specs.QueueSpec(name=name, dead_letter=arn) if arn is not None:
            yield Node("queue", name), node_of(arn)
        case specs.RuleSpec(name=name, bus=bus, pattern=pattern, targets=targets):
            if pattern is not None:
                yield Node("bus", bus), Node("rule", name)
            for target in targets:
                yield Node("rule", name), node_of(target.arn)
        case specs.BucketSpec(name=name, notifications=notifications):
            for notification in notifications:
                by_bus = notification.target == "eventbridge"
                to = Node("bus", "default") if by_bus else node_of(notification.target)
                yield Node("bucket", name), to
        case specs.StateMachineSpec(name=name, definition=definition):
            for function in dict.fromkeys(re.findall(r":function:([\w-]+)", definition)):
                yield Node("machine", name), Node("function", function)
        case _:
            pass
