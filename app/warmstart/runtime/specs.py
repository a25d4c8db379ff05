"""What a template describes, checked and with defaults filled in: one frozen value a resource.

Names are AWS's own. Durations are seconds unless said otherwise, memory is MB. A spec says what a
resource is; what it does is the service's business. What only the model needs stands in ``Costs``
and ``Modelled``.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from warmstart.runtime.web_specs import FunctionUrlSpec, HttpApiSpec, RestApiSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ACCOUNT = "123456789012"
"""The account id that AWS's own examples use."""

RESERVED_VARIABLES: Final = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)  # fmt: skip
"""Environment variables that are Lambda's own (configuration-envvars)."""

ENVIRONMENT_BYTES: Final = 4_096
"""What a function's own variables may come to, names and values (gettingstarted-limits)."""

LATEST: Final = "$LATEST"
"""The version that is no published one."""

NOTHING: Mapping[str, Any] = {}


def environment_size(variables: Mapping[str, str]) -> int:
    """Return the bytes that ``ENVIRONMENT_BYTES`` bounds."""
    return sum(len(f"{name}{value}".encode()) for name, value in variables.items())


@dataclass(frozen=True, slots=True)
class Costs:
    """What only the model needs to know of a function."""

    profile: str = "python"
    package_mb: float = 1.0
    memory_mb: float = 0.0
    handler_ms: float | None = None
    """None: the model's ``handler_ms``."""
    imports: Mapping[str, float] = field(default_factory=dict)
    calls: Mapping[str, float] = field(default_factory=dict)


Holding = Literal["environment", "call", "statement"]
"""How long code keeps a database connection: as long as its environment lives, for one call, or for
one statement."""


@dataclass(frozen=True, slots=True)
class DatabaseUse:
    """A statement that a function without code executes in each call."""

    host: str
    """Of the database or proxy, as the template gives it."""
    hold: Holding = "environment"


@dataclass(frozen=True, slots=True)
class Modelled:
    """A function without code: how long it takes and how often it fails, by distribution."""

    duration_ms: tuple[float, float] = (10.0, 10.0)
    """Median and 99th percentile of a log-normal distribution."""
    error_rate: float = 0.0
    """The share of invocations that raise, 0–1."""
    cpu_bound: bool = False
    """Whether the duration is that at one vCPU, and longer with less, as CPU time is."""
    database: DatabaseUse | None = None
    """What it does with a database besides."""

    @property
    def keeps_deadline(self) -> bool:
        """Whether it takes just what is drawn, and nothing besides that could outlast a limit."""
        return not self.cpu_bound and self.database is None


@dataclass(frozen=True, slots=True)
class LoggingConfig:
    """Where a function's log goes, and how."""

    log_group: str = ""
    """Its name."""
    log_format: Literal["Text", "JSON"] = "Text"
    application_log_level: str = "INFO"
    """Of JSON alone: from which level on what the function writes goes to the log."""
    system_log_level: str = "INFO"
    """The same for what Lambda writes."""

    @property
    def as_json(self) -> bool:
        """Whether logs are JSON objects."""
        return self.log_format == "JSON"


