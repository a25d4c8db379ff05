"""A function of a template, with all that stands beside it: aliases, layers, retries, costs."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from warmstart.runtime.specs import (
    ENVIRONMENT_BYTES,
    RESERVED_VARIABLES,
    Alias,
    AsyncConfig,
    Costs,
    DatabaseUse,
    FunctionSpec,
    Holding,
    LoggingConfig,
    Modelled,
    environment_size,
)
from warmstart.runtime.template.documentation import ATTRIBUTES
from warmstart.runtime.worker.levels import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime.template.cfn import Reader

TYPE: Final = "AWS::Serverless::Function"
PROPERTIES: Final = (
    "FunctionName", "Description", "Handler", "Runtime", "CodeUri", "InlineCode", "PackageType",
    "MemorySize", "Timeout",
    "Architectures", "Environment", "EphemeralStorage", "ReservedConcurrentExecutions", "VpcConfig",
    "Layers", "SnapStart", "AutoPublishAlias", "ProvisionedConcurrencyConfig", "EventInvokeConfig",
    "DeadLetterQueue", "LoggingConfig", "RecursiveLoop", "FunctionUrlConfig", "Events",
)  # fmt: skip
METADATA: Final = (
    "profile", "package_mb", "memory_mb", "handler_ms", "imports", "calls", "modelled",
)  # fmt: skip
PROFILES: Final = ("go", "rust", "node", "python", "dotnet", "java")
_MEMORY: Final = (128, 10_240)
_TIMEOUT: Final = (1, 900)
_STORAGE: Final = (512, 10_240)
_RESERVED: Final = (0, 100_000)
_LOOPS: Final = ("Terminate", "Allow")
_SYSTEM_LEVELS: Final = ("DEBUG", "INFO", "WARN")
_SNAP_START_PYTHON: Final = 12
_MOST_LAYERS: Final = 5
_WRAPPER: Final = "AWS_LAMBDA_EXEC_WRAPPER"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def function(
    resource: Reader, logical_id: str, properties: Reader, layers: dict[str, Path]
) -> FunctionSpec | None:
    """Read a function, given the properties that SAM has; its events are read by ``events``.

    None: it cannot run here, and the template is read leniently.
    """
    resource.only(ATTRIBUTES)
    modelled = _modelled(resource.section("Metadata").section("Warmstart"))
    runtime = properties.take("Runtime", str, "")
    if modelled is None and not _runs(properties, runtime):
        return None
    properties.only(PROPERTIES)
    handler = properties.take("Handler", str, "bootstrap" if runtime.startswith("prov") else "")
    if not handler and modelled is None:
        raise properties.error("Handler", "A function needs a Handler, such as app.handler.")
    name = properties.take("FunctionName", str, logical_id)
    if not _NAME.fullmatch(name):
        raise properties.error("FunctionName", f"{name!r} is no name for a function.")
    snap_start = _snap_start(properties)
    storage, vpc = properties.section("EphemeralStorage"), properties.section("VpcConfig")
    storage.only(("Size",))
    ephemeral_storage = storage.within("Size", 512, _STORAGE, "MB")
    aliases = _aliases(properties)
    if snap_start:
        _check_snap_start(properties, runtime, modelled, ephemeral_storage, aliases)
    vpc.only(("SubnetIds", "SecurityGroupIds"))
    return FunctionSpec(
        logical_id=logical_id,
        name=name,
        handler=handler,
        runtime=runtime,
        code=_code(properties, needed=modelled is None),
        inline_code=properties.take("InlineCode", str, ""),
        memory_size=properties.within("MemorySize", 128, _MEMORY, "MB"),
        timeout=properties.within("Timeout", 3, _TIMEOUT, "s"),
        architecture=_architecture(properties),
        environment=MappingProxyType(_environment(properties)),
        ephemeral_storage=ephemeral_storage,
        reserved_concurrency=_reserved(properties),
        logging=_logging(properties, name),
        description=properties.take("Description", str, ""),
        vpc=bool(vpc.values),
        layers=_layers(properties, layers),
        snap_start=snap_start,
        aliases=aliases,
        invoke_config=_invoke_config(properties),
        dead_letter=_dead_letter(properties),
        recursive=properties.choice("RecursiveLoop", "Terminate", _LOOPS) == "Allow",
        modelled=modelled,
        costs=_costs(resource),
    )


def _runs(properties: Reader, runtime: str) -> bool:
    """Say whether the function's code can run here; if not, that has been refused."""
    if properties.choice("PackageType", "Zip", ("Zip", "Image")) == "Image":
        properties.refuse(
            "PackageType", f"{properties.what}: container images are not supported.",
            "Handlers come from a folder (CodeUri).",
        )  # fmt: skip
        return False
    if not re.fullmatch(r"python3\.\d+|provided\.al2023", runtime):
        properties.refuse(
            "Runtime",
            f"{properties.what}: the runtime {runtime or 'that it lacks'} is not supported.",
            "Handlers are Python (python3.13) or provided.al2023; for the start-up cost of another"
            " language set Metadata.Warmstart.profile.",
        )
        return False
    return True


