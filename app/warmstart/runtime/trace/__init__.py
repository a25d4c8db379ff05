"""What happened in a run: one typed, append-only list, and the only thing a picture reads.

Every lane, figure, check and bill is computed from a trace, so a run can be stored, compared and
replayed without running it again. The same seed and inputs give the same trace, byte for byte:
nothing measured is in it (that is the sidecar's, see ``launch.Sidecar``).

A trace is written as JSON lines. The first line is the header; each other line is one event, with
its ``kind`` first and its fields in the order they are declared here. Units: times and durations
are whole microseconds of virtual time, ``at`` counts from the run's start, memory is in MB, sizes
are in bytes. Adding a kind or a field is a new ``VERSION``; a reader refuses a later one.

An execution environment is named after its function and a count (``greet/1``); ``request`` is the
invocation's request id, and is the thread to follow: ``trace.of(request)``.
"""

from warmstart.runtime.trace.base import Event, FunctionError, RunEnded, RunStatus, size
from warmstart.runtime.trace.dynamodb import (
    ConditionFailed,
    ItemExpired,
    ItemsRead,
    ItemWritten,
    TransactionEnded,
)
from warmstart.runtime.trace.events import (
    EventDelivered,
    EventFailed,
    EventFiltered,
    EventPut,
    TopicPublished,
)
from warmstart.runtime.trace.functions import (
    RESPONSE_SHOWN,
    Cause,
    CostNotFound,
    CpuCharged,
    EnvironmentCreated,
    EnvironmentFrozen,
    EnvironmentReset,
    EnvironmentShutdown,
    EnvironmentThawed,
    InitEnded,
    InitializationType,
    InitStarted,
    InitStatus,
    InvocationEnded,
    InvocationRejected,
    InvocationRequested,
    InvocationStarted,
    InvocationStatus,
    InvocationThrottled,
    LogLine,
    Phase,
    RepeatabilityLost,
    ResetReason,
    ShutdownReason,
    Source,
)
from warmstart.runtime.trace.record import (
    VERSION,
    Header,
    Trace,
    TraceEvent,
    event_from_json,
    event_to_json,
    header_from_json,
)
from warmstart.runtime.trace.services import ApiCalled, HttpAnswered
from warmstart.runtime.trace.sqs import (
    BatchEnded,
    BatchStarted,
    MessageDeleted,
    MessageExpired,
    MessageMoved,
    MessageReceived,
    MessageReturned,
    MessageSent,
    MoveReason,
    ReturnReason,
)

__all__ = [
    "RESPONSE_SHOWN",
    "VERSION",
    "ApiCalled",
    "BatchEnded",
    "BatchStarted",
    "Cause",
    "ConditionFailed",
    "CostNotFound",
    "CpuCharged",
    "EnvironmentCreated",
    "EnvironmentFrozen",
    "EnvironmentReset",
    "EnvironmentShutdown",
    "EnvironmentThawed",
    "Event",
    "EventDelivered",
    "EventFailed",
    "EventFiltered",
    "EventPut",
    "FunctionError",
    "Header",
    "HttpAnswered",
    "InitEnded",
    "InitStarted",
    "InitStatus",
    "InitializationType",
    "InvocationEnded",
    "InvocationRejected",
    "InvocationRequested",
    "InvocationStarted",
    "InvocationStatus",
    "InvocationThrottled",
    "ItemExpired",
    "ItemWritten",
    "ItemsRead",
    "LogLine",
    "MessageDeleted",
    "MessageExpired",
    "MessageMoved",
    "MessageReceived",
    "MessageReturned",
    "MessageSent",
    "MoveReason",
    "Phase",
    "RepeatabilityLost",
    "ResetReason",
    "ReturnReason",
    "RunEnded",
    "RunStatus",
    "ShutdownReason",
    "Source",
    "TopicPublished",
    "Trace",
    "TraceEvent",
    "TransactionEnded",
    "event_from_json",
    "event_to_json",
    "header_from_json",
    "size",
]
