"""The ``context`` object a handler gets."""

from __future__ import annotations

import sys
import time
from json import loads
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warmstart.runtime.worker.protocol import Job


class CognitoIdentity:
    """Who called through Amazon Cognito: nobody, here."""

    def __init__(self) -> None:
        self.cognito_identity_id: str | None = None
        self.cognito_identity_pool_id: str | None = None


class Client:
    """The application that called, as its SDK tells."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.installation_id = told.get("installation_id")
        self.app_title = told.get("app_title")
        self.app_version_name = told.get("app_version_name")
        self.app_version_code = told.get("app_version_code")
        self.app_package_name = told.get("app_package_name")


class ClientContext:
    """What the caller sent beside the event."""

    def __init__(self, told: dict[str, Any]) -> None:
        client = told.get("client")
        self.client = Client(client) if isinstance(client, dict) else None
        self.custom = told.get("custom")
        self.env = told.get("env")


class LambdaContext:
    """What Lambda tells a handler about its invocation (developer guide, python-context)."""

    def __init__(self, job: Job, message: dict[str, Any]) -> None:
        self._deadline_ms = (job["epoch_us"] + message["deadline"]) / 1_000
        self.aws_request_id = message["request"]
        self.function_name = job["function"]
        self.function_version = job["version"]
        self.invoked_function_arn = message["arn"]
        self.memory_limit_in_mb = str(job["memory_mb"])
        # Lambda's own runtime takes them from there, too; with SnapStart there are none.
        variables = job["environment"]
        self.log_group_name = variables.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = variables.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity()
        context = message["client_context"]
        self.client_context = ClientContext(loads(context)) if context else None
        self.tenant_id = None

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take, in milliseconds; never below 0."""
        return max(0, int(self._deadline_ms - time.time() * 1_000))

    def log(self, message: object) -> None:
        """Write a message to the log, as it is."""
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_")
        )
        return f"LambdaContext([{shown}])"