def _reserved(properties: Reader) -> int | None:
    key = "ReservedConcurrentExecutions"
    return properties.within(key, 0, _RESERVED) if key in properties.values else None


def _code(properties: Reader, *, needed: bool) -> Path:
    uri = properties.take("CodeUri", str, ".")  # So does the SAM CLI.
    code = (properties.path.parent / uri).resolve()
    if needed and not code.is_dir() and "InlineCode" not in properties.values:
        raise properties.error("CodeUri", f"Code has to be in a folder; {uri} is none.")
    return code


def _architecture(properties: Reader) -> str:
    architectures = properties.take("Architectures", list, ["x86_64"])
    if len(architectures) != 1 or architectures[0] not in {"x86_64", "arm64"}:
        raise properties.error("Architectures", "Architectures is a list of one: x86_64 or arm64.")
    return str(architectures[0])


def _environment(properties: Reader) -> dict[str, str]:
    environment = properties.section("Environment")
    environment.only(("Variables",))
    variables = environment.section("Variables")
    values = {}
    for name in variables.values:
        if not re.fullmatch(r"[A-Za-z]\w+", name):
            raise variables.error(
                name,
                f"Lambda takes no environment variable named {name}.",
                "A name has at least two characters: a letter first, then letters, digits, _.",
            )
        if name in RESERVED_VARIABLES:
            raise variables.error(
                name, f"Lambda sets {name} itself, and takes no value for it from a template."
            )
        if name == _WRAPPER:
            variables.refuse(name, "Wrapper scripts are not supported here.")
            continue
        value = variables.single(name)
        values[name] = str(value).lower() if isinstance(value, bool) else str(value)
    if environment_size(values) > ENVIRONMENT_BYTES:
        raise properties.error("Environment", "Environment variables may have 4 KB in all.")
    return values


def _logging(properties: Reader, name: str) -> LoggingConfig:
    section = properties.section("LoggingConfig")
    section.only(("LogFormat", "LogGroup", "ApplicationLogLevel", "SystemLogLevel"))
    log_format = section.choice("LogFormat", "Text", ("Text", "JSON"))
    for key in ("ApplicationLogLevel", "SystemLogLevel"):
        if key in section.values and log_format == "Text":
            raise section.error(
                key, f"Logs as text have no {key}.", f"Set LogFormat: JSON, or leave {key} out."
            )
    return LoggingConfig(
        section.take("LogGroup", str, "") or f"/aws/lambda/{name}",
        cast("Literal['Text', 'JSON']", log_format),
        section.choice("ApplicationLogLevel", "INFO", LEVELS),
        section.choice("SystemLogLevel", "INFO", _SYSTEM_LEVELS),
    )


def _layers(properties: Reader, known: dict[str, Path]) -> tuple[Path, ...]:
    names = properties.texts("Layers")
    if len(names) > _MOST_LAYERS:
        raise properties.error("Layers", f"A function may have {_MOST_LAYERS} layers.")
    for name in names:
        if name.startswith("arn:"):
            properties.refuse(
                "Layers",
                f"{name} is a layer outside this template, which is not supported: its packages"
                " can lie beside the code (pip install --target) or beside Warmstart.",
            )
        elif name not in known:
            raise properties.error(
                "Layers",
                f"{name!r} is no layer of this template.",
                "A layer is an AWS::Serverless::LayerVersion with a ContentUri, named by Ref.",
            )
    return tuple(known[name] for name in names if name in known)


