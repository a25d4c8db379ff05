"""The resources beside functions and APIs: queues, topics, buckets, tables, buses, machines."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from warmstart.errors import TemplateError
from warmstart.runtime import specs
from warmstart.runtime.services import schedule, transform
from warmstart.runtime.services.patterns import InvalidPattern, Pattern

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from warmstart.runtime.template.cfn import Reader


def queue(properties: Reader, logical_id: str) -> specs.QueueSpec:
    """Read an ``AWS::SQS::Queue``."""
    properties.only(
        (
            "QueueName", "FifoQueue", "ContentBasedDeduplication", "VisibilityTimeout",
            "DelaySeconds", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds",
            "MaximumMessageSize", "RedrivePolicy", "DeduplicationScope", "FifoThroughputLimit",
        )
    )  # fmt: skip
    redrive = properties.section("RedrivePolicy")
    redrive.only(("deadLetterTargetArn", "maxReceiveCount"))
    fifo = properties.flag("FifoQueue")
    name = properties.take("QueueName", str, f"{logical_id}.fifo" if fifo else logical_id)
    if fifo is not name.endswith(".fifo"):
        raise properties.error(
            "QueueName", "The name of a FIFO queue, and only its, ends in .fifo."
        )
    return specs.QueueSpec(
        logical_id=logical_id,
        name=name,
        fifo=fifo,
        content_based_deduplication=properties.flag("ContentBasedDeduplication"),
        visibility_timeout=properties.within("VisibilityTimeout", 30, (0, 43_200), "s"),
        delay=properties.within("DelaySeconds", 0, (0, 900), "s"),
        retention=properties.within("MessageRetentionPeriod", 345_600, (60, 1_209_600), "s"),
        receive_wait=properties.within("ReceiveMessageWaitTimeSeconds", 0, (0, 20), "s"),
        maximum_message_size=properties.within(
            "MaximumMessageSize", 1_048_576, (1_024, 1_048_576), "bytes"
        ),
        dead_letter=redrive.take("deadLetterTargetArn", str, "") or None,
        max_receive_count=redrive.within("maxReceiveCount", 10, (1, 1_000)),
        deduplication_scope=_pick(properties, "DeduplicationScope", "queue", "messageGroup"),
        throughput_limit=_pick(properties, "FifoThroughputLimit", "perQueue", "perMessageGroupId"),
    )


def _pick(properties: Reader, key: str, *choices: str) -> Any:
    """Return one of some texts, the first where nothing is said."""
    return properties.choice(key, choices[0], choices)


def topic(properties: Reader, logical_id: str) -> specs.TopicSpec:
    """Read an ``AWS::SNS::Topic``; subscriptions of their own are added by ``Wiring``."""
    properties.only(("TopicName", "FifoTopic", "ContentBasedDeduplication", "Subscription"))
    subscriptions = []
    for one in properties.sections("Subscription"):
        one.only(("Protocol", "Endpoint"))
        if delivers(one):
            subscriptions.append(subscription(one, ""))
    return specs.TopicSpec(
        logical_id=logical_id,
        name=properties.take("TopicName", str, logical_id),
        fifo=properties.flag("FifoTopic"),
        content_based_deduplication=properties.flag("ContentBasedDeduplication"),
        subscriptions=tuple(subscriptions),
    )


SUBSCRIPTION: Final = (
    "TopicArn", "Protocol", "Endpoint", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery",
    "RedrivePolicy", "Region",
)  # fmt: skip


def delivers(properties: Reader) -> bool:
    """Say whether a subscription's protocol is supported; if not, that has been refused."""
    protocol = properties.take("Protocol", str, "sqs")
    if protocol in {"sqs", "lambda"}:
        return True
    properties.refuse(
        "Protocol", f"Subscriptions by {protocol} are not supported.", "sqs and lambda are."
    )
    return False


def subscription(properties: Reader, logical_id: str) -> specs.Subscription:
    """Read what a subscription says besides its topic."""
    redrive = properties.section("RedrivePolicy")
    redrive.only(("deadLetterTargetArn",))
    policy = properties.plain("FilterPolicy") or {}
    check_pattern(properties, "FilterPolicy", policy, policy=True)
    return specs.Subscription(
        protocol=cast("Any", properties.take("Protocol", str, "sqs")),
        endpoint=properties.take("Endpoint", str, ""),
        filter_policy=policy,
        filter_scope=_pick(properties, "FilterPolicyScope", "MessageAttributes", "MessageBody"),
        raw=properties.flag("RawMessageDelivery"),
        dead_letter=redrive.take("deadLetterTargetArn", str, "") or None,
        logical_id=logical_id,
    )


