"""What Lambda itself writes to a function's log: lines of text, or JSON objects from a level up.

Text is as CloudWatch Logs shows it (lambda-runtime-environment, python-logging), its fields
separated by tabs. Objects are the Telemetry API's (telemetry-schema-reference), their keys in the
order of logs from AWS; which level each has stands in monitoring-cloudwatchlogs-log-level.
"""

from __future__ import annotations

import hashlib
import json
import string
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from warmstart.runtime import report

if TYPE_CHECKING:
    from datetime import datetime

    from warmstart.runtime import trace as t

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Sandbox:
    """An execution environment, as far as the log names it."""

    kind: t.InitializationType
    function: str
    version: str
    runtime: str
    region: str
    instance: str
    memory_size: int

    def runtime_version(self) -> str:
        """Name the runtime: like its ARN this identifies nothing, and only keeps the form."""
        version = self.runtime.lstrip(string.ascii_lowercase)
        language, version = self.runtime.removesuffix(version), version.removeprefix(".")
        return f"{language}:{version}.v0"

    def runtime_arn(self) -> str:
        """Return the ARN of that version."""
        digest = hashlib.sha256(self.runtime.encode()).hexdigest()
        return f"arn:aws:lambda:{self.region}::runtime:{digest}"

    def text(self) -> str:
        """Return how a line shows it."""
        return (
            f"Runtime Version: {self.runtime_version()}\tRuntime Version ARN: {self.runtime_arn()}"
        )

    def record(self) -> dict[str, Any]:
        """Return how an object shows it."""
        return {
            "runtimeVersion": self.runtime_version(),
            "runtimeVersionArn": self.runtime_arn(),
            "functionName": self.function,
            "functionVersion": self.version,
            "instanceId": self.instance,
            "instanceMaxMemory": self.memory_size << 20,
        }


class SystemEvent(ABC):
    """Something that Lambda writes down; durations are microseconds."""

    type: ClassVar[str]
    well: ClassVar[str] = "INFO"
    """The level of one without a status, or with success; of all others it is WARN."""

    def level(self) -> str:
        """Return the level that its object has: DEBUG, INFO or WARN."""
        return self.well if getattr(self, "status", "success") == "success" else "WARN"

    def object(self, at: datetime) -> str:
        """Return the text of its object in a log of JSON."""
        return _encode({"time": _stamp(at), "type": self.type, "record": self._record()})

    def lines(self) -> list[str]:
        """Return its lines in a log of text: often none."""
        return self._lines()

    @abstractmethod
    def _record(self) -> dict[str, Any]: ...

    def _lines(self) -> list[str]:
        return []


