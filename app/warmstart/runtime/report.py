"""The lines Lambda writes to a function's log, and the errors it puts together itself.

Formats as CloudWatch Logs shows them for text logs (developer guide, lambda-runtime-environment and
python-logging); fields are separated by tabs.
"""

from __future__ import annotations

import functools
import hashlib
import signal
import string
from typing import TYPE_CHECKING

from warmstart.runtime.trace import FunctionError

if TYPE_CHECKING:
    from datetime import datetime

RESPONSE_LIMIT = 6_291_556
"""Bytes of a synchronous response, as Lambda's error message has it."""

SIGNALS = {
    signal.SIGABRT: "aborted",
    signal.SIGALRM: "alarm clock",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGHUP: "hangup",
    signal.SIGILL: "illegal instruction",
    signal.SIGINT: "interrupt",
    signal.SIGKILL: "killed",
    signal.SIGPIPE: "broken pipe",
    signal.SIGQUIT: "quit",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
}
"""What Lambda calls the signals that end a process."""


def init_start(runtime: str, region: str) -> str:
    """Return the line that opens an environment's log."""
    return f"INIT_START {_runtime(runtime, region)}"


def restore_start(runtime: str, region: str) -> str:
    """Return the line that opens the log of an environment restored from a snapshot."""
    return f"RESTORE_START {_runtime(runtime, region)}"


def restore_report(duration: int, status: str) -> str:
    """Return the line that ends a restore."""
    end = "" if status == "success" else f"\tStatus: {status}"
    return f"RESTORE_REPORT Restore Duration: {_ms(duration)} ms{end}"


def init_report(duration: int, phase: str, status: str, error: FunctionError | None) -> str:
    """Return the line about an INIT that failed, or that was run ahead of any request.

    One that an invocation waited for and that went well has none.
    """
    parts = [f"INIT_REPORT Init Duration: {_ms(duration)} ms", f"Phase: {phase}"]
    parts.append(f"Status: {status}")
    if error is not None and status == "error":
        parts.append(f"Error Type: {platform_type(error)}")
    return "\t".join(parts)


def start(request: str, version: str) -> str:
    """Return the line before the handler's own."""
    return f"START RequestId: {request} Version: {version}"


def end(request: str) -> str:
    """Return the line after the handler's own."""
    return f"END RequestId: {request}"


def report(
    request: str,
    *,
    duration: int,
    billed: int,
    memory_size: int,
    max_memory_used: int,
    init_duration: int | None,
    restored: tuple[int, int] | None = None,
    status: str | None = None,
    error: FunctionError | None = None,
) -> str:
    """Return the line that sums an invocation up; durations in microseconds.

    ``restored`` is how long the restore from a snapshot took, and how much of that is billed.
    ``status`` is given for what went wrong outside the handler: "timeout", or "error" with the
    ``error``. An exception that the handler raised is no such thing, and leaves the line as it is.
    """
    parts = [
        f"REPORT RequestId: {request}",
        f"Duration: {_ms(duration)} ms",
        f"Billed Duration: {billed // 1_000} ms",
        f"Memory Size: {memory_size} MB",
        f"Max Memory Used: {max_memory_used} MB",
    ]
    if init_duration is not None:
        parts.append(f"Init Duration: {_ms(init_duration)} ms")
    if restored is not None:
        parts.append(f"Restore Duration: {_ms(restored[0])} ms")
        parts.append(f"Billed Restore Duration: {restored[1] // 1_000} ms")
    if status is not None:
        parts.append(f"Status: {status}")
        if error is not None and status == "error":
            parts.append(f"Error Type: {platform_type(error)}")
    return "\t".join(parts)


def timed_out(request: str, at: datetime, timeout_s: int) -> str:
    """Return the line about a timeout, which stands before END."""
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{stamp} {request} {_timeout_text(timeout_s)}"


def timeout_error(request: str, timeout_s: int) -> FunctionError:
    """Return what the caller of an invocation that timed out gets."""
    return FunctionError(
        "Sandbox.Timedout", f"RequestId: {request} Error: {_timeout_text(timeout_s)}"
    )


def restore_timeout_error() -> FunctionError:
    """Return the error of a restore that took too long."""
    return FunctionError(
        "SnapStartTimeoutException",
        "Lambda couldn't restore the snapshot within the timeout limit.",
    )


@functools.lru_cache(16)
def trace_header(start: datetime, root: str) -> str:
    """Return X-Ray's tracing header of an invocation: its root is the thread's, and not sampled."""
    digest = hashlib.sha256(root.encode()).hexdigest()
    seconds = int(start.timestamp())
    return f"Root=1-{seconds:08x}-{digest[:24]};Parent={digest[24:40]};Sampled=0"


def storage_exceeded(used_mb: int, most_mb: int) -> str:
    """Return Warmstart's own line about a ``/tmp`` that holds more than Lambda would let it."""
    return (
        f"[warmstart] /tmp holds {used_mb:,} MB and may hold {most_mb:,}: on Lambda, whoever wrote "
        "the last of it would have got: No space left on device."
    )


def too_large_error() -> FunctionError:
    """Return what the caller gets in the place of an answer past ``RESPONSE_LIMIT``."""
    return FunctionError(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
    )


def exit_error(request: str, status: int, *, out_of_memory: bool) -> FunctionError:
    """Return what the caller gets when the process ended (``status`` < 0: by that signal)."""
    if status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    elif status < 0:
        name = SIGNALS.get(signal.Signals(-status), f"signal {-status}")
        reason = f"Runtime exited with error: signal: {name}"
    else:
        reason = "Runtime exited without providing a reason"
    kind = "Runtime.OutOfMemory" if out_of_memory else "Runtime.ExitError"
    return FunctionError(kind, f"RequestId: {request} Error: {reason}")


def exit_lines(error: FunctionError) -> list[str]:
    """Return the lines about a process that ended, which stand before END."""
    return [error.error_message, "Runtime.ExitError"]


def platform_type(error: FunctionError) -> str:
    """Return an error's type as REPORT shows it: Lambda names its own, and no one else's."""
    known = error.error_type.startswith(("Runtime.", "Extension.", "Sandbox."))
    return error.error_type if known else "Runtime.Unknown"


def billed(duration: int, init_duration: int | None) -> int:
    """Return the microseconds billed: whole milliseconds, INIT included since 2025-08-01.

    An INIT phase that failed is not part of it: only what REPORT shows as Init Duration is.
    (AWS Compute Blog, "AWS Lambda standardizes billing for INIT phase", 2025-04-29.)
    """
    return -(-(duration + (init_duration or 0)) // 1_000) * 1_000


def _runtime(runtime: str, region: str) -> str:
    """Name the runtime: version and ARN identify nothing here, and only keep the line's form."""
    version = runtime.lstrip(string.ascii_lowercase)
    language, version = runtime.removesuffix(version), version.removeprefix(".")
    digest = hashlib.sha256(runtime.encode()).hexdigest()
    return (
        f"Runtime Version: {language}:{version}.v0\t"
        f"Runtime Version ARN: arn:aws:lambda:{region}::runtime:{digest}"
    )


def _timeout_text(timeout_s: int) -> str:
    return f"Task timed out after {timeout_s}.00 seconds"


def _ms(duration: int) -> str:
    return f"{duration / 1_000:.2f}"