def check_pattern(properties: Reader, key: str, pattern: Any, *, policy: bool = False) -> None:
    """Refuse a pattern that AWS would, with its line."""
    if not pattern and policy:
        return
    try:
        if policy:
            pattern = {k: v if isinstance(v, (list, dict)) else [v] for k, v in pattern.items()}
        Pattern(pattern)
    except (InvalidPattern, AttributeError) as error:
        raise properties.error(key, f"{key} is no valid pattern: {error}") from error


def bucket(properties: Reader, logical_id: str) -> specs.BucketSpec:
    """Read an ``AWS::S3::Bucket`` with its notifications."""
    properties.only(("BucketName", "NotificationConfiguration", "VersioningConfiguration"))
    config = properties.section("NotificationConfiguration")
    kinds = {
        "LambdaConfigurations": "Function",
        "QueueConfigurations": "Queue",
        "TopicConfigurations": "Topic",
    }
    config.only((*kinds, "EventBridgeConfiguration"))
    found = []
    for name, key in kinds.items():
        for one in config.sections(name):
            one.only(("Event", key, "Filter"))
            rules = filter_rules(one.section("Filter"))
            found.append(
                specs.Notification((one.take("Event", str, ""),), one.take(key, str, ""), *rules)
            )
    if "EventBridgeConfiguration" in config.values:
        found.append(specs.Notification(("s3:*",), "eventbridge"))
    # Objects have no versions here, and a template that counts on them should not seem to work.
    versions = properties.section("VersioningConfiguration")
    versions.only(("Status",))
    if versions.choice("Status", "Suspended", ("Suspended", "Enabled")) == "Enabled":
        versions.refuse("Status", "Versions of objects are not supported.", "Suspended is.")
    return specs.BucketSpec(
        logical_id=logical_id,
        name=properties.take("BucketName", str, logical_id.lower()),
        notifications=tuple(found),
    )


def filter_rules(section: Reader) -> tuple[str, str]:
    """Return the prefix and suffix of an S3 notification's filter."""
    section.only(("S3Key",))
    key = section.section("S3Key")
    key.only(("Rules",))
    found = {"prefix": "", "suffix": ""}
    for rule in key.sections("Rules"):
        rule.only(("Name", "Value"))
        found[rule.choice("Name", "prefix", ("prefix", "suffix"))] = rule.take("Value", str, "")
    return found["prefix"], found["suffix"]


_INDEX_DOCUMENTATION: Final = ("ProvisionedThroughput", "ContributorInsightsSpecification")
"""What an index says that is documentation here, as it is of its table."""


def table(properties: Reader, logical_id: str) -> specs.TableSpec:
    """Read an ``AWS::DynamoDB::Table``."""
    properties.only(
        (
            "TableName", "AttributeDefinitions", "KeySchema", "BillingMode",
            "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "TimeToLiveSpecification",
        )
    )  # fmt: skip
    attributes = {}
    for one in properties.sections("AttributeDefinitions"):
        one.only(("AttributeName", "AttributeType"))
        attributes[one.take("AttributeName", str, "")] = _pick(one, "AttributeType", "S", "N", "B")
    hash_key, range_key = _keys(properties, attributes)
    indexes = []
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        for one in properties.sections(name):
            one.only(("IndexName", "KeySchema", "Projection", *_INDEX_DOCUMENTATION))
            projection = one.section("Projection")
            projection.only(("ProjectionType", "NonKeyAttributes"))
            indexes.append(
                specs.IndexSpec(
                    one.take("IndexName", str, ""), *_keys(one, attributes),
                    _pick(projection, "ProjectionType", "ALL", "KEYS_ONLY", "INCLUDE"),
                    tuple(projection.texts("NonKeyAttributes")),
                    name == "LocalSecondaryIndexes",
                )
            )  # fmt: skip
    ttl = properties.section("TimeToLiveSpecification")
    ttl.only(("AttributeName", "Enabled"))
    enabled = ttl.flag("Enabled")
    return specs.TableSpec(
        logical_id=logical_id,
        name=properties.take("TableName", str, logical_id),
        attributes=MappingProxyType(attributes),
        hash_key=hash_key,
        range_key=range_key,
        indexes=tuple(indexes),
        ttl_attribute=ttl.take("AttributeName", str, "") or None if enabled else None,
        billing=_pick(properties, "BillingMode", "PROVISIONED", "PAY_PER_REQUEST"),
    )


def _keys(section: Reader, attributes: dict[str, Any]) -> tuple[str, str | None]:
    found: dict[str, str] = {}
    for one in section.sections("KeySchema"):
        one.only(("AttributeName", "KeyType"))
        name = one.take("AttributeName", str, "")
        if name not in attributes:
            raise section.error("KeySchema", f"{name} is a key that AttributeDefinitions lacks.")
        found[one.choice("KeyType", "HASH", ("HASH", "RANGE"))] = name
    if "HASH" not in found:
        raise section.error("KeySchema", "A table, and an index, needs a HASH key.")
    return found["HASH"], found.get("RANGE")