def _snap_start(properties: Reader) -> bool:
    section = properties.section("SnapStart")
    section.only(("ApplyOn",))
    return section.choice("ApplyOn", "None", ("None", "PublishedVersions")) != "None"


def _check_snap_start(
    properties: Reader,
    runtime: str,
    modelled: Modelled | None,
    storage: int,
    aliases: tuple[Alias, ...],
) -> None:
    """Refuse what SnapStart does not go together with (snapstart, supported features)."""
    if modelled is not None:
        reason = "a modelled function with a database" if modelled.database is not None else ""
    else:
        python = re.fullmatch(r"python3\.(\d+)", runtime)
        supported = python is not None and int(python[1]) >= _SNAP_START_PYTHON
        reason = "" if supported else f"the runtime {runtime}; of Python, 3.12 and later have it"
    if any(alias.provisioned_concurrency for alias in aliases):
        reason = "provisioned concurrency"
    elif storage > _STORAGE[0]:
        reason = f"more than {_STORAGE[0]} MB of ephemeral storage"
    if reason:
        raise properties.error("SnapStart", f"SnapStart does not support {reason}.")


def _aliases(properties: Reader) -> tuple[Alias, ...]:
    name = properties.take("AutoPublishAlias", str, "")
    provisioned = properties.section("ProvisionedConcurrencyConfig")
    provisioned.only(("ProvisionedConcurrentExecutions",))
    count = provisioned.within("ProvisionedConcurrentExecutions", 0, (0, 100_000))
    if count and not name:
        raise properties.error(
            "ProvisionedConcurrencyConfig",
            "Provisioned concurrency belongs to a version or an alias.",
            "Set AutoPublishAlias, as SAM demands.",
        )
    return (Alias(name, "1", provisioned_concurrency=count),) if name else ()


def _invoke_config(properties: Reader) -> AsyncConfig:
    section = properties.section("EventInvokeConfig")
    section.only(("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"))
    destinations = section.section("DestinationConfig")
    destinations.only(("OnSuccess", "OnFailure"))
    found: dict[str, str | None] = {}
    for key in ("OnSuccess", "OnFailure"):
        one = destinations.section(key)
        one.only(("Type", "Destination"))
        if "Type" in one.values and "Destination" not in one.values:
            one.refuse("Type", f"{key} without a Destination, for SAM to make, is not supported.")
        found[key] = one.take("Destination", str, "") or None
    return AsyncConfig(
        maximum_retry_attempts=section.within("MaximumRetryAttempts", 2, (0, 2)),
        maximum_event_age=section.within("MaximumEventAgeInSeconds", 21_600, (60, 21_600), "s"),
        on_success=found["OnSuccess"],
        on_failure=found["OnFailure"],
    )


def _dead_letter(properties: Reader) -> str | None:
    section = properties.section("DeadLetterQueue")
    section.only(("Type", "TargetArn"))
    section.choice("Type", "SQS", ("SQS", "SNS"))
    return section.take("TargetArn", str, "") or None


def _costs(resource: Reader) -> Costs:
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


def _modelled(metadata: Reader) -> Modelled | None:
    if "modelled" not in metadata.values:
        return None
    section = metadata.section("modelled")
    section.only(("median_ms", "p99_ms", "error_rate", "cpu_bound", "database"))
    median = section.amount("median_ms", 10.0) or 0.0
    slow = section.amount("p99_ms", None)
    rate = section.amount("error_rate", 0.0) or 0.0
    if rate > 1:
        raise section.error("error_rate", "error_rate is a share from 0 to 1.")
    if slow is not None and slow < median:
        raise section.error("p99_ms", "p99_ms cannot be less than median_ms.")
    cpu: Any = section.flag("cpu_bound")
    return Modelled(
        (median, median if slow is None else slow), rate, cpu_bound=cpu, database=_database(section)
    )


def _database(modelled: Reader) -> DatabaseUse | None:
    if "database" not in modelled.values:
        return None
    section = modelled.section("database")
    section.only(("host", "hold"))
    hold = section.choice("hold", "environment", get_args(Holding))
    return DatabaseUse(section.take("host", str, ""), cast("Holding", hold))
