"""The ``context`` object a handler gets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmstart.runtime.worker.protocol import Job


class LambdaContext:
    """What Lambda tells a handler about its invocation (developer guide, python-context)."""

    def __init__(self, job: Job, request: str, deadline_us: int) -> None:
        self._deadline_ms = (job["epoch_us"] + deadline_us) / 1_000
        self.aws_request_id = request
        self.function_name = job["function"]
        self.function_version = job["version"]
        self.invoked_function_arn = job["arn"]
        self.memory_limit_in_mb = str(job["memory_mb"])
        self.log_group_name = job["environment"]["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = job["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self.tenant_id = None

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take, in milliseconds; never below 0."""
        return max(0, int(self._deadline_ms - time.time() * 1_000))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_")
        )
        return f"LambdaContext([{shown}])"
