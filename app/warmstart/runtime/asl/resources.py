"""The Resource of a Task: a function's ARN, or an integration with a service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Pattern = Literal["request", "sync", "token"]

_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:[\w-]+(:[\w$-]+)?")
_ACTIVITY = re.compile(r"arn:[\w-]+:states:[\w-]*:\d*:activity:\S+")
_SERVICE = re.compile(
    r"arn:[\w-]+:states:[\w-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[A-Za-z0-9-]+):(?P<action>[A-Za-z0-9]+)"
    r"(?P<pattern>\.sync(?::2)?|\.waitForTaskToken)?"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a Task calls."""

    arn: str
    service: str
    """``lambda``, ``sqs``, ``states`` …; ``function`` for a function by its own ARN, ``activity``
    for an activity, and empty for what cannot be read."""
    action: str = ""
    pattern: Pattern = "request"
    sdk: bool = False
    parsed: bool = False
    """``.sync:2``, which gives a nested execution's output as JSON and not as text."""

    @property
    def shown(self) -> str:
        """The resource as task events name it: ``invoke.waitForTaskToken``."""
        suffix = {"request": "", "sync": ".sync", "token": ".waitForTaskToken"}[self.pattern]
        return f"{self.action}{suffix}{':2' if self.parsed else ''}"

    @property
    def kind(self) -> str:
        """The resource type as task events name it: ``lambda``, ``aws-sdk:sqs``."""
        return f"aws-sdk:{self.service}" if self.sdk else self.service


def read(arn: str) -> Resource:
    """Read a resource; ``service`` is empty where it is none."""
    if _FUNCTION.fullmatch(arn):
        return Resource(arn, "function")
    if _ACTIVITY.fullmatch(arn):
        return Resource(arn, "activity")
    found = _SERVICE.fullmatch(arn)
    if found is None:
        return Resource(arn, "")
    suffix = found["pattern"] or ""
    pattern: Pattern = "token" if suffix == ".waitForTaskToken" else "sync" if suffix else "request"
    return Resource(
        arn,
        found["service"],
        found["action"],
        pattern,
        sdk=found["sdk"] is not None,
        parsed=suffix.endswith(":2"),
    )