def simple_table(properties: Reader, logical_id: str) -> specs.TableSpec:
    """Read an ``AWS::Serverless::SimpleTable``."""
    properties.only(("TableName", "PrimaryKey"))
    key = properties.section("PrimaryKey")
    key.only(("Name", "Type"))
    name = key.take("Name", str, "id")
    kind = {"String": "S", "Number": "N", "Binary": "B"}[
        key.choice("Type", "String", ("String", "Number", "Binary"))
    ]
    return specs.TableSpec(
        logical_id, properties.take("TableName", str, logical_id), {name: cast("Any", kind)}, name
    )


def bus(properties: Reader, logical_id: str) -> specs.BusSpec:
    """Read an ``AWS::Events::EventBus``."""
    properties.only(("Name",))
    return specs.BusSpec(logical_id, properties.take("Name", str, logical_id))


def rule(properties: Reader, logical_id: str) -> specs.RuleSpec:
    """Read an ``AWS::Events::Rule``."""
    properties.only(
        ("Name", "EventBusName", "EventPattern", "ScheduleExpression", "State", "Targets")
    )
    pattern = properties.plain("EventPattern")
    if pattern is not None:
        check_pattern(properties, "EventPattern", pattern)
    return specs.RuleSpec(
        logical_id=logical_id,
        name=properties.take("Name", str, logical_id),
        bus=_bus_name(properties),
        pattern=pattern,
        schedule=_schedule(properties),
        enabled=properties.choice("State", "ENABLED", ("ENABLED", "DISABLED")) == "ENABLED",
        targets=tuple(target(one) for one in _targets(properties)),
    )


def _targets(properties: Reader) -> list[Reader]:
    found = properties.sections("Targets")
    for one in found:
        one.only(_TARGET)
    return found


_TARGET: Final = (
    "Id", "Arn", "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig",
    "RoleArn",
)  # fmt: skip


def _schedule(properties: Reader) -> str | None:
    expression = properties.take("ScheduleExpression", str, "")
    if expression:
        check_schedule(properties, "ScheduleExpression", expression)
    return expression or None


def _bus_name(properties: Reader) -> str:
    """Return a bus's name, which may be given as its ARN."""
    return properties.take("EventBusName", str, "default").rpartition("/")[2]


def target(properties: Reader, *, id_: str = "", arn: str = "") -> specs.Target:
    """Read a rule's target; what SAM's events leave out is given."""
    transformer = properties.section("InputTransformer")
    transformer.only(("InputPathsMap", "InputTemplate"))
    retry, dead = properties.section("RetryPolicy"), properties.section("DeadLetterConfig")
    retry.only(("MaximumRetryAttempts", "MaximumEventAgeInSeconds"))
    dead.only(("Arn",))
    found = specs.Target(
        id=id_ or properties.take("Id", str, ""),
        arn=arn or properties.take("Arn", str, ""),
        input=properties.take("Input", str, "") or None,
        input_path=properties.take("InputPath", str, "") or None,
        input_paths=transformer.plain("InputPathsMap") or {},
        input_template=transformer.take("InputTemplate", str, "") or None,
        maximum_retry_attempts=retry.within("MaximumRetryAttempts", 185, (0, 185)),
        maximum_event_age=retry.within("MaximumEventAgeInSeconds", 86_400, (60, 86_400), "s"),
        dead_letter=dead.take("Arn", str, "") or None,
    )
    try:
        transform.check(found)
    except ValueError as error:
        key = "InputPath" if found.input_path else "Input" if found.input else "InputTransformer"
        raise properties.error(key, str(error)) from error
    return found


def archive(properties: Reader, logical_id: str) -> specs.ArchiveSpec:
    """Read an ``AWS::Events::Archive``."""
    properties.only(("ArchiveName", "SourceArn", "EventPattern", "RetentionDays"))
    pattern = properties.plain("EventPattern")
    if pattern is not None:
        check_pattern(properties, "EventPattern", pattern)
    return specs.ArchiveSpec(
        logical_id=logical_id,
        name=properties.take("ArchiveName", str, logical_id),
        bus=properties.take("SourceArn", str, "default").rpartition("/")[2],
        pattern=pattern,
        retention_days=properties.within("RetentionDays", 0, (0, 36_500)),
    )