@dataclass(frozen=True, slots=True)
class InitStart(SystemEvent):
    """An environment is made: INIT begins."""

    sandbox: Sandbox
    type = "platform.initStart"

    def _lines(self) -> list[str]:
        return [f"INIT_START {self.sandbox.text()}"]

    def _record(self) -> dict[str, Any]:
        return {
            "initializationType": self.sandbox.kind, "phase": "init", **self.sandbox.record()
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class InitRuntimeDone(SystemEvent):
    """The runtime has done its INIT, or failed to."""

    kind: t.InitializationType
    phase: str
    status: t.InitStatus
    error: t.FunctionError | None
    type = "platform.initRuntimeDone"
    well = "DEBUG"

    def _record(self) -> dict[str, Any]:
        return {
            "initializationType": self.kind,
            "phase": self.phase,
            **_status(self.status, self.error),
        }


@dataclass(frozen=True, slots=True)
class InitReport(SystemEvent):
    """An INIT is over.

    As text it has a line only if it failed, or was run ahead of any request.
    """

    kind: t.InitializationType
    phase: str
    status: t.InitStatus
    duration: int
    error: t.FunctionError | None
    type = "platform.initReport"
    well = "DEBUG"

    def _lines(self) -> list[str]:
        ahead = self.phase == "init" and self.kind != "on-demand"
        if self.status == "success" and not ahead:
            return []
        parts = [f"INIT_REPORT Init Duration: {_ms(self.duration)} ms", f"Phase: {self.phase}"]
        return ["\t".join([*parts, *_status_text(self.status, self.error)])]

    def _record(self) -> dict[str, Any]:
        return {
            "initializationType": self.kind,
            "phase": self.phase,
            **_status(self.status, self.error),
            "metrics": {"durationMs": self.duration / 1_000},
        }

    def level(self) -> str:
        """Return it: of one that went well it hangs on whether a request waited."""
        ahead = self.status == "success" and self.kind != "on-demand"
        return "INFO" if ahead else super(InitReport, self).level()


@dataclass(frozen=True, slots=True)
class RestoreStart(SystemEvent):
    """An environment is made from a snapshot."""

    sandbox: Sandbox
    type = "platform.restoreStart"

    def _lines(self) -> list[str]:
        return [f"RESTORE_START {self.sandbox.text()}"]

    def _record(self) -> dict[str, Any]:
        return self.sandbox.record()


@dataclass(frozen=True, slots=True)
class RestoreRuntimeDone(SystemEvent):
    """The runtime has run the hooks after a restore, or failed to."""

    status: t.InitStatus
    error: t.FunctionError | None
    type = "platform.restoreRuntimeDone"
    well = "DEBUG"

    def _record(self) -> dict[str, Any]:
        return _status(self.status, self.error)


@dataclass(frozen=True, slots=True)
class RestoreReport(SystemEvent):
    """A restore is over."""

    status: t.InitStatus
    duration: int
    error: t.FunctionError | None
    type = "platform.restoreReport"

    def _lines(self) -> list[str]:
        end = "" if self.status == "success" else f"\tStatus: {self.status}"
        return [f"RESTORE_REPORT Restore Duration: {_ms(self.duration)} ms{end}"]

    def _record(self) -> dict[str, Any]:
        return {
            **_status(self.status, self.error),
            "metrics": {"durationMs": self.duration / 1_000},
        }


@dataclass(frozen=True, slots=True)
class Start(SystemEvent):
    """An invocation begins; ``arn`` is the function's, without a qualifier."""

    request: str
    arn: str
    version: str
    type = "platform.start"

    def _lines(self) -> list[str]:
        return [f"START RequestId: {self.request} Version: {self.version}"]

    def _record(self) -> dict[str, Any]:
        return {"requestId": self.request, "functionArn": self.arn, "version": self.version}


@dataclass(frozen=True, slots=True)
class RuntimeDone(SystemEvent):
    """The runtime is done with an invocation, or was ended: as text that alone has lines.

    ``status`` is the runtime's own: an exception that the handler raised is a success.
    """

    request: str
    at: datetime | None
    """When, of a timeout: its line alone says so."""
    status: t.InitStatus
    error: t.FunctionError | None
    exited: bool
    """The process is gone."""
    timeout_s: int
    duration: int
    produced: int
    """Bytes of the answer."""
    type = "platform.runtimeDone"
    well = "DEBUG"

    def _lines(self) -> list[str]:
        if self.at is not None:
            return [f"{_stamp(self.at)} {self.request} {report.timeout_text(self.timeout_s)}"]
        if self.exited and self.error is not None:
            return [self.error.error_message, "Runtime.ExitError"]
        return []

    def _record(self) -> dict[str, Any]:
        return {
            "requestId": self.request,
            **_status(self.status, self.error),
            "metrics": {"durationMs": self.duration / 1_000, "producedBytes": self.produced},
        }


@dataclass(frozen=True, slots=True)
class Report(SystemEvent):
    """An invocation is over, and summed up.

    Its ``status`` is other than success for what went wrong outside the handler: "timeout", or
    "error" with the ``error``.
    """

    request: str
    status: t.InitStatus
    error: t.FunctionError | None
    duration: int
    billed: int
    memory_size: int
    max_memory_used: int
    init_duration: int | None
    restored: tuple[int, int] | None = None
    """How long the restore from a snapshot took, and how much of that is billed."""
    type = "platform.report"

    def _lines(self) -> list[str]:
        parts = [
            f"REPORT RequestId: {self.request}",
            f"Duration: {_ms(self.duration)} ms",
            f"Billed Duration: {self.billed // 1_000} ms",
            f"Memory Size: {self.memory_size} MB",
            f"Max Memory Used: {self.max_memory_used} MB",
        ]
        if self.init_duration is not None:
            parts.append(f"Init Duration: {_ms(self.init_duration)} ms")
        if self.restored is not None:
            parts.append(f"Restore Duration: {_ms(self.restored[0])} ms")
            parts.append(f"Billed Restore Duration: {self.restored[1] // 1_000} ms")
        if self.status != "success":
            parts += _status_text(self.status, self.error)
        return [f"END RequestId: {self.request}", "\t".join(parts)]

    def _record(self) -> dict[str, Any]:
        metrics: dict[str, Any] = {
            "durationMs": self.duration / 1_000,
            "billedDurationMs": self.billed // 1_000,
            "memorySizeMB": self.memory_size,
            "maxMemoryUsedMB": self.max_memory_used,
        }
        if self.init_duration is not None:
            metrics["initDurationMs"] = self.init_duration / 1_000
        if self.restored is not None:
            metrics["restoreDurationMs"] = self.restored[0] / 1_000
            metrics["billedRestoreDurationMs"] = self.restored[1] // 1_000
        return {
            "requestId": self.request, "metrics": metrics, **_status(self.status, self.error)
        }  # fmt: skip


def _status(status: str, error: t.FunctionError | None) -> dict[str, str]:
    """Return a status as objects have it: only one that is "error" has a type beside it."""
    if status != "error" or error is None:
        return {"status": status}
    return {"status": status, "errorType": report.platform_type(error)}


def _status_text(status: str, error: t.FunctionError | None) -> list[str]:
    """Return the same as fields of a line."""
    names = {"status": "Status", "errorType": "Error Type"}
    return [f"{names[key]}: {value}" for key, value in _status(status, error).items()]


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms(duration: int) -> str:
    return f"{duration / 1_000:.2f}"
