"""What an execution environment is asked to do, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warmstart.runtime import trace as t
    from warmstart.runtime.chains import Chain


@dataclass(frozen=True, slots=True)
class Failure:
    """Why INIT or an invocation did not go well."""

    status: t.InvocationStatus
    error: t.FunctionError
    exited: bool = False
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What an environment is asked to do."""

    request: str
    event: str
    """JSON text."""
    arn: str
    """The function's, as it was called: with the alias or version, if one was given."""
    root: str
    client_context: str | None = None
    """JSON text."""
    tail: bool = False
    """Whether the caller wants the end of the log."""
    chain: Chain = ()
    """The invocations that led to it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one invocation gave: a payload (JSON text) and, if it failed, that it did."""

    payload: str
    failed: bool
    log: tuple[str, ...] = ()