def state_machine(properties: Reader, logical_id: str) -> specs.StateMachineSpec:
    """Read a state machine of either type, from SAM or from CloudFormation."""
    properties.only(
        (
            "Name", "StateMachineName", "Type", "StateMachineType", "Definition", "DefinitionUri",
            "DefinitionString", "DefinitionSubstitutions", "Events",
        )
    )  # fmt: skip
    text, path, line = _definition(properties)
    for name, value in (properties.plain("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    key = "StateMachineType" if "StateMachineType" in properties.values else "Type"
    kind = _pick(properties, key, "STANDARD", "EXPRESS")
    _check(properties, text, path, line, express=kind == "EXPRESS")
    name = properties.take("StateMachineName", str, "") or properties.take("Name", str, logical_id)
    return specs.StateMachineSpec(
        logical_id=logical_id,
        name=name,
        definition=text,
        type=kind,
        path=path,
        line=line,
    )


def _check(properties: Reader, text: str, path: Path, line: int, *, express: bool) -> None:
    """Refuse a definition that AWS would not take; its line, where it is a JSON file of its own."""
    from warmstart.runtime.asl.document import line_of, lines
    from warmstart.runtime.asl.parse import parse
    from warmstart.runtime.asl.reading import DefinitionError

    try:
        parse(text, express=express)
    except DefinitionError as error:
        first = error.problems[0]
        message = f"{first.message.rstrip('.')} at {first.place} of the state machine."
        if path != properties.path and path.suffix == ".json":
            line = line_of(first.at, lines(text))
            try:
                json.loads(text)
            except json.JSONDecodeError as broken:
                message, line = f"The state machine is not JSON: {broken.msg}.", broken.lineno
        raise TemplateError(message, path=path, line=line, hint=first.fix or None) from error


def _definition(properties: Reader) -> tuple[str, Any, int]:
    if "DefinitionUri" in properties.values:
        uri = properties.take("DefinitionUri", str, "")
        path = (properties.path.parent / uri).resolve()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise properties.error("DefinitionUri", f"{uri} cannot be read: {error}.") from error
        if path.suffix in {".yaml", ".yml"}:
            import yaml

            text = json.dumps(yaml.safe_load(text), default=str)
        return text, path, 1
    if "DefinitionString" in properties.values:
        text = properties.take("DefinitionString", str, "")
        return text, properties.path, properties.line("DefinitionString")
    if "Definition" not in properties.values:
        raise properties.error("DefinitionUri", "A state machine needs a definition.")
    return (
        json.dumps(properties.plain("Definition")), properties.path, properties.line("Definition")
    )  # fmt: skip


READERS: Final[dict[str, Callable[[Reader, str], specs.Resource]]] = {
    "AWS::SQS::Queue": queue,
    "AWS::SNS::Topic": topic,
    "AWS::S3::Bucket": bucket,
    "AWS::DynamoDB::Table": table,
    "AWS::Serverless::SimpleTable": simple_table,
    "AWS::Events::EventBus": bus,
    "AWS::Events::Rule": rule,
    "AWS::Events::Archive": archive,
    "AWS::Serverless::StateMachine": state_machine,
    "AWS::StepFunctions::StateMachine": state_machine,
}
LATER: Final = {
    "AWS::Kinesis::Stream": ("Kinesis streams", ""),
    "AWS::ApiGateway::RestApi": ("REST APIs apart from SAM's", "AWS::Serverless::Api is."),
    "AWS::ApiGateway::UsagePlan": ("Usage plans of REST APIs", ""),
    "AWS::ApiGateway::ApiKey": ("API keys", ""),
    "AWS::ApiGateway::DomainName": ("Custom domains", ""),
    "AWS::WAFv2::WebACL": ("Firewalls (WAF)", ""),
    "AWS::WAFv2::WebACLAssociation": ("Firewalls (WAF)", ""),
    "AWS::Serverless::WebSocketApi": (
        "WebSocket APIs", "AWS::Serverless::HttpApi and AWS::Serverless::Api are."
    ),
    "AWS::ApiGatewayV2::Api": ("HTTP APIs apart from SAM's", "AWS::Serverless::HttpApi is."),
    "AWS::SSM::Parameter": ("Parameters of Parameter Store", ""),
    "AWS::SecretsManager::Secret": ("Secrets of Secrets Manager", ""),
    "AWS::SES::EmailIdentity": ("Identities of SES", ""),
    "AWS::Scheduler::Schedule": (
        "Schedules of EventBridge Scheduler", "An AWS::Events::Rule with a ScheduleExpression is."
    ),
    "AWS::Serverless::Application": ("Nested applications", ""),
}  # fmt: skip
"""By type, what is known and not built yet, and what is there instead, if anything."""


def check_schedule(properties: Reader, key: str, expression: str) -> None:
    """Refuse what is neither ``rate(…)`` nor ``cron(…)``."""
    try:
        schedule.parse(expression)
    except ValueError as error:
        raise properties.error(
            key,
            f"{expression!r} is no schedule: {error}.",
            "Write rate(5 minutes) or cron(0 9 * * ? *).",
        ) from error