@dataclass(frozen=True, slots=True)
class AsyncConfig:
    """How asynchronous invocations are retried, and where they end (EventInvokeConfig)."""

    maximum_retry_attempts: int = 2
    maximum_event_age: int = 21_600
    on_success: str | None = None
    """The ARN of a destination."""
    on_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A name for a version, with what is sent to another one."""

    name: str
    version: str
    weights: Mapping[str, float] = field(default_factory=dict)
    """Additional versions and the share of requests each gets, 0–1."""
    provisioned_concurrency: int = 0


@dataclass(frozen=True, slots=True)
class QueueSource:
    """An SQS event source mapping."""

    queue: str
    """The queue's ARN."""
    function: str
    """The ARN of what it invokes: a function, or its alias."""
    batch_size: int = 10
    maximum_batching_window: int = 0
    report_batch_item_failures: bool = False
    maximum_concurrency: int | None = None
    filters: tuple[Mapping[str, Any], ...] = ()
    """Patterns; one of them is enough."""
    enabled: bool = True
    logical_id: str = ""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function, its settings checked and their defaults filled in."""

    logical_id: str
    name: str
    handler: str
    runtime: str
    code: Path
    """The folder that holds the handler's module, absolute."""
    inline_code: str = ""
    """Python that stands in the template instead, as the module ``index``."""
    memory_size: int = 128
    timeout: int = 3
    """Seconds."""
    architecture: str = "x86_64"
    environment: Mapping[str, str] = field(default_factory=dict)
    ephemeral_storage: int = 512
    reserved_concurrency: int | None = None
    logging: LoggingConfig = field(default_factory=LoggingConfig)
    description: str = ""
    vpc: bool = False
    layers: tuple[Path, ...] = ()
    """Folders, absolute; a Python layer's modules stand in its ``python``."""
    snap_start: bool = False
    """``ApplyOn: PublishedVersions``."""
    published: bool = False
    """Whether the template publishes it, as version 1, also where no alias names that."""
    aliases: tuple[Alias, ...] = ()
    invoke_config: AsyncConfig = field(default_factory=AsyncConfig)
    dead_letter: str | None = None
    """The ARN of a queue or topic for events that were given up."""
    recursive: bool = False
    """``RecursiveLoop: Allow``: it may be invoked by what it did itself, again and again."""
    sources: tuple[QueueSource, ...] = ()
    modelled: Modelled | None = None
    """Instead of code."""
    costs: Costs = field(default_factory=Costs)


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """An SQS queue."""

    logical_id: str
    name: str
    fifo: bool = False
    content_based_deduplication: bool = False
    visibility_timeout: int = 30
    delay: int = 0
    retention: int = 345_600
    receive_wait: int = 0
    maximum_message_size: int = 1_048_576
    dead_letter: str | None = None
    """The ARN of the dead-letter queue."""
    max_receive_count: int = 10
    deduplication_scope: Literal["queue", "messageGroup"] = "queue"
    """Of a FIFO queue: whether a deduplication id counts for all of it or for one group."""
    throughput_limit: Literal["perQueue", "perMessageGroupId"] = "perQueue"
    """Of a FIFO queue; told and, since nothing is throttled, without effect."""
    redrive_allow: str | None = None
    """Which queues may have this one for their dead letters: JSON text, as its attribute."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of a topic."""

    protocol: Literal["sqs", "lambda"]
    endpoint: str
    """The ARN of a queue or function."""
    filter_policy: Mapping[str, Any] = field(default_factory=dict)
    filter_scope: Literal["MessageAttributes", "MessageBody"] = "MessageAttributes"
    raw: bool = False
    dead_letter: str | None = None
    logical_id: str = ""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """An SNS topic."""

    logical_id: str
    name: str
    fifo: bool = False
    content_based_deduplication: bool = False
    subscriptions: tuple[Subscription, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule or schedule sends events."""

    id: str
    arn: str
    input: str | None = None
    """A constant, as JSON text."""
    input_path: str | None = None
    input_paths: Mapping[str, str] = field(default_factory=dict)
    input_template: str | None = None
    maximum_retry_attempts: int = 185
    maximum_event_age: int = 86_400
    dead_letter: str | None = None


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule of an event bus: by pattern, by schedule, or both."""

    logical_id: str
    name: str
    bus: str = "default"
    pattern: Mapping[str, Any] | None = None
    schedule: str | None = None
    """``rate(…)`` or ``cron(…)``."""
    enabled: bool = True
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class BusSpec:
    """An event bus."""

    logical_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ArchiveSpec:
    """An archive of a bus, from which events can be replayed."""

    logical_id: str
    name: str
    bus: str
    pattern: Mapping[str, Any] | None = None
    retention_days: int = 0
    """0 keeps events for ever."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What a bucket tells whom."""

    events: tuple[str, ...]
    """``s3:ObjectCreated:*``, …"""
    target: str
    """The ARN of a function, queue or topic; ``eventbridge`` for the default bus."""
    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """An S3 bucket."""

    logical_id: str
    name: str
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """A secondary index of a table."""

    name: str
    hash_key: str
    range_key: str | None = None
    projection: Literal["ALL", "KEYS_ONLY", "INCLUDE"] = "ALL"
    included: tuple[str, ...] = ()
    local: bool = False
    throughput: tuple[int, int] = (0, 0)
    """Read and write capacity units, provisioned: told, and without effect."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A DynamoDB table."""

    logical_id: str
    name: str
    attributes: Mapping[str, Literal["S", "N", "B"]]
    """The types of the key attributes."""
    hash_key: str
    range_key: str | None = None
    indexes: tuple[IndexSpec, ...] = ()
    ttl_attribute: str | None = None
    billing: Literal["PAY_PER_REQUEST", "PROVISIONED"] = "PAY_PER_REQUEST"
    throughput: tuple[int, int] = (0, 0)
    """As an index has it."""


@dataclass(frozen=True, slots=True)
class DatabaseSpec:
    """An RDS instance of MySQL or MariaDB."""

    logical_id: str
    name: str
    max_connections: int
    wait_timeout: int = 28_800
    """Seconds after which the server closes a connection that does nothing."""
    schema: str = ""
    """SQL that makes its tables."""
    connect_ms: float | None = None
    """None: the model's ``connect_ms``."""
    query_ms: float | None = None
    """None: the model's ``query_ms``."""


@dataclass(frozen=True, slots=True)
class DatabaseProxySpec:
    """An RDS Proxy in front of one instance, with its target group's settings."""

    logical_id: str
    name: str
    database: str
    """The instance's name."""
    max_connections_percent: int = 100
    """Of the instance's ``max_connections``: what the proxy may open."""
    max_idle_percent: int = 50
    """Of the same: what it keeps of those that nobody has borrowed for five minutes."""
    borrow_timeout: int = 120
    idle_client_timeout: int = 1_800


@dataclass(frozen=True, slots=True)
class StateMachineSpec:
    """A state machine of Step Functions."""

    logical_id: str
    name: str
    definition: str
    """The definition in the Amazon States Language, as JSON text, substitutions made."""
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    path: Path | None = None
    """The file that the definition was read from."""
    line: int = 1
    """Where in the file, or in the template, it begins."""


Resource = (
    FunctionSpec
    | QueueSpec
    | TopicSpec
    | BusSpec
    | RuleSpec
    | ArchiveSpec
    | BucketSpec
    | TableSpec
    | HttpApiSpec
    | RestApiSpec
    | FunctionUrlSpec
    | StateMachineSpec
    | DatabaseSpec
    | DatabaseProxySpec
)

_SERVICES: dict[type[Any], str] = {
    FunctionSpec: "lambda:{region}:{account}:function:{name}",
    QueueSpec: "sqs:{region}:{account}:{name}",
    TopicSpec: "sns:{region}:{account}:{name}",
    BusSpec: "events:{region}:{account}:event-bus/{name}",
    RuleSpec: "events:{region}:{account}:rule/{name}",
    ArchiveSpec: "events:{region}:{account}:archive/{name}",
    BucketSpec: "s3:::{name}",
    TableSpec: "dynamodb:{region}:{account}:table/{name}",
    HttpApiSpec: "execute-api:{region}:{account}:{name}",
    RestApiSpec: "execute-api:{region}:{account}:{name}",
    FunctionUrlSpec: "lambda:{region}:{account}:url:{name}",
    StateMachineSpec: "states:{region}:{account}:stateMachine:{name}",
    DatabaseSpec: "rds:{region}:{account}:db:{name}",
    DatabaseProxySpec: "rds:{region}:{account}:db-proxy:{name}",
}


def arn(kind: type[Any], name: str, region: str) -> str:
    """Return the ARN of a resource of this kind with this name."""
    return "arn:aws:" + _SERVICES[kind].format(region=region, account=ACCOUNT, name=name)


def reference(kind: type[Any], name: str, region: str) -> str:
    """Return what ``Ref`` gives of a resource: a URL, an ARN, or the name."""
    if kind is QueueSpec:
        return f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/{name}"
    return arn(kind, name, region) if kind in {TopicSpec, StateMachineSpec} else name


def host(kind: type[Any], name: str, region: str) -> str:
    """Return the host name of a database, a proxy or a function URL: in lower case, as AWS's is.

    The id of a function URL is made from what it belongs to (urls-invocation), here its name.
    """
    if kind is FunctionUrlSpec:
        digest = hashlib.sha256(arn(kind, name, region).encode()).digest()
        return f"{base64.b32encode(digest)[:32].decode().lower()}.lambda-url.{region}.on.aws"
    place = f"proxy-{ACCOUNT}" if kind is DatabaseProxySpec else ACCOUNT
    return f"{name}.{place}.{region}.rds.amazonaws.com".lower()
