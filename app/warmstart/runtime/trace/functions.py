"""What happens to functions: their environments, their invocations, their logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from warmstart.runtime.trace.base import Event, FunctionError

Cause = Literal["runtime", "package", "vpc", "restore", "import", "call", "handler"]
InitializationType = Literal["on-demand", "provisioned-concurrency", "snap-start"]
"""As ``AWS_LAMBDA_INITIALIZATION_TYPE`` has it."""
InvocationType = Literal["RequestResponse", "Event"]
Phase = Literal["init", "restore", "invoke"]
InitStatus = Literal["success", "error", "timeout"]
InvocationStatus = Literal["success", "error", "timeout", "crash"]
ResetReason = Literal["timeout", "crash"]
ShutdownReason = Literal["idle", "run-ended", "released", "updated", "failed"]
"""``released``: provisioned concurrency was taken back; ``updated``: its version is no more;
``failed``: its INIT failed where no invocation waited for it."""
ProvisionedStatus = Literal["IN_PROGRESS", "READY", "FAILED"]
Source = Literal["platform", "function"]

RESPONSE_SHOWN = 65_536
"""Characters of a response a trace keeps; the caller still gets all of it."""


@dataclass(frozen=True, slots=True)
class EnvironmentCreated(Event):
    """The fleet decided on a new execution environment; its INIT follows at once."""

    kind: ClassVar[str] = "EnvironmentCreated"

    environment: str
    function: str
    version: str
    initialization_type: InitializationType
    architecture: str
    """``x86_64`` or ``arm64``; it decides the price."""
    memory_size: int
    profile: str
    """The runtime profile of the cost model: python, node, java, …"""


@dataclass(frozen=True, slots=True)
class InitStarted(Event):
    """INIT began: in its own phase, or, after a failed or reset one, inside an invocation."""

    kind: ClassVar[str] = "InitStarted"

    environment: str
    phase: Phase
    request: str | None
    """The invocation it runs inside of, or for which the environment was made."""


@dataclass(frozen=True, slots=True)
class InitEnded(Event):
    """INIT ended, well or not."""

    kind: ClassVar[str] = "InitEnded"

    environment: str
    phase: Phase
    request: str | None
    status: InitStatus
    duration: int
    error: FunctionError | None


@dataclass(frozen=True, slots=True)
class SnapshotTaken(Event):
    """SnapStart: a version was published, and what INIT left is what its environments begin with.

    The environment that ran INIT serves no invocation.
    """

    kind: ClassVar[str] = "SnapshotTaken"

    environment: str
    function: str
    version: str
    duration: int
    """Of INIT and what ran before the snapshot."""


@dataclass(frozen=True, slots=True)
class RestoreStarted(Event):
    """SnapStart: a new environment is made from the snapshot, in the place of INIT."""

    kind: ClassVar[str] = "RestoreStarted"

    environment: str
    request: str | None


@dataclass(frozen=True, slots=True)
class RestoreEnded(Event):
    """SnapStart: the environment is ready, or a hook failed, or 10 s have passed."""

    kind: ClassVar[str] = "RestoreEnded"

    environment: str
    request: str | None
    status: InitStatus
    duration: int
    billed: int
    """Without what restoring itself took, in whole milliseconds."""
    error: FunctionError | None


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrencyChanged(Event):
    """Provisioned concurrency was asked for, or what was asked for is there."""

    kind: ClassVar[str] = "ProvisionedConcurrencyChanged"

    function: str
    version: str
    status: ProvisionedStatus
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class InvocationRequested(Event):
    """A caller asked for an invocation."""

    kind: ClassVar[str] = "InvocationRequested"

    request: str
    function: str
    payload_bytes: int
    source: str
    """Who called, in the scenario's words; or the service that did."""
    root: str
    """The thread that it is part of: its own request id, or that of what led to it."""
    invocation_type: InvocationType = "RequestResponse"
    """``Event``: one attempt of an asynchronous invocation; all of them have one request id."""
    version: str = "$LATEST"
    """The version that takes it, an alias's weights applied."""
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class InvocationThrottled(Event):
    """429 ``TooManyRequestsException``: no environment to be had, or too many requests."""

    kind: ClassVar[str] = "InvocationThrottled"

    request: str
    function: str
    reason: str
    """Lambda's ``Reason``: ReservedFunctionConcurrentInvocationLimitExceeded, …"""


@dataclass(frozen=True, slots=True)
class InvocationRejected(Event):
    """The request itself was refused, before any environment: too large, a loop, no function."""

    kind: ClassVar[str] = "InvocationRejected"

    request: str
    function: str
    status_code: int
    error_type: str
    error_message: str


