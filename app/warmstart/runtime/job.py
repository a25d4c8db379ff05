"""What a worker is told before INIT: the function, its surroundings, its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from warmstart.runtime import trace as t
    from warmstart.runtime.endpoint.aws import Credentials
    from warmstart.runtime.services.base import Account
    from warmstart.runtime.versions import Version
    from warmstart.runtime.worker.protocol import Job

_US = 1_000_000


def variables(
    account: Account,
    version: Version,
    kind: t.InitializationType,
    *,
    scratch: Path,
    stream: str,
    url: str,
    credentials: Credentials,
) -> dict[str, str]:
    """Return all of a process's environment variables (configuration-envvars).

    ``stream`` is the name of its log stream, ``url`` that of the endpoint. SnapStart has no
    variables for group and stream of the log (snapstart-monitoring). Model: format and level have
    theirs only with logs as JSON.
    """
    spec = version.spec
    code, opt = str(spec.code), str(spec.layers[0]) if spec.layers else "/opt"
    as_json = {
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": spec.logging.application_log_level,
    }
    found = {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_DEFAULT_REGION": account.region,
        # StartSyncExecution would else be sent to sync-127.0.0.1.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ENDPOINT_URL": url,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": version.number,
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.logging.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_REGION": account.region,
        "AWS_SECRET_ACCESS_KEY": credentials.secret,
        "AWS_SESSION_TOKEN": "-",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000",
        "HOME": str(scratch),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": code,
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": f"/lib64:/usr/lib64:{code}:{code}/lib:{opt}/lib",
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{opt}/bin",
        "PYTHONPATH": "/var/runtime",
        "TMPDIR": str(scratch),
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
        **(as_json if spec.logging.as_json else {}),
        **spec.environment,
    }
    if kind == "snap-start":
        del found["AWS_LAMBDA_LOG_GROUP_NAME"], found["AWS_LAMBDA_LOG_STREAM_NAME"]
    return found


def job(
    account: Account,
    version: Version,
    environment: dict[str, str],
    *,
    arn: str,
    scratch: Path,
    headroom_mb: int,
    databases: bool,
    entropy: str,
) -> Job:
    """Return what a worker needs to know before it can run a handler."""
    spec, model = version.spec, account.model
    return {
        "function": spec.name,
        "handler": spec.handler,
        "code": str(spec.code),
        "layers": [str(layer) for layer in spec.layers],
        "scratch": str(scratch),
        "environment": environment,
        "arn": arn,
        "version": version.number,
        "memory_mb": spec.memory_size,
        "headroom_mb": headroom_mb,
        "storage_mb": spec.ephemeral_storage,
        "entropy": entropy,
        "epoch_us": round(account.start.timestamp() * _US),
        "databases": databases,
        "imports": {name: round(ms * 1_000) for name, ms in spec.costs.imports.items()},
        "calls": {name: round(ms * 1_000) for name, ms in spec.costs.calls.items()},
        "log_lines": model.log_lines,
        "log_line_chars": model.log_line_chars,
        "log_level": spec.logging.application_log_level if spec.logging.as_json else "",
    }