@dataclass(frozen=True, slots=True)
class InvocationStarted(Event):
    """An environment took the request: the handler starts (or INIT runs again before it)."""

    kind: ClassVar[str] = "InvocationStarted"

    request: str
    environment: str
    function: str
    cold: bool
    """The request waited for a new environment's INIT."""


@dataclass(frozen=True, slots=True)
class InvocationEnded(Event):
    """The invocation ended; what its REPORT line and the caller say."""

    kind: ClassVar[str] = "InvocationEnded"

    request: str
    environment: str
    function: str
    status: InvocationStatus
    duration: int
    billed: int
    """``duration`` plus ``init_duration``, rounded up to whole milliseconds."""
    init_duration: int | None
    """Of the INIT phase this invocation waited for; None when warm, or when INIT failed."""
    memory_size: int
    max_memory_used: int
    """Modelled, so that it repeats; the measured peak is in the sidecar."""
    error: FunctionError | None
    response: str | None
    """The JSON text the handler returned, cut at ``RESPONSE_SHOWN`` characters."""
    response_bytes: int
    """The whole answer's size: what was returned, or the error's payload."""
    restore_duration: int | None = None
    """Of the restore from a snapshot that this invocation waited for."""
    restore_billed: int | None = None
    """The part of it that is billed, besides ``billed``, in whole milliseconds."""


@dataclass(frozen=True, slots=True)
class CpuCharged(Event):
    """The cost model charged CPU time, from ``at`` on: why an INIT or an invocation took long."""

    kind: ClassVar[str] = "CpuCharged"

    environment: str
    request: str | None
    phase: Phase
    cause: Cause
    name: str
    """The module imported, the function called, the runtime profile, …"""
    cost: int
    """What it costs at one vCPU."""
    charged: int
    """What it took with the CPU this phase has at the function's memory."""


@dataclass(frozen=True, slots=True)
class CostNotFound(Event):
    """A cost that the template declares is nobody's: it was not charged. Once per function."""

    kind: ClassVar[str] = "CostNotFound"

    environment: str
    request: str | None
    cause: Cause
    """``import`` or ``call``."""
    name: str
    """As the template has it."""
    reason: str
    """In a sentence: "app has no rendr."."""


@dataclass(frozen=True, slots=True)
class LogLine(Event):
    """One line of the function's log stream."""

    kind: ClassVar[str] = "LogLine"

    environment: str
    request: str | None
    source: Source
    """Lambda's own START, END, REPORT … or what the handler printed."""
    text: str


@dataclass(frozen=True, slots=True)
class EnvironmentFrozen(Event):
    """Nothing left to do: the environment stands still, kept warm, its memory intact.

    One that was reset has nothing in it to freeze, and nothing to thaw.
    """

    kind: ClassVar[str] = "EnvironmentFrozen"

    environment: str


@dataclass(frozen=True, slots=True)
class EnvironmentThawed(Event):
    """A frozen environment was chosen for a request (a warm start)."""

    kind: ClassVar[str] = "EnvironmentThawed"

    environment: str
    request: str


@dataclass(frozen=True, slots=True)
class EnvironmentReset(Event):
    """The process was killed; ``/tmp`` stays, and the next invocation runs INIT again."""

    kind: ClassVar[str] = "EnvironmentReset"

    environment: str
    reason: ResetReason


@dataclass(frozen=True, slots=True)
class EnvironmentShutdown(Event):
    """The environment is gone, its ``/tmp`` with it."""

    kind: ClassVar[str] = "EnvironmentShutdown"

    environment: str
    reason: ShutdownReason


@dataclass(frozen=True, slots=True)
class RepeatabilityLost(Event):
    """From here on, another run with the same seed may differ (a handler started a thread)."""

    kind: ClassVar[str] = "RepeatabilityLost"

    environment: str
    request: str | None
    reason: str


FunctionEvent = (
    EnvironmentCreated
    | InitStarted
    | InitEnded
    | SnapshotTaken
    | RestoreStarted
    | RestoreEnded
    | ProvisionedConcurrencyChanged
    | InvocationRequested
    | InvocationThrottled
    | InvocationRejected
    | InvocationStarted
    | InvocationEnded
    | CpuCharged
    | CostNotFound
    | LogLine
    | EnvironmentFrozen
    | EnvironmentThawed
    | EnvironmentReset
    | EnvironmentShutdown
    | RepeatabilityLost
)
